"""Accuracy of providers' reports: the sign test by hand, and quartiles of the bias (DOMAIN 4.3)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tasks.measure.accuracy import write_accuracy
from tasks.measure.statistics import sign_test
from tasks.store.engine import Engine

COUNTS = dict.fromkeys(
    (
        *("ours", "theirs", "matched", "missing_in_vendor", "missing_in_ours", "within_tolerance", "understated", "overstated"),
        *("reports_in_time", "reports_complete"),
    ),
    0,
)
COLUMNS = {"provider_id": "VARCHAR", "period": "VARCHAR"} | dict.fromkeys(COUNTS, "BIGINT") | {"deltas_us": "BIGINT[]"}


@pytest.mark.parametrize(
    ("below", "above", "p_value"),
    [
        pytest.param(0, 0, Fraction(1), id="without a difference nothing leans"),
        pytest.param(1, 0, Fraction(1), id="one difference proves nothing"),
        pytest.param(5, 0, Fraction(1, 16), id="five on one side are twice a half to the fifth"),
        pytest.param(0, 5, Fraction(1, 16), id="either side counts"),
        pytest.param(8, 2, Fraction(2 * (1 + 10 + 45), 1024), id="eight of ten"),
        pytest.param(3, 3, Fraction(1), id="an even split is capped at one"),
    ],
)
def test_the_sign_test_is_twice_the_smaller_tail_of_a_fair_coin(below, above, p_value):
    assert sign_test(below, above) == p_value


def test_quartiles_are_of_type_7_half_away_from_zero_and_ties_take_no_side():
    deltas: list[dict[str, Any]] = [
        {"provider_id": "acme", "deltas_us": [-7, -4, 0, 2]},  # n = 4: quartiles at places 0.75, 1.5 and 2.25
        {"provider_id": "mute", "deltas_us": []},
        {"provider_id": "sole", "deltas_us": [-3]},
    ]
    with Engine() as engine:
        engine.create("measured.accuracy_counts", COLUMNS, [COUNTS | {"period": "2026-06"} | row for row in deltas])
        write_accuracy(engine)
        found = engine.rows(
            "select provider_id, bias_p25_us, bias_median_us, bias_p75_us, sign_p_value from measured.vendor_accuracy order by all"
        )
    assert [tuple(row.values()) for row in found] == [
        ("acme", -5, -2, 1, Decimal("1.000000")),  # -4.75, -2, 0.5; two below, one above: 2 x 4/8
        ("mute", None, None, None, None),
        ("sole", -3, -3, -3, Decimal("1.000000")),
    ]
