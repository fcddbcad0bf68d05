"""Metrics of windows: what was due and in time, what is left out, what may be said against the window before (M-07 to M-16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.measure.spans import build_metrics
from tasks.model.contract import resolve_contract
from tasks.model.policy import resolve_policy
from tasks.store.engine import Engine
from tasks.store.reference import Reference
from tests.measure.estate import contract_text, measured
from tests.measure.examples import Case, cases
from tests.measure.world import Row

DUTIES = {case.case if case.example_id == "E98" else case.example_id: case for case in cases("clock") if case.example_id in ("E98", "E99")}


def named(incident_id: str, **columns: Any) -> tuple[Row, Row]:
    """Return an incident and its name."""
    return {"incident_id": incident_id, **columns}, {"name": incident_id, "incident_id": incident_id}


def due_world() -> dict[str, list[Row]]:
    """Return the incidents of E98, each reviewed as its case says, and the one of E99, escalated as it says."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("reconciled.incidents", "reconciled.incident_names", "staged.review", "staged.escalation_decision")
    }
    for name in ("on_time", "late"):
        given = DUTIES[name].given
        incident, own_name = named(name, occurred_at=given["resolved"], resolved_at=given["resolved"], major=True)
        review = {"review_id": f"PIR-{name}", "kind": "internal", "incident_ref": name, "completed_at": given["completed"]}
        tables["reconciled.incidents"].append(incident)
        tables["reconciled.incident_names"].append(own_name)
        tables["staged.review"].append(review)
    given = DUTIES["E99"].given
    escalated, own_name = named(
        "INC-1", ticket_key="INC-1", occurred_at=given["detected"], detected_at=given["detected"], severity_max="P1", status="open"
    )
    tables["reconciled.incidents"].append(escalated)
    tables["reconciled.incident_names"].append(own_name)
    tables["staged.escalation_decision"] = [
        {"esc_id": "1", "ticket_key": "INC-1", "to_tier": "L3", "decision": "escalate", "decided_at": given["decided"]},
        {"esc_id": "2", "ticket_key": "INC-1", "to_tier": "M1", "decision": "hold", "decided_at": given["detected"]},
    ]
    return tables


@pytest.fixture(scope="module")
def due() -> Iterator[Engine]:
    with measured([contract_text()], due_world(), only=["all_duties", "escalation_duties"]) as engine:
        yield engine


def verdict(due_at: datetime, late_us: int) -> dict[str, Any]:
    late_s = late_us // 1_000_000
    return {"due_at": due_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "in_time": late_us == 0} | ({"over_s": late_s} if late_s else {})


@pytest.mark.parametrize("case", [DUTIES["on_time"], DUTIES["late"]], ids=lambda case: case.case)
def test_a_review_is_due_72_elapsed_hours_after_the_incident_was_resolved(due: Engine, case: Case) -> None:
    (row,) = due.rows("select due_us, late_us from measured.all_duties where kind = 'review' and duty_id = $id", {"id": case.case})
    assert verdict(datetime.fromtimestamp(row["due_us"] // 10**6, UTC), row["late_us"]) == case.expected


def test_an_escalation_is_late_by_the_second(due: Engine) -> None:
    (row,) = due.rows("select due_at, late_us from measured.escalation_duties where tier = 'L3'")
    assert verdict(row["due_at"], row["late_us"]) == DUTIES["E99"].expected


def test_a_higher_tier_serves_the_lower_one_of_its_line_and_to_hold_back_is_no_escalation(due: Engine) -> None:
    found = due.rows("select tier, status from measured.escalation_duties order by tier")
    assert [tuple(row.values()) for row in found] == [("L2", "late"), ("L3", "late"), ("M1", "missing"), ("exec", "missing")]


# ---- two windows: June against May


def incidents(month: int, service: str, severity: str | None, count: int, minutes: int, first: int = 0) -> list[Row]:
    """Return incidents an hour apart, each detected after a minute and restored after so many."""
    rows = []
    for place in range(first, first + count):
        occurred_at = datetime(2026, month, 2, tzinfo=UTC) + timedelta(hours=place)
        restored_at = occurred_at + timedelta(minutes=minutes)
        row = {
            "incident_id": f"I-{month}-{service}-{place:02}",
            "service_id": service,
            "severity_max": severity,
            "occurred_at": occurred_at,
        }
        rows.append(
            row | {"detected_at": occurred_at + timedelta(minutes=1), "restored_at": restored_at, "resolved_at": restored_at}
            if minutes
            else row
        )
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()} | {"provider_id": None}
        for row in rows
    ]


def two_months() -> dict[str, list[Row]]:
    """Return May with 10 slow incidents and June with 43 quick ones, of which one took a week and two more are open.

    June, of the most severe class: shop 10 P1 and 20 P2, mail 10 P2; tiny has 3 of no class.
    """
    may = incidents(5, "shop", "P2", 10, 100)
    june = [
        *incidents(6, "shop", "P1", 10, 10),
        *incidents(6, "shop", "P2", 20, 10, first=10),
        *incidents(6, "mail", "P2", 10, 10),
        *incidents(6, "tiny", None, 3, 10),
    ]
    june[0] |= {"restored_at": "2026-06-09T00:00:00Z", "resolved_at": "2026-06-09T00:00:00Z"}
    still_open = [row | {"status": "open"} for row in incidents(6, "tiny", None, 2, 0, first=600)]
    exclusion = {"metric_exclusion_id": "X-1", "metric_id": "mttr_restore", "period": "2026-06", "incident_ref": "INC-1"}
    approval = {"reason": "natural_disaster", "requested_by_ref": "a", "approved_by_ref": "b", "approver_role": "service_manager"}
    return {
        "staged.service_catalogue": [
            {"service_id": name, "component_id": name, "owner_team": name, "provider_id": None} for name in ("shop", "mail", "tiny")
        ],
        "staged.ticket": [{"ticket_key": "INC-0", "opened_at": "2026-04-01T00:00:00Z"}],
        "reconciled.incidents": [*may, *june, *still_open],
        "reconciled.incident_names": [{"name": "INC-1", "incident_id": june[0]["incident_id"]}],
        "staged.metric_exclusion": [exclusion | approval | {"approved_at": "2026-07-01T00:00:00Z"}],
    }


@pytest.fixture(scope="module")
def june() -> Iterator[Engine]:
    with measured([contract_text()], two_months()) as engine:
        yield engine


def metric(engine: Engine, metric_id: str, filter_: str = "{}") -> dict[str, Any]:
    (row,) = engine.rows("from measured.metrics where metric_id = $id and filter = $filter", {"id": metric_id, "filter": filter_})
    return row


def test_a_rate_of_incidents_is_a_change_where_chance_and_size_say_so(june: Engine) -> None:
    rate = metric(june, "incidents_per_1000_service_hours")
    assert (str(rate["previous_value"]), rate["verdict"]) == ("4.480287", "change")  # 10 in 3 x 744 h, 45 in 3 x 720 h
    assert rate["p_adjusted"] == rate["p_value"] == Decimal("0.000001")
    mail = metric(june, "incidents", '{"service_id":"mail"}')  # 0 before, 10 now: (720 / 1464) ^ 10, and Holm over three services
    assert (mail["verdict"], str(mail["p_value"]), str(mail["p_adjusted"])) == ("change", "0.000828", "0.002483")


def test_times_are_compared_by_permutation_where_both_months_have_enough(june: Engine) -> None:
    shop = metric(june, "mttr_restore", '{"service_id":"shop"}')
    assert (shop["value"], shop["previous_value"], shop["verdict"]) == (10, 100, "change")
    assert shop["p_value"] == Decimal("0.000100")  # (1 + 0) / 10,001
    assert metric(june, "mttd", '{"service_id":"shop"}')["verdict"] == "no_clear_change"  # a minute in both
    assert metric(june, "mttr_restore", '{"service_id":"mail"}')["verdict"] == "not_tested"


def test_an_approved_outlier_leaves_a_mean_and_both_values_stand(june: Engine) -> None:
    row = metric(june, "mttr_restore")
    assert (row["n"], row["excluded_n"], row["value"]) == (42, 1, 10)
    assert str(row["value_all"]) == "244.186047"  # (42 x 10 + 10,080) / 43
    assert metric(june, "mttd")["excluded_n"] == 0
    assert june.rows("select status from measured.outliers where period = '2026-06'") == [{"status": "applied"}]


def test_open_incidents_stand_beside_the_median_that_counts_them(june: Engine) -> None:
    row = metric(june, "mttr_restore", '{"service_id":"tiny"}')
    assert (row["n"], row["censored_n"], row["median"], row["median_with_open"]) == (3, 2, 10, 10)
    assert metric(june, "mttr_restore", '{"service_id":"mail"}')["median_with_open"] == 10


def test_a_standardised_rate_is_that_of_the_organisations_mix_which_comes_nearest(june: Engine) -> None:
    rates = {name: metric(june, "severity_standardised_rate", f'{{"service_id":"{name}"}}') for name in ("shop", "mail", "tiny")}
    assert str(rates["shop"]["value"]) == "38.888889"  # 28 in 720 h: (10 x 10 + 30 x 20) x 40 / (10 x 10 + 30 x 30)
    assert str(rates["mail"]["value"]) == "16.666667"  # 12 in 720 h
    assert (rates["tiny"]["n"], rates["tiny"]["missing_n"]) == (0, 5)


def test_a_funnel_calls_out_only_what_chance_does_not_explain(june: Engine) -> None:
    found = {row["filter"]: row for row in june.rows("from measured.metric_funnel where dimension = 'service'")}
    assert {name: row["standing"] for name, row in found.items()} == {
        '{"service_id":"shop"}': "above_998",  # 30 where 15 are expected: 28 at most
        '{"service_id":"mail"}': "inside",
        '{"service_id":"tiny"}': "below_95",  # 5: fewer than 8, not fewer than 5
    }
    shop = found['{"service_id":"shop"}']
    assert [str(shop[name]) for name in ("expected", "rate", "high_998")] == ["15.000000", "41.666667", "38.888889"]


def test_what_tells_of_the_work_of_too_few_people_is_suppressed(june: Engine) -> None:
    assert metric(june, "mttr_restore", '{"team":"tiny"}')["is_suppressed"]
    assert not metric(june, "mttr_restore", '{"team":"mail"}')["is_suppressed"]
    assert not metric(june, "mttr_restore", '{"service_id":"tiny"}')["is_suppressed"]


def test_any_span_gives_the_rows_that_a_months_run_gives(june: Engine) -> None:
    policy = resolve_policy()
    reference = Reference((), (resolve_contract(contract_text()),), {}, policy, (), (), (), ())
    with measured([contract_text()], two_months(), only=["dispute_subjects"]) as engine:
        build_metrics(engine, reference)
        for table in ("metrics", "metric_funnel", "duties", "outliers"):
            assert engine.rows(f"from measured.{table} order by all") == june.rows(f"from measured.{table} order by all")
