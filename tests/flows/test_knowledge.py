"""What a month sees: files taken back, rehearsals, older views. On the small world, worked by hand."""

import csv
from datetime import UTC, datetime

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.daily import daily  # noqa: E402 - the mode is set before a flow is imported
from flows.month import month as run_month  # noqa: E402 - the mode is set before a flow is imported
from flows.withdraw import withdraw  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.knowledge import known_at  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, make_small_home  # noqa: E402

pytestmark = pytest.mark.soak  # each case runs whole months

PERIOD = "2026-10"


def month(root, as_of=None, clock=CLOCK):
    """Run October; `clock` None is the machine's own."""
    return run_month(str(root), PERIOD, as_of, clock=clock)


def table(outcome, name):
    with outcome.pack.folder.csv(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def headline(outcome):
    (row,) = [row for row in table(outcome, "sla_results") if row["variant"] == "headline"]
    return row


def latest(root):
    return open_home(root).latest("month", PERIOD).read_text().strip()


@pytest.fixture(scope="module")
def taken_back(tmp_path_factory):
    """Ten days after the first run a wrong export is landed; a day later it is taken back."""
    root = make_small_home(tmp_path_factory.mktemp("home"))
    first = month(root)
    wrong = FILES["inbox/probes/samples.csv"].replace(",down", ",up")
    (root / "inbox/probes/later.csv").write_text(wrong, encoding="utf-8")
    second = month(root, clock="2026-11-13T09:00:00Z")
    digest = second.landed.landed[0].body["file_sha256"]
    done = withdraw(str(root), digest[:10], "the export of another estate", clock="2026-11-14T09:00:00Z")
    return root, first, second, done, month(root, clock="2026-11-14T09:00:00Z")


def test_a_file_taken_back_moves_no_figure_any_more_but_the_view_before_still_sees_it(taken_back):
    root, first, second, _, third = taken_back
    assert [headline(one)["down_us"] for one in (first, second, third)] == ["6450000000", "0", "6450000000"]
    before = month(root, "2026-11-13T12:00:00Z", clock="2026-11-15T09:00:00Z")
    assert before.run.run_id == second.run.run_id


def test_the_balance_counts_what_was_taken_back_and_the_pack_reads_none_of_it(taken_back):
    *_, done, third = taken_back
    (row,) = [row for row in table(third, "row_balance") if row["source_id"] == "probes"]
    assert (row["read"], row["withdrawn"]) == ("7", "7")
    assert done.set_aside == ("inbox/probes/.withdrawn/later.csv",)


def told(outcome):
    """Return what a pack says has changed since the one before: (old run, column, cause, named)."""
    return {(row["old_run_id"], row["column_name"], row["cause"], row["cause_ref"]) for row in table(outcome, "restatements")}


def test_late_data_restates_the_month_with_its_cause_and_the_file_that_brought_it(taken_back):
    _, first, second, _, third = taken_back
    columns = {"down_us", "status", "value_pct", "tier", "payable", "claimable"}
    assert told(first) == set()
    assert {row[1] for row in told(second)} >= columns
    assert {(row[0], *row[2:]) for row in told(second)} == {(first.run.run_id, "late_data", "probes/later.csv")}
    assert {(row[0], *row[2:]) for row in told(third)} == {(second.run.run_id, "late_data", "probes/later.csv taken back")}
    assert [headline(one)["result_version"] for one in (first, second, third)] == ["1", "2", "3"]
    assert [headline(one)["supersedes"] for one in (first, second, third)] == ["", first.run.run_id, second.run.run_id]
    page = second.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    assert "Changes since the last pack" in page
    assert all(words in page for words in (first.run.run_id, "late data", "probes/later.csv", "1 h 47 min 30 s"))


def test_an_older_view_does_not_take_the_place_of_the_newest(taken_back):
    root, first, _, _, third = taken_back
    assert month(root, "2026-11-03T09:00:00Z", clock="2026-11-15T09:00:00Z").run.run_id == first.run.run_id
    assert latest(root) == third.run.run_id


def test_a_run_that_sees_what_a_rehearsal_wrote_is_stamped_as_one(tmp_path):
    root = make_small_home(tmp_path)
    rehearsal = month(root, clock="2026-12-05T09:00:00Z")
    real = month(root, clock=None)
    assert real.run.run_id == rehearsal.run.run_id, "the same knowledge, and a rehearsal's in both"
    assert real.pack.folder.read_manifest()["is_simulated"] is True
    assert "Simulated clock" in real.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    runs = [row for row in Journal.open(real.home).rows() if row.kind in ("run", "seal")]
    assert [row.is_simulated for row in runs] == [True, True, True]


PEOPLE = """\
- {person_ref: P-ASKS, roles: [vendor_manager], valid_from: "2026-01-01"}
- {person_ref: P-DECIDES, roles: [service_manager], valid_from: "2026-01-01"}
"""
MINUTE_US = 60_000_000
FULL, DECIDED = 107 * MINUTE_US + 30_000_000, 50 * MINUTE_US  # outage A, 57 min 30 s, is the customer's own from the decision on
NOON = "T12:00:00Z"
# each day's noon: what is new since the day before → (downtime, target, credit, severity of INC-1), and the cause that its pack names
VIEWS = [
    pytest.param("2026-11-03", (FULL, "99.900000", "1000.0000", "P1"), "", id="3 November: the first landing"),
    pytest.param("2026-11-04", (FULL, "99.900000", "1000.0000", "P1"), "", id="4 November: an exclusion is asked for, and moves nothing"),
    pytest.param("2026-11-05", (DECIDED, "99.900000", "1000.0000", "P1"), "decision", id="5 November: it is accepted by another person"),
    pytest.param(
        "2026-11-06", (DECIDED, "99.500000", "0.0000", "P1"), "contract", id="6 November: another text of the contract is recorded"
    ),
    pytest.param("2026-11-07", (DECIDED, "99.500000", "0.0000", "P2"), "", id="7 November: the policy reads the severity word otherwise"),
    pytest.param(
        "2026-11-08", (DECIDED + 10 * MINUTE_US, "99.500000", "0.0000", "P2"), "late_data", id="8 November: a late export adds an outage"
    ),
    pytest.param("2026-11-09", (FULL + 10 * MINUTE_US, "99.500000", "0.0000", "P2"), "decision", id="9 November: the exclusion is revoked"),
]


def decide(root, day, by, kind, *sets):
    from pathlib import Path

    from flows.decide import decide_on
    from flows.options import Options

    options = Options(Path(root), direct=True, as_json=True, threads=None, memory=None, clock=f"{day}T09:00:00Z")
    return decide_on(options, kind, by=by, role=None, file=None, sets=list(sets), key=None)


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A week in which something else is recorded every day."""
    root = make_small_home(tmp_path_factory.mktemp("week"), {"reference/people.yml": PEOPLE})
    contract = root / "reference/contracts/acme-cdn.yml"
    daily(str(root), clock="2026-11-03T09:00:00Z")
    asked = ["request_id=XR-1", "type=customer_caused", "party=provider", "component_id=checkout"]
    decide(root, "2026-11-04", "P-ASKS", "exclusion_request", *asked, "start_at=2026-10-07T10:00:30Z", "end_at=2026-10-07T10:58:00Z")
    decide(root, "2026-11-05", "P-DECIDES", "exclusion_request", "request_id=XR-1", "decision=accepted")
    text = contract.read_text().replace('target: "99.9"', 'target: "99.5"').replace('below: "99.9"', 'below: "99.5"')
    contract.write_text(text)
    daily(str(root), clock="2026-11-06T09:00:00Z")
    (root / "reference/policy.yml").write_text("schema: policy/1\nseverity_map: {P1: P2}\n")
    daily(str(root), clock="2026-11-07T09:00:00Z")
    late = ("2026-10-18T03:20:00Z,2026-10-20T10:00:00Z,up", "2026-10-20T10:00:00Z,2026-10-20T10:10:00Z,down")
    late = (*late, "2026-10-20T10:10:00Z,2026-10-31T22:30:00Z,up")
    samples = "".join(f"http-checkout,checkout,{words}\n" for words in late)
    samples = "rule_id,component_raw,start_at,end_at,state\n" + samples
    (root / "inbox/probes/late.csv").write_text(samples)
    daily(str(root), clock="2026-11-08T09:00:00Z")
    decide(root, "2026-11-09", "P-ASKS", "revocation", "object_type=exclusion_request", "object_id=XR-1", "reason=not our change after all")
    return root


@pytest.fixture(scope="module")
def views(week):
    """The pack of each day, made in the order of the days."""
    return {day: month(week, day + NOON, clock="2026-11-10T09:00:00Z") for day in (view.values[0] for view in VIEWS)}


@pytest.mark.parametrize(("day", "expected", "cause"), VIEWS)
def test_each_view_is_as_it_was_files_decisions_contract_and_policy(views, day, expected, cause):
    outcome = views[day]
    row = headline(outcome)
    (credit,) = [row for row in table(outcome, "credits") if row["variant"] == "headline"]
    (incident,) = [row for row in table(outcome, "incidents") if row["ticket_key"] == "INC-1"]
    assert (int(row["down_us"]), row["target"], credit["computed"], incident["severity_final"]) == expected
    assert {row["cause"] for row in table(outcome, "restatements")} == ({cause} if cause else set())


def test_a_contract_that_was_taken_away_is_still_that_of_the_views_before(week, tmp_path):
    import shutil

    root = tmp_path / "home"
    shutil.copytree(week, root)
    (root / "reference/policy.yml").unlink()
    daily(str(root), clock="2026-11-11T09:00:00Z")
    known = known_at(Journal.open(open_home(root)), None, now=datetime(2026, 11, 12, tzinfo=UTC))
    assert sorted(row.body["file"] for row in known.reference) == [
        *("contracts/acme-cdn.yml", "contracts/acme-cdn.yml", "people.yml", "sources.yml"),
    ]
