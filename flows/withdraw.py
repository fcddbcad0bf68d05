"""A wrong file: taken back with a reason, so that later views no longer see it; the journal keeps that it was there."""

from __future__ import annotations

from flows.occasion import open_occasion
from tasks.land.steps import withdraw_file
from tasks.land.withdrawal import Withdrawal
from tasks.orchestration import flow


@flow(name="withdrawal", steps=1)
def withdraw(home: str, digest: str, reason: str, source_id: str | None = None, clock: str | None = None) -> Withdrawal:
    """Take back the landed file whose sha256 begins with `digest`; `clock` is a simulated now."""
    with open_occasion("land", home, clock=clock) as occasion:
        return withdraw_file(occasion.home, occasion.journal, digest, reason, occasion.now, occasion.is_simulated, source_id)
