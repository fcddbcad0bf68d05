"""The main job on the small world: figures worked by hand, the same bytes every time, and a crash that costs nothing."""

import csv
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month  # noqa: E402 - the mode is set before a flow is imported
from tasks.model.errors import BlockedError  # noqa: E402
from tasks.publish.explain import explain  # noqa: E402
from tasks.store.home import CHECKOUT  # noqa: E402
from tests.flows.small_home import CLOCK, EXPECTED, make_small_home  # noqa: E402

PERIOD = "2026-10"
FRONT = "published/index.html"
MACHINE_MADE = ("raw", "staged", "reconciled", "measured", "published", "archived")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The small world after one monthly run; read only."""
    root = make_small_home(tmp_path_factory.mktemp("small"))
    return month(str(root), PERIOD, clock=CLOCK)


def table(outcome, name):
    with outcome.pack.folder.csv(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(root: Path) -> dict[str, str]:
    """Return path → sha256 of every machine-made file of a home, but its home page, which tells the day, and the journal, a database."""
    files = [file for room in MACHINE_MADE for file in (root / room).rglob("*") if file.is_file() and file != root / FRONT]
    return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_result_is_what_was_worked_out_by_hand(finished):
    (headline,) = [row for row in table(finished, "sla_results") if row["variant"] == "headline"]
    got = {name: headline[name] for name in EXPECTED if name in headline}
    assert got == {name: str(value) for name, value in EXPECTED.items() if name in headline}
    assert headline["wording"] == "breached"


def test_the_credit_is_ten_per_cent_of_the_recurring_fee_without_tax(finished):
    (credit,) = [row for row in table(finished, "credits") if row["variant"] == "headline"]
    assert (credit["basis_amount"], credit["computed"], credit["payable"], credit["currency"]) == (
        "10000.0000",
        "1000.0000",
        "1000.0000",
        "EUR",
    )
    assert json.loads(credit["fee_lines"]) == ["RE-10/1"]


def test_monitoring_wins_the_span_and_the_differing_sources_are_listed(finished):
    outages = {(row["start_at"], row["end_at"], row["basis"]) for row in table(finished, "outage_intervals")}
    assert outages == {
        ("2026-10-07T10:00:30Z", "2026-10-07T10:58:00Z", "monitoring"),
        ("2026-10-18T01:30:00Z", "2026-10-18T03:20:00Z", "monitoring"),
        ("2026-10-31T22:30:00Z", "2026-11-01T00:30:00Z", "monitoring"),
    }
    skews = {(row["type"], row["field"], row["delta_us"]) for row in table(finished, "discrepancies") if row["source_system"] == "acme"}
    assert ("TIMESTAMP_SKEW", "vendor.end", "-780000000") in skews
    assert ("DURATION_UNDERSTATED", "vendor.duration", "-1350000000") in skews


def test_an_outage_nobody_ticketed_is_an_incident_all_the_same(finished):
    night = [row for row in table(finished, "incidents") if row["occurred_at"] == "2026-10-31T22:30:00Z"]
    assert [row["ticket_key"] for row in night] == [""]
    missing = [row for row in table(finished, "discrepancies") if row["type"] == "MISSING_IN_TICKETING"]
    assert [row["incident_id"] for row in missing] == [night[0]["incident_id"]]


def test_every_row_read_has_a_fate(finished):
    for row in table(finished, "row_balance"):
        assert int(row["read"]) == int(row["accepted"]) + int(row["quarantined"]) + int(row["duplicates"])
        assert row["unexplained"] == "0"


def assert_explained(outcome, figures):
    """Explain figures, and check what every proof has: the value, a maker that exists, and for downtime the samples behind it."""
    for figure in figures:
        proof = explain(outcome.home, figure["figure_id"])
        words = proof.in_words()
        assert figure["value_printed"].removeprefix("'") in words  # the apostrophe keeps spreadsheets from computing
        makers = re.findall(r"(?:sql|tasks)/[a-z_/]+\.(?:sql|py)", words)
        assert makers, figure
        assert all((CHECKOUT / maker).is_file() for maker in makers), makers
        if figure["table_name"] == "sla_results" and figure["column_name"] == "down_us":
            assert "samples.csv" in {row["source_file"] for row in proof.data["source_rows"]}


def test_every_kind_of_figure_can_be_explained_down_to_source_rows(finished):
    figures = table(finished, "figures")
    assert len(figures) > 30
    assert_explained(finished, {figure["table_name"]: figure for figure in figures}.values())


@pytest.mark.soak
def test_every_figure_of_the_pack_can_be_explained_down_to_source_rows(finished):
    assert_explained(finished, table(finished, "figures"))


def test_an_incident_is_explained_with_the_record_that_won_each_field(finished):
    (incident,) = [row for row in table(finished, "incidents") if row["ticket_key"] == "INC-1"]
    words = explain(finished.home, incident["incident_id"]).in_words()
    assert "occurred_at: 2026-10-07" in words
    assert "tickets.csv row 1" in words
    assert "records.csv row 1" in words


def test_running_again_changes_nothing_and_makes_nothing(finished):
    root = finished.home.root
    before = digests(root)
    again = month(str(root), PERIOD, clock="2026-11-04T09:00:00Z")
    assert again.run.run_id == finished.run.run_id
    assert digests(root) == before


def test_order_of_files_and_threads_change_no_byte(finished, tmp_path):
    names = list(make_small_home(tmp_path / "plain").rglob("*.csv"))
    random.Random(1).shuffle(names)
    root = tmp_path / "shuffled"
    shutil.copytree(tmp_path / "plain", root)
    for age, name in enumerate(names):
        file = root / name.relative_to(tmp_path / "plain")
        os.utime(file, (1_790_000_000 + age, 1_790_000_000 + age))
    outcome = month(str(root), PERIOD, clock=CLOCK, threads=1)
    assert outcome.run.run_id == finished.run.run_id
    assert digests(root) == digests(finished.home.root)


CRASHES = [
    pytest.param("tasks.publish.pack:write_manifest", 1, id="killed before the manifest was written", marks=pytest.mark.soak),
    pytest.param("tasks.archive.steps:seal", 1, id="killed before the seal"),
    *(
        pytest.param("tasks.store.room:move_whole", at, id=f"killed before room {at} got its name", marks=pytest.mark.soak)
        for at in range(1, 14)
    ),
    pytest.param("tasks.publish.pack:point_latest", 1, id="killed before LATEST moved", marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("where", "call"), CRASHES)
def test_killed_at_any_step_and_run_again_it_resumes_to_the_same_bytes(finished, tmp_path, where, call):
    root = make_small_home(tmp_path)
    script = f"""
import importlib, os
from tasks.orchestration import set_direct
set_direct(quiet=True)
from flows.month import month
name, function = {where!r}.split(":")
module = importlib.import_module(name)
real, calls = getattr(module, function), []
def dying(*args, **kwargs):
    calls.append(1)
    if len(calls) == {call}:
        os._exit(9)
    return real(*args, **kwargs)
setattr(module, function, dying)
month({str(root)!r}, {PERIOD!r}, clock={CLOCK!r})
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert killed.returncode == 9, killed.stderr
    month(str(root), PERIOD, clock=CLOCK)
    assert digests(root) == digests(finished.home.root)


def test_two_versions_of_a_contract_that_overlap_stop_the_run_with_both_places(tmp_path):
    text = (make_small_home(tmp_path) / "reference/contracts/acme-cdn.yml").read_text()
    (tmp_path / "reference/contracts/acme-cdn-2.yml").write_text(text.replace("number: 1", "number: 2"))
    with pytest.raises(Exception, match="acme-cdn"):
        month(str(tmp_path), PERIOD, clock=CLOCK)


OWN_RULE = """\
-- id       OWN-1
-- words    no ticket is closed
-- limit    1
-- verdict  block
select ticket_key, null as service_id from staged.ticket
"""


def test_a_source_without_a_required_column_and_a_rule_of_ones_own_block_their_services_and_the_pack_says_so(tmp_path):
    samples = "rule_id,component_raw,start_at,end_at\nhttp-checkout,checkout,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z\n"
    changes = {"inbox/probes/samples.csv": samples, "reference/rules/closed.sql": OWN_RULE}
    outcome = month(str(make_small_home(tmp_path, changes)), PERIOD, clock=CLOCK)
    assert outcome.is_blocked
    (own,) = [row for row in table(outcome, "data_quality") if row["rule_id"] == "OWN-1"]
    assert (own["observed"], own["verdict"], own["affected"]) == ("2 of 2: INC-1, INC-2", "block", '["checkout"]')
    assert "reference/rules/closed.sql" in outcome.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    blocked = {(row["rule_id"], row["source_system"]) for row in table(outcome, "data_quality") if row["verdict"] == "block"}
    assert ("DQ-01", "probes") in blocked
    (headline,) = [row for row in table(outcome, "sla_results") if row["variant"] == "headline"]
    assert headline["status"] in ("insufficient_evidence", "breached")
    assert "QUALITY_BLOCKED" in json.loads(headline["flags"])


def test_a_balance_that_does_not_hold_is_never_published(finished, tmp_path, monkeypatch):
    import tasks.gate.doors as doors

    real = doors.verdict_rows
    monkeypatch.setattr(
        doors, "verdict_rows", lambda *args: [row | {"verdict": "block"} if row["rule_id"] == "DQ-09" else row for row in real(*args)]
    )
    root = shutil.copytree(finished.home.root, tmp_path / "home")
    with pytest.raises(BlockedError, match="DQ-09"):
        month(str(root), "2026-11", clock=CLOCK)
    assert [folder.name for folder in (root / "published" / "month").iterdir()] == [PERIOD]
