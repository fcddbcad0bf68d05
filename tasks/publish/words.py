"""The words and shapes of verdicts, from `reports/words.yml`: shape and word carry the meaning, tone only helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import yaml

from tasks.model.dictionary import dictionary
from tasks.store.reports import REPORTS

SHORTFALL = ("breached", "breached_open")  # statuses of a level that was missed
OPEN_CLAIMS = ("draft", "ready")  # states of a claim that a person has yet to file


@dataclass(frozen=True)
class Verdict:
    """A verdict as a reader sees it; `key` is its name in words.yml."""

    key: str
    word: str
    shape: str
    tone: str


@cache
def words() -> dict[str, Any]:
    """Return the content of words.yml."""
    content: dict[str, Any] = yaml.safe_load((REPORTS / "words.yml").read_text(encoding="utf-8"))
    return content


def verdict(key: str, kind: str = "statuses") -> Verdict:
    """Return the verdict of that name; KeyError for a name that is none."""
    return Verdict(key, **words()[kind][key])


def verdict_of(result: Mapping[str, Any]) -> Verdict:
    """Return the verdict of a result row: its status, told apart where only an open dispute keeps it met."""
    is_pending = result["status"] == "met" and "MET_ONLY_BY_DISPUTE" in result["flags"]
    return verdict("met_pending" if is_pending else result["status"])


def flag_words(flags: list[str]) -> list[str]:
    """Return what flags mean, in their order."""
    return [dictionary().flags[flag] for flag in flags]


def period_words(period: str) -> str:
    """Return `October 2026` for `2026-10`, `Q3 2026` for `2026-Q3`."""
    year, month = period.split("-")
    if month.startswith("Q"):
        return f"{month} {year}"
    return f"{words()['months'][int(month) - 1]} {year}"


def plain_words(code: str) -> str:
    """Return a code such as `service_manager` or `MISSING_IN_TICKETING` as words."""
    return code.replace("_", " ").lower()


def listed(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


class Code(str):
    """A name, or a date of policy, that a page prints as code."""

    __slots__ = ()

    def __html__(self) -> str:
        """Print it as code; Jinja calls this."""
        return f"<code>{escape(str(self))}</code>"
