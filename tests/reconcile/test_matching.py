"""Which records are about the same incident: score, decision, references and guards (DOMAIN 4.1)."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tasks.store.engine import Engine, Limits
from tests.reconcile.world import Row, at, reconciled, up_around

HOUR_US = 3_600_000_000


def by_chance(others: int, apart_s: int, worth: str) -> str:
    """Return the call with the shipped window, twelve hours, and five minutes as the nearest that starts are known."""
    return f"by_chance({others}, {apart_s * 1_000_000}, 300000000, 43200000000, {worth}::decimal(27, 18))"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("share6(1, 3)", "0.333333", id="a third rounds down"),
        pytest.param("share6(2, 3)", "0.666667", id="two thirds round up"),
        pytest.param("share6(1, 2000000)", "0.000001", id="half a millionth rounds up"),
        pytest.param("share6(4611686018427387904, 9223372036854775807)", "0.500000", id="no product overflows"),
        pytest.param("overlap_share(0, 10, 5, 5)", "1.000000", id="a record of no length counts by its place"),
        pytest.param("overlap_share(0, 10, 11, 11)", "0.000000", id="a record of no length outside overlaps nothing"),
        pytest.param("overlap_share(0, 10, 10, 20)", "0.000000", id="spans are half-open"),
        pytest.param("overlap_share(0, 100, 90, 110)", "0.500000", id="the shorter span is the base"),
        pytest.param("outside_us(50, 100, 200, 30, 40)", "20", id="an opening before the widened span"),
        pytest.param("outside_us(70, 100, 200, 30, 40)", "0", id="an opening on its edge is inside"),
        pytest.param("outside_us(241, 100, 200, 30, 40)", "1", id="an opening after it"),
        pytest.param("likeness(title_words('Shop is DOWN!'), title_words('shop down'))", "1.000000", id="two-letter words do not count"),
        pytest.param("likeness(title_words('Kasse läuft nicht'), title_words('Läuft die Kasse?'))", "0.500000", id="words of any script"),
        pytest.param("likeness(title_words(null), title_words('shop'))", "0.500000", id="no text is neither like nor unlike"),
        pytest.param(by_chance(1, 720, "50"), "0.000800", id="one other, 12 min apart, much shared: 1/720 x 144/5 / 50"),
        pytest.param(by_chance(40, 720, "0.56"), "2.857143", id="forty others and little shared: chance explains it"),
        pytest.param(by_chance(1, 0, "1"), "0.006944", id="starts are not known better than five minutes"),
        pytest.param(by_chance(1, 999_999_999, "1"), "144.000000", id="farther than the window nobody was counted"),
        pytest.param(by_chance(1_000_000_000, 43_200, "0.000001"), "999999999999.999999", id="no sum overflows"),
    ],
)
def test_features_are_exact(expression, expected):
    with Engine() as engine:
        assert str(engine.rows(f"select {expression} as value")[0]["value"]) == expected


def ticket(key: str, start: str, end: str | None, day: int = 10, **columns: Any) -> Row:
    return {"ticket_key": key, "opened_at": at(start, day), "restored_at": end and at(end, day), "state": "in_progress", **columns}


def vendor(key: str, start: str, end: str, day: int = 10, **columns: Any) -> Row:
    return {"vendor_key": key, "started_at": at(start, day), "ended_at": at(end, day), **columns}


def incidents_of(engine: Engine) -> list[set[str]]:
    """Return the members of each incident by their keys, founding versions left out."""
    rows = engine.rows("select incident_id, source_key from reconciled.incident_members order by all")
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["incident_id"], set()).add(row["source_key"].split("|")[0])
    return sorted(found.values(), key=sorted)


def conflicts(engine: Engine) -> set[tuple[str, str]]:
    rows = engine.rows("select field, expected from reconciled.discrepancies where type = 'REFERENCE_CONFLICT'")
    return {(row["field"], row["expected"]) for row in rows}


TWO_SERVICES = [
    {"service_id": "shop"},
    {"service_id": "shop", "component_id": "shop-web", "parent_id": "shop"},
    {"service_id": "shop", "component_id": "shop-db", "parent_id": "shop"},
    {"service_id": "bank", "provider_id": "other"},
    {"service_id": "app", "parent_id": "shop"},
]


@pytest.mark.parametrize(
    ("ticket_columns", "vendor_columns", "together", "conflict"),
    [
        pytest.param({"vendor_ref": "V-1"}, {}, True, set(), id="our reference"),
        pytest.param({}, {"our_ref": "INC-1"}, True, set(), id="their reference"),
        pytest.param({"vendor_ref": "V-1"}, {"component_raw": "bank"}, False, {("vendor_ref", "other_service")}, id="services contradict"),
        pytest.param({"vendor_ref": "V-1"}, {"component_raw": "app"}, True, set(), id="one service is part of the other"),
        pytest.param({"vendor_ref": "V-1", "component_raw": "shop-web"}, {"component_raw": "shop-db"}, True, set(), id="siblings match"),
        pytest.param({"vendor_ref": "V-9"}, {}, False, {("vendor_ref", "unresolved")}, id="a reference to nothing"),
    ],
)
def test_a_reference_binds_unless_time_or_service_contradicts(ticket_columns, vendor_columns, together, conflict):
    engine = reconciled(
        {
            "service_catalogue": TWO_SERVICES,
            "ticket": [ticket("INC-1", "08:00", "09:00", **ticket_columns)],
            "vendor_record": [vendor("V-1", "20:00", "21:00", **vendor_columns)],
        }
    )
    assert ({"INC-1", "V-1"} in incidents_of(engine)) == together
    assert conflicts(engine) == conflict


@pytest.mark.parametrize(
    ("vendor_start", "together"), [pytest.param("09:00", True, id="24 h apart"), pytest.param("09:01", False, id="a minute more")]
)
def test_a_reference_reaches_24_hours(vendor_start, together):
    records = {
        "ticket": [ticket("INC-1", "08:00", "09:00", vendor_ref="V-1")],
        "vendor_record": [vendor("V-1", vendor_start, "10:00", day=11)],
    }
    engine = reconciled(records)
    assert ({"INC-1", "V-1"} in incidents_of(engine)) == together
    assert conflicts(engine) == (set() if together else {("vendor_ref", "too_far")})


def reviewed(engine: Engine) -> set[tuple[str, str]]:
    rows = engine.rows("select left_raw_id, right_raw_id from reconciled.match_decisions where decision = 'review' and rule = 'reference'")
    return {(row["left_raw_id"], row["right_raw_id"]) for row in rows}


def test_an_ambiguous_reference_undoes_no_match_and_sends_the_other_meaning_to_review():
    engine = reconciled(
        {
            "ticket": [
                ticket("1", "10:00", "11:00", source_system="desk", raw_id="desk 1", component_raw="shop"),
                ticket("1", "18:00", "19:00", source_system="helpdesk", raw_id="helpdesk 1", component_raw="shop"),
            ],
            "vendor_record": [vendor("V-1", "10:00", "11:00", our_ref="1", raw_id="vendor 1")],
        }
    )
    assert conflicts(engine) == {("our_ref", "ambiguous")}
    assert reviewed(engine) == {("helpdesk 1", "vendor 1")}
    rows = engine.rows("select incident_id from reconciled.incident_members where raw_id in ('desk 1', 'vendor 1')")
    assert len({row["incident_id"] for row in rows}) == 1, "the score alone matches the two"


def test_a_key_that_two_other_systems_use_names_nothing_and_ones_own_system_comes_first():
    engine = reconciled(
        {
            "ticket": [
                ticket("1", "08:00", "09:00", source_system="desk", raw_id="desk 1"),
                ticket("1", "14:00", "15:00", source_system="helpdesk", raw_id="helpdesk 1"),
                ticket("2", "20:00", "21:00", source_system="helpdesk", raw_id="helpdesk 2", duplicate_of="1"),
            ],
            "vendor_record": [vendor("V-1", "02:00", "03:00", our_ref="1")],
        }
    )
    assert conflicts(engine) == {("our_ref", "ambiguous")}
    assert reviewed(engine) == {("desk 1", "vendor_record:V-1"), ("helpdesk 1", "vendor_record:V-1")}
    (row,) = engine.rows("select left_raw_id, right_raw_id from reconciled.match_decisions where rule = 'reference' and decision = 'match'")
    assert set(row.values()) == {"helpdesk 1", "helpdesk 2"}


def test_an_alert_that_names_its_ticket_brings_its_whole_episode():
    engine = reconciled(
        {
            "ticket": [ticket("INC-1", "18:00", "19:00")],
            "alert": [
                {"alert_key": "A-1", "fired_at": at("08:00"), "cleared_at": at("08:10"), "incident_ref": "INC-1"},
                {"alert_key": "A-2", "fired_at": at("08:15"), "cleared_at": at("08:20")},
            ],
        }
    )
    assert incidents_of(engine) == [{"INC-1", "A-1", "A-2"}]


@pytest.mark.parametrize(
    ("second", "episodes"),
    [
        pytest.param(("10:15", {}), 1, id="300 s after the first one cleared"),
        pytest.param(("10:15:01", {}), 2, id="301 s after it"),
        pytest.param(("10:05", {"component_raw": "shop-web"}), 2, id="siblings are no path"),
        pytest.param(("10:05", {"component_raw": "shop"}), 1, id="a component and the one above it"),
        pytest.param(("10:05", {"component_raw": "?"}), 2, id="a component nobody knows stands alone"),
    ],
)
def test_alerts_make_episodes_along_dependency_paths(second, episodes):
    fired, columns = second
    engine = reconciled(
        {
            "service_catalogue": TWO_SERVICES,
            "alert": [
                {"alert_key": "A-1", "component_raw": "shop-db", "fired_at": at("10:00"), "cleared_at": at("10:10")},
                {
                    "alert_key": "A-2",
                    "rule_id": "other",
                    "component_raw": "shop-db",
                    "fired_at": at(fired),
                    "cleared_at": at("10:30"),
                    **columns,
                },
            ],
        }
    )
    assert len(engine.rows("from reconciled.alert_episodes")) == episodes


def test_a_component_above_two_siblings_makes_one_episode_of_them():
    alerts = [("A-1", "shop-web"), ("A-2", "shop-db"), ("A-3", "shop")]
    engine = reconciled(
        {
            "service_catalogue": TWO_SERVICES,
            "alert": [
                {"alert_key": key, "component_raw": name, "fired_at": at("10:00"), "cleared_at": at("10:10")} for key, name in alerts
            ],
        }
    )
    (episode,) = engine.rows("select component_ids, alerts, sessions from reconciled.alert_episodes")
    assert episode == {"component_ids": ["shop", "shop-db", "shop-web"], "alerts": 3, "sessions": 3}


def test_two_tickets_of_one_source_share_an_incident_only_through_an_episode():
    near = [ticket("INC-1", "10:02", "11:00", title="Shop pages fail"), ticket("INC-2", "10:04", "11:00", title="Nobody can pay")]
    assert incidents_of(reconciled({"ticket": near})) == [{"INC-1"}, {"INC-2"}]
    seen = up_around([(at("10:00"), at("11:00"))], at("08:00"), at("14:00"))
    engine = reconciled({"ticket": near, "monitoring_sample": seen})
    assert incidents_of(engine) == [{"INC-1", "INC-2", "probe"}]
    roles = engine.rows("select member_role from reconciled.incident_members where entity = 'ticket' order by source_key")
    assert [row["member_role"] for row in roles] == ["ticket_of_record", "evidence"], "one ticket of record: the one opened first"


@pytest.mark.parametrize(
    ("first", "second", "is_duplicate"),
    [
        pytest.param({"title": "Shop down!"}, {"title": "shop DOWN"}, True, id="equal normalised text"),
        pytest.param({"vendor_ref": "V-9"}, {"vendor_ref": "V-9"}, True, id="the same external reference"),
        pytest.param({}, {"duplicate_of": "INC-1"}, True, id="it says so"),
        pytest.param({"title": "Shop down"}, {"title": "Till down"}, False, id="another text"),
        pytest.param({"title": "Shop down"}, {"title": "Shop down", "component_raw": "shop-db"}, False, id="another component"),
        pytest.param({"title": "Shop down"}, {"title": "Shop down", "component_raw": None}, False, id="merely the service"),
    ],
)
def test_a_duplicate_needs_one_system_one_component_overlap_and_something_equal(first, second, is_duplicate):
    engine = reconciled(
        {
            "service_catalogue": TWO_SERVICES,
            "ticket": [
                ticket("INC-1", "10:00", "11:00", component_raw="shop-web", **first),
                {**ticket("INC-2", "10:10", "11:00"), "component_raw": "shop-web", **second},
            ],
        }
    )
    found = engine.rows("select raw_ids from reconciled.discrepancies where type = 'DUPLICATE'")
    assert bool(found) == is_duplicate
    assert (len(incidents_of(engine)) == 1) == is_duplicate
    roles = {
        row["source_key"]: row["member_role"] for row in engine.rows("select source_key, member_role from reconciled.incident_members")
    }
    assert ("duplicate" in roles.values()) == is_duplicate


@pytest.mark.parametrize(
    ("start", "is_duplicate"),
    [pytest.param("10:12", True, id="80 % of the shorter one"), pytest.param("10:12:01", False, id="less")],
)
def test_duplicates_overlap_by_four_fifths(start, is_duplicate):
    engine = reconciled(
        {
            "ticket": [
                ticket("INC-1", "10:00", "11:00", component_raw="shop", title="Shop down"),
                ticket("INC-2", start, "11:12", component_raw="shop", title="Shop down"),
            ]
        }
    )
    assert bool(engine.rows("from reconciled.discrepancies where type = 'DUPLICATE'")) == is_duplicate


def test_a_person_outranks_the_score_both_ways_and_the_latest_decision_wins():
    records = {
        "ticket": [ticket("INC-1", "10:00", "11:00", component_raw="shop")],
        "vendor_record": [vendor("V-1", "10:00", "11:00"), vendor("V-2", "20:00", "21:00")],
    }
    near, far = (
        {"left_raw_id": "ticket:INC-1", "right_raw_id": "vendor_record:V-1"},
        {
            "left_raw_id": "ticket:INC-1",
            "right_raw_id": "vendor_record:V-2",
        },
    )
    assert incidents_of(reconciled(records)) == [{"INC-1", "V-1"}, {"V-2"}]
    decided = [near | {"match_review_id": "M-1", "decision": "no_match"}, far | {"match_review_id": "M-2", "decision": "match"}]
    assert incidents_of(reconciled(records | {"match_review": decided})) == [{"INC-1", "V-2"}, {"V-1"}]
    later = near | {"match_review_id": "M-3", "decision": "match", "decided_at": "2026-06-21T00:00:00Z"}
    assert incidents_of(reconciled(records | {"match_review": [*decided, later]})) == [{"INC-1", "V-1", "V-2"}]
    revoked = {"revocation": [{"revocation_id": "R-1", "object_type": "match_review", "object_id": name} for name in ("M-1", "M-2")]}
    assert incidents_of(reconciled(records | {"match_review": decided} | revoked)) == [{"INC-1", "V-1"}, {"V-2"}]


def test_a_review_of_an_older_version_of_a_record_still_holds():
    records = {"ticket": [ticket("INC-1", "10:00", "11:00", raw_id="v2")], "vendor_record": [vendor("V-2", "20:00", "21:00")]}
    review = {"match_review_id": "M-1", "left_raw_id": "v1", "right_raw_id": "vendor_record:V-2", "decision": "match"}
    engine = reconciled(records | {"match_review": [review]}, older={"ticket": [ticket("INC-1", "10:00", None, raw_id="v1")]})
    assert incidents_of(engine) == [{"INC-1", "V-2"}]


def test_an_incident_keeps_the_id_of_its_founder_when_a_new_version_or_an_older_merge_comes():
    first = reconciled({"ticket": [ticket("INC-1", "10:00", None, raw_id="v1", recorded_from="2026-06-12T00:00:00Z")]})
    (born,) = first.rows("select incident_id from reconciled.incidents")
    later = reconciled(
        {
            "ticket": [ticket("INC-1", "10:00", "11:00", raw_id="v2", component_raw="shop")],
            "vendor_record": [vendor("V-1", "10:00", "11:00", raw_id="a vendor", recorded_from="2026-06-13T00:00:00Z")],
        },
        older={"ticket": [ticket("INC-1", "10:00", None, raw_id="v1", recorded_from="2026-06-12T00:00:00Z")]},
    )
    (grown,) = later.rows("select incident_id from reconciled.incidents")
    assert grown == born
    founder = later.rows(
        "select raw_id, 'I-' || base32_12(sha256(raw_id)) as id from reconciled.incident_members where member_role = 'founder'"
    )
    assert founder == [{"raw_id": "v1", "id": born["incident_id"]}]
    (alias,) = later.rows("from reconciled.incident_aliases")
    assert (alias["incident_id"], alias["reason"], alias["since_at"].isoformat()) == (
        born["incident_id"],
        "merged",
        "2026-06-13T00:00:00+00:00",
    )


def test_records_of_two_providers_are_joined_by_reference_only():
    records = {
        "ticket": [ticket("INC-1", "10:00", "11:00", component_raw="shop")],
        "vendor_record": [
            vendor("V-1", "10:00", "11:00"),
            vendor("V-2", "10:00", "11:00", source_system="other", provider_id="other"),
        ],
    }
    assert incidents_of(reconciled(records)) == [{"INC-1", "V-1"}, {"V-2"}]
    records["ticket"] = [ticket("INC-1", "10:00", "11:00", component_raw="shop", vendor_ref="V-2")]
    assert incidents_of(reconciled(records)) == [{"INC-1", "V-2"}, {"V-1"}], "the reference is stronger, the other provider stays out"


@pytest.mark.parametrize(
    ("record", "together"),
    [
        pytest.param({"vendor_record": [vendor("V-1", "08:30", "10:30")]}, True, id="a provider that says it began before we saw anything"),
        pytest.param({"ticket": [ticket("INC-1", "08:30", "10:30", component_raw="shop")]}, False, id="a ticket opened before that"),
    ],
)
def test_a_providers_earlier_start_is_no_reason_against_its_only_episode(record, together):
    # overlap 30 of 40 min 0.075, opening 0.15, starts 90 min apart 0, same component 0.25, no text 0.125: 0.60, led by 0.60
    alert = {"alert_key": "A-1", "fired_at": at("10:00"), "cleared_at": at("10:40")}
    engine = reconciled(record | {"alert": [alert]})
    decided = engine.rows("select score, decision from reconciled.match_decisions")
    assert decided == [{"score": Decimal("0.600000"), "decision": "match" if together else "review"}]


def test_a_pair_in_review_stays_unmatched_and_says_what_it_would_add():
    engine = reconciled(
        {
            "service_catalogue": TWO_SERVICES,
            "monitoring_sample": up_around([(at("10:00"), at("10:10"))], at("08:00"), at("14:00"), component_raw="shop-db"),
            "vendor_record": [
                vendor("V-1", "09:40", "10:05", component_raw="shop-db"),
                vendor("V-2", "10:00", "10:10", component_raw="shop-db"),
            ],
        },
        policy={"auto_at_least": "0.99", "mutual_best_at_least": None, "review_at_least": "0.45"},
    )
    rows = engine.rows(
        "select effect_down_us // 60000000 as minutes from reconciled.match_decisions where decision = 'review' order by all"
    )
    assert [row["minutes"] for row in rows] == [0, 20]
    flags = engine.rows("select distinct flags from reconciled.incidents where list_contains(flags, 'REVIEW_PENDING')")
    assert flags


def estate(numbers: random.Random) -> dict[str, list[Row]]:
    """Return forty outages on three components of two services, told by some of four sources, in an order that numbers decide."""
    tables: dict[str, list[Row]] = {"service_catalogue": list(TWO_SERVICES), "ticket": [], "vendor_record": [], "alert": []}
    fixed = random.Random(7)
    spans = []
    for place in range(40):
        day, hour, minute = 1 + place // 4, 5 * (place % 4) + fixed.randrange(3), fixed.randrange(50)
        component = fixed.choice(["shop-web", "shop-db", "shop"])
        start, end = f"{hour:02}:{minute:02}", f"{hour + 1:02}:{minute:02}"
        spans.append((day, start, end))
        tables["alert"].append(
            {"alert_key": f"A-{place}", "component_raw": component, "fired_at": at(start, day), "cleared_at": at(end, day)}
        )
        if place % 3:
            tables["ticket"].append(ticket(f"INC-{place}", start, end, day, component_raw=component if place % 2 else None))
        if place % 4:
            late = f"{hour:02}:{min(minute + 9, 59):02}"
            tables["vendor_record"].append(vendor(f"V-{place}", late, end, day, component_raw=component))
    tables["monitoring_sample"] = up_around(
        [(at(start, day), at(end, day)) for day, start, end in spans], at("00:00", 1), at("00:00", 20), rule_id="root", component_raw="shop"
    )
    return {name: numbers.sample(rows, len(rows)) for name, rows in tables.items()}


PUBLISHED = ("incidents", "incident_members", "match_decisions", "outage_intervals", "discrepancies", "field_provenance", "alert_episodes")


def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_a_row():
    def rows(seed: int, threads: int) -> list[Any]:
        with reconciled(estate(random.Random(seed)), limits=Limits(threads=threads)) as engine:
            return [engine.rows(f"from reconciled.{table} order by all") for table in PUBLISHED]

    assert rows(1, 1) == rows(2, 2) == rows(3, 2)


def test_every_ticket_alert_and_vendor_record_is_placed_once():
    engine = reconciled(
        {
            "ticket": [ticket("INC-1", "10:00", "11:00"), ticket("INC-2", "10:00", None, service_raw="nowhere")],
            "vendor_record": [
                vendor("V-1", "20:00", "21:00", component_raw="unknown"),
                vendor("V-2", "20:00", "21:00", status="withdrawn"),
            ],
            "alert": [
                {"alert_key": "A-1", "fired_at": at("10:01"), "cleared_at": at("10:50"), "incident_ref": "INC-1"},
                {"alert_key": "A-2", "fired_at": at("02:00"), "cleared_at": at("02:10"), "disposition": "false_positive"},
                {"alert_key": "A-3", "fired_at": at("04:00"), "cleared_at": at("04:10")},
            ],
        }
    )
    rows = engine.rows("select raw_id, placed_as, reason from reconciled.placement order by raw_id")
    assert [(row["raw_id"], row["placed_as"], row["reason"]) for row in rows] == [
        ("alert:A-1", "incident", None),
        ("alert:A-2", "orphan", "no_impact"),
        ("alert:A-3", "orphan", "no_incident"),
        ("ticket:INC-1", "incident", None),
        ("ticket:INC-2", "incident", None),
        ("vendor_record:V-1", "incident", None),
        ("vendor_record:V-2", "orphan", "withdrawn"),
    ]
