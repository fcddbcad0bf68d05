"""Claims watch: every day what is due at the claim desk, told once to whoever wants to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.occasion import open_occasion
from tasks.act.notify import Bulletin, Item, Notice
from tasks.act.steps import tell_of_claims
from tasks.claim.desk import ClaimDesk, open_desk
from tasks.claim.told import sum_lines
from tasks.claim.watch import MOST_LINES, Due, due
from tasks.orchestration import flow, table_artifact
from tasks.stage.steps import stage_files


@dataclass(frozen=True)
class Watch:
    """What was due, and who was told."""

    desk: ClaimDesk
    found: list[Due]
    notices: list[Notice]

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        told = [{"audience": one.audience, "outcome": one.outcome, "words": one.words} for one in self.notices]
        return {"due": [{"claim_id": one.claim.claim_id, "what": one.parts[2], "line": one.line} for one in self.found], "told": told}

    def in_words(self) -> str:
        """Return lines for a person."""
        told = [f"{one.audience}: {one.words}" for one in self.notices]
        return "\n".join([*(one.line for one in self.found), *([] if self.found else ["nothing is due"]), *sum_lines(self.desk), *told])


@flow(name="claims watch", steps=2)
def claims_watch(home: str = "data", clock: str | None = None) -> Watch:
    """Look at every claim and tell the audiences of notify.yml (`on: [claims]`) what is due; `clock` is a simulated now."""
    with open_occasion("claims", home, clock=clock) as occasion:
        staged = stage_files(occasion.home, occasion.know_all_claims(), occasion.reference, occasion.limits)
        desk = open_desk(occasion.home, occasion.reference, staged, occasion.now)
        found = due(desk)
        notices = tell_of_claims(occasion.journal, occasion.reference, bulletin(desk, found), occasion.now, occasion.is_simulated)
        table_artifact("claims-due", [{"claim": one.claim.claim_id, "due": one.line} for one in found], "What is due at the claim desk")
        return Watch(desk, found, notices)


def bulletin(desk: ClaimDesk, found: list[Due]) -> Bulletin:
    """Return what is due as a message."""
    items = [Item("claim", one.claim.claim_id, one.parts, one.line) for one in found[:MOST_LINES]]
    closing = "\n".join(["", "All claims:", *sum_lines(desk), "sla claims shows each."])
    return Bulletin(f"{desk.home.name}: claims due", items, closing)
