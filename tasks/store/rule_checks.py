"""Monitoring rules that contracts name: known once their register was staged (R-GR8, measured_by)."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.model.errors import UnknownReferenceError
from tasks.model.form import Finding
from tasks.model.measures import Availability
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.reference_desk import Desk
from tasks.store.room import finished_rooms

REGISTER = "monitoring_rule"


def findings_of_rules(home: Home, desk: Desk) -> Iterator[Finding]:
    """Yield rules in measured_by that no staged register has; nothing before one was staged, for nobody can tell then."""
    named = [
        (sheet, ("measures", measure_id, "measured_by", place), rule_id)
        for sheet in desk.contracts
        for measure_id, measure in sheet.value.measures.items()
        if isinstance(measure, Availability)
        for place, rule_id in enumerate(measure.measured_by)
    ]
    known = _staged_rules(home) if named else set()
    for sheet, path, rule_id in named:
        if known and rule_id not in known:
            fix = "name a rule that it has, or land the register that has this one"
            nearest = UnknownReferenceError(where="", kind="monitoring rule", got=rule_id, known=sorted(known), fix=fix)
            place = sheet.document.place(path)
            yield Finding("UNKNOWN_MONITORING_RULE", path, f"{nearest.what}: no month can be measured", rule_id, fix=fix, place=place)


def _staged_rules(home: Home) -> set[str]:
    """Return the ids of every rule that was ever staged."""
    registers = [room for room in finished_rooms(home, "staged") if room.card["inputs"].get("entity") == REGISTER]
    if not registers:
        return set()
    with Engine() as engine:
        engine.view("payload.rules", [room.file(REGISTER) for room in registers])
        return {row["rule_id"] for row in engine.rows("select distinct rule_id from payload.rules")}
