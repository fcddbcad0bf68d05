"""Section 7: credits from computed to settled, what caps took, and the year so far."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tasks.model.money import money_words
from tasks.publish.charts import Axis, Box, Chart, Lane, Mark, nice_steps
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.numbers import Figure, Sheet, Source
from tasks.publish.review.edition import Reader
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.words import period_words, words

SECTION = "7 Credits"
HEADLINE = {"variant": "headline", "reading": "default"}
CREDITS = """
    select * from measured.credits
    where variant = 'headline' and reading = 'default' and currency is not null
    order by currency, period, credit_id
"""
CLAIMS = "select * from measured.claims qualify row_number() over (partition by claim_id order by version desc) = 1 order by claim_id"
COMPUTED = (
    ("computed", "Computed"),
    ("after_cumulation", "One line per cause"),
    ("after_minimum", "After the minimum"),
    ("after_caps", "After caps"),
    ("payable", "Payable"),
)
CLAIMED = (("amount", "Claimed", "filed_at is not null"), ("approved_amount", "Approved", "true"), ("settled_amount", "Settled", "true"))


def chain(draft: Draft, reader: Reader) -> list[View]:
    """Return the blocks of section 7."""
    sheet = draft.book.sheet(SECTION)
    lines = draft.engine.rows(CREDITS)
    if not lines:
        return [lacking("No contract in force attaches money to a level of this quarter.")]
    by_currency = grouped(lines, "currency")
    claims = draft.engine.rows(CLAIMS)
    rows, charts = [], []
    for label, cells in _steps(sheet, by_currency, claims):
        rows.append([label, *cells])
    for currency, own in by_currency.items():
        chart = waterfall(currency, own, [claim for claim in claims if claim["currency"] == currency])
        charts.append(picture(chart) if chart else lacking(f"No credit in {currency} is owed, so there is no waterfall to draw."))
    owed = [line for line in lines if line["computed"] is None or line["computed"] > 0]
    blocks = [table("Credits from computed to settled", ["Step", *(f"#{currency}" for currency in by_currency)], rows), *charts]
    blocks += [heading("Line by line"), _lines(draft, sheet, owed)] if owed else [lacking("No level of the quarter owes a credit.")]
    blocks += [heading("Caps"), *_caps(sheet, by_currency), heading("Year to date"), *_year(draft)]
    note = (
        "What is claimed of it and when stands in the restricted annex."
        if not reader.is_vendor
        else "A credit is what the contract's text gives on the levels above; a claim is made apart from this pack."
    )
    return [*blocks, said(note)]


def _steps(sheet: Sheet, by_currency: dict[str, list[Row]], claims: Sequence[Row]) -> list[tuple[str, list[Figure]]]:
    found = []
    for column, label in COMPUTED:
        cells = []
        for currency, own in by_currency.items():
            known = [row[column] for row in own if row[column] is not None]
            amount = sum(known, Decimal("0.0000")) if len(known) == len(own) else None
            exact = f"case when count({column}) = count(*) then coalesce(sum({column}), 0) end"
            cells.append(
                sheet.money(
                    f"{label.lower()}, {currency}", amount, currency, Source("credits", HEADLINE | {"currency": currency}, exact, "R-CR6")
                )
            )
        found.append((label, cells))
    for column, label, condition in CLAIMED:
        cells = []
        for currency in by_currency:
            own = [
                claim
                for claim in claims
                if claim["currency"] == currency and claim[column] is not None and (column != "amount" or claim["filed_at"])
            ]
            amount = sum((claim[column] for claim in own), Decimal("0.0000"))
            exact = f"coalesce(sum({column}) filter ({condition}), 0)::decimal(18, 4)"
            key = {"claim_id": sorted(claim["claim_id"] for claim in own), "currency": currency}
            cells.append(sheet.money(f"{label.lower()}, {currency}", amount, currency, Source("claims", key, exact, "R-CL1")))
        found.append((label, cells))
    return found


def waterfall(currency: str, lines: Sequence[Row], claims: Sequence[Row]) -> Chart | None:
    """Return the steps as bars from zero; None where nothing is owed or an amount is not known."""
    sums = {label: sum((row[column] or 0 for row in lines), Decimal(0)) for column, label in COMPUTED}
    sums["Claimed"] = sum((claim["amount"] for claim in claims if claim["filed_at"]), Decimal(0))
    sums |= {label: sum((claim[column] or 0 for claim in claims), Decimal(0)) for column, label, _ in CLAIMED[1:]}
    if any(row["payable"] is None for row in lines) or not sums["Computed"]:
        return None
    highest = float(max(sums.values()))
    marks: list[Mark] = []
    before: Decimal | None = None
    for number, (label, amount) in enumerate(sums.items()):
        if before is not None and amount < before:
            marks.append(
                Box(float(amount), float(before), number, "muted", f"{label}: {money_words(before - amount, currency)} less", fill="light")
            )
        if amount:
            marks.append(
                Box(0, float(amount), number, "good" if label == "Settled" else "ink", f"{label}: {money_words(amount, currency)}")
            )
        before = amount
    payable, claimed, settled = (money_words(sums[name], currency) for name in ("Payable", "Claimed", "Settled"))
    finding = f"{payable} is payable, {claimed} was claimed, {settled} settled."
    x = Axis("linear", 0, highest * 1.06, tuple((step, f"{step:g}") for step in nice_steps(highest)), currency)
    lanes = tuple(Lane(label, words=money_words(amount, currency)) for label, amount in sums.items())
    return Chart(
        f"waterfall-{currency.lower()}",
        f"What became of the credits in {currency}?",
        finding,
        x,
        lanes,
        tuple(marks),
        label_room=170,
        value_room=120,
    )


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


def _caps(sheet: Sheet, by_currency: dict[str, list[Row]]) -> list[View]:
    blocks = []
    for currency, own in by_currency.items():
        applied = sorted({cap for row in own for cap in row["caps_applied"]})
        known = [row["forgone"] for row in own if row["forgone"] is not None]
        cut = sum(known, Decimal("0.0000")) if len(known) == len(own) else None
        exact = "case when count(forgone) = count(*) then coalesce(sum(forgone), 0) end"
        figure = sheet.money(
            f"cut by caps, {currency}", cut, currency, Source("credits", HEADLINE | {"currency": currency}, exact, "R-CR6")
        )
        names = ", ".join(words()["steps"].get(cap, cap) for cap in applied)
        blocks.append(said(f"{currency}: cut by caps ", figure, f" ({names})." if applied else "; no cap was reached."))
    return blocks


def _year(draft: Draft) -> list[View]:
    """Say what is known of the year so far: a run measures its own quarter, and of the first one that is the year."""
    if draft.run.period.endswith("Q1"):
        return [said("The quarter is the first of the year: the year to date is the payable amount above.")]
    return [lacking("Not known: this run measures its own quarter. The packs of the earlier quarters of the year state theirs.")]
