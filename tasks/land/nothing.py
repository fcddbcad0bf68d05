"""The home that holds nothing yet: why a run cannot begin, and what to drop where."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.land.landing import LandReport
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.reference import Source
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.knowledge import REFERENCE, is_reference_file
from tasks.store.raw import SNAPSHOTS, dropped


def refuse_nothing(home: Home, sources: Iterable[Source], journal: Journal, report: LandReport) -> None:
    """Refuse a run for which no export was ever landed.

    Raises:
        FaultsError: With what was refused just now, and the sources whose inbox is empty.
    """
    exports = [row.body for row in journal.rows(("landing",)) if row.body and not is_reference_file(row)]
    if any(body["file"] not in SNAPSHOTS or body["source_id"] != REFERENCE for body in exports):
        return
    empty = [source.id for source in sources if not dropped(home, source.id)]
    folders = ", ".join(f"inbox/{name}/" for name in empty)
    fix = f"drop exports into {folders}" if folders else "mend the files that were refused"
    raise FaultsError(
        [*report.refused, LedgerError("no export was landed yet", where="inbox", fix=f"{fix}, then run again; sla doctor looks closer")]
    )
