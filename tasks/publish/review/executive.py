"""Section 1, the first page: did the vendor keep its word, what does it cost, and the three decisions that the meeting is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from tasks.model.contract import Contract
from tasks.publish.charts import Axis, Chart, Dot, Mark, Path
from tasks.publish.credits import CREDITS, HEADLINE
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.metric_words import amount_words
from tasks.publish.numbers import Figure, Source
from tasks.publish.review.causes import meeting_by, named, patterns
from tasks.publish.review.edition import Reader
from tasks.publish.review.levels import in_order
from tasks.publish.review.parts import lacking, picture, table
from tasks.publish.review.scorecard import COMPARED, quarter_axis, quarters
from tasks.publish.sums import total
from tasks.publish.words import SHORTFALL, listed, period_words, plain_words

SECTION = "1 Executive page"
MOST_DECISIONS = 3
CLEAR = Decimal("0.05")


def executive(draft: Draft, reader: Reader, decisions: Sequence[Sequence[Any]]) -> list[View]:
    """Return the blocks of section 1."""
    chart = attainment_chart(draft)
    blocks = [{"kind": "lede", "parts": _lede(draft, reader)}]
    head = ["Decision asked", "Owner", "!By when"]
    if decisions:
        blocks.append(
            table("Decisions asked of the meeting", head, [[f"{place}. {row[0]}", *row[1:]] for place, row in enumerate(decisions, 1)])
        )
    if len(decisions) < MOST_DECISIONS:
        blocks.append(
            lacking(
                "The quarter's figures ask for no more decisions than these." if decisions else "The quarter's figures ask for no decision."
            )
        )
    blocks.append(
        picture(
            chart,
            "The mark is the share of service levels met, the line its 95 % interval; quarters of which nothing is on record have none.",
        )
        if chart
        else lacking("No quarter has a judged service level, so there is no trend to draw.")
    )
    return blocks


def _lede(draft: Draft, reader: Reader) -> list[Any]:
    sheet = draft.book.sheet(SECTION)
    lines = in_order(draft)
    when = f"{'so far ' if draft.run.is_preview else ''}in {period_words(draft.run.period)}"
    if not lines:
        return [f"No service level of {reader.name} was in force {when}."]
    missed = [line for line in lines if line["status"] in SHORTFALL]
    met = [line for line in lines if line["status"] == "met"]

    def counted(label: str, own: Sequence[Row]) -> Figure:
        key = {"result_id": sorted(line["result_id"] for line in own)}
        return sheet.count(label, len(own), Source("sla_results", key, "count(distinct result_id)", "R-AV4"))

    parts: list[Any] = [
        f"{reader.name} met ",
        counted("service levels met", met),
        " of ",
        counted("service levels", lines),
        f" monthly service levels {when}",
    ]
    names = listed(sorted({line["service_name"] for line in missed}))
    parts += [", missed ", counted("service levels missed", missed), f" ({names})"] if missed else []
    parts.append(". ")
    sums = dict(sorted(grouped(draft.engine.rows(CREDITS), "currency").items()))
    owed: list[Any] = []
    for currency, own in sums.items():
        figure = total("payable", "payable", own, currency, HEADLINE | {"currency": currency}).printed(sheet)
        owed += [*([" and "] if owed else []), figure]
    parts += ["Credits payable by the contract: ", *owed, ". "] if owed else ["No contract attaches money to these levels. "]
    accuracy = draft.rows("measured.vendor_accuracy", "provider_id")
    if accuracy and (compared := sum(accuracy[0][name] for name in COMPARED)):
        row = accuracy[0]
        key = {"provider_id": row["provider_id"], "period": row["period"]}
        within = sheet.count(
            "durations within tolerance", row["within_tolerance"], Source("vendor_accuracy", key, "within_tolerance", "RC-D3")
        )
        parts += [
            within,
            " of ",
            sheet.count("durations compared", compared, Source("vendor_accuracy", key, " + ".join(COMPARED), "RC-D3")),
            " reported durations agree with ours.",
        ]
    return parts


def attainment_chart(draft: Draft) -> Chart | None:
    """Return the share of service levels met by quarter, with its interval."""
    rows = quarters(draft, "sla_attainment")
    known = [(float(place), row) for place, row in enumerate(rows, 1) if row["value"] is not None]
    if not known:
        return None
    marks: list[Mark] = []
    for x, row in known:
        if row["low"] is not None:
            marks.append(Path(((x, 100 * float(row["low"])), (x, 100 * float(row["high"]))), "muted", width=3))
        shape = "dot" if row["n"] >= 20 else "ring"
        marks.append(
            Dot(x, 100 * float(row["value"]), shape, "ink", f"{row['period']}: {amount_words(row['value'], 'share')} of {row['n']}")
        )  # type: ignore[arg-type]
    last = known[-1][1]
    value = amount_words(last["value"], "share", (int(last["value_num"]), int(last["value_den"])))
    finding = f"{value} of {last['n']} levels met in {last['period']}; {len(rows) - len(known)} of {len(rows)} quarters have none judged."
    y = Axis("linear", 0, 105, tuple((float(step), f"{step} %") for step in (0, 25, 50, 75, 100)), "service levels met")
    return Chart(
        "attainment", "Are more service levels met than before?", finding, quarter_axis([row["period"] for row in rows]), y, tuple(marks)
    )


def decisions_of(draft: Draft, reader: Reader, contracts: Sequence[Contract]) -> list[list[Any]]:
    """Return at most three decisions that the figures ask for: what, whose, by when; the dearest kinds first."""
    return [decision for _, decision in zip(range(MOST_DECISIONS), _asked(draft, reader, contracts), strict=False)]


def _asked(draft: Draft, reader: Reader, contracts: Sequence[Contract]) -> Iterator[list[Any]]:
    by = meeting_by(draft)
    missed = [line for line in in_order(draft) if line["status"] in SHORTFALL]
    found = [row for row in patterns(draft) if row["recommendation"] == "decide_redesign"]
    if found:
        row = found[0]
        yield [
            f"Redesign against {plain_words(row['cause_key'])} on {named(draft, row['service_id'])}, which keeps coming back (section 8)",
            "service owner and vendor",
            by,
        ]
    if any(one.is_unsigned for one in contracts):
        yield ["Signature of the contract by both parties (section 10)", "both parties", by]
    for name in dict.fromkeys(line["service_name"] for line in missed):
        months = listed([period_words(line["period"]) for line in missed if line["service_name"] == name])
        yield [f"Improvement plan for {name}: level missed in {months} (section 3)", "vendor", by]
        break
    accuracy = draft.rows("measured.vendor_accuracy", "provider_id")
    if accuracy:
        row = accuracy[0]
        if row["sign_p_value"] is not None and row["sign_p_value"] < CLEAR and row["understated"] + row["overstated"] > 0:
            yield ["How start and end of an outage are reported: durations lean to one side (section 5)", "vendor", by]
        elif row["missing_in_vendor"]:
            yield ["Reporting of incidents that are missing in the vendor's data (section 5)", "vendor", by]
    if any(row["state"] == "open" for row in draft.rows("measured.dispute_effects", "dispute_id, result_id")):
        yield ["Open disputes (section 6)", "both parties", by]
    if accuracy and accuracy[0]["reports_in_time"] + accuracy[0]["reports_complete"] < 2 * accuracy[0]["theirs"]:
        yield ["Reports in time and complete (sections 2 and 5)", "vendor", by]
    if any(one.silent or any(measure.silent for measure in one.measures.values()) for one in contracts):
        yield ["Wording that the contract leaves open (section 10)", "contract owners of both sides", by]
