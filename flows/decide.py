"""A person decides: one row of the journal. No run follows; the next one reads it."""

from __future__ import annotations

from pathlib import Path

from flows.occasion import open_occasion
from flows.options import Options
from tasks.decide.columns import read_given
from tasks.decide.decision import Desk, Listed, decide, kinds, listed
from tasks.model.errors import LedgerError
from tasks.orchestration import set_direct
from tasks.store.home import open_home
from tasks.store.journal import Journal

set_direct(quiet=True)  # a private key is read here: nothing of it goes to a server

from tasks.stage.steps import stage_files  # noqa: E402 - the mode is set before a step is imported


def decide_on(
    options: Options, kind: str | None, *, by: str | None, role: str | None, file: Path | None, sets: list[str], key: Path | None
) -> Listed:
    """Append a decision of one person, checked against what is known now; `kind` is its entity.

    Raises:
        LedgerError: With everything that is wrong with it.
    """
    if kind is None:
        raise LedgerError("nothing says what is decided", where="--kind", known=kinds(), fix="name one, or write sla decide list")
    with open_occasion("decide", str(options.home), clock=options.clock, threads=options.threads, memory=options.memory) as occasion:
        given = read_given(file, sets)
        staged = stage_files(occasion.home, occasion.know(None), occasion.reference, occasion.limits)
        desk = Desk(occasion.home, occasion.journal, occasion.reference, staged, occasion.now, occasion.is_simulated)
        return Listed(decide(desk, kind, given, by=by, role=role, key_file=key), "standing")


def decisions(home: Path, kind: str | None) -> list[Listed]:
    """Return what people decided, by seq."""
    return listed(Journal.open(open_home(home)), kind)
