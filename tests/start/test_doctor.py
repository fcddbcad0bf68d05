"""`sla doctor` names what is wrong with machine, home and sources, with a mend for each, and writes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.doctor import look_at
from tasks import orchestration
from tasks.orchestration import set_direct
from tasks.start import machine
from tasks.store.home import CHECKOUT, open_home
from tasks.store.journal import Entry, Journal
from tasks.store.lock import locked
from tests.extract import server as fake
from tests.flows.small_home import make_small_home

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small world, nothing landed yet."""
    return make_small_home(tmp_path / "home")


def said(root: Path, area: str, level: str) -> dict[str, str]:
    """Return what was said of an area at a level, by the name of the thing."""
    return {one.name: one.what for one in look_at(root).remarks if one.area == area and one.level == level}


def drop(root: Path, adapter: str, name: str, text: str, extra: str = "") -> None:
    """Add a source `tool` with one file."""
    sources = root / "reference/sources.yml"
    sources.write_text(f"{sources.read_text()}  - {{id: tool, adapter: {adapter}{extra}}}\n")
    (root / "inbox/tool").mkdir()
    (root / "inbox/tool" / name).write_text(text)


def test_a_sound_home_has_no_fault_and_says_what_waits(root):
    assert look_at(root).exit_code == 0
    assert said(root, "sources", "note")["desk"] == "nothing landed yet; 1 files wait in the inbox"


def test_a_look_makes_no_file(root):
    before = sorted(root.rglob("*"))
    look_at(root)
    assert sorted(root.rglob("*")) == before


def test_a_folder_that_is_no_home_is_a_matter_of_configuration(tmp_path):
    diagnosis = look_at(tmp_path)
    assert diagnosis.exit_code == 2
    assert "sla init DIR" in diagnosis.in_words()


HEADER = "ticket_key,service_raw,severity_raw,state,opened_at\n"
BAD_SOURCES = [
    pytest.param(
        ("servicenow_incident", "list.csv", "number,opened_at,priority\nINC1,2026-10-07 10:00:00,1 - Critical\n"),
        ["a list export holds times of its reader's zone, and the source declares none"],
        id="a list export without a timezone",
    ),
    pytest.param(
        ("servicenow_incident", "list.csv", "Number,Opened,Priority\nINC1,2026-10-07 10:00:00,1\n", ", timezone: UTC"),
        [
            "its header holds the words of the screen (Number, Opened, Priority …), not column names such as number and opened_at",
        ],
        id="the screen's words as header",
    ),
    pytest.param(
        ("canonical", "t.csv", f"{HEADER}T-1,Checkout,P1,new,2026-10-07T10:00\n", ", entity: ticket"),
        ["it holds times without an offset, and the source declares no timezone"],
        id="times without an offset and no timezone",
    ),
    pytest.param(
        ("canonical", "t.csv", f"{HEADER}T-1,Checkout,P1,new,2026-10-07T10:00\n", ", entity: ticket, timezone: Europe/Berlin"),
        [],
        id="times without an offset, but a timezone",
    ),
    pytest.param(
        ("canonical", "t.csv", "ticket_key;Service\nT-1;Shop\n", ", entity: ticket"),
        ["columns of ticket are missing: service_raw, severity_raw, state, opened_at"],
        id="columns that are missing",
    ),
]


@pytest.mark.parametrize(("source", "expected"), BAD_SOURCES)
def test_a_file_that_cannot_be_read_as_declared_is_named_before_it_is_landed(root, source, expected):
    drop(root, *source)
    faults = [one for one in look_at(root).remarks if one.level == "fault"]
    assert [one.what for one in faults] == expected
    assert all(one.name == f"inbox/tool/{source[1]}" and one.fix for one in faults)
    assert look_at(root).exit_code == (1 if expected else 0)


def test_a_folder_without_source_and_a_sidecar_without_export_are_named(root):
    (root / "inbox/dsk").mkdir()
    (root / "inbox/desk/more.csv.meta.yml").write_text("rows: 1\n")
    faults = said(root, "sources", "fault")
    assert faults == {"inbox/dsk": "holds files of no source", "inbox/desk/more.csv.meta.yml": "a sidecar without its export"}


def test_a_source_without_any_file_is_a_warning(root):
    shutil.rmtree(root / "inbox/pager")
    assert list(said(root, "sources", "warning")) == ["pager"]


def test_the_newest_landing_of_a_source_is_told(root):
    home = open_home(root)
    sha256 = "ab" * 32
    body = {"source_id": "desk", "source_system": "desk", "file": "tickets.csv", "file_sha256": sha256, "rows": 2, "bytes": 9}
    Journal.open(home).append_many([Entry("landing", body)], now=NOW)
    assert said(root, "home", "fault") == {"raw": "1 landed files are gone: desk/tickets.csv"}
    assert look_at(root).exit_code == 3
    place = home.raw_file(sha256, "tickets.csv")
    place.parent.mkdir(parents=True)
    place.write_text("x")
    assert said(root, "sources", "fine")["desk"] == "1 files landed, the newest tickets.csv on 2026-11-03T09:00Z"
    assert said(root, "home", "fine")["journal"].startswith("chain whole, head 1 (")


def test_who_holds_the_lock_is_named_and_a_dead_writer_holds_nothing(root):
    with locked(open_home(root), "month"):
        assert ", sla month" in said(root, "home", "note")["lock"]
    assert "the last writer was process" in said(root, "home", "fine")["lock"]


def test_what_a_killed_run_left_is_named(root):
    (root / "staged/.half").mkdir(parents=True)
    assert said(root, "home", "note")["leftovers"] == "1 of a run that was killed: staged/.half"
    assert (root / "staged/.half").is_dir()


def test_a_journal_that_was_altered_is_a_failed_verification(root):
    (root / "journal.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    diagnosis = look_at(root)
    assert diagnosis.exit_code == 3
    assert "journal" in said(root, "home", "fault")


def test_faults_of_reference_files_are_counted_and_sources_are_looked_at_all_the_same(root):
    (root / "reference/contracts/acme-cdn.yml").write_text("schema: sla-contract/1\n")
    assert "faults in the reference files, the first: reference/contracts/acme-cdn.yml:1" in said(root, "home", "fault")["reference"]
    assert "desk" in said(root, "sources", "note")


def test_little_disk_and_an_untested_python_are_told_with_a_mend(root, monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 1))
    monkeypatch.setattr(machine.sys, "version_info", (3, 14, 0))
    faults = [one for one in look_at(root).remarks if one.area == "machine" and one.level == "fault"]
    assert [one.name for one in faults] == ["Python", "disk"]
    assert all(one.fix for one in faults)


def test_the_command_line_answers_in_json_and_with_the_gravest_exit_code(root):
    (root / "inbox/dsk").mkdir()
    done = CliRunner().invoke(app, ["doctor", "--home", str(root), "--json"])
    assert done.exit_code == 1
    assert {one["name"] for one in json.loads(done.output) if one["level"] == "fault"} == {"inbox/dsk"}


FETCHED = """\
  - id: alerts
    adapter: alertmanager
    fetch: {kind: alertmanager, url: "%s", secret: ALERTS_KEY}
  - id: snow
    adapter: servicenow_incident
    fetch: {kind: servicenow, url: "%s/snow", since: "2026-10-25", secret: SNOW_LOGIN}
"""


@pytest.fixture
def fetched(root, monkeypatch):
    """Add two sources that are fetched, and a server that is both their products."""
    set_direct(quiet=True)
    ticket = fake.ticket(1, "2026-10-30 01:00:00")
    answers = {
        "/api/v2/alerts": fake.alertmanager([fake.alert(1, "2026-10-07T10:00:00Z")]),
        "/snow/api/now/table/incident": fake.servicenow([ticket]),
    }
    with fake.serving(fake.Server(lambda asked: answers[asked.path](asked))) as server:
        sources = root / "reference/sources.yml"
        sources.write_text(sources.read_text() + FETCHED % (server.url, server.url))
        monkeypatch.setenv("ALERTS_KEY", "hush-hush-4711")
        monkeypatch.delenv("SNOW_LOGIN", raising=False)
        yield server


def test_the_secret_of_a_source_that_is_fetched_is_looked_for_and_nobody_is_asked(root, fetched):
    assert said(root, "sources", "fine")["alerts, fetch"] == "secret ALERTS_KEY is set; sla doctor --online asks its server"
    (fault,) = [one for one in look_at(root).remarks if one.level == "fault"]
    assert (fault.name, fault.what) == ("snow, fetch", "secret SNOW_LOGIN is not set")
    assert fault.fix == "set SNOW_LOGIN in the environment, or make a Prefect Secret block 'snow-login'"
    assert fetched.asked == []


def test_online_each_server_is_asked_for_one_small_page_and_no_secret_is_told(root, fetched, monkeypatch):
    monkeypatch.setenv("SNOW_LOGIN", "robot:hush-hush-4711")
    done = CliRunner().invoke(app, ["doctor", "--online", "--home", str(root), "--json", "--clock", "2026-10-30T12:00:00Z"])
    found = {one["name"]: one["what"] for one in json.loads(done.output)}
    answers = "the server answers (1 records on the page asked for)"
    assert (done.exit_code, found["alerts, fetch"], found["snow, fetch"]) == (0, answers, answers)
    assert [asked.query.get("sysparm_limit") for asked in fetched.asked] == [None, "2"]
    assert "hush-hush" not in done.output


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        pytest.param(fake.failing(401), "the server answered 401", id="a secret that is not accepted"),
        pytest.param(fake.failing(503), "the server failed (503)", id="a server that is down: asked once"),
        pytest.param(fake.saying(b'{"result": []}'), "the answer is no list", id="another product"),
    ],
)
def test_what_a_server_says_instead_is_a_fault_with_its_mend(root, fetched, reply, what):
    fetched.faults[1] = reply
    (fault,) = [one for one in look_at(root, is_online=True).remarks if one.name == "alerts, fetch"]
    assert (fault.level, fault.what, len(fetched.asked)) == ("fault", what, 1)
    assert fault.fix


def test_the_first_hours_commands_import_neither_prefect_nor_pandas_nor_gx(tmp_path):
    script = f"""
import sys
from typer.testing import CliRunner
from flows.cli import app
from flows.doctor import look_at
heavy = {{"prefect", "great_expectations", "pandas"}}
home = {str(tmp_path / "estate")!r}
for line in ("--help", "init", "check --home", "vendor add acme --like none --home", "doctor --home"):
    words = line.split() + ([] if line == "--help" else [home])
    done = CliRunner().invoke(app, words)
    assert done.exit_code in (0, 1, 2), (words, done.output)
    assert not done.exception or isinstance(done.exception, SystemExit), (words, done.exception)
    assert not heavy & set(sys.modules), (words, heavy & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_prefect_server_that_does_not_answer_is_a_fault_of_the_source_and_its_address_is_not_told(root, fetched, monkeypatch):
    class Secret:
        @staticmethod
        def load(name: str) -> None:
            raise httpx.ConnectError("http://robot:hush-hush@prefect.invalid refuses")

    blocks = ModuleType("prefect.blocks.system")
    blocks.Secret = Secret  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "prefect.blocks.system", blocks)
    monkeypatch.setattr(orchestration._Mode, "direct", False)
    (fault,) = [one for one in look_at(root).remarks if one.level == "fault"]
    assert fault.what == "the Prefect server, which may hold secret SNOW_LOGIN, does not answer (ConnectError)"
    assert fault.fix == "start it with sla up, or set SNOW_LOGIN in the environment"
