"""The rules a gate judges, with the limits of policy.quality (DOMAIN 4.5). Shares are parts per million: six decimals, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Verdict = Literal["pass", "warn", "quarantine", "block"]
Effect = Literal["met", "credits"]
MILLION = 1_000_000
REFERENCE_ROWS = "DQ-REF"  # DESIGN 6: what Great Expectations expects of the rows of reference tables; DOMAIN 4.5 numbers the others


@dataclass(frozen=True)
class Limit:
    """How much may fail before a verdict falls due: a share in parts per million, or a number of rows. 0 means not one row.

    `words` say the limit where a number does not.
    """

    verdict: Verdict
    above: int = 0
    column: Literal["failed_ppm", "doubtful", "failed"] = "failed_ppm"
    words: str | None = None

    def __str__(self) -> str:
        most = f"{self.above} row{'s' if self.above > 1 else ''}" if self.column == "failed" else f"{Decimal(self.above) / 10_000} %"
        return f"{self.words or (f'at most {most}' if self.above else 'none')}, else {self.verdict}"


@dataclass(frozen=True)
class Rule:
    """One data-quality rule: what it asks as pages print it, its limits from mild to harsh, and what a block of it withholds.

    A block without `effect` is enforced elsewhere: DQ-09 stops the run, DQ-13 is weighed by measuring, measure by measure (R-GR8).
    `file` is where people wrote it; None for a built-in one.
    """

    rule_id: str
    words: str
    limits: tuple[Limit, ...]
    effect: Effect | None = "met"
    file: str | None = None

    @property
    def limit_words(self) -> str:
        """Return the limits as the pack prints them."""
        return "; ".join(str(limit) for limit in self.limits) or "none: logged"


def rules_of(quality: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules judged at the doors of the rooms staged and reconciled, by id.

    Args:
        quality: The resolved policy's `quality`: rule id → limits, shares as text such as "0.995".
    """
    rule = quality.__getitem__
    unknown = Limit("warn", column="doubtful", words="no unknown column")
    assumed = Limit("warn", column="doubtful", words="coverage stated, nothing left out")
    grace = f"covers the period, taken {rule('DQ-08')['taken_h_after_end']} h after its end"
    spread = f"within {rule('DQ-12')['scaled_mad']} scaled MAD of {rule('DQ-12')['periods']} periods"
    return (
        Rule("DQ-01", "the file has the columns and types of its source contract", (unknown, Limit("block"))),
        Rule(
            "DQ-02",
            "required fields are present",
            (Limit("warn", _missing(rule("DQ-02")["warn_below"])), Limit("block", _missing(rule("DQ-02")["block_below"]))),
        ),
        Rule("DQ-03", "one content per natural key and version", (Limit("quarantine"),)),
        Rule("DQ-04", "words of closed lists are mapped", (Limit("warn", _missing(rule("DQ-04")["warn_below"])),)),
        Rule("DQ-05", "times carry a zone, or their source declares one", (Limit("quarantine"),)),
        Rule("DQ-06", "no time lies after its extract or before the year 2000", (Limit("quarantine"),)),
        Rule("DQ-07", "intervals end after they start", (Limit("quarantine"),)),
        Rule("DQ-08", "the extracts cover the whole window and were taken after it", (assumed, Limit("block", words=grace))),
        Rule("DQ-09", "read = accepted + set aside + exact duplicates", (Limit("block"),), effect=None),
        Rule("DQ-10", "histories have no gap and end as the record does", (Limit("warn", _missing(rule("DQ-10")["warn_below"])),)),
        Rule("DQ-11", "references resolve", (Limit("warn", _missing(rule("DQ-11")["warn_below"])),)),
        Rule("DQ-12", "the volume is like that of the periods before", (Limit("warn", words=spread),)),
        Rule(
            "DQ-13",
            "probes measured without a gap",
            (Limit("warn", _ppm(rule("DQ-13")["warn_above"])), Limit("block", _ppm(rule("DQ-13")["block_above"]))),
            effect=None,
        ),
        Rule("DQ-14", "invoice lines add up to their invoice", (Limit("block", words="equal to the total"),), effect="credits"),
        Rule(
            "DQ-15",
            "few rows of a source are set aside",
            (Limit("warn", _ppm(rule("DQ-15")["warn_above"])), Limit("block", _ppm(rule("DQ-15")["block_above"]))),
        ),
        Rule("DQ-16", "no batch is read twice", ()),
        Rule(REFERENCE_ROWS, "rows of reference tables are as expected", (Limit("warn"),)),
        Rule("R-TM2", "a local time means one instant", (Limit("quarantine", 0),)),
    )


def _ppm(share: str | Decimal) -> int:
    return int(Decimal(share) * MILLION)


def _missing(share: str | Decimal) -> int:
    return MILLION - _ppm(share)
