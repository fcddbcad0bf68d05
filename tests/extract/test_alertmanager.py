"""A real Prometheus with a real Alertmanager: an alert that fires is fetched, landed and, if its adapter is there, staged."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest

from tasks.extract.fetching import Means, fetch
from tasks.model.reference import Source
from tasks.stage.adapters import adapter_names
from tasks.stage.staging import Origin, stage
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.inbox import pages_of
from tasks.store.journal import Journal
from tasks.store.knowledge import known_at
from tests.land.exports import land

PROGRAMS = ("prometheus", "prometheus-alertmanager")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
FIRES_WITHIN_S = 60

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs the Debian packages {' and '.join(MISSING)}")

PROMETHEUS = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]}}
"""
RULES = """\
groups:
  - name: sla
    rules:
      - {alert: CheckoutDown, expr: vector(1), labels: {service: checkout, severity: P1}, annotations: {summary: Checkout is down}}
"""
ALERTMANAGER = "route: {receiver: sla}\nreceivers: [{name: sla}]\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(folder, *command):
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def alerts(url):
    try:
        with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=2) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError):
        return []


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    """Yield the address of an Alertmanager in which an alert fires."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    url = f"http://127.0.0.1:{port}"
    for name, text in (("prometheus.yml", PROMETHEUS.format(port=port)), ("rules.yml", RULES), ("alertmanager.yml", ALERTMANAGER)):
        (folder / name).write_text(text)
    receiver = (
        "--config.file=alertmanager.yml",
        "--storage.path=am",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )
    sender = (
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=tsdb",
        "--rules.alert.resend-delay=1s",  # what is sent before the Alertmanager is found, seconds after the start, is lost
        f"--web.listen-address=127.0.0.1:{free_port()}",
    )
    with ExitStack() as stack:
        stack.enter_context(running(folder, PROGRAMS[1], *receiver))
        stack.enter_context(running(folder, PROGRAMS[0], *sender))
        deadline = time.monotonic() + FIRES_WITHIN_S
        while not alerts(url):
            logs = "\n".join((folder / f"{name}.log").read_text()[-2000:] for name in PROGRAMS)
            assert time.monotonic() < deadline, f"no alert fired within {FIRES_WITHIN_S} s\n{logs}"
            time.sleep(0.2)
        yield url


@pytest.fixture(scope="module")
def fetched(alertmanager, tmp_path_factory):
    """Yield a home into which the alert was fetched and landed."""
    home = Home(tmp_path_factory.mktemp("home"), "Test", "eu", "UTC")
    journal, now = Journal.open(home), datetime.now(UTC)
    source = Source(id="alerts", adapter="alertmanager", fetch={"kind": "alertmanager", "url": alertmanager})
    (visit,) = fetch(home, [source], journal, Means(lambda name: None), now=now).visits
    assert visit.fault is None
    report = land(home, [source], journal, now=now)
    assert not report.refused, report
    return home, journal, report.landed


def test_an_alert_of_a_real_prometheus_is_fetched_and_landed_as_alertmanager_sent_it(fetched):
    home, _, (row,) = fetched
    (page,) = pages_of(home.raw_file(row.body["file_sha256"], row.body["file"]))
    (alert,) = json.loads(page)
    assert alert["labels"] == {"alertname": "CheckoutDown", "service": "checkout", "severity": "P1"}
    assert alert["status"]["state"] == "active"
    assert (row.body["rows"], row.body["adapter"]) == (1, "alertmanager")


if "alertmanager" in adapter_names():  # fetching needs no adapter; what one makes of it is looked at where there is one

    def test_an_alert_of_a_real_prometheus_is_staged_as_one_that_still_fires(fetched):
        """Alertmanager's own interface gives a firing alert an end in the future, not the zero time of its webhooks."""
        home, journal, (row,) = fetched
        known = known_at(journal, None, now=row.recorded_from)
        staged = stage(home, known, [Origin("alerts", "alerts", "alertmanager", None, None)], Limits())
        with Engine() as engine:
            staged.show(engine)
            (alert,) = engine.rows("select cleared_at, fired_at is not null as has_fired from staged.alert")
        assert alert == {"cleared_at": None, "has_fired": True}
