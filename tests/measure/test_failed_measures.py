"""Pools and points on measures of single incidents: a measure fails in a window in which it missed a target (R-CR8, R-CR9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tasks.measure.measuring import History
from tasks.model.period import Period
from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.test_caps import RESTORE, billed, down
from tests.measure.test_chronic import level
from tests.measure.world import Row

AT_RISK = {"form": "at_risk", "basis": "at_risk_pool", "weight_pct": "40", "at_risk": {"pct_of_invoice": "10"}, "currency": "EUR"}
LEVELS = [{"name": "minor", "below": "100", "at_least": "60", "points": 1}, {"name": "severe", "below": "60", "points": 3}]
POINTS = {"form": "points", "levels": LEVELS, "repeat_factor": "2", "pct_per_point": "0.5", "currency": "EUR"}


def restored(name: str, day: int, hours: int) -> Row:
    """Return a P1 incident of 08:00 that the provider knew of at once."""
    severities = {f"severity_{which}": "P1" for which in ("initial", "max", "final")}
    told = dict.fromkeys(("occurred_at", "detected_at", "reported_to_provider_at"), f"2026-06-{day:02}T08:00:00Z")
    ended = {"restored_at": f"2026-06-{day:02}T{8 + hours:02}:00:00Z", "cause_key": name}
    return {"incident_id": name, "contract_version_id": "ACME@1", **severities, **told, **ended}


def credits_of_june(terms: dict[str, Any], rows: list[Row], **more: Any) -> list[Row]:
    text = contract_text({"back": RESTORE | {"credits": terms}}, credits={"form": "none"})
    engine = measured([text], {"reconciled.incidents": rows} | billed("2026-06", amount="10000.00"), **more)
    found = engine.rows("select * from measured.credits where variant = 'headline'")
    assert all(row["sla_result_ids"] == [] for row in found)
    return found


@pytest.mark.parametrize(
    ("hours", "owed"),
    [
        pytest.param([3, 5, 9], "400.00", id="two of three missed: the measure failed once"),
        pytest.param([3, 4], "0.00", id="every target met, one to the minute"),
    ],
)
def test_a_failed_measure_earns_its_weight_of_the_pool_once(hours, owed):
    """10 % of EUR 10,000 is at risk, and restores weigh 40 % of it: EUR 400, however many targets were missed."""
    (credit,) = credits_of_june(AT_RISK, [restored(f"I-{place}", 10 + place, length) for place, length in enumerate(hours)])
    assert (credit["payable"], len(credit["target_ids"])) == (Decimal(owed), len(hours))


def test_without_a_target_judged_there_is_nothing_to_pay():
    assert credits_of_june(AT_RISK, []) == []


@pytest.mark.parametrize(
    ("hours", "before", "points", "owed"),
    [
        pytest.param([3, 3, 5], [], 1, "50.00", id="two of three met are 66.7 %: the milder level"),
        pytest.param([3, 5], [], 3, "150.00", id="half of them met: the worse level"),
        pytest.param([3, 3], [], 0, "0.00", id="all met scores nothing"),
        pytest.param([3, 3, 5], [level("2026-05", "breached", pct="80") | {"measure_id": "back"}], 2, "100.00", id="May failed too: twice"),
        pytest.param([3, 3, 5], [level("2026-05", pct="100") | {"measure_id": "back"}], 1, "50.00", id="May was met: once"),
        pytest.param([3, 3, 5], [level("2026-05", "breached", pct="80")], 1, "50.00", id="another measure failed in May: once"),
    ],
)
def test_a_failed_measure_scores_by_the_share_of_its_targets_met(hours, before, points, owed):
    rows = [restored(f"I-{place}", 10 + place, length) for place, length in enumerate(hours)]
    (credit,) = credits_of_june(POINTS, rows, past=History(targets=before))
    assert (credit["points"], credit["payable"]) == (points, Decimal(owed))


ROLLING = {"timezone": "UTC", "window": {"kind": "rolling_days", "days": 60}}


@pytest.fixture(scope="module")
def rolling() -> Any:
    """Return May and June of windows of 60 days: two hours down on 20 May lie in both, four more on 20 June in June's alone."""
    tables = down(("2026-05-20T00:00:00Z", "2026-05-20T02:00:00Z"), ("2026-06-20T00:00:00Z", "2026-06-20T13:00:00Z"))
    return measured(
        [contract_text(clock=ROLLING, credits={"currency": "EUR"})],
        tables | billed("2026-05", "2026-06"),
        months=[Period.parse("2026-05"), Period.parse("2026-06")],
    )


def test_what_an_overlapping_window_owed_for_an_outage_is_not_owed_again(rolling):
    """2 h of 60 days are 99.86 %: 10 % of EUR 3,000 in May. 15 h are 98.96 %: 25 %, 750 in June, of which 300 were for the same outage."""
    rows = rolling.rows("select period, computed, after_cumulation from measured.credits where variant = 'headline' order by period")
    assert [tuple(row.values()) for row in rows] == [
        ("2026-05", Decimal(300), Decimal(300)),
        ("2026-06", Decimal(750), Decimal(450)),
    ]
    (step,) = rolling.rows("select words from measured.credit_steps where step = 'cumulation'")
    assert step["words"] == "EUR 300.00 were owed for the same incidents in 2026-05: of EUR 750.00 there stays EUR 450.00"


def test_a_target_missed_in_two_overlapping_windows_is_paid_once():
    """One restore an hour late on 20 May: two begun blocks of 25 % are EUR 1,500 in May, and nothing more in June."""
    blocks = {"form": "per_block", "block_min": 30, "pct_per_block": "25", "partial_block": "counts", "currency": "EUR"}
    row = {name: value.replace("2026-06", "2026-05") if isinstance(value, str) else value for name, value in restored("I-1", 20, 5).items()}
    engine = measured(
        [contract_text({"back": RESTORE | {"credits": blocks}}, clock=ROLLING, credits={"form": "none"})],
        {"reconciled.incidents": [row]} | billed("2026-05", "2026-06"),
        months=[Period.parse("2026-05"), Period.parse("2026-06")],
    )
    rows = engine.rows("select period, computed, payable from measured.credits where variant = 'headline' order by period")
    assert [tuple(row.values()) for row in rows] == [("2026-05", Decimal(1500), Decimal(1500)), ("2026-06", Decimal(1500), Decimal(0))]


def still_down(measure: dict[str, Any], told: Row) -> Row:
    """Return the credit of June by what is known at 13:00 of the 10th: a P1 since 08:00 that is not restored."""
    incident = restored("I-1", 10, 1) | {"restored_at": None, "status": "open"} | told
    text = contract_text({"back": measure | {"credits": AT_RISK}}, credits={"form": "none"})
    tables = {
        "reconciled.incidents": [incident],
        "reconciled.incident_members": [{"incident_id": "I-1", "raw_id": "t", "source_key": "T-1"}],
        "staged.ticket": [{"ticket_key": "T-1", "opened_at": "2026-06-10T08:00:00Z"}],
        "staged.severity_change": [
            {
                "ticket_key": "T-1",
                "old": "P3",
                "new": "P1",
                **dict.fromkeys(("changed_at", "recorded_at"), "2026-06-10T12:30:00Z"),
            }
        ]
        if told.get("severity_initial") == "P3"
        else [],
    }
    engine = measured([text], tables | billed("2026-06", amount="10000.00"), as_of="2026-06-10T13:00:00Z")
    (credit,) = engine.rows("select * from measured.credits where variant = 'headline'")
    return credit


def test_nothing_is_claimed_while_a_target_still_runs_in_another_reading():
    """P1 from 12:30 on: late since 12:00 by the strictest target from the start, running until 16:30 if it counts from the change."""
    measure = {key: value for key, value in RESTORE.items() if key != "severity_change"}
    credit = still_down(measure, {"severity_initial": "P3", "ticket_key": "T-1"})
    assert (credit["payable"], credit["claimable"], credit["flags"]) == (Decimal(400), Decimal(0), ["READINGS_DIFFER"])


def test_a_window_whose_target_still_runs_owes_nothing_although_another_reading_is_late():
    """Told at 11:30, so that four hours end at 15:30; from our detection at 08:00 they ended at 12:00."""
    measure = {key: value for key, value in RESTORE.items() if key != "clock_start"}
    credit = still_down(measure, {"reported_to_provider_at": "2026-06-10T11:30:00Z"})
    assert (credit["payable"], credit["claimable"], len(credit["target_ids"])) == (Decimal(0), Decimal(0), 1)


def owed_by_window(text: dict[str, Any], tables: dict[str, list[Row]], *months: str) -> list[tuple[str, str, Decimal]]:
    """Return what windows owe before caps, by month and measure."""
    engine = measured([text], tables | billed(*months), months=[Period.parse(name) for name in months])
    rows = engine.rows("select * from measured.credits where variant = 'headline' order by period, measure_id")
    return [(row["period"], row["measure_id"], row["after_minimum"]) for row in rows]


def test_a_target_met_in_two_windows_does_not_make_their_failures_one():
    """Missed on 10 April and on 20 June, met on 20 May, which both windows hold: 10 % of EUR 3,000 times 40 % each."""
    days = [("I-0", "04-10", 5), ("I-1", "05-20", 3), ("I-2", "06-20", 5)]
    rows = []
    for name, day, hours in days:
        row = restored(name, 10, hours)
        rows.append({key: value.replace("06-10", day) if isinstance(value, str) else value for key, value in row.items()})
    text = contract_text({"back": RESTORE | {"credits": AT_RISK}}, clock=ROLLING, credits={"form": "none"})
    assert owed_by_window(text, {"reconciled.incidents": rows}, "2026-05", "2026-06") == [
        ("2026-05", "back", Decimal(120)),
        ("2026-06", "back", Decimal(120)),
    ]


def test_what_one_measure_was_paid_for_another_does_not_owe_in_the_next_window():
    """Two hours down on 20 May: 25 % by one measure beat 10 % by another, EUR 750; June's window holds the same outage alone."""
    dear = MEASURE | {"tiers": [{"below": "99.9", "credit_pct": "25"}]}
    text = contract_text({"dear": dear, "usual": MEASURE}, clock=ROLLING, credits={"currency": "EUR"})
    assert owed_by_window(text, down(("2026-05-20T00:00:00Z", "2026-05-20T02:00:00Z")), "2026-05", "2026-06") == [
        ("2026-05", "dear", Decimal(750)),
        ("2026-05", "usual", Decimal(0)),
        ("2026-06", "dear", Decimal(0)),
        ("2026-06", "usual", Decimal(0)),
    ]


@pytest.mark.parametrize(
    ("months", "owed"),
    [
        pytest.param(("2026-03", "2026-06"), [300, 300], id="windows that do not meet"),
        pytest.param(("2026-05", "2026-06"), [300, 0], id="the same outage in both windows"),
    ],
)
def test_outages_that_no_incident_tells_of_are_paid_once(months, owed):
    """Two hours down on the 20th of the first month, and in June's own window where the first is long past."""
    days = [f"{months[0]}-20", *(["2026-06-20"] if months[0] == "2026-03" else [])]
    spans = [{"start_at": f"{day}T00:00:00Z", "end_at": f"{day}T02:00:00Z"} for day in days]
    text = contract_text(clock=ROLLING, credits={"currency": "EUR"})
    found = owed_by_window(text, {"reconciled.outage_intervals": spans}, *months)
    assert [amount for _, _, amount in found] == [Decimal(amount) for amount in owed]


def test_requests_that_failed_without_an_incident_are_paid_once():
    """Half of a day's requests failed on 20 May, and both windows hold it: 25 % of EUR 3,000, once."""
    measure = {
        "kind": "request_ratio",
        "target": "99.9",
        "failed_when": {"rule": "error_response"},
        "denominator": "remove_from_both",
        "partial_period": "active_only",
        "tiers": [{"below": "99.9", "credit_pct": "25"}],
    }
    failed = {"start_at": "2026-05-20T00:00:00Z", "end_at": "2026-05-21T00:00:00Z", "requests": 100, "errors": 50, "raw_id": "s"}
    text = contract_text({"requests": measure}, clock=ROLLING, credits={"currency": "EUR"})
    tables = {"staged.monitoring_rule": [{}], "staged.monitoring_sample": [failed]}
    assert [amount for _, _, amount in owed_by_window(text, tables, "2026-05", "2026-06")] == [Decimal(750), Decimal(0)]


def test_what_was_too_little_to_be_paid_is_owed_once_it_has_grown():
    """EUR 300 in May are below the least credit of 400; June's window is worth 750, and nothing was owed before."""
    text = contract_text(clock=ROLLING, credits={"currency": "EUR", "min_credit": {"amount": "400.00", "comparator": "gte"}})
    tables = down(("2026-05-20T00:00:00Z", "2026-05-20T02:00:00Z"), ("2026-06-20T00:00:00Z", "2026-06-20T13:00:00Z"))
    assert [amount for _, _, amount in owed_by_window(text, tables, "2026-05", "2026-06")] == [Decimal(0), Decimal(750)]
