"""One advisory lock a home: two writers never work in it at once (DESIGN 3)."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.model.errors import LedgerError
from tasks.store.home import Home

WAIT_S = 10.0
STEP_S = 0.1


@contextmanager
def locked(home: Home, command: str, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the home's writer lock; it goes with the process, however that ends.

    Raises:
        LedgerError: If another writer holds it for longer than `wait_s`, naming that process and its command.
    """
    with home.lock_path.open("a+", encoding="utf-8") as file:
        deadline = time.monotonic() + wait_s
        while not _try(file.fileno()):
            if time.monotonic() > deadline:
                file.seek(0)
                raise LedgerError(
                    f"another writer works here: {file.read().strip() or 'unknown'}",
                    where=str(home.root),
                    fix="wait for it, then run again",
                )
            time.sleep(STEP_S)
        file.truncate(0)
        file.write(f"process {os.getpid()}, sla {command}")
        file.flush()
        yield


def holder(home: Home) -> tuple[bool, str | None]:
    """Tell whether a writer works in the home now, and return what the lock file says of it or of the last one (process, command)."""
    if not home.lock_path.is_file():
        return False, None
    with home.lock_path.open(encoding="utf-8") as file:
        said = file.read().strip() or None
        is_free = _try(file.fileno())  # given back at once, as the file closes
    return not is_free, said


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
