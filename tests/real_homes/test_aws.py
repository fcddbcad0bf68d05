"""AWS's health dashboard, taken on 10 December 2021, three days after its outage in Northern Virginia.

Times are wall times of the Pacific coast inside HTML, days seconds since 1970 as text. December has 44,640 min. The last posts say:

ec2        7 Dec "Between 7:32 AM and 3:10 PM PST" = 15:32Z-23:10Z, 458 min: 44,182 / 44,640 = 98.974014 %, the tier of 30 %
dynamodb   7 Dec "Between 7:40 AM and 2:25 PM PST" = 15:40Z-22:25Z, 405 min: 44,235 / 44,640 = 99.092741 %, the tier of 10 %
"""

from __future__ import annotations

import json

import pytest

from tests.real_homes.real_home import MINUTE_US, levels, month_of, read_of, sample, table

pytestmark = pytest.mark.soak  # a whole month
SNAPSHOT = "aws_health/2021-12-10.json"


@pytest.fixture(scope="module")
def december(tmp_path_factory):
    """The pack of December 2021; read only."""
    return month_of("aws", tmp_path_factory.mktemp("real"), {SNAPSHOT: "aws"}, "2021-12")


def test_every_event_of_the_dashboard_is_read(december):
    events = json.loads(sample(SNAPSHOT).read_bytes())
    assert read_of(december, "vendor_record") == len(events["archive"]) + len(events["current"]) == 464


def test_times_inside_html_become_the_span_that_the_provider_admits(december):
    spans = {
        row["component_id"]: (row["start_at"], row["end_at"]) for row in table(december, "outage_intervals") if row["start_at"] > "2021-12"
    }
    assert spans["ec2"] == ("2021-12-07T15:32:00Z", "2021-12-07T23:10:00Z")
    assert spans["dynamodb"] == ("2021-12-07T15:40:00Z", "2021-12-07T22:25:00Z")


def test_ten_days_of_a_month_prove_a_breach_and_nothing_else(december):
    assert december.is_blocked
    found = levels(december, "2021-12")
    assert found["ec2"] == (458 * MINUTE_US, "98.974014", "breached")
    assert found["dynamodb"] == (405 * MINUTE_US, "99.092741", "breached")
    tiers = {row["service_id"]: row["pct"] for row in table(december, "credits", variant="headline")}
    assert {service: float(pct) for service, pct in tiers.items()} == {"ec2": 30, "dynamodb": 10}
