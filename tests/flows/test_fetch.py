"""`sla fetch` and the daily flow: what a product's interface has is staged next to what was dropped by hand."""

import json
import os
import subprocess
import sys

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.daily import daily  # noqa: E402 - the mode is set before a flow is imported
from tasks.model.errors import FaultsError  # noqa: E402
from tasks.stage.staging import Origin, stage  # noqa: E402
from tasks.store.engine import Engine, Limits  # noqa: E402
from tasks.store.home import CHECKOUT, open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.knowledge import known_at  # noqa: E402
from tests.extract import server as fake  # noqa: E402
from tests.extract.server import Server, serving  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, make_small_home  # noqa: E402

BLOCK = """\
  - id: snow
    adapter: servicenow_incident
    fetch: {kind: servicenow, url: "%s", since: "2026-10-25", page_size: 4, secret: SNOW_LOGIN, per_minute: 6000}
"""
SECRET = "robot:hush-hush-4711"
ROWS = [fake.ticket(number, f"2026-10-30 {number:02d}:00:00") for number in range(1, 15)]


@pytest.fixture
def server():
    with serving(Server(fake.servicenow(ROWS))) as running:
        yield running


@pytest.fixture
def home(tmp_path, server):
    return make_small_home(tmp_path, {"reference/sources.yml": FILES["reference/sources.yml"] + BLOCK % server.url})


def sla(home, *words, **environment):
    command = [sys.executable, "-c", "from flows.cli import main; main()", *words]
    command += ["--home", str(home), "--clock", CLOCK, "--direct", "--json"]
    return subprocess.run(command, cwd=CHECKOUT, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_sla_fetch_brings_pages_into_the_inbox_that_sla_land_and_staging_read(home):
    fetched = sla(home, "fetch", SNOW_LOGIN=SECRET)
    assert fetched.returncode == 0, fetched.stderr
    (visit,) = json.loads(fetched.stdout)["fetched"]
    assert (visit["source_id"], sum(file["pages"] for file in visit["files"])) == ("snow", 6)
    landed = sla(home, "land", "--source", "snow")
    assert landed.returncode == 0, landed.stderr
    place = open_home(home)
    journal = Journal.open(place)
    known = known_at(journal, None, now=journal.head().recorded_from)
    staged = stage(place, known, [Origin("snow", "snow", "servicenow_incident", None, None)], Limits())
    with Engine() as engine:
        staged.show(engine)
        keys = [row["ticket_key"] for row in engine.rows("select ticket_key from staged.ticket order by ticket_key")]
        (balance,) = engine.rows("select sum(read) as read, sum(accepted) as accepted, sum(duplicates) as twice from staged.balance")
    assert keys == [row["number"] for row in ROWS]
    assert (balance["read"], balance["accepted"], balance["twice"]) == (
        18,
        14,
        4,
    )  # each of five pages begins with the last row of the one before


def test_sla_fetch_says_what_is_missing_and_leaves_no_secret_anywhere(home):
    refused = sla(home, "fetch", SNOW_LOGIN="")
    assert refused.returncode == 1
    assert "set SNOW_LOGIN in the environment" in refused.stdout
    assert sla(home, "fetch", "--source", "desk").returncode == 2
    told = sla(home, "fetch", SNOW_LOGIN=SECRET)
    kept = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    assert "hush-hush" not in told.stdout + told.stderr
    assert not any(b"hush-hush" in content for content in kept)


def test_sla_land_alone_asks_no_server(home, server):
    assert sla(home, "land", SNOW_LOGIN=SECRET).returncode == 0
    assert server.asked == []


def test_the_daily_flow_fetches_and_lands(home, monkeypatch):
    monkeypatch.setenv("SNOW_LOGIN", SECRET)
    report = daily(str(home), clock=CLOCK)
    assert {row.body["source_id"] for row in report.landed} >= {"snow", "desk"}


def test_the_daily_flow_lands_what_is_there_before_it_fails_for_a_source_that_could_not_be_fetched(home, monkeypatch):
    monkeypatch.delenv("SNOW_LOGIN", raising=False)
    with pytest.raises(FaultsError, match="SNOW_LOGIN is not set"):
        daily(str(home), clock=CLOCK)
    kinds = [row.kind for row in Journal.open(open_home(home)).rows()]
    assert (kinds[0], set(kinds[1:])) == ("receipt", {"landing"})
