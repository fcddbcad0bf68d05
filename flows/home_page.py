"""The published room's home page, made anew whenever a pack, a signature or a claim changed: with claims as they stand now."""

from __future__ import annotations

from flows.occasion import Occasion
from tasks.claim.desk import ClaimDesk, open_desk
from tasks.claim.told import claim_data
from tasks.publish.steps import show_home
from tasks.stage.steps import stage_files
from tasks.store.staged import Staged


def refresh(occasion: Occasion, *, staged: Staged | None = None, desk: ClaimDesk | None = None) -> None:
    """Write the home page from the packs that stand, who signed them, and claims; what is staged or the desk may be at hand already."""
    if desk is None:
        staged = staged or stage_files(occasion.home, occasion.know_all_claims(), occasion.reference, occasion.limits)
        desk = open_desk(occasion.home, occasion.reference, staged, occasion.now)
    show_home(occasion.home, occasion.journal, occasion.reference, [claim_data(claim) for claim in desk.claims], occasion.now)
