"""The leadership trend report of the small world's third quarter: records begin in September, so one quarter is known, and that in part."""

import json
from datetime import datetime

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.trends import coverage_of, trends  # noqa: E402 - the mode is set before a flow is imported
from tasks.archive.verify import verify  # noqa: E402
from tasks.model.errors import LedgerError  # noqa: E402
from tasks.model.period import Period  # noqa: E402
from tasks.model.run import Run  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tests.flows.small_home import CLOCK, make_small_home  # noqa: E402


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_small_home(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def report(root):
    return trends(str(root), "2026-Q3", clock=CLOCK)


@pytest.mark.soak
def test_it_lies_where_packs_lie_is_named_by_latest_and_sealed(report, root):
    told = report.as_dict()
    assert told["pack"] == str(root / "published" / "trends" / "2026-Q3" / told["run_id"])
    assert (root / "published" / "trends" / "2026-Q3" / "LATEST").read_text(encoding="utf-8") == f"{told['run_id']}\n"
    manifest = json.loads((root / "published" / "trends" / "2026-Q3" / told["run_id"] / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["occasion"], manifest["period"]) == ("trends", "2026-Q3")
    assert {page["path"] for page in manifest["pages"]} == {"trends.html"}
    assert [row.object_id for row in Journal.open(open_home(root)).rows(["seal"])] == [f"trends/2026-Q3/{told['run_id']}"]
    assert verify(open_home(root), f"trends/2026-Q3/{told['run_id']}").faults == ()


@pytest.mark.soak
def test_quarters_before_the_first_record_are_unknown_and_one_within_which_it_lies_is_known_in_part(report):
    assert list(report.coverage.items())[-2:] == [("2026-Q2", "none"), ("2026-Q3", "part")]
    assert "Quarters on record: 1 of 8" in report.in_words()
    html = report.pack.folder.page("trends.html").read_text(encoding="utf-8")
    assert html.count("no data: nothing is on record") == 7
    assert "Records begin within Q3 2026" in html


@pytest.mark.soak
def test_the_home_page_leads_to_it(report, root):
    front = (root / "published" / "index.html").read_text(encoding="utf-8")
    assert f"trends/2026-Q3/{report.as_dict()['run_id']}/trends.html" in front
    assert "trend report" in front


def test_a_month_is_no_quarter(root):
    with pytest.raises(LedgerError, match="'2026-10' is no quarter"):
        trends(str(root), "2026-10", clock=CLOCK)


@pytest.mark.parametrize(
    ("first", "as_of", "coverage"),
    [
        pytest.param("2026-06-30T22:00:00Z", "2026-11-03T09:00:00Z", "whole", id="records begin as the quarter does"),
        pytest.param("2026-06-30T22:00:01Z", "2026-11-03T09:00:00Z", "part", id="a second later"),
        pytest.param("2026-09-30T22:00:00Z", "2026-11-03T09:00:00Z", "none", id="records begin as it ends"),
        pytest.param("2026-01-01T00:00:00Z", "2026-06-30T22:00:00Z", "none", id="it has not begun"),
        pytest.param(None, "2026-11-03T09:00:00Z", "none", id="there is no record"),
    ],
)
def test_how_much_of_a_quarter_the_records_cover(first, as_of, coverage):
    start, end = Period.parse("2026-Q3").bounds("Europe/Berlin")
    run = Run("0" * 16, "trends", "2026-Q3", start, end, datetime.fromisoformat(as_of), "eu", "Europe/Berlin")
    assert coverage_of(run, None if first is None else datetime.fromisoformat(first)) == coverage
