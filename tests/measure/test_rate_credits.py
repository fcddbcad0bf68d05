"""Money for rates of requests and for hours that a provider waives itself, worked by hand on one service with a fee of EUR 10,000.

An hour at an error rate of 50 % loses 1,800 s of June's 2,592,000 less 240 of maintenance, where 99.95 % was promised.
In it 50 of 100 requests fail.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.world import Row

FEE = {"source_system": "erp", "invoice_id": "RE-1", "period": "2026-06", "currency": "EUR"}
LINE = {
    "line_no": 1,
    "fee_line_id": "F",
    "service_id": "shop",
    "amount": "10000.00",
    "unit": "h",
    "unit_price": "2.40",
    "one_time": False,
    "tax": False,
}
RATE = {"kind": "error_rate", "target": "99.95", "interval_s": 300, "denominator": "remove_from_both", "partial_period": "active_only"}
RATIO = {key: value for key, value in RATE.items() if key != "interval_s"} | {
    "kind": "request_ratio",
    "failed_when": {"rule": "error_response"},
}
TIERS = {"tiers": [{"below": "99.95", "at_least": "99.0", "credit_pct": "10"}, {"below": "99.0", "credit_pct": "25"}]}
AT_RISK = {"form": "at_risk", "basis": "at_risk_pool", "pool_pct": "50", "weight_pct": "20"}
POINTS = {"form": "points", "levels": [{"name": "minor", "below": "99.95", "points": 2}], "pct_per_point": "0.5"}
EXPECTED = {
    "tiers": ("1000.0000", "credits of a mean by its tier"),
    "proportional": ("6.9500", "10,000 × 1,800 / 2,591,760 = 6.945…"),
    "at_risk": ("120.0000", "12 % of the invoice × 50 % × 20 %"),
    "points": ("100.0000", "2 points × 0.5 %"),
    "share": ("2500.0000", "half of the requests failed: the lowest tier"),
}


def waiver(minutes: int, comparator: str) -> dict[str, Any]:
    rule = {"rule": "unavailable_minutes_in_clock_hour", "minutes": minutes, "comparator": comparator, "waives": "hourly_charge"}
    return {"kind": "waiver", "waiver": rule}


def outage(start: str, end: str) -> Row:
    return {"incident_id": "I-1", "start_at": f"2026-06-10T{start}:00Z", "end_at": f"2026-06-10T{end}:00Z"}


@pytest.fixture(scope="module")
def month() -> dict[str, dict[str, Row]]:
    """Return June by measure. The probe was down 5 and 6 minutes about 12:00, and 10 minutes of which 4 were maintenance."""
    measures = {
        "tiers": RATE | TIERS,
        "proportional": RATE | {"credits": {"form": "proportional", "multiplier": "1"}},
        "at_risk": RATE | {"credits": AT_RISK},
        "points": RATE | {"credits": POINTS},
        "share": RATIO | TIERS,
        "more_than_six": waiver(6, "gt"),
        "at_least_six": waiver(6, "gte"),
    }
    money = {
        "currency": "EUR",
        "same_root_cause": "cumulative",
        "at_risk": {"pct_of_invoice": "12", "single_measure_max_pct_of_pool": "25", "max_measures": 9},
    }
    sample = {"start_at": "2026-06-10T10:00:00Z", "end_at": "2026-06-10T11:00:00Z", "requests": 100, "errors": 50, "raw_id": "s"}
    span = {"start_at": "2026-06-10T14:00:00Z", "end_at": "2026-06-10T14:04:00Z"}
    engine = measured(
        [contract_text(measures, credits=money)],
        {
            "staged.monitoring_rule": [{}],
            "staged.monitoring_sample": [sample],
            "staged.invoice": [FEE | {"provider_id": "acme", "total": "10000.00"}],
            "staged.invoice_line": [FEE | LINE],
            "reconciled.incidents": [{"incident_id": "I-1", "occurred_at": "2026-06-10T11:55:00Z", "restored_at": "2026-06-10T14:10:00Z"}],
            "reconciled.outage_intervals": [outage("11:55", "12:06"), outage("14:00", "14:10")],
            "reconciled.exclusions": [span | {"exclusion_id": "X-1", "contract_version_id": "ACME@1"}],
        },
    )
    found = {name: engine.rows(f"from measured.{name} where variant = 'headline'") for name in ("credits", "sla_results")}
    return {name: {row["measure_id"]: row for row in rows} for name, rows in found.items()} | {
        "claims": {row["claim_id"]: row for row in engine.rows("from measured.claims")},
        "breaches": {row["measure_id"]: row for row in engine.rows("from measured.breaches")},
    }


@pytest.mark.parametrize(("name", "amount"), [pytest.param(name, amount, id=why) for name, (amount, why) in EXPECTED.items()])
def test_a_form_of_credit_reads_rates_as_it_reads_time(month: dict[str, dict[str, Row]], name: str, amount: str) -> None:
    assert month["credits"][name]["payable"] == Decimal(amount)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        pytest.param("more_than_six", 0, id="five and six minutes of two hours, six after maintenance: none has more than six"),
        pytest.param("at_least_six", 2, id="the hours from 12:00 and 14:00 have at least six"),
    ],
)
def test_minutes_are_counted_within_their_clock_hour_after_exclusions(month: dict[str, dict[str, Row]], name: str, hours: int) -> None:
    result, credit = month["sla_results"][name], month["credits"][name]
    assert (result["value_num"], result["value_den"], result["status"]) == (720 - hours, 720, "not_applicable")
    assert (credit["payable"], credit["claimable"]) == (hours * Decimal("2.40"), 0)


def test_what_is_claimed_leaves_out_what_is_waived(month: dict[str, dict[str, Row]]) -> None:
    (claim,) = month["claims"].values()
    assert claim["amount"] == sum(Decimal(amount) for amount, _ in EXPECTED.values())


def test_a_missed_rate_is_a_breach_by_points_and_has_no_time_over(month: dict[str, dict[str, Row]]) -> None:
    assert sorted(month["breaches"]) == sorted(EXPECTED)
    short = Fraction("99.95") - 100 * (1 - Fraction(1800, 2_591_760))
    assert (month["breaches"]["tiers"]["short_pct"], month["breaches"]["tiers"]["over_us"]) == (
        Decimal(int(short * 10**6)).scaleb(-6),
        None,
    )


@pytest.mark.parametrize(
    ("days", "left"),
    [
        pytest.param(["10"], [2500, 1000], id="an incident tells of all failures: another cause, both are owed"),
        pytest.param(["10", "12"], [2500, 0], id="nobody tells of the 12th: that cause may be any"),
    ],
)
def test_failures_that_no_incident_tells_of_share_their_cause_with_all(days: list[str], left: list[int]) -> None:
    """Half the requests of an hour failed, 25 % of EUR 10,000; two hours down on the 20th by a cause of its own are 10 % (R-CR3)."""
    text = contract_text({"share": RATIO | TIERS, "uptime": MEASURE}, credits={"currency": "EUR"})
    hours = [(f"2026-06-{day}T00:00:00Z", f"2026-06-{day}T01:00:00Z") for day in days]
    told = [
        {"incident_id": "I-1", "occurred_at": hours[0][0], "restored_at": hours[0][1], "cause_key": "disk"},
        {"incident_id": "I-2", "occurred_at": "2026-06-20T00:00:00Z", "restored_at": "2026-06-20T02:00:00Z", "cause_key": "rota"},
    ]
    engine = measured(
        [text],
        {
            "staged.monitoring_rule": [{}],
            "staged.monitoring_sample": [
                {"start_at": start, "end_at": end, "requests": 100, "errors": 50, "raw_id": f"s-{place}"}
                for place, (start, end) in enumerate(hours)
            ],
            "staged.invoice": [FEE | {"provider_id": "acme", "total": "10000.00"}],
            "staged.invoice_line": [FEE | LINE],
            "reconciled.incidents": told,
            "reconciled.outage_intervals": [{"incident_id": "I-2", "start_at": told[1]["occurred_at"], "end_at": told[1]["restored_at"]}],
        },
    )
    rows = engine.rows("select after_cumulation from measured.credits where variant = 'headline' order by measure_id")
    assert [row["after_cumulation"] for row in rows] == left
