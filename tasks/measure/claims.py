"""Claims: what may be asked for, of whom, until when, and how each stands by its events (DOMAIN 3.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasks.measure.claimed import claim_id
from tasks.measure.deadlines import DueDates, Occurrence, due_dates
from tasks.model.calendar import Calendar
from tasks.model.claim_state import Asking, versions_of
from tasks.model.contract import Contract
from tasks.model.measures import Waiver
from tasks.model.money import divided
from tasks.model.policy import Policy
from tasks.model.remedies import Claims

Row = dict[str, Any]
Span = tuple[datetime, datetime]
KEY = ("contract_id", "service_id", "period")
ZERO = Decimal(0)
FOUND_IN_THE_PACK = frozenset({"service", "incident_times_utc", "dates_and_times", "evidence", "calculation"})


@dataclass(frozen=True)
class Desk:
    """What every claim needs to know: contracts by version, the policy, calendars by id, as_of, and what was done, by claim."""

    contracts: Mapping[str, Contract]
    policy: Policy
    calendars: Mapping[str, Calendar]
    as_of: datetime
    events: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def calendar(self, contract: Contract) -> Calendar:
        """Return the calendar of the contract's business days (R-DL2)."""
        return self.calendars[contract.clock.business_calendar or self.policy.business_calendar]


@dataclass(frozen=True)
class Asked:
    """A credit line, the result it follows from, and the contract version that promises it."""

    credit: Row
    fact: Row
    contract: Contract

    @property
    def claims(self) -> Claims:
        """Return the claim terms of its measure."""
        return self.contract.measures[self.credit["measure_id"]].claims

    @property
    def can_be_claimed(self) -> bool:
        """Tell whether a claim may cite it: signed terms, not given without asking (R-GR7), a column that claims speak of."""
        is_given = self.claims.automatic or isinstance(self.contract.measures[self.credit["measure_id"]], Waiver)
        return self.variant in ("headline", "if_counted") and not self.contract.is_unsigned and not is_given

    @property
    def variant(self) -> str:
        """Return its column of the report."""
        return str(self.credit["variant"])

    @property
    def part_no(self) -> int:
        """Return the window part it is about, whatever the column."""
        return int(self.fact["part_no"])

    @property
    def due(self) -> Decimal:
        """Return its amount after caps, an unknown one as nothing."""
        return self.credit["after_caps"] or ZERO

    @property
    def claimable(self) -> Decimal:
        """Return what may be claimed of it, an unknown amount as nothing."""
        return self.credit["claimable"] or ZERO

    @property
    def spans(self) -> dict[str, list[Span]]:
        """Return when each incident behind it occurred and was restored."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for incident_id, occurred_at, restored_at in zip(
            self.fact["incident_ids"], self.fact["occurred_ats"], self.fact["restored_ats"], strict=True
        ):
            spans[incident_id].append((occurred_at, restored_at))
        return dict(sorted(spans.items()))

    @property
    def lengths(self) -> dict[str, int]:
        """Return how long each incident behind it counted, in the order of their ids."""
        lengths = dict.fromkeys(self.spans, 0)
        for incident_id, length_us in zip(self.fact["incident_ids"], self.fact["incident_us"], strict=True):
            lengths[incident_id] += length_us
        return lengths


@dataclass(frozen=True)
class Part:
    """What one claim asks for of one line: of all its incidents, or of one. `disputed` is what the line has more if disputes count."""

    asked: Asked
    incident_id: str | None
    spans: Sequence[Span]
    claimable: Decimal = ZERO
    disputed: Decimal = ZERO

    @property
    def key(self) -> tuple[str, ...]:
        """Return what the claim's id is made of."""
        return (*(self.asked.credit[name] for name in KEY), *([self.incident_id] if self.incident_id else []))


def claims_of(credit_rows: Iterable[Row], facts: Mapping[str, Row], desk: Desk) -> list[Row]:
    """Return the rows of measured.claims: one for each service and window with something to ask for, or for each incident in it where
    the contract says so, and for each version of it that something was done about.

    Args:
        credit_rows: Rows of measured.credits.
        facts: Rows of measured.credit_facts behind them, by credit.
        desk: Contracts, policy, calendars, as_of, events.
    """
    lines: dict[tuple[Any, ...], dict[str, Asked]] = defaultdict(dict)
    for credit in credit_rows:
        asked = Asked(credit, facts[credit["credit_id"]], desk.contracts[credit["contract_version_id"]])
        if asked.can_be_claimed:
            lines[(*(credit[name] for name in KEY), asked.part_no)][asked.variant] = asked
    groups: dict[tuple[str, ...], list[Part]] = defaultdict(list)
    for line in lines.values():
        for part in _parts(line["headline"], line.get("if_counted")):
            groups[part.key].append(part)
    return [row for key, group in sorted(groups.items()) for row in _claim(claim_id(*key), group, desk)]


def _parts(headline: Asked, counted: Asked | None) -> list[Part]:
    """Return what claims ask for of one line: all in one, or divided among the incidents behind it.

    What may be claimed is divided by the time each incident counted for in the headline, what hangs on disputes by the time each counts
    for more if they are decided for us; where no time tells them apart, equally. A line without an incident is claimed by its window.
    """
    more = max(counted.due - headline.due, ZERO) if counted else ZERO
    cited = counted if counted and more else headline
    if headline.claims.one_claim_per == "window" or not cited.spans:
        return [Part(cited, None, [span for own in cited.spans.values() for span in own], headline.claimable, more)]
    parts = [
        Part(headline, name, headline.spans[name], claimable=share)
        for name, share in _divided(headline.claimable, headline.lengths, headline.credit["currency"]).items()
    ]
    before = headline.lengths
    longer = {name: length_us - before.get(name, 0) for name, length_us in cited.lengths.items() if length_us > before.get(name, 0)}
    extra = _divided(more, longer or cited.lengths, headline.credit["currency"]) if more else {}
    return [*parts, *(Part(cited, name, cited.spans[name], disputed=share) for name, share in extra.items())]


def _divided(amount: Decimal, lengths: Mapping[str, int], currency: str) -> dict[str, Decimal]:
    return dict(zip(lengths, divided(amount, list(lengths.values()), currency), strict=True))


def _claim(name: str, group: Sequence[Part], desk: Desk) -> Iterator[Row]:
    """Yield the versions of one claim; none where there is nothing to ask for and nothing was done."""
    claimable, disputed = sum((part.claimable for part in group), ZERO), sum((part.disputed for part in group), ZERO)
    if not claimable + disputed and name not in desk.events:
        return
    cited = [part for part in group if part.claimable or part.disputed] or group
    governing, dates = min(((part, _dates(part, desk)) for part in cited), key=lambda pair: (pair[1].deadline_at, pair[0].asked.part_no))
    contract = governing.asked.contract
    asking = Asking(
        claimable + disputed,
        disputed,
        dates.deadline_at,
        contract.clock.timezone,
        frozenset(governing.asked.claims.required_content) - _known_content(contract),
        frozenset(["DEADLINE_ASSUMED"] if dates.is_assumed else []),
    )
    own = {column: governing.asked.credit[column] for column in (*KEY, "currency")} | {
        "claim_id": name,
        "contract_version_id": contract.contract_version_id,
        "kind": "protective" if disputed else "normal",
        "credit_ids": sorted({part.asked.credit["credit_id"] for part in cited}),
        **_date_columns(dates),
    }
    for version in versions_of(asking, desk.events.get(name, ()), desk.as_of):
        yield own | version


def _dates(part: Part, desk: Desk) -> DueDates:
    asked = part.asked
    occurrence = Occurrence(asked.fact["window_end_at"], part.spans)
    return due_dates(asked.contract, asked.claims, desk.policy, desk.calendar(asked.contract), occurrence)


def _date_columns(dates: DueDates) -> Row:
    return {
        "deadline_rule": dates.rule,
        "last_day": dates.last_day,
        "deadline_at": dates.deadline_at,
        "prepare_by": dates.prepare_by,
        "file_by": dates.file_by,
        "red_from": dates.red_from,
    }


def _known_content(contract: Contract) -> frozenset[str]:
    """Return the content that the pack holds, and the account if the contract names who is billed."""
    return FOUND_IN_THE_PACK | ({"account"} if contract.customer.billing_entity else frozenset())
