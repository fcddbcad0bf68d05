"""Measuring: from reconciled intervals to service levels, credits, claims, metrics and recurrence (the room measured)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from tasks.measure.accuracy import write_accuracy
from tasks.measure.chronic import months_watched, triggers_of
from tasks.measure.claimed import Taken, claimed_before, histories, standing_amounts
from tasks.measure.claims import Desk, claims_of
from tasks.measure.credits import Around, Credits, Onward, credits_of
from tasks.measure.disputes import SPAN_COLUMNS, STANDING_COLUMNS, standings
from tasks.measure.earn_back import earn_backs_of
from tasks.measure.fees import FeeBook
from tasks.measure.hours import write_hours
from tasks.measure.metrics import measure_intervals
from tasks.measure.probing import write_probed_shifts
from tasks.model.calendar import Calendar
from tasks.model.contract import Contract, RollingDays
from tasks.model.errors import FaultsError, UnknownReferenceError
from tasks.model.measures import Measure
from tasks.model.period import MONTHS_SHOWN, Period
from tasks.model.policy import Policy
from tasks.model.remedies import PointCredits
from tasks.model.run import Run
from tasks.store.backing import gaps_between
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Row as JournalRow
from tasks.store.reference import Reference
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.run_columns import COLUMNS, GATE_COLUMNS
from tasks.store.run_rows import landing_rows
from tasks.store.run_tables import create_run_tables
from tasks.store.staged import Staged

Row = dict[str, Any]
DAY_US = 86_400_000_000
MONTHS_BEFORE = MONTHS_SHOWN - 1  # of the strip
HISTORY_COLUMNS = {
    "period": "VARCHAR",
    "contract_id": "VARCHAR",
    "measure_id": "VARCHAR",
    "service_id": "VARCHAR",
    "scope": "VARCHAR",
    "status": "VARCHAR",
    "flags": "VARCHAR[]",
}
LIMIT_COLUMNS = {"incidents": "BIGINT", "within_us": "BIGINT", "quarters": "BIGINT"}
AMOUNT_COLUMNS = {"dispute_id": "VARCHAR", "part_no": "BIGINT", "amount_at_stake": "DECIMAL(18,4)", "currency": "VARCHAR"}
POSITION_COLUMNS = {"part_no": "BIGINT", "position": "VARCHAR", "amount": "DECIMAL(18,4)", "currency": "VARCHAR"}
SIDE_COLUMNS = {"part_no": "BIGINT", "component_id": "VARCHAR", "start_us": "BIGINT", "end_us": "BIGINT"}
SIDE_COLUMNS |= {"ours": "VARCHAR", "theirs": "VARCHAR"}

INCIDENTS_CLAIMED = """
    select distinct measure.contract_id, incident.service_id, incident.incident_id
    from measured.incident_claims as claimed
    inner join run.measures as measure using (contract_version_id, measure_id)
    inner join reconciled.incidents as incident using (service_id)
    order by all
"""


def measure(
    home: Home,
    staged: Staged,
    reconciled: Room,
    reference: Reference,
    run: Run,
    limits: Limits,
    quality_blocks: Sequence[Mapping[str, str]],
    landings: Iterable[JournalRow],
) -> Room:
    """Return the measured room of a run, built if it is not there yet.

    Args:
        home: The home.
        staged: Invoices, catalogue, rules, decisions as known.
        reconciled: Incidents, outage intervals, exclusions.
        reference: Contracts, policy, calendars.
        run: Period and as_of.
        limits: What may be used of the machine.
        quality_blocks: Rows of run.quality_blocks: service_id, rule_id, blocks, period.
        landings: The journal's rows of the files that are staged: what time they speak of.

    Raises:
        FaultsError: If a contract names a monitoring rule that nobody knows.
    """
    stated = landing_rows(landings)
    inputs = {
        "reconciled": reconciled.key,
        "staged": staged.key,
        "landings": [[row.get(name) for name in GATE_COLUMNS["run.landings"]] for row in stated],
        "reference": [[file["path"], file["sha256"]] for file in reference.files],
        "period": run.period,
        "as_of": run.as_of.isoformat(),
        "quality_blocks": sorted([block[name] for name in COLUMNS["run.quality_blocks"]] for block in quality_blocks),
        "code": code_sha256(),
    }
    key = room_key(inputs)
    found = find_room(home, "measured", key)
    if found is not None:
        return found
    with Engine(limits) as engine, building(home, "measured", key, inputs) as room:
        staged.show(engine)
        reconciled.show(engine)
        create_run_tables(engine, run, reference)
        engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"], quality_blocks)
        engine.create("run.landings", GATE_COLUMNS["run.landings"], stated)
        engine.build("staged", only=["feed_spans"])
        engine.execute("create or replace table run.feed_spans as from staged.feed_spans")
        engine.build("measured", only=["evidence_starts"])
        months = covered_months(engine, run, max(MONTHS_BEFORE, months_watched(reference.contracts)))
        past = history(staged, reconciled, reference, run, limits, quality_blocks, months)
        build_measured(engine, reference.contracts, reference.policy, reference.calendars, past)
        shown = {month.name for month in months[:MONTHS_BEFORE]} | {month.quarter().name for month in months[:MONTHS_BEFORE]}
        engine.create("measured.level_history", HISTORY_COLUMNS, [row for row in past.headlines if row["period"] in shown])
        room.write_all(engine)
    done = find_room(home, "measured", key)
    assert done is not None
    return done


@dataclass(frozen=True)
class History:
    """What windows gone by were judged, by what is known now; what was signed then stands in those months' own packs.

    Attributes:
        headlines: Verdicts, rows of HISTORY_COLUMNS.
        levels: Rows of measured.window_levels.
        outages: Rows of measured.window_outages.
        credits: Rows of measured.credits, of contracts that let credits be earned back.
        onward: What credits of those windows hand to the run's.
        targets: Rows of measured.target_levels.
    """

    headlines: Sequence[Row] = ()
    levels: Sequence[Row] = ()
    outages: Sequence[Row] = ()
    credits: Sequence[Row] = ()
    onward: Onward = field(default_factory=Onward)
    targets: Sequence[Row] = ()


def build_measured(
    engine: Engine, contracts: Iterable[Contract], policy: Policy, calendars: Mapping[str, Calendar], past: History | None = None
) -> None:
    """Build every table of schema `measured` from `run`, `staged` and `reconciled`; SQL does sets, Python decides disputes and money.

    Args:
        engine: Shows the earlier rooms and the run.
        contracts: All versions.
        policy: Of the home.
        calendars: By id.
        past: The windows before the run's; none if left out.

    Raises:
        FaultsError: If a contract names a monitoring rule that nobody knows.
    """
    by_version = {contract.contract_version_id: contract for contract in contracts}
    _refuse_unknown_rules(engine)
    prepare_measured(engine, by_version, policy, calendars)
    engine.build("measured", complete=False)
    write_probed_shifts(engine)
    past = past or History()
    _write_money(engine, by_version, policy, calendars, past)
    measure_intervals(engine, policy)
    engine.build("measured")
    write_repetition(engine, by_version.values(), past)
    write_accuracy(engine)
    _write_backing(engine, by_version, calendars)


def _refuse_unknown_rules(engine: Engine) -> None:
    """Refuse measures that read a monitoring rule nobody knows: they would never see an outage."""
    engine.build("measured", only=["unknown_rules"])
    known = [row["rule_id"] for row in engine.rows("select distinct rule_id from staged.monitoring_rule order by all")]
    faults = [
        UnknownReferenceError(
            where=f"contract {row['contract_version_id']}, measures.{row['measure_id']}.measured_by",
            kind="monitoring rule",
            got=row["rule_id"],
            known=get_close_matches(row["rule_id"], known),
            fix="land the register that has it (entity monitoring_rule), or name a rule that it has",
        )
        for row in engine.rows("from measured.unknown_rules order by all")
    ]
    if faults:
        raise FaultsError(faults)


def prepare_measured(engine: Engine, contracts: Mapping[str, Contract], policy: Policy, calendars: Mapping[str, Calendar]) -> None:
    """Write what the SQL of the room needs decided before it judges: terms, disputes, and the open time that clocks count by."""
    _write_terms(engine, contracts, policy)
    engine.build("measured", only=["dispute_subjects"])
    _write_disputes(engine, contracts, policy, calendars)
    engine.build("measured", only=["clock_spans"])
    write_hours(engine, calendars)


def covered_months(engine: Engine, run: Run, most: int) -> list[Period]:
    """Return the months before the run's, newest first, that lie wholly after the first record: of earlier ones nothing can be said."""
    starts = engine.rows("from measured.evidence_starts")
    period = Period.parse(run.period)
    before = period.trailing_months(period.length + most)[: -period.length] if starts else ()
    return [month for month in reversed(before) if starts[0]["start_at"] <= month.bounds(run.display_timezone)[0]]


def write_repetition(engine: Engine, contracts: Iterable[Contract], past: History) -> None:
    """Write measured.chronic_triggers and measured.earn_backs: what clauses make of the run's windows and of those before."""
    versions = list(contracts)
    current = engine.rows("from measured.window_levels order by all")
    levels = [*past.levels, *current]
    outages = [*past.outages, *engine.rows("from measured.window_outages order by all")]
    engine.create_like_dictionary("measured.chronic_triggers", triggers_of(versions, levels, outages, current))
    lines = [*past.credits, *engine.rows("from measured.credits order by credit_id")]
    events = engine.rows("from staged.claim_event order by all")
    engine.create_like_dictionary("measured.earn_backs", earn_backs_of(versions, levels, lines, events))


def history(
    staged: Staged,
    reconciled: Room,
    reference: Reference,
    run: Run,
    limits: Limits,
    quality_blocks: Sequence[Mapping[str, str]],
    months: Sequence[Period],
) -> History:
    """Return what the windows that months gone by list were judged."""
    if not months:
        return History()
    by_version = {contract.contract_version_id: contract for contract in reference.contracts}
    with Engine(limits) as engine:
        staged.show(engine)
        reconciled.show(engine)
        create_run_tables(engine, run, reference, months)
        engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"], quality_blocks)
        engine.create("measured.side_pieces", SIDE_COLUMNS)  # of months gone by nobody asks who said what
        prepare_measured(engine, by_version, reference.policy, reference.calendars)
        is_scored = any(_repeats(measure) for contract in reference.contracts for measure in contract.measures.values())
        wanted = ["headlines", "window_levels", "window_outages", *(["target_levels"] if is_scored else [])]
        engine.build("measured", only=wanted)
        credits_ = Credits()
        if any(_hands_on(contract) for contract in reference.contracts):
            engine.build("measured", only=["credit_facts", "credit_bases", "fee_lines", "target_levels"])
            credits_ = _credits(engine, engine.rows("from measured.credit_facts order by scope_no"), by_version, History())
        return History(
            engine.rows("from measured.headlines order by all"),
            engine.rows("from measured.window_levels order by all"),
            engine.rows("from measured.window_outages order by all"),
            credits_.lines,
            credits_.onward,
            engine.rows("from measured.target_levels order by all") if is_scored else (),
        )


def _write_terms(engine: Engine, contracts: Mapping[str, Contract], policy: Policy) -> None:
    """Write what SQL needs of contracts and policy beyond the run tables: silence on a change of version, claims by incident, limits."""
    silent = [{"contract_version_id": name} for name, contract in contracts.items() if "mid_window_switch" in contract.silent]
    engine.create("measured.silent_switches", {"contract_version_id": "VARCHAR"}, silent)
    watched = sorted({contract.contract_id for contract in contracts.values() if _looks_back(contract)})
    engine.create("measured.watched_contracts", {"contract_id": "VARCHAR"}, [{"contract_id": name} for name in watched])
    by_incident = [
        {"contract_version_id": version, "measure_id": name}
        for version, contract in contracts.items()
        for name, measure in contract.measures.items()
        if measure.claims.one_claim_per == "incident"
    ]
    engine.create("measured.incident_claims", {"contract_version_id": "VARCHAR", "measure_id": "VARCHAR"}, by_incident)
    chronic = policy.metrics.chronic
    limits = {"incidents": chronic.count, "within_us": chronic.within_days * DAY_US, "quarters": chronic.quarters}
    engine.create("measured.chronic_limits", LIMIT_COLUMNS, [limits])


def _looks_back(contract: Contract) -> bool:
    """Tell whether the contract makes anything of windows gone by."""
    return bool(contract.chronic or contract.earn_back or any(_repeats(measure) for measure in contract.measures.values()))


def _repeats(measure: Measure) -> bool:
    """Tell whether a measure scores more points after a window in which it failed (R-CR9)."""
    terms = getattr(measure, "credits", None)
    return isinstance(terms, PointCredits) and terms.repeat_factor != 1


def _hands_on(contract: Contract) -> bool:
    """Tell whether credits of windows gone by matter to later ones: earned back, carried on, or of windows that overlap."""
    return bool(contract.earn_back or contract.credits.caps.carry_forward or isinstance(contract.clock.window, RollingDays))


def _write_disputes(engine: Engine, contracts: Mapping[str, Contract], policy: Policy, calendars: Mapping[str, Calendar]) -> None:
    """Decide which disputes are open and admissible, and write which time they hold out."""
    subjects = engine.rows("from measured.dispute_subjects order by all")
    standing, spans = standings(subjects, contracts, policy, calendars, _as_of(engine))
    engine.create("measured.dispute_standings", STANDING_COLUMNS, standing)
    engine.create("measured.dispute_spans", SPAN_COLUMNS, spans)


def _write_money(
    engine: Engine, contracts: Mapping[str, Contract], policy: Policy, calendars: Mapping[str, Calendar], past: History
) -> None:
    """Decide credits and claims, and write them with their steps."""
    facts = engine.rows("from measured.credit_facts order by scope_no")
    found = _credits(engine, facts, contracts, past)
    engine.create_like_dictionary("measured.credits", found.lines)
    engine.create_like_dictionary("measured.credit_steps", found.steps)
    engine.create("measured.dispute_amounts", AMOUNT_COLUMNS, found.disputes)
    engine.create("measured.position_amounts", POSITION_COLUMNS, found.positions)
    events = histories(engine.rows("from staged.claim_event order by all"))
    desk = Desk(contracts, policy, calendars, _as_of(engine), events)
    engine.create_like_dictionary("measured.claims", claims_of(found.lines, found.facts, desk))


def _credits(engine: Engine, facts: Sequence[Row], contracts: Mapping[str, Contract], before: History) -> Credits:
    book = FeeBook(engine.rows("from measured.fee_lines order by all"))
    bases = engine.rows("from measured.credit_bases order by all")
    now = [row for name in ("window_levels", "target_levels") for row in engine.rows(f"from measured.{name} order by all")]
    levels = [*before.levels, *before.targets, *now]
    return credits_of(facts, book, contracts, Around(bases, _claimed(engine, bases, contracts), levels, before.onward))


def _claimed(engine: Engine, bases: Iterable[Row], contracts: Mapping[str, Contract]) -> dict[tuple[str, datetime], Taken]:
    """Return by contract and window start what claims on earlier windows took of caps (R-CR6)."""
    amounts = standing_amounts(engine.rows("from staged.claim_event order by all"))
    if not amounts:
        return {}
    governed: dict[str, list[tuple[str, ...]]] = {}
    for row in engine.rows("select distinct contract_id, service_id from run.measures order by all"):
        governed.setdefault(row["contract_id"], []).append((row["service_id"],))
    for row in engine.rows(INCIDENTS_CLAIMED):
        governed[row["contract_id"]].append((row["service_id"], row["incident_id"]))
    newest = {(row["contract_id"], row["window_start_at"]): row for row in sorted(bases, key=lambda row: row["start_at"])}
    return {
        (contract_id, start_at): claimed_before(contracts[row["contract_version_id"]], start_at, governed[contract_id], amounts)
        for (contract_id, start_at), row in newest.items()
    }


def _write_backing(engine: Engine, contracts: Mapping[str, Contract], calendars: Mapping[str, Calendar]) -> None:
    """Write measured.backing_gaps: what promises in force in the period's windows lack behind them (K7)."""
    in_force = [contracts[row["name"]] for row in engine.rows("select distinct contract_version_id as name from run.windows order by all")]
    context = engine.rows("from run.context")[0]
    rows = gaps_between(engine, in_force, calendars, context["period_start_at"], context["period_end_at"])
    engine.create_like_dictionary("measured.backing_gaps", rows)


def _as_of(engine: Engine) -> Any:
    return engine.rows("select as_of from run.context")[0]["as_of"]
