"""`sla map`: unknown exports of every kind become a proposal whose doubts are marked, whose blanks `sla check` names, and that reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.model.errors import LedgerError
from tasks.model.mapping import read_mapping
from tasks.stage.propose.map_file import Asked, Mapped, map_file
from tasks.start.scaffold import init
from tasks.store.home import Home, open_home
from tasks.store.reference import check_reference
from tasks.store.yaml_lines import read_yaml
from tests.land.packed import workbook

HEADER = "Ticket No;Service;Priority;Status;Opened;Resolved;Owner\n"
ROWS = (
    "T-1;Web Shop;High;Closed;13/10/2026 10:00;13/10/2026 11:00;Anna\n"
    "T-2;Web Shop;Low;On Hold;14/10/2026 10:00;n/a;Bert\n"
    "T-3;Store;purple;In Limbo;15/10/2026 10:00;15/10/2026 10:30;Anna\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    init(tmp_path / "estate", {"name": "Estate", "region": "eu", "display_timezone": "Europe/Berlin"})
    return open_home(tmp_path / "estate")


def mapped(home: Home, text: str | bytes, file_name: str = "list.csv", *, write: bool = False, **asked: object) -> Mapped:
    file = home.inbox / "incidents" / file_name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return map_file(home, file, Asked(**asked), is_written=write)  # type: ignore[arg-type]


def body(found: Mapped) -> dict:
    document = read_yaml(found.text.encode(), "mapping.yml")
    assert not document.faults
    return document.value


def test_a_table_of_incidents_is_recognised_by_its_names_and_contents(home):
    found = mapped(home, HEADER + ROWS)
    assert found.proposal.entity.name == "ticket"
    assert body(found)["fields"] == {
        "ticket_key": "Ticket No",
        "service_raw": "Service",
        "severity_raw": "Priority",
        "state": "Status",
        "opened_at": {"from": "Opened", "format": "%d/%m/%Y %H:%M"},
        "resolved_at": {"from": "Resolved", "format": "%d/%m/%Y %H:%M"},
    }
    assert body(found)["enumerations"] == {"state": {"Closed": "closed", "In Limbo": "TODO", "On Hold": "waiting_other"}}
    assert body(found)["null_words"] == ["n/a"]
    assert "not read: Owner" in found.text


def test_ten_rows_are_shown_as_staging_would_read_them(home):
    rows = mapped(home, HEADER + ROWS).rows
    assert [row.texts["opened_at"] for row in rows] == ["2026-10-13T08:00:00Z", "2026-10-14T08:00:00Z", "2026-10-15T08:00:00Z"]
    assert [row.texts["resolved_at"] for row in rows] == ["2026-10-13T09:00:00Z", None, "2026-10-15T08:30:00Z"]
    assert rows[2].faults == {"state": "ENUM_UNMAPPED"}
    many = "".join(f"T-{number};Shop;High;Closed;13/10/2026 10:00;13/10/2026 11:00;A\n" for number in range(30))
    assert [row.source_row for row in mapped(home, HEADER + many).rows] == list(range(1, 11))


def test_severities_go_to_the_source_and_unknown_ones_are_blanks(home):
    lines = mapped(home, HEADER + ROWS).source_lines
    assert "- id: incidents\n    adapter: mapping:incidents\n" in lines
    assert "      purple: TODO" in lines
    assert "high" not in lines, "the policy knows it"


def test_services_that_the_catalogue_does_not_know_are_proposed(home):
    assert mapped(home, HEADER + ROWS).service_lines == (
        "web-shop,web-shop,,Web Shop,Web Shop,first-vendor,true,,2000-01-01",
        "store,store,,Store,Store,first-vendor,true,,2000-01-01",
    )
    with (home.reference / "services.csv").open("a") as file:
        file.write("shop,shop,,web shop;WS,Shop,first-vendor,true,,2000-01-01\n")
    assert [line.split(",")[0] for line in mapped(home, HEADER + ROWS).service_lines] == ["store"]


UNCLEAR = ROWS.replace("13/10", "03/10").replace("14/10", "04/10").replace("15/10", "05/10")


def test_an_order_that_nothing_shows_is_a_blank_that_names_both_readings(home):
    found = mapped(home, HEADER + UNCLEAR)
    assert body(found)["fields"]["opened_at"]["format"] == "TODO"
    assert '"%d/%m/%Y %H:%M" (day first) or "%m/%d/%Y %H:%M" (month first)' in found.text
    assert any("does not show whether the day or the month comes first" in doubt for doubt in found.proposal.doubts)


def test_another_column_may_decide_the_order(home):
    found = mapped(home, (HEADER + UNCLEAR).replace("05/10/2026 10:30", "25/10/2026 10:30"))
    assert body(found)["fields"]["opened_at"]["format"] == "%d/%m/%Y %H:%M"
    assert any("day first, as in 'Resolved'" in doubt for doubt in found.proposal.doubts)


def test_ends_that_would_stand_before_their_starts_decide_the_order(home):
    row = "T-1;Shop;High;Closed;11/02/2026 10:00;01/03/2026 10:00;A\n"  # 11 February to 1 March; not 2 November to 3 January
    found = mapped(home, HEADER + row)
    assert body(found)["fields"]["opened_at"]["format"] == "%d/%m/%Y %H:%M"
    assert any("because else ends stand before their starts" in doubt for doubt in found.proposal.doubts)


def test_times_without_an_offset_are_read_in_the_homes_zone_and_marked_unsure(home):
    assert "timezone: Europe/Berlin" in mapped(home, HEADER + ROWS).text
    assert "timezone: America/New_York" in mapped(home, HEADER + ROWS, timezone="America/New_York").text
    assert any("times carry no offset" in doubt for doubt in mapped(home, HEADER + ROWS).proposal.doubts)
    iso = "id,service,priority,status,opened,resolved\nT-1,Shop,High,Closed,2026-10-13T10:00:00Z,2026-10-13T11:00:00Z\n"
    assert "dates" not in body(mapped(home, iso))


def test_what_every_row_needs_and_no_column_gives_is_a_blank(home):
    found = mapped(home, "Number;Opened;Resolved\nT-1;13/10/2026 10:00;13/10/2026 11:00\n", entity="ticket")
    assert body(found)["defaults"] == {"service_raw": "TODO", "severity_raw": "TODO", "state": "TODO"}
    assert [gap.partition(":")[0] for gap in found.proposal.gaps] == ["service_raw", "severity_raw", "state"]


def test_a_length_of_time_is_no_end_and_its_absence_is_told(home):
    text = "Number;Service;Priority;Status;Opened;Duration\nT-1;Shop;High;Closed;13/10/2026 10:00;2h 30m\n"
    (gap,) = mapped(home, text).proposal.gaps
    assert "'Duration' holds lengths of time" in gap
    assert "every incident stays open" in gap


def test_counted_seconds_are_times_where_a_name_says_so_and_told_where_none_does(home):
    found = mapped(home, "Ticket No;Service;Priority;Status;Opened;Seen\nT-1;Shop;High;Closed;1791235805;1791235809\n")
    assert body(found)["fields"]["opened_at"] == {"from": "Opened", "format": "seconds since 1970"}
    assert "'Seen' may hold seconds since 1970" in "\n".join(found.proposal.doubts)


def test_a_key_in_many_rows_is_taken_for_a_log_of_changes(home):
    lines = "".join(f"T-1;Shop;High;Open;13/10/2026 1{hour}:00;;A\n" for hour in range(5))
    found = mapped(home, HEADER.replace("Opened", "Updated") + lines, entity="ticket")
    assert body(found)["rows"] == {"kind": "event_log", "key": ["Ticket No"], "order_by": ["Updated"]}


def test_a_workbook_with_a_title_and_real_dates(home):
    sheet = [["Incidents of October"], [], ["Incident", "Service", "Priority", "Status", "Created", "Closed"]]
    sheet += [
        ["I-1", "Shop", "High", "Closed", "2026-10-13 10:00", "2026-10-13 11:00"],
        ["I-2", "Shop", "Low", "Closed", "2026-10-14 10:00", ""],
    ]
    found = mapped(home, workbook({"Page 1": sheet}), "list.xlsx")
    assert body(found)["fields"]["opened_at"] == "Created"
    assert [row.texts["ticket_key"] for row in found.rows] == ["I-1", "I-2"]


def test_windows_text_is_read_and_its_encoding_marked_unsure(home):
    found = mapped(home, (HEADER + ROWS.replace("Store", "Läden")).encode("cp1252"))
    assert body(found)["read"] == {"encoding": "cp1252"}
    assert found.rows[2].texts["service_raw"] == "Läden"
    assert any("not UTF-8" in doubt for doubt in found.proposal.doubts)


def test_json_records_inside_a_member_and_nested_objects(home):
    names = {"status": {"name": "Done"}, "priority": {"name": "High"}, "service": "Shop", "summary": "x"}
    times = {"created": "2026-10-13T10:00:00.000+0200", "resolutiondate": "2026-10-13T11:00:00.000+0200"}
    issues = [{"key": f"OPS-{number}", "fields": names | times} for number in (1, 2)]
    found = mapped(home, json.dumps({"total": 2, "issues": issues}), "issues.json")
    assert body(found)["read"] == {"records": ["issues"]}
    fields = body(found)["fields"]
    assert (fields["ticket_key"], fields["state"], fields["severity_raw"]) == ("key", "/fields/status/name", "/fields/priority/name")
    assert [row.texts["ticket_key"] for row in found.rows] == ["OPS-1", "OPS-2"]
    assert found.rows[0].texts["state"] == "resolved"


@pytest.mark.parametrize(
    ("header", "row", "entity"),
    [
        ("Monitor,Host,From,To,Status", "http,web-1,2026-10-13T10:00:00Z,2026-10-13T10:01:00Z,Up", "monitoring_sample"),
        ("Invoice,Pos,SKU,Month,Net,Currency", "RE-1,1,CDN,2026-10,100.00,EUR", "invoice_line"),
        ("Number,Opened,Priority,State,Category,Resolved,Closed", "INC1,2026-10-13T10:00:00Z,1,Closed,x,2026-10-13T11:00:00Z,", "ticket"),
        (
            "Maintenance ID,Service,Planned Start,Planned End,Type",
            "M1,x,2026-10-13T10:00:00Z,2026-10-13T11:00:00Z,planned",
            "maintenance_window",
        ),
    ],
)
def test_what_a_row_is_follows_from_the_columns(home, header, row, entity):
    assert mapped(home, f"{header}\n{row}\n").proposal.entity.name == entity


def test_another_entity_may_be_asked_for(home):
    text = "Case,Provider,Component,Start,End\nV-1,acme,cdn,2026-10-13T10:00:00Z,2026-10-13T11:00:00Z\n"
    found = mapped(home, text, entity="vendor_record")
    assert body(found)["fields"]["started_at"] == "Start"
    assert body(found)["fields"]["provider_id"] == "Provider"


def test_the_file_is_written_only_when_asked_and_never_over_another(home):
    place = home.reference / "mappings" / "incidents.yml"
    mapped(home, HEADER + ROWS)
    assert not place.exists()
    assert mapped(home, HEADER + ROWS, write=True).is_written
    before = place.read_bytes()
    with pytest.raises(LedgerError, match="stands there already"):
        mapped(home, HEADER + ROWS, write=True)
    assert place.read_bytes() == before


def test_the_written_file_has_only_its_blanks_as_faults_and_is_a_mapping_once_they_are_filled(home):
    found = mapped(home, HEADER + UNCLEAR, write=True)
    faults = [one for one in check_reference(home) if (one.where or "").startswith("reference/mappings/")]
    assert {one.code for one in faults} == {"BLANK"}
    assert len(faults) == found.blanks == 3
    assert any("day first" in (one.fix or "") for one in faults)
    text = found.text.replace("format: TODO", 'format: "%d/%m/%Y %H:%M"').replace("TODO ", "waiting_other ")
    assert read_mapping(read_yaml(text.encode(), "x").value).entity == "ticket"


@pytest.mark.parametrize(
    ("name", "content", "asked", "said"),
    [
        pytest.param("a.pdf", b"%PDF", {}, "no reader for '.pdf'", id="a kind that is not read"),
        pytest.param("a.csv", HEADER.encode(), {}, "there are no rows", id="a header alone"),
        pytest.param("a.csv", b"a,a\n1,2\n", {}, "two columns are called a", id="a column twice"),
        pytest.param("a.csv", HEADER.encode(), {"entity": "tickets"}, "no entity 'tickets'; did you mean 'ticket'?", id="no such entity"),
        pytest.param("a.csv", HEADER.encode(), {"timezone": "Berlin"}, "no time zone 'Berlin'", id="no such zone"),
        pytest.param("a.csv", HEADER.encode(), {"name": "../x"}, "'../x' is no name", id="a name that leaves its folder"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_a_mend(home, name, content, asked, said):
    with pytest.raises(LedgerError) as refusal:
        mapped(home, content, name, **asked)
    assert said in str(refusal.value)
    assert refusal.value.fix


def test_the_command_line_prints_rows_doubts_and_what_to_do_next(home):
    (home.inbox / "incidents" / "list.csv").write_text(HEADER + ROWS)
    done = CliRunner().invoke(app, ["map", str(home.inbox / "incidents" / "list.csv"), "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    places = [
        done.output.index(part)
        for part in ("The first 3 rows", "Unsure:", "Missing:", "nothing written", "  1. put the source", "sla month YYYY-MM")
    ]
    assert places == sorted(places)
