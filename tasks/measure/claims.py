"""Claims: what may be asked for, of whom, until when (DOMAIN 3.9). What is done about them comes from claim events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasks.measure.deadlines import DueDates, Occurrence, due_dates
from tasks.model.calendar import Calendar
from tasks.model.contract import Contract
from tasks.model.identity import short_id
from tasks.model.policy import Policy
from tasks.model.remedies import Claims

Row = dict[str, Any]
KEY = ("contract_id", "service_id", "period")
ZERO = Decimal(0)
FOUND_IN_THE_PACK = frozenset({"service", "incident_times_utc", "dates_and_times", "evidence", "calculation"})


@dataclass(frozen=True)
class Desk:
    """What every claim needs to know: contracts by version, the policy, calendars by id, and as_of."""

    contracts: Mapping[str, Contract]
    policy: Policy
    calendars: Mapping[str, Calendar]
    as_of: datetime

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
        """Tell whether a claim may cite it: signed terms, not paid without asking, a column that claims speak of."""
        return self.variant in ("headline", "if_counted") and not self.contract.is_unsigned and not self.claims.automatic

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


def claims_of(credit_rows: Iterable[Row], facts: Iterable[Row], desk: Desk) -> list[Row]:
    """Return the rows of measured.claims: a draft for each service and window with something to ask for, lapsed after its deadline.

    Args:
        credit_rows: Rows of measured.credits.
        facts: Rows of measured.credit_facts behind them.
        desk: Contracts, policy, calendars, as_of.
    """
    by_result = {(row["result_id"], row["period"]): row for row in facts}
    groups: dict[tuple[str, ...], list[Asked]] = defaultdict(list)
    for credit in credit_rows:
        cited = (*credit["sla_result_ids"], *credit["target_ids"])[0]
        asked = Asked(credit, by_result[cited, credit["period"]], desk.contracts[credit["contract_version_id"]])
        if asked.can_be_claimed:
            groups[tuple(credit[name] for name in KEY)].append(asked)
    return [row for _, group in sorted(groups.items()) for row in _claim(group, desk)]


def _claim(group: Sequence[Asked], desk: Desk) -> Iterator[Row]:
    """Yield the claim of one contract, service and window; none if there is nothing to ask for."""
    headline = {asked.part_no: asked for asked in group if asked.variant == "headline"}
    counted = {asked.part_no: asked for asked in group if asked.variant == "if_counted"}
    increments = {part_no: max(asked.due - headline[part_no].due, ZERO) for part_no, asked in counted.items()}
    disputed_amount = sum(increments.values(), ZERO)
    amount = sum((asked.claimable for asked in headline.values()), ZERO) + disputed_amount
    if amount == 0:
        return
    cited = [counted[part_no] if increments.get(part_no) else asked for part_no, asked in headline.items()]
    cited = [asked for asked in cited if asked.claimable > 0 or increments.get(asked.part_no)]
    governing, dates = min(((asked, _dates(asked, desk)) for asked in cited), key=lambda pair: (pair[1].deadline_at, pair[0].part_no))
    named = {name: governing.credit[name] for name in KEY}
    yield named | {
        "claim_id": short_id("K", list(named.values())),
        "version": 1,
        "contract_version_id": governing.contract.contract_version_id,
        "kind": "protective" if disputed_amount else "normal",
        "credit_ids": sorted(asked.credit["credit_id"] for asked in cited),
        "amount": amount,
        "disputed_amount": disputed_amount,
        "currency": governing.credit["currency"],
        "state": "lapsed" if desk.as_of >= dates.deadline_at else "draft",
        **_date_columns(dates),
        "missing_content": sorted(set(governing.claims.required_content) - _known_content(governing.contract)),
        "leakage": ZERO,
        "flags": ["DEADLINE_ASSUMED"] if dates.is_assumed else [],
    }


def _dates(asked: Asked, desk: Desk) -> DueDates:
    fact = asked.fact
    occurrence = Occurrence(fact["window_end_at"], list(zip(fact["occurred_ats"], fact["restored_ats"], strict=True)))
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
