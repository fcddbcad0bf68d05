"""The tables that SQL joins: every column of `COLUMNS`, from the policy, the contracts and the catalogue."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tasks.model.calendar import Calendar
from tasks.model.contract import resolve_contract
from tasks.model.dictionary import dictionary
from tasks.model.errors import FaultsError
from tasks.model.period import Period
from tasks.model.policy import resolve_policy
from tasks.model.reference import Source
from tasks.model.run import Run
from tasks.store.engine import Engine, physical
from tasks.store.reference import Reference
from tasks.store.run_columns import COLUMNS
from tasks.store.run_tables import create_run_tables, create_zone_transitions
from tasks.store.staged import staged_columns

HOUR_US = 3_600_000_000
CATALOGUE = [
    {"service_id": "shop", "component_id": "shop", "provider_id": "acme", "sla_governed": True, "valid_from": "2026-01-01T00:00:00Z"},
    {"service_id": "shop", "component_id": "shop-db", "parent_id": "shop", "sla_governed": True, "valid_from": "2026-01-01T00:00:00Z"},
    {"service_id": "mail", "component_id": "mail", "provider_id": "acme", "sla_governed": True, "valid_from": "2026-10-20T00:00:00Z"},
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def contract(**own):
    terms = {
        "schema": "sla-contract/1",
        "contract_id": "ACME",
        "provider": {"id": "acme", "name": "Acme"},
        "document": {"title": "Terms", "verification": "exact"},
        "version": {"number": 1, "effective_from": "2026-01-01"},
        "clock": {"timezone": "Europe/Berlin"},
        "measures": {"uptime": {"kind": "availability", "target": "99.9"}},
    }
    return resolve_contract(terms | own)


def reference(*contracts, policy=None, sources=()) -> Reference:
    resolved = resolve_policy(policy)
    calendars = {name: Calendar.model_validate({"schema": "calendar/1", "id": name, **body}) for name, body in resolved.calendars.items()}
    return Reference(sources, contracts or (contract(),), calendars, resolved, people=(), notify=(), files=(), findings=())


def source(**own) -> Source:
    return Source.model_validate({"adapter": "canonical", "entity": "ticket", **own})


def run(period: str = "2026-10", display_timezone: str = "Europe/Berlin") -> Run:
    start_at, end_at = Period.parse(period).bounds(display_timezone)
    as_of = utc("2026-11-03T09:00")
    return Run("0" * 16, "month", period, start_at, end_at, as_of, "eu", display_timezone)


@pytest.fixture
def engine():
    with Engine() as engine:
        engine.create("staged.service_catalogue", staged_columns("service_catalogue"), CATALOGUE)
        yield engine


def described(engine: Engine, address: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in engine.execute(f"describe {address}").fetchall()}


def test_every_table_has_the_columns_that_sql_relies_on(engine):
    create_run_tables(engine, run(), reference())
    with Engine() as other:
        for address, columns in COLUMNS.items():
            other.create(address, columns)
            assert described(engine, address) == described(other, address), address
        for table in ("zone_transitions", "calendar_hours"):
            other.create_like_dictionary(f"staged.{table}")
            assert described(engine, f"staged.{table}") == described(other, f"staged.{table}")


def test_the_context_is_the_run(engine):
    create_run_tables(engine, run(), reference())
    assert engine.rows("from run.context") == [
        {
            "occasion": "month",
            "period": "2026-10",
            "period_start_at": utc("2026-09-30T22:00"),
            "period_end_at": utc("2026-10-31T23:00"),
            "as_of": utc("2026-11-03T09:00"),
            "region": "eu",
            "display_timezone": "Europe/Berlin",
            "is_preview": False,
        }
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("widen_us", 900_000_000, id="seconds become microseconds"),
        pytest.param("weight_text_or_cause", Decimal("0.250000"), id="a weight is exact"),
        pytest.param("relation_parent_child", Decimal("0.700000"), id="a relation is exact"),
        pytest.param("mutual_best_at_least", Decimal("0.550000"), id="the mutual best has a threshold"),
        pytest.param("open_span_cap_us", 72 * HOUR_US, id="hours become microseconds"),
        pytest.param("reopen_us", 24 * HOUR_US, id="a reopened incident goes on for a day"),
        pytest.param("unmeasured_block_above", Decimal("0.050000"), id="DQ-13 limits unmeasured time"),
        pytest.param("recurrence_us", 90 * 24 * HOUR_US, id="days are 24 hours"),
        pytest.param("major_severities", ["P1"], id="lists stay lists"),
    ],
)
def test_policy_values_carry_their_unit(engine, column, value):
    create_run_tables(engine, run(), reference())
    assert engine.rows(f"select {column} from run.policy") == [{column: value}]


def test_no_value_of_the_policy_is_left_out(engine):
    create_run_tables(engine, run(), reference())
    (row,) = engine.rows("from run.policy")
    assert [name for name, value in row.items() if value is None] == []


def test_a_policy_without_a_rule_for_the_mutual_best_leaves_it_null(engine):
    create_run_tables(engine, run(), reference(policy={"matching": {"auto_mutual_best": None}}))
    assert engine.execute("select mutual_best_at_least, mutual_best_lead from run.policy").fetchall() == [(None, None)]


def test_raw_severities_are_mapped_for_every_source_and_anew_for_a_system(engine):
    sources = (
        source(id="a", system="desk", severity_map={"Critical": "P2"}),
        source(id="b", system="desk", severity_map={"critical": "P3"}),
    )
    create_run_tables(engine, run(), reference(sources=sources))
    words = engine.execute("select source_system, severity from run.severity_map where severity_raw = 'critical' order by all")
    assert words.fetchall() == [("desk", "P2"), (None, "P1")]


def test_a_window_is_listed_for_each_measure_and_service_and_cut_in_the_contracts_zone(engine):
    create_run_tables(engine, run(display_timezone="UTC"), reference())
    found = engine.execute("select service_id, period, window_start_at, window_end_at, start_at, end_at from run.windows order by all")
    october = ("2026-10", utc("2026-09-30T22:00"), utc("2026-10-31T23:00"), utc("2026-09-30T22:00"), utc("2026-10-31T23:00"))
    assert [tuple(row) for row in found.fetchall()] == [("mail", *october), ("shop", *october)]


def test_a_month_before_a_service_existed_lists_no_window_of_it(engine):
    create_run_tables(engine, run("2026-09"), reference())
    assert engine.execute("select distinct service_id from run.windows").fetchall() == [("shop",)]


def test_a_quarter_lists_the_windows_of_its_months(engine):
    create_run_tables(engine, run("2026-Q3"), reference())
    assert engine.execute("select period from run.windows order by all").fetchall() == [("2026-07",), ("2026-08",), ("2026-09",)]


def test_components_in_scope_hold_the_root(engine):
    create_run_tables(engine, run(), reference())
    found = engine.execute("select service_id, component_id from run.measure_components order by all").fetchall()
    assert found == [("mail", "mail"), ("shop", "shop"), ("shop", "shop-db")]


def test_names_that_no_catalogue_row_has_are_refused_together(engine):
    uptime = {"kind": "availability", "target": "99.9", "applies_to": {"services": ["shpo", "mail"], "components": ["db"]}}
    with pytest.raises(FaultsError) as caught:
        create_run_tables(engine, run(), reference(contract(measures={"uptime": uptime})))
    assert "2 faults" in str(caught.value)
    assert "contract ACME@1, measures.uptime.applies_to.services: no service 'shpo'; did you mean 'shop'?" in str(caught.value)
    assert "contract ACME@1, measures.uptime.applies_to.components: no component 'db'" in str(caught.value)


def test_options_of_a_measure_are_columns(engine):
    uptime = {
        "kind": "availability",
        "target": "99.95",
        "comparator": "gt",
        "denominator": "count_as_up",
        "composite": {"kind": "k_of_n", "k": 2, "n": 3},
        "unavailable_when": {"rule": "error_rate", "threshold": "0.05", "min_requests": 10},
        "min_consecutive": {"s": 60, "comparator": "gt"},
        "bridge_gap_s": 5,
        "partial_outage": "state_weights",
        "state_weights": {"degraded": "0.25", "down": "1"},
        "clause": "4.1",
    }
    create_run_tables(engine, run(), reference(contract(measures={"uptime": uptime})))
    (row,) = engine.rows("from run.measures where service_id = 'shop'")
    expected = {
        "contract_version_id": "ACME@1",
        "target": Decimal("99.950000"),
        "comparator": "gt",
        "service_hours": "24x7",
        "denominator": "count_as_up",
        "is_denominator_silent": False,
        "partial_period": "active_only",
        "is_partial_period_silent": True,
        "composite": "k_of_n",
        "composite_k": 2,
        "measured_by": [],
        "unavailable_rule": "error_rate",
        "unavailable_states": None,
        "error_threshold": Decimal("0.050000"),
        "error_comparator": "gt",
        "error_per": "clock_minute",
        "min_requests": 10,
        "min_consecutive_us": 60_000_000,
        "min_consecutive_comparator": "gt",
        "bridge_gap_us": 5_000_000,
        "weight_degraded": Decimal("0.250000"),
        "weight_down": Decimal("1.000000"),
        "clause": "4.1",
    }
    assert {name: row[name] for name in expected} == expected


def test_a_measure_of_another_kind_leaves_foreign_options_null(engine):
    measures = {"answer": {"kind": "response", "per_severity": {"P1": {"response_min": 15}}}}
    create_run_tables(engine, run(), reference(contract(measures=measures)))
    (row,) = engine.rows("from run.measures where service_id = 'shop'")
    assert (row["kind"], row["service_hours"]) == ("response", "24x7")
    assert (row["target"], row["composite"], row["granularity"], row["measured_by"]) == (None, None, None, None)


def test_exclusion_rules_stand_for_the_contract_and_for_measures_that_differ(engine):
    measures = {
        "uptime": {"kind": "availability", "target": "99.9"},
        "strict": {"kind": "availability", "target": "99.9", "exclusions": {"pre_approved_maintenance": {"notice_h": 24, "clause": "7"}}},
    }
    create_run_tables(engine, run(), reference(contract(measures=measures)))
    found = engine.rows("select * exclude (contract_version_id) from run.exclusion_terms order by measure_id nulls first, type")
    rules = {(row.pop("measure_id"), row.pop("type")): tuple(row.values()) for row in found}
    assert rules == {
        (None, "customer_caused"): (True, 0, False, None, "both_parties", None, None),
        (None, "emergency_maintenance"): (False, 0, False, 0, None, None, None),
        (None, "force_majeure"): (True, 72 * HOUR_US, False, None, "both_parties", None, None),
        (None, "pre_approved_maintenance"): (True, 120 * HOUR_US, True, None, None, None, None),
        (None, "third_party"): (False, 0, False, None, None, None, None),
        ("strict", "pre_approved_maintenance"): (True, 24 * HOUR_US, True, None, None, None, "7"),
    }


def test_a_contract_version_says_whether_a_party_has_not_signed(engine):
    signed = [{"party": party, "role": "head", "signed_at": "2025-12-01"} for party in ("customer", "provider")]
    versions = [
        contract(contract_id=name, version={"number": 3, "effective_from": "2026-01-01", "effective_to": "2027-01-01", "signed_by": by})
        for name, by in (("A", signed), ("B", signed[:1]))
    ]
    create_run_tables(engine, run(), reference(*versions))
    found = engine.execute("select contract_version_id, effective_from, effective_to, is_unsigned from run.contract_versions order by all")
    berlin = (utc("2025-12-31T23:00"), utc("2026-12-31T23:00"))
    assert found.fetchall() == [("A@3", *berlin, False), ("B@3", *berlin, True)]


def test_calendar_hours_cover_the_listed_windows_and_no_more(engine):
    create_run_tables(engine, run(), reference(contract(clock={"timezone": "UTC", "window": "calendar_month"})))
    hours = "select min(business_date), max(end_at), count(*) from run.calendar_hours where calendar_id = 'office_hours'"
    assert engine.execute(hours).fetchall() == [(date(2026, 10, 1), utc("2026-10-30T18:00"), 22)]
    assert engine.rows("from run.calendar_hours order by all") == engine.rows("from staged.calendar_hours order by all")


def test_zones_in_use_are_those_of_the_home_its_contracts_calendars_and_sources(engine):
    sources = (source(id="desk", timezone="Asia/Tokyo"), source(id="probes"))
    create_run_tables(engine, run(display_timezone="America/Lima"), reference(sources=sources))
    found = engine.execute("select distinct zone_name from staged.zone_transitions order by all").fetchall()
    assert found == [("America/Lima",), ("Asia/Tokyo",), ("Europe/Berlin",), ("UTC",)]


def test_every_instant_of_a_zone_has_one_offset():
    with Engine() as engine:
        create_zone_transitions(engine, ["Europe/Berlin", "UTC", "UTC"])
        at_fall_back = """
            select zone_name, abbreviation, utc_offset_us // 3600000000 from staged.zone_transitions
            where start_at <= '2026-10-25T01:00:00Z' and (end_at > '2026-10-25T01:00:00Z' or end_at is null) order by all
        """
        assert engine.execute(at_fall_back).fetchall() == [("Europe/Berlin", "CET", 1), ("UTC", "UTC", 0)]
        assert set(described(engine, "staged.zone_transitions")) == set(physical(dictionary().tables["zone_transitions"].columns))
