"""A small estate as tables of the Engine: what reconciling reads, with defaults for everything a test does not name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.policy import resolve_policy
from tasks.reconcile.reconciliation import SIGNOFF_COLUMNS, build_reconciled, signoff_rows
from tasks.store.engine import Engine, Limits, models_of, physical
from tasks.store.run_columns import COLUMNS
from tasks.store.run_rows import policy_row
from tasks.store.staged import VERSION_COLUMNS, staged_columns

Row = dict[str, Any]
ALWAYS = "2020-01-01T00:00:00Z"
RECORDED = "2026-06-20T08:00:00Z"
AS_OF = "2026-07-01T00:00:00Z"
GOVERNED_COLUMNS = {
    "contract_version_id": "VARCHAR",
    "measure_id": "VARCHAR",
    "service_id": "VARCHAR",
    "component_id": "VARCHAR",
    "start_at": "TIMESTAMPTZ",
    "end_at": "TIMESTAMPTZ",
}
CONTEXT: Row = {
    "occasion": "month",
    "period": "2026-06",
    "period_start_at": "2026-06-01T00:00:00Z",
    "period_end_at": "2026-07-01T00:00:00Z",
    "as_of": AS_OF,
    "region": "eu",
    "display_timezone": "UTC",
    "is_preview": False,
}
DEFAULTS: dict[str, Row] = {
    "service_catalogue": {"service_id": "shop", "provider_id": "acme", "sla_governed": True, "valid_from": ALWAYS},
    "ticket": {"source_system": "desk", "service_raw": "shop", "severity_raw": "P3", "state": "closed"},
    "ticket_history": {"source_system": "desk", "field": "state", "actor_ref": "P-1", "actor_kind": "human"},
    "alert": {"source_system": "pager", "rule_id": "probe", "component_raw": "shop", "signal": "synthetic", "disposition": "true_positive"},
    "monitoring_sample": {"source_system": "probes", "rule_id": "probe", "component_raw": "shop", "state": "down"},
    "monitoring_rule": {
        "rule_id": "probe",
        "component_id": "shop",
        "kind": "probe",
        "interval_s": 60,
        "independent_of_provider": True,
        "active_from": ALWAYS,
    },
    "vendor_record": {"source_system": "acme", "provider_id": "acme", "component_raw": "shop", "status": "final"},
    "maintenance_window": {"source_system": "plans", "components": ["shop"], "kind": "pre_approved"},
    "change": {"source_system": "desk", "components": ["shop"], "kind": "deployment", "outcome": "success"},
    "exclusion_request": {"type": "customer_caused", "party": "customer", "component_id": "shop", "requested_at": RECORDED},
    "exception": {
        "subject_type": "component",
        "subject_id": "shop",
        "effect": "interval",
        "policy_rule": "interval",
        "requested_by_ref": "P-ASKS",
    },
    "signoff": {"party": "customer", "method": "document", "decision": "approve", "signer_ref": "P-SIGNS", "signed_at": RECORDED},
    "override": {"subject_type": "incident", "author_ref": "P-1", "author_role": "service_manager", "decided_at": RECORDED},
    "match_review": {"author_ref": "P-1", "author_role": "service_manager", "decided_at": RECORDED, "reason": "looked at both"},
}
MEASURE: Row = {
    "contract_version_id": "ACME@1",
    "contract_id": "ACME",
    "measure_id": "uptime",
    "kind": "availability",
    "service_id": "shop",
    "provider_id": "acme",
    "unavailable_states": ["down"],
    "partial_outage": "binary",
}
VERSION: Row = {
    "contract_version_id": "ACME@1",
    "contract_id": "ACME",
    "number": 1,
    "provider_id": "acme",
    "provider_role": "provider",
    "timezone": "UTC",
    "currency": "EUR",
    "effective_from": ALWAYS,
    "is_unsigned": False,
}
NAMED = re.compile(
    r"^(service|component|ticket|rule|vendor|alert|change|problem|review|request|parent|mw)_(id|key|raw)$"
    r"|^(raw_id|source_key|aliases|components)$|_refs?$|_review_id$"
)
MARK = re.compile(r"~([0-9]+)$")
HOUR_US = 3_600_000_000
TERMS: dict[str, Row] = {
    "pre_approved_maintenance": {"is_allowed": True, "notice_us": 120 * HOUR_US, "is_approval_required": True},
    "emergency_maintenance": {"is_allowed": False, "notice_us": 0, "max_us_per_month": 0},
    "customer_caused": {"is_allowed": True, "accepted_by": "both_parties"},
    "force_majeure": {"is_allowed": True, "notice_us": 72 * HOUR_US, "accepted_by": "both_parties"},
    "third_party": {"is_allowed": False},
}


def at(clock: str, day: int = 10) -> str:
    """Return an instant of June 2026 in UTC from a clock time such as 10:06 or 10:06:30."""
    return f"2026-06-{day:02}T{clock}{':00' if clock.count(':') == 1 else ''}Z"


def landed(entity: str, rows: Iterable[Row]) -> list[Row]:
    """Return rows of an entity with the landing columns that a test leaves out; `raw_id` is the key unless given."""
    key = dictionary().entities[entity].key
    found = []
    for given in rows:
        row = {"source_system": "journal"} | DEFAULTS.get(entity, {}) | given
        if entity == "service_catalogue":
            row.setdefault("component_id", row["service_id"])
        source_key = "|".join(str(row.get(name)) for name in key)
        found.append(
            {
                "raw_id": f"{entity}:{source_key}",
                "entity": entity,
                "source_id": row["source_system"],
                "source_key": source_key,
                "recorded_from": RECORDED,
                "extracted_at": RECORDED,
                "payload_sha256": f"sha256 of {source_key}",
            }
            | row
        )
    return found


def up_around(spans: Iterable[tuple[str, str]], start: str, end: str, **columns: Any) -> list[Row]:
    """Return samples of one rule that was down in the spans (half-open) and up in the rest of [start, end)."""
    rows, reached = [], start
    for down_start, down_end in spans:
        if reached < down_start:
            rows.append({"state": "up", "start_at": reached, "end_at": down_start, **columns})
        rows.append({"state": "down", "start_at": down_start, "end_at": down_end, **columns})
        reached = down_end
    if reached < end:
        rows.append({"state": "up", "start_at": reached, "end_at": end, **columns})
    return rows


def make_world(
    staged: Mapping[str, Iterable[Row]],
    *,
    run: Mapping[str, Iterable[Row]] | None = None,
    policy: Row | None = None,
    as_of: str = AS_OF,
    older: Mapping[str, Iterable[Row]] | None = None,
    terms: Mapping[str, Row] | None = None,
    limits: Limits | None = None,
) -> Engine:
    """Return an engine with everything that reconciling reads.

    Args:
        staged: Rows of entities, current at as_of; one service `shop` of provider `acme` if no catalogue is given.
        run: Rows of run tables; a contract ACME@1 over `shop` if left out.
        policy: Columns of run.policy that differ from the default policy.
        as_of: Instant of knowledge.
        older: Rows of entities that a current row replaced.
        terms: Exclusion terms by type, over the defaults.
        limits: Of the engine.
    """
    engine = Engine(limits)
    given = {"service_catalogue": [{}], "monitoring_rule": [{}]} | {name: list(rows) for name, rows in staged.items()}
    past = older or {}
    reads = {read for model in models_of("reconciled") for read in model.reads}
    for address in sorted(read for read in reads if read.startswith("staged.")):
        name = address.removeprefix("staged.")
        if name in dictionary().entities:
            engine.create(address, staged_columns(name), landed(name, given.get(name, [])))
        elif name.endswith("_versions"):
            entity = name.removesuffix("_versions")
            rows = [row | {"is_current": True, "is_duplicate": False} for row in landed(entity, given.get(entity, []))]
            rows += [row | {"is_current": False, "is_duplicate": False} for row in landed(entity, past.get(entity, []))]
            engine.create(address, staged_columns(entity) | VERSION_COLUMNS, rows)
        else:
            engine.create(address, physical(dictionary().tables[name].columns), given.get(name, []))
    resolved = resolve_policy()
    tables: dict[str, Iterable[Row]] = {
        "run.context": [CONTEXT | {"as_of": as_of}],
        "run.policy": [policy_row(resolved) | (policy or {})],
        "run.severity_map": [{"severity_raw": word.lower(), "severity": severity} for word, severity in resolved.severity_map.items()],
        "run.contract_versions": [VERSION],
        "run.measures": [MEASURE],
        "run.exclusion_terms": [
            {"contract_version_id": "ACME@1", "type": name, "clause": "7", "named": []} | TERMS[name] | (terms or {}).get(name, {})
            for name in TERMS
        ],
        "run.incident_terms": [],
        "run.signoff_roles": list(signoff_rows(resolved)),
        "run.governed_components": [
            {"contract_version_id": "ACME@1", "measure_id": "uptime", "service_id": "shop", "component_id": "shop", "start_at": ALWAYS}
        ],
    } | dict(run or {})
    columns = COLUMNS | {"run.signoff_roles": SIGNOFF_COLUMNS, "run.governed_components": GOVERNED_COLUMNS}
    for address, rows in tables.items():
        engine.create(address, columns[address], rows)
    return engine


def reconciled(staged: Mapping[str, Iterable[Row]], **how: Any) -> Engine:
    """Return a world with every table of `reconciled` built."""
    engine = make_world(staged, **how)
    build_reconciled(engine)
    return engine


def side_by_side(cases: Iterable[Mapping[str, Iterable[Row]]]) -> Engine:
    """Return one world in which every case has services, components and records of its own: a world costs a second, whatever it holds.

    Every name of the n-th case ends with `~n`; all share the provider, the contract and the instant of knowledge.
    """
    staged: dict[str, list[Row]] = defaultdict(list)
    governed: list[Row] = []
    for place, case in enumerate(cases):
        given = {"service_catalogue": [{}], "monitoring_rule": [{}]} | {entity: list(rows) for entity, rows in case.items()}
        for entity, rows in given.items():
            staged[entity] += [_marked(row, place) for row in (landed(entity, rows) if entity in dictionary().entities else rows)]
        shop = f"shop~{place}"
        governed.append(
            {"contract_version_id": "ACME@1", "measure_id": "uptime", "service_id": shop, "component_id": shop, "start_at": ALWAYS}
        )
    measures = [MEASURE | {"service_id": row["service_id"]} for row in governed]
    return reconciled(staged, run={"run.governed_components": governed, "run.measures": measures})


def by_case(engine: Engine, sql: str) -> dict[int, list[tuple[Any, ...]]]:
    """Return the rows of a query by case, told by the first column, a marked name; the others as the case wrote them."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in engine.rows(sql):
        name, *values = row.values()
        mark = MARK.search(name)
        assert mark, f"{name} is a name of no case"
        found[int(mark[1])].append(tuple(MARK.sub("", value) if isinstance(value, str) else value for value in values))
    return found


def _marked(row: Row, place: int) -> Row:
    """Return a row with the names of the n-th case."""
    return {column: _mark(value, place) if NAMED.search(column) else value for column, value in row.items()}


def _mark(value: Any, place: int) -> Any:
    if isinstance(value, list):
        return [_mark(item, place) for item in value]
    return value if value is None else f"{value}~{place}"
