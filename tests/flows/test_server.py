"""The same job under a real Prefect server: the same bytes, and artifacts that say what came out."""

import hashlib
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from flows import server
from tests.extract import server as fake
from tests.flows.small_home import CLOCK, FILES, make_small_home

pytestmark = pytest.mark.server
SLA = Path(sys.executable).with_name("sla")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    before, server.STATE = server.STATE, tmp_path_factory.mktemp("prefect")
    yield server.up(with_worker=False)
    server.down()
    server.STATE = before


def month(home, *options, env):
    words = [SLA, "month", "2026-10", "--home", home, "--clock", CLOCK, "--json", *options]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def digests(root):
    rooms = ("raw", "staged", "reconciled", "measured", "published", "archived")
    files = [file for room in rooms for file in (root / room).rglob("*") if file.is_file()]
    return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def asked(api_url, path):
    request = urllib.request.Request(f"{api_url}/{path}/filter", data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_under_a_server_and_direct_the_bytes_are_the_same_and_the_run_can_be_read_in_prefect(running, tmp_path):
    direct, served = make_small_home(tmp_path / "direct"), make_small_home(tmp_path / "served")
    without = {name: value for name, value in server.environment().items() if name != "PREFECT_API_URL"}
    first = month(direct, "--direct", env=without)
    second = month(served, env=server.environment(running["api_url"]))
    assert second["run_id"] == first["run_id"]
    assert digests(served) == digests(direct)
    (flow_run,) = asked(running["api_url"], "flow_runs")
    assert flow_run["state_type"] == "COMPLETED"
    steps = {task["name"].rpartition("-")[0] for task in asked(running["api_url"], "task_runs")}
    assert {"land the inbox", "stage files", "judge the data", "reconcile records", "measure levels", "seal the pack"} <= steps
    artifacts = {artifact["key"] for artifact in asked(running["api_url"], "artifacts")}
    assert {"service-levels-2026-10", "gates-2026-10", "pack-2026-10", "summary-2026-10", "progress"} <= artifacts


SNOW = """\
  - id: snow
    adapter: servicenow_incident
    fetch: {kind: servicenow, url: "%s", since: "2026-10-30", secret: SNOW_LOGIN, per_minute: 6000}
"""
SAVE = "import sys; from prefect.blocks.system import Secret; Secret(value=sys.argv[1]).save('snow-login')"


def test_a_secret_may_lie_in_a_prefect_block_and_is_in_no_log_of_the_run(running, tmp_path):
    env = server.environment(running["api_url"])
    subprocess.run([sys.executable, "-c", SAVE, "robot:hush-hush-4711"], env=env, check=True, capture_output=True)
    with fake.serving(fake.Server(fake.servicenow([fake.ticket(1, "2026-10-30 10:00:00")]))) as product:
        home = make_small_home(tmp_path, {"reference/sources.yml": FILES["reference/sources.yml"] + SNOW % product.url})
        words = [SLA, "fetch", "--home", home, "--clock", CLOCK, "--json"]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert product.asked[0].headers["authorization"] == "Basic cm9ib3Q6aHVzaC1odXNoLTQ3MTE="
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    told = done.stdout + done.stderr + "".join(json.dumps(asked(running["api_url"], what)) for what in ("logs", "artifacts", "flow_runs"))
    assert "hush-hush" not in told
    assert not any(b"hush-hush" in content for content in kept)
    assert "fetched" in {artifact["key"] for artifact in asked(running["api_url"], "artifacts")}
