"""Google Cloud's status page in two snapshots of two generations, a year each: February 2023 in the contract's zone.

The window is 1 February to 1 March in Los Angeles: 28 days = 40,320 min. What the page calls more than information (severity low):

27 Feb 12:58-13:11 (13 min)   a global outage of thirteen products, BigQuery, Networking and Compute Engine among them
2 Feb 14:20-17:42 (202 min)   Networking in one region
"""

from __future__ import annotations

import gzip
import json

import pytest

from tests.real_homes.real_home import MINUTE_US, levels, month_of, read_of, sample, table

pytestmark = pytest.mark.soak  # a whole month
SNAPSHOTS = ("google_cloud/2021-06-15.json.gz", "google_cloud/2023-03-15.json.gz")


@pytest.fixture(scope="module")
def february(tmp_path_factory):
    """The pack of February 2023; read only."""
    return month_of("google_cloud", tmp_path_factory.mktemp("real"), dict.fromkeys(SNAPSHOTS, "google"), "2023-02")


def test_both_generations_are_read_and_a_product_is_a_row(february):
    records = [record for name in SNAPSHOTS for record in json.loads(gzip.decompress(sample(name).read_bytes()))]
    assert len(records) == 150 + 262
    told = [record for record in records if record["severity"] != "low"]
    assert read_of(february, "vendor_record") == sum(len(record["affected_products"]) for record in told)
    assert table(february, "issues") == []


def test_an_outage_of_many_products_counts_for_each_of_them(february):
    found = levels(february, "2023-02")
    assert found["bigquery"] == (13 * MINUTE_US, "99.967757", "met")  # 40,307 / 40,320
    assert found["compute"] == (13 * MINUTE_US, "99.967757", "met")
    assert found["networking"] == (215 * MINUTE_US, "99.466765", "breached")  # 202 + 13: 40,105 / 40,320


def test_what_was_open_when_the_page_was_last_read_is_not_open_for_ever(february):
    # two incidents of BigQuery had no end on 15 June 2021, and the page of 2023 does not go back so far
    bigquery = [row for row in table(february, "outage_intervals", component_id="bigquery") if row["start_at"][:10] == "2021-06-11"]
    assert {row["end_at"] for row in bigquery} == {"2021-06-15T13:00:00Z"}
    assert not february.is_blocked
