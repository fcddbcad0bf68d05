"""A small estate as tables of the Engine: what measuring reads, with defaults for everything a test does not name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.store.engine import Engine, physical
from tasks.store.run_columns import COLUMNS
from tasks.store.staged import staged_columns

Row = dict[str, Any]
ALWAYS = "2020-01-01T00:00:00Z"
MEASURE: Row = {
    "contract_version_id": "ACME/1",
    "contract_id": "ACME",
    "measure_id": "uptime",
    "kind": "availability",
    "service_id": "shop",
    "provider_id": "acme",
    "target": "99.9",
    "comparator": "gte",
    "service_hours": "24x7",
    "denominator": "remove_from_both",
    "is_denominator_silent": False,
    "partial_period": "active_only",
    "is_partial_period_silent": False,
    "unmeasured_time": "unknown",
    "composite": "catalogue",
    "measured_by": [],
    "confirmed_by": 1,
    "unavailable_rule": "monitoring_state",
    "unavailable_states": ["down"],
    "outage_clock_start": "occurred",
    "granularity": "exact",
    "min_consecutive_us": 0,
    "min_consecutive_comparator": "gte",
    "bridge_gap_us": 0,
    "partial_outage": "binary",
    "overlap_weight": "max",
}
VERSION: Row = {
    "contract_version_id": "ACME/1",
    "contract_id": "ACME",
    "number": 1,
    "provider_id": "acme",
    "provider_role": "provider",
    "timezone": "UTC",
    "currency": "EUR",
    "effective_from": ALWAYS,
    "is_unsigned": False,
}
WINDOW: Row = {
    "contract_version_id": "ACME/1",
    "measure_id": "uptime",
    "service_id": "shop",
    "period": "2026-06",
    "window_start_at": "2026-06-01T00:00:00Z",
    "window_end_at": "2026-07-01T00:00:00Z",
    "start_at": "2026-06-01T00:00:00Z",
    "end_at": "2026-07-01T00:00:00Z",
}
CONTEXT: Row = {
    "occasion": "month",
    "period": "2026-06",
    "period_start_at": "2026-06-01T00:00:00Z",
    "period_end_at": "2026-07-01T00:00:00Z",
    "as_of": "2026-10-01T00:00:00Z",
    "region": "eu",
    "display_timezone": "UTC",
    "is_preview": False,
}
POLICY: Row = {
    "tried_holds_us": [60_000_000],
    "unmeasured_warn_above": "0.01",
    "unmeasured_block_above": "0.05",
    "recurrence_us": 90 * 24 * 3_600_000_000,
    "list_only_below": 5,
    "flagged_below": 20,
    "bootstrap_resamples": 10_000,
    "major_severities": ["P1"],
}
ENTRY: Row = {
    "service_id": "shop",
    "component_id": "shop",
    "provider_id": "acme",
    "sla_governed": True,
    "owner_team": "web",
    "valid_from": ALWAYS,
}
RULE: Row = {"rule_id": "probe", "component_id": "shop", "kind": "probe", "independent_of_provider": True, "active_from": ALWAYS}
SAMPLE: Row = {"source_system": "prom", "rule_id": "probe", "component_raw": "shop", "state": "up"}
INCIDENT: Row = {
    "service_id": "shop",
    "component_ids": ["shop"],
    "provider_id": "acme",
    "contract_version_id": "ACME/1",
    "major": False,
    "responsibility": "provider",
    "status": "closed",
    "outage_basis": "monitoring",
    "down_us": 0,
    "disputed": "none",
    "change_related": "none",
    "is_change_tested": False,
    "tickets": 1,
    "vendor_records": 0,
    "alerts": 0,
    "episodes": 0,
    "flags": [],
}
OUTAGE: Row = {"component_id": "shop", "state": "down", "weight": "1", "basis": "monitoring", "raw_ids": []}
EXCLUSION: Row = {
    "type": "pre_approved_maintenance",
    "contract_version_id": "ACME/1",
    "component_id": "shop",
    "signoff_ids": [],
    "evidence": [],
    "source_raw_id": "plan",
    "status": "applied",
}
STAGED = (
    "service_catalogue",
    "monitoring_rule",
    "ticket",
    "ticket_history",
    "severity_change",
    "communication_event",
    "alert",
    "monitoring_sample",
    "vendor_record",
    "invoice",
    "invoice_line",
    "exclusion_request",
    "dispute",
    "revocation",
    "problem",
    "claim_event",
)
RECONCILED = (
    "incidents",
    "incident_members",
    "incident_aliases",
    "outage_intervals",
    "unmeasured_intervals",
    "exclusions",
    "discrepancies",
    "recurrences",
    "component_watch",
    "pause_intervals",
    "outage_users",
    "rule_outages",
    "rule_states",
    "measure_exclusions",
    "superseded",
    "side_spans",
    "session_alerts",
    "session_places",
)
SAME_COLUMNS = {"recurrences": "recurrence"}  # a working table and the table of tables.yml that it becomes
SHARES = {"weight": "DECIMAL(9,6)", "affected_users": "BIGINT"}
WORKING = {
    "component_watch": {"component_id": "VARCHAR", "watched_us": "BIGINT", "unmeasured_us": "BIGINT"},
    "measure_exclusions": {"exclusion_id": "VARCHAR", "measure_id": "VARCHAR"},
    "outage_users": {"incident_id": "VARCHAR", "component_id": "VARCHAR", "start_at": "TIMESTAMPTZ"} | SHARES,
    "rule_outages": {"incident_id": "VARCHAR", "component_id": "VARCHAR", "rule_id": "VARCHAR", "state": "VARCHAR"}
    | {"start_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ"}
    | SHARES,
    "side_spans": dict.fromkeys(("side", "provider_id", "component_id", "incident_id", "state"), "VARCHAR")
    | SHARES
    | {"start_us": "BIGINT", "end_us": "BIGINT", "raw_ids": "VARCHAR[]"},
    "session_alerts": {"series_no": "BIGINT", "session_no": "BIGINT", "disposition": "VARCHAR", "is_credible": "BOOLEAN"}
    | {"is_open": "BOOLEAN", "start_us": "BIGINT", "end_us": "BIGINT"},
    "session_places": {"series_no": "BIGINT", "session_no": "BIGINT", "rule_id": "VARCHAR", "component_key": "VARCHAR"}
    | {"start_us": "BIGINT", "alerts": "BIGINT", "is_flapping": "BOOLEAN", "place": "VARCHAR", "rules": "BIGINT", "incident_id": "VARCHAR"},
    "rule_states": {"rule_id": "VARCHAR", "component_id": "VARCHAR", "state": "VARCHAR", "start_us": "BIGINT", "end_us": "BIGINT"},
    "superseded": {"entity": "VARCHAR", "source_system": "VARCHAR", "source_key": "VARCHAR", "first_recorded_from": "TIMESTAMPTZ"},
}
TICKET: Row = {"source_system": "desk"}
MEMBER: Row = {"source_system": "desk", "entity": "ticket", "member_role": "founder", "joined_by": "founder"}
DEFAULTS: dict[str, Row] = {
    "staged.ticket": TICKET,
    "staged.ticket_history": TICKET,
    "staged.severity_change": TICKET,
    "reconciled.incident_members": MEMBER,
    "run.measures": MEASURE,
    "run.contract_versions": VERSION,
    "run.windows": WINDOW,
    "run.context": CONTEXT,
    "run.policy": POLICY,
    "staged.service_catalogue": ENTRY,
    "staged.monitoring_rule": RULE,
    "reconciled.incidents": INCIDENT,
    "staged.monitoring_sample": SAMPLE,
    "reconciled.outage_intervals": OUTAGE,
    "reconciled.outage_users": {"component_id": "shop", "weight": "1"},
    "reconciled.rule_outages": {"component_id": "shop", "rule_id": "probe", "state": "down", "weight": "1"},
    "reconciled.rule_states": {"component_id": "shop", "rule_id": "probe", "state": "up"},
    "reconciled.exclusions": EXCLUSION,
}
ONE_ROW = ("run.measures", "run.contract_versions", "run.windows", "run.context", "run.policy", "staged.service_catalogue")


def columns_of(address: str) -> Mapping[str, str]:
    """Return the columns of an input table."""
    room, table = address.split(".")
    if room == "run":
        return COLUMNS[address]
    if table in WORKING:
        return WORKING[table]
    return staged_columns(table) if room == "staged" else physical(dictionary().tables[SAME_COLUMNS.get(table, table)].columns)


def fill(engine: Engine, given: Mapping[str, Iterable[Row]]) -> None:
    """Create every input table of measuring: rows named by a test over the defaults; a table not named has its one default row, or none."""
    addresses = [*COLUMNS, *(f"staged.{name}" for name in STAGED), *(f"reconciled.{name}" for name in RECONCILED)]
    unknown = set(given) - set(addresses)
    assert not unknown, f"no such input table: {unknown}"
    for address in addresses:
        rows = given.get(address, [{}] if address in ONE_ROW else [])
        engine.create(address, columns_of(address), [{**DEFAULTS.get(address, {}), **row} for row in rows])
    engine.build("reconciled", only=["name_spans"])
    if "run.measure_components" not in given:
        engine.execute("""
            insert into run.measure_components
            select distinct contract_version_id, measure_id, service_id, entry.component_id
            from run.measures join staged.service_catalogue as entry using (service_id)
        """)
