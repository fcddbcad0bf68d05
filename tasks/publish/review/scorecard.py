"""Sections 2 and 4: the scorecard and the trend of incidents; what moved is said by test, never by eye (M-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.instants import exact_instant
from tasks.model.period import Period
from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path, nice_steps
from tasks.publish.draft import Draft, Row, View
from tasks.publish.metric_words import amount_words, metric_words
from tasks.publish.numbers import Figure, Sheet, Source, json_value, row_source
from tasks.publish.review.parts import heading, lacking, picture, said, table
from tasks.publish.words import period_words, plain_words

SCORECARD, TREND = "2 Scorecard", "4 Incident trend"
QUARTERS_SHOWN = 8
SHARES = (  # metric, words, target and whose it is
    ("sla_attainment", "Service levels met", "all: the contract"),
    ("response_attainment", "Response targets met", "as the contract says"),
    ("restore_attainment", "Restore targets met", "as the contract says"),
    ("recurrence_rate", "Incidents that recur", "at most 20 %: the policy's watch"),
    ("review_on_time", "Reviews of major incidents in time", "all: M-12"),
    ("action_on_time", "Actions closed on time", "none agreed"),
)
COMPARED = ("within_tolerance", "understated", "overstated")  # reports whose duration stands beside ours: an incident may have several
REPORTS = (  # column, of which columns together, words, target
    ("matched", ("ours",), "Our incidents that the vendor reported", "all: C-50", "RC-D1"),
    ("within_tolerance", COMPARED, "Reported durations within tolerance", "none agreed", "RC-D3"),
    ("reports_in_time", ("theirs",), "Reports in time", "at least 95 %: C-52", "C-52"),
    ("reports_complete", ("theirs",), "Reports complete", "at least 95 %: C-52", "C-52"),
)
SEVERITIES = ("P1", "P2", "P3", "P4")


def quarters(draft: Draft, metric_id: str) -> list[dict[str, Any]]:
    """Return a metric of the vendor by quarter, oldest first; `is_silent` where nothing of it is on record."""
    sql = f"""
        select metric.*, silent.period is not null as is_silent
        from measured.metrics as metric
        left join own.silent as silent on metric.period = silent.period
        where metric.metric_id = $metric_id and metric.period like '%-Q%' and metric.start_at < (select period_end_at from run.context)
        order by metric.start_at desc
        limit {QUARTERS_SHOWN}
    """
    return list(reversed(draft.engine.rows(sql, {"metric_id": metric_id})))


def this_quarter(draft: Draft, metric_id: str) -> Row | None:
    """Return a metric of the quarter; None where it is not measured."""
    return next((row for row in quarters(draft, metric_id) if row["period"] == draft.run.period), None)


def metric_figure(sheet: Sheet, row: Row, label: str) -> Figure:
    """Return what may be said of a metric, in words, with its exact value behind it."""
    exact = None if row["value"] is None else str(json_value(row["value"]))
    return sheet.quoted(label, metric_words(row), exact, row_source("metrics", row, "value", "M-10"))


def scorecard(draft: Draft) -> list[View]:
    """Return the blocks of section 2."""
    sheet = draft.book.sheet(SCORECARD)
    rows = [_metric_row(draft, sheet, *share) for share in SHARES]
    accuracy = draft.rows("measured.vendor_accuracy", "period")
    rows += [_report_row(sheet, accuracy[0] if accuracy else None, *one) for one in REPORTS]
    head = ["Measure", "Target", "Value, n and what may be said of it", "#n", "Quarter before"]
    chart = multiples(draft)
    return [
        table("Scorecard of the quarter", head, rows),
        picture(
            chart,
            "Each lane runs from 0 % at its foot to 100 % at its top. Ring: fewer than 20 observations. No mark: nothing observed.",
        )
        if chart
        else lacking("No quarter has a share to draw."),
    ]


def _metric_row(draft: Draft, sheet: Sheet, metric_id: str, words_: str, target: str) -> list[Any]:
    row = this_quarter(draft, metric_id)
    if row is None:
        return [words_, target, "not measured", "–", "–"]
    before = "not known: nothing of it is on record" if row["previous_value"] is None else _before(sheet, row, words_)
    return [
        words_,
        target,
        metric_figure(sheet, row, words_),
        sheet.count(f"n, {words_}", row["n"], row_source("metrics", row, "n", "M-08")),
        before,
    ]


def _before(sheet: Sheet, row: Row, words_: str) -> Figure:
    source = row_source("metrics", row, "previous_value", "M-10")
    return sheet.quoted(f"quarter before, {words_}", amount_words(row["previous_value"], row["unit"]), str(row["previous_value"]), source)


def _report_row(sheet: Sheet, row: Row | None, above: str, below: Sequence[str], words_: str, target: str, rule_id: str) -> list[Any]:
    if row is None:
        return [words_, target, "not known: the vendor sent no record", "–", "–"]
    whole = " + ".join(below)
    number = sum(row[name] for name in below)
    counted = sheet.count(f"n, {words_}", number, row_source("vendor_accuracy", row, whole, rule_id))
    if not number:
        return [words_, target, "nothing to judge", counted, "–"]
    share = sheet.percent(words_, row[above], number, row_source("vendor_accuracy", row, f"{above}/{whole}", rule_id))
    return [words_, target, share, counted, "not known: only this quarter is compared"]


def multiples(draft: Draft) -> Chart | None:
    """Return one small trend a lane, of the shares that have a value in any quarter."""
    found = {words_: list(quarters(draft, metric_id)) for metric_id, words_, _ in SHARES}
    shown = {words_: rows for words_, rows in found.items() if any(row["value"] is not None for row in rows)}
    if not shown:
        return None
    names = [row["period"] for row in next(iter(shown.values()))]
    marks: list[Mark] = []
    for number, rows in enumerate(shown.values()):
        points = [(float(place), _height(number, row["value"]), row) for place, row in enumerate(rows, 1) if row["value"] is not None]
        for name, share in (("foot", 0.0), ("top", 1.0)):
            marks.append(
                Path(((1, _height(number, share)), (len(names), _height(number, share))), "rule", is_dashed=name == "top", width=1)
            )
        marks.append(Path(tuple((x, y) for x, y, _ in points), "ink"))
        marks += [
            Dot(x, y, "ring" if row["n"] < 20 else "dot", "ink", f"{row['period']}: {amount_words(row['value'], row['unit'], _exact(row))}")
            for x, y, row in points
        ]
    last = {words_: rows[-1]["value"] for words_, rows in shown.items()}
    finding = (
        "; ".join(
            f"{words_}: {'nothing to judge' if value is None else amount_words(value, 'share')} in {draft.run.period}"
            for words_, value in last.items()
        )
        + "."
    )
    x = quarter_axis(names)
    return Chart(
        "multiples",
        "How did the shares move over the quarters?",
        finding,
        x,
        tuple(Lane(words_) for words_ in shown),
        tuple(marks),
        lane_height=54,
        value_room=24,
    )


def _exact(row: Row) -> tuple[int, int] | None:
    return (int(row["value_num"]), int(row["value_den"])) if row["value_num"] is not None else None


def _height(lane: int, share: Any) -> float:
    return lane + 0.36 - 0.72 * float(share)


def quarter_axis(names: Sequence[str]) -> Axis:
    """Return an axis with one place a quarter, from 1."""
    ticks = tuple((float(place), f"{name[5:]} {name[2:4]}") for place, name in enumerate(names, 1))
    return Axis("linear", 0.6, len(names) + 0.4, ticks, "quarter")


def trend(draft: Draft) -> list[View]:
    """Return the blocks of section 4."""
    sheet = draft.book.sheet(TREND)
    rows = quarters(draft, "incidents")
    now = this_quarter(draft, "incidents")
    if now is None:
        return [lacking("No incident count of this vendor was measured.")]
    blocks = [
        said(
            "Incidents on the vendor's services in ",
            period_words(draft.run.period),
            ": ",
            metric_figure(sheet, now, "incidents"),
            ".",
            *_moved(now),
        )
    ]
    rate = this_quarter(draft, "incidents_per_1000_service_hours")
    if rate is not None and rate["value"] is not None:
        blocks.append(said("Per exposure: ", metric_figure(sheet, rate, "incidents per 1,000 service-hours"), "."))
    for metric_id, words_ in (("outages", "Outages"), ("downtime", "Downtime"), ("mttr_restore", "Occurred to restored")):
        one = this_quarter(draft, metric_id)
        if one is not None and one["value"] is not None:
            blocks.append(said(f"{words_}: ", metric_figure(sheet, one, words_.lower()), "."))
    known = [row for row in rows if not row["is_silent"]]
    blocks.append(
        picture(
            counts_chart(rows),
            "The mark is the count, the line its 95 % Poisson interval: counts whose intervals overlap may differ by chance alone.",
        )
    ) if known else None
    return [*blocks, heading("By severity and month"), *_mix(draft, sheet)]


def _moved(row: Row) -> list[str]:
    return [] if row["previous_value"] is not None else [" Of the quarter before nothing is on record, so no change can be told."]


def counts_chart(rows: Sequence[Row]) -> Chart:
    """Return counts with their Poisson limits; quarters before the first record have no mark."""
    known = [(float(place), row) for place, row in enumerate(rows, 1) if not row["is_silent"]]
    top = max(float(row["high"] if row["high"] is not None else row["value"]) for _, row in known)
    marks: list[Mark] = []
    for x, row in known:
        if row["low"] is not None:
            marks.append(Path(((x, float(row["low"])), (x, float(row["high"]))), "muted", width=3))
        marks.append(Dot(x, float(row["value"]), "dot", "ink", f"{row['period']}: {int(row['value'])} incidents"))
    steps = nice_steps(top)
    silent = len(rows) - len(known)
    finding = f"{int(known[-1][1]['value'])} incidents in {known[-1][1]['period']}"
    finding += f"; of {silent} quarters nothing is on record." if silent else "."
    y = Axis("linear", 0, top * 1.1 or 1, tuple((step, f"{step:g}") for step in steps), "incidents")
    return Chart(
        "incident-counts", "Are there more incidents than before?", finding, quarter_axis([row["period"] for row in rows]), y, tuple(marks)
    )


def _mix(draft: Draft, sheet: Sheet) -> list[View]:
    """Return counts and downtime of incidents by month and by the most severe they had."""
    sql = """
        select
            strftime(timezone($zone, occurred_at), '%Y-%m') as month,
            coalesce(severity_max, 'none') as severity,
            count(*) as incidents,
            sum(down_us)::bigint as down_us
        from reconciled.incidents, run.context
        where occurred_at >= period_start_at and occurred_at < period_end_at and status <> 'cancelled'
        group by all
    """
    found = {(row["month"], row["severity"]): row for row in draft.engine.rows(sql, {"zone": draft.run.display_timezone})}
    if not found:
        return [lacking("No incident of the quarter is on record for this vendor.")]
    months = sorted({month for month, _ in found})
    kinds = [one for one in (*SEVERITIES, "none") if any(severity == one for _, severity in found)]
    rows = [
        [
            period_words(month),
            *(_mixed(sheet, draft.run.display_timezone, month, kind, found) for kind in kinds),
            _lost(sheet, draft, month, found),
        ]
        for month in months
    ]
    return [
        table(
            "Incidents by month and highest severity",
            ["Month", *(f"#{kind if kind != 'none' else 'not rated'}" for kind in kinds), "#Downtime"],
            rows,
        )
    ]


def _in_month(zone: str, month: str) -> str:
    first, last = (exact_instant(at) for at in Period.parse(month).bounds(zone))
    return f"occurred_at >= '{first}' and occurred_at < '{last}' and status <> 'cancelled'"


def _mixed(sheet: Sheet, zone: str, month: str, kind: str, found: Mapping[tuple[str, str], Row]) -> Figure:
    own = f"severity_max = '{kind}'" if kind != "none" else "severity_max is null"
    source = Source("incidents", {}, f"count(*) filter ({_in_month(zone, month)} and {own})", "M-09")
    return sheet.count(f"incidents {month}, {plain_words(kind)}", found.get((month, kind), {"incidents": 0})["incidents"], source)


def _lost(sheet: Sheet, draft: Draft, month: str, found: Mapping[tuple[str, str], Row]) -> Figure:
    total = sum(row["down_us"] for (one, _), row in found.items() if one == month)
    column = f"coalesce(sum(down_us) filter ({_in_month(draft.run.display_timezone, month)}), 0)::bigint"
    return sheet.duration(f"downtime of incidents {month}", total, Source("incidents", {}, column, "M-09"))
