"""GitHub by three feeds, April to June 2022: its own page, what researchers read off it every three hours, a monitor outside.

What is right was read in the payloads, disagreement by disagreement: reports/handbook/real-quarter.md. The page told of 26 incidents, nine
components among them in one, so 34 records; the archive of fifteen. Records hold the page's own minutes, whatever the archive says.
"""

from __future__ import annotations

import pytest

from tests.real_homes.real_home import MINUTE_US, month_of, read_of, table

pytestmark = pytest.mark.soak  # a whole quarter
PAYLOADS = {
    "github_status/incidents.jsonl": "github",
    "cloud_uptime_archive/github-status_global-status_operator_reported.csv": "archive",
    "monitor_upptime/upptime_checks.csv.gz": "upptime",
}
QUARTER = ("2022-04-01", "2022-07-01")
MINUTES_OF_THE_PAGE = {  # incidents that the archive tells of too, by their start on the page
    **{"2022-04-01T07:07:00Z": 332, "2022-04-13T20:35:00Z": 293, "2022-04-19T14:10:00Z": 272, "2022-04-25T08:59:00Z": 308},
    **{"2022-05-24T18:59:00Z": 177, "2022-05-25T10:13:00Z": 197, "2022-06-13T11:28:00Z": 144, "2022-06-20T01:45:00Z": 128},
    **{"2022-06-20T20:45:00Z": 137, "2022-06-21T08:55:00Z": 207, "2022-06-21T17:02:00Z": 70, "2022-06-29T14:48:00Z": 87},
}


@pytest.fixture(scope="module")
def june(tmp_path_factory):
    """The pack of June 2022; read only."""
    return month_of("github_sides", tmp_path_factory.mktemp("real"), PAYLOADS, "2022-06")


def test_seconds_since_the_first_row_of_the_archive_are_instants(june):
    assert read_of(june, "alert") == 230
    assert table(june, "issues") == []


def test_what_both_tell_of_is_one_incident_with_the_minutes_of_the_page(june):
    quarter = [row for row in table(june, "incidents") if QUARTER[0] <= row["occurred_at"] < QUARTER[1]]
    assert len(quarter) == 34 + 1  # and one that the monitor alone saw
    both = {
        row["occurred_at"]: int(row["down_us"]) // MINUTE_US for row in quarter if row["alerts"] == "1" and row["vendor_records"] == "1"
    }
    assert both.items() <= MINUTES_OF_THE_PAGE.items()  # how many are linked by themselves depends on the weights of matching
    assert len(both) >= 8


def test_what_only_the_archive_tells_of_is_no_downtime(june):
    orphans = [row for row in table(june, "discrepancies", type="ORPHAN_ALERT") if QUARTER[0] <= row["observed"] < QUARTER[1]]
    # announced maintenance; the others wait in the review queue beside the incident that they are about
    assert "2022-04-08T23:57" in {row["observed"][:16] for row in orphans}


def test_an_outage_told_of_the_whole_and_of_a_component_is_agreed_on(june):
    april = [row for row in table(june, "dispute_sheet", component_id="codespaces") if row["start_at"][:10] == "2022-04-19"]
    assert [(row["start_at"][11:16], row["end_at"][11:16], row["agreement"]) for row in april] == [
        ("14:10", "14:51", "theirs_only"),
        ("14:51", "18:42", "agreed"),
    ]


def test_what_the_monitor_alone_saw_counts_and_is_missing_in_the_report(june):
    (seen,) = [row for row in table(june, "dispute_sheet", component_id="website") if QUARTER[0] <= row["start_at"] < QUARTER[1]]
    assert (seen["start_at"], seen["end_at"], seen["agreement"]) == ("2022-05-08T23:33:53Z", "2022-05-08T23:43:42Z", "ours_only")
