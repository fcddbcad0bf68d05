"""What an incident's outage rests on, component by component (RC-P1), and what makes an incident at all."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import MEASURE, Row, at, by_case, reconciled, side_by_side, up_around

SHOP = [
    {"service_id": "shop"},
    {"service_id": "shop", "component_id": "web", "parent_id": "shop"},
    {"service_id": "shop", "component_id": "db", "parent_id": "shop"},
]
TICKET: Row = {"ticket_key": "INC-1", "opened_at": at("10:05"), "restored_at": at("11:00"), "state": "restored"}


def watched(*spans: tuple[str, str], component: str = "shop", **columns: Any) -> list[Row]:
    """Return samples that watched a component from 08:00 to 14:00."""
    return up_around(
        [(at(start), at(end)) for start, end in spans], at("08:00"), at("14:00"), component_raw=component, rule_id=component, **columns
    )


OUTAGES = """
    select component_id, strftime(start_at, '%H:%M') as s, strftime(end_at, '%H:%M') as e, state, basis
    from reconciled.outage_intervals order by all
"""


def outages(engine: Engine) -> list[tuple[str, str, str | None, str, str]]:
    return [tuple(row.values()) for row in engine.rows(OUTAGES)]


BEST_EVIDENCE = [
    pytest.param(
        {
            "alert": [{"alert_key": "A", "fired_at": at("10:05"), "cleared_at": at("10:55")}],
            "vendor_record": [
                {"vendor_key": "V-1", "component_raw": "db", "title": "queries fail", "started_at": at("10:00"), "ended_at": at("10:20")},
                {"vendor_key": "V-2", "component_raw": "db", "title": "queries fail", "started_at": at("10:40"), "ended_at": at("11:00")},
            ],
        },
        [
            ("db", "10:00", "10:20", "down", "vendor"),
            ("db", "10:40", "11:00", "down", "vendor"),
            ("shop", "10:00", "11:00", "down", "alert"),
        ],
        id="two records of the vendor that one alert joins: between them it calls its component up",
    ),
    pytest.param(
        {"ticket": [TICKET | {"component_raw": "db"}]},
        [("db", "10:05", "11:00", "down", "ticket")],
        id="nobody watches: the ticket's component, by its word",
    ),
    pytest.param(
        {"ticket": [TICKET], "alert": [{"alert_key": "A", "component_raw": "db", "fired_at": at("10:02"), "cleared_at": at("10:50")}]},
        [("db", "10:02", "11:00", "down", "alert")],
        id="the alert's component is the more specific one, from its firing until the ticket says restored",
    ),
    pytest.param(
        {
            "ticket": [TICKET],
            "alert": [{"alert_key": "A", "component_raw": "db", "fired_at": at("10:02"), "cleared_at": at("10:50")}],
            "monitoring_sample": watched(component="db"),
        },
        [],
        id="samples outrank alerts on one component: watched and seen up",
    ),
    pytest.param(
        {
            "ticket": [TICKET],
            "vendor_record": [{"vendor_key": "V", "component_raw": "db", "started_at": at("10:00"), "ended_at": at("10:40")}],
        },
        [("db", "10:00", "10:40", "down", "vendor"), ("shop", "10:00", "11:00", "down", "ticket")],
        id="a vendor's record stands on its own component by its own span, beside ours",
    ),
    pytest.param(
        {
            "ticket": [TICKET | {"vendor_ref": "V", "state": "closed", "closed_at": at("12:00")}],
            "vendor_record": [{"vendor_key": "V", "component_raw": "db", "started_at": at("10:00"), "status": "draft"}],
        },
        [("db", "10:00", "11:00", "down", "vendor"), ("shop", "10:00", "11:00", "down", "ticket")],
        id="a vendor's draft without an end ends when the incident was restored, not at as_of",
    ),
    pytest.param(
        {
            "ticket": [TICKET | {"vendor_ref": "V", "restored_at": None}],
            "vendor_record": [{"vendor_key": "V", "component_raw": "db", "started_at": at("10:00"), "status": "draft"}],
        },
        [("db", "10:00", None, "down", "vendor"), ("shop", "10:00", None, "down", "ticket")],
        id="a vendor's record without an end is open while the incident is",
    ),
    pytest.param(
        {
            "vendor_record": [
                {"vendor_key": "V", "component_raw": "db", "started_at": at("10:00"), "status": "draft", "extracted_at": at("12:30")}
            ],
        },
        [("db", "10:00", "12:30", "down", "vendor")],
        id="what only the vendor calls open was so when it was last read, not until as_of",
    ),
    pytest.param(
        {
            "vendor_record": [{"vendor_key": "V", "component_raw": "db", "started_at": at("09:50"), "ended_at": at("10:55")}],
            "monitoring_sample": watched(("10:00", "10:20"), ("10:23", "10:40"), component="db"),
        },
        [("db", "09:50", "10:20", "down", "monitoring"), ("db", "10:23", "10:55", "down", "monitoring")],
        id="admissions move the first start and the last end, what was seen up between stays up",
    ),
    pytest.param(
        {"monitoring_sample": watched(("10:00", "10:01"), component="web") + watched(("10:00", "10:30"), component="shop")},
        [("shop", "10:00", "10:30", "down", "monitoring"), ("web", "10:00", "10:01", "down", "monitoring")],
        id="two watched components keep each what was seen of it",
    ),
    pytest.param(
        {"monitoring_sample": [{"start_at": at("10:00"), "end_at": at("10:30")}], "ticket": [TICKET | {"component_raw": "shop"}]},
        [("shop", "10:00", "11:00", "down", "ticket")],
        id="samples of downtime alone do not cover the rest: the ticket is the basis",
    ),
    pytest.param(
        {"monitoring_sample": [{"start_at": at("10:00"), "end_at": at("10:30")}]},
        [("shop", "10:00", "10:30", "down", "monitoring")],
        id="where only monitoring speaks it is the basis, covered or not",
    ),
    pytest.param({"ticket": [TICKET | {"restored_at": None}]}, [("shop", "10:05", None, "down", "ticket")], id="an open one has no end"),
    pytest.param(
        {
            "ticket": [TICKET | {"state": "in_progress"}],
            "ticket_history": [{"ticket_key": "INC-1", "seq": 1, "new": "reopened", "changed_at": at("11:30")}],
        },
        [("shop", "10:05", None, "down", "ticket")],
        id="a ticket reopened after it was restored is open again",
    ),
    pytest.param({"ticket": [TICKET | {"restored_at": at("10:05")}]}, [], id="a ticket of no length is no outage"),
    pytest.param({"ticket": [TICKET | {"state": "cancelled"}]}, [], id="a cancelled ticket is no outage"),
    pytest.param(
        {"ticket": [TICKET | {"state": "cancelled"}], "monitoring_sample": watched(("10:00", "11:00"))},
        [("shop", "10:00", "11:00", "down", "monitoring")],
        id="cancelling a ticket does not undo what monitoring saw",
    ),
]


@pytest.fixture(scope="module")
def best_evidence():
    return by_case(
        side_by_side({"service_catalogue": SHOP} | case.values[0] for case in BEST_EVIDENCE),
        f"select component_id as told, * from ({OUTAGES})",
    )


@pytest.mark.parametrize("case", range(len(BEST_EVIDENCE)), ids=[case.id for case in BEST_EVIDENCE])
def test_an_outage_rests_on_the_best_evidence_of_each_component(best_evidence, case):
    assert best_evidence[case] == BEST_EVIDENCE[case].values[1]


DOWN_AN_HOUR: Row = {"component_raw": "db", "rule_id": "r", "state": "down", "start_at": at("10:00"), "end_at": at("11:00")}


OVERLAPS = [
    pytest.param({"start_at": at("10:10"), "end_at": at("10:20")}, [("db", "10:00", "11:00", "down", "monitoring")], id="inside"),
    pytest.param({"start_at": at("10:50"), "end_at": at("11:10")}, [("db", "10:00", "11:10", "down", "monitoring")], id="past its end"),
    pytest.param(
        {"component_raw": "db-replica", "start_at": at("10:10"), "end_at": at("10:20")},
        [("db", "10:00", "11:00", "down", "monitoring")],
        id="inside, under another name of the component",
    ),
    pytest.param(
        {"component_raw": "db-replica", "end_at": at("10:20")},
        [("db", "10:00", "11:00", "down", "monitoring")],
        id="from the same start, under another name of the component",
    ),
    pytest.param(
        {"state": "degraded", "start_at": at("10:50"), "end_at": at("11:10")},
        [("db", "10:00", "11:00", "down", "monitoring"), ("db", "11:00", "11:10", "degraded", "monitoring")],
        id="degraded where another sample of the rule says down is down",
    ),
]


@pytest.fixture(scope="module")
def overlaps():
    catalogue = [SHOP[0], SHOP[2] | {"aliases": ["db-replica"]}]
    samples = ([DOWN_AN_HOUR, DOWN_AN_HOUR | case.values[0]] for case in OVERLAPS)
    engine = side_by_side({"service_catalogue": catalogue, "monitoring_sample": pair} for pair in samples)
    return by_case(engine, f"select component_id as told, * from ({OUTAGES})")


@pytest.mark.parametrize("case", range(len(OVERLAPS)), ids=[case.id for case in OVERLAPS])
def test_samples_of_one_rule_that_overlap_lose_no_downtime(overlaps, case):
    assert overlaps[case] == OVERLAPS[case].values[1]


def test_only_an_open_incident_has_an_open_interval():
    days = range(1, 25)
    tickets = [
        {
            "ticket_key": f"INC-{day}",
            "vendor_ref": f"V-{day}",
            "component_raw": (None, "web", "db")[day % 3],
            "opened_at": at("10:05", day),
            **({}, {"restored_at": at("11:00", day)}, {"resolved_at": at("12:00", day)}, {"closed_at": at("13:00", day)})[day % 4],
        }
        for day in days
    ]
    vendors = [
        {
            "vendor_key": f"V-{day}",
            "component_raw": ("db", "web")[day % 2],
            "started_at": at("10:00", day),
            "ended_at": (None, None, at("10:40", day))[day % 3],
        }
        for day in days
    ]
    engine = reconciled({"service_catalogue": SHOP, "ticket": tickets, "vendor_record": vendors})
    rows = engine.rows("""
        select distinct incident.status = 'open' as is_open, outage.end_at is null as has_open_end
        from reconciled.incidents as incident
        inner join reconciled.outage_intervals as outage on incident.incident_id = outage.incident_id
        where outage.end_at is null or incident.status <> 'open'
        order by all
    """)
    assert [tuple(row.values()) for row in rows] == [(False, False), (True, True)]


def test_a_down_run_however_short_makes_an_incident_and_only_a_long_one_is_missing_in_ticketing():
    engine = reconciled({"monitoring_sample": watched(("09:00", "09:02"), ("11:00", "11:05"))})
    rows = engine.rows("""
        select incident.down_us // 60000000 as minutes, discrepancy.type
        from reconciled.incidents as incident
        left join reconciled.discrepancies as discrepancy
            on incident.incident_id = discrepancy.incident_id and discrepancy.type = 'MISSING_IN_TICKETING'
        order by all
    """)
    assert [tuple(row.values()) for row in rows] == [(2, None), (5, "MISSING_IN_TICKETING")]


@pytest.mark.parametrize(
    ("measure", "incidents"),
    [
        pytest.param({}, 0, id="no measure counts degraded time"),
        pytest.param({"unavailable_states": ["down", "degraded"]}, 1, id="degraded is unavailable"),
        pytest.param({"partial_outage": "state_weights"}, 1, id="degraded has a weight"),
    ],
)
def test_degraded_time_alone_makes_an_incident_only_where_a_measure_counts_it(measure, incidents):
    slow = watched(("10:00", "10:30"))
    slow[1] |= {"state": "degraded", "affected_fraction": "0.25"}
    engine = reconciled({"monitoring_sample": slow}, run={"run.measures": [MEASURE | measure]})
    rows = engine.rows("select weight from reconciled.outage_intervals")
    assert [str(row["weight"]) for row in rows] == ["0.250000"] * incidents


def test_what_only_the_vendor_calls_open_was_so_when_it_was_last_read_unchanged():
    open_record = {"vendor_key": "V", "component_raw": "db", "started_at": at("10:00"), "status": "draft", "extracted_at": at("12:30")}
    again = open_record | {"extracted_at": at("15:00")}  # the same row in a later export: a duplicate, which is not current
    engine = reconciled({"service_catalogue": SHOP, "vendor_record": [open_record]}, older={"vendor_record": [again]})
    assert outages(engine) == [("db", "10:00", "15:00", "down", "vendor")]


def test_an_open_incident_is_judged_by_what_was_extracted():
    samples = up_around([(at("10:00"), at("10:30"))], at("08:00"), at("10:30"), extracted_at=at("10:30"))
    alert = {"alert_key": "A", "fired_at": at("10:01")}
    engine = reconciled({"monitoring_sample": samples, "alert": [alert]}, as_of=at("20:00"))
    assert outages(engine) == [("shop", "10:00", "10:30", "down", "monitoring")]
    (incident,) = engine.rows("select status, restored_at from reconciled.incidents")
    assert incident == {"status": "open", "restored_at": None}


def test_the_providers_own_feed_is_its_word_and_not_ours():
    feed = {"rule_id": "feed", "component_id": "shop", "independent_of_provider": False}
    samples = watched(("10:00", "10:30")) + up_around(
        [(at("09:50"), at("10:30"))], at("08:00"), at("14:00"), component_raw="shop", rule_id="feed"
    )
    engine = reconciled({"monitoring_rule": [{"rule_id": "shop"}, feed], "monitoring_sample": samples})
    (row,) = engine.rows("select value, rule_id from reconciled.field_provenance where field = 'occurred_at'")
    assert row == {"value": at("09:50"), "rule_id": "admission_against_interest"}


def test_restored_waits_for_every_component_and_skips_unstable_recoveries():
    samples = watched(("10:00", "10:20"), component="web") + watched(("10:05", "10:30"), ("10:34", "10:40"), component="shop")
    engine = reconciled({"service_catalogue": SHOP, "monitoring_sample": samples})
    (incident,) = engine.rows("select instant_text(restored_at) as restored, down_us // 60000000 as minutes from reconciled.incidents")
    assert incident == {"restored": at("10:40"), "minutes": 36}


@pytest.mark.parametrize(
    ("ticket", "field", "expected"),
    [
        pytest.param({}, "occurred_at", (at("10:05"), "ticket_opened", True), id="opened stands in for occurred"),
        pytest.param(
            {"occurred_at": at("09:58")}, "occurred_at", (at("09:58"), "ticket_occurred", False), id="occurred as the ticket says"
        ),
        pytest.param(
            {"occurred_at": at("09:58")}, "restored_at", (at("11:00"), "ticket_restored", False), id="restored as the ticket says"
        ),
        pytest.param(
            {"restored_at": None, "resolved_at": at("12:00")},
            "restored_at",
            (at("12:00"), "ticket_resolved", True),
            id="resolved stands in",
        ),
    ],
)
def test_a_weaker_field_that_stands_in_is_flagged(ticket, field, expected):
    engine = reconciled({"ticket": [TICKET | ticket]})
    (row,) = engine.rows("select value, rule_id from reconciled.field_provenance where field = ?", [field])
    (incident,) = engine.rows("select list_contains(flags, 'ANCHOR_FALLBACK') as is_flagged from reconciled.incidents")
    is_fallback = incident["is_flagged"] if "occurred_at" in ticket or field == "occurred_at" else True
    assert (row["value"], row["rule_id"], is_fallback) == expected


def test_an_outage_carries_the_share_that_monitoring_else_the_vendor_else_the_ticket_states() -> None:
    """Section 4.2, affected_fraction. A number of users is the vendor's alone, and no sample's share stands beside it."""
    services = ("seen", "told", "written", "counted", "silent")
    vendors = {"seen": {"affected_fraction": "0.9", "affected_users": 900}, "told": {"affected_fraction": "0.4"}}
    vendors["counted"] = {"affected_users": 300}
    samples = [
        {"rule_id": name, "component_raw": name, "start_at": at("10:00"), "end_at": at("10:30")} for name in services if name != "written"
    ]
    samples[0] |= {"affected_fraction": "0.25"}
    with reconciled(
        {
            "service_catalogue": [{"service_id": name} for name in services],
            "monitoring_sample": samples,
            "vendor_record": [
                {"vendor_key": name, "component_raw": name, "started_at": at("10:00"), "ended_at": at("10:30")} | said
                for name, said in vendors.items()
            ],
            "ticket": [
                TICKET | {"ticket_key": name, "component_raw": name, "service_raw": name, "affected_fraction": "0.7"}
                for name in ("told", "written")
            ],
        }
    ) as engine:
        rows = engine.rows("select distinct component_id, state, weight from reconciled.outage_intervals order by all")
        counted = engine.rows("select component_id, affected_users from reconciled.outage_users order by all")
    assert {row["component_id"]: (row["state"], str(row["weight"])) for row in rows} == {
        "seen": ("down", "0.250000"),
        "told": ("down", "0.400000"),
        "written": ("down", "0.700000"),
        "counted": ("down", "1.000000"),
        "silent": ("down", "1.000000"),
    }
    assert [(row["component_id"], row["affected_users"]) for row in counted] == [("counted", 300)]
