"""Credits of made-up contracts against a plain reading of 3.8: tiers, blocks at their edges, one cause, minimum, caps; what must add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from tests.depth import dear
from tests.measure.estate import contract_text, measured
from tests.measure.world import Row

FEW = settings(dear(2), phases=[Phase.explicit, Phase.generate])
pytestmark = pytest.mark.oracle
START = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE_US = 60_000_000
WINDOW_US = 30 * 24 * 3_600_000_000
CENT = Decimal("0.01")
EDGES = ("99.99", "99.95", "99.9", "99.5", "99", "95")
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


@dataclass(frozen=True)
class Tier:
    """A share of the fee for values from `low` to `high`; each end says whether it belongs to the tier."""

    high: str
    is_high_in: bool
    low: str | None
    is_low_in: bool
    credit_pct: str

    def holds(self, value: Fraction) -> bool:
        high = Fraction(self.high)
        is_under = value < high or (self.is_high_in and value == high)
        is_over = self.low is None or value > Fraction(self.low) or (self.is_low_in and value == Fraction(self.low))
        return is_under and is_over

    def text(self) -> Row:
        ends = {"at_most" if self.is_high_in else "below": self.high}
        if self.low is not None:
            ends["at_least" if self.is_low_in else "above"] = self.low
        return ends | {"credit_pct": self.credit_pct}


@dataclass(frozen=True)
class Tiers:
    """Form tiers on uptime (R-CR1, R-CR2)."""

    tiers: tuple[Tier, ...]

    def text(self) -> Row:
        return {"tiers": [tier.text() for tier in self.tiers], "credits": {"form": "tiers"}}

    def owed(self, fee: Decimal, down_us: int) -> Fraction:
        value = 100 * (1 - Fraction(down_us, WINDOW_US))
        return Fraction(fee) * max((Fraction(tier.credit_pct) for tier in self.tiers if tier.holds(value)), default=Fraction(0)) / 100

    def edges(self) -> list[int]:
        ends = [end for tier in self.tiers for end in (tier.high, tier.low) if end]
        return [int((100 - Fraction(end)) * WINDOW_US / 100) for end in ends]


@dataclass(frozen=True)
class Blocks:
    """Form per_block: minutes and percent of each block in turn, the last repeats (R-CR7, E77, E128)."""

    blocks: tuple[tuple[int, str], ...]
    is_partial_counted: bool
    allowance_s: int

    def text(self) -> Row:
        partial = "counts" if self.is_partial_counted else "none"
        stated = {"blocks": [{"min": minutes, "pct": pct} for minutes, pct in self.blocks]}
        return {"credits": {"form": "per_block", "partial_block": partial, "allowance_s": self.allowance_s, **stated}}

    def owed(self, fee: Decimal, down_us: int) -> Fraction:
        left, pct = down_us - self.allowance_s * 1_000_000, Fraction(0)
        for place in count():
            minutes, share = self.blocks[min(place, len(self.blocks) - 1)]
            if left <= 0 or (left < minutes * MINUTE_US and not self.is_partial_counted):
                return Fraction(fee) * pct / 100
            left, pct = left - minutes * MINUTE_US, pct + Fraction(share)
        raise AssertionError("the blocks never end")

    def edges(self) -> list[int]:
        free = self.allowance_s * 1_000_000
        return [free + sum(minutes for minutes, _ in self.blocks[:place]) * MINUTE_US for place in range(len(self.blocks) + 1)]


@dataclass(frozen=True)
class Proportional:
    """Form proportional: the share of the window that was down (R-CR7, E49)."""

    multiplier: str

    def text(self) -> Row:
        return {"credits": {"form": "proportional", "multiplier": self.multiplier}}

    def owed(self, fee: Decimal, down_us: int) -> Fraction:
        return Fraction(fee) * Fraction(down_us, WINDOW_US) * Fraction(self.multiplier)

    def edges(self) -> list[int]:
        return [0, WINDOW_US // 3]


Promise = Tiers | Blocks | Proportional


@dataclass(frozen=True)
class Agreement:
    """A contract: measures by what they pay, services by their fee and the length of their one outage in microseconds."""

    measures: tuple[Promise, ...]
    services: tuple[tuple[Decimal, int], ...]
    mode: str
    is_cumulative: bool
    min_credit: tuple[str, str]
    service_pct: str
    month_pct: str | None


@some.composite
def tiers(draw: Any) -> tuple[Tier, ...]:
    """Return tiers down from the top, sometimes with a gap, an edge in neither or in both."""
    edges = draw(
        some.lists(some.sampled_from(EDGES), min_size=1, max_size=4, unique=True).map(lambda found: sorted(found, key=Decimal)[::-1])
    )
    percents = some.sampled_from(["5", "10", "12.5", "25", "33.333333", "100"])
    ends = [*edges[1:], None]
    kept = [draw(some.booleans()) or place == 0 for place in range(len(edges))]
    return tuple(
        Tier(high, draw(some.booleans()), low, draw(some.booleans()), draw(percents))
        for high, low, is_kept in zip(edges, ends, kept, strict=True)
        if is_kept
    )


def promises() -> Any:
    block = some.tuples(some.sampled_from([5, 30, 60, 1440]), some.sampled_from(["1", "5", "12.5"]))
    blocks = some.lists(block, min_size=1, max_size=3).map(tuple)
    return some.one_of(
        some.builds(Tiers, tiers()),
        some.builds(Blocks, blocks, some.booleans(), some.sampled_from([0, 0, 90])),
        some.builds(Proportional, some.sampled_from(["1", "2.5"])),
    )


@some.composite
def agreements(draw: Any) -> Agreement:
    measures = tuple(draw(some.lists(promises(), min_size=1, max_size=2)))
    at_edge = some.sampled_from([edge for promise in measures for edge in promise.edges()])
    lengths = some.one_of(some.integers(0, WINDOW_US), some.tuples(at_edge, some.sampled_from([-1, 0, 1])).map(sum), at_edge)
    fees = some.one_of(
        some.sampled_from(["10000.00", "0.05", "333.33", "1234.50"]), some.integers(1, 10**6).map(lambda cents: f"{cents / 100:.2f}")
    )
    return Agreement(
        measures,
        tuple((Decimal(draw(fees)), draw(lengths)) for _ in range(draw(some.integers(3, 8)))),
        draw(some.sampled_from(list(MODES))),
        draw(some.booleans()),
        (draw(some.sampled_from(["0.01", "1.00", "33.33"])), draw(some.sampled_from(["gt", "gte"]))),
        draw(some.sampled_from(["100", "100", "20", "7.5"])),
        draw(some.sampled_from([None, "10", "3.3"])),
    )


def text_of(name: str, stated: Agreement) -> dict[str, Any]:
    level = {"kind": "availability", "target": "99.9", "denominator": "remove_from_both", "partial_period": "active_only"}
    services = {"applies_to": {"services": [f"{name}-{place}" for place in range(len(stated.services))]}}
    measures = {f"level_{place}": level | services | promise.text() for place, promise in enumerate(stated.measures)}
    credits_ = {
        "currency": "EUR",
        "rounding": {"mode": stated.mode, "unit": "currency_minor", "stage": "per_line"},
        "same_root_cause": "cumulative" if stated.is_cumulative else "highest_only",
        "min_credit": {"amount": stated.min_credit[0], "comparator": stated.min_credit[1]},
        "caps": {"per_service_pct": stated.service_pct, "contract_month_pct": stated.month_pct},
    }
    return contract_text(measures, contract_id=name, credits=credits_)


def tables_of(name: str, stated: Agreement) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    for place, (fee, down_us) in enumerate(stated.services):
        service = f"{name}-{place}"
        incident = {"incident_id": f"I-{service}", "contract_version_id": f"{name}@1"}
        span = {"start_at": START.isoformat(), "end_at": (START + timedelta(microseconds=down_us)).isoformat()}
        bill = {"source_system": "erp", "invoice_id": f"RE-{service}", "period": "2026-06", "currency": "EUR"}
        charge = {"line_no": 1, "fee_line_id": "F", "service_id": service, "amount": str(fee), "one_time": False, "tax": False}
        rows = {
            "staged.service_catalogue": [{"service_id": service, "component_id": service}],
            "staged.invoice": [bill | {"provider_id": "acme", "total": str(fee)}],
            "staged.invoice_line": [bill | charge],
            "reconciled.incidents": [incident | {"service_id": service, "component_ids": [service], "occurred_at": span["start_at"]}],
            "reconciled.outage_intervals": [incident | span | {"component_id": service}] if down_us else [],
        }
        for address, more in rows.items():
            tables.setdefault(address, []).extend(more)
    return tables


@FEW
@given(some.lists(agreements(), min_size=10, max_size=12))
def test_every_credit_is_what_its_text_pays_for_the_exact_value_and_every_step_adds_up(estate: list[Agreement]) -> None:
    tables: dict[str, list[Row]] = {}
    for place, stated in enumerate(estate):
        for address, rows in tables_of(f"C{place}", stated).items():
            tables.setdefault(address, []).extend(rows)
    engine = measured([text_of(f"C{place}", stated) for place, stated in enumerate(estate)], tables)
    lines = engine.rows("from measured.credits where variant = 'headline' order by credit_id")
    for place, stated in enumerate(estate):
        assert_lines_are_as_stated(stated, f"C{place}", [line for line in lines if line["contract_version_id"] == f"C{place}@1"])


def assert_lines_are_as_stated(stated: Agreement, name: str, lines: Sequence[Row]) -> None:
    """Compare the lines of a contract with what its text says, step by step."""
    found = {(line["service_id"], line["measure_id"]): line for line in lines}
    for place, (fee, down_us) in enumerate(stated.services):
        service = f"{name}-{place}"
        owed: dict[str, Decimal] = {}
        for number, promise in enumerate(stated.measures):
            owed[f"level_{number}"] = rounded(promise.owed(fee, down_us), stated.mode)
            line = found.get((service, f"level_{number}"))
            assert (line["computed"] if line else 0) == owed[f"level_{number}"], (promise, fee, down_us, line)
        told = {measure: found[service, measure] for measure in owed if (service, measure) in found}
        kept = [line for line in told.values() if line["after_cumulation"]]
        if stated.is_cumulative:
            assert sum(line["after_cumulation"] for line in told.values()) == sum(owed.values())
        else:  # one outage, so one cause: of its lines the highest stands
            assert len(kept) <= 1
            assert sum(line["after_cumulation"] for line in kept) == max(owed.values())
    least, comparator = Decimal(stated.min_credit[0]), stated.min_credit[1]
    for line in lines:
        owed_line = line["after_cumulation"]
        is_enough = owed_line > least if comparator == "gt" else owed_line >= least
        assert line["after_minimum"] == (owed_line if is_enough else 0)
        assert line["after_caps"] + line["forgone"] == line["after_minimum"] <= owed_line <= line["computed"]
        assert line["after_caps"] >= 0
        assert line["after_caps"] == line["after_caps"].quantize(CENT)
        assert line["claimable"] <= line["after_caps"]
    judge_caps(stated, name, lines)


def rounded(amount: Fraction, mode: str) -> Decimal:
    """Return an exact amount in cents."""
    cents = amount * 100
    whole, rest = cents // 1, cents % 1
    is_up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half_up" or whole % 2 == 1))
    return Decimal(int(whole) + is_up).scaleb(-2)


def judge_caps(stated: Agreement, name: str, lines: Sequence[Row]) -> None:
    """Compare the sums with the caps: of each service, then of the month; each cuts no more than it must."""
    after_service = Decimal(0)
    for place, (fee, _) in enumerate(stated.services):
        own = [line for line in lines if line["service_id"] == f"{name}-{place}"]
        most = (fee * Decimal(stated.service_pct) / 100).quantize(CENT, MODES[stated.mode])
        asked = sum((line["after_minimum"] for line in own), Decimal(0))
        kept = sum((line["after_caps"] for line in own), Decimal(0))
        assert kept <= min(asked, most + CENT)
        after_service += min(asked, most)
    kept = sum((line["after_caps"] for line in lines), Decimal(0))
    if stated.month_pct is not None:
        fees = sum((fee for fee, _ in stated.services), Decimal(0))
        after_service = min(after_service, (fees * Decimal(stated.month_pct) / 100).quantize(CENT, MODES[stated.mode]))
    assert abs(kept - after_service) <= CENT * len(stated.services), (stated, kept, after_service)
