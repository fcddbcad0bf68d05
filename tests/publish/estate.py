"""A lifelike month of an invented estate, worked into the tables that publishing reads: ten services, three vendors, a clock-change month.

Levels and credits are worked out here by the shortest arithmetic (spans of one component do not overlap), independent of `tasks/measure`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tasks.gate.rules import rules_of
from tasks.measure.measuring import HISTORY_COLUMNS
from tasks.model.dictionary import dictionary
from tasks.model.identity import canonical_json, incident_id, sha256_json, short_id
from tasks.model.instants import exact_instant
from tasks.model.policy import resolve_policy
from tasks.model.run import Run
from tasks.publish.front import front_page
from tasks.publish.manifest import Origins
from tasks.publish.method import ContractText
from tasks.publish.pack import Pack, Terms, publish_pack
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.packs import write_front
from tasks.store.run_columns import COLUMNS, GATE_COLUMNS
from tasks.store.staged import COUNT_COLUMNS, VERSION_COLUMNS, staged_columns

Row = dict[str, Any]
START, END = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)  # October in Berlin: 745 hours
AS_OF = datetime(2026, 11, 3, 6, tzinfo=UTC)
RUN = Run("5e1f0c3a9b7d2468", "month", "2026-10", START, END, AS_OF, "eu-west", "Europe/Berlin")
STAGED_READ = (
    "service_catalogue",
    "ticket",
    "ticket_history",
    "vendor_record",
    "exclusion_request",
    "alert",
    "monitoring_sample",
    "contract_version",
    "contract_measure",
    "maintenance_window",
    "exclusion_request",
    "exception",
    "signoff",
    "override",
    "revocation",
    "dispute",
    "claim_event",
)
MEASURED = (
    *("sla_results", "breaches", "credits", "credit_steps", "exclusion_effects", "clock_ledger", "claims"),
    *("verdict_sensitivity", "incident_targets", "vendor_accuracy", "alert_rules", "alert_tuning", "transient_alerts"),
    *("dispute_sheet", "dispute_effects", "waterfall", "metrics"),
)
RECONCILED = (
    "incidents",
    "incident_members",
    "field_provenance",
    "discrepancies",
    "outage_intervals",
    "unmeasured_intervals",
    "exclusions",
    "match_decisions",
    "alert_episodes",
)


LEADS = dict.fromkeys(("episode_id", "rule_id", "component_key"), "VARCHAR")
PLACEMENT = dict.fromkeys(("raw_id", "entity", "source_system", "source_id", "placed_as", "incident_id", "reason"), "VARCHAR")


def at(text: str) -> datetime:
    """Return `10-06 09:12:05` as an instant of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def us(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def raw(*parts: str) -> str:
    return short_id("raw", list(parts))[4:] * 4


@dataclass
class Outage:
    """One incident with one outage: what monitoring saw, and what ticket and vendor say."""

    ticket: str | None
    start: str
    end: str
    title: str = ""
    vendor: tuple[str, str] | None = None
    ticket_says: tuple[str, str] | None = None
    alert: tuple[str, str] | None = None
    severity: str = "P2"


@dataclass
class Exclusion:
    """One tested exclusion."""

    kind: str
    start: str
    end: str
    status: str
    reason: str | None = None
    notice: str | None = None
    approved: str | None = None
    clause: str | None = None
    role: str | None = None


@dataclass
class Service:
    """One service with one availability measure."""

    service_id: str
    name: str
    contract: str
    target: str
    fee: str | None = None
    currency: str | None = "EUR"
    outages: list[Outage] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    unmeasured: list[tuple[str, str]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    status: str | None = None
    basis: str = "monitoring"
    unmeasured_time: str = "unknown"


@dataclass
class Contract:
    """One contract version."""

    contract_id: str
    number: int
    provider: str
    timezone: str
    currency: str | None
    role: str = "provider"
    is_unsigned: bool = False

    @property
    def version_id(self) -> str:
        return f"{self.contract_id}@{self.number}"


CONTRACTS = [
    Contract("acme-cloud", 3, "Acme Cloud", "Europe/Berlin", "EUR"),
    Contract("fastlane-wan", 1, "Fastlane Networks", "UTC", "USD"),
    Contract("payproc", 2, "PayProc", "Europe/London", "GBP"),
    Contract("platform-ola", 1, "Platform team", "Europe/Berlin", None, "internal_team"),
]

SERVICES = [
    Service(
        "checkout",
        "Checkout",
        "acme-cloud",
        "99.95",
        "18400.00",
        outages=[
            Outage(
                "INC0048812",
                "10-06 09:12:05",
                "10-06 10:31:40",
                "Checkout answers 502",
                ("10-06 09:20:00", "10-06 10:05:00"),
                ("10-06 09:15:00", "10-06 10:40:00"),
                ("10-06 09:13:05", "10-06 10:32:40"),
                "P1",
            ),
            Outage(
                "INC0049230",
                "10-21 18:02:11",
                "10-21 18:44:58",
                "Cart not saved",
                ("10-21 18:02:00", "10-21 18:45:00"),
                ("10-21 18:10:00", "10-21 18:50:00"),
            ),
            Outage(
                "INC0049301",
                "10-23 07:30:00",
                "10-23 07:55:00",
                "Wrong DNS record after our own change",
                None,
                ("10-23 07:33:00", "10-23 08:00:00"),
            ),
        ],
        exclusions=[
            Exclusion(
                "pre_approved_maintenance",
                "10-11 00:00:00",
                "10-11 02:00:00",
                "applied",
                None,
                "10-02 08:00:00",
                "10-05 12:00:00",
                "MSA 4.2",
                "service_manager",
            ),
            Exclusion("customer_caused", "10-23 07:30:00", "10-23 07:55:00", "requested", "UNDECIDED", None, None, "MSA 4.5"),
            Exclusion(
                "pre_approved_maintenance",
                "10-06 09:00:00",
                "10-06 10:00:00",
                "rejected",
                "NOTICE_TOO_SHORT",
                "10-05 16:00:00",
                "10-06 08:00:00",
                "MSA 4.2",
                "service_manager",
            ),
        ],
    ),
    Service(
        "payments",
        "Payment gateway",
        "payproc",
        "99.99",
        "9250.00",
        "GBP",
        outages=[
            Outage(
                "INC0048990",
                "10-25 00:41:17",
                "10-25 00:53:20",
                "Card payments declined",
                ("10-25 00:44:00", "10-25 00:51:00"),
                ("10-25 00:45:00", "10-25 01:00:00"),
                ("10-25 00:42:17", "10-25 00:54:20"),
                "P1",
            ),
        ],
    ),
    Service(
        "branch-north",
        "Branch network, northern region",
        "fastlane-wan",
        "99.9",
        "6100.00",
        "USD",
        outages=[
            Outage("INC0049511", "10-31 20:10:00", "11-01 01:15:00", "Branches offline", None, ("10-31 20:25:00", "11-01 01:30:00")),
            Outage(None, "10-14 03:00:00", "10-14 03:22:30"),
        ],
        flags=["OPEN_AT_WINDOW_END"],
    ),
    Service(
        "orders",
        "Order management",
        "acme-cloud",
        "99.9",
        "7300.00",
        unmeasured=[("10-08 00:00:00", "10-10 12:00:00")],
        flags=["UNMEASURED"],
        status="insufficient_evidence",
    ),
    Service(
        "crm",
        "Customer records",
        "acme-cloud",
        "99.9",
        "5200.00",
        outages=[
            Outage("INC0049007", "10-13 11:00:00", "10-13 11:35:00", "Slow pages", ("10-13 11:00:00", "10-13 11:30:00")),
        ],
    ),
    Service(
        "search",
        "Product search",
        "acme-cloud",
        "99.9",
        "3100.00",
        outages=[
            Outage("INC0048855", "10-07 04:10:00", "10-07 04:31:30", "Index rebuilt", None, ("10-07 04:12:00", "10-07 04:40:00")),
            Outage("INC0049400", "10-28 14:00:00", "10-28 14:09:00", "Search empty", None, ("10-28 14:02:00", "10-28 14:15:00")),
        ],
        unmeasured=[("10-19 10:00:00", "10-19 10:20:00")],
    ),
    Service(
        "warehouse",
        "Warehouse terminals",
        "fastlane-wan",
        "99.5",
        "4800.00",
        "USD",
        outages=[
            Outage("INC0049122", "10-19 05:00:00", "10-19 06:20:00", "Terminals lose their session", ("10-19 05:02:00", "10-19 06:18:00")),
        ],
    ),
    Service(
        "sign-in",
        "Sign-in",
        "platform-ola",
        "99.9",
        None,
        None,
        outages=[
            Outage("INC0049055", "10-15 08:00:00", "10-15 08:11:00", "Login loop"),
        ],
    ),
    Service("mail", "Customer e-mail", "acme-cloud", "99.5", "1900.00"),
    Service("reporting", "Reporting", "platform-ola", "99", None, None, basis="ticket", flags=["NO_MONITORING"]),
]
TIERS = [(Decimal("95"), 100), (Decimal("99"), 25), (Decimal("101"), 10)]  # below: percent of the fee; the last for every other miss


@dataclass
class Estate:
    """Tables by address, filled service by service."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, address: str, **row: Any) -> None:
        self.tables.setdefault(address, []).append(row)


def clipped(start: datetime, end: datetime, contract: Contract) -> int:
    low, high = window(contract)
    return max(us(min(end, high) - max(start, low)), 0)


def window(contract: Contract) -> tuple[datetime, datetime]:
    """Return October in the contract's zone."""
    if contract.timezone == "UTC":
        return at("10-01 00:00:00"), at("11-01 00:00:00")
    shift = timedelta(hours=1) if contract.timezone == "Europe/London" else timedelta(0)
    return (START + shift, END + shift) if shift else (START, END)


def build_estate(services: list[Service] = SERVICES, contracts: list[Contract] = CONTRACTS) -> Estate:
    """Return every table of the month."""
    estate = Estate()
    known = {contract.contract_id: contract for contract in contracts}
    for contract in contracts:
        _contract(estate, contract)
    for service in services:
        _service(estate, service, known[service.contract])
    return estate


def load(engine: Engine, estate: Estate, run: Run = RUN, *, without: tuple[str, ...] = ()) -> None:
    """Create every table that publishing reads, those without rows too."""
    context = {"occasion": run.occasion, "period": run.period, "period_start_at": run.start_at, "period_end_at": run.end_at}
    estate.tables["run.context"] = [
        context | {"as_of": run.as_of, "region": run.region, "display_timezone": run.display_timezone, "is_preview": run.is_preview}
    ]
    limits = {"unmeasured_warn_above": "0.01", "unmeasured_block_above": "0.05"}
    estate.tables["run.policy"] = [
        {"duration_abs_us": 300_000_000, "duration_rel": "0.05", "list_only_below": 5, "flagged_below": 20, "wilson_z": "1.959963984540054"}
        | limits
    ]
    for address in (
        "run.context",
        "run.policy",
        "run.windows",
        "run.contract_versions",
        "run.measures",
        "run.measure_components",
        "run.incident_terms",
    ):
        engine.create(address, COLUMNS[address], estate.tables.get(address, []))
    for entity in STAGED_READ:
        columns = staged_columns(entity) | VERSION_COLUMNS
        engine.create(f"staged.{entity}", columns, estate.tables.get(f"staged.{entity}", []))
    engine.create("measured.level_history", HISTORY_COLUMNS, estate.tables.get("measured.level_history", []))
    engine.create("staged.balance", COUNT_COLUMNS["staged.balance"], estate.tables.get("staged.balance", []))
    engine.create("reconciled.episode_leads", LEADS, estate.tables.get("reconciled.episode_leads", []))
    engine.create("reconciled.placement", PLACEMENT, estate.tables.get("reconciled.placement", []))
    built_in = [{"rule_id": rule.rule_id, "words": rule.words} for rule in rules_of(resolve_policy().quality)]
    told = [*built_in, *estate.tables.get("staged.gate_rules", [])]
    engine.create("staged.gate_rules", GATE_COLUMNS["staged.gate_rules"], [row | {"place": place} for place, row in enumerate(told)])
    for name in ("data_quality", "issues", "quarantine"):
        engine.create_like_dictionary(f"staged.{name}", estate.tables.get(f"staged.{name}", []))
    for room, names in (("measured", MEASURED), ("reconciled", RECONCILED)):
        for name in names:
            if f"{room}.{name}" not in without:
                rows = [with_defaults(name, row) for row in estate.tables.get(f"{room}.{name}", [])]
                engine.create_like_dictionary(f"{room}.{name}", rows)


def with_defaults(table: str, row: Row) -> Row:
    """Fill what a hand-made row leaves out and may not be null: empty lists, zero counts, false."""
    empty: dict[str, Any] = {"VARCHAR[]": [], "BIGINT": 0, "BOOLEAN": False}
    filled = {c.name: empty[c.duckdb_type] for c in dictionary().tables[table].columns if not c.nullable and c.duckdb_type in empty}
    return filled | row


def _contract(estate: Estate, contract: Contract) -> None:
    spans = {"effective_from": at("01-01 00:00:00"), "effective_to": None}
    own = {"contract_version_id": contract.version_id, "contract_id": contract.contract_id, "number": contract.number}
    more = {"provider_id": contract.provider, "provider_role": contract.role, "timezone": contract.timezone, "currency": contract.currency}
    estate.add("run.contract_versions", **own, **more, **spans, is_unsigned=contract.is_unsigned)
    resolved = {
        "clock": {"timezone": contract.timezone},
        "credits": {"currency": contract.currency},
        "document": {"title": f"{contract.provider} MSA"},
    }
    estate.add(
        "staged.contract_version",
        **own,
        **more,
        **spans,
        raw_id=raw("contract", contract.version_id),
        window_kind="calendar_month",
        has_documentation_standard=False,
        signed_by="[]",
        verification="exact",
        content_sha256=raw(contract.contract_id),
        resolved=json.dumps(resolved),
    )


def _service(estate: Estate, service: Service, contract: Contract) -> None:
    own = {"contract_version_id": contract.version_id, "measure_id": "availability", "service_id": service.service_id}
    estate.add("run.measure_components", **own, component_id=service.service_id)
    terms = {"unmeasured_time": service.unmeasured_time, "partial_outage": "binary", "clause": "MSA 4.1"}
    estate.add("run.measures", **own, contract_id=contract.contract_id, kind="availability", **terms)
    estate.add(
        "staged.service_catalogue",
        service_id=service.service_id,
        component_id=service.service_id,
        name=service.name,
        aliases=[],
        valid_from=at("01-01 00:00:00"),
        sla_governed=True,
        raw_id=raw("catalogue", service.service_id),
    )
    incidents = [_incident(estate, service, contract, outage) for outage in service.outages]
    for start, end in service.unmeasured:
        gap = {"component_id": service.service_id, "start_at": at(start), "end_at": at(end), "cause": "no_data"}
        estate.add("reconciled.unmeasured_intervals", **gap, rule_ids=[f"probe-{service.service_id}"])
    for exclusion in service.exclusions:
        _exclusion(estate, service, contract, exclusion)
    _result(estate, service, contract, incidents)


def founder(service: Service, outage: Outage) -> str:
    """Return the raw_id that founds the incident of an outage."""
    return raw("ticket", service.service_id, outage.ticket or outage.start)


def _incident(estate: Estate, service: Service, contract: Contract, outage: Outage) -> str:
    ticket_raw = founder(service, outage)
    name = incident_id(ticket_raw)
    start, end = at(outage.start), at(outage.end)
    estate.add(
        "reconciled.incidents",
        incident_id=name,
        service_id=service.service_id,
        component_ids=[service.service_id],
        provider_id=contract.provider,
        contract_version_id=contract.version_id,
        ticket_key=outage.ticket,
        title=outage.title or None,
        occurred_at=start,
        restored_at=end,
        severity_max=outage.severity,
        responsibility="provider",
        status="closed",
        outage_basis=service.basis,
        down_us=us(end - start),
        disputed="none",
        change_related="none",
    )
    interval = {"incident_id": name, "component_id": service.service_id, "start_at": start, "end_at": end, "state": "down"}
    estate.add("reconciled.outage_intervals", **interval, weight="1", basis=service.basis, raw_ids=[])
    sample = raw("sample", service.service_id, outage.start)
    landing = {"region": "eu-west", "recorded_from": AS_OF}
    estate.add(
        "staged.monitoring_sample",
        **landing,
        raw_id=sample,
        source_system="probes",
        source_id="probes",
        entity="monitoring_sample",
        source_key=f"probe-{service.service_id}",
        rule_id=f"probe-{service.service_id}",
        component_raw=service.service_id,
        start_at=start,
        end_at=end,
        state="down",
    )
    _members(estate, name, service, outage, ticket_raw, landing)
    for bound, value in (("occurred_at", start), ("restored_at", end)):
        candidates = [{"raw_id": sample, "value": exact_instant(value), "rule_id": "RC-F1"}]
        if outage.vendor:
            candidates.append(
                {
                    "raw_id": raw("vendor", service.service_id, outage.start),
                    "value": exact_instant(at(outage.vendor[0 if bound == "occurred_at" else 1])),
                    "rule_id": "RC-F2",
                }
            )
        proof = {"incident_id": name, "field": bound, "value": exact_instant(value), "winner_raw_id": sample, "rule_id": "RC-F1"}
        estate.add("reconciled.field_provenance", **proof, candidates=canonical_json(candidates) if len(candidates) > 1 else None)
    estate.add(
        "reconciled.incident_members",
        incident_id=name,
        raw_id=sample,
        source_system="probes",
        source_key=f"probe-{service.service_id}",
        entity="monitoring_sample",
        member_role="evidence",
        joined_by="episode",
    )
    return name


def _placed(estate: Estate, name: str, raw_id: str, entity: str, system: str, source_id: str) -> None:
    place = {"source_system": system, "source_id": source_id, "placed_as": "incident", "incident_id": name}
    estate.add("reconciled.placement", raw_id=raw_id, entity=entity, **place)


def _members(estate: Estate, name: str, service: Service, outage: Outage, ticket_raw: str, landing: Row) -> None:
    if outage.ticket:
        says = outage.ticket_says or (outage.start, outage.end)
        _placed(estate, name, ticket_raw, "ticket", "servicenow", "desk")
        member = {"source_system": "servicenow", "source_key": outage.ticket, "entity": "ticket"}
        estate.add("reconciled.incident_members", incident_id=name, raw_id=ticket_raw, **member, member_role="founder", joined_by="founder")
        estate.add(
            "staged.ticket",
            **landing,
            raw_id=ticket_raw,
            **member,
            source_id="desk",
            ticket_key=outage.ticket,
            severity_raw="1",
            state="closed",
            opened_at=at(says[0]),
            restored_at=at(says[1]),
        )
    if outage.vendor:
        key = f"ST-{outage.start[:5]}"
        member = {"source_system": "statuspage", "source_key": key, "entity": "vendor_record"}
        vendor_raw = raw("vendor", service.service_id, outage.start)
        _placed(estate, name, vendor_raw, "vendor_record", "statuspage", "status")
        estate.add("reconciled.incident_members", incident_id=name, raw_id=vendor_raw, **member, member_role="evidence", joined_by="score")
        estate.add(
            "staged.vendor_record",
            **landing,
            raw_id=vendor_raw,
            **member,
            source_id="status",
            vendor_key=key,
            provider_id="Acme Cloud",
            started_at=at(outage.vendor[0]),
            ended_at=at(outage.vendor[1]),
            status="final",
        )
    if outage.alert:
        member = {"source_system": "alertmanager", "source_key": f"al-{outage.start}", "entity": "alert"}
        alert_raw = raw("alert", service.service_id, outage.start)
        _placed(estate, name, alert_raw, "alert", "alertmanager", "alerts")
        estate.add("reconciled.incident_members", incident_id=name, raw_id=alert_raw, **member, member_role="evidence", joined_by="episode")
        estate.add(
            "staged.alert",
            **landing,
            raw_id=alert_raw,
            **member,
            source_id="alerts",
            alert_key=f"al-{outage.start}",
            rule_id="probe",
            component_raw=service.service_id,
            fired_at=at(outage.alert[0]),
            cleared_at=at(outage.alert[1]),
            signal="errors",
            disposition="true_positive",
        )


def _exclusion(estate: Estate, service: Service, contract: Contract, exclusion: Exclusion) -> None:
    start, end = at(exclusion.start), at(exclusion.end)
    parts = [exclusion.kind, contract.version_id, service.service_id, exact_instant(start), exact_instant(end), raw("x", exclusion.start)]
    row = {"exclusion_id": short_id("X", parts), "type": exclusion.kind, "contract_version_id": contract.version_id}
    down = sum(max(us(min(at(o.end), end) - max(at(o.start), start)), 0) for o in service.outages)
    estate.add(
        "reconciled.exclusions",
        **row,
        component_id=service.service_id,
        start_at=start,
        end_at=end,
        contract_rule=exclusion.clause,
        notice_at=at(exclusion.notice) if exclusion.notice else None,
        approved_at=at(exclusion.approved) if exclusion.approved else None,
        approver_role=exclusion.role,
        source_raw_id=raw("x", exclusion.start),
        status=exclusion.status,
        reason=exclusion.reason,
    )
    effect = {"excluded_us": down if exclusion.status == "applied" else 0, "if_excluded_us": down}
    estate.add("measured.exclusion_effects", exclusion_id=row["exclusion_id"], result_id=result_id(service, contract, "headline"), **effect)


def result_id(service: Service, contract: Contract, variant: str) -> str:
    low, _ = window(contract)
    parts = [contract.version_id, "availability", service.service_id, "service", exact_instant(low), exact_instant(low), variant, "default"]
    return short_id("R", parts)


def _result(estate: Estate, service: Service, contract: Contract, incidents: list[str]) -> None:
    low, high = window(contract)
    agreed = us(high - low)
    down = sum(clipped(at(o.start), at(o.end), contract) for o in service.outages)
    excluded = sum(clipped(at(x.start), at(x.end), contract) for x in service.exclusions if x.status == "applied")
    unmeasured = sum(clipped(at(a), at(b), contract) for a, b in service.unmeasured)
    requested = sum(clipped(at(x.start), at(x.end), contract) for x in service.exclusions if x.status == "requested")
    target = Decimal(service.target)
    common = {
        "contract_id": contract.contract_id,
        "contract_version_id": contract.version_id,
        "measure_id": "availability",
        "kind": "availability",
        "service_id": service.service_id,
        "scope": "service",
        "period": "2026-10",
        "window_start_at": low,
        "window_end_at": high,
        "start_at": low,
        "end_at": high,
        "comparator": "gte",
        "target": target,
        "agreed_us": agreed,
        "unmeasured_us": unmeasured,
        "basis": service.basis,
        "reading": "default",
        "result_version": 1,
        "incident_ids": sorted(incidents),
        "allowance_us": int((agreed - excluded) * (100 - target) / 100),
    }
    cases = [("headline", down, excluded)]
    if requested:
        cases.append(("if_excluded", down - requested, excluded + requested))
    if unmeasured:
        cases.append(("unknown_as_down", down + unmeasured, excluded))
    for variant, counted, out in cases:
        base = agreed - out
        status = (service.status if variant == "headline" else None) or ("met" if (base - counted) * 100 >= target * base else "breached")
        flags = sorted(service.flags) if variant == "headline" else []
        value = {"value_num": base - counted, "value_den": base, "value_pct": (Decimal(100_000_000 * (base - counted) // base) / 1_000_000)}
        estate.add(
            "measured.sla_results",
            **common,
            result_id=result_id(service, contract, variant),
            variant=variant,
            status=status,
            wording=status.replace("_", " "),
            down_us=counted,
            excluded_us=out,
            disputed_us=0,
            outages=len(service.outages),
            flags=flags,
            **value,
        )
        if variant in ("headline", "if_excluded") and status == "breached" and contract.currency:
            _credit(estate, service, contract, variant, value, common)
    _ledger(estate, service, contract)
    headline = estate.tables["measured.sla_results"][-len(cases)]
    if headline["status"] == "breached":
        over = headline["down_us"] - headline["allowance_us"]
        short = target - headline["value_pct"]
        subject = headline["result_id"]
        estate.add(
            "measured.breaches",
            breach_id=short_id("B", [subject]),
            subject_kind="sla_result",
            sla_result_id=subject,
            contract_id=contract.contract_id,
            contract_version_id=contract.version_id,
            measure_id="availability",
            service_id=service.service_id,
            period="2026-10",
            incident_ids=sorted(incidents),
            over_us=over,
            short_pct=short,
            is_headline=True,
            is_if_counted=True,
        )


def _ledger(estate: Estate, service: Service, contract: Contract) -> None:
    """Write the ledger where anything but up-time occurs."""
    applied = [x for x in service.exclusions if x.status == "applied"]
    if not applied and not service.unmeasured and not service.outages:
        return
    spans = [(at(o.start), at(o.end), "counted", "R-AV2", [incident_id(founder(service, o))]) for o in service.outages]
    spans += [(at(x.start), at(x.end), "excluded", "R-EX2", []) for x in applied]
    spans += [(at(a), at(b), "unmeasured", "R-GR8", []) for a, b in service.unmeasured]
    low, high = window(contract)
    moment = low
    for start, end, word, rule, names in sorted(spans):
        start, end = max(start, low), min(end, high)
        _span(estate, service, contract, moment, start, "up", "R-AV1", [])
        _span(estate, service, contract, start, end, word, rule, names)
        moment = end
    _span(estate, service, contract, moment, high, "up", "R-AV1", [])


def _span(
    estate: Estate, service: Service, contract: Contract, start: datetime, end: datetime, word: str, rule: str, names: list[str]
) -> None:
    if end > start:
        estate.add(
            "measured.clock_ledger",
            subject_kind="sla_result",
            subject_id=result_id(service, contract, "headline"),
            start_at=start,
            end_at=end,
            length_us=us(end - start),
            counted_as=word,
            weight="1",
            rule_id=rule,
            incident_ids=names,
            raw_ids=[],
        )


def _credit(estate: Estate, service: Service, contract: Contract, variant: str, value: Row, common: Row) -> None:
    below, pct = next((edge, pct) for edge, pct in TIERS if value["value_pct"] < edge)
    subject = result_id(service, contract, variant)
    parts = [contract.version_id, "availability", service.service_id, "2026-10", variant, "default", [subject], []]
    name = short_id("C", parts)
    fee = None if service.fee is None else Decimal(service.fee)
    amount = None if fee is None else (fee * pct / 100).quantize(Decimal("0.01"))
    payable = {None: None}.get(amount, amount if variant == "headline" else (None if amount is None else Decimal(0)))
    estate.add(
        "measured.credits",
        credit_id=name,
        variant=variant,
        reading="default",
        contract_id=contract.contract_id,
        contract_version_id=contract.version_id,
        measure_id="availability",
        service_id=service.service_id,
        period="2026-10",
        sla_result_ids=[subject],
        form="tiers",
        tier=f"below {below if below < 100 else service.target} %",
        basis_amount=fee,
        fee_lines=["INV-2026-10/1"] if fee else [],
        pct=pct,
        computed=amount,
        after_cumulation=amount,
        after_minimum=amount,
        after_caps=amount,
        forgone=None if amount is None else Decimal(0),
        payable=payable,
        claimable=payable and (Decimal(0) if contract.is_unsigned else payable),
        currency=contract.currency,
        flags=sorted([*([] if fee else ["FEE_MISSING"]), *(["UNSIGNED_CONTRACT"] if contract.is_unsigned else [])]),
    )
    if amount is None or fee is None:
        return
    level = f"{value['value_pct']:.6f}"
    steps = [
        ("tier", "R-CR1", f"{level} % lies below {below if below < 100 else service.target} %: {pct} % of the fee", None),
        ("basis", "R-CR5", f"monthly charge of {service.name}, invoice line INV-2026-10/1", fee),
        ("multiply", "R-CR1", f"{fee} × {pct} %", fee * pct / 100),
        ("round", "R-MO2", "half up at the currency's minor unit", amount),
        ("cap_service", "R-CR6", "at most 100 % of the service's charge: not reached", amount),
    ]
    if variant == "headline":
        steps += [("payable", "R-DI5", "owed in the headline", amount), ("claimable", "R-RD1", "every reading gives as much", amount)]
    for number, (step, rule, words, after) in enumerate(steps, 1):
        estate.add(
            "measured.credit_steps",
            credit_id=name,
            step_no=number,
            step=step,
            rule_id=rule,
            words=words,
            amount=after,
            currency=contract.currency,
        )


def add_detections(estate: Estate) -> None:
    """Add what detectors found: an edit in the vendor's favour, one without a side, a zone, a median, and how accurate the vendor is."""
    name = estate.tables["reconciled.incidents"][0]["incident_id"]
    compared = raw("vendor", "checkout", "10-06 09:12:05")
    span = "from 2026-10-25T08:00:00Z to 2026-10-30T08:00:00Z, 6 of 6 records"
    found: list[Row] = [
        {"type": "POST_CLOSURE_EDIT", "field": "vendor.end", "observed": "10:00", "expected": "10:20", "delta_us": -1_200_000_000},
        {"type": "POST_CLOSURE_EDIT", "field": "vendor.severity", "observed": None, "expected": "P1"},
        {"type": "TIMESTAMP_SKEW", "field": "zone of P-7", "observed": span, "delta_us": 3_600_000_000},
        {"type": "TIMESTAMP_SKEW", "field": "median start against prometheus in 2026-10", "delta_us": 75_000_000},
    ]
    for row in found:
        is_edit = row["type"] == "POST_CLOSURE_EDIT"
        estate.add(
            "reconciled.discrepancies",
            discrepancy_id=short_id("D", [row["type"], row["field"]]),
            rule_id="RC-D10" if is_edit else "RC-D5",
            incident_id=name if is_edit else None,
            source_system="statuspage" if is_edit else "servicenow",
            raw_ids=[raw("d", "first"), compared] if is_edit else [raw("d", str(number)) for number in range(6)],
            opened_at=at("10-28 06:00:00"),
            state="open",
            **row,
        )
    counts = {"ours": 12, "theirs": 11, "matched": 10, "missing_in_vendor": 2, "missing_in_ours": 1, "within_tolerance": 7}
    bias = {"bias_p25_us": -300_000_000, "bias_median_us": -60_000_000, "bias_p75_us": 0, "sign_p_value": Decimal("0.109375")}
    sides = {"understated": 3, "overstated": 0, "reports_in_time": 9, "reports_complete": 4}
    estate.add("measured.vendor_accuracy", provider_id="statuspage", period="2026-10", **counts, **bias, **sides)


def add_reconciliation(estate: Estate) -> None:
    """Add what section 8 reads: discrepancies, a review queue, gate verdicts and the row balance."""
    incidents = estate.tables["reconciled.incidents"]
    kinds = [
        ("DURATION_UNDERSTATED", "RC-D3", 0, "10-08 06:00:00", "statuspage", -2_075_000_000),
        ("DURATION_UNDERSTATED", "RC-D3", 3, "10-26 06:00:00", "statuspage", -303_000_000),
        ("TIMESTAMP_SKEW", "RC-D5", 0, "10-08 06:00:00", "statuspage", 475_000_000),
        ("MISSING_IN_TICKETING", "RC-D1", 5, "10-15 06:00:00", "servicenow", None),
        ("MISSING_IN_VENDOR_REPORT", "RC-D2", 4, "11-03 06:00:00", "statuspage", None),
        ("ORPHAN_ALERT", "RC-D7", None, "11-03 06:00:00", "alertmanager", None),
        ("EXCLUSION_UNSUPPORTED", "RC-D9", 0, "09-28 06:00:00", "servicenow", None),
        ("OUTAGE_NOT_OBSERVED", "RC-D13", 1, "10-22 06:00:00", "servicenow", None),
    ]
    compared = {0: raw("vendor", "checkout", "10-06 09:12:05"), 3: raw("vendor", "payments", "10-25 00:41:17")}
    for kind, rule, number, opened, system, delta in kinds:
        name = None if number is None else incidents[number]["incident_id"]
        estate.add(
            "reconciled.discrepancies",
            discrepancy_id=short_id("D", [kind, name, opened]),
            rule_id=rule,
            type=kind,
            incident_id=name,
            source_system=system,
            raw_ids=[compared[number] if kind.startswith("DURATION") else raw("d", kind, opened)],
            severity="P3" if kind == "OUTAGE_NOT_OBSERVED" else None,
            delta_us=delta,
            tolerance_us=None if delta is None else 300_000_000,
            opened_at=at(opened),
            state="open" if kind != "TIMESTAMP_SKEW" else "explained",
        )
    old = {"incident_id": "I-SEPTEMBER", "service_id": "checkout", "occurred_at": at("09-10 06:00:00"), "restored_at": at("09-10 07:00:00")}
    estate.add("reconciled.incidents", **incidents[0] | old)
    estate.add(
        "reconciled.discrepancies",
        discrepancy_id=short_id("D", ["old"]),
        rule_id="RC-D13",
        type="OUTAGE_NOT_OBSERVED",
        incident_id="I-SEPTEMBER",
        raw_ids=[raw("d", "old")],
        severity="P4",
        opened_at=at("09-28 06:00:00"),
        state="open",
    )
    estate.add(
        "reconciled.discrepancies",
        discrepancy_id=short_id("D", ["Web-Shop"]),
        rule_id="RC-D10",
        type="REFERENCE_CONFLICT",
        source_system="servicenow",
        raw_ids=[raw("d", "Web-Shop")],
        field="service_raw",
        observed="Web-Shop",
        expected="a service_id, component_id or alias of the catalogue (records: 112)",
        opened_at=at("11-03 06:00:00"),
        state="open",
    )
    add_detections(estate)
    for number, (true, minutes) in enumerate(((0, 3), (0, 4), (1, 2))):
        fired = at("10-12 06:00:00") + timedelta(hours=number)
        episode = {"episode_id": f"E-{number}", "start_at": fired, "end_at": fired + timedelta(minutes=minutes)}
        estate.add("reconciled.alert_episodes", **episode, component_ids=["till"], alerts=2, sessions=1, true_positives=true)
    add_noise(estate)
    add_findings(estate)
    tickets, records = estate.tables["staged.ticket"], estate.tables["staged.vendor_record"]
    for number, score in ((1, "0.571250"), (2, "0.482000")):
        pair = sorted([tickets[number + 3]["raw_id"], records[number]["raw_id"]])
        estate.add(
            "reconciled.match_decisions",
            left_raw_id=pair[0],
            right_raw_id=pair[1],
            score=score,
            features="{}",
            rule="RC-M1",
            decision="review",
            decided_by="automatic",
            effect_down_us=number * 600_000_000,
        )
    for number, decision in ((3, "match"), (4, "no_match")):
        pair = sorted([tickets[number + 3]["raw_id"], records[number]["raw_id"]])
        estate.add(
            "reconciled.match_decisions",
            left_raw_id=pair[0],
            right_raw_id=pair[1],
            score="0.760000",
            features='{"automatic_match":"1"}',
            rule="review",
            decision=decision,
            decided_by="person",
        )
    for system, entity, read, bad, twice in (
        ("alertmanager", "alert", 21873, 4, 310),
        ("probes", "monitoring_sample", 104_832, 0, 0),
        ("servicenow", "ticket", 412, 3, 9),
        ("statuspage", "vendor_record", 38, 0, 2),
    ):
        source = {"desk": "servicenow", "alerts": "alertmanager", "status": "statuspage", "probes": "probes"}
        source_id = next(name for name, of in source.items() if of == system)
        estate.add(
            "staged.balance",
            source_system=system,
            source_id=source_id,
            entity=entity,
            read=read,
            accepted=read - bad - twice,
            quarantined=bad,
            duplicates=twice,
            dropped=0,
            superseded=twice // 2,
            withdrawn=0,
            left_out=0,
        )
        rules = (("DQ-01", 0, "pass"), ("DQ-05", bad, "quarantine" if bad else "pass"), ("DQ-09", 0, "pass"))
        for rule, failed, verdict in rules:
            estate.add(
                "staged.data_quality",
                rule_id=rule,
                source_system=system,
                entity=entity,
                scope_id="-",
                checked=read,
                failed=failed,
                observed=f"{failed} of {read}",
                limit_value="none, else quarantine",
                verdict=verdict,
                affected=[],
            )
    estate.add(
        "staged.data_quality",
        rule_id="DQ-13",
        source_system="probes",
        entity="monitoring_sample",
        scope_id="orders",
        checked=745,
        failed=60,
        observed="0.080536",
        limit_value="at most 1 %, else warn; at most 5 %, else block",
        verdict="block",
        affected=["orders"],
    )


def add_noise(estate: Estate) -> None:
    """Add an episode on three components, a rule that cries wolf, one with too few judged alerts, and what tuning would have done."""
    start = at("10-20 09:00:00")
    span = {"episode_id": "E-wide", "start_at": start, "end_at": start + timedelta(minutes=9)}
    told = {"incident_id": estate.tables["reconciled.incidents"][0]["incident_id"], "true_positives": 1}
    estate.add("reconciled.alert_episodes", **span, **told, component_ids=["shop", "shop-db", "shop-web"], alerts=6, sessions=4)
    estate.add("reconciled.episode_leads", episode_id="E-wide", rule_id="db-latency", component_key="shop-db")
    verdicts = ("true_positives", "false_positives", "transients", "duplicates", "maintenance", "undispositioned")
    for rule, counts, flapping in (("db-latency", (4, 9, 6, 1, 2, 3), (2, 7)), ("new-rule", (0, 1, 1, 0, 0, 1), (0, 0))):
        seen = dict(zip(verdicts, counts, strict=True))
        times = {"sessions": 12, "echoes": 1, "flapping_sessions": flapping[0], "flapping_alerts": flapping[1]}
        estate.add("measured.alert_rules", rule_id=rule, component_ids=["shop-db"], alerts=sum(counts), **seen, **times)
    spared = {"alerts": 11, "false_positives": 6, "transients": 5, "true_positives": 0, "undispositioned": 0}
    told = {"incidents_later": 1, "incidents_missed": 0, "longest_later_us": 60_000_000}
    shared = {"rule_id": "db-latency", "held_us": 60_000_000, "n": 19, "publication": "median_range_flagged"}
    estate.add("measured.alert_tuning", **shared, option="hold_120_s", hold_us=120_000_000, **spared, **told)
    estate.add("measured.alert_tuning", **shared, option="second_rule", **spared | {"true_positives": 3}, **told)


def add_findings(estate: Estate) -> None:
    """Add what staging found: four alerts and three tickets set aside, one empty sample that is kept."""
    found = [("alertmanager", "alert", "DQ-05", "NO_ZONE", "quarantined", row) for row in (9, 12, 40, 41)]
    found += [("servicenow", "ticket", "R-TM2", "AMBIGUOUS_LOCAL_TIME", "quarantined", row) for row in (7, 8)]
    found += [("servicenow", "ticket", "DQ-07", "END_BEFORE_START", "quarantined", 90)]
    found += [("probes", "monitoring_sample", "DQ-07", "EMPTY_INTERVAL", "dropped", 498)]
    for system, entity, rule, issue, action, row in found:
        own = {"raw_id": raw("f", system, str(row)), "source_system": system, "entity": entity, "source_row": row}
        own |= {"source_key": f"K-{row}", "landing_seq": 41, "source_file": f"{entity}.csv"}
        estate.add("staged.issues", **own, rule_id=rule, issue=issue, column_name="opened_at", candidates=[], action=action)
        if action == "quarantined":
            estate.add("staged.quarantine", **own, issues=[issue], state="waiting")


def add_claims(estate: Estate, state: str = "draft", missing: tuple[str, ...] = ()) -> None:
    """Add a claim for every claimable credit, received at the latest 30 days after the window."""
    for credit in estate.tables["measured.credits"]:
        if credit["claimable"]:
            estate.add(
                "measured.claims",
                claim_id=short_id("K", [credit["contract_id"], credit["service_id"], "2026-10"]),
                version=1,
                contract_id=credit["contract_id"],
                contract_version_id=credit["contract_version_id"],
                service_id=credit["service_id"],
                period="2026-10",
                kind="normal",
                credit_ids=[credit["credit_id"]],
                amount=credit["claimable"],
                missing_content=list(missing),
                disputed_amount="0",
                currency=credit["currency"],
                state=state,
                deadline_rule="30 days after the window (MSA 7.2)",
                last_day=datetime(2026, 11, 30).date(),
                deadline_at=at("11-30 23:00:00"),
                prepare_by=datetime(2026, 11, 16).date(),
                file_by=datetime(2026, 11, 23).date(),
                red_from=datetime(2026, 11, 26).date(),
                leakage="0",
            )


def lifelike() -> Estate:
    """Return the whole month: levels, credits, reconciliation and claims."""
    estate = build_estate()
    add_reconciliation(estate)
    add_claims(estate)
    add_sensitivity(estate)
    add_sides(estate)
    add_targets(estate)
    add_target_credit(estate)
    add_disputes(estate)
    add_decisions(estate)
    add_waterfall(estate)
    add_metrics(estate)
    return estate


HOUR_US = 3_600_000_000
TARGETS = (  # ticket, clock, severity, hours allowed, hours counted, paused, closed, status, status if disputes count
    ("INC0048812", "response", "P1", 0.25, 0.1, 0, 0, "met", None),
    ("INC0048812", "restore", "P1", 4, 5.5, 1, 0, "breached", None),
    ("INC0048990", "response", "P1", 0.25, 0.24, 0, 0, "met", None),
    ("INC0048990", "restore", "P1", 4, 0.2, 0, 0, "met", None),
    ("INC0049230", "restore", "P2", 8, 0.7, 0, 0, "met", "breached"),
    ("INC0049301", "restore", "P2", 8, 30, 0, 14, "breached_open", None),
    ("INC0049511", "restore", "P2", 8, 6, 0, 0, "running", None),
    ("INC0049007", "restore", "P3", 24, 0.5, 0, 0, "not_applicable", None),
)


def headline_of(estate: Estate, service_id: str) -> Row:
    return next(row for row in estate.tables["measured.sla_results"] if (row["service_id"], row["variant"]) == (service_id, "headline"))


def add_target_credit(estate: Estate) -> None:
    """Let the P1 of checkout that was restored late earn EUR 500.00, of which the month's cap leaves 300.00."""
    target = estate.tables["measured.incident_targets"][1]
    name = short_id("C", ["restore", target["target_id"]])
    own = {"contract_id": "acme-cloud", "contract_version_id": "acme-cloud@3", "measure_id": "restore", "service_id": "checkout"}
    whole, left = (
        dict.fromkeys(("computed", "after_cumulation", "after_minimum"), "500"),
        dict.fromkeys(("after_caps", "payable", "claimable"), "300"),
    )
    money = {"form": "tiers", "basis_amount": "18400.00", "forgone": "200", "currency": "EUR", "caps_applied": ["month"]}
    shared = {"credit_id": name, "variant": "headline", "reading": "default", "period": "2026-10", "target_ids": [target["target_id"]]}
    estate.add("measured.credits", **shared, **own, **whole, **left, **money)
    steps = (("tier", "R-CR1", "restored late: EUR 500 a case", None), ("round", "R-CR2", "to the cent", "500"))
    cut = (("cap_month", "R-CR6", "EUR 300 left of the month's cap", "300"), ("payable", "R-CR6", "payable", "300"))
    for number, (step, rule, said, amount) in enumerate((*steps, *cut, ("claimable", "R-RD1", "claimable", "300")), 1):
        line = {"credit_id": name, "step_no": number, "step": step, "rule_id": rule, "words": said}
        estate.add("measured.credit_steps", **line, amount=amount, currency="EUR")


def add_disputes(estate: Estate) -> None:
    """Let the provider dispute 20 minutes of product search, which would be missed with them, and lose another one that came too late."""
    headline = headline_of(estate, "search")
    minutes = 20 * 60_000_000
    counted = {"down_us": headline["down_us"] + minutes, "value_num": headline["value_num"] - minutes, "status": "breached"}
    share = Decimal(100_000_000 * counted["value_num"] // headline["value_den"]) / 1_000_000
    own = {"variant": "if_counted", "wording": "breached", "value_pct": share, "result_id": short_id("R", ["search", "if_counted"])}
    estate.add("measured.sla_results", **headline | counted | own | {"flags": []})
    headline |= {"disputed_us": minutes, "flags": ["MET_ONLY_BY_DISPUTE"], "wording": "met, dispute pending"}
    for number, (state, adds, at_stake) in enumerate((("open", minutes, "310.00"), ("inadmissible", 0, "0.00")), 1):
        record = {
            "dispute_id": f"DIS-{number}",
            "party": "provider",
            "scope": "portion",
            "state": state,
            "raised_at": at(f"10-1{number} 09:00:00"),
        }
        about = {"subject_type": "incident", "subject_id": headline["incident_ids"][0]}
        estate.add("staged.dispute", **record, **about, raw_id=raw("dispute", str(number)))
        estate.add(
            "measured.dispute_effects",
            **record,
            result_id=headline["result_id"],
            decide_by=datetime(2026, 11, 10 + number).date(),
            headline_pct=headline["value_pct"],
            if_counted_pct=share if adds else headline["value_pct"],
            increment_us=adds,
            status_if_counted="breached" if adds else "met",
            amount_at_stake=at_stake,
            currency="EUR",
        )


def add_decisions(estate: Estate) -> None:
    """Let two roles except ten minutes of customer records, a third sign another text, and a person set a severity."""
    sha256, result = raw("exception"), headline_of(estate, "crm")
    record = {
        "exception_id": "EXC-1",
        "raw_id": raw("x", "exception"),
        "payload_sha256": sha256,
        "policy_rule": "interval",
        "effect": "interval",
    }
    estate.add("staged.exception", **record, subject_type="service", subject_id="crm", event_at=at("10-13 11:00:00"))
    signed = {"object_type": "exception", "object_id": "EXC-1", "party": "customer", "method": "ed25519", "decision": "approve"}
    for role, text in (("service_manager", sha256), ("vendor_manager", sha256), ("controller", raw("another"))):
        estate.add("staged.signoff", **signed, role=role, object_sha256=text, signoff_id=f"SO-{role}", signed_at=at("10-14 09:00:00"))
    span = {"start_at": at("10-13 11:00:00"), "end_at": at("10-13 11:10:00"), "component_id": "crm", "contract_version_id": "acme-cloud@3"}
    decided = {"type": "exception", "status": "applied", "signoff_ids": ["SO-service_manager", "SO-vendor_manager"]}
    estate.add("reconciled.exclusions", exclusion_id="X-EXCEPTION", source_raw_id=record["raw_id"], **span, **decided)
    effect = {"excluded_us": 600_000_000, "if_excluded_us": 600_000_000}
    estate.add("measured.exclusion_effects", exclusion_id="X-EXCEPTION", result_id=result["result_id"], **effect)
    incident = next(row for row in estate.tables["reconciled.incidents"] if row["ticket_key"] == "INC0049122")
    field = {"incident_id": incident["incident_id"], "field": "severity_max", "value": "P2", "winner_raw_id": raw("override")}
    words = [{"raw_id": raw("override"), "rule_id": "override", "value": "P2"}, {"raw_id": raw("t"), "rule_id": "ticket", "value": "P3"}]
    estate.add("reconciled.field_provenance", **field, rule_id="override", candidates=canonical_json(words))
    decision = {"override_id": "OVR-1", "raw_id": raw("override"), "payload_sha256": raw("set"), "author_role": "incident_manager"}
    estate.add("staged.override", **decision, subject_type="incident", subject_id=incident["incident_id"], field="severity_max", value="P2")


def add_metrics(estate: Estate) -> None:
    """Add metrics of every kind of publication: too few for a number, few, enough; with bounds, and one that may be called a change."""
    shared = {"definition_version": "1", "filter": "{}", "period": "2026-10", "start_at": START, "end_at": END}
    middle = {"median": "12.5", "smallest": "0.5", "largest": "70.25", "unit": "min"}
    wide = {"mean": "61.25", "value": "61.25", "p90": "240.75", "low": "40.5", "high": "88.125", "median_low": "9.5", "median_high": "21.5"}
    few = {"publication": "median_range_flagged", "n": 9, "value": "20.25", "mean": "20.25", "p90": "60.5"}
    estate.add("measured.metrics", **shared, **middle, metric_id="mttd", n=3, publication="list_only", value="20.25")
    estate.add("measured.metrics", **shared, **middle, **few, metric_id="mtta", missing_n=2)
    told = {"interval_method": "bootstrap", "previous_value": "120.5", "verdict": "change", "censored_n": 1}
    estate.add("measured.metrics", **shared, **middle, **wide, **told, metric_id="mttr_restore", n=24, publication="mean_median_interval")
    estate.add("measured.metrics", **shared, metric_id="mttm", unit="min", n=0, missing_n=24, publication="none")
    rate = {"unit": "share", "value": "0.626263", "low": "0.543860", "high": "0.675439", "interval_method": "worst_case"}
    estate.add(
        "measured.metrics", **shared, **rate, metric_id="false_positive_rate", n=99, missing_n=15, publication="mean_median_interval"
    )
    estate.add("measured.metrics", **shared, metric_id="review_on_time", unit="share", n=0, publication="none")
    estate.add("measured.metrics", **shared, metric_id="action_overdue", unit="count", n=7, value="7", publication="median_range_flagged")


def add_waterfall(estate: Estate) -> None:
    """Tell from gross to net how the cloud's levels came about: every second of an outage counts, but for what an exclusion takes out."""
    taken: dict[str, list[Row]] = {}
    known = {row["exclusion_id"]: row for row in estate.tables["reconciled.exclusions"]}
    for effect in estate.tables["measured.exclusion_effects"]:
        if effect["excluded_us"]:
            taken.setdefault(effect["result_id"], []).append(effect | {"type": known[effect["exclusion_id"]]["type"]})
    for result in estate.tables["measured.sla_results"]:
        if result["variant"] != "headline" or not result["down_us"]:
            continue
        cuts = [(one["type"], -one["excluded_us"], [one["exclusion_id"]]) for one in taken.get(result["result_id"], [])]
        cuts += [("disputed", -result["disputed_us"], ["DIS-1"])] if result["disputed_us"] else []
        gross = result["down_us"] - sum(length for _, length, _ in cuts)
        for number, (step, length, evidence) in enumerate([("gross", gross, []), *cuts, ("net", result["down_us"], [])], 1):
            own = {"result_id": result["result_id"], "step_no": number, "step": step, "delta_us": length, "evidence": evidence}
            estate.add("measured.waterfall", **own)


def add_targets(estate: Estate) -> None:
    """Let the cloud's contract judge eight clocks: one near miss, one met only by a dispute, one missed and closed, one missed and open."""
    incidents = {row["ticket_key"]: row for row in reversed(estate.tables["reconciled.incidents"])}
    terms = {"contract_id": "acme-cloud", "contract_version_id": "acme-cloud@3", "target_us": HOUR_US}
    estate.add("run.incident_terms", **terms, measure_id="restore", severity="P1", clock="restore")
    for ticket, clock, severity, allowed, counted, paused, closed, status, if_counted in TARGETS:
        incident = incidents[ticket]
        own = {"incident_id": incident["incident_id"], "ticket_key": ticket, "contract_version_id": "acme-cloud@3"}
        name = own | {"measure_id": clock, "severity": severity}
        lengths = {
            "target_us": allowed,
            "elapsed_us": counted,
            "paused_us": paused,
            "closed_us": closed,
            "over_us": max(counted - allowed, 0),
        }
        estate.add(
            "measured.incident_targets",
            **name,
            **{column: round(hours * HOUR_US) for column, hours in lengths.items()},
            target_id=short_id("T", [str(part) for part in name.values()]),
            contract_id="acme-cloud",
            kind=clock,
            service_id=incident["service_id"],
            period="2026-10",
            started_at=incident["occurred_at"],
            start_basis="reported_to_provider_at",
            due_at=incident["occurred_at"] + timedelta(hours=allowed + paused + closed),
            consumed_pct=Decimal(min(100 * counted / allowed, 999)).quantize(Decimal("0.000001")),
            status=status,
            status_if_counted=if_counted,
            decided_by="R-SV1 retroactive_strictest",
            service_hours="24x7",
            flags=["MET_ONLY_BY_DISPUTE"] if if_counted else [],
        )
    near = estate.tables["measured.incident_targets"][2]["target_id"]
    turned = {"status": "met", "flipped_status": "breached", "is_fragile": True}
    change = {"change_kind": "later_end", "change_us": 36_000_001}
    estate.add("measured.verdict_sensitivity", subject_kind="incident_target", subject_id=near, **change, **turned)


def add_sides(estate: Estate) -> None:
    """Let Acme deny 20 minutes of 30 of one result in two spans, admit 5 of another, and its feed be silent on the third, without a fee."""
    starts = datetime(2026, 10, 12, 8, tzinfo=UTC)
    money = {"payable_ours": "30.00", "payable_theirs": "10.00", "payable_agreed": "10.00", "currency": "EUR"}
    other = {"payable_ours": "0.00", "payable_theirs": "5.50", "payable_agreed": "0.00", "currency": "EUR"}
    told: list[tuple[str, str, str, str, int, dict[str, str]]] = [
        ("R-ONE", "down", "up", "ours_only", 20, money),
        ("R-ONE", "down", "down", "agreed", 10, money),
        ("R-TWO", "up", "down", "theirs_only", 5, other),
        ("R-THREE", "down", "unknown", "ours_only", 40, {}),
    ]
    for result, ours, theirs, agreement, minutes, amounts in told:
        span = {"start_at": starts, "end_at": starts + timedelta(minutes=minutes), "length_us": minutes * 60_000_000}
        who = {"provider_id": "acme-cloud", "component_id": "mail", "service_id": "mail", "result_id": result, "raw_ids": []}
        names = {"vendor_keys": ["V-7"], "ticket_keys": ["INC-7"], "position_id": f"P-{starts:%H}"}
        who |= names
        estate.add("measured.dispute_sheet", **who, **span, ours=ours, theirs=theirs, agreement=agreement, **amounts)
        starts += timedelta(hours=1)


def add_sensitivity(estate: Estate) -> None:
    """Let the payment gateway's breach turn by two minutes at its end or by a request, never by a start; let mail be met by four."""
    for result in estate.tables["measured.sla_results"]:
        subject = {"subject_kind": "sla_result", "subject_id": result["result_id"], "status": result["status"]}
        if (result["service_id"], result["variant"]) == ("payments", "headline"):
            turned = subject | {"flipped_status": "met"}
            estate.add("measured.verdict_sensitivity", **turned, change_kind="earlier_end", change_us=120_000_000, is_fragile=True)
            estate.add("measured.verdict_sensitivity", **turned, change_kind="exclusion", change_to="X-ASKED", is_fragile=False)
            estate.add("measured.verdict_sensitivity", **subject, change_kind="later_start", is_fragile=False)
        if (result["service_id"], result["variant"]) == ("mail", "headline"):
            turned = subject | {"flipped_status": "breached"}
            estate.add("measured.verdict_sensitivity", **turned, change_kind="later_end", change_us=240_000_001, is_fragile=True)


def contract_texts(contracts: list[Contract] = CONTRACTS) -> list[ContractText]:
    """Return resolved documents that keep the defaults, but for one denominator."""
    texts = []
    for contract in contracts:
        denominator = "count_as_up" if contract.currency == "GBP" else "remove_from_both"
        document = {
            "provider": {"id": contract.provider, "name": contract.provider},
            "document": {"title": f"{contract.provider}, master services agreement", "verification": "exact"},
            "version": {"effective_from": "2026-01-01"},
            "clock": {"timezone": contract.timezone, "window": "calendar_month", "billing_anchor_day": 1},
            "claims": {"alternates": [{"rule": "end_of_nth_billing_cycle_after_incident", "n": n} for n in range(1, 6)]},
            "measures": {
                "availability": {
                    "kind": "availability",
                    "clause": "MSA 4.1",
                    "granularity": "exact",
                    "denominator": denominator,
                    "silent": [],
                }
            },
            "silent": ["mid_window_switch"],
        }
        texts.append(ContractText(contract.version_id, document, sha256_json(document)))
    return texts


SIGNOFF = {"content": "service_manager", "credits": "controller", "claims": "vendor_manager"}


def origins_of(home: Home) -> Origins:
    return Origins(
        home={"name": home.name, "region": home.region, "display_timezone": home.display_timezone},
        inputs_head={"seq": 41, "hash": "ab" * 32},
        inputs=[{"seq": 41, "kind": "landing", "source_system": "servicenow", "file": "october.csv", "sha256": "ef" * 32, "rows": 412}],
        reference=[{"path": "reference/services.csv", "sha256": "12" * 32}],
        contracts=[{"contract_version_id": "acme-cloud@3", "content_sha256": "34" * 32}],
        policy_sha256="cd" * 32,
    )


def home_at(root: Path, name: str = "Northwind Retail") -> Home:
    return Home(root, name, "eu-west", "Europe/Berlin")


def publish(home: Home, estate: Estate, run: Run = RUN, *, threads: int | None = None, without: tuple[str, ...] = (), **terms: Any) -> Pack:
    """Publish an estate's month as the flow would."""

    @contextmanager
    def rooms() -> Iterator[Engine]:
        with Engine(Limits(threads=threads)) as engine:
            load(engine, estate, run, without=without)
            yield engine

    given = {"contracts": contract_texts(), "signoff": SIGNOFF} | terms
    pack = publish_pack(home, run, origins_of(home), Terms(**given), rooms)
    write_front(home, front_page(home, resolve_policy().signoff.packs, [], [], run.as_of))
    return pack
