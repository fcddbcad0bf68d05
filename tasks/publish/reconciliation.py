"""Section 8: can the figures be trusted? Rows in and out, gates, discrepancies, pairs in review, the vendor's durations against ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.model.durations import duration_words
from tasks.publish.charts import Axis, Chart, Dot, Mark, Note, Path, nice_steps
from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Figure, Sheet, Source, exact_instant, row_source, signed_duration_words
from tasks.publish.words import plain_words, verdict, words

SECTION = "8 Reconciliation"
MOST_PAIRS = 20
MINUTE_US = 60_000_000
LANDED = ("read", "accepted", "quarantined", "duplicates", "superseded")
PLACED = ("matched", "orphaned", "unexplained")
MATCHABLE = ("ticket", "alert", "vendor_record")  # 4.1: only these are matched to incidents


def reconciliation(draft: Draft) -> View:
    """Return the view of section 8."""
    sheet = draft.book.sheet(SECTION)
    differences = draft.rows("published.vendor_differences", "incident_id, raw_id")
    return {
        "balance": [_balance(sheet, row) for row in draft.rows("published.row_balance", "source_system, source_id, entity")],
        **_gates(draft, sheet),
        "discrepancies": [_discrepancy(sheet, row) for row in draft.rows("published.discrepancy_ages", "type")],
        **_review(draft, sheet),
        "chart": difference_chart(draft, differences),
        "agreement": _agreement(draft, sheet, differences),
    }


def _balance(sheet: Sheet, row: Row) -> View:
    name = f"{row['source_id']}, {plain_words(row['entity'])}"
    fates = LANDED + (PLACED if row["entity"] in MATCHABLE else ())
    counts = {fate: sheet.count(f"rows {fate}, {name}", row[fate], row_source("row_balance", row, fate, "DQ-09")) for fate in fates}
    return {"source": row["source_id"], "system": row["source_system"], "entity": plain_words(row["entity"]), "counts": counts}


def _gates(draft: Draft, sheet: Sheet) -> View:
    """Return every verdict that is not a pass, and how many passed."""
    rows = draft.rows("published.data_quality", "rule_id, source_system, entity, scope_id")
    rank = list(words()["verdicts"])
    failed = sorted((row for row in rows if row["verdict"] != "pass"), key=lambda row: rank.index(row["verdict"]))
    passed = Source("data_quality", {"verdict": "pass"}, "count(*)", "DOMAIN 4.5")
    return {
        "gates": [_gate(sheet, row) for row in failed],
        "gates_passed": sheet.count("gate checks passed", len(rows) - len(failed), passed),
        "gates_run": len(rows),
    }


def _gate(sheet: Sheet, row: Row) -> View:
    label = f"{row['rule_id']}, {row['source_system']}, {plain_words(row['entity'])}, {row['scope_id']}"
    return {
        "rule": row["rule_id"],
        "where": " · ".join(part for part in (row["source_system"], plain_words(row["entity"]), row["scope_id"]) if part != "-"),
        "checked": sheet.count(f"checked, {label}", row["checked"], row_source("data_quality", row, "checked", row["rule_id"])),
        "failed": sheet.count(f"failed, {label}", row["failed"], row_source("data_quality", row, "failed", row["rule_id"])),
        "limit": row["limit_value"],
        "verdict": verdict(row["verdict"], "verdicts"),
        "affected": row["affected"],
    }


def _discrepancy(sheet: Sheet, row: Row) -> View:
    """Return one type with the number found, settled, and open by age."""
    week, month = exact_instant(row["week_ago"]), exact_instant(row["month_ago"])
    ages: dict[str, tuple[str, Any]] = {
        "open_week": ("open for at most 7 days", {"state": "open", "opened_at": {"from": week}}),
        "open_month": ("open for 8 to 30 days", {"state": "open", "opened_at": {"from": month, "before": week}}),
        "open_older": ("open for longer than 30 days", {"state": "open", "opened_at": {"before": month}}),
        "found": ("found", {}),
    }
    name = plain_words(row["type"])
    counts = {
        column: sheet.count(
            f"{name}, {label}", row[column], Source("discrepancies", {"type": row["type"]} | key, "count(*)", row["rule_id"])
        )
        for column, (label, key) in ages.items()
    }
    return {"type": name, "rule": row["rule_id"], "counts": counts, "is_open": row["open"] > 0}


def _review(draft: Draft, sheet: Sheet) -> View:
    """Return the pairs that wait for a person, those that would add most downtime first."""
    order = "effect_down_us desc nulls last, score desc, left_raw_id, right_raw_id"
    pairs = draft.rows("published.review_pairs", order)
    waiting = Source("match_decisions", {"decision": "review"}, "count(*)", "RC-M1")
    return {
        "pairs": [_pair(sheet, row) for row in pairs[:MOST_PAIRS]],
        "pairs_waiting": sheet.count("pairs in review", len(pairs), waiting),
    }


def _pair(sheet: Sheet, row: Row) -> View:
    names = [
        f"{row[f'{side}_system']} {row[f'{side}_key']}" if row[f"{side}_key"] else row[f"{side}_raw_id"][:12] for side in ("left", "right")
    ]
    label = f"{names[0]} and {names[1]}"
    return {
        "names": names,
        "score": sheet.level(f"score, {label}", row["score"], row_source("match_decisions", row, "score", row["rule"]), "of 1"),
        "effect": sheet.duration(
            f"downtime added if matched, {label}", row["effect_down_us"], row_source("match_decisions", row, "effect_down_us")
        ),
    }


def _agreement(draft: Draft, sheet: Sheet, differences: Sequence[Row]) -> View:
    """Return how many vendor records lie within tolerance: those without a duration discrepancy."""
    kinds = ["DURATION_OVERSTATED", "DURATION_UNDERSTATED"]
    outside = [row for row in differences if not row["is_within"]]
    beyond = draft.engine.rows(
        "select type, count(*) as n from reconciled.discrepancies where type like 'DURATION%' group by type order by type"
    )
    count = {row["type"]: row["n"] for row in beyond}
    return {
        "compared": len(differences),
        "is_outside": bool(outside),
        "understated": _kind(sheet, count, kinds[1], "vendor durations understated beyond tolerance"),
        "overstated": _kind(sheet, count, kinds[0], "vendor durations overstated beyond tolerance"),
    }


def _kind(sheet: Sheet, count: dict[str, int], kind: str, label: str) -> Figure:
    return sheet.count(label, count.get(kind, 0), Source("discrepancies", {"type": kind}, "count(*)", "RC-D3"))


def difference_chart(draft: Draft, differences: Sequence[Row]) -> Chart | None:
    """Return vendor minus reconciled duration against reconciled duration, with the tolerance as a band; None without a pair."""
    if not differences:
        return None
    policy = draft.engine.rows("select duration_abs_us, duration_rel from run.policy")[0]
    longest = max(row["ours_us"] for row in differences) / MINUTE_US * 1.08
    deltas = [row["delta_us"] for row in differences] + [2 * policy["duration_abs_us"], -2 * policy["duration_abs_us"]]
    lowest, highest = min(deltas) / MINUTE_US * 1.12, max(deltas) / MINUTE_US * 1.12
    flat, slope = policy["duration_abs_us"] / MINUTE_US, float(policy["duration_rel"])
    turn = min(flat / slope, longest) if slope else longest
    upper = [(0.0, flat), (turn, flat), (longest, max(flat, longest * slope))]
    band = Path(tuple(upper + [(x, -y) for x, y in reversed(upper)]), "band", is_area=True)
    dots = [_difference_dot(row) for row in differences]
    marks: list[Mark] = [band, *dots, Note(longest, max(flat, longest * slope), "within tolerance", "muted", "end", (-4, 14))]
    outside = sorted((row for row in differences if not row["is_within"]), key=lambda row: (-abs(row["delta_us"]), row["raw_id"]))
    marks += [_difference_note(row, longest) for row in outside[:5]]
    finding = f"{len(differences) - len(outside)} of {len(differences)} vendor durations lie within tolerance; {_leaning(outside)}."
    x = Axis("linear", 0, longest, tuple((step, f"{step:g} min") for step in nice_steps(longest)), "reconciled duration")
    step = nice_steps(highest - lowest)[1]
    rungs = [step * number for number in range(-9, 10) if lowest <= step * number <= highest]
    y = Axis("linear", lowest, highest, tuple((rung, _signed_minutes(rung)) for rung in rungs), "vendor's duration minus ours")
    return Chart("vendor-differences", "Does the vendor report outages as long as we measure them?", finding, x, y, tuple(marks))


def _signed_minutes(minutes: float) -> str:
    return f"{minutes:+g} min".replace("-", "−") if minutes else "0 min"


def _difference_dot(row: Row) -> Dot:
    label = f"{row['vendor_key']}: vendor {duration_words(row['theirs_us'])}, reconciled {duration_words(row['ours_us'])}"
    label += f", difference {signed_duration_words(row['delta_us'])}"
    shape = "dot" if row["is_within"] else "diamond"
    return Dot(row["ours_us"] / MINUTE_US, row["delta_us"] / MINUTE_US, shape, "good" if row["is_within"] else "bad", label)  # type: ignore[arg-type]


def _difference_note(row: Row, longest: float) -> Note:
    x = row["ours_us"] / MINUTE_US
    side = "end" if x > longest * 0.7 else "start"
    return Note(x, row["delta_us"] / MINUTE_US, row["vendor_key"], "bad", side, (-10 if side == "end" else 10, 4))  # type: ignore[arg-type]


def _leaning(outside: Sequence[Row]) -> str:
    shorter = sum(row["delta_us"] < 0 for row in outside)
    return f"{shorter} are shorter than ours beyond it, {len(outside) - shorter} longer"
