"""What outside monitors export, read by mappings: spans since 1970, lengths, lists nested in an object.

Shapes are those of the products' public interfaces; names, sites and times are invented. 5 October 2026 10:00 UTC is 1791194400.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stage.desk import Desk

# UptimeRobot, getMonitors with logs: 1 down, 2 up, 98 started, 99 paused; every entry is a span
UPTIME_ROBOT = {
    "stat": "ok",
    "monitors": [
        {
            "id": 777749809,
            "friendly_name": "Web shop",
            "status": 2,
            "logs": [
                {"type": 2, "datetime": 1791194700, "duration": 600, "reason": {"code": "200", "detail": "OK"}},
                {"type": 1, "datetime": 1791194400, "duration": 300, "reason": {"code": "333333", "detail": "Connection Timeout"}},
                {"type": 98, "datetime": 1791194000, "duration": 400},
            ],
        }
    ],
}
UPTIME_ROBOT_MAPPING = """
entity: monitoring_sample
read: {records: monitors}
rows: {each: logs}
fields:
  rule_id: id
  component_raw: friendly_name
  start_at: {from: /logs/datetime, format: seconds since 1970}
  end_at: {from: /logs/datetime, format: seconds since 1970, plus: /logs/duration}
  state: /logs/type
enumerations:
  state: {"1": down, "2": up, "98": up, "99": paused}
ignore_other_columns: true
"""
# Pingdom, summary.outage: spans of a check inside an object; the file is of one check
PINGDOM = {
    "summary": {
        "states": [
            {"status": "up", "timefrom": 1791194000, "timeto": 1791194400},
            {"status": "down", "timefrom": 1791194400, "timeto": 1791194700},
            {"status": "unknown", "timefrom": 1791194700, "timeto": 1791195300},
        ]
    }
}
PINGDOM_MAPPING = """
entity: monitoring_sample
rows: {each: /summary/states}
dates: {format: seconds since 1970}
fields:
  rule_id: {value: pingdom-85975}
  component_raw: {value: Web shop}
  start_at: /summary/timefrom
  end_at: /summary/timeto
  state: /summary/status
enumerations:
  state: {unknown: no_data}
"""
# Upptime opens an issue of the repository for each outage and closes it at its end; GitHub's interface lists them
UPPTIME = [
    {
        "number": 12,
        "title": "🛑 Web shop is down",
        "state": "closed",
        "created_at": "2026-10-05T10:00:00Z",
        "closed_at": "2026-10-05T10:05:00Z",
        "labels": [{"name": "status"}, {"name": "web-shop"}],
    },
    {
        "number": 13,
        "title": "🛑 Web shop is down",
        "state": "open",
        "created_at": "2026-10-05T10:20:00Z",
        "closed_at": None,
        "labels": [{"name": "status"}, {"name": "web-shop"}],
    },
]
UPPTIME_MAPPING = """
entity: alert
fields:
  alert_key: number
  rule_id: {value: upptime}
  component_raw: /labels/1/name
  fired_at: created_at
  cleared_at: closed_at
  signal: {value: synthetic}
  disposition: {value: true_positive}
ignore_other_columns: true
"""
SPANS = "select component_raw, strftime(start_at, '%H:%M:%S'), strftime(end_at, '%H:%M:%S'), state from staged.monitoring_sample order by 2"
ALERTS = "select component_raw, strftime(fired_at, '%H:%M:%S'), strftime(cleared_at, '%H:%M:%S') from staged.alert order by 2"


@pytest.mark.parametrize(
    ("payload", "mapping", "query", "rows"),
    [
        pytest.param(
            UPTIME_ROBOT,
            UPTIME_ROBOT_MAPPING,
            SPANS,
            [
                ("Web shop", "09:53:20", "10:00:00", "up"),
                ("Web shop", "10:00:00", "10:05:00", "down"),
                ("Web shop", "10:05:00", "10:15:00", "up"),
            ],
            id="UptimeRobot: entries with a start and a length, newest first",
        ),
        pytest.param(
            PINGDOM,
            PINGDOM_MAPPING,
            SPANS,
            [
                ("Web shop", "09:53:20", "10:00:00", "up"),
                ("Web shop", "10:00:00", "10:05:00", "down"),
                ("Web shop", "10:05:00", "10:15:00", "no_data"),
            ],
            id="Pingdom: spans, of which unknown ones are unmeasured",
        ),
        pytest.param(
            UPPTIME,
            UPPTIME_MAPPING,
            ALERTS,
            [("web-shop", "10:00:00", "10:05:00"), ("web-shop", "10:20:00", None)],
            id="Upptime: issues, of which one is still open",
        ),
    ],
)
def test_what_a_monitor_exports_is_read(desk: Desk, payload: Any, mapping: str, query: str, rows: list[tuple[Any, ...]]) -> None:
    desk.map("monitor", mapping)
    desk.land(("monitor", "export.json", json.dumps(payload)))
    assert desk.values(query) == rows
    assert desk.values("select issue, column_name, value_text from staged.issues order by all") == []
