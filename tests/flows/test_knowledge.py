"""What a month sees: files taken back, rehearsals, older views. On the small world, worked by hand."""

import csv

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month as run_month  # noqa: E402 - the mode is set before a flow is imported
from flows.withdraw import withdraw  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, make_small_home  # noqa: E402

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
