"""Fetching: every page byte for byte, whole files only, nothing read twice without need, and nothing lost without a word."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tasks.extract import products, reading
from tasks.extract.fetching import Means, fetch
from tasks.model.errors import UnknownReferenceError
from tasks.model.reference import Source
from tasks.store.home import Home
from tasks.store.inbox import pages_of
from tasks.store.journal import Journal
from tests.extract import server as fake
from tests.extract.server import Server, cut_silently, failing, serving
from tests.extract.test_http import Watch
from tests.land.exports import land

NOW = datetime(2026, 11, 3, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SECRET = "robot:hush-hush-4711"


class Desk:
    """A home with one source that is fetched from a server of a test's own."""

    def __init__(self, root: Path, server: Server, **fetch_block):
        root.mkdir(exist_ok=True)
        self.home = Home(root, "Test", "eu", "UTC")
        self.journal = Journal.open(self.home)
        self.server = server
        self.environment = {"LOGIN": SECRET}
        self.watch = Watch()
        self.source = self.of("desk", **fetch_block)

    def of(self, name, adapter="servicenow_incident", **fetch_block):
        block = {"url": self.server.url, "secret": "LOGIN", "per_minute": 600_000} | fetch_block
        return Source(id=name, adapter=adapter, fetch=block)

    def fetch(self, now=NOW, sources=None, source_id=None):
        means = Means(self.environment.get, self.watch.patience())
        return fetch(self.home, sources or [self.source], self.journal, means, now=now, source_id=source_id)

    def visit(self, now=NOW):
        (visit,) = self.fetch(now).visits
        return visit

    def land(self, now=NOW):
        report = land(self.home, [self.source], self.journal, now=now)
        assert not report.refused, report
        return report.landed

    def files(self):
        folder = self.home.inbox / "desk"
        return sorted(file.name for file in folder.iterdir() if file.name.endswith(".gz")) if folder.is_dir() else []

    def left(self):
        """Return every name in the source's folder: nothing half-written may stay."""
        folder = self.home.inbox / "desk"
        return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []

    def bodies(self):
        return [page for name in self.files() for page in pages_of(self.home.inbox / "desk" / name)]

    def keys(self, member="result", key="number"):
        return {row[key] for body in self.bodies() for row in json.loads(body)[member]}


@pytest.fixture
def desk(tmp_path):
    """Make desks; their servers stop with the test."""
    running = []

    def make(app, **fetch_block):
        context = serving(Server(app))
        running.append(context)
        return Desk(tmp_path, context.__enter__(), **fetch_block)

    yield make
    for context in running:
        context.__exit__(None, None, None)


def stamp(day, hour=0, minute=0):
    return f"2026-10-{day:02d} {hour:02d}:{minute:02d}:00"


def iso(day, hour=0):
    return f"2026-10-{day:02d}T{hour:02d}:00:00.000+0000"


def tickets(count, start=1):
    return [fake.ticket(number, stamp(1 + number % 28, number % 24)) for number in range(start, start + count)]


SERVICENOW = {"kind": "servicenow", "since": "2026-10-01", "page_size": 5}


PRODUCTS = [
    pytest.param(
        SERVICENOW, lambda: fake.servicenow(tickets(40)), ("result", "number", 40), "Basic cm9ib3Q6aHVzaC1odXNoLTQ3MTE=", id="ServiceNow"
    ),
    pytest.param(
        {"kind": "jira", "since": "2026-10-01", "page_size": 5},
        lambda: fake.jira([fake.issue(number, iso(1 + number % 28)) for number in range(1, 41)], longest=4),
        ("issues", "key", 40),
        "Basic cm9ib3Q6aHVzaC1odXNoLTQ3MTE=",
        id="Jira Cloud, whose pages are shorter than asked for",
    ),
    pytest.param(
        {"kind": "jira", "edition": "server", "since": "2026-10-01", "page_size": 5, "scheme": "bearer"},
        lambda: fake.jira([fake.issue(number, iso(1 + number % 28)) for number in range(1, 41)], longest=4),
        ("issues", "key", 40),
        f"Bearer {SECRET}",
        id="Jira Data Center",
    ),
    pytest.param(
        {"kind": "pagerduty", "since": "2026-10-01", "page_size": 5},
        lambda: fake.pagerduty([fake.incident(number, f"2026-10-{1 + number % 28:02d}T04:00:00Z") for number in range(1, 41)]),
        ("incidents", "id", 40),
        f"Token token={SECRET}",
        id="PagerDuty",
    ),
    pytest.param(
        {"kind": "statuspage", "since": "2026-10-01"},
        lambda: fake.statuspage([fake.notice(number, f"2026-10-{number:02d}T04:00:00.000-06:00") for number in range(1, 21)], size=6),
        ("incidents", "id", 20),
        f"OAuth {SECRET}",
        id="Statuspage",
    ),
]


@pytest.mark.parametrize(("block", "app", "whole", "header"), PRODUCTS)
def test_every_page_is_kept_byte_for_byte_and_lands_with_the_time_it_covers(desk, block, app, whole, header):
    here = desk(app(), **block)
    here.server.faults = {2: failing(429, Retry_After="1"), 4: cut_silently, 5: failing(503)}
    visit = here.visit()
    member, key, count = whole
    assert (visit.fault, visit.findings) == (None, [])
    assert here.bodies() == here.server.sent
    assert len(here.keys(member, key)) == count
    assert {asked.headers["authorization"] for asked in here.server.asked} == {header}
    landed = [row.body for row in here.land()]
    assert sum(body["rows"] for body in landed) == sum(len(json.loads(body)[member]) for body in here.server.sent)
    spans = sorted((body["covers_start_at"], body["covers_end_at"]) for body in landed)
    assert (spans[0][0], spans[-1][1]) == ("2026-10-01T00:00:00.000000Z", "2026-11-03T06:00:00.000000Z")
    assert all(earlier[1] == later[0] for earlier, later in pairwise(spans))
    assert {body["extracted_at"] for body in landed} == {"2026-11-03T06:00:00.000000Z"}


def test_alerts_are_one_page_that_covers_nothing_by_its_word(desk):
    here = desk(fake.alertmanager([fake.alert(1, "2026-11-03T05:00:00.000Z")]), kind="alertmanager")
    assert (here.visit().fault, here.bodies()) == (None, here.server.sent)
    assert here.server.asked[0].query == {"active": "true", "silenced": "true", "inhibited": "true"}
    (row,) = here.land()
    assert (row.body["rows"], row.body["covers_start_at"], row.body["is_cover_assumed"]) == (1, None, True)


def test_no_alerts_now_and_no_alerts_tomorrow_are_two_extractions(desk):
    here = desk(fake.alertmanager([]), kind="alertmanager")
    for now in (NOW, NOW + DAY):
        here.visit(now)
        assert [row.body["rows"] for row in here.land(now)] == [0]


def test_a_second_run_at_the_same_instant_asks_for_nothing(desk):
    here = desk(fake.servicenow(tickets(12)), **SERVICENOW)
    here.visit()
    asked = len(here.server.asked)
    assert here.visit().files == []
    here.land()
    assert here.visit().files == []
    assert len(here.server.asked) == asked


def test_the_next_day_reads_on_from_the_landed_time_with_the_overlap_and_has_late_updates(desk):
    rows = tickets(12)
    here = desk(fake.servicenow(rows), **SERVICENOW)
    here.visit(), here.land()
    rows[0] |= {"state": "7", "sys_updated_on": "2026-11-03 05:30:00"}  # written before the first run, seen after it
    rows.append(fake.ticket(13, "2026-11-03 08:00:00"))
    (file,) = here.visit(NOW + DAY).files
    assert file.covers == (NOW - DAY, NOW + DAY)
    assert file.rows == 2


def test_a_landing_that_was_withdrawn_is_fetched_again_and_nothing_else(desk):
    here = desk(fake.servicenow(tickets(40)), **(SERVICENOW | {"overlap_h": 0}))
    here.visit()
    row = here.land()[1]
    here.journal.append("withdrawal", {"landing_seq": row.seq, "file_sha256": row.body["file_sha256"], "reason": "by mistake"}, now=NOW)
    for name in here.left():
        (here.home.inbox / "desk" / name).unlink()
    covers = [file.covers for file in here.visit(NOW + timedelta(hours=1)).files]
    gone = tuple(datetime.fromisoformat(row.body[name]) for name in ("covers_start_at", "covers_end_at"))
    assert covers == [gone, (NOW, NOW + timedelta(hours=1))]


def test_a_run_that_breaks_down_keeps_its_whole_slices_and_the_next_goes_on_after_them(desk):
    here = desk(fake.servicenow(tickets(40)), **SERVICENOW)
    here.server.faults = dict.fromkeys(range(4, 99), failing(500))
    visit = here.visit()
    assert "tried 6 times" in str(visit.fault)
    assert [file.covers[0].day for file in visit.files] == [1]
    here.server.faults = {}
    starts = [file.covers[0].day for file in here.visit().files]
    assert starts == [7, 14, 21, 28]  # a day before the first uncovered one: the overlap
    assert len(here.keys()) == 40
    assert not [name for name in here.left() if name.startswith(".")]


def test_what_a_killed_run_left_is_swept_and_a_persons_files_stay(desk):
    here = desk(fake.servicenow(tickets(3)), **SERVICENOW)
    folder = here.home.inbox / "desk"
    folder.mkdir(parents=True)
    for name in (".fetched-a.json.gz.partial", "fetched-a.json.gz.meta.yml", "own.csv.meta.yml", ".own.partial"):
        (folder / name).write_text("rows: 1\n")
    here.visit()
    assert [name for name in here.left() if "2026" not in name] == [".own.partial", "own.csv.meta.yml"]


def test_an_export_dropped_by_hand_counts_as_covered_time(desk):
    here = desk(fake.servicenow(tickets(3)), **(SERVICENOW | {"overlap_h": 0}))
    folder = here.home.inbox / "desk"
    folder.mkdir(parents=True)
    (folder / "october.csv").write_text("number\nINC1\n")
    (folder / "october.csv.meta.yml").write_text('covers: ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"]\n')
    (folder / "bad.csv").write_text("number\nINC1\n")
    (folder / "bad.csv.meta.yml").write_text("covers: nonsense\n")
    assert [file.covers[0] for file in here.visit().files] == [datetime(2026, 11, 1, tzinfo=UTC)]


def moving(here, rows, change, numbers):
    """Change the rows just before the requests of those numbers."""
    here.server.before = lambda number: change(rows) if number in numbers else None


def touch_first(rows):
    rows[0]["sys_updated_on"] = "2026-11-03 05:59:00"


def test_a_row_that_leaves_the_slice_while_it_is_paged_makes_it_be_read_again_without_holes(desk):
    rows = [fake.ticket(number, stamp(2, 1, number)) for number in range(1, 13)]
    here = desk(fake.servicenow(rows), **SERVICENOW)
    moving(here, rows, touch_first, {2})
    visit = here.visit()
    assert (visit.fault, visit.findings) == (None, [])
    assert len(here.keys()) == 12
    assert here.server.asked[2].query["sysparm_offset"] == "0"


def test_a_slice_that_never_stands_still_is_refused_and_leaves_nothing(desk):
    rows = [fake.ticket(number, stamp(2, 1, number)) for number in range(1, 40)]
    here = desk(fake.servicenow(rows), **SERVICENOW)
    moving(here, rows, lambda rows: rows.pop(0), range(2, 99, 2))
    visit = here.visit()
    assert "rows moved while they were paged, 3 times" in str(visit.fault)
    assert here.left() == []


@pytest.mark.parametrize(
    ("block", "app"),
    [
        pytest.param(SERVICENOW, lambda: fake.servicenow([fake.ticket(n, stamp(2, 1, n)) for n in range(1, 13)]), id="by offset"),
        pytest.param(
            {"kind": "jira", "since": "2026-10-01"}, lambda: fake.jira([fake.issue(n, iso(2, n)) for n in range(1, 13)], 5), id="by token"
        ),
        pytest.param(
            {"kind": "pagerduty", "since": "2026-10-01", "page_size": 5},
            lambda: fake.pagerduty([fake.incident(n, f"2026-10-02T{n:02d}:00:00Z") for n in range(1, 13)]),
            id="by offset and more",
        ),
    ],
)
def test_a_page_that_comes_twice_makes_the_slice_be_read_again(desk, block, app):
    here = desk(app(), **block)
    here.server.faults = {2: lambda reply: (200, {}, here.server.sent[0])}
    visit = here.visit()
    assert (visit.fault, visit.findings) == (None, [])
    assert here.server.asked[2].query == here.server.asked[0].query
    assert here.bodies() == here.server.sent[1:]


def test_rows_hidden_from_the_account_shorten_pages_but_do_not_end_them_and_are_told(desk):
    hidden = frozenset({"INC0000004", "INC0000005"})
    rows = [fake.ticket(number, f"2026-11-02 {number:02d}:00:00") for number in range(1, 13)]
    here = desk(fake.servicenow(rows, hidden), **(SERVICENOW | {"since": "2026-11-01"}))
    visit = here.visit()
    assert here.keys() == {row["number"] for row in rows} - hidden
    assert [finding.code for finding in visit.findings] == ["TOTAL_DIFFERS", "ID_GAP"]
    assert "counts 12 records and shows 10" in visit.findings[0].what


def test_numbers_that_nobody_had_are_told_once_and_not_of_a_filtered_list(desk):
    recent = {"kind": "servicenow", "since": "2026-11-01"}
    rows = [fake.ticket(number, f"2026-11-02 {number:02d}:00:00") for number in (1, 2, 5, 6, 8)]
    here = desk(fake.servicenow(rows), **recent)
    (finding,) = here.visit().findings
    assert (finding.label, finding.what) == ("ID_GAP@INC", "3 numbers are missing: INC0000003 to INC0000004, INC0000007")
    here.land()
    rows.append(fake.ticket(9, "2026-11-03 07:00:00"))
    assert here.visit(NOW + timedelta(hours=2)).findings == []
    here.land(NOW + timedelta(hours=2))
    rows.append(fake.ticket(12, "2026-11-03 09:00:00"))
    (finding,) = here.visit(NOW + timedelta(hours=4)).findings
    assert finding.what == "2 numbers are missing: INC0000010 to INC0000011"
    here.source = here.of("desk", **recent, query="category=network")
    here.land(NOW + timedelta(hours=4))
    rows.append(fake.ticket(20, "2026-11-03 11:00:00"))
    assert here.visit(NOW + timedelta(hours=6)).findings == []


def test_a_record_that_is_no_longer_there_is_told_once_and_one_that_changed_is_not(desk):
    rows = [fake.ticket(number, f"2026-11-03 0{number}:00:00") for number in (1, 2, 3)]
    here = desk(fake.servicenow(rows), **SERVICENOW)
    here.visit(), here.land()
    del rows[1]
    rows[0] |= {"sys_updated_on": "2026-11-03 08:00:00"}
    (finding,) = here.visit(NOW + timedelta(hours=4)).findings
    assert (finding.code, finding.what) == ("GONE", "1 records are no longer there: INC0000002")
    here.land(NOW + timedelta(hours=4))
    assert here.visit(NOW + timedelta(hours=8)).findings == []


def test_a_zone_that_the_server_reads_for_itself_is_told(desk):
    def elsewhere(asked):
        shifted = asked.query | {"sysparm_query": asked.query["sysparm_query"].replace("2026-10-08 00:00:00", "2026-10-08 05:00:00")}
        return fake.servicenow([fake.ticket(1, stamp(8, 4))])(fake.Asked(asked.path, shifted, {}))

    here = desk(elsewhere, **SERVICENOW)
    assert "OUTSIDE_SPAN" in [finding.code for finding in here.visit().findings]


def test_a_slice_beyond_the_products_reach_is_asked_for_in_halves(desk, monkeypatch):
    monkeypatch.setattr(products, "PAGERDUTY_REACH", 12)
    rows = [fake.incident(number, f"2026-10-{number:02d}T04:00:00Z") for number in range(1, 29)]
    here = desk(fake.pagerduty(rows), kind="pagerduty", since="2026-10-01", page_size=5)
    assert here.visit().fault is None
    assert len(here.keys("incidents", "id")) == 28
    assert {asked.headers["accept"] for asked in here.server.asked} == {"application/vnd.pagerduty+json;version=2"}
    assert len(here.land()) > 2


def test_a_slice_larger_than_a_file_may_be_is_asked_for_in_halves_down_to_an_hour(desk, monkeypatch):
    monkeypatch.setattr(reading, "SLICE_LIMIT", 3000)
    here = desk(fake.servicenow(tickets(20)), **SERVICENOW)
    assert here.visit().fault is None
    assert len(here.keys()) == 20
    here = desk(fake.servicenow([fake.ticket(number, stamp(2, 4, 4)) for number in range(1, 20)]), **SERVICENOW)
    for name in here.left():
        (here.home.inbox / "desk" / name).unlink()
    assert "holds more than can be fetched at once" in str(here.visit().fault)


def test_a_page_that_lists_its_newest_records_whatever_is_asked_covers_no_more_than_it_reaches_back_to(desk):
    rows = [fake.notice(number, f"2026-10-{number:02d}T04:00:00.000Z") for number in range(1, 11)]
    here = desk(fake.statuspage(rows, size=3, is_paged=False), kind="statuspage", since="2026-10-01")
    visit = here.visit()
    assert [finding.code for finding in visit.findings] == ["NOT_PAGED"]
    assert [file.covers for file in visit.files] == [(datetime(2026, 10, 8, 4, tzinfo=UTC), NOW)]
    assert here.bodies() == here.server.sent[:1]
    here.land()
    rows.append(fake.notice(11, "2026-11-03T08:00:00.000Z"))  # number 8 leaves the list: it is not gone, it is only old
    assert [finding.code for finding in here.visit(NOW + DAY).findings] == ["NOT_PAGED"]


def test_a_pages_list_is_read_back_no_further_than_the_overlap(desk):
    rows = [fake.notice(number, f"2026-10-{number:02d}T04:00:00.000Z") for number in range(1, 29)]
    here = desk(fake.statuspage(rows, size=3), kind="statuspage", since="2026-10-01", overlap_h=48)
    here.visit(), here.land()
    asked = len(here.server.asked)
    rows.append(fake.notice(99, "2026-11-03T08:00:00.000Z"))
    assert here.visit(NOW + DAY).fault is None
    assert len(here.server.asked) == asked + 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b'{"error": {"message": "no such table"}}', "holds no list 'result'", id="another object"),
        pytest.param(b"[1, 2]", "holds no list 'result'", id="a list"),
        pytest.param(b'{"result": [7]}', "holds no list 'result'", id="records that are none"),
        pytest.param(b'{"result": [{"number": "INC1"}]}', "have no 'sys_id'", id="records without their key"),
    ],
)
def test_an_answer_of_another_form_is_refused_and_leaves_nothing(desk, body, words):
    here = desk(lambda asked: (200, {}, body), **SERVICENOW)
    assert words in str(here.visit().fault)
    assert here.left() == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param({}, "secret LOGIN is not set", id="no secret"),
        pytest.param({"LOGIN": " "}, "secret LOGIN is not set", id="an empty secret"),
        pytest.param({"LOGIN": "hush-hush-4711"}, "is no login", id="a secret of another form"),
        pytest.param({"LOGIN": "robot:hush\nX-Evil: 1"}, "no header can carry", id="a secret that would write headers"),
        pytest.param({"LOGIN": "robot:hüsh"}, "no header can carry", id="a secret beyond ASCII"),
    ],
)
def test_a_secret_that_cannot_be_used_stops_its_source_before_a_request_and_is_not_quoted(desk, environment, words):
    here = desk(fake.servicenow([]), **SERVICENOW)
    here.environment = environment
    fault = str(here.visit().fault)
    assert words in fault
    assert not any(part in fault for part in ("4711", "Evil", "hüsh"))
    assert here.server.asked == []


def test_one_source_that_fails_holds_no_other_up_and_each_leaves_a_receipt_without_secrets(desk):
    here = desk(fake.servicenow(tickets(3)), **SERVICENOW)
    bad = here.of("other", **(SERVICENOW | {"secret": "NOWHERE"}))
    report = here.fetch(sources=[bad, here.source])
    assert [bool(visit.fault) for visit in report.visits] == [True, False]
    receipts = here.journal.rows(["receipt"])
    assert [(row.entity, row.object_id, row.body["outcome"]) for row in receipts] == [
        ("receipt", "other", "failed"),
        ("receipt", "desk", "done"),
    ]
    here.land()
    kept = [file.read_bytes() for file in here.home.root.rglob("*") if file.is_file()]
    kept += [gzip.decompress(content) for content in kept if content[:2] == b"\x1f\x8b"]
    assert not any(b"hush-hush" in content for content in kept)


def test_only_the_source_that_is_named_is_fetched_and_one_without_a_block_is_unknown(desk):
    here = desk(fake.servicenow([]), **SERVICENOW)
    sources = [here.source, here.of("other", **SERVICENOW), Source(id="dropped", adapter="statuspage")]
    assert [visit.source_id for visit in here.fetch(sources=sources, source_id="other").visits] == ["other"]
    with pytest.raises(UnknownReferenceError, match="no source with fetch 'dropped'"):
        here.fetch(sources=sources, source_id="dropped")
