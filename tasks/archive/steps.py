"""The step that flows call to seal."""

from __future__ import annotations

from datetime import datetime

from tasks.archive.sealing import Seal, seal
from tasks.orchestration import task
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.packs import PackFolder


@task(name="seal the pack")
def seal_pack(home: Home, folder: PackFolder, journal: Journal, now: datetime, is_simulated: bool) -> Seal:
    """Seal a published pack as one file and note it in the journal."""
    return seal(home, folder, journal, now=now, is_simulated=is_simulated)
