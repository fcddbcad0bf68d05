"""Credits: what each result is worth in every column of the report, step by step (DOMAIN 3.8, R-RD1, R-EX4).

A column is a variant and a reading. In it stands every line of a contract and window: the one of that variant where a result has it, else
the headline's, so that causes, minimum and caps meet the same neighbours in every column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from tasks.measure.chronic import Subject, place_of, windows_of
from tasks.measure.claimed import Taken, year_start
from tasks.measure.fees import FeeBook, Share
from tasks.measure.forms import Basis, Facts, Step, StepName, earned
from tasks.measure.lines import ZERO, Ceilings, Line, brought_line, open_line, settled, sum_of_bases
from tasks.measure.tiers import holds
from tasks.model.contract import Contract, RollingDays
from tasks.model.identity import short_id
from tasks.model.measures import Attainment, Availability, ErrorRate, RequestRatio, Resolve, Response, Restore, Waiver
from tasks.model.money import money_words, round_whole, scaled_to
from tasks.model.remedies import Caps, HourlyCredits, NoCredits, PointCredits
from tasks.model.remedies import Credits as AnyCredits
from tasks.model.zones import local_wall

Row = dict[str, Any]
Column = tuple[str, str]
HEADLINE: Column = ("headline", "default")
OWN_REQUEST = "own_request"
SWITCH = "mid_window_switch="
WRITTEN = ("headline", "if_counted", "if_excluded", "other_reading")
POSITIONS = ("ours", "theirs", "agreed")
WINDOW_KEY = ("contract_id", "window_start_at", "window_end_at")
MONEY_PLACES = 4
RATIO_PLACES = 6
WIDEST_PCT = 1000  # DECIMAL(9,6)


@dataclass(frozen=True)
class Account:
    """All credit lines of one contract and window: by column and part, settled.

    A column whose reading judges the whole window under one version holds that window's lines; every other column holds those of its parts.
    """

    facts: Mapping[int, Mapping[Column, Row]]
    columns: Mapping[Column, Mapping[int, Line]]

    def due(self, column: Column, part_no: int) -> Decimal | None:
        """Return what a part's line is worth in a column after caps; None if unknown."""
        return self.columns[column][part_no].amount

    @cached_property
    def sums(self) -> Mapping[Column, Mapping[str, Decimal | None]]:
        """Return what each service's lines add up to in each column; None if one is unknown."""
        sums: dict[Column, dict[str, Decimal | None]] = {}
        for column, lines in self.columns.items():
            services = sums.setdefault(column, {})
            for line in lines.values():
                before = services.get(line.service_id, ZERO)
                services[line.service_id] = None if before is None or line.amount is None else before + line.amount
        return sums

    def readings(self, *, of_whole_window: bool) -> list[Column]:
        """Return the columns that R-RD1 compares: the headline and every other reading of its parts, or those of the whole window."""
        asked = [column for column in self.columns if column[0] in ("headline", "other_reading")]
        return [column for column in asked if _is_whole(column) == of_whole_window]

    def differs(self, part_no: int, service_id: str) -> bool:
        """Tell whether another reading gives another amount."""
        amounts = {self.due(column, part_no) for column in self.readings(of_whole_window=False)}
        sums = {self.sums[column].get(service_id, ZERO) for column in self.readings(of_whole_window=True)}
        return len(amounts) > 1 or bool(sums - {self.sums[HEADLINE][service_id]})

    def claimable(self) -> dict[int, Decimal | None]:
        """Return what may be claimed of each part: the lowest over the readings, our own undecided flags taken out (R-RD1, R-EX4).

        Where the whole window under one version is worth less than its parts, these are brought down to it. None where an amount that
        decides is unknown.
        """
        lowest = {part_no: self.lowest(part_no, OWN_REQUEST) for part_no in self.columns[HEADLINE]}
        whole = self.readings(of_whole_window=True)
        for service_id, parts in self._parts_of_services().items() if whole else ():
            limit = _lowest(self.sums[column].get(service_id, ZERO) for column in whole)
            lowest.update(self._limited({part_no: lowest[part_no] for part_no in parts}, limit))
        return lowest

    def lowest(self, part_no: int, *more: str) -> Decimal | None:
        """Return the lowest of what the readings give a part, and of what further variants do; None if one is unknown."""
        asked = [*self.readings(of_whole_window=False), *(column for column in self.columns if column[0] in more)]
        return _lowest(self.due(column, part_no) for column in asked)

    def _parts_of_services(self) -> dict[str, list[int]]:
        parts: dict[str, list[int]] = defaultdict(list)
        for part_no, line in self.columns[HEADLINE].items():
            parts[line.service_id].append(part_no)
        return parts

    def _limited(self, amounts: Mapping[int, Decimal | None], limit: Decimal | None) -> dict[int, Decimal | None]:
        known = [amount for amount in amounts.values() if amount is not None]
        if limit is None or len(known) < len(amounts):
            return dict.fromkeys(amounts)
        currency = next(iter(self.columns[HEADLINE].values())).basis.currency
        return dict(zip(amounts, scaled_to(known, Fraction(limit), currency), strict=True))


def _is_whole(column: Column) -> bool:
    return SWITCH in column[1]


def _lowest(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the lowest amount; None if one is unknown."""
    known: list[Decimal] = []
    for amount in amounts:
        if amount is None:
            return None
        known.append(amount)
    return min(known)


@dataclass(frozen=True)
class Brought:
    """What caps cut of one part's lines and the contract carries to its next window (R-CR6).

    Attributes:
        period: The window it was cut in.
        rows: The facts it follows from, by column.
        amounts: By column; every column that has no amount of its own has the headline's.
    """

    period: str
    rows: Mapping[Column, Row]
    amounts: Mapping[Column, Decimal]

    def amount(self, column: Column) -> Decimal:
        """Return what is carried in a column."""
        return self.amounts.get(column, self.amounts[HEADLINE])

    def facts_in(self, window: Row, place: int) -> dict[Column, Row]:
        """Return its facts as those of the window it is carried to; `place`, below 0, numbers what is carried there.

        Its incidents stay with the window that they were in: a claim for what is carried is due by the window that pays it.
        """
        kept = ("period", "window_start_at", "window_end_at")
        span = {"start_at": window["window_start_at"], "part_end_at": window["window_end_at"]}
        span |= {"active_us": _us(window["window_start_at"], window["window_end_at"]), "part_no": place}
        own = {name: window[name] for name in kept} | span
        own |= {name: [] for name in ("incident_ids", "incident_us", "occurred_ats", "restored_ats")}
        return {column: row | own for column, row in self.rows.items()}


@dataclass(frozen=True)
class Credited:
    """What one line was owed for before caps, so that a later window that overlaps does not owe it again (R-CR3).

    Attributes:
        period: Its window.
        end_at: Of the window.
        measured: Its measure and scope.
        is_rival: Lines that share a cause with it are not owed beside it.
        subjects: What it must not be paid for twice: its targets, else its incidents; '' stands for what no incident tells of.
        incidents: The incidents behind it.
        amounts: By column, after cumulation and minimum.
    """

    period: str
    end_at: datetime
    measured: tuple[str, str]
    is_rival: bool
    subjects: frozenset[str]
    incidents: frozenset[str]
    amounts: Mapping[Column, Decimal]

    def is_shared_by(self, row: Row, terms: AnyCredits) -> bool:
        """Tell whether a line of a later window is for what this one was for: by the same measure, or by one that may not add to it."""
        if self.end_at <= row["window_start_at"]:
            return False
        if self.measured == (row["measure_id"], row["scope"]):
            return bool(self.subjects & _subjects(row))
        return self.is_rival and terms.same_root_cause == "highest_only" and bool(self.incidents & _incidents(row))


Served = tuple[str, str]  # contract and service


@dataclass(frozen=True)
class Onward:
    """What windows hand to later ones: by contract what their last one carries on, and what overlapping ones were worth."""

    brought: dict[str, list[Brought]] = field(default_factory=dict)
    credited: dict[Served, list[Credited]] = field(default_factory=dict)

    def copy(self) -> Onward:
        """Return another that may be added to."""
        return Onward({key: list(rows) for key, rows in self.brought.items()}, {key: list(rows) for key, rows in self.credited.items()})


@dataclass
class Credits:
    """Rows for measured.credits, measured.credit_steps, measured.dispute_amounts and measured.position_amounts.

    `facts` are what the lines follow from, by credit; `onward` is what later windows need to know of these.
    """

    lines: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    disputes: list[Row] = field(default_factory=list)
    positions: list[Row] = field(default_factory=list)
    facts: dict[str, Row] = field(default_factory=dict)
    onward: Onward = field(default_factory=Onward)


Before = Mapping[tuple[tuple[str, Subject], int], tuple[Fraction, ...]]


@dataclass(frozen=True)
class Around:
    """What credits depend on beyond the results of their own window.

    Attributes:
        bases: Rows of measured.credit_bases.
        claimed: What claims on earlier windows took of caps, by contract and window start.
        levels: Rows of measured.window_levels, of these windows and of those before: what repeats costs more (R-CR9).
        onward: What the windows before the first one hand on.
    """

    bases: Sequence[Row] = ()
    claimed: Mapping[tuple[str, datetime], Taken] = field(default_factory=dict)
    levels: Sequence[Row] = ()
    onward: Onward = field(default_factory=Onward)


def credits_of(facts: Iterable[Row], book: FeeBook, contracts: Mapping[str, Contract], around: Around) -> Credits:
    """Return the credits that follow from judged results.

    Args:
        facts: Rows of measured.credit_facts.
        book: Charges by service and provider.
        contracts: By contract_version_id.
        around: What they depend on beyond those.
    """
    before: Before = {(key, window.place + 1): window.values for key, window in windows_of(around.levels, HEADLINE[0])}
    windows: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    bases: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in around.bases:
        bases[_window(row)].append(row)
    waived: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in facts:
        if _earns(row, contracts):
            (waived if _is_waiver(row, contracts) else windows)[_window(row)].append(row)
    found = Credits(onward=around.onward.copy())
    carrying = {key for key, rows in bases.items() if any(_carries(row, contracts) for row in rows)}
    for key in sorted({*windows, *carrying}):
        contract_id, start_at, _ = key
        taken = around.claimed.get((contract_id, start_at), Taken())
        month = _Month(windows[key], bases[key], book, contracts, taken, before, found.onward.credited)
        brought = found.onward.brought.pop(contract_id, [])
        if month.rows or brought:
            account = month.account(brought)
            _write(account, contracts, found)
            _hand_on(account, month, found.onward)
    for _, rows in sorted(waived.items(), key=lambda item: item[0]):
        _write(_Month(rows, (), book, contracts, Taken(), before, {}).account(()), contracts, found)
    return found


def _earns(row: Row, contracts: Mapping[str, Contract]) -> bool:
    """Tell whether a fact is what its measure's form reads: of single incidents, blocks are paid by target, pools and points by window."""
    form = _terms(row, contracts).form
    return form != "none" and (row["grain"] == "result" or (row["grain"] == "target") == (form == "per_block"))


def _window(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in WINDOW_KEY)


def _carries(row: Row, contracts: Mapping[str, Contract]) -> bool:
    return contracts[row["contract_version_id"]].credits.caps.carry_forward


@dataclass(frozen=True)
class _Month:
    """One contract and window: its facts, its credit bases, and what both are settled with."""

    rows: Sequence[Row]
    bases: Sequence[Row]
    book: FeeBook
    contracts: Mapping[str, Contract]
    taken: Taken
    before: Before
    credited: Mapping[Served, Sequence[Credited]]

    @property
    def newest(self) -> Contract:
        """Return the version whose caps hold: the last in force."""
        known = self.bases or self.rows
        return self.contracts[max(known, key=lambda row: (row["start_at"], row["contract_version_id"]))["contract_version_id"]]

    @property
    def caps(self) -> Caps:
        """Return the ceilings of its lines; what the provider waives itself has none (R-GR7)."""
        return Caps() if self.rows and _is_waiver(self.rows[0], self.contracts) else self.newest.credits.caps

    @property
    def window(self) -> Row:
        """Return a row that names the window."""
        return (*self.rows, *self.bases)[0]

    @property
    def period(self) -> str:
        """Return the window's name."""
        return str(self.window["period"])

    def account(self, brought: Sequence[Brought]) -> Account:
        """Return its lines, settled, with those that the window before carries here."""
        facts: dict[int, dict[Column, Row]] = defaultdict(dict)
        for row in sorted(self.rows, key=lambda row: row["scope_no"]):
            facts[row["part_no"]][row["variant"], row["reading"]] = row
        opened = {row["scope_no"]: _opened(row, self.book, self.contracts, self.before) for row in self.rows}
        carried = {-place: one for place, one in enumerate(brought, 1)}
        facts.update({place: one.facts_in(self.window, place) for place, one in carried.items()})
        caps, ceilings = self.caps, self._ceilings()
        columns = {}
        for column in dict.fromkeys([HEADLINE, *(column for part in facts.values() for column in part)]):
            own_rows = [(part_no, own) for part_no, part in facts.items() if (own := _in_column(part, column))]
            picked = {
                part_no: self._brought_line(own, carried[part_no], column)
                if part_no in carried
                else self._not_twice(opened[own["scope_no"]], own, column)
                for part_no, own in own_rows
            }
            columns[column] = dict(zip(picked, settled(list(picked.values()), caps, ceilings), strict=True))
        return Account(facts, columns)

    def _brought_line(self, row: Row, brought: Brought, column: Column) -> Line:
        terms = _terms(row, self.contracts)
        words = f"carried from {brought.period}, where a cap cut it: {money_words(brought.amount(column), terms.currency or '')}"
        basis = _basis(row, self.book, self.contracts)
        return brought_line(_credit_id(row), row["service_id"], terms, basis, brought.amount(column), words)

    def _not_twice(self, line: Line, row: Row, column: Column) -> Line:
        """Return a line that knows what windows before were worth for the same incidents; only rolling windows overlap."""
        shared = [one for one in self.credited.get(_served(row), ()) if one.is_shared_by(row, line.terms)]
        worth = sum((one.amounts.get(column, one.amounts[HEADLINE]) for one in shared), ZERO)
        return replace(line, credited=worth, credited_in=tuple(one.period for one in shared)) if worth else line

    def _ceilings(self) -> Ceilings:
        newest, zone = self.newest, self.newest.clock.timezone
        first, last = (local_wall(zone, self.window[name]).date() for name in ("window_start_at", "window_end_at"))
        year = newest.credits.caps.contract_year_start
        paid = [row for row in self.bases if _is_promise(row, self.contracts)]
        return Ceilings(
            bases=sum_of_bases((row["service_id"], row["start_at"], _basis(row, self.book, self.contracts)) for row in paid),
            invoice_total=self.book.invoice_total(newest.provider.id, self.period),
            days=(last - first).days,
            quarter_to_date=self.taken.quarter,
            year_to_date=self.taken.year,
            is_year_going_on=year_start(first, year) == year_start(last, year),
        )


def _subjects(row: Row) -> frozenset[str]:
    """Return what a line must not be paid for twice: the target it is paid by, else the incidents that counted."""
    return frozenset(row["target_ids"]) if row["grain"] == "target" else _incidents(row)


def _incidents(row: Row) -> frozenset[str]:
    """Return the incidents behind a line; '' for what no incident tells of."""
    return frozenset(row["incident_ids"] or ([""] if row["has_unknown_cause"] else []))


def _served(row: Row) -> Served:
    return row["contract_id"], row["service_id"]


def _hand_on(account: Account, month: _Month, onward: Onward) -> None:
    """Add what later windows need to know of one: what is carried on, and what its lines were worth where windows overlap."""
    if left := _left_over(account, month.period):
        onward.brought[month.newest.contract_id] = left
    if not isinstance(month.newest.clock.window, RollingDays):
        return
    for part_no, part in account.facts.items():
        amounts = {column: lines[part_no].after["after_minimum"] or ZERO for column, lines in account.columns.items() if part_no in lines}
        if part_no > 0 and HEADLINE in part and any(amounts.values()):
            row = part[HEADLINE]
            onward.credited.setdefault(_served(row), []).append(
                Credited(
                    period=month.period,
                    end_at=row["window_end_at"],
                    measured=(row["measure_id"], row["scope"]),
                    is_rival=_terms(row, month.contracts).same_root_cause == "highest_only",
                    subjects=frozenset().union(*(_subjects(one) for one in part.values())),
                    incidents=frozenset().union(*(_incidents(one) for one in part.values())),
                    amounts=amounts,
                )
            )


def _left_over(account: Account, period: str) -> list[Brought]:
    """Return what caps cut of an account's lines and its contract carries on."""
    found = []
    for part_no, part in account.facts.items():
        amounts = {column: lines[part_no].carried for column, lines in account.columns.items() if part_no in lines}
        if HEADLINE in part and any(amounts.values()):
            rows = {column: row for column, row in part.items() if column[0] in (*WRITTEN, OWN_REQUEST)}
            found.append(Brought(period, rows, amounts))
    return found


def _in_column(part: Mapping[Column, Row], column: Column) -> Row | None:
    """Return what stands for a part in a column: its own result of that variant, else the one it departs from; None if it is not of it."""
    switch = next(iter(part.values()))["switch_reading"]
    if switch is None:
        return None if _is_whole(column) else part.get(column, part[HEADLINE])
    return part.get(column, part["other_reading", switch]) if switch in column[1].split(",") else None


Measured = Availability | ErrorRate | RequestRatio | Attainment | Response | Restore | Resolve | Waiver


def _measure(row: Row, contracts: Mapping[str, Contract]) -> Measured:
    measure = contracts[row["contract_version_id"]].measures[row["measure_id"]]
    if not isinstance(measure, Measured):
        raise TypeError(f"{row['measure_id']} is a measure of {measure.kind}, which no result here is of")
    return measure


def _is_waiver(row: Row, contracts: Mapping[str, Contract]) -> bool:
    """Tell whether the provider gives it unasked; such lines stand apart, so that none of them moves what is claimed (R-GR7)."""
    return isinstance(_measure(row, contracts), Waiver)


def _is_promise(row: Row, contracts: Mapping[str, Contract]) -> bool:
    """Tell whether a row's measure promises money."""
    return getattr(getattr(contracts[row["contract_version_id"]].measures[row["measure_id"]], "credits", None), "form", "none") != "none"


def _terms(row: Row, contracts: Mapping[str, Contract]) -> AnyCredits:
    """Return the measure's credits; of a charge that is waived its price by the hour, which no minimum or cap cuts (R-GR7)."""
    measure = _measure(row, contracts)
    if not isinstance(measure, Waiver):
        return measure.credits
    stated = contracts[row["contract_version_id"]].credits
    if stated.currency is None:
        return NoCredits()
    shared = {name: getattr(stated, name) for name in ("basis", "exclude_from_basis", "currency", "rounding")}
    return HourlyCredits(form="hourly", same_root_cause="cumulative", caps=Caps(per_service_pct=None), **shared)


def _opened(row: Row, book: FeeBook, contracts: Mapping[str, Contract], before: Before) -> Line:
    """Return the line of one result, rounded, before others are looked at."""
    measure, terms, basis = _measure(row, contracts), _terms(row, contracts), _basis(row, book, contracts)
    facts = _facts(row, _was_missed(row, terms, before))
    if isinstance(measure, Availability | ErrorRate | RequestRatio | Attainment):
        outcome = earned(terms, facts, basis, measure.tiers, measure.tiers_on)
    else:
        outcome = earned(terms, facts, basis)
    causes: list[str | None] = [*row["cause_keys"], *([None] if row["has_unknown_cause"] else [])]
    is_whole = (row["start_at"], row["part_end_at"]) == (row["window_start_at"], row["window_end_at"])
    part_start_at = None if is_whole else row["start_at"]
    return open_line(_credit_id(row), row["service_id"], terms, basis, outcome, causes, part_start_at)


def _basis(row: Row, book: FeeBook, contracts: Mapping[str, Contract]) -> Basis:
    """Return the fee base of a row's measure and service in its part of the window."""
    terms = _terms(row, contracts)
    part_us, window_us = _us(row["start_at"], row["part_end_at"]), _us(row["window_start_at"], row["window_end_at"])
    return book.basis(terms, row["service_id"], row["provider_id"], Share(row["period"], part_us, row["active_us"], window_us))


def _was_missed(row: Row, terms: AnyCredits, before: Before) -> bool:
    """Tell whether the same measure scored in the window before (R-CR9); a window that is not known ends the repetition."""
    if not isinstance(terms, PointCredits):
        return False
    subject = (row["contract_id"], (row["service_id"], row["measure_id"], row["scope"]))
    values = before.get((subject, place_of(row["period"])), ())
    return any(holds(level, value * 100) for level in terms.levels for value in values)


def _facts(row: Row, was_missed_before: bool) -> Facts:
    value = Fraction(int(row["value_num"]), int(row["value_den"])) if row["value_den"] else None
    return Facts(row["status"], value, Fraction(int(row["weighted_ppm_us"]), 10**6), tuple(row["outage_us"]), was_missed_before)


def _credit_id(row: Row) -> str:
    named = [row[name] for name in ("contract_version_id", "measure_id", "service_id", "period", "variant", "reading")]
    return short_id("C", [*named, *_cited(row)])


def _cited(row: Row) -> tuple[list[str], list[str]]:
    """Return the results and the incident targets that a line follows from."""
    return ([], row["target_ids"]) if row["target_ids"] else ([row["result_id"]], [])


def _us(start_at: datetime, end_at: datetime) -> int:
    return (end_at - start_at) // timedelta(microseconds=1)


def _write(account: Account, contracts: Mapping[str, Contract], found: Credits) -> None:
    """Add the rows of one contract and window."""
    claimable = account.claimable()
    for part_no, part in account.facts.items():
        for column, row in part.items():
            line = account.columns[column][part_no]
            if row["variant"] in WRITTEN:
                asked = ZERO if _is_waiver(row, contracts) else claimable.get(part_no)
                credit = _credit_row(row, line, contracts[row["contract_version_id"]], asked)
                if column == HEADLINE and account.differs(part_no, row["service_id"]):
                    credit["flags"] = sorted({*credit["flags"], "READINGS_DIFFER"})
                found.lines.append(credit)
                found.facts[line.line_id] = row
                claim = _claim_steps(account, part_no, row, credit, contracts) if column == HEADLINE else []
                found.steps.extend(_step_row(line, step_no, step) for step_no, step in enumerate([*line.steps, *claim], 1))
            elif row["variant"] == "dispute":
                found.disputes.append(_dispute_row(account, row, line))
            elif row["variant"] in POSITIONS:
                named = {"part_no": row["part_no"], "position": row["variant"], "currency": line.terms.currency}
                found.positions.append(named | {"amount": line.amount})


def _credit_row(row: Row, line: Line, contract: Contract, claimable: Decimal | None) -> Row:
    is_headline = (row["variant"], row["reading"]) == HEADLINE
    after = line.after
    is_known = line.amount is not None
    is_claimable = is_headline and not contract.is_unsigned and not row["is_credit_blocked"]
    kept = ("variant", "reading", "contract_id", "contract_version_id", "measure_id", "service_id", "period")
    return {
        **{name: row[name] for name in kept},
        "credit_id": line.line_id,
        "sla_result_ids": _cited(row)[0],
        "target_ids": _cited(row)[1],
        "form": line.terms.form,
        "tier": line.earned.tier,
        "basis_amount": places(line.basis.amount, MONEY_PLACES),
        "fee_lines": list(line.basis.lines),
        "pct": places(line.earned.pct, RATIO_PLACES) if (line.earned.pct or 0) < WIDEST_PCT else None,
        "quantity": places(line.earned.quantity, RATIO_PLACES),
        "points": line.earned.points,
        **after,
        "forgone": after["after_minimum"] - line.due if is_known and after["after_minimum"] is not None else None,
        "payable": line.amount if is_headline else ZERO,
        "claimable": claimable if is_claimable else ZERO,
        "currency": line.terms.currency,
        "cause_key": row["cause_keys"][0] if len(row["cause_keys"]) == 1 and not row["has_unknown_cause"] else None,
        "caps_applied": list(line.caps_applied),
        "flags": sorted(_flags(row, line, contract)),
    }


def _flags(row: Row, line: Line, contract: Contract) -> set[str]:
    flags = set(line.earned.flags)
    if contract.is_unsigned:
        flags.add("UNSIGNED_CONTRACT")
    if row["is_credit_blocked"]:
        flags.add("QUALITY_BLOCKED")
    return flags


def _claim_steps(account: Account, part_no: int, row: Row, credit: Row, contracts: Mapping[str, Contract]) -> list[Step]:
    """Return the steps from what the headline owes to what may be claimed of it, each with its reason; none where no money is owed."""
    payable, currency = credit["payable"], credit["currency"] or ""
    if payable == 0 or (payable is None and credit["points"] is not None):
        return []
    if _is_waiver(row, contracts):
        words = "the provider waives the charge itself: nothing is claimed"
        return [
            _amount_step("payable", "R-GR7", "waived in the headline", payable, currency),
            Step("claimable", "R-GR7", words, Fraction(0)),
        ]
    lowest, unflagged = account.lowest(part_no), account.lowest(part_no, OWN_REQUEST)
    lowered = (
        ("R-RD1", "the lowest reading of what the text leaves open", lowest),
        ("R-EX4", "without the time that we flagged as our own fault, which nobody has decided yet", unflagged),
        ("R-RD1", "no more than the whole window is worth under one version", account.claimable()[part_no]),
    )
    steps, before = [_amount_step("payable", "R-DI5", "owed in the headline, after minimum and caps", payable, currency)], payable
    for rule_id, words, amount in lowered:
        if amount != before:
            steps.append(_amount_step("claimable", rule_id, words, amount, currency))
        before = amount
    if contracts[row["contract_version_id"]].is_unsigned:
        words = "the contract lacks a party's signature: nothing can be claimed until both have signed"
        steps.append(Step("claimable", "DOMAIN 2.2", words, Fraction(0)))
    if row["is_credit_blocked"]:
        steps.append(Step("claimable", "DQ-14", "the invoice does not add up: a gate holds the credit back", Fraction(0)))
    if len(steps) == 1:
        steps.append(_amount_step("claimable", "R-RD1", "every reading gives as much", payable, currency))
    return steps


def _amount_step(name: StepName, rule_id: str, words: str, amount: Decimal | None, currency: str) -> Step:
    told = "not known" if amount is None else money_words(amount, currency)
    return Step(name, rule_id, f"{words}: {told}", None if amount is None else Fraction(amount))


def _step_row(line: Line, step_no: int, step: Step) -> Row:
    return {
        "credit_id": line.line_id,
        "step_no": step_no,
        "step": step.step,
        "rule_id": step.rule_id,
        "words": step.words,
        "amount": places(step.amount, MONEY_PLACES),
        "currency": line.terms.currency,
    }


def _dispute_row(account: Account, row: Row, line: Line) -> Row:
    """Return what one dispute is worth: the credit if it is counted less that of the headline; an unknown amount as nothing."""
    headline = account.due(HEADLINE, row["part_no"])
    at_stake = line.due - headline if headline is not None and line.amount is not None else ZERO
    return {"dispute_id": row["reading"], "part_no": row["part_no"], "amount_at_stake": at_stake, "currency": line.terms.currency}


def places(value: Fraction | None, decimals: int) -> Decimal | None:
    """Return an exact number of at least 0, half up at some decimals; None for None."""
    return None if value is None else Decimal(round_whole(value * 10**decimals, "half_up")).scaleb(-decimals)
