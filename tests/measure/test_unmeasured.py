"""Unmeasured time beside partial outages: what counts as down does so in full (R-GR8, R-PO1, R-PO2)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.world import Row

MINUTE_US = 60_000_000
DAY = "2026-06-10T"


def outage(start: str, end: str, weight: str, component: str = "shop") -> Row:
    span = {"start_at": f"{DAY}{start}Z", "end_at": f"{DAY}{end}Z"}
    return span | {"incident_id": "I-1", "component_id": component, "weight": weight, "state": "degraded"}


def lost_minutes(outages: list[Row], unmeasured: list[tuple[str, str, str]], **options: Any) -> tuple[Fraction, list[Fraction]]:
    """Return the weighted minutes lost, and the weights of the ledger's spans of unmeasured time that count."""
    measure = MEASURE | {"partial_outage": "affected_fraction"} | options
    gaps = [
        {"component_id": component, "start_at": f"{DAY}{start}Z", "end_at": f"{DAY}{end}Z", "cause": "gap", "rule_ids": ["probe"]}
        for component, start, end in unmeasured
    ]
    catalogue: list[Row] = [{}, {"component_id": "db", "parent_id": "shop"}]
    engine = measured(
        [contract_text({"uptime": measure})],
        {
            "staged.service_catalogue": catalogue,
            "reconciled.incidents": [{"incident_id": "I-1", "occurred_at": f"{DAY}10:00Z", "restored_at": f"{DAY}12:00Z"}],
            "reconciled.outage_intervals": outages,
            "reconciled.unmeasured_intervals": gaps,
        },
    )
    (result,) = engine.rows("select value_num, value_den from measured.sla_results where variant = 'headline'")
    ledger = engine.rows("select weight from measured.clock_ledger where rule_id = 'R-GR8' and counted_as = 'counted'")
    return Fraction(int(result["value_den"] - result["value_num"]), 10**6 * MINUTE_US), [Fraction(row["weight"]) for row in ledger]


@pytest.mark.parametrize("overlap", ["max", "sum_capped"])
@pytest.mark.parametrize(
    ("outages", "unmeasured", "treated", "lost"),
    [
        pytest.param([("10:00", "12:00", "0.25")], [("shop", "16:00", "20:00")], "down", 30 + 240, id="apart: 120 min x 0.25 and 240 min"),
        pytest.param([("10:00", "12:00", "0.25")], [("shop", "16:00", "20:00")], "unknown", 30, id="unknown time is not down"),
        pytest.param([], [("shop", "16:00", "20:00")], "down", 240, id="nothing but unmeasured time"),
        pytest.param(
            [("10:00", "12:00", "0.25")], [("db", "11:00", "13:00")], "down", 15 + 120, id="over another component: never above 1"
        ),
    ],
)
def test_unmeasured_time_that_counts_as_down_weighs_one(outages, unmeasured, treated, lost, overlap):
    found, weights = lost_minutes([outage(*span) for span in outages], unmeasured, unmeasured_time=treated, overlap_weight=overlap)
    assert found == lost
    assert set(weights) <= {Fraction(1)}
