"""Doors between rooms: what is judged before a run goes on (DESIGN 6, DOMAIN 4.5).

A block marks the services it affects and the story goes on; a door raises only when the room itself cannot be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.gate.rules import Rule, rules_of
from tasks.gate.suite import KEY, judge
from tasks.model.dictionary import Table, dictionary
from tasks.model.errors import BlockedError
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.reference import Reference
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.staged import Staged


@dataclass(frozen=True)
class Door:
    """What the staged door said: its room holds `data_quality`, one row per verdict."""

    room: Room
    verdicts: tuple[Mapping[str, Any], ...]

    @property
    def blocks(self) -> tuple[dict[str, str], ...]:
        """Rows of run.quality_blocks: services whose availability cannot be called met."""
        return tuple(
            {"service_id": service, "rule_id": verdict["rule_id"], "blocks": "met"}
            for verdict in self.verdicts
            if verdict["verdict"] == "block"
            for service in verdict["affected"]
        )

    @property
    def is_blocking(self) -> bool:
        """Tell whether any verdict blocks (exit code 1)."""
        return any(verdict["verdict"] == "block" for verdict in self.verdicts)


def judge_staged(home: Home, staged: Staged, reference: Reference, limits: Limits) -> Door:
    """Judge the staged rows of a run; the verdicts are a room of their own, so that running again judges nothing twice.

    Raises:
        BlockedError: If the row balance does not hold (DQ-09): the room cannot be trusted.
    """
    inputs = {"step": "gate", "staged": staged.key, "policy": reference.policy.sha256, "code": code_sha256()}
    key = room_key(inputs)
    if find_room(home, "staged", key) is None:
        with Engine(limits) as engine:
            staged.show(engine)
            engine.build("staged")
            engine.create_like_dictionary("staged.data_quality", verdict_rows(engine, rules_of(reference.policy.quality)))
            with building(home, "staged", key, inputs) as room:
                table = dictionary().tables["data_quality"]
                room.write(engine, "data_quality", table.columns, table.order)
    door = _read_door(home, key)
    _refuse_broken_balance(door.verdicts)
    return door


def verdict_rows(engine: Engine, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Return the rows of data_quality for what staged.gate_counts holds."""
    counts = engine.rows("from staged.gate_counts order by all")
    known = {rule.rule_id: rule for rule in rules}
    verdicts = judge(counts, rules) if counts else {}
    services = _services(engine)
    rows = []
    for count in counts:
        verdict = verdicts[tuple(count[name] for name in KEY)]
        affected = services(count["source_system"], count["entity"]) if verdict == "block" else []
        rows.append(
            {name: count[name] for name in (*KEY, "checked", "failed")}
            | {
                "observed": f"{count['failed']} of {count['checked']}",
                "limit_value": known[count["rule_id"]].limit_words,
                "verdict": verdict,
                "affected": affected,
            }
        )
    return rows


def _services(engine: Engine) -> Any:
    spoken = engine.rows("from staged.source_services order by all")
    governed = [row["service_id"] for row in engine.rows("select distinct service_id from staged.service_catalogue order by 1")]

    def services(source_system: str, entity: str) -> list[str]:
        named = {row["service_id"] for row in spoken if row["source_system"] == source_system and entity in ("-", row["entity"])}
        return sorted(named) or governed

    return services


def _read_door(home: Home, key: str) -> Door:
    room = find_room(home, "staged", key)
    if room is None:
        raise BlockedError("the gate's room vanished while it was read", where=f"staged/{key}", fix="run again")
    with Engine() as engine:
        engine.view("staged.data_quality", [room.file("data_quality")])
        return Door(room, tuple(engine.rows("from staged.data_quality order by rule_id, source_system, entity, scope_id")))


def _refuse_broken_balance(verdicts: Sequence[Mapping[str, Any]]) -> None:
    broken = [verdict for verdict in verdicts if verdict["rule_id"] == "DQ-09" and verdict["verdict"] == "block"]
    if broken:
        where = ", ".join(verdict["source_system"] for verdict in broken)
        raise BlockedError(
            "read is not accepted + quarantined + duplicates (DQ-09)", where=where, fix="report this: staging lost or doubled rows"
        )


def check_room(engine: Engine, room: str) -> None:
    """Check a room's result tables against tables.yml: unique keys and closed enumerations. Types and nulls are the writer's.

    Raises:
        BlockedError: Naming every table and column that breaks its word.
    """
    faults = [
        fault
        for table in dictionary().tables.values()
        if engine.has(f"{room}.{table.name}")
        for fault in _table_faults(engine, room, table)
    ]
    if faults:
        raise BlockedError("; ".join(faults), where=room, fix="report this: the room breaks tables.yml")


def _table_faults(engine: Engine, room: str, table: Table) -> list[str]:
    key = ", ".join(table.key)
    checks = {
        f"{table.name}: rows with a key already used": f"count(*) - (select count(*) from (select distinct {key} from {room}.{table.name}))"
    }
    for column in table.columns:
        if column.enum:
            words = ", ".join(f"'{word}'" for word in column.enum)
            checks[f"{table.name}.{column.name}: rows with an unknown word"] = f"count(*) filter ({column.name} not in ({words}))"
    selected = ", ".join(checks.values())
    counts = engine.execute(f"select {selected} from {room}.{table.name}").fetchone() or ()
    return [f"{words} ({count})" for words, count in zip(checks, counts, strict=True) if count]
