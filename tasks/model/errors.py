"""Errors a user can act on: each says where, what, what was possible and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LedgerError(Exception):
    """A deliberate error. `exit_code` is what the command line answers with (DESIGN 3)."""

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, known: Iterable[str] = (), fix: str | None = None) -> None:
        self.what = what
        self.where = where
        self.known = sorted(known)
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.known:
            lines.append(f"  known: {', '.join(self.known)}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)


class UnknownReferenceError(LedgerError):
    """A name that points nowhere; proposes the nearest known one."""

    def __init__(self, *, where: str, kind: str, got: str, known: Iterable[str], fix: str) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(got, names, n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        super().__init__(f"no {kind} '{got}'{guess}", where=where, known=names, fix=fix)


class FaultsError(LedgerError):
    """Several input faults found in one pass, raised together (never one at a time)."""

    def __init__(self, faults: Iterable[LedgerError]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.where or "", fault.what))
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''}\n" + "\n".join(str(fault) for fault in self.faults))


class IntegrityError(LedgerError):
    """Something sealed, landed or journalled is not what it was."""

    exit_code = 3


class BlockedError(LedgerError):
    """A gate found that a room cannot be trusted (schema or row balance)."""

    exit_code = 1
