"""GitHub's own history of incidents and what outside monitors saw of its front page: June 2022, in which the second quarter ends.

The quarter has 91 days = 131,040 min; 99.9 % leave 131.04 min. What the provider itself calls major or critical, by component:

codespaces    1 Apr 07:07-12:39 (332), 27 May 07:36-08:57 (81), 28 Jun 17:16-17:42 (26) = 439 min: 130,601 / 131,040 = 99.664987 %
packages      20 May 09:44-10:34 (50), 27 May (81) = 131 min: 99.900030 %, met by 0.04 min = 2.4 s
api           27 May 04:26-04:47 (21) and 07:36-08:57 (81) = 102 min: 99.922161 %
git, webhooks, issues, pull-requests, pages  27 May (81): 99.938186 %
website       no word of the provider; a monitor saw it down on 8 May 23:33:53-23:43:42, 9 min 49 s, of which the contract counts the nine
              full minutes of the clock: 131,031 / 131,040 = 99.993131 %
"""

from __future__ import annotations

import csv
import gzip
import json

import pytest

from tests.real_homes.real_home import MINUTE_US, month_of, read_of, sample, table
from tests.real_homes.real_home import levels as levels_of

PAYLOADS = {"github_status/incidents.jsonl": "github", "monitor_upptime/upptime_checks.csv.gz": "upptime"}
ALONE = {"git", "webhooks", "issues", "pull-requests", "pages"}


@pytest.fixture(scope="module")
def june(tmp_path_factory):
    """The pack of June 2022; read only."""
    return month_of("github", tmp_path_factory.mktemp("real"), PAYLOADS, "2022-06")


def test_every_statement_and_every_check_is_accounted_for(june):
    incidents = [json.loads(line) for line in sample("github_status/incidents.jsonl").read_text(encoding="utf-8").splitlines()]
    outages = [incident for incident in incidents if incident["impact"] in ("major", "critical")]
    assert (len(incidents), len(outages)) == (819, 166)
    assert read_of(june, "vendor_record") == sum(len(incident.get("components") or [None]) for incident in outages)
    with gzip.open(sample("monitor_upptime/upptime_checks.csv.gz"), "rt", encoding="utf-8", newline="") as lines:
        checks = [row["repo"] for row in csv.DictReader(lines) if row["monitor"] == "GitHub"]
    assert (len(checks), len(set(checks))) == (430, 3)
    assert read_of(june, "monitoring_sample") == 430 - 3  # the last check of each monitor speaks for no time
    assert table(june, "issues") == []


def test_eight_outages_of_the_provider_are_sixteen_on_its_components_and_one_more_it_never_told_of(june):
    quarter = [row for row in table(june, "incidents") if "2022-04-01" <= row["occurred_at"] < "2022-07-01"]
    assert sorted(row["outage_basis"] for row in quarter) == ["monitoring"] + ["vendor"] * 16
    assert len({row["occurred_at"] for row in quarter if row["outage_basis"] == "vendor"}) == 8
    (untold,) = [row["incident_id"] for row in quarter if row["outage_basis"] == "monitoring"]
    assert [row["type"] for row in table(june, "discrepancies", incident_id=untold)].count("MISSING_IN_VENDOR_REPORT") == 1


def test_a_service_s_downtime_by_monitor_and_by_the_provider_s_word(june):
    # the whole span, and what of it the contract counts
    (seen,) = [row for row in table(june, "outage_intervals", component_id="website") if row["start_at"] > "2022-04-01"]
    assert (seen["start_at"], seen["end_at"], seen["basis"]) == ("2022-05-08T23:33:53Z", "2022-05-08T23:43:42Z", "monitoring")
    # two monitors saw the outage of 2 February: 19:10:49-19:20:17 and 19:16:56-19:24:31, united and not added
    (both,) = [row for row in table(june, "outage_intervals", component_id="website") if row["start_at"][:7] == "2022-02"]
    assert (both["start_at"], both["end_at"]) == ("2022-02-02T19:10:49Z", "2022-02-02T19:24:31Z")
    levels = levels_of(june, "2022-Q2")
    assert levels["website"] == (9 * MINUTE_US, "99.993131", "met")
    assert levels["api"] == (102 * MINUTE_US, "99.922161", "met")
    assert levels["packages"] == (131 * MINUTE_US, "99.900030", "met")
    assert {levels[service] for service in ALONE} == {(81 * MINUTE_US, "99.938186", "met")}


def test_the_one_breach_and_what_it_would_have_been_worth(june):
    assert levels_of(june, "2022-Q2")["codespaces"] == (439 * MINUTE_US, "99.664987", "breached")
    # at most 99.9 and above 99.0: 10 % of USD 400.00 + 420.00 + 447.35 = 1,267.35 → 126.735, half up
    (credit,) = table(june, "credits", service_id="codespaces", variant="headline")
    assert (credit["basis_amount"], credit["computed"], credit["currency"]) == ("1267.3500", "126.7400", "USD")
    (claim,) = table(june, "claims")  # 30 June + 30 days, end of that day
    assert (claim["state"], claim["deadline_at"]) == ("lapsed", "2022-07-31T00:00:00Z")


def test_the_page_names_the_quarter_and_what_it_cannot_judge(june):
    html = june.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    assert "availability, 2022-Q2" in html
    assert levels_of(june, "2022-Q2")["actions"][1:] == ("", "insufficient_evidence")
    assert "no sample says how many requests failed in the contract's sense, so there is no value" in html.replace("&#39;", "'")
    website = html.split('<span class="strip">')[9]
    assert [part.split(":")[0] for part in website.split('title="')[1:5]] == ["2021-Q3", "2021-Q4", "2022-Q1", "2022-Q2"]
