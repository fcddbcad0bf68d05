"""Section 8: can the figures be trusted? Rows in and out, gates, discrepancies, pairs in review, the vendor's durations against ours."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from tasks.model.durations import duration_words
from tasks.model.instants import exact_instant
from tasks.model.proportion import wilson
from tasks.publish.charts import Axis, Chart, Dot, Mark, Note, Path, nice_steps
from tasks.publish.detections import detectors
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.noise import alert_noise
from tasks.publish.numbers import Figure, Sheet, Source, row_source, signed_duration_words
from tasks.publish.words import plain_words, verdict, words

SECTION = "8 Reconciliation"
MOST_PAIRS = 20
MOST_OUTSIDE = 12
UNKNOWN_ORDER = "records desc, name, source_system, discrepancy_id"
PLANE_PX = (680, 280)  # of the still picture, about
SIDES = ((13, -4), (13, 14), (-13, -4), (-13, 14), (0, -12), (0, 22))  # px from a mark to its number
MINUTE_US = 60_000_000
TENTH = Decimal("0.1")
AUTOMATIC = "(features ->> '$.automatic_match')"  # of a pair that a person decided: what would stand without them
REVIEWED = {"decided_by": "person", AUTOMATIC: ["0", "1"]}
LANDED = ("left_out", "read", "accepted", "quarantined", "duplicates", "dropped", "superseded")
PLACED = ("matched", "orphaned", "unexplained")
ANSWERED = (
    ("agreed", "agreed to"),
    ("contested", "contested"),
    ("partly_contested", "contested in part"),
    ("decided", "contested and decided"),
    ("unanswered", "not answered"),
)
POSITIONS = (("ours", "if ours holds"), ("theirs", "if the vendor's holds"), ("agreed", "on agreed time only"))
MATCHABLE = ("ticket", "alert", "vendor_record")  # 4.1: only these are matched to incidents


def reconciliation(draft: Draft) -> View:
    """Return the view of section 8."""
    sheet = draft.book.sheet(SECTION)
    differences = draft.rows("published.vendor_differences", "incident_id, raw_id")
    return {
        "balance": [_balance(sheet, row) for row in draft.rows("published.row_balance", "source_system, source_id, entity")],
        "findings": [_finding(sheet, row) for row in _findings(draft)],
        **_gates(draft, sheet),
        "discrepancies": [_discrepancy(sheet, row) for row in draft.rows("published.discrepancy_ages", "is_for_review desc, type")],
        "unknown_names": [_unknown_name(sheet, row) for row in draft.rows("published.unknown_names", UNKNOWN_ORDER)],
        "orphans": [_orphan(sheet, row) for row in draft.rows("published.orphan_alerts", "is_true")],
        "noise": alert_noise(draft, sheet),
        **_review(draft, sheet),
        "reviewed": _reviewed(draft, sheet),
        "chart": difference_chart(draft, differences),
        "outside": [outside_row(sheet, number, row) for number, row in enumerate(beyond_tolerance(differences), 1)],
        "agreement": _agreement(draft, sheet),
        "sides": [_sides(sheet, row) for row in draft.rows("published.two_sides", "provider_id, currency nulls last")],
        "answers": [_answers(draft, sheet, row) for row in draft.rows("published.reply_answers", "provider_id")],
        "stale_answers": _stale_answers(draft, sheet),
        "detectors": detectors(draft, sheet),
    }


def _balance(sheet: Sheet, row: Row) -> View:
    name = f"{row['source_id']}, {plain_words(row['entity'])}"
    fates = LANDED + (PLACED if row["entity"] in MATCHABLE else ())
    counts = {fate: sheet.count(f"rows {fate}, {name}", row[fate], row_source("row_balance", row, fate, "DQ-09")) for fate in fates}
    return {"source": row["source_id"], "system": row["source_system"], "entity": plain_words(row["entity"]), "counts": counts}


def _findings(draft: Draft) -> list[Row]:
    """Return what was wrong with rows: those set aside first, then those kept."""
    rank = list(words()["findings"])
    rows = draft.rows("published.set_aside", "source_system, entity, issues")
    return sorted(rows, key=lambda row: rank.index(row["action"]))


def _finding(sheet: Sheet, row: Row) -> View:
    """Return one kind of finding; its number is exact over `quarantine` or `issues` of the pack."""
    name = " and ".join(words()["issues"].get(issue, plain_words(issue)) for issue in row["issues"])
    own = {"source_system": row["source_system"], "entity": row["entity"]}
    if row["action"] == "quarantined":
        alike = ", ".join(f"'{issue}'" for issue in row["issues"])
        source = Source("quarantine", own, f"count(*) filter (issues = [{alike}])", row["rule_ids"][0])
    else:
        source = Source("issues", own | {"action": row["action"], "issue": row["issues"][0]}, "count(distinct raw_id)", row["rule_ids"][0])
    done = words()["findings"][row["action"]]
    return {
        "source": row["source_system"],
        "entity": plain_words(row["entity"]),
        "words": name,
        "rules": row["rule_ids"],
        "done": done,
        "rows": sheet.count(f"rows {done}, {row['source_system']}, {plain_words(row['entity'])}: {name}", row["found"], source),
        "place": f"{row['first_file']}:{row['first_row']}",
    }


def _gates(draft: Draft, sheet: Sheet) -> View:
    """Return every rule with its verdicts, and under it each place where a row failed."""
    rows = draft.rows("published.data_quality", "rule_id, source_system, entity, scope_id")
    verdicts = grouped(rows, "rule_id")
    rules = [rule for rule in draft.rows("published.gate_rules", "place") if rule["rule_id"] in verdicts]
    clean = Source("data_quality", {"verdict": "pass", "failed": 0}, "count(*)", "DOMAIN 4.5")
    return {
        "rules": [_rule(sheet, rule, verdicts[rule["rule_id"]]) for rule in rules],
        "gates_clean": sheet.count("gate checks without a failing row", sum(map(_is_clean, rows)), clean),
        "gates_run": len(rows),
    }


def _is_clean(row: Row) -> bool:
    return row["verdict"] == "pass" and row["failed"] == 0


def _rule(sheet: Sheet, rule: Row, rows: Sequence[Row]) -> View:
    rule_id = rule["rule_id"]
    rank = list(words()["verdicts"])
    worst = min((row["verdict"] for row in rows), key=rank.index)
    checks = Source("data_quality", {"rule_id": rule_id}, "count(*)", rule_id)
    return {
        "rule": rule_id,
        "words": rule["words"],
        "file": rule["file"],
        "limit": rows[0]["limit_value"],
        "verdict": verdict(worst, "verdicts"),
        "checks": sheet.count(f"checks by {rule_id}", len(rows), checks),
        "failing": [_gate(sheet, row) for row in rows if not _is_clean(row)],
    }


def _gate(sheet: Sheet, row: Row) -> View:
    label = f"{row['rule_id']}, {row['source_system']}, {plain_words(row['entity'])}, {row['scope_id']}"
    return {
        "where": " · ".join(part for part in (row["source_system"], plain_words(row["entity"]), row["scope_id"]) if part != "-"),
        "first": [name for name in row["observed"].partition(": ")[2].split(", ") if name],
        "observed": sheet.told(f"observed, {label}", row["observed"], row_source("data_quality", row, "observed", row["rule_id"])),
        "verdict": verdict("within" if row["verdict"] == "pass" else row["verdict"], "verdicts"),
        "affected": row["affected"],
    }


def _of_period(row: Row) -> str:
    """Return the condition by which a discrepancy belongs to the period: its incident touches it, or it has none (discrepancy_ages.sql)."""
    start, end = exact_instant(row["period_start_at"]), exact_instant(row["period_end_at"])
    touching = f"select incident_id from incidents where occurred_at < '{end}' and coalesce(restored_at, as_of) >= '{start}'"
    return f"incident_id is null or incident_id in ({touching})"


def _discrepancy(sheet: Sheet, row: Row) -> View:
    """Return one type with the number found in the period, open by age, and found in other months."""
    week, month = exact_instant(row["week_ago"]), exact_instant(row["month_ago"])
    here = f"count(*) filter ({_of_period(row)})"
    ages: dict[str, tuple[str, Any, str]] = {
        "open_week": ("open for at most 7 days", {"state": "open", "opened_at": {"from": week}}, here),
        "open_month": ("open for 8 to 30 days", {"state": "open", "opened_at": {"from": month, "before": week}}, here),
        "open_older": ("open for longer than 30 days", {"state": "open", "opened_at": {"before": month}}, here),
        "found": ("found", {}, here),
        "elsewhere": ("in other months", {}, f"count(*) filter (not ({_of_period(row)}))"),
    }
    own: dict[str, Any] = {"type": row["type"]}
    if row["type"] == "OUTAGE_NOT_OBSERVED":
        own["coalesce(severity in ('P1', 'P2'), false)"] = row["is_for_review"]
    name = plain_words(row["type"]) + ("" if row["is_for_review"] else ", minor")
    counts = {
        column: sheet.count(f"{name}, {label}", row[column], Source("discrepancies", own | key, selected, row["rule_id"]))
        for column, (label, key, selected) in ages.items()
    }
    told = row["type"] if row["is_for_review"] else f"{row['type']}_MINOR"
    return {"type": name, "words": words()["discrepancies"].get(told, ""), "rule": row["rule_id"], "counts": counts}


def _unknown_name(sheet: Sheet, row: Row) -> View:
    """Return a name that the catalogue did not know, with how many records use it; the discrepancy keeps that number in words."""
    records = "regexp_extract(expected, '\\(records: (\\d+)\\)$', 1)::bigint"
    label = f"records with unknown name {row['name']}, {row['source_system']}"
    return {
        "name": row["name"],
        "source": row["source_system"],
        "field": row["field"],
        "records": sheet.count(label, row["records"], row_source("discrepancies", row, records, "RC-D10")),
        "names": row["names"],
    }


def _orphan(sheet: Sheet, row: Row) -> View:
    """Return why some alerts of the period belong to no incident, how many and how long."""
    span = {"from": exact_instant(row["period_start_at"]), "before": exact_instant(row["period_end_at"])}
    key = {"incident_id": None, "(true_positives > 0)": row["is_true"], "start_at": span}
    name = words()["orphans"][row["is_true"]]
    length = "coalesce(sum(epoch_us(end_at) - epoch_us(start_at)), 0)::bigint"
    return {
        "words": name,
        "alerts": sheet.count(f"alerts {name}", row["alerts"], Source("alert_episodes", key, "sum(alerts)::bigint", "RC-D7")),
        "length": sheet.duration(f"time of alerts {name}", row["length_us"], Source("alert_episodes", key, length, "RC-D7")),
    }


def _review(draft: Draft, sheet: Sheet) -> View:
    """Return the pairs that wait for a person, those that would add most downtime first."""
    order = "effect_down_us desc nulls last, score desc, left_raw_id, right_raw_id"
    every = draft.rows("published.review_pairs", order)
    pairs = [row for row in every if row["is_of_period"]]
    waiting = Source("match_decisions", {"decision": "review"}, "count(*)", "RC-M1")
    return {
        "pairs": [_pair(sheet, row) for row in pairs[:MOST_PAIRS]],
        "pairs_left": len(pairs) > MOST_PAIRS,
        "pairs_waiting": sheet.count("pairs in review", len(every), waiting),
    }


def _reviewed(draft: Draft, sheet: Sheet) -> View | None:
    """Return how often matching alone was right on the pairs that people decided (4.1 step 6), None if there are none."""
    (row,) = draft.rows("published.reviewed_pairs", "pairs")
    if not row["pairs"]:
        return None
    (policy,) = draft.engine.rows("select wilson_z from run.policy")
    asked = {"precision": (row["matched"], f"{AUTOMATIC} = '1'"), "recall": (row["same"], "decision = 'match'")}
    return {
        "pairs": sheet.count("pairs decided by people", row["pairs"], Source("match_decisions", REVIEWED, "count(*)", "RC-M1")),
        **{
            name: _hits(sheet, f"{name} of automatic matches", row["matched_same"], whole, base, policy["wilson_z"]) if whole else None
            for name, (whole, base) in asked.items()
        },
    }


def _hits(sheet: Sheet, label: str, hits: int, whole: int, base: str, z: Decimal) -> View:
    """Return a share of reviewed pairs, its bounds and of how many it is; `base` says which they are."""
    share = f"count(*) filter ({AUTOMATIC} = '1' and decision = 'match')/count(*) filter ({base})"
    source = Source("match_decisions", REVIEWED, share, "RC-M1")
    return {
        "share": sheet.percent(label, hits, whole, source),
        "bounds": sheet.quoted(f"{label}, bounds", _bounds(hits, whole, z), f"{hits}/{whole}", source),
        "pairs": sheet.count(f"{label}, pairs", whole, Source("match_decisions", REVIEWED, f"count(*) filter ({base})", "RC-M1")),
    }


def _bounds(hits: int, whole: int, z: Decimal) -> str:
    """Return Wilson bounds in percent, outward to a tenth."""
    low, high = wilson(hits, whole, z)
    return f"{(100 * low).quantize(TENTH, ROUND_FLOOR)} % to {(100 * high).quantize(TENTH, ROUND_CEILING)} %"


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


def _agreement(draft: Draft, sheet: Sheet) -> View:
    """Return how many durations of the period lie beyond tolerance, as discrepancies have them."""
    found = {row["type"]: row for row in draft.rows("published.discrepancy_ages", "type")}
    context = draft.engine.rows("select period_start_at, period_end_at from run.context")[0]

    def counted(kind: str, label: str) -> Figure:
        source = Source("discrepancies", {"type": kind}, f"count(*) filter ({_of_period(context)})", "RC-D3")
        return sheet.count(label, found[kind]["found"] if kind in found else 0, source)

    return {
        "understated": counted("DURATION_UNDERSTATED", "vendor durations understated beyond tolerance"),
        "overstated": counted("DURATION_OVERSTATED", "vendor durations overstated beyond tolerance"),
    }


def _sides(sheet: Sheet, row: Row) -> View:
    """Return who called how much time down, and what the credit would be by either side's word; a result counts once."""
    key = {"provider_id": row["provider_id"], "currency": row["currency"]}
    label = f"{row['provider_id']}, {row['currency'] or 'without an amount'}"

    def length(name: str, words_: str, condition: str) -> Figure:
        column = f"coalesce(sum(length_us) filter ({condition}), 0)::bigint"
        return sheet.duration(f"{words_}, {label}", row[name], Source("dispute_sheet", key, column, "K4"))

    def credit(position: str, words_: str) -> Figure:
        of_results = f"list_distinct(list(struct_pack(result := result_id, amount := payable_{position})))"
        column = f"list_sum(list_transform({of_results}, lambda one: one.amount))::decimal(18, 4)"
        source = Source("dispute_sheet", key, column, "K4")
        return sheet.money(f"credit {words_}, {label}", row[f"payable_{position}"], row["currency"], source)

    return {
        "provider": row["provider_id"],
        "currency": row["currency"],
        "agreed": length("agreed_us", "both call it down", "agreement = 'agreed'"),
        "ours_only": length("ours_only_us", "only we call it down", "agreement = 'ours_only'"),
        "theirs_only": length("theirs_only_us", "only the vendor calls it down", "agreement = 'theirs_only'"),
        "unspoken": length("unspoken_us", "the vendor's feed says nothing", "theirs = 'unknown'") if row["unspoken_us"] else None,
        "credits": [credit(*position) for position in POSITIONS] if row["currency"] else None,
    }


def _answers(draft: Draft, sheet: Sheet, row: Row) -> View:
    """Return what a vendor answered to the spans of its sheet; its reply sheet lies beside the page unless this is a preview."""
    key = {"provider_id": row["provider_id"]}
    conditions = {column: "is null" if column == "unanswered" else f"= '{column}'" for column, _ in ANSWERED}

    def spans(column: str, words_: str) -> Figure:
        source = Source("dispute_sheet", key, f"count(*) filter (answer {conditions[column]})", "K4")
        return sheet.count(f"spans {words_}, {row['provider_id']}", row[column], source)

    return {
        "provider": row["provider_id"],
        "spans": sheet.count(f"spans asked about, {row['provider_id']}", row["spans"], Source("dispute_sheet", key, "count(*)", "K4")),
        "counts": [spans(*answer) for answer in ANSWERED],
        "file": None if draft.run.is_preview else f"reply/{row['provider_id']}",
    }


def _stale_answers(draft: Draft, sheet: Sheet) -> Figure | None:
    """Return how many contested spans stand on no row of a sheet any more; None if none does."""
    ((stale,),) = draft.engine.execute("from published.stale_answers").fetchall()
    unknown = "starts_with(dispute_id, 'P-') and state = 'open' and dispute_id not in (select position_id from dispute_sheet)"
    source = Source("dispute_effects", {}, f"count(distinct dispute_id) filter ({unknown})", "K4")
    return sheet.count("contested spans that are on no reply sheet any more", stale, source) if stale else None


def beyond_tolerance(differences: Sequence[Row]) -> list[Row]:
    """Return the durations beyond tolerance that a picture and its list can hold, in the order of their numbers."""
    outside = sorted((row for row in differences if not row["is_within"]), key=lambda row: (-abs(row["delta_us"]), row["raw_id"]))
    return outside[:MOST_OUTSIDE]


def outside_row(sheet: Sheet, number: int, row: Row) -> View:
    """Return what is told of a duration beyond tolerance, beside the number of its mark."""
    kind = "DURATION_UNDERSTATED" if row["delta_us"] < 0 else "DURATION_OVERSTATED"
    key = {"type": kind, "incident_id": row["incident_id"], "raw_ids[1]": row["raw_id"]}
    label = f"{row['vendor_key']} of {row['provider_id']}"
    length = Source("incidents", {"incident_id": row["incident_id"]}, "epoch_us(restored_at) - epoch_us(occurred_at)", "RC-D3")
    return {
        "number": number,
        "record": row["vendor_key"],
        "provider": row["provider_id"],
        "incident": row["ticket_key"] or row["incident_id"],
        "ours": sheet.duration(f"reconciled duration beside {label}", row["ours_us"], length),
        "delta": sheet.difference(f"difference of {label}", row["delta_us"], Source("discrepancies", key, "delta_us", "RC-D3")),
    }


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
    outside = [row for row in differences if not row["is_within"]]
    marks += _numbers(beyond_tolerance(differences), longest, highest - lowest)
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


def _numbers(rows: Sequence[Row], width: float, height: float) -> list[Mark]:
    """Return the numbers by which the list below names the marks, each beside its mark where no other number stands."""
    taken: list[tuple[float, float]] = []
    notes: list[Mark] = []
    for number, row in enumerate(rows, 1):
        x, y = row["ours_us"] / MINUTE_US, row["delta_us"] / MINUTE_US
        across, down = x / width * PLANE_PX[0], -y / height * PLANE_PX[1]
        free = (side for side in SIDES if all(_is_clear(across + side[0], down + side[1], other) for other in taken))
        shift = next(free, SIDES[0])
        taken.append((across + shift[0], down + shift[1]))
        notes.append(Note(x, y, str(number), "bad", "middle", shift))
    return notes


def _is_clear(x: float, y: float, other: tuple[float, float]) -> bool:
    return abs(x - other[0]) > 14 or abs(y - other[1]) > 14


def _leaning(outside: Sequence[Row]) -> str:
    shorter = sum(row["delta_us"] < 0 for row in outside)
    return f"{shorter} are shorter than ours beyond it, {len(outside) - shorter} longer"
