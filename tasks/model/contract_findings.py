"""What the law of contracts allows but a reader should know: gaps and overlaps of tiers, silence, missing signatures (R-CR2, E123)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Protocol

from tasks.model.contract import Contract
from tasks.model.form import Finding, Path
from tasks.model.measures import Attainment, Measure, Resolve, Response, Restore, Tiered
from tasks.model.remedies import AtRiskCredits, PointCredits, TierCredits

WHOLE_PCT = Decimal(100)


class Band(Protocol):
    """A tier or a level of points."""

    @property
    def low(self) -> tuple[Decimal, bool] | None:
        """Return the lower end and whether it belongs to the band."""

    @property
    def high(self) -> tuple[Decimal, bool] | None:
        """Return the upper end and whether it belongs to the band."""

    def holds(self, value: Decimal, /) -> bool:
        """Tell whether a value lies in the band."""


@dataclass(frozen=True)
class Piece:
    """One edge, or the open span between two; `probe` stands for all its values. A span without `high` goes on for ever."""

    low: Decimal
    high: Decimal | None
    probe: Decimal


def contract_findings(contract: Contract) -> tuple[Finding, ...]:
    """Return what a reader of a resolved contract should know, warnings of the text first."""
    found = [*_of_contract(contract), *_without_clause(contract)]
    for name, measure in contract.measures.items():
        found.extend(_of_measure(("measures", name), measure))
    return tuple(sorted(found, key=lambda finding: finding.level, reverse=True))


def _of_measure(path: Path, measure: Measure) -> Iterator[Finding]:
    if isinstance(measure, Tiered) and isinstance(measure.credits, TierCredits):
        yield from _of_tiers((*path, "tiers"), measure)
    if isinstance(measure, Tiered) and isinstance(measure.credits, PointCredits):
        yield from _of_bands((*path, "credits", "levels"), measure.credits.levels, _missed(measure), _scale(measure))
    if isinstance(measure, Response | Restore | Resolve | Attainment) and not _has_target(measure):
        yield Finding("NO_TARGETS", path, "no severity has a target of this clock, so no incident is judged", fix="add per_severity")
    if measure.silent:
        keys = ", ".join(sorted(measure.silent))
        yield Finding(
            "READINGS_OPEN", path, f"the text is silent on {keys}: every reading is computed, a claim takes the lowest", keys, "note"
        )


def _has_target(measure: Response | Restore | Resolve | Attainment) -> bool:
    clock = measure.of if isinstance(measure, Attainment) else measure.kind
    targets = measure.per_severity.values()
    return any(target.target_us(clock) is not None or target.target_business_days(clock) is not None for target in targets)


def _of_tiers(path: Path, measure: Tiered) -> Iterator[Finding]:
    if not measure.tiers:
        if measure.target is not None:
            yield Finding(
                "NO_TIERS", path, "the text has no tiers we know: a miss earns no credit", fix="add tiers, or credits: {form: none}"
            )
        return
    if measure.tiers_on != "uptime":
        yield from _of_bands(path, measure.tiers, _above_the_first(measure.tiers), [])
        return
    if measure.target is not None:
        yield from _paid_though_met(path, measure)
    yield from _of_bands(path, measure.tiers, _missed(measure), _scale(measure))


def _scale(measure: Tiered) -> list[Decimal]:
    """Return the edges of all percentages: none, all, and the target between."""
    return [Decimal(0), WHOLE_PCT if measure.target is None else measure.target, WHOLE_PCT]


def _missed(measure: Tiered) -> Callable[[Decimal], bool]:
    """Return the test of values that miss the target; without one, of values below the highest edge."""
    edges = [tier.high[0] for tier in measure.tiers if tier.high]
    target = measure.target if measure.target is not None else max(edges, default=WHOLE_PCT)
    return lambda value: value < target or (value == target and measure.comparator == "gt")


def _above_the_first(bands: tuple[Band, ...]) -> Callable[[Decimal], bool]:
    """Return the test of lengths at which tiers have begun: less is free, which is no gap."""
    first = min((band.low[0] for band in bands if band.low), default=Decimal(0))
    return lambda value: value > first


def _paid_though_met(path: Path, measure: Tiered) -> Iterator[Finding]:
    is_missed = _missed(measure)

    def pays_though_met(value: Decimal) -> bool:
        return not is_missed(value) and any(tier.credit_pct > 0 and tier.holds(value) for tier in measure.tiers)

    for at in _where(measure.tiers, _scale(measure), pays_though_met):
        yield Finding("TIER_OVERLAPS_COMMITMENT", path, f"at {at} the commitment is met and yet credited", at)


def _of_bands(path: Path, bands: tuple[Band, ...], matters: Callable[[Decimal], bool], edges: list[Decimal]) -> Iterator[Finding]:
    """Yield gaps and overlaps of bands over the values that matter."""
    for at in _where(bands, edges, lambda value: matters(value) and not any(band.holds(value) for band in bands)):
        yield Finding("TIER_GAP", path, f"{at} lies in no tier: gap_policy decides", at)
    for at in _where(bands, edges, lambda value: sum(band.holds(value) for band in bands) > 1):
        yield Finding("TIER_OVERLAP", path, f"{at} lies in two tiers: the higher one holds", at)


def _where(bands: tuple[Band, ...], edges: list[Decimal], test: Callable[[Decimal], bool]) -> list[str]:
    """Return the values for which a test holds, from high to low, as `99.0`, `95-99.0` or `3600+`; whether an end belongs is not shown."""
    ends = [end[0] for band in bands for end in (band.low, band.high) if end]
    pieces = _pieces(sorted({*ends, *edges}), is_bounded=bool(edges))
    runs = [list(run) for holds, run in groupby(pieces, key=lambda piece: test(piece.probe)) if holds]
    return [_label(run[0].low, run[-1].high) for run in reversed(runs)]


def _pieces(edges: list[Decimal], *, is_bounded: bool) -> Iterator[Piece]:
    for low, high in pairwise(edges):
        yield Piece(low, low, low)
        yield Piece(low, high, (low + high) / 2)
    yield Piece(edges[-1], edges[-1], edges[-1])
    if not is_bounded:
        yield Piece(edges[-1], None, edges[-1] + 1)


def _label(low: Decimal, high: Decimal | None) -> str:
    if high is None:
        return f"{low}+"
    return f"{low}" if low == high else f"{low}-{high}"


def _of_contract(contract: Contract) -> Iterator[Finding]:
    if contract.is_unsigned:
        what = "a private contract without both signatures: no claim is filed under it"
        yield Finding("UNSIGNED_CONTRACT", ("version",), what, fix="add signed_by of customer and provider")
    if contract.version.effective_from is None:
        yield Finding(
            "NO_START", ("version", "effective_from"), "the text names no first day: it is taken as always in force", level="note"
        )
    if contract.silent:
        what = "the text is silent on a change inside a window: every reading is computed, a claim takes the lowest"
        yield Finding("READINGS_OPEN", ("version",), what, "mid_window_switch", "note")
    if contract.credits.form != "none":
        yield from _of_money(contract)


def _of_money(contract: Contract) -> Iterator[Finding]:
    if contract.claims.deadline is None:
        yield Finding("DEADLINE_ASSUMED", ("claims",), "the text names no deadline: the policy's is used", level="note")
    if "basis" not in contract.credits.model_fields_set:
        what = "the text names no fee basis: the affected service's monthly charges are used"
        yield Finding("FEE_BASIS_ASSUMED", ("credits",), what, level="note")
    if contract.credits.stated_fee is not None:
        what = "the stated fee is that of each service by itself: two services that miss are credited on it twice"
        fix = "state the fee of one service, or leave it out and land the invoices"
        yield Finding("STATED_FEE_EACH", ("credits", "stated_fee"), what, level="note", fix=fix)
    for name, measure in contract.measures.items():
        if measure.kind != "waiver" and isinstance(measure.credits, AtRiskCredits) and measure.credits.at_risk is None:
            what = "credits at risk without a pool: no amount can be computed"
            yield Finding("NO_FEE_BASIS", ("measures", name, "credits"), what, fix="add credits.at_risk.pct_of_invoice to the contract")


def _without_clause(contract: Contract) -> Iterator[Finding]:
    """Yield every stated block that does not say where the paper says so."""
    blocks: dict[Path, object] = {("measures", name): measure for name, measure in contract.measures.items()}
    blocks |= {("exclusions", name): getattr(contract.exclusions, name) for name in contract.exclusions.model_fields_set - {"clause"}}
    blocks |= {(name,): getattr(contract, name) for name in ("credits", "claims", "earn_back") if name in contract.model_fields_set}
    if "caps" in contract.credits.model_fields_set:
        blocks["credits", "caps"] = contract.credits.caps
    blocks["claims", "deadline"] = contract.claims.deadline
    blocks |= {("chronic", index): clause for index, clause in enumerate(contract.chronic)}
    for path in sorted(blocks, key=str):
        if blocks[path] is not None and getattr(blocks[path], "clause", None) is None:
            yield Finding("NO_CLAUSE_CITED", path, "no clause is cited", level="note", fix='add clause: "..."')
