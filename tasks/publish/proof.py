"""What a click on a number shows: how it was worked out, the clause, the rule, the intervals, the rows of files, the SQL that made it.

What many numbers share (a level's formula, its intervals and records) is kept once, by the result they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.durations import duration_words
from tasks.model.instants import exact_instant
from tasks.model.money import money_words
from tasks.publish.draft import Draft, Row, grouped, subject
from tasks.publish.makers import maker_of
from tasks.publish.method import ContractText
from tasks.publish.numbers import Figure, floored_percent, percent_words
from tasks.publish.values import COUNTED_RATIOS, SCALED_USER_MINUTE, ratio_unit
from tasks.publish.words import plain_words, words

Lines = list[list[str]]
MOST_SPANS = 4
MOST_RECORDS = 6
MOST_IDS = 6
NOTHING_COUNTED = {
    "attainment": "no incident was to be judged",
    "request_ratio": "no sample says how many requests failed in the contract's sense",
}
CLAUSES = {"credits": "credits", "credit_steps": "credits", "claims": "claims"}  # tables whose clause is not the level's own


def proofs_of(draft: Draft, contracts: Sequence[ContractText], told: Sequence[str]) -> dict[str, Any]:
    """Return `{"figures": {id: {...}}, "results": {result_id: [[name, text], ...]}}`; `told` are the results with a block in section 3."""
    desk = _Desk(draft, contracts, told)
    figures = {figure.figure_id: desk.proof(figure) for figure in draft.book.figures()}
    shared = sorted({proof["of"] for proof in figures.values() if proof["of"]})
    return {"figures": figures, "results": {result_id: desk.behind(result_id) for result_id in shared}}


class _Desk:
    """The tables that proofs quote, fetched once."""

    def __init__(self, draft: Draft, contracts: Sequence[ContractText], told: Sequence[str]) -> None:
        self.documents = {contract.contract_version_id: contract.document for contract in contracts}
        self.lines: dict[str, Row] = {}
        for line in draft.levels:
            self.lines[line["result_id"]] = line
            self.lines |= {row["result_id"]: line | row for row in line["variants"]}
        self.told = set(told)
        spans = draft.engine.rows(f"from published.result_spans where span_no <= {MOST_SPANS + 1} order by result_id, start_at")
        self.spans = grouped(spans, "result_id")
        self.records = grouped(draft.engine.rows("from published.bound_rows order by all"), "result_id")
        self.steps = grouped(draft.engine.rows("from measured.credit_steps order by credit_id, step_no"), "credit_id")
        self.credits = {row["credit_id"]: row for row in draft.engine.rows("from measured.credits order by credit_id")}
        self.claims = {row["claim_id"]: row for row in draft.engine.rows("from measured.claims order by claim_id, version")}
        self.breaches = {row["breach_id"]: row["sla_result_id"] for row in draft.engine.rows("from measured.breaches order by breach_id")}

    def proof(self, figure: Figure) -> dict[str, Any]:
        """Return one number's own lines, and the result whose lines follow them."""
        source = figure.source
        result_id = self._result_of(source.key)
        line = self.lines.get(result_id or "")
        lines: Lines = []
        if how := self._how(figure, line):
            lines.append(["How", how])
        if figure.exact is not None and figure.exact != figure.printed:
            lines.append(["Exact", _exact_words(figure)])
        version = source.contract_version_id or (line["contract_version_id"] if line else None)
        if version:
            lines.append(["Contract", self._contract_words(version, source.table, line)])
        if source.rule_id:
            lines.append(["Rule", source.rule_id])
        lines.append(["Made by", maker_of(source.table)])
        return {"label": figure.label, "printed": str(figure), "lines": lines, "of": result_id if line else None, "query": source.query()}

    def _result_of(self, key: Mapping[str, Any]) -> str | None:
        """Return the one result that a key leads to; None where it leads to none or to several."""
        if isinstance(key.get("credit_id"), str) and key["credit_id"] in self.credits:
            ids = self.credits[key["credit_id"]]["sla_result_ids"]
            return str(ids[0]) if len(ids) == 1 else None
        if isinstance(key.get("breach_id"), str):
            return self.breaches.get(key["breach_id"])
        found = key.get("result_id") or key.get("subject_id")
        return found if isinstance(found, str) else None

    def _how(self, figure: Figure, line: Row | None) -> str:
        source, key = figure.source, figure.source.key
        if source.table == "sla_results" and line and source.column == "value_num/value_den":
            return _formula(line)
        if source.table in ("credits", "credit_steps") and isinstance(key.get("credit_id"), str):
            steps = [f"{step['words']} → {_amount(step)}" for step in self.steps.get(key["credit_id"], [])]
            return "; ".join(steps[: int(key["step_no"])] if "step_no" in key else steps)
        if source.table == "claims" and isinstance(key.get("claim_id"), str) and source.column == "amount":
            return f"sum of what may be claimed of {_some(self.claims[key['claim_id']]['credit_ids'])}"
        if source.table == "claims" and isinstance(key.get("claim_id"), str):
            return f"{_meaning(source.table, source.column)}; {self.claims[key['claim_id']]['deadline_rule']}"
        listed = next((value for value in key.values() if isinstance(value, list)), None)
        what = _meaning(source.table, source.column)
        if listed is None:
            return what
        names = [subject(self.lines[name]) if name in self.lines else str(name) for name in listed]
        verb = what or ("counted" if figure.unit == "count" else "summed")
        return f"{verb}: {_some(names)}" if names else "there is none"

    def behind(self, result_id: str) -> Lines:
        """Return the intervals and records behind a level; where section 3 tells them, the lines lead there."""
        lines: Lines = []
        spans = [span for span in self.spans.get(result_id, []) if span["counted_as"] == "counted"]
        if result_id in self.told:
            lines.append(["Intervals", f"#{result_id}"])
        elif spans:
            more = ["and more, in clock_ledger.csv"] if len(spans) > MOST_SPANS else []
            lines.append(["Intervals", "; ".join([*map(_span_words, spans[:MOST_SPANS]), *more])])
        else:
            lines.append(["Intervals", "none: no downtime was counted"])
        records = list(dict.fromkeys(_record_words(row) for row in self.records.get(result_id, []) if row["source_file"]))
        more = ["sla explain lists the others"] if len(records) > MOST_RECORDS else []
        if records:
            lines.append(["Source rows", "; ".join([*records[:MOST_RECORDS], *more])])
        return lines

    def _contract_words(self, version: str, table: str, line: Row | None) -> str:
        measure: Mapping[str, Any] = self.documents.get(version, {}).get("measures", {}).get(line["measure_id"] if line else "", {})
        clause = (measure.get(CLAUSES[table]) or {}).get("clause") if table in CLAUSES else measure.get("clause")
        return f"{version}, clause {clause}" if clause else version


def _formula(line: Row) -> str:
    """Return how a level's value comes about, in words with its numbers."""
    if not line["value_den"]:
        return f"{_why_no_value(line)}, so there is no value"
    if line["is_of_users"]:
        return _formula_of_users(line)
    if line["kind"] in COUNTED_RATIOS:
        return _formula_of_counts(line)
    agreed, base = line["agreed_us"], int(line["value_den"]) // (1_000_000 if line["is_weighted"] else 1)
    down = int(line["value_den"] - line["value_num"]) // (1_000_000 if line["is_weighted"] else 1)
    out = f"agreed {duration_words(agreed)} − taken out {duration_words(agreed - base)} = " if agreed != base else "agreed "
    counted = f"{out}{duration_words(base)} that count"
    weight = " by weight" if line["is_weighted"] else ""
    share = f"({duration_words(base)} − {duration_words(down)} down{weight}) ÷ {duration_words(base)}"
    value = percent_words(line["value_num"], line["value_den"], line["target"])
    return f"{counted}; {share} = {floored_percent(line['value_num'], line['value_den'], 6)} %, printed {value}"


def _why_no_value(line: Row) -> str:
    if line["is_of_users"] and line["status"] == "insufficient_evidence":
        return "nobody knows how many users there were"
    return NOTHING_COUNTED.get(line["kind"], "no time was left to measure")


def _formula_of_counts(line: Row) -> str:
    above, below = ratio_unit(line).split(" / ")
    exact = floored_percent(line["value_num"], line["value_den"], 6)
    value = percent_words(line["value_num"], line["value_den"], line["target"])
    return f"{int(line['value_num']):,} {above} ÷ {int(line['value_den']):,} {below} = {exact} %, printed {value}"


def _formula_of_users(line: Row) -> str:
    whole, lost = (int(scaled) // SCALED_USER_MINUTE for scaled in (line["value_den"], line["value_den"] - line["value_num"]))
    value = percent_words(line["value_num"], line["value_den"], line["target"])
    exact = floored_percent(line["value_num"], line["value_den"], 6)
    return f"({whole:,} user minutes − {lost:,} lost) ÷ {whole:,} = {exact} %, printed {value}"


def _exact_words(figure: Figure) -> str:
    unit = words()["units"].get(figure.unit, figure.unit or "")
    numerator, slash, denominator = (figure.exact or "").partition("/")
    if not slash or figure.unit == "words":
        return f"{figure.exact} {unit}".strip() if figure.unit in ("us", "percent", "percentage points") else str(figure.exact)
    above, _, below = (figure.unit or "").partition(" / ")
    return f"{int(numerator):,} {above} / {int(denominator):,} {below}".strip() if below else f"{int(numerator):,} / {int(denominator):,}"


def _meaning(table: str, column: str) -> str:
    """Return what the dictionary says of a column; nothing of an expression."""
    return next((known.meaning for known in dictionary().tables[table].columns if known.name == column), "")


def _some(names: Sequence[Any]) -> str:
    shown = "; ".join(str(name) for name in names[:MOST_IDS])
    return f"{shown}; and {len(names) - MOST_IDS:,} more" if len(names) > MOST_IDS else shown


def _amount(step: Row) -> str:
    if step["amount"] is None:
        return "not known"
    return money_words(Decimal(step["amount"]), step["currency"]) if step["currency"] else str(step["amount"])


def _span_words(span: Row) -> str:
    return f"{exact_instant(span['start_at'])} to {exact_instant(span['end_at'])}, {duration_words(span['length_us'])} ({span['rule_id']})"


def _record_words(row: Row) -> str:
    bound, entity = words()["bounds"][row["field"]], plain_words(row["entity"])
    return f"{bound} of {row['incident_id']} by {row['source_system']} {entity}: {row['source_file']} row {row['source_row']}"
