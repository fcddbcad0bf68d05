"""Adapters against recorded payloads: `recorded/<name>.<ending>` beside `<name>.yml`, which says what rows and findings it gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.model.errors import LedgerError
from tasks.stage.adapters import BUILT_IN, adapter_for
from tests.stage.desk import Desk, balances

RECORDED = Path(__file__).parent / "recorded"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "samples"


def shown(value: Any) -> Any:
    """Return a value as the recorded files write it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.yml")), ids=lambda file: file.stem)
def test_a_recorded_payload_gives_the_expected_rows(desk: Desk, file: Path) -> None:
    recorded = yaml.safe_load(file.read_text(encoding="utf-8"))
    payload = next(other for other in RECORDED.glob(f"{file.stem}.*") if other != file)
    desk.declare("source", adapter=recorded["adapter"], system=recorded.get("system", ""), zone=recorded.get("timezone"))
    desk.land(("source", payload.name, payload.read_bytes()))
    with desk.shown() as engine:
        for entity, expected in recorded["expect"].items():
            names = ", ".join(expected[0])
            rows = engine.rows(f"select {names} from staged.{entity} order by source_key")
            assert [{name: shown(value) for name, value in row.items()} for row in rows] == expected
        found = engine.rows("select source_row, rule_id, issue, column_name from staged.issues order by source_row")
        assert [list(row.values()) for row in found] == recorded["issues"]
        balances(engine)


def test_every_adapter_has_a_recorded_payload() -> None:
    assert {yaml.safe_load(file.read_text(encoding="utf-8"))["adapter"] for file in RECORDED.glob("*.yml")} == set(BUILT_IN)


def test_a_list_export_without_a_declared_zone_has_no_zone(desk: Desk) -> None:
    desk.declare("tool", adapter="servicenow_incident")
    desk.land(("tool", "export.csv", (RECORDED / "servicenow_list_export.csv").read_bytes()))
    assert {value for (value,) in desk.values("select issue from staged.issues where rule_id = 'DQ-05'")} == {"NO_ZONE"}
    assert desk.rows("from staged.ticket") == []


def test_real_polled_statuspage_histories_are_read_whole(desk: Desk) -> None:
    sample = SHARED / "statuspage" / "cloudflare_polled_incidents_windows.json.gz"
    if not sample.is_file():
        pytest.skip("the shared samples are not beside the project")
    desk.declare("cloudflare", adapter="statuspage")
    desk.land(("cloudflare", sample.name, sample.read_bytes()))
    with desk.shown() as engine:
        rows = balances(engine)
        assert sum(row["read"] for row in rows) == 23
        assert sum(row["quarantined"] for row in rows) == 0


@pytest.mark.parametrize(
    ("adapter", "entity", "words"),
    [
        pytest.param("servicenow", None, "did you mean 'servicenow_incident'", id="an adapter's name mistyped"),
        pytest.param("canonical", None, "without an entity", id="canonical without an entity"),
        pytest.param("canonical", "tickets", "did you mean 'ticket'", id="an entity's name mistyped"),
    ],
)
def test_an_unknown_adapter_is_named_with_the_known_ones(adapter: str, entity: str | None, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        adapter_for(adapter, entity, "reference/sources.yml")
