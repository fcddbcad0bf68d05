"""Alert noise, worked by hand: flapping, echoes, transients, the funnel from alerts to incidents, tuning (A2.1, A2.3, A2.6, B6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import Row, at, by_case, side_by_side, up_around

FLAPS, LAYERED, SHORT, HELD, TWICE = range(5)


def fired(key: str, start: str, end: str | None, disposition: str = "true_positive", **columns: Any) -> Row:
    return {"alert_key": key, "fired_at": at(start), "cleared_at": end and at(end), "disposition": disposition, **columns}


CASES: list[dict[str, list[Row]]] = [
    {  # three alerts a few minutes apart are one session and flap; two later ones are one that does not
        "alert": [
            fired("A-1", "10:00", "10:01", "false_positive"),
            fired("A-2", "10:03", "10:04", "undispositioned"),
            fired("A-3", "10:06", "10:07", "duplicate"),
            fired("A-4", "15:00", "15:01", "maintenance"),
            fired("A-5", "15:04", "15:05", "undispositioned"),
        ]
    },
    {  # an outage of the database: heard there first, then on the web tier, then on the shop, then on the web tier by another rule
        "service_catalogue": [
            {"service_id": "shop"},
            {"service_id": "shop", "component_id": "web", "parent_id": "shop"},
            {"service_id": "shop", "component_id": "db", "parent_id": "web"},
        ],
        "ticket": [{"ticket_key": "INC-1", "opened_at": at("10:05"), "restored_at": at("10:20")}],
        "alert": [
            fired("A-1", "10:00", "10:20", component_raw="db", rule_id="db-latency"),
            fired("A-2", "10:02", "10:20", component_raw="web", rule_id="web-errors"),
            fired("A-3", "10:03", "10:20", component_raw="shop", rule_id="journey"),
            fired("A-4", "10:04", "10:20", component_raw="web", rule_id="web-latency"),
        ],
    },
    {  # five short alerts about nothing and a true one of ten minutes, of which a person tells eight minutes later
        "ticket": [{"ticket_key": "INC-1", "opened_at": at("12:08"), "restored_at": at("12:10")}],
        "alert": [
            fired("A-1", "01:00", "01:00:30", "false_positive"),
            fired("A-2", "02:00", "02:00:30", "false_positive"),
            fired("A-3", "03:00", "03:00:30", "false_positive"),
            fired("A-4", "04:00", "04:01:30", "transient_no_impact"),
            fired("A-5", "05:00", "05:01:30", "transient_no_impact"),
            fired("A-6", "12:00", "12:10"),
        ],
    },
    {  # monitoring saw ten minutes down; the only alert lasts 90 s, of a rule that holds back for one minute already; no ticket
        "monitoring_rule": [{"duration_s": 60}],
        "monitoring_sample": up_around([(at("12:00"), at("12:10"))], at("08:00"), at("14:00")),
        "alert": [fired("A-1", "12:01", "12:02:30")],
    },
    {  # two episodes of one incident, by reference
        "ticket": [{"ticket_key": "INC-1", "opened_at": at("08:05"), "restored_at": at("11:00")}],
        "alert": [
            fired("A-1", "08:00", "08:30", incident_ref="INC-1"),
            fired("A-2", "10:30", "11:00", incident_ref="INC-1"),
        ],
    },
]


@pytest.fixture(scope="module")
def world() -> Iterator[Engine]:
    with side_by_side(CASES) as engine:
        engine.create("measured.metric_filters", {"filter": "VARCHAR", "dimension": "VARCHAR", "selected": "VARCHAR"})
        engine.create("measured.service_filters", {"service_id": "VARCHAR", "filter": "VARCHAR"})
        engine.build("measured", only=["alert_rules", "transient_alerts", "alert_tuning", "alert_verdicts"])
        engine.build("published", only=["alert_funnel", "layered_episodes"])
        yield engine


def test_a_rule_flaps_when_one_series_fires_so_often_in_one_session(world: Engine) -> None:
    rows = by_case(world, "select rule_id, alerts, sessions, flapping_sessions, flapping_alerts from measured.alert_rules order by rule_id")
    assert rows[FLAPS] == [(5, 2, 1, 3)]
    assert rows[SHORT] == [(6, 6, 0, 0)]


def test_the_first_alert_of_an_outage_stands_for_it_and_the_others_are_its_echoes(world: Engine) -> None:
    places = by_case(world, "select rule_id, component_key, place from reconciled.session_places order by start_us, rule_id")
    assert places[LAYERED] == [("db", "first"), ("web", "echo"), ("shop", "echo"), ("web", "again")]
    assert by_case(world, "select rule_id, component_key, echoes, sessions, alerts from published.layered_episodes") == {
        LAYERED: [("db", 2, 4, 4)]
    }


def test_every_alert_is_placed_once_on_the_way_to_incidents(world: Engine) -> None:
    (funnel,) = world.rows("select * exclude (period_start_at, period_end_at) from published.alert_funnel")
    assert funnel == {
        "alerts": 18,
        "repetitions": 3,
        "sessions": 15,
        "echoes": 2,
        "later_sessions": 1,
        "episodes": 12,
        "orphans": 7,
        "further_episodes": 1,
        "incidents": 4,
    }
    assert funnel["alerts"] - funnel["repetitions"] == funnel["sessions"]
    assert funnel["sessions"] - funnel["echoes"] - funnel["later_sessions"] == funnel["episodes"]
    assert funnel["episodes"] - funnel["orphans"] - funnel["further_episodes"] == funnel["incidents"]


def test_dispositions_of_a_rule_add_up_to_its_alerts_and_agree_with_its_metric(world: Engine) -> None:
    verdicts = "true_positives, false_positives, transients, duplicates, maintenance, undispositioned"
    rows = by_case(world, f"select rule_id, alerts, {verdicts} from measured.alert_rules order by rule_id")
    assert rows[FLAPS] == [(5, 0, 1, 0, 1, 1, 2)]
    assert rows[SHORT] == [(6, 1, 3, 2, 0, 0, 0)]
    assert all(row[0] == sum(row[1:]) for case in rows.values() for row in case)
    assert (
        world.rows("""
        select rule_id from measured.alert_rules
        anti join measured.alert_verdicts as verdict
            on verdict.filter = '{"rule_id":"' || rule_id || '"}'
            and verdict.alerts = alert_rules.alerts
            and verdict.dispositioned = alert_rules.alerts - undispositioned
            and verdict.without_impact = false_positives + transients
        """)
        == []
    )


def test_a_transient_alert_is_listed_and_never_deleted(world: Engine) -> None:
    rows = by_case(world, "select rule_id, source_key, incident_id from measured.transient_alerts order by fired_at")
    assert rows == {SHORT: [("A-4", None), ("A-5", None)]}


TUNED = """
    select
        rule_id, option, n, false_positives, transients, true_positives, incidents_later, incidents_missed,
        longest_later_us // 1000000 as longest_later_s, publication
    from measured.alert_tuning order by rule_id, hold_us nulls last
"""


def test_another_hold_time_or_a_second_rule_is_told_by_what_it_spares_and_what_it_misses(world: Engine) -> None:
    assert by_case(world, TUNED)[SHORT] == [
        ("hold_60_s", 6, 3, 0, 0, 1, 0, 60, "median_range_flagged"),
        ("hold_120_s", 6, 3, 2, 0, 1, 0, 120, "median_range_flagged"),
        ("hold_300_s", 6, 3, 2, 0, 1, 0, 300, "median_range_flagged"),
        ("hold_600_s", 6, 3, 2, 0, 1, 0, 480, "median_range_flagged"),  # it would have fired at 12:10, the ticket told at 12:08
        ("second_rule", 6, 3, 2, 1, 1, 0, 480, "median_range_flagged"),
    ]


def test_a_hold_time_counts_from_what_the_rule_has_and_an_incident_nobody_else_tells_of_is_missed(world: Engine) -> None:
    assert by_case(world, TUNED)[HELD] == [
        ("hold_120_s", 1, 0, 0, 0, 1, 0, 60, "list_only"),
        ("hold_300_s", 1, 0, 0, 1, 0, 1, None, "list_only"),
        ("hold_600_s", 1, 0, 0, 1, 0, 1, None, "list_only"),
        ("second_rule", 1, 0, 0, 1, 0, 1, None, "list_only"),
    ]


def test_with_a_second_rule_only_episodes_of_one_rule_are_lost(world: Engine) -> None:
    rows = [row for row in by_case(world, TUNED)[LAYERED] if row[0] == "second_rule"]
    assert {row[4] for row in rows} == {0}  # of web-latency, web-errors, journey and db-latency no alert was alone
    assert sorted(row[5:8] for row in rows) == [(0, 0, None)] * 3 + [(1, 0, 120)]  # db-latency told first, two minutes before web-errors
