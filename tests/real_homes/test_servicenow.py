"""The public event log of a ServiceNow desk: the tickets opened in the first half of March 2016, 32,277 rows until February 2017.

Days come first, `?` is nothing, and the log says no zone: the mapping assumes UTC. Half a month is not a month, and the gate says so.
"""

from __future__ import annotations

import csv
import gzip

import pytest

from tasks.store.engine import Engine
from tests.real_homes.real_home import MINUTE_US, levels, month_of, read_of, sample, table

pytestmark = pytest.mark.soak  # a whole month of 4,565 tickets
LOG = "servicenow/incident_event_log_2016-03-first-half.csv.gz"


@pytest.fixture(scope="module")
def march(tmp_path_factory):
    """The pack of March 2016; read only."""
    return month_of("servicenow", tmp_path_factory.mktemp("real"), {LOG: "desk"}, "2016-03")


def test_every_row_of_the_log_is_the_last_of_its_ticket_or_what_changed_before_it(march):
    with gzip.open(sample(LOG), "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert (len(rows), len({row["number"] for row in rows})) == (32_277, 4_565)
    assert read_of(march, "ticket") == 4_565
    assert read_of(march, "ticket_history") == 20_101
    assert table(march, "issues") == []


def test_days_come_first_question_marks_are_nothing_and_the_zone_assumed_stands_beside_each_instant(march):
    (file,) = march.home.room("staged").rglob("ticket.parquet")
    with Engine() as engine:
        (ticket,) = engine.rows(f"""
            select strftime(opened_at, '%Y-%m-%dT%H:%MZ') as opened, opened_at_raw, opened_at_tz, component_raw, change_ref
            from read_parquet('{file}') where ticket_key = 'INC0000464'
        """)
    # "1/3/2016 01:22" is the first of March; cmdb_ci and caused_by are "?"
    assert tuple(ticket.values()) == ("2016-03-01T01:22Z", "1/3/2016 01:22", "UTC", None, None)
    assert "Times that say no zone were read in UTC (desk)" in march.pack.folder.page("compliance.html").read_text(encoding="utf-8")


def test_half_a_month_blocks_what_is_met_but_not_what_is_already_missed(march):
    assert march.is_blocked
    assert {row["rule_id"] for row in table(march, "data_quality", verdict="block")} == {"DQ-08"}
    # March has 44,640 min. Category 19: one critical ticket, 15 Mar 08:24-11:58 = 214 min: 44,426 / 44,640 = 99.520609 %, above 99 %
    # Category 51: INC0001448 2 Mar 15:46 to 3 Mar 15:05 = 1,399 min, INC0007232 15 Mar 11:32-12:11 = 39 min: 43,202 / 44,640 = 96.778673 %
    found = levels(march, "2016-03")
    assert found["category-19"] == (214 * MINUTE_US, "99.520609", "insufficient_evidence")
    assert found["category-51"] == (1_438 * MINUTE_US, "96.778673", "breached")


def test_the_ticket_s_own_resolution_goes_before_the_time_at_which_the_log_was_written(march):
    # the log says Resolved at 11:16 already, in three rows; the ticket itself says 15:05
    (incident,) = table(march, "incidents", ticket_key="INC0001448")
    assert (incident["severity_max"], incident["resolved_at"]) == ("P1", "2016-03-03T15:05:00Z")
