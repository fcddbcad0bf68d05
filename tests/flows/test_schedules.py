"""Schedules: those of prefect.yaml mean what they say, and on a real server and worker one really fires."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime

import pytest
import yaml
from dateutil.rrule import rrulestr

from flows import server
from tasks.store.home import CHECKOUT, open_home
from tasks.store.journal import Journal
from tests.flows.small_home import make_small_home

DEPLOYMENTS = {one["name"]: one for one in yaml.safe_load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]}
FIRES_WITHIN_S = 240


@pytest.mark.parametrize(
    ("month", "day"),
    [
        pytest.param((2026, 11), 4, id="the month begins on a Sunday: Monday to Wednesday"),
        pytest.param((2026, 12), 3, id="it begins on a Tuesday"),
        pytest.param((2027, 1), 5, id="it begins on a Friday: Friday, Monday, Tuesday"),
    ],
)
def test_the_month_is_due_on_working_day_3(month, day):
    (schedule,) = DEPLOYMENTS["monthly compliance"]["schedules"]
    rule = rrulestr(schedule["rrule"], dtstart=datetime(*month, 1))
    assert rule[0] == datetime(*month, day, 6)


@pytest.mark.soak
@pytest.mark.server
def test_a_schedule_really_fires_and_lands_what_lies_in_the_inbox(tmp_path, monkeypatch):
    for name in ("PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS", "PREFECT_WORKER_QUERY_SECONDS"):
        monkeypatch.setenv(name, "2")
    home = make_small_home(tmp_path / "home")
    before, server.STATE = server.STATE, tmp_path / "prefect"
    try:
        running = server.up()
        deploy = ["--no-prompt", "deploy", "flows/daily.py:daily", "--name", "every few seconds", "--pool", server.POOL]
        words = [*deploy, "--interval", "15", "--param", f"home={json.dumps(str(home))}"]
        env = server.environment(running["api_url"])
        done = subprocess.run([sys.executable, "-m", "prefect", *words], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        journal = landed_by_schedule(home)
        assert {row.body["source_id"] for row in journal.rows(("landing",))} >= {"desk", "probes", "acme"}
        assert any(run["auto_scheduled"] and run["state_type"] == "COMPLETED" for run in flow_runs(running["api_url"]))
    finally:
        server.down()
        server.STATE = before


def landed_by_schedule(home) -> Journal:
    """Wait until somebody has landed the home's files and the flow run is over, and return the journal."""
    deadline = time.monotonic() + FIRES_WITHIN_S
    while time.monotonic() < deadline:
        if (home / "journal.db").is_file() and (journal := Journal.open(open_home(home))).rows(("landing",)):
            time.sleep(5)  # the flow run ends a moment after its last landing
            return journal
        time.sleep(1)
    raise AssertionError(f"no schedule fired within {FIRES_WITHIN_S} s of {datetime.now(UTC)}, {os.getpid()}")


def flow_runs(api_url: str) -> list[dict]:
    request = urllib.request.Request(f"{api_url}/flow_runs/filter", data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())
