"""Which payloads can be read, and as what (DESIGN 4): an adapter is an entry here and one SQL file per entity it yields.

`sql/staged/<adapter>__<entity>.sql` reads `payload.rows`, passes `landing_seq`, `source_row` and `received` on, and yields canonical
columns as text, with `source_version`, `source_updated_at` and `extracted_at` where the payload has them. `canonical` needs no file:
its columns are the entity's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.model.dictionary import dictionary
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.identity import sha256_json
from tasks.model.mapping import HISTORY, RECORD_LISTS, Read, TableMapping
from tasks.model.reference import MAPPING
from tasks.model.reply_sheet import COLUMNS, LABELS, PRINTED, SEAL
from tasks.stage.mapped import PREFIX, history_select, is_person, row_select, zones_of


@dataclass(frozen=True)
class Adapter:
    """One kind of payload.

    Attributes:
        name: As sources.yml writes it.
        version: Raised whenever the same file would yield other rows; a new version stages anew and keeps the old pieces.
        entities: What it yields.
        columns: Payload columns its SQL may name; those a file lacks are null.
        required: Payload columns without which a file is not what it says (DQ-01).
        required_in_tables: Columns that a table has besides; in JSON a key may be absent.
        records: Members of a JSON object that hold the records; a JSON array or one object a line need none.
        json_timezone: Zone of times without offset in JSON payloads, by the format's own word, unless the source declares one.
        is_closed: A column it does not know is worth a warning.
        regroups: Entities of which its SQL gives several rows for one record, one for several or some only, or whose records others read.
        labels: Headers that stand for a column, as exports for people write them.
        read: How its files are opened.
        zones: Zones of single canonical columns, which go before the source's.
        selects: SQL by entity, for an adapter that has no file in `sql/staged`.
        only: Canonical column → words of which one stands in a row that counts, unless nothing does.
        leave_out: Canonical column → words of which none does.
        has_people: Its SQL makes pseudonyms of people.
        prefix: Begins the name of every payload column in that SQL, so that no header clashes with a name of ours.
    """

    name: str
    version: str
    entities: tuple[str, ...]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    required_in_tables: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    json_timezone: str | None = None
    is_closed: bool = False
    regroups: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    read: Read = field(default_factory=Read)
    zones: Mapping[str, str] = field(default_factory=dict)
    selects: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leave_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_people: bool = False
    prefix: str = ""

    def needed(self, *, is_table: bool) -> tuple[str, ...]:
        """Return the columns that a file must have."""
        return (*self.required, *(self.required_in_tables if is_table else ()))


SERVICENOW_LABELS = {  # headers of list exports for people
    "Number": "number",
    "Short description": "short_description",
    "Description": "description",
    "Business service": "business_service",
    "Service": "business_service",
    "Service offering": "service_offering",
    "Configuration item": "cmdb_ci",
    "Priority": "priority",
    "State": "state",
    "Incident state": "incident_state",
    "On hold reason": "hold_reason",
    "Opened": "opened_at",
    "Resolved": "resolved_at",
    "Closed": "closed_at",
    "Channel": "contact_type",
    "Contact type": "contact_type",
    "Assignment group": "assignment_group",
    "Correlation ID": "correlation_id",
    "Resolution code": "close_code",
    "Close code": "close_code",
    "Major incident state": "major_incident_state",
    "Parent Incident": "parent_incident",
    "Caused by Change": "caused_by",
    "Updates": "sys_mod_count",
    "Updated": "sys_updated_on",
    "Document key": "documentkey",
    "Field name": "fieldname",
    "Old value": "oldvalue",
    "New value": "newvalue",
    "User": "user",
    "Created": "sys_created_on",
    "Record checkpoint": "record_checkpoint",
}
BUILT_IN = {
    "servicenow_incident": Adapter(
        name="servicenow_incident",
        version="1",
        entities=("ticket",),
        columns=(
            *("number", "short_description", "description", "business_service", "service_offering", "cmdb_ci", "priority"),
            *("state", "incident_state", "hold_reason", "opened_at", "u_occurred_at", "u_detected_at", "promoted_on"),
            *("u_acknowledged_at", "u_mitigated_at", "u_restored_at", "resolved_at", "closed_at", "contact_type"),
            *("assignment_group", "u_vendor_ref", "correlation_id", "close_code", "u_responsibility", "major_incident_state"),
            *("parent_incident", "u_customer_caused", "u_affected_fraction", "caused_by", "sys_mod_count", "sys_updated_on"),
        ),
        required=("number", "opened_at", "priority"),
        records=("result",),
        json_timezone="UTC",
        labels=SERVICENOW_LABELS,
    ),
    "servicenow_history": Adapter(
        name="servicenow_history",
        version="1",
        entities=("ticket_history",),
        columns=("documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on", "record_checkpoint"),
        required=("documentkey", "fieldname", "newvalue", "sys_created_on"),
        records=("result",),
        json_timezone="UTC",
        regroups=("ticket_history",),
        labels=SERVICENOW_LABELS,
        has_people=True,
    ),
    "jira_sm": Adapter(
        name="jira_sm",
        version="1",
        entities=("ticket", "ticket_history"),
        columns=("key", "fields", "changelog"),
        required=("key", "fields"),
        records=("issues",),
        regroups=("ticket", "ticket_history"),
        has_people=True,
    ),
    "pagerduty": Adapter(
        name="pagerduty",
        version="1",
        entities=("ticket", "ticket_history"),
        columns=("event",),
        required=("event",),
        regroups=("ticket", "ticket_history"),
        has_people=True,
    ),
    "alertmanager": Adapter(
        name="alertmanager",
        version="1",
        entities=("alert",),
        columns=("alerts", "truncatedAlerts", "fingerprint", "startsAt", "endsAt", "updatedAt", "labels"),
        required=(),
        regroups=("alert",),
    ),
    "google_cloud_status": Adapter(
        name="google_cloud_status",
        version="2",
        entities=("vendor_record",),
        columns=(
            *("id", "number", "begin", "created", "end", "modified", "external_desc", "updates", "status_impact", "severity"),
            *("service_name", "affected_products", "uri"),
        ),
        required=("number", "begin", "external_desc"),
        regroups=("vendor_record",),
    ),
    "aws_health": Adapter(
        name="aws_health",
        version="1",
        entities=("vendor_record",),
        columns=("service", "date", "summary", "status", "description"),
        required=("service", "date", "summary"),
        records=("archive", "current"),
    ),
    "statuspage": Adapter(
        name="statuspage",
        version="2",
        entities=("vendor_record", "maintenance_window"),
        columns=(
            *("id", "name", "status", "impact", "created_at", "started_at", "resolved_at", "scheduled_for", "scheduled_until"),
            *("updated_at", "shortlink", "incident_updates", "components"),
        ),
        required=("id", "status", "created_at"),
        records=("incidents", "scheduled_maintenances"),
        regroups=("vendor_record",),
    ),
    "reply_sheet": Adapter(
        name="reply_sheet",
        version="1",
        entities=("dispute",),
        columns=COLUMNS,
        required=(*PRINTED, SEAL, "answer", "contested_start_at", "contested_end_at", "reason_code", "reason"),
        is_closed=True,
        regroups=("dispute",),
        labels=LABELS,
    ),
}


def adapter_names() -> tuple[str, ...]:
    """Return the names that sources.yml may use."""
    return ("canonical", *sorted(BUILT_IN))


def adapter_for(name: str, entity: str | None, where: str, mappings: Mapping[str, TableMapping] | None = None) -> Adapter:
    """Return the adapter of a source.

    Args:
        name: `adapter` of sources.yml.
        entity: `entity` of sources.yml; needed by `canonical` alone.
        where: The source, for the error.
        mappings: What `mapping:<name>` may name.

    Raises:
        UnknownReferenceError: If there is no such adapter or entity.
        LedgerError: If `canonical` names no entity.
    """
    if name == "canonical":
        return _canonical(entity, where)
    written = {f"{MAPPING}{stem}": mapping for stem, mapping in (mappings or {}).items()}
    if name in written:
        return mapped_adapter(name, written[name])
    if name not in BUILT_IN:
        raise UnknownReferenceError(
            where=where, kind="adapter", got=name, known=(*adapter_names(), *written), fix="use a known adapter, or write a mapping"
        )
    return BUILT_IN[name]


def _canonical(entity: str | None, where: str) -> Adapter:
    entities = dictionary().entities
    if entity is None:
        raise LedgerError("adapter canonical without an entity", where=where, fix="add entity: ticket, or whatever a row of the file is")
    if entity not in entities:
        raise UnknownReferenceError(where=where, kind="entity", got=entity, known=entities, fix="use a name of entities.yml")
    columns = entities[entity].columns
    landing = [column.name for column in dictionary().landing_columns if column.canonical]
    return Adapter(
        name="canonical",
        version="1",
        entities=(entity,),
        columns=(*landing, *(column.name for column in columns)),
        required=tuple(column.name for column in columns if column.required),
        records=RECORD_LISTS,
        is_closed=True,
    )


def mapped_adapter(name: str, mapping: TableMapping) -> Adapter:
    """Return the adapter that a mapping writes down; its SQL is generated."""
    obligatory = {column.name for column in dictionary().entities[mapping.entity].columns if column.required}
    needed = [column for target, origin in mapping.fields.items() if target in obligatory for column in origin.columns]
    needed += [column for column in mapping.rows.columns if column != mapping.rows.each]
    selects = {mapping.entity: row_select(mapping)} | ({HISTORY: history_select(mapping)} if mapping.rows.history else {})
    return Adapter(
        name=name,
        version=sha256_json(mapping.model_dump(mode="json"))[:16],
        entities=tuple(selects),
        columns=mapping.columns,
        required=tuple(dict.fromkeys(needed)),
        required_in_tables=tuple(column for column in mapping.columns if column not in needed),
        records=mapping.read.records,
        is_closed=not mapping.ignore_other_columns,
        regroups=() if mapping.rows.is_plain else tuple(selects),
        read=mapping.read,
        zones=zones_of(mapping),
        selects=selects,
        has_people=any(is_person(mapping.targets[name]) for name in mapping.fields if name in mapping.targets),
        prefix=PREFIX,
    )
