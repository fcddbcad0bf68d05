"""`sla doctor`: machine, home and sources looked at in one go, with a mend for each thing that is wrong (DESIGN 3). It writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tasks.model.errors import LedgerError
from tasks.start.home_health import home_remarks
from tasks.start.machine import machine_remarks
from tasks.start.remarks import Diagnosis, Remark
from tasks.start.source_health import Look, source_remarks
from tasks.store.home import open_home


def examine(folder: Path, look: Look) -> Diagnosis:
    """Return what is well and what is not of this machine and the home in `folder`.

    Args:
        folder: The home's.
        look: Says what is well of a source that is fetched, or raises what is not.
    """
    return Diagnosis((*machine_remarks(folder), *_of_home(folder, look)))


def _of_home(folder: Path, look: Look) -> Iterator[Remark]:
    try:
        home = open_home(folder)
    except LedgerError as error:
        yield Remark("home", error.where or "home", "fault", error.what, error.fix, error.exit_code)
        return
    yield from home_remarks(home)
    yield from source_remarks(home, look)
