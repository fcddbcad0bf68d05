"""Adapters against recorded payloads: `recorded/<name>.<ending>` beside `<name>.yml`, which says what rows and findings it gives."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.model.errors import LedgerError
from tasks.stage.adapters import BUILT_IN, adapter_for, adapter_names
from tasks.store.reference import BUILT_IN_ADAPTERS
from tests.land.packed import workbook
from tests.stage.adapter_page import PAGE, renewed
from tests.stage.desk import NOON, Desk, balances, person

RECORDED = Path(__file__).parent / "recorded"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "samples"


def shown(value: Any) -> Any:
    """Return a value as the recorded files write it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def pseudonymous(row: dict[str, Any]) -> dict[str, Any]:
    """Return an expected row as it is staged: the recorded files say who a human is as the payload does."""
    return row | {"actor_ref": person(row["actor_ref"])} if row.get("actor_kind") == "human" else row


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.yml")), ids=lambda file: file.stem)
def test_a_recorded_payload_gives_the_expected_rows(desk: Desk, file: Path) -> None:
    recorded = yaml.safe_load(file.read_text(encoding="utf-8"))
    payload = next(other for other in RECORDED.glob(f"{file.stem}.*") if other != file)
    desk.give_key()
    desk.declare("source", adapter=recorded["adapter"], system=recorded.get("system", ""), zone=recorded.get("timezone"))
    desk.land(("source", payload.name, payload.read_bytes()))
    with desk.shown() as engine:
        for entity, expected in recorded["expect"].items():
            names = ", ".join(expected[0])
            rows = engine.rows(f"select {names} from staged.{entity} order by source_key")
            assert [{name: shown(value) for name, value in row.items()} for row in rows] == [pseudonymous(row) for row in expected]
        found = engine.rows("select source_row, rule_id, issue, column_name from staged.issues order by source_row")
        assert [list(row.values()) for row in found] == recorded["issues"]
        counts = {row["entity"]: row for row in balances(engine)}
        for entity, expected in recorded.get("balance", {}).items():
            assert {name: counts[entity][name] for name in expected} == expected, entity


@pytest.mark.parametrize(
    ("alert", "cleared_at"),
    [
        pytest.param({"status": "firing", "endsAt": "2026-10-07T10:14:00Z"}, None, id="a webhook: it would end if nobody repeated it"),
        pytest.param({"status": "firing", "endsAt": "0001-01-01T00:00:00Z"}, None, id="a webhook: no end at all"),
        pytest.param({"status": "resolved", "endsAt": "2026-10-07T10:14:00Z"}, "2026-10-07T10:14:00Z", id="a webhook: it has ended"),
        pytest.param({"endsAt": "2099-01-01T00:00:00Z", "updatedAt": "2026-10-07T10:10:00Z"}, None, id="the API: an end in the future"),
    ],
)
def test_an_alert_that_fires_is_open_whatever_end_it_announces(desk: Desk, alert: dict[str, Any], cleared_at: str | None) -> None:
    told = {"fingerprint": "1a", "startsAt": "2026-10-07T10:00:00Z", "labels": {"alertname": "Down", "service": "pay"}} | alert
    message = [told] if "updatedAt" in told else {"version": "4", "alerts": [told]}
    desk.declare("pager", adapter="alertmanager")
    desk.land(("pager", "hook.json", json.dumps(message)))
    assert [shown(row["cleared_at"]) for row in desk.rows("from staged.alert")] == [cleared_at]
    assert desk.rows("from staged.issues") == []


def test_every_adapter_has_a_recorded_payload() -> None:
    assert {yaml.safe_load(file.read_text(encoding="utf-8"))["adapter"] for file in RECORDED.glob("*.yml")} == set(BUILT_IN)


def test_a_list_export_without_a_declared_zone_has_no_zone(desk: Desk) -> None:
    desk.declare("tool", adapter="servicenow_incident")
    desk.land(("tool", "export.csv", (RECORDED / "servicenow_list_export.csv").read_bytes()))
    assert {value for (value,) in desk.values("select issue from staged.issues where rule_id = 'DQ-05'")} == {"NO_ZONE"}
    assert desk.rows("from staged.ticket") == []


REAL = [
    # 23 looks at incidents that hit 41 components
    pytest.param(
        "statuspage", "statuspage/cloudflare_polled_incidents_windows.json.gz", 41, 0, id="polled Statuspage incidents, none over"
    ),
    pytest.param("google_cloud_status", "google_cloud/2021-06-15.json.gz", 150, 148, id="Google Cloud, second generation"),
    # 262 incidents, of which 94 hit 341 products: 168 + 341; the two that go on hit one each
    pytest.param("google_cloud_status", "google_cloud/2023-03-15.json.gz", 509, 507, id="Google Cloud, third generation"),
    pytest.param("aws_health", "aws_health/2021-12-10.json", 464, 455, id="AWS health dashboard"),
]


@pytest.mark.parametrize(("adapter", "name", "read", "ended"), REAL)
def test_a_real_history_is_read_whole(desk: Desk, adapter: str, name: str, read: int, ended: int) -> None:
    sample = SHARED / name
    if not sample.is_file():
        pytest.skip("the shared samples are not beside the project")
    desk.declare("real", adapter=adapter)
    desk.land(("real", sample.name, sample.read_bytes()))
    with desk.shown() as engine:
        rows = balances(engine)
        assert sum(row["read"] for row in rows) == read
        assert engine.rows("select issue, column_name, value_text from staged.issues") == []
        (count,) = engine.rows("select count(ended_at) as ended from staged.vendor_record_versions")
        assert count["ended"] == ended


def test_the_second_snapshot_of_google_cloud_replaces_the_first_key_by_key(desk: Desk) -> None:
    samples = [SHARED / "google_cloud" / f"{day}.json.gz" for day in ("2021-06-15", "2023-03-15")]
    if not all(sample.is_file() for sample in samples):
        pytest.skip("the shared samples are not beside the project")
    desk.declare("gcp", adapter="google_cloud_status")
    for day, sample in enumerate(samples):
        desk.land(("gcp", sample.name, sample.read_bytes()), at=NOON + timedelta(days=day))
    records = [record for sample in samples for record in json.loads(gzip.decompress(sample.read_bytes()))]
    with desk.shown() as engine:
        balances(engine)
        keys = {row["vendor_key"] for row in engine.rows("select vendor_key from staged.vendor_record")}
    assert {key for key in keys if "/" not in key} == {record["id"] for record in records}, "references lead to the provider's own key"
    assert len(keys) == sum(len(record["affected_products"]) for record in records)


def test_a_list_export_as_a_workbook_has_labels_for_headers(desk: Desk) -> None:
    header = ["Number", "Short description", "Business service", "Priority", "State", "Opened", "Resolved", "Channel", "Updates"]
    row = ["INC0010001", "Checkout pages fail", "Checkout", "1 - Critical", "Resolved", None, None, "Phone", 7]
    # 46302.504166666666 is 7 October 2026, 12:06, and .625 of a day is 15:00, in Berlin (UTC+2)
    dates = [(1, 5, 46302.504166666666), (1, 6, 46302.625)]
    book = workbook({"Page 1": [header, row]}, dates=dates, date_format="dd-mm-yyyy hh:mm:ss")
    desk.declare("tool", adapter="servicenow_incident", zone="Europe/Berlin")
    desk.land(("tool", "incident.xlsx", book))
    names = "ticket_key, title, service_raw, severity_raw, state, opened_at, resolved_at, reported_via, source_version"
    assert [tuple(shown(value) for value in values) for values in desk.values(f"select {names} from staged.ticket")] == [
        ("INC0010001", "Checkout pages fail", "Checkout", "1", "resolved", "2026-10-07T10:06:00Z", "2026-10-07T13:00:00Z", "user", "7")
    ]


def test_the_handbook_s_table_is_what_the_sql_fills() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page) == page, "python -m tests.stage.adapter_page writes it anew"


def test_every_adapter_that_sources_may_name_can_stage() -> None:
    assert set(adapter_names()) == BUILT_IN_ADAPTERS


@pytest.mark.parametrize(
    ("adapter", "entity", "words"),
    [
        pytest.param("servicenow_incidnt", None, "did you mean 'servicenow_incident'", id="an adapter's name mistyped"),
        pytest.param("canonical", None, "without an entity", id="canonical without an entity"),
        pytest.param("canonical", "tickets", "did you mean 'ticket'", id="an entity's name mistyped"),
    ],
)
def test_an_unknown_adapter_is_named_with_the_known_ones(adapter: str, entity: str | None, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        adapter_for(adapter, entity, "reference/sources.yml")
