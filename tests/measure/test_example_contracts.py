"""The example contracts of public terms: what they promise of error rates, requests and hours can be measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.model.contract import Contract, resolve_contract
from tests.measure.estate import measured

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
FILES = sorted(file for file in FOLDER.glob("*.yaml") if not file.name.startswith("00-"))
RATES = ("error_rate", "request_ratio", "waiver", "all_attempts_fail", "no_output_within")
pytestmark = pytest.mark.skipif(not FILES, reason="the example contracts are not beside the project")


def contract_of(file: Path) -> Contract:
    """Return a contract as if it were in force today."""
    text = yaml.safe_load(file.read_text(encoding="utf-8"))
    text["version"] |= {"effective_from": "2020-01-01", "effective_to": None}
    return resolve_contract(text)


def speaks_of_rates(measure: Any) -> bool:
    rules = (getattr(getattr(measure, name, None), "rule", None) for name in ("unavailable_when", "failed_when"))
    return measure.kind in RATES or any(rule in RATES for rule in rules)


def test_every_measure_of_rates_in_public_contracts_has_a_headline() -> None:
    """All fourteen govern one service each, watched by one probe."""
    assert len(FILES) == 14
    contracts = [contract_of(file) for file in FILES]
    rated = {(one.contract_version_id, name) for one in contracts for name, measure in one.measures.items() if speaks_of_rates(measure)}
    services = {one.provider.id: f"service-{one.provider.id}" for one in contracts}
    classes = sorted({(one.provider.id, name) for one in contracts for each in one.measures.values() for name in each.applies_to.classes})
    tables = {
        "staged.service_catalogue": [
            {"service_id": service, "component_id": service, "provider_id": provider} for provider, service in services.items()
        ]
        + [
            {"service_id": services[provider], "component_id": name, "parent_id": services[provider], "provider_id": provider}
            | {"component_class": name}
            for provider, name in classes
        ],
        "staged.monitoring_rule": [{"rule_id": service, "component_id": service} for service in services.values()],
        "staged.monitoring_sample": [
            {"rule_id": service, "component_raw": service, "raw_id": service, "requests": 500, "errors": 50}
            | {"start_at": "2026-06-10T10:00:00Z", "end_at": "2026-06-10T10:10:00Z"}
            for service in services.values()
        ],
    }
    engine = measured(contracts, tables, only=["results"])
    found = engine.rows("""
        select part.contract_version_id, part.measure_id, result.value_den
        from measured.results as result inner join measured.parts as part using (part_no)
        where result.variant = 'headline'
    """)
    valued = {(row["contract_version_id"], row["measure_id"]) for row in found if row["value_den"] is not None}
    told = {(row["contract_version_id"], row["measure_id"]) for row in found}
    assert rated - told == set()
    assert {name for _, name in rated - valued} == {"actions"}  # whether output came in time is measured nowhere
