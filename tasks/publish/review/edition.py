"""What an edition may hold: tables of one vendor alone; and for the vendor's eyes no other vendor, no person and nothing of our plans.

Rows are kept by whose they are before a page is written, so that page, tables and figures say the same. What is for the vendor is then
told apart twice: only the tables and metrics named here go out, and what free text says of others is struck out. `refuse_others` reads
the finished files once more: a name that still stands there stops the pack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasks.model.dictionary import dictionary
from tasks.model.errors import BlockedError
from tasks.store.engine import Engine
from tasks.store.reference import Reference

CUSTOMER, VENDOR = "customer", "vendor"
LEAST_LETTERS, LEAST_INSIDE = 3, 5  # of a name that is struck out: as a whole word, and inside others; shorter ones stand in too many
STRUCK = "[struck out]"
ADDRESS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}"
IDENTITIES = """
    select 'provider' as kind, contract.provider_id as name, contract.provider_id as provider_id from run.every_contract as contract
    union
    select 'provider', contract.provider_name, contract.provider_id from run.every_contract as contract
    union
    select 'contract', contract.contract_id, contract.provider_id from run.every_contract as contract
    union
    select 'provider', provider_id, provider_id from staged.service_catalogue
    union
    select 'provider', provider_id, provider_id from staged.vendor_record
    union
    select 'service', unnest([service_id, component_id, name, fee_line_id]), provider_id from staged.service_catalogue
    union
    select 'service', unnest(aliases), provider_id from staged.service_catalogue
"""
OF_CONTRACT = "contract_version_id in (from own.versions)"
OF_INCIDENT = "incident_id in (from own.incidents)"
OF_RESULT = "result_id in (from own.results)"
OF_CREDIT = "credit_id in (from own.credits)"
SAID = "variant in ('headline', 'if_counted') and reading = 'default'"  # other variants and readings are what a claim is weighed with
SHARED_METRICS = (
    *("sla_attainment", "response_attainment", "restore_attainment", "resolve_attainment", "recurrence_rate", "incidents", "outages"),
    *("incidents_per_1000_service_hours", "downtime", "mttr_restore", "action_on_time", "action_closed", "review_on_time"),
)


@dataclass(frozen=True)
class Kept:
    """A table of an edition: whose rows, which of them the vendor sees besides, and columns that are empty for the vendor."""

    own: str
    shared: str | None = "true"  # None: the vendor does not see the table
    hidden: tuple[str, ...] = ()


TABLES: dict[str, Kept] = {
    "incidents": Kept(
        "provider_id = $vendor_id or contract_version_id in (from own.versions)", hidden=("title", "acknowledged_at", "declared_at")
    ),
    "incident_members": Kept(OF_INCIDENT, None),
    "outage_intervals": Kept(OF_INCIDENT),
    "unmeasured_intervals": Kept("component_id in (from own.components)"),
    "exclusions": Kept(OF_CONTRACT, hidden=("evidence", "signoff_ids")),
    "discrepancies": Kept(OF_INCIDENT, "type in ('DURATION_UNDERSTATED', 'DURATION_OVERSTATED')"),
    "change_links": Kept(OF_INCIDENT, None),
    "sla_results": Kept(OF_CONTRACT, SAID),
    "exclusion_effects": Kept(OF_RESULT),
    "incident_targets": Kept(OF_CONTRACT),
    "breaches": Kept(OF_CONTRACT, "is_headline"),
    "credits": Kept(OF_CONTRACT, SAID, hidden=("claimable",)),
    "credit_steps": Kept(OF_CREDIT, "step <> 'claimable'"),
    "claims": Kept(OF_CONTRACT, "filed_at is not null"),
    "earn_backs": Kept(OF_CREDIT),
    "chronic_triggers": Kept(OF_CONTRACT, None),
    "dispute_effects": Kept(OF_RESULT),
    "clock_ledger": Kept("subject_id in (from own.results)"),
    "waterfall": Kept(OF_RESULT),
    "dispute_sheet": Kept("provider_id = $vendor_id"),
    "backing_gaps": Kept(OF_CONTRACT, None),
    "metrics": Kept("filter = $filter", f"metric_id in ({', '.join(repr(name) for name in SHARED_METRICS)})"),
    "metric_funnel": Kept("filter = $filter", None),
    "duties": Kept(OF_INCIDENT, "kind = 'review'", hidden=("owner_team",)),
    "recurrence": Kept(OF_INCIDENT),
    "chronic_patterns": Kept("list_has_all((select coalesce(list(incident_id), []) from own.incidents), incident_ids)"),
    "vendor_accuracy": Kept("provider_id = $vendor_id"),
}


@dataclass(frozen=True)
class Reader:
    """Whose pack it is and who reads it; `others` are names that the vendor's edition may not hold, by kind, longest first."""

    vendor_id: str
    name: str
    edition: str
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_vendor(self) -> bool:
        """Tell the vendor's edition from our own."""
        return self.edition == VENDOR

    @property
    def tables(self) -> list[str]:
        """Return the tables of the edition, by name."""
        return sorted(name for name, kept in TABLES.items() if not self.is_vendor or kept.shared is not None)

    def struck(self, text: str) -> str:
        """Return a text as the edition may print it: without the names and addresses of others, if it is the vendor's."""
        kinds = ("provider", "contract", "service", "person")
        return re.sub(pattern_of(self, kinds), STRUCK, text, flags=re.IGNORECASE) if self.is_vendor else text

    @property
    def filter(self) -> str:
        """Return the filter of the vendor's metrics."""
        return f'{{"provider_id":"{self.vendor_id}"}}'


def reader_of(engine: Engine, reference: Reference, vendor_id: str, edition: str) -> Reader:
    """Return the reader of an edition; the engine shows the staged room."""
    engine.create(
        "run.every_contract",
        dict.fromkeys(("contract_id", "provider_id", "provider_name"), "VARCHAR"),
        [
            {"contract_id": one.contract_id, "provider_id": one.provider.id, "provider_name": one.provider.name}
            for one in reference.contracts
        ],
    )
    rows = [row for row in engine.rows(f"from ({IDENTITIES}) order by all") if row["name"]]
    own = {row["name"].casefold() for row in rows if row["provider_id"] == vendor_id}
    people = [name for person in reference.people for name in (person.person_ref, person.name) if name]
    named = {kind: [row["name"] for row in rows if row["kind"] == kind] for kind in ("provider", "contract", "service")} | {
        "person": people
    }
    others = {
        kind: sorted(
            {name for name in names if name.casefold() not in own and len(name) >= LEAST_LETTERS}, key=lambda name: (-len(name), name)
        )
        for kind, names in named.items()
    }
    names = [one.provider.name for one in reference.contracts if one.provider.id == vendor_id and one.provider.name]
    return Reader(vendor_id, names[-1] if names else vendor_id, edition, others)


def keep_own(engine: Engine, reader: Reader) -> None:
    """Leave in every table of the edition the vendor's rows alone, as the edition may show them.

    The engine holds schema `run` of the vendor's contracts and the staged, reconciled and measured rooms.
    """
    engine.execute("create schema own")
    vendor = {"vendor_id": reader.vendor_id}
    engine.execute("create table own.versions as select contract_version_id from run.contract_versions")
    engine.execute(
        "create table own.components as select distinct component_id from staged.service_catalogue where provider_id = $vendor_id", vendor
    )
    for name in ("incidents", "sla_results", "credits", *sorted(TABLES.keys() - {"incidents", "sla_results", "credits"})):
        room = dictionary().tables[name].room
        if engine.has(f"{room}.{name}"):
            _keep(engine, reader, f"{room}.{name}", TABLES[name])
        if name in ("incidents", "sla_results", "credits"):
            key = {"incidents": "incident_id", "sla_results": "result_id", "credits": "credit_id"}[name]
            engine.execute(f"create table own.{name if name != 'sla_results' else 'results'} as select distinct {key} from {room}.{name}")


def _keep(engine: Engine, reader: Reader, address: str, kept: Kept) -> None:
    conditions = [kept.own, *([kept.shared] if reader.is_vendor and kept.shared else [])]
    where = " and ".join(f"({condition})" for condition in conditions)
    given = {name: value for name, value in (("vendor_id", reader.vendor_id), ("filter", reader.filter)) if f"${name}" in where}
    engine.execute(f"create table own.kept as select {_columns(engine, reader, address, kept)} from {address} where {where}", given)
    if address == "measured.metrics":  # which quarters lie before the first record is for all vendors alike
        engine.execute(
            "create table own.silent as select period from measured.metrics where metric_id = 'incidents' and filter = '{}' and value = 0"
        )
    schema, name = address.split(".")
    found = engine.rows(f"select table_type from information_schema.tables where table_schema = '{schema}' and table_name = '{name}'")
    engine.execute(f"drop {'view' if found[0]['table_type'] == 'VIEW' else 'table'} {address}")
    engine.execute(f"create table {address} as from own.kept")
    engine.execute("drop table own.kept")


def _columns(engine: Engine, reader: Reader, address: str, kept: Kept) -> str:
    if not reader.is_vendor:
        return "*"
    types = {row["column_name"]: row["column_type"] for row in engine.rows(f"describe {address}")}
    free = [
        name
        for name, kind in types.items()
        if kind in ("VARCHAR", "VARCHAR[]") and not name.endswith("_id") and name not in ("filter", "period")
    ]
    shown = [f"{_emptied(types[name])} as {name}" for name in kept.hidden]
    shown += [f"{_struck(name, types[name], reader)} as {name}" for name in free if name not in kept.hidden]
    return f"* replace ({', '.join(shown)})" if shown else "*"


def _emptied(kind: str) -> str:
    return "[]::varchar[]" if kind == "VARCHAR[]" else f"null::{kind}"


def _struck(column: str, kind: str, reader: Reader) -> str:
    """Return the expression that strikes other names and addresses out of a text, or of every text of a list."""
    pattern = _literal(pattern_of(reader, ("provider", "contract", "service", "person")))

    def struck(text: str) -> str:
        return f"regexp_replace({text}, {pattern}, '{STRUCK}', 'gi')"

    return f"list_transform({column}, lambda one: {struck('one')})" if kind == "VARCHAR[]" else struck(column)


def pattern_of(reader: Reader, kinds: Iterable[str]) -> str:
    """Return a pattern of every name of those kinds that is not this vendor's, and of e-mail addresses.

    Names of vendors, contracts and people are found inside longer words too, unless they are short; those of services are whole words.
    """
    named = {name: kind != "service" and len(name) >= LEAST_INSIDE for kind in kinds for name in reader.others.get(kind, ())}
    longest_first = sorted(named, key=lambda name: (-len(name), name))
    names = [re.escape(name) if named[name] else rf"(?:\b|_){re.escape(name)}(?:\b|_)" for name in longest_first]
    return "|".join([*names, ADDRESS])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def refuse_others(reader: Reader, files: Iterable[Path], printed: str) -> None:
    """Read what is about to go to a vendor once more.

    Args:
        reader: Whose edition it is.
        files: Its texts: tables as CSV, the manifest.
        printed: Its page for paper.

    Raises:
        BlockedError: If another vendor, its contract or a person is named anywhere.
    """
    pattern = re.compile(pattern_of(reader, ("provider", "contract", "person")), re.IGNORECASE)
    texts = {file.name: file.read_text(encoding="utf-8") for file in files} | {"the page": re.sub(r"(?s)<style>.*?</style>", "", printed)}
    found = sorted({f"{place}: {match.group(0)}" for place, text in texts.items() for match in pattern.finditer(text)})
    if found:
        raise BlockedError(
            f"names that are none of this vendor's: {'; '.join(found[:5])}",
            where=f"vendor edition of {reader.vendor_id}",
            fix="nothing was published; take the name out of the record that brings it in, and tell the makers which it is",
        )
