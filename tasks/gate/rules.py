"""The rules a gate judges, with the limits of policy.quality (DOMAIN 4.5). Shares are parts per million: six decimals, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Verdict = Literal["pass", "warn", "quarantine", "block"]
MILLION = 1_000_000


@dataclass(frozen=True)
class Limit:
    """A share of failing rows above which a verdict falls due. `above_ppm` 0 means not one row."""

    verdict: Verdict
    above_ppm: int

    def __str__(self) -> str:
        share = "none" if self.above_ppm == 0 else f"at most {Decimal(self.above_ppm) / 10_000} %"
        return f"{share}, else {self.verdict}"


@dataclass(frozen=True)
class Rule:
    """One data-quality rule: what it asks, and its limits from mild to harsh."""

    rule_id: str
    words: str
    limits: tuple[Limit, ...]

    @property
    def limit_words(self) -> str:
        """Return the limits as the pack prints them."""
        return "; ".join(str(limit) for limit in self.limits)


def rules_of(quality: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules judged at the staged door, by id.

    Args:
        quality: The resolved policy's `quality`: rule id → limits, shares as text such as "0.995".
    """
    rule = quality.__getitem__
    return (
        Rule("DQ-01", "the file has the columns and types of its source contract", (Limit("block", 0),)),
        Rule(
            "DQ-02",
            "required fields are present",
            (Limit("warn", _missing(rule("DQ-02")["warn_below"])), Limit("block", _missing(rule("DQ-02")["block_below"]))),
        ),
        Rule("DQ-03", "one content per natural key and version", (Limit("quarantine", 0),)),
        Rule("DQ-04", "enumerations are mapped", (Limit("warn", _missing(rule("DQ-04")["warn_below"])),)),
        Rule("DQ-05", "instants carry a zone or their source declares one", (Limit("quarantine", 0),)),
        Rule("DQ-06", "no instant lies in the future of its extract or before 2000", (Limit("quarantine", 0),)),
        Rule("DQ-07", "intervals start before they end", (Limit("quarantine", 0),)),
        Rule("DQ-09", "read = accepted + quarantined + exact duplicates", (Limit("block", 0),)),
        Rule(
            "DQ-15",
            "few rows of a source are set aside",
            (Limit("warn", _ppm(rule("DQ-15")["warn_above"])), Limit("block", _ppm(rule("DQ-15")["block_above"]))),
        ),
        Rule("R-TM2", "a local time means one instant", (Limit("quarantine", 0),)),
    )


def _ppm(share: str | Decimal) -> int:
    return int(Decimal(share) * MILLION)


def _missing(share: str | Decimal) -> int:
    return MILLION - _ppm(share)
