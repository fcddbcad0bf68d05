"""Service points of a month that follows another: the repetition is found by production in what the month before was judged (R-CR9)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tasks.measure.measuring import History
from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.test_chronic import level

LEVELS = [{"name": "minor", "below": "95", "at_least": "90", "points": 1}, {"name": "severe", "below": "90", "points": 3}]
POINTS = {"form": "points", "levels": LEVELS, "repeat_factor": "2", "pct_per_point": "0.5", "currency": "EUR"}
BILL = {"source_system": "erp", "invoice_id": "RE-1", "period": "2026-06", "currency": "EUR"}
LINE = {"line_no": 1, "fee_line_id": "F", "service_id": "shop", "amount": "10000.00", "one_time": False, "tax": False}


@pytest.mark.parametrize(
    ("before", "points", "owed"),
    [
        pytest.param([level("2026-05", "breached", pct="94")], 2, "100.0000", id="May scored too, at whatever level: twice"),
        pytest.param([level("2026-05", pct="96")], 1, "50.0000", id="May scored nothing: once"),
        pytest.param([level("2026-04", "breached", pct="89")], 1, "50.0000", id="of May nothing is known, April is not the month before"),
    ],
)
def test_points_double_after_a_month_that_scored(before, points, owed):
    """1.8 days of June down are 94 %: one point, 0.5 % of EUR 10,000."""
    engine = measured(
        [contract_text({"uptime": MEASURE | {"credits": POINTS, "tiers": []}}, credits={"form": "none"})],
        {
            "reconciled.incidents": [{"incident_id": "I-1", "occurred_at": "2026-06-10T00:00:00Z", "contract_version_id": "ACME@1"}],
            "reconciled.outage_intervals": [{"incident_id": "I-1", "start_at": "2026-06-10T00:00:00Z", "end_at": "2026-06-11T19:12:00Z"}],
            "staged.invoice": [BILL | {"provider_id": "acme", "total": "10000.00"}],
            "staged.invoice_line": [BILL | LINE],
        },
        past=History(levels=before),
    )
    (credit,) = engine.rows("select points, computed from measured.credits where variant = 'headline'")
    assert credit == {"points": points, "computed": Decimal(owed)}
