"""The reference files of a home: typed when sound, all faults at once when not."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.model.errors import FaultsError, LedgerError
from tasks.model.form import FormError
from tasks.store.engine import Engine
from tasks.store.home import Home, open_home
from tasks.store.reference import BUILT_IN_ADAPTERS, check_reference, load_reference
from tasks.store.room import building

SHARED = Path(__file__).resolve().parents[3] / "shared" / "contracts"
HOME = "schema: home/1\nname: test\nregion: eu\ndisplay_timezone: Europe/Berlin\n"
SOURCES = """\
schema: sources/1
sources:
  - {id: desk, adapter: servicenow_incident, timezone: Europe/Berlin}
  - {id: acme, system: status, adapter: canonical, entity: vendor_record}
"""
SERVICES = "service_id,component_id,parent_id,provider_id,sla_governed,valid_from\nmail,mail,,acme,true,2026-01-01\n"
CONTRACT = """\
schema: sla-contract/1
contract_id: ACME
provider: {id: acme, name: Acme}
document: {title: Terms, verification: exact}
version: {number: 1, effective_from: "2026-01-01"}
measures:
  api:
    kind: availability
    target: "99.9"
    service_hours: 24x7
    tiers: [{below: "99.9", credit_pct: "10"}]
credits: {currency: EUR}
"""
CALENDAR = 'schema: calendar/1\nid: office-de-by\ntimezone: Europe/Berlin\nweekly: {mon: [["09:00", "17:00"]]}\n'

MAPPING = """\
schema: mapping/1
entity: ticket
fields: {ticket_key: Nr, service_raw: {value: shop}, severity_raw: P, state: {value: new}, opened_at: Opened}
"""


@pytest.fixture
def home(tmp_path) -> Home:
    """A home with the three obligatory files."""
    write(tmp_path, "home.yml", HOME)
    write(tmp_path, "reference/sources.yml", SOURCES)
    write(tmp_path, "reference/services.csv", SERVICES)
    write(tmp_path, "reference/contracts/acme.yml", CONTRACT)
    return open_home(tmp_path)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def faults_of(home: Home) -> list[str]:
    """Return the first line of every fault."""
    try:
        load_reference(home)
    except FaultsError as error:
        return [str(fault).splitlines()[0] for fault in error.faults]
    return []


def codes_of(home: Home) -> list[tuple[str, str]]:
    return [(found.code, found.where or "") for found in check_reference(home) if found.level == "fault"]


def warnings_of(home: Home) -> list[tuple[str, str]]:
    return [(found.code, found.where or "") for found in check_reference(home) if found.level == "warning"]


def test_three_files_are_enough(home):
    reference = load_reference(home)
    assert [(source.id, source.system, source.adapter, source.entity) for source in reference.sources] == [
        ("desk", "desk", "servicenow_incident", None),
        ("acme", "status", "canonical", "vendor_record"),
    ]
    assert [contract.contract_version_id for contract in reference.contracts] == ["ACME@1"]
    assert list(reference.calendars) == ["default", "office_hours"]
    assert reference.policy.matching.widen_s == 900
    assert reference.people == ()


def test_every_reference_file_is_named_with_its_hash(home):
    write(home.root, "reference/mappings/desk.yml", MAPPING)
    write(home.root, "reference/README.md", "not a reference file\n")
    files = load_reference(home).files
    assert [file["path"] for file in files] == [
        "reference/contracts/acme.yml",
        "reference/mappings/desk.yml",
        "reference/services.csv",
        "reference/sources.yml",
    ]
    assert files[2]["sha256"] == hashlib.sha256(SERVICES.encode()).hexdigest()


def test_both_endings_of_yaml_are_read(home):
    write(home.root, "reference/policy.yaml", "matching: {widen_s: 600}\n")
    write(home.root, "reference/calendars/by.yaml", CALENDAR)
    write(home.root, "reference/people.yml", "- {person_ref: ABC, roles: [controller], valid_from: 2026-01-01}\n")
    reference = load_reference(home)
    assert reference.policy.matching.widen_s == 600
    assert "office-de-by" in reference.calendars
    assert [(person.person_ref, person.roles) for person in reference.people] == [("ABC", ("controller",))]


def test_a_calendar_file_replaces_a_built_in_one_of_its_id(home):
    write(home.root, "reference/calendars/default.yml", CALENDAR.replace("office-de-by", "default"))
    assert load_reference(home).calendars["default"].timezone == "Europe/Berlin"


def test_a_calendar_in_the_policy_is_one(home):
    write(home.root, "reference/policy.yml", 'calendars: {desk: {timezone: UTC, weekly: {sat: [["08:00", "12:00"]]}}}\n')
    write(home.root, "reference/contracts/acme.yml", CONTRACT.replace("24x7", "desk"))
    assert list(load_reference(home).calendars) == ["default", "desk", "office_hours"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("reference/sources.yml", "reference/sources.yml"),
        ("reference/services.csv", "reference/services.csv"),
        ("reference/contracts/acme.yml", "reference/contracts"),
    ],
)
def test_an_obligatory_file_that_is_missing_is_named(home, name, place):
    (home.root / name).unlink()
    assert codes_of(home) == [("MISSING_FILE", place)]


def test_a_home_without_reference_files_lacks_all_three(tmp_path):
    write(tmp_path, "home.yml", HOME)
    assert [code for code, _ in codes_of(open_home(tmp_path))] == ["MISSING_FILE"] * 3


def test_a_name_that_points_nowhere_is_told_as_the_style_guide_shows(home):
    write(home.root, "reference/calendars/office-de-by.yml", CALENDAR)
    write(home.root, "reference/contracts/acme.yml", CONTRACT.replace("24x7", "office-de-be"))
    with pytest.raises(FaultsError) as caught:
        load_reference(home)
    assert str(caught.value.faults[0]) == (
        "reference/contracts/acme.yml:10, measures.api.service_hours: no calendar 'office-de-be'; did you mean 'office-de-by'?\n"
        "  known: 24x7, default, office-de-by, office_hours\n"
        "  fix:   add reference/calendars/office-de-be.yml or use a known name"
    )


def test_all_faults_of_all_files_are_told_at_once(home):
    write(home.root, "reference/sources.yml", SOURCES.replace("servicenow_incident", "servicenow").replace("Berlin", "Belin"))
    write(home.root, "reference/services.csv", "service_id,component_id\n")
    write(home.root, "reference/policy.yml", "matching:\n  widen_s: 900\n  auto_at_leest: '0.9'\n")
    write(home.root, "reference/people.yml", "- {person_ref: ABC, roles: [], valid_from: 2026-01-01}\n")
    write(home.root, "reference/contracts/acme.yml", CONTRACT.replace('"99.9"\n', "99.9\n").replace("24x7", "office"))
    write(home.root, "reference/contracts/broken.yml", "measures: [\n")
    write(home.root, "reference/calendars/odd.yml", CALENDAR.replace("17:00", "9am"))
    assert codes_of(home) == [
        ("WRONG_FORM", "reference/calendars/odd.yml:4, weekly.mon"),
        ("NOT_A_STRING", "reference/contracts/acme.yml:9, measures.api.target"),
        ("UNKNOWN_CALENDAR", "reference/contracts/acme.yml:10, measures.api.service_hours"),
        ("NOT_YAML", "reference/contracts/broken.yml:2"),
        ("OUT_OF_RANGE", "reference/people.yml:1, [0].roles"),
        ("UNKNOWN_KEY", "reference/policy.yml:3, matching.auto_at_leest"),
        ("MISSING_COLUMN", "reference/services.csv:1"),
        ("UNKNOWN_ADAPTER", "reference/sources.yml:3, sources[0].adapter"),
        ("UNKNOWN_ZONE", "reference/sources.yml:3, sources[0].timezone"),
    ]


@pytest.mark.parametrize(
    ("source", "code", "key"),
    [
        pytest.param("{id: desk, adapter: canonical, entity: ticket}", "REPEATED", "id", id="an id that stands twice"),
        pytest.param("{id: x, adapter: statuspge}", "UNKNOWN_ADAPTER", "adapter", id="an unknown adapter"),
        pytest.param("{id: x, adapter: 'mapping:acme'}", "UNKNOWN_ADAPTER", "adapter", id="a mapping without its file"),
        pytest.param("{id: x, adapter: canonical}", "MISSING_KEY", "entity", id="canonical rows of what"),
        pytest.param("{id: x, adapter: canonical, entity: tickets}", "UNKNOWN_ENTITY", "entity", id="an unknown entity"),
        pytest.param(
            "{id: x, adapter: statuspage, leave_out: {severty_raw: minor}}",
            "UNKNOWN_FIELD",
            "leave_out.severty_raw",
            id="a choice by a column that no entity has",
        ),
        pytest.param("{id: ../x, adapter: statuspage}", "WRONG_FORM", "id", id="an id that would leave the inbox"),
        pytest.param("{id: x, adapter: statuspage, zone: UTC}", "UNKNOWN_KEY", "zone", id="an unknown key"),
        pytest.param("{id: x, adapter: statuspage, severity_map: {bad: P9}}", "UNKNOWN_VALUE", "severity_map.bad", id="a severity"),
        pytest.param("{id: x, adapter: statuspage, expects: {rows: -1}}", "OUT_OF_RANGE", "expects.rows", id="fewer than no rows"),
        pytest.param(
            "{id: x, adapter: statuspage, expects: {extracted_at: 2026-10-01T00:00}}",
            "WRONG_FORM",
            "expects.extracted_at",
            id="an instant without offset",
        ),
        pytest.param(
            "{id: x, adapter: statuspage, expects: {covers: [2026-11-01T00:00Z, 2026-10-01T00:00Z]}}",
            "END_BEFORE_START",
            "expects",
            id="a coverage that ends before it starts",
        ),
    ],
)
def test_a_faulty_source_is_told_with_its_line(home, source, code, key):
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {source}\n")
    assert codes_of(home) == [(code, f"reference/sources.yml:5, sources[2].{key}")]


def test_a_mapping_with_its_file_is_an_adapter(home):
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {{id: x, adapter: 'mapping:acme'}}\n")
    write(home.root, "reference/mappings/acme.yaml", MAPPING)
    assert load_reference(home).sources[2].mapping_name == "acme"


def test_every_fault_of_a_mapping_has_its_line(home):
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {{id: x, adapter: 'mapping:acme', entity: alert}}\n")
    faulty = MAPPING.replace("service_raw:", "servce_raw:").replace("{value: new}", "{value: nwe}")
    write(home.root, "reference/mappings/acme.yml", faulty)
    write(home.root, "reference/mappings/acme.yaml", MAPPING)
    assert codes_of(home) == [
        ("TWO_FILES", "reference/mappings/acme.yaml"),
        ("MISSING_FIELD", "reference/mappings/acme.yml:3, fields"),
        ("UNKNOWN_FIELD", "reference/mappings/acme.yml:3, fields.servce_raw"),
        ("UNKNOWN_VALUE", "reference/mappings/acme.yml:3, fields.state.value"),
        ("TWO_ENTITIES", "reference/sources.yml:5, sources[2].entity"),
    ]


def test_a_source_names_the_encoding_of_its_text(home):
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {{id: x, adapter: canonical, entity: alert, encoding: cp1252}}\n")
    assert load_reference(home).sources[2].encoding == "cp1252"
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {{id: x, adapter: canonical, entity: alert, encoding: cp125}}\n")
    assert codes_of(home) == [("UNKNOWN_ENCODING", "reference/sources.yml:5, sources[2].encoding")]


def test_the_known_adapters_can_be_said(home):
    write(home.root, "reference/sources.yml", f"{SOURCES}  - {{id: x, adapter: zabbix_events}}\n")
    assert load_reference(home, adapters={"canonical", "servicenow_incident", "zabbix_events"}).sources[2].adapter == "zabbix_events"


def version(number: int, effective_from: str, effective_to: str | None) -> str:
    """Return the contract with another version line."""
    end = f'"{effective_to}"' if effective_to else "null"
    return CONTRACT.replace(
        'number: 1, effective_from: "2026-01-01"', f'number: {number}, effective_from: "{effective_from}", effective_to: {end}'
    )


@pytest.mark.parametrize(
    ("versions", "faults", "warnings"),
    [
        pytest.param([("2026-01-01", "2026-06-01"), ("2026-06-01", None)], [], [], id="versions that meet"),
        pytest.param([("2026-01-01", None), ("2026-06-01", None)], [("VERSIONS_OVERLAP", 2)], [], id="the first has no end"),
        pytest.param([("2026-01-01", "2026-06-02"), ("2026-06-01", None)], [("VERSIONS_OVERLAP", 2)], [], id="a day in both"),
        pytest.param([("2026-01-01", "2026-06-01"), ("2026-06-02", None)], [], [("VERSION_GAP", 2)], id="a day in neither"),
        pytest.param(
            [("2026-01-01", "2026-12-01"), ("2026-02-01", "2026-03-01"), ("2026-04-01", "2026-05-01")],
            [("VERSIONS_OVERLAP", 2), ("VERSIONS_OVERLAP", 3)],
            [],
            id="two versions within one: what lies between them is no gap",
        ),
    ],
)
def test_versions_of_one_contract_meet(home, versions, faults, warnings):
    for number, (effective_from, effective_to) in enumerate(versions, start=1):
        write(home.root, f"reference/contracts/{number}.yml", version(number, effective_from, effective_to))
    (home.root / "reference/contracts/acme.yml").unlink()
    place = "reference/contracts/{}.yml:5, version.effective_from"
    assert codes_of(home) == [(code, place.format(number)) for code, number in faults]
    assert warnings_of(home) == [(code, place.format(number)) for code, number in warnings]


def test_an_overlap_says_which_file_to_mend(home):
    write(home.root, "reference/contracts/acme-2.yml", version(2, "2026-06-01", None))
    assert faults_of(home) == [
        "reference/contracts/acme-2.yml:5, version.effective_from: "
        "ACME@2 begins while version 1 (reference/contracts/acme.yml) is in force without end"
    ]


def test_a_version_number_stands_once(home):
    write(home.root, "reference/contracts/again.yml", version(1, "2025-01-01", "2026-01-01"))
    assert codes_of(home) == [("REPEATED", "reference/contracts/again.yml:5, version.number")]


def test_two_files_for_one_thing_are_a_fault(home):
    write(home.root, "reference/policy.yml", "matching: {widen_s: 600}\n")
    write(home.root, "reference/policy.yaml", "matching: {widen_s: 700}\n")
    assert codes_of(home) == [("TWO_FILES", "reference/policy.yaml")]


def test_a_calendar_id_stands_in_one_file(home):
    write(home.root, "reference/calendars/a.yml", CALENDAR)
    write(home.root, "reference/calendars/b.yml", CALENDAR)
    assert codes_of(home) == [("REPEATED", "reference/calendars/b.yml:2, id")]


def test_a_faulty_calendar_is_told_once_and_not_by_every_contract_that_names_it(home):
    write(home.root, "reference/calendars/office-de-by.yml", CALENDAR.replace("Europe/Berlin", "Europe/Belin"))
    write(home.root, "reference/contracts/acme.yml", CONTRACT.replace("24x7", "office-de-by"))
    assert codes_of(home) == [("UNKNOWN_ZONE", "reference/calendars/office-de-by.yml:3, timezone")]


@pytest.mark.parametrize(
    ("policy", "code", "path"),
    [
        ("business_calendar: offce_hours\n", "UNKNOWN_CALENDAR", "business_calendar"),
        ("business_calendar: 24x7\n", "UNKNOWN_CALENDAR", "business_calendar"),
        ("peak_hours: {calendar: peak}\n", "UNKNOWN_CALENDAR", "peak_hours.calendar"),
        ("calendars: {desk: {timezone: Mars/Base, weekly: {}}}\n", "UNKNOWN_ZONE", "calendars.desk.timezone"),
    ],
)
def test_calendars_of_the_policy_exist(home, policy, code, path):
    write(home.root, "reference/policy.yml", policy)
    assert codes_of(home) == [(code, f"reference/policy.yml:1, {path}")]


def test_a_home_whose_own_zone_is_unknown_is_told(home):
    write(home.root, "home.yml", HOME.replace("Berlin", "Belin"))
    assert codes_of(open_home(home.root)) == [("UNKNOWN_ZONE", "home.yml, display_timezone")]


def test_columns_of_the_catalogue_are_told_together(home):
    write(home.root, "reference/services.csv", "\ufeffservice_id,component_id,colour\n")
    assert faults_of(home) == ["reference/services.csv:1: columns of service_catalogue are missing: sla_governed, valid_from"]
    assert warnings_of(home) == [("UNKNOWN_COLUMN", "reference/services.csv:1")]


@pytest.mark.parametrize(
    ("name", "text", "code", "where", "what"),
    [
        pytest.param(
            "reference/contracts/acme.yml",
            CONTRACT.replace("    service_hours", "    applies_to: {services: [mail, mial]}\n    service_hours"),
            "UNKNOWN_SERVICE",
            "reference/contracts/acme.yml:10, measures.api.applies_to.services[1]",
            "no service 'mial'; did you mean 'mail'?",
            id="a promise about a service that nobody has",
        ),
        pytest.param(
            "reference/contracts/acme.yml",
            CONTRACT.replace("    service_hours", "    applies_to: {components: [mail-db]}\n    service_hours"),
            "UNKNOWN_COMPONENT",
            "reference/contracts/acme.yml:10, measures.api.applies_to.components[0]",
            "no component 'mail-db'",
            id="a promise about a component that nobody has",
        ),
        pytest.param(
            "reference/services.csv",
            SERVICES + "mail,mail-db,mial,acme,true,2026-01-01\n",
            "UNKNOWN_COMPONENT",
            "reference/services.csv:3, parent_id",
            "no component 'mial'; did you mean 'mail'?",
            id="a parent that is not there",
        ),
        pytest.param(
            "reference/services.csv",
            SERVICES + "shop,shpo,,acme,true,2026-01-01\nshop,till,shpo,acme,true,2026-01-01\n",
            "NO_ROOT",
            "reference/services.csv:3, component_id",
            "service 'shop' has no row of its own (component_id = service_id)",
            id="a service without its root",
        ),
    ],
)
def test_names_across_catalogue_and_contracts_exist(home, name, text, code, where, what):
    write(home.root, name, text)
    (fault,) = [one for one in check_reference(home) if isinstance(one, FormError)]
    assert (fault.code, fault.where) == (code, where)
    assert fault.what.startswith(what)


def test_providers_stand_on_both_sides_or_are_named(home):
    write(home.root, "reference/services.csv", SERVICES.replace("acme", "acmee"))
    assert warnings_of(home) == [
        ("NOTHING_GOVERNED", "reference/contracts/acme.yml:3, provider.id"),
        ("NO_CONTRACT", "reference/services.csv:2, provider_id"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(home):
    write(home.root, "reference/services.csv", "\ufeff" + SERVICES)
    assert load_reference(home)


def test_a_file_that_nothing_reads_is_a_warning(home):
    write(home.root, "reference/contract/other.yml", CONTRACT)
    write(home.root, "reference/polcy.yml", "matching: {widen_s: 600}\n")
    assert warnings_of(home) == [("UNREAD_FILE", "reference/contract/other.yml"), ("UNREAD_FILE", "reference/polcy.yml")]


def test_files_of_later_verbs_are_at_least_yaml(home):
    write(home.root, "reference/runbooks/restart.yml", "a: 1\na: 2\n")
    assert codes_of(home) == [("REPEATED", "reference/runbooks/restart.yml:2, a")]


def test_findings_come_with_file_and_line_and_stop_nothing(home):
    write(home.root, "reference/contracts/acme.yml", CONTRACT.replace('[{below: "99.9", credit_pct: "10"}]', "[]"))
    found = load_reference(home).findings
    assert [(finding.label, finding.where) for finding in found if finding.level == "warning"] == [
        ("NO_TIERS", "reference/contracts/acme.yml:11, measures.api.tiers")
    ]


def test_a_check_tells_what_a_program_can_read(home):
    write(home.root, "reference/sources.yml", SOURCES.replace("statuspage", "x").replace("canonical", "canoncal"))
    assert check_reference(home)[0].as_dict() == {
        "level": "fault",
        "code": "UNKNOWN_ADAPTER",
        "where": "reference/sources.yml:4, sources[1].adapter",
        "what": "no adapter 'canoncal'; did you mean 'canonical'?",
        "known": sorted(BUILT_IN_ADAPTERS),
        "fix": "use a known adapter, or write reference/mappings/<name>.yml and adapter: mapping:<name>",
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="the example contracts are not beside the project")
def test_all_example_contracts_lie_in_one_home(home):
    for file in SHARED.glob("[a-z]*.yaml"):
        write(home.root, f"reference/contracts/{file.name}", file.read_text(encoding="utf-8"))
    write(home.root, "reference/calendars/uk.yml", CALENDAR.replace("office-de-by", "uk"))
    assert len(load_reference(home).contracts) == 15


def test_reading_reference_files_needs_no_engine():
    code = "import sys, tasks.store.reference; print([name for name in ('duckdb', 'pandas', 'prefect', 'pyarrow') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        pytest.param(b"schema: home/1\nname: [x\n", "home.yml:3", id="a bracket that never closes"),
        pytest.param(b"schema: home/1\nname: B\xfcro\n", "home.yml", id="not UTF-8"),
    ],
)
def test_a_home_that_is_no_yaml_says_where(tmp_path, content, where):
    (tmp_path / "home.yml").write_bytes(content)
    with pytest.raises(LedgerError, match="it is no YAML") as caught:
        open_home(tmp_path)
    assert caught.value.where == where


def test_a_blank_is_one_fault_with_what_the_comment_beside_it_asks_for_and_hides_no_other(home):
    text = CONTRACT.replace('target: "99.9"', "target: TODO  # the promise in per cent").replace(
        "currency: EUR", "currency: TODO, form: tires"
    )
    write(home.root, "reference/contracts/acme.yml", text)
    found = {one.where: (one.code, one.fix) for one in check_reference(home) if one.level == "fault"}
    assert found["reference/contracts/acme.yml:9, measures.api.target"] == ("BLANK", "the promise in per cent")
    assert found["reference/contracts/acme.yml:12, credits.currency"][0] == "BLANK"
    assert "UNKNOWN_FORM" in {code for code, _ in found.values()}


def test_a_blank_of_the_catalogue_or_of_the_home_is_named_with_its_line(home):
    write(home.root, "reference/services.csv", SERVICES + "TODO,mail,,acme,true,2026-01-01\n")
    write(home.root, "home.yml", HOME.replace("name: test", "name: TODO  # its name"))
    assert codes_of(home) == [("BLANK", "home.yml:2, name"), ("BLANK", "reference/services.csv:3, service_id")]


def test_a_promise_that_no_contract_behind_it_backs_is_a_note_with_its_line(home):
    promise = CONTRACT.replace("ACME", "TEAM").replace("{id: acme, name: Acme}", "{id: web, name: Web team, role: internal_team}")
    write(home.root, "reference/contracts/team.yml", promise.replace("99.9", "99.95"))
    rows = "service_id,component_id,parent_id,provider_id,sla_governed,valid_from\n"
    write(home.root, "reference/services.csv", f"{rows}mail,mail,,web,true,2026-01-01\nmail,mx,mail,acme,true,2026-01-01\n")
    write(
        home.root,
        "reference/contracts/acme.yml",
        CONTRACT.replace("kind: availability", "kind: availability\n    applies_to: {components: [mx]}"),
    )
    (note,) = [found for found in check_reference(home) if found.code == "BACKING_GAP"]
    assert (note.level, note.label) == ("note", "BACKING_GAP@ACME@1")
    assert note.where == "reference/contracts/team.yml:7, measures.api"
    assert note.what.startswith("99.95 % is promised for 'mail', and ACME@1 behind it backs 99.9 % (design value")


def test_user_minutes_of_a_service_without_users_are_told_at_its_row(home):
    write(
        home.root,
        "reference/contracts/acme.yml",
        CONTRACT.replace("    service_hours", "    partial_outage: user_minutes\n    service_hours"),
    )
    assert ("USERS_UNKNOWN", "reference/services.csv:2, users") in warnings_of(home)
    head, row, _ = SERVICES.split("\n")
    write(home.root, "reference/services.csv", f"{head},users\n{row},1000\n")
    assert warnings_of(home) == []


def test_a_monitoring_rule_that_no_staged_register_has_is_told_once_there_is_a_register(home):
    write(
        home.root,
        "reference/contracts/acme.yml",
        CONTRACT.replace("    service_hours", "    measured_by: [probe, prober]\n    service_hours"),
    )
    assert warnings_of(home) == []
    with Engine() as engine, building(home, "staged", "0" * 32, {"entity": "monitoring_rule"}) as room:
        engine.create("staged.monitoring_rule", {"rule_id": "VARCHAR"}, [{"rule_id": "probe"}])
        room.write(engine, "monitoring_rule")
    assert warnings_of(home) == [("UNKNOWN_MONITORING_RULE", "reference/contracts/acme.yml:10, measures.api.measured_by[1]")]
