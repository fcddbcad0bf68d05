"""Doors between rooms: what is judged before a run goes on (DESIGN 6, DOMAIN 4.5).

A block marks the services it affects and the story goes on; a door raises only when the room itself cannot be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.gate.own_rules import as_rule, count_own
from tasks.gate.rules import MILLION, Rule, rules_of
from tasks.gate.suite import KEY, count_reference_rows, judge
from tasks.model.dictionary import Table, dictionary
from tasks.model.errors import BlockedError
from tasks.model.identity import sha256_json
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Row
from tasks.store.knowledge import Known
from tasks.store.reference import Reference
from tasks.store.room import Room, RoomInProgress, building, find_room, room_key
from tasks.store.run_columns import COLUMNS, GATE_COLUMNS
from tasks.store.run_rows import landing_rows
from tasks.store.run_tables import create_run_tables
from tasks.store.staged import Staged

CLAIMED = ("dispute",)  # whoever disputes carries the burden (R-DI4): a claim that cannot be read withholds no verdict


@dataclass(frozen=True)
class Door:
    """What the gate said: its room holds `data_quality`, one row per verdict, `gate_rules`, and `quality_blocks`, what blocks withhold."""

    room: Room
    verdicts: tuple[Mapping[str, Any], ...]
    blocks: tuple[Mapping[str, str], ...]

    @property
    def is_blocking(self) -> bool:
        """Tell whether any verdict blocks (exit code 1)."""
        return any(verdict["verdict"] == "block" for verdict in self.verdicts)


def judge_rooms(home: Home, known: Known, staged: Staged, reconciled: Room, reference: Reference, run: Run, limits: Limits) -> Door:
    """Judge what was staged and reconciled for a run; the verdicts are a room of their own, so that running again judges nothing twice.

    Raises:
        BlockedError: If the row balance does not hold (DQ-09): the room cannot be trusted.
    """
    inputs = {
        "step": "gate",
        "staged": staged.key,
        "landings": sha256_json([[row.seq, row.body_sha256] for row in known.landings]),
        "reconciled": reconciled.key,
        "reference": [[file["path"], file["sha256"]] for file in reference.files],
        "run": [run.period, run.as_of.isoformat()],
        "code": code_sha256(),
    }
    key = room_key(inputs)
    if find_room(home, "staged", key) is None:
        rules = (*rules_of(reference.policy.quality), *map(as_rule, reference.rules))
        with Engine(limits) as engine:
            staged.show(engine)
            reconciled.show(engine)
            create_run_tables(engine, run, reference)
            create_gate_tables(engine, known.landings, reference, run)
            engine.build("measured", only=["watch_counts"])
            engine.shut()
            verdicts = verdict_rows(engine, rules, reference, run.period)
        with Engine(limits) as engine, building(home, "staged", key, inputs) as room:
            _write(engine, room, rules, verdicts, run.period)
    door = _read_door(home, key)
    _refuse_broken_balance(door.verdicts)
    return door


def _write(engine: Engine, room: RoomInProgress, rules: Iterable[Rule], verdicts: Sequence[Mapping[str, Any]], period: str) -> None:
    """Write the room of verdicts: those of the run's own month, the rules behind them, and what the blocks of all months withhold."""
    table = dictionary().tables["data_quality"]
    engine.create_like_dictionary("staged.data_quality", [verdict for verdict in verdicts if verdict["period"] == period])
    engine.create("staged.quality_blocks", COLUMNS["run.quality_blocks"], _blocks(verdicts))
    told = [{"place": place, "rule_id": rule.rule_id, "words": rule.words, "file": rule.file} for place, rule in enumerate(rules)]
    engine.create("staged.gate_rules", GATE_COLUMNS["staged.gate_rules"], told)
    room.write(engine, "data_quality", table.columns, table.order)
    room.write(engine, "quality_blocks", order=tuple(COLUMNS["run.quality_blocks"]))
    room.write(engine, "gate_rules", order=("place",))


def create_gate_tables(engine: Engine, landings: Iterable[Row], reference: Reference, run: Run) -> None:
    """Create what the counts read beyond the staged room and the run: landings, periods, limits, keys landed again.

    Args:
        engine: Shows the staged room.
        landings: The journal's rows of the files that are staged.
        reference: With the policy.
        run: Its month and the eleven before it are judged, as the pack shows twelve.
    """
    engine.create("run.landings", GATE_COLUMNS["run.landings"], landing_rows(landings))
    engine.create("run.judged_periods", GATE_COLUMNS["run.judged_periods"], _periods(run))
    values = [
        {"rule_id": rule_id, "name": name, "value": str(value)}
        for rule_id, limits in reference.policy.quality.items()
        for name, value in limits.items()
    ]
    engine.create("run.quality_limits", GATE_COLUMNS["run.quality_limits"], values)
    _find_newest_accepted(engine)


def _periods(run: Run) -> list[dict[str, Any]]:
    months = Period.parse(run.period).trailing_months()
    bounds = [(month.name, *month.bounds(run.display_timezone)) for month in months]
    return [{"period": name, "start_at": start_at, "end_at": end_at, "is_over": end_at <= run.as_of} for name, start_at, end_at in bounds]


def _find_newest_accepted(engine: Engine) -> None:
    """Create staged.newest_accepted: of every key of which a row was set aside, the newest landing that brought an accepted one."""
    entities = engine.rows("select distinct entity from staged.set_aside where source_key is not null order by 1")
    found = [
        f"""
        select rows.source_system, rows.entity, rows.source_key, max(rows.landing_seq) as landing_seq
        from staged.{row["entity"]}_versions as rows
        semi join staged.set_aside as aside
            on aside.entity = '{row["entity"]}' and rows.source_system = aside.source_system and rows.source_key = aside.source_key
        group by all
        """
        for row in entities
    ]
    nothing = "select '' as source_system, '' as entity, '' as source_key, 0 as landing_seq where false"
    engine.execute(f"create table staged.newest_accepted as {' union all '.join(found) or nothing}")


def verdict_rows(engine: Engine, rules: Sequence[Rule], reference: Reference, period: str) -> list[dict[str, Any]]:
    """Return rows of data_quality, with the period each is for: what is counted of sources and of monitoring, and of people's own rules.

    Args:
        engine: Holds what `create_gate_tables` makes, and measured.watch_counts; shut, if people wrote rules.
        rules: The rules in force.
        reference: With the rows of its tables, and the rules that people wrote.
        period: The run's.
    """
    engine.build("staged")
    counts = engine.rows("from staged.gate_counts union all by name from measured.watch_counts order by all")
    counts += [*count_reference_rows(reference.rows, period), *count_own(engine, reference.rules, period)]
    counts = [count | {"failed_ppm": share_ppm(count["failed"], count["checked"])} for count in counts]
    known = {rule.rule_id: rule for rule in rules}
    verdicts = judge(counts, rules)
    affected = _affected(engine)
    rows = []
    for count in counts:
        judged = verdicts[tuple(count[name] for name in KEY)]
        verdict = "warn" if judged == "block" and count["entity"] in CLAIMED else judged
        rows.append(
            {name: count[name] for name in (*KEY, "checked", "failed")}
            | {
                "observed": count["observed"] or f"{count['failed']} of {count['checked']}",
                "limit_value": known[count["rule_id"]].limit_words + ("; of disputes warn" if count["entity"] in CLAIMED else ""),
                "verdict": verdict,
                "affected": affected(count) if verdict == "block" else [],
                "effect": known[count["rule_id"]].effect,
            }
        )
    return rows


def share_ppm(failed: int, checked: int) -> int:
    """Return a share in millionths, rounded up, so that it is within a limit of six decimals exactly when this number is."""
    if checked == 0:
        return MILLION if failed else 0
    return -(-failed * MILLION // checked)


def _affected(engine: Engine) -> Callable[[Mapping[str, Any]], list[str]]:
    """Return what tells whose verdicts a block withholds: services that the scope names, or that the source's rows speak of.

    Rows set aside speak too. Where a row, or a whole source, names no service that is known, it may speak of any. A rule that people wrote
    says itself whose rows offend.
    """
    governed = [
        row["service_id"] for row in engine.rows("select distinct service_id from staged.service_catalogue where sla_governed order by 1")
    ]
    unwitnessed = engine.rows("from staged.unwitnessed_services")
    scopes = engine.rows("from staged.scope_services")
    names = engine.rows("from staged.service_names")
    spoken = engine.rows("from staged.source_services")
    aside = engine.rows("from staged.aside_services")

    def affected(count: Mapping[str, Any]) -> list[str]:
        source, entity, scope = count["source_system"], count["entity"], count["scope_id"]
        if "services" in count:
            return governed if count["services"] is None else list(count["services"])
        if count["rule_id"] == "DQ-08" and source == "-":
            return sorted(row["service_id"] for row in unwitnessed if row["period"] == count["period"])
        if scope != "-":
            own = {row["service_id"] for row in scopes if (row["source_system"], row["entity"], row["scope_id"]) == (source, entity, scope)}
            own |= {row["service_id"] for row in names if row["name"] == scope}
            return sorted(own) or governed
        told = {row["service_id"] for row in spoken if row["source_system"] == source and entity in ("-", row["entity"])}
        told |= {
            row["service_id"]
            for row in aside
            if (row["period"], row["source_system"]) == (count["period"], source) and entity in ("-", row["entity"])
        }
        return governed if None in told or not told else sorted(told)

    return affected


def _blocks(verdicts: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return rows of run.quality_blocks: a month's block holds for windows of that month and of the quarter that holds it."""
    blocks = {
        (service, verdict["rule_id"], verdict["effect"], period)
        for verdict in verdicts
        if verdict["verdict"] == "block" and verdict["effect"]
        for service in verdict["affected"]
        for period in (verdict["period"], Period.parse(verdict["period"]).quarter().name)
    }
    return [dict(zip(COLUMNS["run.quality_blocks"], block, strict=True)) for block in sorted(blocks)]


def _read_door(home: Home, key: str) -> Door:
    room = find_room(home, "staged", key)
    if room is None:
        raise BlockedError("the gate's room vanished while it was read", where=f"staged/{key}", fix="run again")
    with Engine() as engine:
        room.show(engine)
        verdicts = engine.rows("from staged.data_quality order by rule_id, source_system, entity, scope_id")
        return Door(room, tuple(verdicts), tuple(engine.rows("from staged.quality_blocks order by all")))


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
