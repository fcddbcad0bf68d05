"""Section 4: were incidents answered, restored and resolved in time, and where was time lost? People are never named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from tasks.model.durations import duration_words
from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path
from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source, share_words
from tasks.publish.values import level_value
from tasks.publish.words import flag_words, verdict, verdict_of, words

SECTION = "4 Response and restore"
MOST_LINES = 40
MOST_DOTS = 300
PLOTTED = "('met', 'breached', 'breached_open', 'running')"
DOTS = f"""
    select kind, severity, ticket_key, incident_id, target_us, elapsed_us, status
    from measured.incident_targets
    where status in {PLOTTED} and target_us > 0
    order by consumed_pct desc, over_us desc, target_id
    limit {MOST_DOTS}
"""
JUDGED = "status in ('met', 'breached', 'breached_open')"
IF_COUNTED = "coalesce(status_if_counted, status)"
COUNTS = {
    "met": "status = 'met'",
    "breached": "status = 'breached'",
    "breached_open": "status = 'breached_open'",
    "running": "status = 'running'",
    "unjudged": "status in ('not_applicable', 'insufficient_evidence')",
}
SPREAD = (0, 1, -1, 2, -2)  # places of marks that would lie on each other, in fifths of their room


def response(draft: Draft) -> View:
    """Return the view of section 4."""
    sheet = draft.book.sheet(SECTION)
    clocks = list(words()["clocks"])
    counts = sorted(draft.rows("published.target_counts", "kind, severity"), key=lambda row: (clocks.index(row["kind"]), row["severity"]))
    lines = draft.rows("published.target_lines", "place")
    return {
        "counts": [_counts(sheet, row) for row in counts],
        "has_unjudged": any(row["unjudged"] for row in counts),
        "shares": [_share(sheet, line) for line in draft.levels if line["kind"] == "attainment"],
        "chart": target_plot(draft, sheet, counts),
        "lines": [_line(sheet, row) for row in lines[:MOST_LINES]],
        "lines_left": len(lines) > MOST_LINES,
        "losses": [_loss(sheet, row) for row in draft.rows("published.target_losses", "over_us desc, service_id, kind")[:MOST_LINES]],
        "is_promised": bool(draft.rows("run.incident_terms", "all")),
    }


def _name(row: Row) -> str:
    """Return `response, P1`."""
    return f"{words()['clocks'][row['kind']]['word']}, {row['severity']}"


def _counts(sheet: Sheet, row: Row) -> View:
    """Return how the targets of one clock and severity stand; the attainment if disputes count where they matter."""
    key = {"kind": row["kind"], "severity": row["severity"]}

    def count(name: str) -> Figure:
        source = Source("incident_targets", key, f"count(*) filter ({COUNTS[name]})", "R-AT1")
        return sheet.count(f"{words()['target_counts'][name]}, {_name(row)}", row[name], source)

    return {
        "clock": words()["clocks"][row["kind"]]["word"],
        "severity": row["severity"],
        "attainment": _attainment(sheet, row),
        "if_counted": _attainment_if_counted(sheet, row) if row["is_disputed"] and row["judged_if_counted"] else None,
        **{name: count(name) for name in COUNTS},
    }


def _attainment(sheet: Sheet, row: Row) -> Figure | None:
    """Return the share met of those judged; None where none was."""
    if not row["judged"]:
        return None
    key = {"kind": row["kind"], "severity": row["severity"]}
    source = Source("incident_targets", key, f"count(*) filter (status = 'met')/count(*) filter ({JUDGED})", "R-AT2")
    return sheet.percent(f"attainment, {_name(row)}", row["met"], row["judged"], source, unit="targets met / targets judged")


def _attainment_if_counted(sheet: Sheet, row: Row) -> Figure:
    key = {"kind": row["kind"], "severity": row["severity"]}
    judged = JUDGED.replace("status", IF_COUNTED, 1)
    column = f"count(*) filter ({IF_COUNTED} = 'met')/count(*) filter ({judged})"
    source = Source("incident_targets", key, column, "R-DI1")
    label = f"attainment if disputes count, {_name(row)}"
    return sheet.percent(label, row["met_if_counted"], row["judged_if_counted"], source, unit="targets met / targets judged")


def _share(sheet: Sheet, line: Row) -> View:
    """Return a promised share of incidents in time: what was achieved, and whether the low-volume rule decided."""
    name = f"{line['service_name']}, {line['measure_id']}"
    return {
        "name": line["service_name"],
        "measure": line["measure_id"],
        "contract": line["contract_version_id"],
        "comparator": words()["comparators"].get(line["comparator"], ""),
        "target": sheet.level(f"target, {name}", line["target"], row_source("sla_results", line, "target", "R-AT2")),
        "achieved": level_value(sheet, "achieved", line),
        "judged": sheet.count(
            f"incidents judged, {name}", _whole(line["value_den"]), row_source("sla_results", line, "value_den", "R-AT2")
        ),
        "verdict": verdict_of(line),
        "wording": line["wording"],
        "notes": flag_words([flag for flag in line["flags"] if flag == "LOW_VOLUME"]),
    }


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _line(sheet: Sheet, row: Row) -> View:
    """Return one target that a reader should look at, with its verdict in words."""
    name = f"{_incident(row)} {row['service_name']}, {_name(row)}, {row['contract_version_id']} {row['measure_id']}"
    key = {"target_id": row["target_id"]}

    def length(label: str, column: str, value: int, rule_id: str) -> Figure:
        source = Source("incident_targets", key, column, rule_id, row["contract_version_id"])
        return sheet.duration(f"{label}, {name}", value, source)

    due = Source("incident_targets", key, "due_at", "R-CL3", row["contract_version_id"])
    return {
        "incident": _incident(row),
        "service": row["service_name"],
        "contract": row["contract_version_id"],
        "clock": words()["clocks"][row["kind"]]["word"],
        "severity": row["severity"],
        "due": sheet.instant(f"due, {name}", row["due_at"], row["timezone"], due),
        "elapsed": length("counted time", "elapsed_us", row["elapsed_us"], "R-CL3"),
        "target": length("target", "target_us", row["target_us"], "R-CL3"),
        "paused": length("in pauses", "paused_us", row["paused_us"], "R-PA1") if row["paused_us"] else None,
        "closed": length("outside service hours", "closed_us", row["closed_us"], "R-BH1") if row["closed_us"] else None,
        "verdict": verdict("met_pending" if "MET_ONLY_BY_DISPUTE" in row["flags"] else row["status"]),
        "told": _told(row, length),
        "near": _near(sheet, row, name) if row["change_us"] is not None else None,
        "if_counted": verdict(row["status_if_counted"]) if row["status_if_counted"] not in (None, row["status"]) else None,
        "rule": row["decided_by"],
    }


def _incident(row: Row) -> str:
    return str(row["incident_id"] if row["ticket_key"] == "-" else row["ticket_key"])


def _told(row: Row, length: Callable[[str, str, int, str], Figure]) -> list[Any]:
    """Return the verdict in plain words: how late, or how much time is left."""
    clock = words()["clocks"][row["kind"]]
    match row["status"]:
        case "breached":
            return [f"{clock['done']} ", length("time over target", "over_us", row["over_us"], "R-CL3"), " late"]
        case "breached_open":
            return [f"not yet {clock['done']}, ", length("time over target", "over_us", row["over_us"], "R-CL3"), " late so far"]
        case "running":
            left = row["target_us"] - row["elapsed_us"]
            return [f"not yet {clock['done']}, ", length("time left", "target_us - elapsed_us", left, "R-OP1"), " left"]
    return [f"{clock['done']} in time"]


def _near(sheet: Sheet, row: Row, name: str) -> View:
    key = {"subject_kind": "incident_target", "subject_id": row["target_id"], "change_kind": row["change_kind"]}
    change = words()["change_kinds"][row["change_kind"]]
    source = Source("verdict_sensitivity", key, "change_us", "K6", row["contract_version_id"])
    return {"change": change, "by": sheet.duration(f"{change}, {name}", row["change_us"], source, row["change_us"] - 1)}


def _loss(sheet: Sheet, row: Row) -> View:
    """Return where the time of one service's missed clock went."""
    key = {"service_id": row["service_id"], "kind": row["kind"]}
    clock = words()["clocks"][row["kind"]]["word"]
    name = f"{row['service_name']}, {clock}"

    def total(label: str, column: str, rule_id: str) -> Figure:
        return sheet.duration(f"{label}, {name}", row[column], Source("incident_targets", key, f"sum({column})::bigint", rule_id))

    missed = Source("incident_targets", key, "count(*) filter (status in ('breached', 'breached_open'))", "R-AT2")
    return {
        "name": row["service_name"],
        "clock": clock,
        "missed": sheet.count(f"targets missed, {name}", row["missed"], missed),
        "over": total("time over target", "over_us", "R-CL3"),
        "paused": total("time in pauses", "paused_us", "R-PA1"),
        "closed": total("time outside service hours", "closed_us", "R-BH1"),
    }


def target_plot(draft: Draft, sheet: Sheet, counts: Sequence[Row]) -> Chart | None:
    """Return a dot per target, its place the share of the target that was used, a lane a clock and severity; None without one.

    With very many the dots are those that used most.
    """
    dots = draft.engine.rows(DOTS)
    lanes = [row for row in counts if any(_lane_of(dot) == _lane_of(row) for dot in dots)]
    if not dots:
        return None
    axis = _share_axis(dots)
    order = [_lane_of(row) for row in lanes]
    marks: list[Mark] = [Path(((100.0, -0.5), (100.0, len(lanes) - 0.51)), "ink", width=2)]
    for number, own in enumerate(order):
        marks += _dots([dot for dot in dots if _lane_of(dot) == own], number, axis)
    missed = sum(row["breached"] + row["breached_open"] for row in counts)
    listed = sum(row["listed"] - row["unjudged"] for row in counts)
    finding = f"{missed} of {listed} targets were missed" + (f": {_worst(counts)}." if missed else ".")
    drawn = "" if listed <= len(dots) else f" Of {listed:,} targets the {len(dots)} that used most are drawn."
    subtitle = f"One mark a target: counted time as a share of what the contract allows; right of the line is late.{drawn}"
    shown = tuple(Lane(_titled(_name(row)), _attainment(sheet, row), words()["none_judged"]) for row in lanes)
    return Chart("response-targets", "How much of each target was used?", finding, axis, shown, tuple(marks), subtitle, 34, 130)


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _lane_of(row: Row) -> tuple[str, str]:
    return row["kind"], row["severity"]


def _worst(counts: Sequence[Row]) -> str:
    missed = [(row["breached"] + row["breached_open"], _name(row)) for row in counts if row["breached"] + row["breached_open"]]
    return "; ".join(f"{name} {number}" for number, name in sorted(missed, key=lambda one: (-one[0], one[1])))


def _used(dot: Row) -> float:
    return float(100 * dot["elapsed_us"] / dot["target_us"])


def _share_axis(dots: Sequence[Row]) -> Axis:
    """Return decades from 1 % to what holds the largest share, with ticks between where they help."""
    highest = max(_used(dot) for dot in dots)
    top = next((place for place in (200.0, 1000.0, 10_000.0, 100_000.0) if highest <= place), 1_000_000.0)
    places = [place for place in (1.0, 10.0, 50.0, 100.0, 200.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0) if place <= top]
    ticks = tuple((place, f"{'≤ ' if place == 1 else ''}{place:,.0f} %") for place in places)
    return Axis("log", 1.0, top, ticks, "share of the target used, log scale")


def _dots(dots: Sequence[Row], number: int, axis: Axis) -> list[Mark]:
    """Return the marks of one lane, spread where they would lie on each other."""
    marks: list[Mark] = []
    for place, dot in enumerate(sorted(dots, key=lambda dot: (dot["elapsed_us"] / dot["target_us"], _incident(dot)))):
        shown = verdict(dot["status"])
        said = f"{_incident(dot)}: {share_words(dot['elapsed_us'], dot['target_us'])} of {duration_words(dot['target_us'])}, {shown.word}"
        y = number + SPREAD[place % len(SPREAD)] * 0.13
        marks.append(Dot(max(_used(dot), axis.low), y, shown.shape, shown.tone, said))  # type: ignore[arg-type]
    return marks
