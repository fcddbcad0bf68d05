"""Section 7: credits from computed to settled, what caps took, and the year so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.publish.credits import CREDITS, HEADLINE, MOST_CURRENCIES, chain_of, chain_table, money_chart
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.numbers import Figure, Sheet, Source
from tasks.publish.review.edition import Reader
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.sums import total
from tasks.publish.words import period_words, words

SECTION = "7 Credits"


def chain(draft: Draft, reader: Reader) -> list[View]:
    """Return the blocks of section 7."""
    sheet = draft.book.sheet(SECTION)
    lines = draft.engine.rows(CREDITS)
    if not lines:
        return [lacking("No contract in force attaches money to a level of this quarter.")]
    by_currency = dict(sorted(grouped(lines, "currency").items()))
    claims = grouped(draft.rows("published.claim_lines", "currency, last_day, claim_id"), "currency")
    chains = [chain_of(sheet, own, claims.get(name, []), is_for_vendor=reader.is_vendor) for name, own in by_currency.items()]
    blocks: list[View] = []
    for start in range(0, len(chains), MOST_CURRENCIES):
        found = chain_table(chains[start : start + MOST_CURRENCIES])
        head = ["Step", *(f"#{name}" for name in found["currencies"]), "By whom"]
        rows = [[row["label"], *(cell or "–" for cell in row["cells"]), "; ".join(row["who"])] for row in found["rows"]]
        blocks.append(table("Credits from computed to settled", head, rows))
    charts = [picture(chart) for chart in map(money_chart, chains[:MOST_CURRENCIES]) if chart]
    blocks += charts or [lacking("Nothing was cut and nothing claimed of these credits, so there is no waterfall to draw.")]
    owed = [line for line in lines if line["computed"] is None or line["computed"] > 0]
    blocks += [heading("Line by line"), _lines(draft, sheet, owed)] if owed else [lacking("No level of the quarter owes a credit.")]
    return [*blocks, heading("Caps"), *_caps(sheet, by_currency), heading("Year to date"), *_year(draft)]


def _lines(draft: Draft, sheet: Sheet, owed: Sequence[Row]) -> View:
    rows: list[list[Any]] = []
    for line in owed:
        source = {"credit_id": line["credit_id"]}
        name = f"{line['service_id']} {line['measure_id']} {line['period']}"

        def amount(column: str, words_: str, line: Row = line, source: dict[str, str] = source, name: str = name) -> Figure:
            return sheet.money(
                f"{words_}, {name}, {line['credit_id']}",
                line[column],
                line["currency"],
                Source("credits", source, column, "R-CR6", line["contract_version_id"]),
            )

        rows.append(
            [
                [draft.service_names.get(line["service_id"], line["service_id"]), {"detail": line["measure_id"]}],
                period_words(line["period"]),
                line["tier"] or line["form"],
                amount("basis_amount", "fee base"),
                amount("computed", "computed"),
                amount("payable", "payable"),
            ]
        )
    return table("Credits line by line", ["Level", "Window", "Rate reached", "#Fee base", "#Computed", "#Payable"], rows)


def _caps(sheet: Sheet, by_currency: Mapping[str, Sequence[Row]]) -> list[View]:
    blocks = []
    for currency, own in by_currency.items():
        applied = sorted({cap for row in own for cap in row["caps_applied"]})
        figure = total("forgone", "cut by caps", own, currency, HEADLINE | {"currency": currency}).printed(sheet)
        names = ", ".join(words()["steps"].get(cap, cap) for cap in applied)
        blocks.append(said(f"{currency}: cut by caps ", figure, f" ({names})." if applied else "; no cap was reached."))
    return blocks


def _year(draft: Draft) -> list[View]:
    """Say what is known of the year so far: a run measures its own quarter, and of the first one that is the year."""
    if draft.run.period.endswith("Q1"):
        return [said("The quarter is the first of the year: the year to date is the payable amount above.")]
    return [lacking("Not known: this run measures its own quarter. The packs of the earlier quarters of the year state theirs.")]
