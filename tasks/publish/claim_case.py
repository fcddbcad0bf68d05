"""What a claim rests on, read from the month's own tables: outages, levels, exclusions, readings, fees and the steps of each credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tasks.model.contract import Contract
from tasks.model.dictionary import dictionary
from tasks.model.identity import short_id
from tasks.model.instants import epoch_us, exact_instant
from tasks.model.letters import Letter
from tasks.model.remedies import Claims
from tasks.publish.words import period_words
from tasks.store.engine import Engine
from tasks.store.packs import PackFolder
from tasks.store.staged import Staged

Row = Mapping[str, Any]
READ = (
    *("claims", "credits", "credit_steps", "sla_results", "clock_ledger", "outage_intervals", "incidents", "exclusions"),
    *("exclusion_effects", "incident_targets", "dispute_effects"),
)
STAGED = ("service_catalogue", "invoice_line")
LOST = ("counted", "disputed")
CITED = "from measured.credits where credit_id in (select unnest(?)) order by contract_version_id, measure_id, credit_id"
STEPS = "from measured.credit_steps where credit_id = ? order by step_no"
RESULT = "from measured.sla_results where result_id in (select unnest(?)) order by start_at, result_id"
READINGS = """
    from measured.sla_results
    where
        contract_version_id = $contract_version_id and measure_id = $measure_id and service_id = $service_id and scope = $scope
        and start_at = $start_at::timestamptz and variant in ('headline', 'if_counted', 'other_reading')
    order by list_position(['headline', 'other_reading', 'if_counted'], variant), reading, result_id
"""
CREDITS_OF = "from measured.credits where list_has_any(sla_result_ids, ?) order by credit_id"
SPANS = """
    from measured.clock_ledger
    where subject_kind = 'sla_result' and subject_id = ? and counted_as not in ('up', 'closed', 'paused')
    order by start_at
"""
OUTAGES = """
    select
        outage.incident_id,
        incident.ticket_key,
        outage.component_id,
        outage.basis,
        greatest(outage.start_at, $start_at::timestamptz) as start_at,
        least(coalesce(outage.end_at, $end_at::timestamptz), $end_at::timestamptz) as end_at,
        outage.start_at < $start_at::timestamptz or coalesce(outage.end_at, 'infinity') > $end_at::timestamptz as is_cut,
        outage.raw_ids
    from reconciled.outage_intervals as outage
    inner join reconciled.incidents as incident using (incident_id)
    where
        outage.incident_id in (select unnest($incident_ids)) and outage.state = 'down'
        and outage.component_id not in (from main.foreign_components)
        and outage.start_at < $end_at::timestamptz and coalesce(outage.end_at, $end_at::timestamptz) > $start_at::timestamptz
    order by start_at, end_at, outage.component_id, outage.incident_id
"""
TESTED = """
    select exclusion.*, effect.excluded_us, effect.if_excluded_us
    from measured.exclusion_effects as effect
    inner join reconciled.exclusions as exclusion using (exclusion_id)
    where effect.result_id = ?
    order by exclusion.start_at, exclusion.exclusion_id
"""
TARGETS = "from measured.incident_targets where target_id in (select unnest(?)) order by started_at, target_id, period"
TICKETS = "select incident_id, ticket_key from reconciled.incidents where incident_id in (select unnest(?)) order by incident_id"
DISPUTES = """
    select distinct dispute_id, decide_by from measured.dispute_effects
    where result_id in (select unnest(?)) and state = 'open'
    order by all
"""
FOREIGN = """
    create table main.foreign_components as
    select component_id
    from staged.service_catalogue
    where provider_id is not null
    group by component_id
    having not bool_or(provider_id = coalesce($provider_id, provider_id))
"""  # an incident may hit components of other vendors: they are no matter of this claim's, nor of its reader's
CATALOGUE = """
    select component_id, arg_max(name, valid_from) as name, arg_max(component_region, valid_from) as region
    from staged.service_catalogue group by component_id order by component_id
"""
FEES = """
    select invoice_id || '/' || line_no as line, amount, currency from staged.invoice_line
    where invoice_id || '/' || line_no in (select unnest(?)) order by all
"""


@dataclass(frozen=True)
class Annex:
    """A file or text that goes with the letter, by what it is; `sha256` of its bytes."""

    name: str
    file_name: str
    sha256: str


@dataclass(frozen=True)
class Case:
    """One claim, and what people supply to it.

    Attributes:
        row: Columns of table claims, of the version that is prepared.
        contract: The version that promises the credit.
        terms: The claim terms of its measure.
        pack: The month's pack.
        letter: What the contract's owner supplies.
        signatory: Name of who signs.
        role: The role they sign in.
        prepared_at: Aware UTC: the letter bears its local day.
        is_simulated: The pack, or this preparation, was made under a simulated clock.
        annexes: Files that the contract demands and people attached.
    """

    row: Row
    contract: Contract
    terms: Claims
    pack: PackFolder
    letter: Letter
    signatory: str
    role: str
    prepared_at: datetime
    is_simulated: bool = False
    annexes: Sequence[Annex] = ()


@dataclass(frozen=True)
class Outage:
    """A span of lost time without a gap: what a letter calls an outage. `is_disputed` if any of it is held out in the headline."""

    start_at: datetime
    end_at: datetime
    incident_ids: tuple[str, ...]
    is_disputed: bool

    @property
    def length_us(self) -> int:
        """Return how long it lasted."""
        return epoch_us(self.end_at) - epoch_us(self.start_at)


@dataclass(frozen=True)
class Line:
    """One cited credit line with everything behind it.

    `result` is what it follows from, `headline` the same in the headline: they differ where it counts what is disputed. Both are None
    where single incidents are paid; `targets` has them. `credits` are the lines of every reading, by result.
    """

    credit: Row
    steps: Sequence[Row]
    result: Row | None
    headline: Row | None
    spans: Sequence[Row]
    outages: Sequence[Row]
    exclusions: Sequence[Row]
    readings: Sequence[Row]
    credits: Mapping[str, Row]
    targets: Sequence[Row]
    fees: Sequence[Row]

    @cached_property
    def losses(self) -> list[Outage]:
        """Return the lost time, spans that adjoin as one, with what is disputed if this line counts it."""
        counts = LOST if self.credit["variant"] == "if_counted" else LOST[:1]
        found: list[Outage] = []
        for span in self.spans:
            if span["counted_as"] not in counts:
                continue
            own = Outage(span["start_at"], span["end_at"], tuple(span["incident_ids"]), span["counted_as"] == "disputed")
            if found and found[-1].end_at == own.start_at:
                last = found.pop()
                ids = tuple(sorted({*last.incident_ids, *own.incident_ids}))
                own = Outage(last.start_at, own.end_at, ids, last.is_disputed or own.is_disputed)
            found.append(own)
        return found


@dataclass(frozen=True)
class Facts:
    """Everything that letter and worksheet print."""

    case: Case
    lines: Sequence[Line]
    names: Mapping[str, str]
    regions: Mapping[str, str]
    tickets: Mapping[str, str]
    disputes: Sequence[Row] = ()
    manifest: Row = field(default_factory=dict)

    @property
    def service(self) -> str:
        """Return the service's name for readers."""
        return self.names.get(self.case.row["service_id"]) or str(self.case.row["service_id"])

    @property
    def month(self) -> str:
        """Return the window's name for readers."""
        name = str(self.case.row["period"])
        return period_words(name) if len(name) == len("2026-10") else name

    @property
    def incident_id(self) -> str | None:
        """Return the incident that the claim is for, where the contract wants one claim for each; None for a claim of its window."""
        key = [self.case.row[name] for name in ("contract_id", "service_id", "period")]
        return next((name for name in self.tickets if short_id("K", [*key, name]) == self.case.row["claim_id"]), None)

    def own_losses(self, line: Line) -> list[Outage]:
        """Return the lost time of a line that this claim asks for: all, or that of its incident."""
        return [loss for loss in line.losses if self.incident_id in (None, *loss.incident_ids)]

    def own_targets(self, line: Line) -> list[Row]:
        """Return the targets of a line that this claim asks for: all, or those of its incident."""
        return [target for target in line.targets if self.incident_id in (None, target["incident_id"])]

    def components(self, line: Line, loss: Outage) -> list[str]:
        """Return the components that were down in a span, by id."""
        own = [row for row in line.outages if row["start_at"] < loss.end_at and row["end_at"] > loss.start_at]
        return sorted({row["component_id"] for row in own if row["incident_id"] in loss.incident_ids})


def facts_of(engine: Engine, staged: Staged, case: Case) -> Facts:
    """Return what a claim rests on; the engine is empty before."""
    staged.show(engine, STAGED)
    for name in READ:
        engine.view(f"{dictionary().tables[name].room}.{name}", [case.pack.parquet(name)])
    engine.execute(FOREIGN, {"provider_id": case.contract.provider.id})
    lines = [_line(engine, credit) for credit in engine.rows(CITED, [list(case.row["credit_ids"])])]
    catalogue = engine.rows(CATALOGUE)
    ids = sorted({name for line in lines for name in _incidents(line)})
    results = [line.headline["result_id"] for line in lines if line.headline]
    return Facts(
        case,
        lines,
        {row["component_id"]: row["name"] or row["component_id"] for row in catalogue},
        {row["component_id"]: row["region"] for row in catalogue if row["region"]},
        {row["incident_id"]: row["ticket_key"] or row["incident_id"] for row in engine.rows(TICKETS, [ids])},
        engine.rows(DISPUTES, [results]) if case.row["disputed_amount"] else [],
        case.pack.read_manifest(),
    )


def _incidents(line: Line) -> set[str]:
    spans = {name for span in line.spans for name in span["incident_ids"]}
    return spans | {row["incident_id"] for row in (*line.targets, *line.outages)}


def _line(engine: Engine, credit: Row) -> Line:
    """Return one line with what is behind it."""
    results = engine.rows(RESULT, [list(credit["sla_result_ids"])])
    result = results[0] if results else None
    readings: Sequence[Row] = []
    headline, spans, outages, exclusions, credits_ = None, [], [], [], {}
    if result:
        bounds = {name: exact_instant(result[name]) for name in ("start_at", "end_at")}
        key = {name: result[name] for name in ("contract_version_id", "measure_id", "service_id", "scope")}
        readings = engine.rows(READINGS, key | {"start_at": bounds["start_at"]})
        headline = next(row for row in readings if (row["variant"], row["reading"]) == ("headline", "default"))
        spans = engine.rows(SPANS, [headline["result_id"]])
        touched = sorted({name for row in (*readings, *spans) for name in row["incident_ids"]})
        outages = engine.rows(OUTAGES, bounds | {"incident_ids": touched})
        exclusions = engine.rows(TESTED, [headline["result_id"]])
        found = engine.rows(CREDITS_OF, [[row["result_id"] for row in readings]])
        credits_ = {name: row for row in found for name in row["sla_result_ids"]}
    return Line(
        credit,
        engine.rows(STEPS, [credit["credit_id"]]),
        result,
        headline,
        spans,
        outages,
        exclusions,
        readings,
        credits_,
        engine.rows(TARGETS, [list(credit["target_ids"])]),
        engine.rows(FEES, [list(credit["fee_lines"])]),
    )
