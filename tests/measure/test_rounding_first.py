"""A value is compared exactly unless the contract rounds it first (R-AV4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tasks.store.engine import Engine
from tests.measure.estate import MEASURE, contract_text, measured

EDGES = [
    pytest.param("99895", "100000", 2, "half_up", "99.90", id="half a hundredth goes up"),
    pytest.param("99895", "100000", 2, "half_even", "99.90", id="to the even neighbour, here up"),
    pytest.param("99885", "100000", 2, "half_even", "99.88", id="to the even neighbour, here down"),
    pytest.param("99885", "100000", 2, "half_up", "99.89", id="half up goes up whatever it is"),
    pytest.param("99895", "100000", 2, "floor", "99.89", id="the floor cuts off"),
    pytest.param("998949", "1000000", 2, "half_even", "99.89", id="less than half goes down"),
    pytest.param("2", "3", 9, "half_up", "66.666666667", id="nine decimals"),
    pytest.param("1", "2", 0, "half_up", "50", id="none"),
]


@pytest.mark.parametrize(("num", "den", "places", "mode", "rounded"), EDGES)
def test_a_percentage_is_rounded_at_its_last_decimal(num, den, places, mode, rounded):
    with Engine() as engine:
        (row,) = engine.rows(f"select rounded_pct({num}, {den}, {places}, '{mode}')::bigint as units")
    assert Decimal(row["units"]).scaleb(-places) == Decimal(rounded)


def test_a_miss_that_rounds_to_the_target_is_met_only_where_the_contract_says_so():
    """45 minutes 21.6 seconds of June are 99.895 %: missed as it is, 99.90 % half up, 99.89 % cut off; the tier reads the exact value."""
    modes = {"exactly": "none", "half_up": {"decimals": 2, "mode": "half_up"}, "floor": {"decimals": 2, "mode": "floor"}}
    engine = measured(
        [
            contract_text(
                {"uptime": MEASURE | {"round_before_compare": rounding, "applies_to": {"services": [name]}}},
                contract_id=name,
                credits={"form": "none"},
            )
            for name, rounding in modes.items()
        ],
        {
            "staged.service_catalogue": [{"service_id": name, "component_id": name} for name in modes],
            "reconciled.incidents": [{"incident_id": name, "service_id": name, "occurred_at": "2026-06-10T10:00:00Z"} for name in modes],
            "reconciled.outage_intervals": [
                {"incident_id": name, "component_id": name, "start_at": "2026-06-10T10:00:00Z", "end_at": "2026-06-10T10:45:21.6Z"}
                for name in modes
            ],
        },
    )
    rows = engine.rows("select service_id, status, value_pct from measured.sla_results where variant = 'headline'")
    assert {row["service_id"]: (row["status"], str(row["value_pct"])) for row in rows} == {
        "exactly": ("breached", "99.895000"),
        "half_up": ("met", "99.895000"),
        "floor": ("breached", "99.895000"),
    }
