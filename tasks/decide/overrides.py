"""What an override may set: which field, of what, and to which values (RC-P2, DOMAIN 4.2). What a run would not read is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tasks.decide.columns import Given, read_value
from tasks.model.dictionary import Column, dictionary
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.room import Room, finished_rooms
from tasks.store.staged import Staged

FIELDS = (  # of an incident: what sql/reconciled/{bound,timeline,word}_candidates.sql take from an override
    *("occurred_at", "detected_at", "provider_detected_at", "reported_to_provider_at", "declared_at", "acknowledged_at", "mitigated_at"),
    *("restored_at", "resolved_at", "closed_at"),
    *("title", "service_id", "cause_key", "responsibility", "severity_initial", "severity_max", "severity_final"),
)
TERMS = {field.removesuffix("_at"): field for field in FIELDS if field.endswith("_at")}  # an instant may be written without _at
SUBJECTS = ("incident", "ticket", "vendor_record", "raw_record")
NAMES = """
    select 'incident' as kind, incident_id as name, incident_id from reconciled.incidents
    union all select 'incident', alias_incident_id, incident_id from reconciled.incident_aliases
    union all select 'raw_record', raw_id, incident_id from reconciled.incident_members
    union all select entity, source_key, incident_id from reconciled.incident_members where entity in ('ticket', 'vendor_record')
    union all select 'ticket', ticket_key, null from staged.ticket
    union all select 'vendor_record', source_key, null from staged.vendor_record
"""  # as incident_overrides.sql finds an incident by its subject, and what was landed since
SHOWN = 12  # names that a message lists at most


def read_setting(body: Mapping[str, Any], given: Given, now: datetime) -> tuple[dict[str, Any], list[LedgerError]]:
    """Return the value as a run reads it, and what is wrong with subject_type, field and value."""
    kind, field = body.get("subject_type"), body.get("field")
    faults = []
    if kind is not None and kind not in SUBJECTS:
        what, fix = f"sets nothing: override of an {kind}, which nothing reads", "override occurred_at or restored_at of its incident"
        faults.append(LedgerError(what, where=given.place("subject_type"), known=SUBJECTS, fix=fix))
    if field is None:
        return {}, faults
    columns = {column.name: column for column in dictionary().tables["incidents"].columns if column.name in FIELDS}
    column = columns.get(TERMS.get(field, field))
    if column is None:
        what, fix = f"sets nothing: override of {field}, which nothing reads", "use one of these fields of an incident"
        return {}, [*faults, LedgerError(what, where=given.place("field"), known=FIELDS, fix=fix)]
    value, wrong = _value_of(column, body, given, now)
    return value, faults + wrong


def _value_of(column: Column, body: Mapping[str, Any], given: Given, now: datetime) -> tuple[dict[str, Any], list[LedgerError]]:
    where = given.place("value")
    if body.get("value") is not None:
        value, fault = read_value(column, body["value"], where, now)
        return ({}, [fault]) if fault else ({"value": value}, [])
    if "value" not in given.values:
        fix = "give value; nothing behind = says that there is none, as of an incident that is not restored"
        return {}, [LedgerError(f"nothing says what {column.name} is set to", where=where, known=column.enum or (), fix=fix)]
    if column.nullable is False:
        what = f"every incident has {column.name}: {column.meaning}"
        return {}, [LedgerError(what, where=where, known=column.enum or (), fix="give a value, or revoke the override that is wrong")]
    return {}, []


def unknown_service(staged: Staged, body: Mapping[str, Any], given: Given) -> list[LedgerError]:
    """Return a fault if a service is set that the catalogue does not list."""
    if body.get("field") != "service_id" or body.get("value") is None:
        return []
    with Engine() as engine:
        staged.show(engine, ["service_catalogue"])
        known = [row["service_id"] for row in engine.rows("select distinct service_id from staged.service_catalogue")]
    if not known or body["value"] in known:
        return []
    fix = "use a service_id of reference/services.csv"
    return [UnknownReferenceError(where=given.place("value"), kind="service", got=body["value"], known=known, fix=fix)]


def unfit_subject(home: Home, staged: Staged, body: Mapping[str, Any], given: Given) -> list[LedgerError]:
    """Return what is wrong with the subject by what the newest runs reconciled: it is none, or would end before it began.

    Before anything was reconciled nothing is known of incidents, and nothing is said.
    """
    kind, subject, rooms = body.get("subject_type"), body.get("subject_id"), _newest(home)
    if kind not in SUBJECTS or not subject or not rooms:
        return []
    kinds = ("incident", "ticket") if kind in ("incident", "ticket") else (kind,)  # either may be named by the other's name
    with Engine() as engine:
        staged.show(engine, ["ticket", "vendor_record"])
        for table in ("incidents", "incident_aliases", "incident_members"):
            engine.view(f"reconciled.{table}", [room.file(table) for room in rooms])
        found = engine.rows(f"select distinct incident_id from ({NAMES}) where name = ? and list_contains(?, kind)", [subject, list(kinds)])
        if not found:
            return [_no_subject(engine, kind, subject, given)]
        return _ends_before_it_began(engine, [row["incident_id"] for row in found], body, given)


def _newest(home: Home) -> list[Room]:
    """Return the reconciled rooms that know most: of the latest as_of; several if other files or programs read the same instant."""
    rooms = finished_rooms(home, "reconciled")
    latest = max((room.card["inputs"]["as_of"] for room in rooms), default=None)
    return [room for room in rooms if room.card["inputs"]["as_of"] == latest]


def _no_subject(engine: Engine, kind: str, subject: str, given: Given) -> LedgerError:
    near = f"""
        select distinct name, jaro_winkler_similarity(name, ?) as likeness from ({NAMES}) where kind = ?
        order by likeness desc, name limit {SHOWN}
    """
    known = [row["name"] for row in engine.rows(near, [subject, kind])]
    fix = "use a name that is known (these are the nearest); an incident that no run has seen yet needs sla month first"
    return UnknownReferenceError(where=given.place("subject_id"), kind=kind, got=subject, known=known, fix=fix)


def _ends_before_it_began(engine: Engine, incident_ids: Sequence[str | None], body: Mapping[str, Any], given: Given) -> list[LedgerError]:
    field, value = TERMS.get(body.get("field", ""), body.get("field")), body.get("value")
    if field not in ("occurred_at", "restored_at") or value is None:
        return []
    incidents = engine.rows(
        """
        select incident_id, instant_text(occurred_at) as occurred_at, instant_text(restored_at) as restored_at
        from reconciled.incidents
        where
            list_contains($incident_ids, incident_id)
            and if($field = 'restored_at', $value::timestamptz <= occurred_at, $value::timestamptz >= restored_at)
        order by all
        limit 1
        """,
        {"incident_ids": list(incident_ids), "field": field, "value": value},
    )
    return [_wrong_way_round(field, value, incident, given) for incident in incidents]


def _wrong_way_round(field: str, value: str, incident: Mapping[str, Any], given: Given) -> LedgerError:
    if field == "restored_at":
        what = f"restored_at {value} is not after {incident['incident_id']} occurred, {incident['occurred_at']}"
    else:
        what = f"occurred_at {value} is not before {incident['incident_id']} was restored, {incident['restored_at']}"
    fix = "an outage ends after it began; if both bounds are wrong, set the other one first and run sla month"
    return LedgerError(what, where=given.place("value"), fix=fix)
