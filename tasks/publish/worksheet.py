"""The claim's worksheet: every figure of it worked out again by formulas that a reader can follow and change (DOMAIN 7.4).

A formula stands wherever it gives the ledger's own value; where a term of the contract is beyond a cell (limits shared with other services,
windows that overlap, weights), the value stands as the ledger has it, and the steps beside it say how it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

from tasks.model.instants import epoch_us, exact_instant
from tasks.model.money import exponent, round_whole, rounded
from tasks.model.remedies import BlockCredits, ProportionalCredits, Tier, TierCredits
from tasks.publish.claim_case import Facts, Line
from tasks.publish.sheets import Cell, Grid, Live, Shown, Workbook
from tasks.publish.words import plain_words, words

FILE = "worksheet.xlsx"
MOST_EXACT = 2**53  # whole numbers beyond this are not exact in a cell
EXACT = 12  # decimals of a percentage to which a cell is sure: a microsecond of a month is more
ROUND_UP = 10**6


@dataclass(frozen=True)
class Place:
    """A cell that other sheets read, and what it holds."""

    cell: str
    value: Fraction


def write_worksheet(facts: Facts, file: Path) -> None:
    """Write the workbook of one claim."""
    row = facts.case.row
    with Workbook(file, f"Claim {row['claim_id']}, version {row['version']}") as book:
        front = book.grid("Claim", (34, 26, 70))
        parts = [_line(book, facts, line, "" if len(facts.lines) == 1 else f" {number}") for number, line in enumerate(facts.lines, 1)]
        _front(front, facts, parts)
        _evidence(book.grid("Evidence", (30, 70, 70)), facts)


def _front(grid: Grid, facts: Facts, parts: Sequence[Place]) -> None:
    case, row = facts.case, facts.case.row
    contract, result = case.contract, next((line.result for line in facts.lines if line.result), None)
    grid.add(f"Worksheet of claim {row['claim_id']}, version {row['version']}", style="title")
    if case.is_simulated:
        grid.add("Simulated clock: a rehearsal, not a record. Not to be sent.", style="note")
    grid.gap()
    given: list[tuple[str, Cell, str]] = [
        ("Agreement", contract.contract_version_id, contract.document.title or ""),
        ("Provider", contract.provider.name or contract.provider.id or "", ""),
        ("Account", case.letter.account or contract.customer.billing_entity or "", ""),
        ("Service", facts.service, str(row["service_id"])),
        ("Window", str(row["period"]), f"cut at midnight in {contract.clock.timezone}" if result else ""),
    ]
    if result:
        given += [
            ("Window begins", exact_instant(result["window_start_at"]), "UTC; instants on other sheets are counted from here"),
            ("Window ends", exact_instant(result["window_end_at"]), "UTC; this instant is no part of it"),
        ]
    given += [
        ("Kind", str(row["kind"]), "protective: part of it rests on time in dispute" if row["kind"] == "protective" else ""),
        ("Last day", row["last_day"].isoformat(), str(row["deadline_rule"])),
    ]
    for cells in given:
        grid.add(*cells)
    grid.gap()
    grid.head("Amount", f"{row['currency']}", "Where it comes from")
    first = grid.next_row
    for part, line in zip(parts, facts.lines, strict=True):
        grid.add(
            f"{line.credit['measure_id']}, {line.credit['variant'].replace('_', ' ')}", Live(part.cell, part.value, "money"), part.cell
        )
    total = sum((part.value for part in parts), Fraction(0))
    asked = Fraction(row["amount"])
    span = grid.span(1, first, grid.next_row - 1)
    if total == asked:
        grid.add("Amount asked for", Live(f"SUM({span})", asked, "sum"), "the sum of the lines above")
    else:
        grid.add("Amount asked for", Shown(row["amount"], "sum"), _why_other(facts))
    grid.add("Of it in dispute", Shown(row["disputed_amount"], "money"), "claimed protectively")


def _why_other(facts: Facts) -> str:
    if facts.incident_id is not None:
        return "this incident's share of the line above, by the time that each incident counted for"
    return "as the ledger has it: the steps on the credit sheet say why it is less than the sum above"


def _line(book: Workbook, facts: Facts, line: Line, suffix: str) -> Place:
    """Write the sheets of one credit line and return where its claimable amount stands."""
    lost = _intervals(book, facts, line, suffix) if line.result else None
    level = _level(book, facts, line, suffix, lost)
    after = _credit(book, facts, line, suffix, level)
    return _readings(book, facts, line, suffix, after)


# ---- time


def _intervals(book: Workbook, facts: Facts, line: Line, suffix: str) -> dict[str, Place]:
    """Write reconciled outages with their union, the spans of the clock with what became of each, and tested exclusions."""
    assert line.result is not None
    zero = epoch_us(line.result["window_start_at"])
    _outages(book.grid(f"Outages{suffix}", (5, 18, 24, 24, 24, 20, 20, 18, 20, 18)), facts, line, zero)
    grid = book.grid(f"Intervals{suffix}", (5, 24, 24, 20, 20, 18, 10, 14, 18, 10, 34))
    grid.lines(["What became of every span of the window that was neither up nor closed; µs are counted from the window's begin."])
    grid.head(
        "#", "Start (UTC)", "End (UTC)", "Start, µs", "End, µs", "Length, µs", "Weight", "Counted as", "Counted, µs", "Rule", "Incidents"
    )
    first = grid.next_row
    for number, span in enumerate(line.spans, 1):
        row = grid.next_row
        start, end = epoch_us(span["start_at"]) - zero, epoch_us(span["end_at"]) - zero
        weighted = Fraction(span["weight"]) * (end - start)
        length = Live(f"{grid.at(4, row)}-{grid.at(3, row)}", end - start, "whole")
        counted = Live(f"{grid.at(5, row)}*{grid.at(6, row)}", weighted, "whole")
        tickets = ", ".join(facts.tickets.get(name, name) for name in span["incident_ids"])
        instants = (exact_instant(span["start_at"]), exact_instant(span["end_at"]), Shown(start, "whole"), Shown(end, "whole"))
        grid.add(number, *instants, length, Decimal(span["weight"]), span["counted_as"], counted, span["rule_id"], tickets)
    last = max(grid.next_row - 1, first)
    grid.gap()
    places = {}
    for name, column in (("counted", 8), ("excluded", 5), ("disputed", 5), ("unmeasured", 5), ("waived", 5)):
        own = [span for span in line.spans if span["counted_as"] == name]
        lengths = [epoch_us(span["end_at"]) - epoch_us(span["start_at"]) for span in own]
        weights = [Fraction(span["weight"]) if column == 8 else Fraction(1) for span in own]
        value = sum((weight * length for weight, length in zip(weights, lengths, strict=True)), Fraction(0))
        formula = f'SUMIF({grid.span(7, first, last)},"{name}",{grid.span(column, first, last)})'
        row = grid.add(None, f"{name}, µs", None, None, None, None, None, None, Live(formula, value, "whole"))
        places[name] = Place(grid.at(8, row, is_elsewhere=True), value)
    _exclusions(book.grid(f"Exclusions{suffix}", (28, 22, 24, 24, 24, 24, 14, 26, 20, 20)), line)
    return places


def _outages(grid: Grid, facts: Facts, line: Line, zero: int) -> None:
    """Write the outages as reconciled, component by component, and their union: time that two share is new only once."""
    grid.lines(["Outages as reconciled, cut at the window; time that several share counts once (union). Exclusions have not left yet."])
    grid.head(
        "#",
        "Incident",
        "Component",
        "Start (UTC)",
        "End (UTC)",
        "Start, µs",
        "End, µs",
        "Length, µs",
        "Latest end so far, µs",
        "New time, µs",
    )
    first = grid.next_row
    reached = 0
    total = union = 0
    for number, outage in enumerate(line.outages, 1):
        row = grid.next_row
        start, end = epoch_us(outage["start_at"]) - zero, epoch_us(outage["end_at"]) - zero
        before = "0" if row == first else grid.at(8, row - 1)
        new = max(0, end - max(start, reached))
        reached = max(reached, end)
        total, union = total + end - start, union + new
        grid.add(
            number,
            facts.tickets.get(outage["incident_id"], outage["incident_id"]),
            facts.names.get(outage["component_id"], outage["component_id"]),
            exact_instant(outage["start_at"]),
            exact_instant(outage["end_at"]),
            Shown(start, "whole"),
            Shown(end, "whole"),
            Live(f"{grid.at(6, row)}-{grid.at(5, row)}", end - start, "whole"),
            Live(f"MAX({before},{grid.at(6, row)})", reached, "whole"),
            Live(f"MAX(0,{grid.at(6, row)}-MAX({before},{grid.at(5, row)}))", new, "whole"),
        )
    last = max(grid.next_row - 1, first)
    grid.gap()
    for label, column, value in (("Sum of lengths, µs", 7, total), ("Union, µs", 9, union)):
        cells: list[Cell] = [None] * 10
        cells[2], cells[column] = label, Live(f"SUM({grid.span(column, first, last)})", value, "whole")
        grid.add(*cells)


def _exclusions(grid: Grid, line: Line) -> None:
    grid.head(
        "Type", "Component", "Start (UTC)", "End (UTC)", "Notice (UTC)", "Approval (UTC)", "Status", "Reason", "Clause", "Takes out, µs"
    )
    for row in line.exclusions:
        grid.add(
            words()["exclusion_types"][row["type"]],
            row["component_id"],
            *(exact_instant(row[name]) if row[name] else "none" for name in ("start_at", "end_at", "notice_at", "approved_at")),
            words()["exclusion_statuses"][row["status"]],
            words()["exclusion_reasons"].get(row["reason"], "") if row["reason"] else "",
            row["contract_rule"] or "",
            Shown(row["excluded_us"], "whole"),
        )
    if not line.exclusions:
        grid.lines(["No exclusion was asked for or tested in this window."])


# ---- the level


@dataclass(frozen=True)
class Level:
    """Cells that the credit sheet reads: the exact percentage, time lost and the base it is a share of."""

    percent: Place | None
    lost: Place | None
    base: Place | None


def _level(book: Workbook, facts: Facts, line: Line, suffix: str, places: dict[str, Place] | None) -> Level:
    """Write the level, or the clocks of single incidents, and return what the credit reads of it."""
    grid = book.grid(f"Level{suffix}", (40, 26, 60, 26, 20, 20, 20, 18))
    if line.result is None or places is None:
        return _targets(grid, facts, line)
    result = line.result
    num, den = (int(result[name] or 0) for name in ("value_num", "value_den"))
    grid.head("Level", "Value", "How")
    grid.add("Measure", str(result["measure_id"]), words()["kinds"][result["kind"]])
    if not den:
        return Level(None, None, None)
    is_time = result["kind"] == "availability" and den <= result["agreed_us"]
    base, lost = _time(grid, line, places, num, den) if is_time else (None, None)
    if base and lost:
        number = Live(f"{base.cell}-{lost.cell}", num, "whole")
        above = Place(grid.at(1, grid.add("Time up, µs", number, "time that counts less time lost")), Fraction(num))
        below = base
    else:
        meaning = "as the ledger has it: requests, intervals or weighted time"
        above = Place(grid.at(1, grid.add("Numerator", Shown(num, "whole"), meaning)), Fraction(num))
        below = Place(grid.at(1, grid.add("Denominator", Shown(den, "whole"), meaning)), Fraction(den))
    if max(num, den) < MOST_EXACT:
        divisor = gcd(num, den)
        row = grid.add("Greatest common divisor", Live(f"GCD({above.cell},{below.cell})", divisor, "whole"), "")
        text = f'TEXT({above.cell}/{grid.at(1, row)},"0")&" / "&TEXT({below.cell}/{grid.at(1, row)},"0")'
        grid.add("Exact fraction", Live(text, f"{num // divisor} / {den // divisor}", "text"), "in lowest terms")
    exact = Fraction(100 * num, den)
    percent = Place("", exact)
    row = grid.add("Exact percentage", Live(f"ROUND(100*{above.cell}/{below.cell},{EXACT})", exact, "percent"), f"to {EXACT} decimals")
    percent = Place(grid.at(1, row), exact)
    floored = Fraction(100000 * num // den, 1000)
    grid.add("Printed percentage", Live(f"INT(ROUND({percent.cell}*1000,7))/1000", floored, "percent"), "three decimals, rounded down")
    if result["target"] is not None:
        row = grid.add("Target, %", Shown(result["target"], "percent"), "as agreed")
        sign = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[result["comparator"]]
        is_met = {
            ">=": exact >= result["target"],
            ">": exact > result["target"],
            "<=": exact <= result["target"],
            "<": exact < result["target"],
        }[sign]
        verdict = "met" if is_met else "missed"
        grid.add(
            "Verdict", Live(f'IF({percent.cell}{sign}{grid.at(1, row)},"met","missed")', verdict, "text"), "the exact value is compared"
        )
    there = {
        name: Place(f"'{grid.name}'!{place.cell}", place.value) for name, place in (("percent", percent), ("base", below)) if place.cell
    }
    return Level(there["percent"], Place(f"'{grid.name}'!{lost.cell}", lost.value) if lost else None, there["base"])


def _time(grid: Grid, line: Line, places: dict[str, Place], num: int, den: int) -> tuple[Place, Place]:
    """Write agreed time, what leaves it, and time lost; return the cells of the base and of the loss."""
    result = line.result or {}
    agreed = grid.add("Agreed service time, µs", Shown(result["agreed_us"], "whole"), "the window within service hours")
    out = result["agreed_us"] - den
    if places["excluded"].value == out:
        taken = grid.add("Excluded, µs", Live(places["excluded"].cell, out, "whole"), "applied exclusions, from Intervals")
    else:
        why = "leaves the base" if out else "nothing leaves the base: excluded time counts as up under this agreement"
        taken = grid.add("Leaves the base, µs", Shown(out, "whole"), why)
    row = grid.add("Time that counts, µs", Live(f"{grid.at(1, agreed)}-{grid.at(1, taken)}", den, "whole"), "the denominator")
    base = Place(grid.at(1, row), Fraction(den))
    names = ["counted", "disputed"] if result["variant"] == "if_counted" else ["counted"]
    summed = sum((places[name].value for name in names), Fraction(0))
    row = grid.add(
        f"Lost by intervals ({' and '.join(names)}), µs", Live("+".join(places[name].cell for name in names), summed, "whole"), ""
    )
    differs = Fraction(den - num) - summed
    grain = grid.add(
        "Adjustment to the agreement's own grain, µs",
        Shown(differs, "whole"),
        "none" if not differs else "minutes, runs or weights as agreed",
    )
    row = grid.add("Time lost, µs", Live(f"{grid.at(1, row)}+{grid.at(1, grain)}", den - num, "whole"), "the union of what counts")
    return base, Place(grid.at(1, row), Fraction(den - num))


def _targets(grid: Grid, facts: Facts, line: Line) -> Level:
    """Write the clocks of single incidents: what each had, what it took, what was over."""
    grid.head("Incident", "Clock", "Started (UTC)", "Due (UTC)", "Target, µs", "Counted, µs", "Over, µs", "Status")
    for target in line.targets:
        row = grid.next_row
        over = max(0, target["elapsed_us"] - target["target_us"])
        grid.add(
            facts.tickets.get(target["incident_id"], target["incident_id"]),
            f"{target['kind']}, {target['severity']}",
            exact_instant(target["started_at"]),
            exact_instant(target["due_at"]),
            Shown(target["target_us"], "whole"),
            Shown(target["elapsed_us"], "whole"),
            Live(f"MAX(0,{grid.at(5, row)}-{grid.at(4, row)})", over, "whole"),
            plain_words(target["status"]),
        )
    return Level(None, None, None)


# ---- the credit


def _credit(book: Workbook, facts: Facts, line: Line, suffix: str, level: Level) -> Place | None:
    """Write the credit from tier to limits, and the ledger's own steps; return the cell after limits."""
    credit, terms = line.credit, facts.case.contract.measures[line.credit["measure_id"]]
    grid = book.grid(f"Credit{suffix}", (40, 26, 80, 14, 14))
    pct = _rate(grid, line, terms, level)
    basis = _basis(grid, line)
    computed = credit["computed"]
    if computed is None:
        grid.lines(["The amount is not known: no invoice line or stated fee."])
        return None
    cell, exact = None, None
    if pct and basis:
        exact = basis.value * pct.value / 100
        is_ours = rounded(exact, credit["currency"], terms.credits.rounding.mode) == computed
        row = grid.add("Fees × rate", Live(f"{basis.cell}*{pct.cell}/100", exact, "money"), "before rounding") if is_ours else None
        cell = grid.at(1, row) if row is not None else None
    if cell and exact is not None:
        formula = _rounding(cell, terms.credits.rounding.mode, exponent(credit["currency"]))
        row = grid.add(
            "Rounded, once",
            Live(formula, Fraction(computed), "money"),
            f"{terms.credits.rounding.mode.replace('_', ' ')}, {credit['currency']}",
        )
    else:
        row = grid.add("Computed", Shown(computed, "money"), "as the ledger has it; see the steps below")
    row = _limits(grid, line, terms, row)
    place = Place(grid.at(1, row, is_elsewhere=True), Fraction(credit["after_caps"]))
    grid.gap()
    grid.head("Steps of the ledger", f"Amount, {credit['currency']}", "In words")
    for step in line.steps:
        amount = None if step["amount"] is None else Shown(step["amount"], "money")
        grid.add(f"{step['step_no']}. {words()['steps'][step['step']]} ({step['rule_id']})", amount, step["words"])
    return place


def _rate(grid: Grid, line: Line, measure: Any, level: Level) -> Place | None:
    """Write how the rate in percent of the fees comes about; None where the form has none."""
    credit, terms = line.credit, measure.credits
    if isinstance(terms, TierCredits) and level.percent and getattr(measure, "tiers_on", None) == "uptime" and measure.tiers:
        return _tier(grid, credit, measure.tiers, level.percent)
    if isinstance(terms, ProportionalCredits) and level.lost and level.base:
        grid.head("Rate", "Value", "How")
        factor = grid.add("Multiplier", Shown(terms.multiplier, "number"), "as agreed")
        value = 100 * level.lost.value / level.base.value * Fraction(terms.multiplier)
        formula = f"100*{level.lost.cell}/{level.base.cell}*{grid.at(1, factor)}"
        return Place(
            grid.at(1, grid.add("Rate, %", Live(formula, value, "percent"), "lost share of the time that counts × multiplier")), value
        )
    if isinstance(terms, BlockCredits) and level.lost and credit["quantity"] is not None and terms.blocks is None:
        return _blocks(grid, credit, terms, level.lost)
    if credit["pct"] is None:
        return None
    grid.head("Rate", "Value", "How")
    return Place(
        grid.at(1, grid.add("Rate, %", Shown(credit["pct"], "percent"), credit["tier"] or "as the steps say")), Fraction(credit["pct"])
    )


def _tier(grid: Grid, credit: Any, tiers: Sequence[Tier], percent: Place) -> Place | None:
    """Write the tiers with the one that holds: of several the highest (R-CR1)."""
    grid.head("Tier from, %", "Tier to, %", "Its ends", "Credit, %", "Applies, %")
    first = grid.next_row
    for tier in tiers:
        row = grid.next_row
        conditions, ends = [], []
        for end, column, closed, opened in ((tier.low, 0, ">=", ">"), (tier.high, 1, "<=", "<")):
            if end:
                conditions.append(f"{percent.cell}{closed if end[1] else opened}{grid.at(column, row)}")
                ends.append(f"{end[0]} {'belongs' if end[1] else 'does not belong'} to it")
        applies = Fraction(tier.credit_pct) if _holds(tier, percent.value) else Fraction(0)
        grid.add(
            Shown(tier.low[0], "percent") if tier.low else "no end",
            Shown(tier.high[0], "percent") if tier.high else "no end",
            "; ".join(ends),
            Shown(tier.credit_pct, "percent"),
            Live(f"IF(AND({','.join(conditions)}),{grid.at(3, row)},0)", applies, "percent"),
        )
    value = max((Fraction(tier.credit_pct) for tier in tiers if _holds(tier, percent.value)), default=Fraction(0))
    grid.gap()
    grid.head("Rate", "Value", "How")
    if value != credit["pct"]:
        if credit["pct"] is None:
            return None
        row = grid.add("Rate, %", Shown(credit["pct"], "percent"), credit["tier"] or "as the steps say")
        return Place(grid.at(1, row), Fraction(credit["pct"]))
    row = grid.add(
        "Rate, %", Live(f"MAX({grid.span(4, first, first + len(tiers) - 1)})", value, "percent"), "the highest tier that applies"
    )
    return Place(grid.at(1, row), value)


def _holds(tier: Tier, value: Fraction) -> bool:
    low, high = tier.low, tier.high
    is_above = low is None or value > low[0] or (low[1] and value == low[0])
    return is_above and (high is None or value < high[0] or (high[1] and value == high[0]))


def _blocks(grid: Grid, credit: Any, terms: BlockCredits, lost: Place) -> Place | None:
    """Write blocks of lost time beyond the allowance, full or begun ones (R-CR7)."""
    (block,) = terms.schedule
    allowance, length = terms.allowance_s * ROUND_UP, block.min * 60 * ROUND_UP
    over = max(Fraction(0), lost.value - allowance)
    mode = "down" if terms.partial_block == "none" else "up"
    count = round_whole(over / length, "down" if mode == "down" else "up")
    value = Fraction(block.pct) * count
    if Fraction(credit["quantity"]) != count or Fraction(credit["pct"]) != value:
        return None
    grid.head("Rate", "Value", "How")
    free = grid.add("Allowance, µs", Shown(allowance, "whole"), "free of charge")
    size = grid.add("Block, µs", Shown(length, "whole"), f"{block.min} min")
    beyond = grid.add("Beyond the allowance, µs", Live(f"MAX(0,{lost.cell}-{grid.at(1, free)})", over, "whole"), "")
    ratio = f"{grid.at(1, beyond)}/{grid.at(1, size)}"
    formula = f"INT({ratio})" if mode == "down" else f"ROUNDUP({ratio},0)"
    number = grid.add("Blocks", Live(formula, count, "whole"), "full blocks" if mode == "down" else "every block begun")
    each = grid.add("Each block, %", Shown(block.pct, "percent"), "as agreed")
    return Place(grid.at(1, grid.add("Rate, %", Live(f"{grid.at(1, number)}*{grid.at(1, each)}", value, "percent"), "")), value)


def _basis(grid: Grid, line: Line) -> Place | None:
    """Write the invoice lines of the fee base and their sum; the base as the ledger has it where it is a share of them or a stated fee."""
    credit = line.credit
    if credit["basis_amount"] is None:
        return None
    grid.gap()
    grid.head("Fees: invoice/line", f"Amount, {credit['currency']}", "")
    first = grid.next_row
    for fee in line.fees:
        grid.add(fee["line"], Shown(fee["amount"], "money"), "recurring, as invoiced")
    total = sum((Fraction(fee["amount"]) for fee in line.fees), Fraction(0))
    if line.fees and total == credit["basis_amount"]:
        row = grid.add("Fee base", Live(f"SUM({grid.span(1, first, grid.next_row - 1)})", total, "sum"), "")
    else:
        how = next((step["words"] for step in line.steps if step["step"] == "basis"), "")
        row = grid.add("Fee base", Shown(credit["basis_amount"], "sum"), how)
    return Place(grid.at(1, row), Fraction(credit["basis_amount"]))


def _rounding(cell: str, mode: str, places: int) -> str:
    """Return a formula that rounds an amount to the currency's parts: through whole numbers, so that halves are halves."""
    unit = 10**places
    scaled = f"ROUND({cell}*{unit},6)"
    whole = {
        "half_up": f"INT({scaled}+0.5)",
        "down": f"INT({scaled})",
        "up": f"-INT(-{scaled})",
        "half_even": f"IF(AND({scaled}-INT({scaled})=0.5,MOD(INT({scaled}),2)=0),INT({scaled}),INT({scaled}+0.5))",
    }[mode]
    return f"{whole}/{unit}"


def _limits(grid: Grid, line: Line, measure: Any, row: int) -> int:
    """Write cumulation, minimum and caps after a row; formulas where the cell above and the agreement's own numbers decide."""
    credit = line.credit
    before = Fraction(credit["computed"])
    for column, label in (
        ("after_cumulation", "After lines of one cause"),
        ("after_minimum", "After the minimum"),
        ("after_caps", "After caps"),
    ):
        value, cell = Fraction(credit[column]), grid.at(1, row)
        if column == "after_minimum" and (least := measure.credits.min_credit):
            sign = ">" if least.comparator == "gt" else ">="
            formula = f"IF({cell}{sign}{least.amount},{cell},0)"
            row = grid.add(label, Live(formula, value, "money"), f"paid if {sign} {least.amount}")
        elif value == before:
            row = grid.add(label, Live(cell, value, "money"), "nothing is cut")
        else:
            named = [words()["steps"][step["step"]] for step in line.steps if step["step"].startswith("cap_")]
            row = grid.add(
                label, Shown(credit[column], "money"), f"as the ledger has it: {', '.join(dict.fromkeys(named)) or 'see the steps'}"
            )
        before = value
    return row


# ---- readings


def _readings(book: Workbook, facts: Facts, line: Line, suffix: str, after: Place | None) -> Place:
    """Write every reading of what the text leaves open, with value, tier and amount, and the lowest of them (R-RD1)."""
    grid = book.grid(f"Readings{suffix}", (24, 44, 26, 26, 18, 44, 22))
    grid.lines(
        ["Where the agreement is silent every way to read it is worked out; the claim takes the lowest amount. One row: nothing is open."]
    )
    grid.head("Column", "Reading", "Numerator", "Denominator", "Value, %", "Tier", f"Amount, {line.credit['currency']}")
    amounts: dict[str, list[tuple[str, Fraction]]] = {}
    for reading in line.readings:
        credit = line.credits.get(reading["result_id"])
        if credit is None or credit["after_caps"] is None:
            continue
        row = grid.next_row
        num, den = (int(reading[name] or 0) for name in ("value_num", "value_den"))
        is_this = after is not None and credit["credit_id"] == line.credit["credit_id"]
        amount = Fraction(credit["after_caps"])
        percent = Live(f"ROUND(100*{grid.at(2, row)}/{grid.at(3, row)},{EXACT})", Fraction(100 * num, den), "percent") if den else None
        due: Cell = Live(after.cell, amount, "money") if is_this and after else Shown(credit["after_caps"], "money")
        label = plain_words(reading["variant"])
        grid.add(label, reading["reading"], Shown(num, "whole"), Shown(den, "whole"), percent, credit["tier"] or "", due)
        amounts.setdefault(reading["variant"], []).append((grid.at(6, row), amount))
    own = [*amounts.get("headline", []), *amounts.get("other_reading", [])]
    if not own:
        value = Fraction(line.credit["after_caps"] or 0)
        cell = Live(after.cell, value, "money") if after else Shown(line.credit["after_caps"] or 0, "money")
        row = grid.add("Claimable", None, None, None, None, "no reading is open", cell)
        return Place(grid.at(6, row, is_elsewhere=True), value)
    lowest = min(value for _, value in own)
    grid.gap()
    row = grid.add("Lowest reading", None, None, None, None, "", Live(f"MIN({','.join(cell for cell, _ in own)})", lowest, "money"))
    if line.credit["variant"] == "if_counted" and amounts.get("if_counted"):
        head_cell, head = own[0]
        counted_cell, counted = amounts["if_counted"][0]
        total = lowest + max(Fraction(0), counted - head)
        formula = f"{grid.at(6, row)}+MAX(0,{counted_cell}-{head_cell})"
        note = "with what the line has more if the dispute is decided for us"
        row = grid.add("Claimed protectively", None, None, None, None, note, Live(formula, total, "sum"))
        lowest = total
    return Place(grid.at(6, row, is_elsewhere=True), lowest)


# ---- evidence


def _evidence(grid: Grid, facts: Facts) -> None:
    """Write what everything rests on: the sealed records of the period, and each record behind a span, by its hash."""
    grid.head("What", "Which", "SHA-256")
    grid.add("Records of the period", f"run {facts.manifest['run_id']}", facts.manifest["content_sha256"])
    for annex in facts.case.annexes:
        grid.add(annex.name, annex.file_name, annex.sha256)
    seen = set()
    for line in facts.lines:
        for row in (*line.spans, *line.outages):
            told = f"{exact_instant(row['start_at'])} to {exact_instant(row['end_at'])}"
            for raw_id in row["raw_ids"]:
                if (told, raw_id) not in seen:
                    seen.add((told, raw_id))
                    grid.add("Record", told, raw_id)
