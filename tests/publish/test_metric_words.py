"""What may be said of a metric: never more than n and the tests allow (M-08, M-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tasks.publish.metric_words import filter_words, metric_lines, metric_words

TIME = {
    "metric_id": "mttr_restore",
    "filter": "{}",
    "period": "2026-10",
    "unit": "min",
    "n": 20,
    "censored_n": 0,
    "missing_n": 0,
    "excluded_n": 0,
    "value_num": 1,
    "value_den": 1,
    "value": Decimal("52.5"),
    "mean": Decimal("52.5"),
    "median": Decimal("40.25"),
    "p90": Decimal("1741.2"),
    "smallest": Decimal("1"),
    "largest": Decimal("2000"),
    "low": Decimal("40"),
    "high": Decimal("61.25"),
    "interval_method": "bootstrap",
    "median_with_open": Decimal("44"),
    "value_all": None,
    "previous_value": Decimal("70"),
    "verdict": "no_clear_change",
    "publication": "mean_median_interval",
    "is_suppressed": False,
}
FEW = {"n": 7, "publication": "median_range_flagged"}
NO_TIME = dict.fromkeys(("mean", "median", "p90", "smallest", "largest", "median_with_open"))
SHARE = TIME | NO_TIME | {"unit": "share", "value_num": 2, "value_den": 3, "value": Decimal("0.666667"), "interval_method": "wilson"}
SHARE |= {"low": Decimal("0.5"), "high": Decimal("0.8"), "previous_value": Decimal("0.5"), "verdict": "change"}


def said(row: dict[str, Any], **columns: Any) -> str:
    return metric_words(row | columns)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(
            TIME,
            "mean 52.5 min [40.0 to 61.3, 95 % bootstrap], median 40.3 min, 90 % within 1,741.2 min, n = 20; no clear change from 70.0 min",
            id="no mean without median, 90th percentile, interval and n",
        ),
        pytest.param(
            TIME | FEW, "few (n = 7): median 40.3 min, from 1.0 min to 2,000.0 min; no clear change", id="of few no mean, nor one before"
        ),
        pytest.param(
            TIME | {"n": 4, "publication": "list_only"},
            "too few for a figure (n = 4): see the single cases",
            id="below five no figure, no move",
        ),
        pytest.param(TIME | {"n": 0, "publication": "none", "value": None}, "no value", id="of none no value"),
        pytest.param(
            TIME | {"is_suppressed": True, "n": 3},
            "not printed: so few (n = 3) that people could be inferred",
            id="of too few people nothing",
        ),
        pytest.param(
            TIME | FEW | {"censored_n": 2, "missing_n": 1, "verdict": "not_tested"},
            "few (n = 7): median 40.3 min, from 1.0 min to 2,000.0 min; 2 still open, median with them 44.0 min; "
            "1 left aside, one of both instants is not known",
            id="open ones and missing instants are told",
        ),
        pytest.param(
            TIME | FEW | {"excluded_n": 1, "value_all": Decimal("90"), "verdict": "not_tested"},
            "few (n = 7): median 40.3 min, from 1.0 min to 2,000.0 min; 1 left out with approval, with them 90.0 min",
            id="what was left out is told with the value that keeps it",
        ),
        pytest.param(
            SHARE,
            "66.666 % [50.000 to 80.000, 95 % Wilson], n = 20; up from 50.000 %",
            id="shares are floored, and a change has its direction",
        ),
        pytest.param(SHARE | {"verdict": "not_tested"}, "66.666 % [50.000 to 80.000, 95 % Wilson], n = 20", id="without a test no move"),
        pytest.param(
            SHARE | {"previous_value": Decimal("0.9")}, "66.666 % [50.000 to 80.000, 95 % Wilson], n = 20; down from 90.000 %", id="a fall"
        ),
        pytest.param(
            TIME
            | NO_TIME
            | {"unit": "correlation", "n": 13, "value": Decimal("0.31"), "low": Decimal("-0.2"), "high": Decimal("0.7")}
            | {"verdict": "not_tested"},
            "0.310 [-0.200 to 0.700, 95 % bootstrap] over 13 weeks: association, not cause",
            id="a correlation ends with what it is not",
        ),
        pytest.param(
            TIME
            | NO_TIME
            | {"unit": "count", "value": Decimal(30), "low": Decimal("20.2"), "high": Decimal("42.8")}
            | {"interval_method": "poisson", "previous_value": Decimal(18)},
            "30 [20 to 43, 95 % Poisson]; no clear change from 18",
            id="thirty against eighteen is no clear change",
        ),
    ],
)
def test_no_more_is_said_than_n_and_the_tests_allow(row: dict[str, Any], words: str) -> None:
    assert said(row) == words


def test_lines_stand_under_what_they_are_of_in_the_order_of_the_catalogue() -> None:
    shop = '{"service_id":"shop"}'
    rows = [
        TIME | {"filter": shop},
        SHARE | {"metric_id": "recurrence_rate"},
        TIME,
        TIME | {"publication": "none", "filter": '{"team":"x"}'},
    ]
    lines = metric_lines(rows, {"recurrence_rate": "Recur", "mttr_restore": "Restore"})
    assert [line.partition(": ")[0] for line in lines] == ["all, 2026-10:", "  Recur", "  Restore", "service shop, 2026-10:", "  Restore"]


def test_a_filter_is_put_in_words() -> None:
    assert [filter_words(text) for text in ("{}", '{"team":"web"}', '{"provider_id":"acme"}')] == ["all", "team web", "provider acme"]
