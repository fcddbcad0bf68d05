"""What the doctor says: one line a thing looked at, with a mend where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Area = Literal["machine", "home", "sources"]
Level = Literal["fine", "note", "warning", "fault"]
MARKS: dict[Level, str] = {"fine": "ok", "note": "note", "warning": "warning", "fault": "FAULT"}


@dataclass(frozen=True)
class Remark:
    """One thing looked at. `exit_code` is what a fault answers with: 1, or 3 where evidence is no longer what it was."""

    area: Area
    name: str
    level: Level
    what: str
    fix: str | None = None
    exit_code: int = 1

    def __str__(self) -> str:
        first = f"  {MARKS[self.level]:<8}{self.name}: {self.what}"
        return f"{first}\n          fix: {self.fix}" if self.fix else first

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        return {"area": self.area, "name": self.name, "level": self.level, "what": self.what, "fix": self.fix}


@dataclass(frozen=True)
class Diagnosis:
    """All remarks of one look."""

    remarks: tuple[Remark, ...]

    @property
    def exit_code(self) -> int:
        """Return 0, or the gravest code of a fault."""
        return max((one.exit_code for one in self.remarks if one.level == "fault"), default=0)

    def in_words(self) -> str:
        """Return the remarks by area, and how many call for something."""
        areas = list(dict.fromkeys(one.area for one in self.remarks))
        lines = [line for area in areas for line in (area, *(str(one) for one in self.remarks if one.area == area))]
        return "\n".join([*lines, self._sum()])

    def _sum(self) -> str:
        faults, warnings = (_count(self.remarks, level) for level in ("fault", "warning"))
        return f"{faults} faults, {warnings} warnings" + ("; mend the faults, then sla doctor" if faults else "")

    def as_dict(self) -> list[dict[str, Any]]:
        """Return them for --json."""
        return [one.as_dict() for one in self.remarks]


def _count(remarks: Iterable[Remark], level: str) -> int:
    return sum(one.level == level for one in remarks)
