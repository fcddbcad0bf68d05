"""Alert noise, a part of section 8: what alerts come down to, which rules cry wolf or flap, who echoes whom, what tuning would do."""

from __future__ import annotations

from tasks.model.instants import exact_instant
from tasks.publish.draft import Draft, Row, View
from tasks.publish.numbers import Figure, Sheet, Source, row_source
from tasks.publish.words import words

WITHOUT_IMPACT = "false_positives + transients"
JUDGED = "alerts - undispositioned"
FUNNEL = {  # column of published.alert_funnel → what it counts of alert_episodes
    "alerts": "coalesce(sum(alerts), 0)::bigint",
    "repetitions": "coalesce(sum(alerts - sessions), 0)::bigint",
    "sessions": "coalesce(sum(sessions), 0)::bigint",
    "echoes": "coalesce(sum(len(component_ids) - 1), 0)::bigint",
    "later_sessions": "coalesce(sum(sessions - len(component_ids)), 0)::bigint",
    "episodes": "count(*)",
    "orphans": "count(*) filter (incident_id is null)",
    "further_episodes": "count(incident_id) - count(distinct incident_id)",
    "incidents": "count(distinct incident_id)",
}
VERDICTS = ("true_positives", "false_positives", "transients", "duplicates", "maintenance", "undispositioned")


def alert_noise(draft: Draft, sheet: Sheet) -> View:
    """Return the view of alert noise; `funnel` and `sums` are empty for a month without alerts."""
    worst = draft.rows("published.noisy_rules", "without_impact desc, flapping_alerts desc, alerts desc, rule_id")
    return {
        "funnel": [step for row in draft.rows("published.alert_funnel", "alerts") for step in _funnel(sheet, row)],
        "layered": [
            _layered(sheet, row) for row in draft.rows("published.layered_episodes", "echoes desc, alerts desc, start_at, episode_id")
        ],
        "sums": [view for row in draft.rows("published.alert_sums", "alerts") for view in _sums(sheet, row)],
        "rules": [_rule(sheet, row) for row in worst],
        "rules_left": any(row["rules"] > len(worst) for row in worst),
        "hints": [_hint(sheet, row) for row in draft.rows("published.tuning_hints", "spared desc, true_positives, rule_id")],
    }


def _funnel(sheet: Sheet, row: Row) -> list[View]:
    """Return the steps from alerts to incidents, what each takes away and what is left."""
    key = {"start_at": {"from": exact_instant(row["period_start_at"]), "before": exact_instant(row["period_end_at"])}}
    steps = words()["alert_funnel"]
    return [
        {
            "words": steps[name],
            "is_left": name in ("alerts", "sessions", "episodes", "incidents"),
            "count": sheet.count(f"alert noise, {steps[name]}", row[name], Source("alert_episodes", key, counted, "4.1")),
        }
        for name, counted in FUNNEL.items()
    ]


def _layered(sheet: Sheet, row: Row) -> View:
    own = {"episode_id": row["episode_id"]}
    label = f"episode {row['episode_id']}"
    return {
        "rule": row["rule_id"],
        "component": row["component_key"],
        "echoed_on": row["echoed_on"],
        "is_cut": row["echoes"] > len(row["echoed_on"]),
        "incident": row["incident_id"],
        "echoes": sheet.count(
            f"components that echo, {label}", row["echoes"], Source("alert_episodes", own, "len(component_ids) - 1", "4.1")
        ),
        "alerts": sheet.count(f"alerts, {label}", row["alerts"], row_source("alert_episodes", row, "alerts", "4.1")),
    }


def _sums(sheet: Sheet, row: Row) -> list[View]:
    """Return how many alerts people called what, in the order of the words; none of a kind is left out."""
    names = words()["dispositions"]
    return [
        {
            "words": names[verdict],
            "count": sheet.count(f"alerts {names[verdict]}", row[verdict], Source("alert_rules", {}, f"sum({verdict})::bigint", "M-06")),
        }
        for verdict in VERDICTS
    ]


def _rule(sheet: Sheet, row: Row) -> View:
    """Return one rule with its counts, its rate of false alarms and the bounds by what nobody judged."""

    def counted(name: str, column: str) -> Figure:
        return sheet.count(f"{name}, rule {row['rule_id']}", row[column], row_source("alert_rules", row, column, "M-06"))

    def share(name: str, numerator: int, column: str, denominator: int, base: str) -> Figure:
        return sheet.percent(
            f"{name}, rule {row['rule_id']}", numerator, denominator, row_source("alert_rules", row, f"{column}/{base}", "M-06")
        )

    wrong, open_ = row["without_impact"], row["undispositioned"]
    return {
        "rule": row["rule_id"],
        "components": row["component_ids"][:3],
        "alerts": counted("alerts", "alerts"),
        "false": counted("false alarms", "false_positives"),
        "transients": counted("alerts without impact", "transients"),
        "undispositioned": counted("alerts nobody judged", "undispositioned"),
        "flapping_sessions": counted("flapping sessions", "flapping_sessions"),
        "flapping_alerts": counted("flapping alerts", "flapping_alerts"),
        "is_few": row["is_few"],
        "rate": share("rate of false alarms", wrong, WITHOUT_IMPACT, row["judged"], JUDGED) if row["is_rate_printed"] else None,
        "low": share("least rate of false alarms", wrong, WITHOUT_IMPACT, row["alerts"], "alerts"),
        "high": share("highest rate of false alarms", wrong + open_, f"{WITHOUT_IMPACT} + undispositioned", row["alerts"], "alerts"),
    }


def _hint(sheet: Sheet, row: Row) -> View:
    """Return the way to tune a rule that would have missed least: what it spares and what it costs."""

    def counted(name: str, column: str) -> Figure:
        return sheet.count(f"{name}, rule {row['rule_id']}, {row['option']}", row[column], row_source("alert_tuning", row, column, "M-06"))

    def lasting(name: str, column: str) -> Figure | None:
        label = f"{name}, rule {row['rule_id']}, {row['option']}"
        return None if row[column] is None else sheet.duration(label, row[column], row_source("alert_tuning", row, column, "M-06"))

    spared = row_source("alert_tuning", row, WITHOUT_IMPACT, "M-06")
    return {
        "rule": row["rule_id"],
        "hold": lasting("hold time tried", "hold_us"),
        "held": lasting("hold time of today", "held_us"),
        "is_few": row["is_few"],
        "n": counted("judged alerts", "n"),
        "spared": sheet.count(f"noise spared, rule {row['rule_id']}, {row['option']}", row["spared"], spared),
        "lost": counted("true alerts not fired", "true_positives"),
        "later": counted("incidents told later", "incidents_later"),
        "missed": counted("incidents nobody tells of", "incidents_missed"),
        "longest": lasting("longest delay", "longest_later_us"),
    }
