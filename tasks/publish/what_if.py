"""What-if: a contract's months under other terms, as tables and one page, into `published/what-if/<from>_<to>/<id>/` (K7).

It is no pack: it has no manifest, nobody signs it, no list shows it and no LATEST moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.model.durations import duration_words
from tasks.model.identity import canonical_json, sha256_file
from tasks.model.instants import exact_instant
from tasks.model.money import money_words
from tasks.model.run import Run
from tasks.publish.draft import View
from tasks.publish.manifest import code, page_entry, versions
from tasks.publish.numbers import UNKNOWN, percent_words, plain
from tasks.publish.page import both_zones, content_policy, front_environment
from tasks.publish.tables import write_table
from tasks.publish.words import SHORTFALL, period_words, verdict, words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.other_terms import OtherTerms
from tasks.store.packs import PackFolder, publishing

PAGE, CARD, TERMS = "what-if.html", "what-if.json", "other-terms.yml"
MOST_ROWS = 200
Row = Mapping[str, Any]
LEVELS = """
    select pair.period, pair.service_id, pair.measure_id, before, after
    from measured.replay__pairs as pair
    left join run.base_sla_results as before on pair.before_id = before.result_id
    left join measured.sla_results as after on pair.after_id = after.result_id
    where pair.subject_kind = 'sla_result'
    order by pair.period, pair.service_id, pair.measure_id, coalesce(before.scope, after.scope), coalesce(before.start_at, after.start_at)
"""
TARGETS = """
    with before as (
        from run.base_incident_targets qualify row_number() over (partition by target_id order by period desc) = 1
    ), after as (
        from measured.incident_targets qualify row_number() over (partition by target_id order by period desc) = 1
    )
    select pair.period, pair.service_id, pair.measure_id, incident.title, before, after
    from measured.replay__pairs as pair
    left join before on pair.before_id = before.target_id
    left join after on pair.after_id = after.target_id
    left join reconciled.incidents as incident on coalesce(before.incident_id, after.incident_id) = incident.incident_id
    where
        pair.subject_kind = 'incident_target'
        and (before.status is distinct from after.status or before.over_us is distinct from after.over_us)
    order by coalesce(before.started_at, after.started_at), coalesce(before.target_id, after.target_id)
"""


OWED = """
    select
        pair.period,
        credit.currency,
        sum(coalesce(credit.payable_before, 0)) as before,
        sum(coalesce(credit.payable_after, 0)) as after,
        count(*) filter (where pair.before_id is not null and credit.payable_before is null) as unknown_before,
        count(*) filter (where pair.after_id is not null and credit.payable_after is null) as unknown_after
    from measured.replay__pairs as pair
    inner join measured.what_if as credit
        on pair.subject_kind = credit.subject_kind and coalesce(pair.before_id, pair.after_id) = credit.subject_id
    where pair.subject_kind = 'credit' and credit.currency is not null
    group by pair.period, credit.currency
    order by pair.period, credit.currency
"""


@dataclass(frozen=True)
class WhatIf:
    """A finished what-if.

    `rows` are those of table what_if, `owed` the sums by month and currency, `quiet` the months of which nothing is on record.
    """

    folder: PackFolder
    run: Run
    other: OtherTerms
    rows: Sequence[Row]
    levels: Sequence[Row]
    owed: Sequence[Row]
    quiet: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        return {
            "what_if_id": self.run.run_id,
            "folder": str(self.folder.root),
            "page": str(self.folder.page(PAGE)),
            "contract_id": self.other.contract_id,
            "other_sha256": self.other.sha256,
            "months_without_data": list(self.quiet),
            "findings": [finding.as_dict() for finding in self.other.findings],
            "owed": list(self.owed),
            "levels": [_level_data(row) for row in self.levels],
            "what_if": list(self.rows),
        }

    def in_words(self) -> str:
        """Return it as some lines: verdicts and money by month, the levels that differ, and where the page is."""
        first, last = self.run.period.split("_")
        months = sorted({row["period"] for row in self.rows})
        lines = [
            f"{self.other.contract_id} as {self.other.baseline_version_id} and as {self.other.file_name} says, {first} to {last}",
            *(f"{month}: {_month_words(month, self.rows, self.owed)}" for month in months),
            *(f"{month}: no data, nothing is on record before it ended" for month in self.quiet),
            *([] if months or self.quiet else ["the contract judges nothing in these months"]),
            *(f"  {_difference(row)}" for row in self.levels if _status(row["before"]) != _status(row["after"])),
            *(str(finding) for finding in self.other.findings if finding.level == "warning"),
            f"Page: {self.folder.page(PAGE)}",
        ]
        return "\n".join(lines)


def publish_what_if(home: Home, run: Run, other: OtherTerms, engine: Engine, quiet: Sequence[str]) -> WhatIf:
    """Write tables, the other terms, page and card, unless they stand already.

    Args:
        home: The home.
        run: The what-if: `period` is `<from>_<to>`, `run_id` its id.
        other: The terms replayed.
        engine: Shows what both terms gave (`run.base_*`, `measured`), `what_if`, its pairs, and the reconciled incidents.
        quiet: Months of which nothing is on record.
    """
    folder = PackFolder(home.pack(run.occasion, run.period, run.run_id))
    rows = engine.rows("from measured.what_if order by contract_id, period, subject_kind, subject_id")
    levels, owed = _sided(engine.rows(LEVELS)), engine.rows(OWED)
    if not folder.page(CARD).is_file():
        with publishing(home, run, CARD) as beside:
            tables = write_table(engine, run, "what_if", beside)
            beside.page(TERMS).write_bytes(other.content)
            html = _page(home, run, other, _sided(engine.rows(TARGETS)), rows, levels, owed, quiet)
            beside.page(PAGE).write_text(html, encoding="utf-8", newline="")
            beside.page(CARD).write_text(canonical_json(_card(run, other, tables, beside, quiet)), encoding="utf-8", newline="")
    return WhatIf(folder, run, other, rows, levels, owed, quiet)


def _sided(rows: Iterable[Row]) -> list[Row]:
    """Return rows of pairs with None for the side that promised nothing: DuckDB gives it as a struct of nulls."""
    return [row | {side: _told(row[side]) for side in ("before", "after")} for row in map(dict, rows)]


def _told(side: Row | None) -> Row | None:
    return side if side and any(value is not None for value in side.values()) else None


def _card(run: Run, other: OtherTerms, tables: Sequence[Row], folder: PackFolder, quiet: Sequence[str]) -> dict[str, Any]:
    """Return what the files are and what they were made from."""
    return {
        "schema": "what-if/1",
        "what_if_id": run.run_id,
        "period": run.period,
        "as_of": exact_instant(run.as_of),
        "is_simulated": run.is_simulated,
        "months_without_data": list(quiet),
        "contract_id": other.contract_id,
        "baseline_version_id": other.baseline_version_id,
        "other_terms": {"path": TERMS, "sha256": sha256_file(folder.page(TERMS)), "content_sha256": other.sha256},
        "tables": [dict(entry) for entry in tables],
        "pages": [page_entry(folder, PAGE)],
        "code": code(),
        "versions": versions(),
    }


# ---- in words


def _month_words(month: str, rows: Sequence[Row], owed: Sequence[Row]) -> str:
    """Return how many levels and targets were missed, and what is owed, before and after."""
    parts = []
    for kind, name in (("sla_result", "levels missed"), ("incident_target", "targets missed")):
        own = [row for row in rows if (row["period"], row["subject_kind"]) == (month, kind)]
        if own:
            parts.append(f"{name} {_missed(own, 'before')} → {_missed(own, 'after')} of {len(own)}")
    parts += [f"owed {_owed_words(row, 'before')} → {_owed_words(row, 'after')}" for row in owed if row["period"] == month]
    return ", ".join(parts)


def _missed(rows: Iterable[Row], side: str) -> int:
    return sum(row[f"status_{side}"] in SHORTFALL for row in rows)


def _owed_words(row: Row, side: str) -> str:
    """Return a sum; not known where a credit in it is not, because its fee is missing."""
    return UNKNOWN if row[f"unknown_{side}"] else money_words(row[side], row["currency"])


def _difference(row: Row) -> str:
    name = f"{row['service_id']} {row['measure_id']} {row['period']}"
    return f"{name}: {_level_words(row['before'])} → {_level_words(row['after'])}"


def _level_words(level: Row | None) -> str:
    if level is None:
        return "not promised"
    achieved = _achieved(level)
    promised = f" where {_promised(level)} was promised" if level["target"] is not None else ""
    return f"{level['wording']}" + (f", {achieved}{promised}" if achieved else "")


def _achieved(level: Row) -> str | None:
    return percent_words(level["value_num"], level["value_den"], level["target"]) if level["value_den"] else None


def _promised(level: Row) -> str:
    return f"{words()['comparators'].get(level['comparator'], '')} {plain(level['target'])} %".strip()


def _status(level: Row | None) -> str | None:
    return level["status"] if level else None


def _level_data(row: Row) -> dict[str, Any]:
    kept = (
        "result_id",
        "scope",
        "status",
        "wording",
        "target",
        "value_num",
        "value_den",
        "value_pct",
        "down_us",
        "excluded_us",
        "allowance_us",
    )
    sides = {side: {name: row[side][name] for name in kept} if row[side] else None for side in ("before", "after")}
    return {name: row[name] for name in ("period", "service_id", "measure_id")} | sides


# ---- the page


def _page(
    home: Home,
    run: Run,
    other: OtherTerms,
    targets: Sequence[Row],
    rows: Sequence[Row],
    levels: Sequence[Row],
    owed: Sequence[Row],
    quiet: Sequence[str],
) -> str:
    first, last = (period_words(month) for month in run.period.split("_"))
    return (
        front_environment()
        .get_template("what-if/page.html.j2")
        .render(
            home=home.name,
            zone=home.display_timezone,
            months=first if first == last else f"{first} to {last}",
            as_of=both_zones(run.as_of, home.display_timezone),
            what_if_id=run.run_id,
            is_simulated=run.is_simulated,
            other=other,
            quiet=[period_words(month) for month in quiet],
            sums=[_sum(month, rows, owed) for month in sorted({row["period"] for row in rows})],
            levels=[_level(row) for row in levels],
            targets=[_target(row) for row in targets[:MOST_ROWS]],
            targets_left=max(len(targets) - MOST_ROWS, 0),
            compared=Counter(row["subject_kind"] for row in rows),
            security=content_policy([]),
        )
    )


def _sum(month: str, rows: Sequence[Row], owed: Sequence[Row]) -> View:
    own = [row for row in rows if row["period"] == month]
    kinds = {kind: [row for row in own if row["subject_kind"] == kind] for kind in ("sla_result", "incident_target")}
    return {
        "period": period_words(month) if month.count("-") == 1 and "Q" not in month else month,
        "missed": {kind: (_missed(found, "before"), _missed(found, "after"), len(found)) for kind, found in kinds.items()},
        "owed": [(_owed_words(row, "before"), _owed_words(row, "after")) for row in owed if row["period"] == month],
    }


def _level(row: Row) -> View:
    before, after = (set(row[side]["incident_ids"]) if row[side] else set() for side in ("before", "after"))
    return {
        "period": row["period"],
        "service": row["service_id"],
        "measure": row["measure_id"],
        "before": _side(row["before"]),
        "after": _side(row["after"]),
        "differs": _status(row["before"]) != _status(row["after"]),
        "only_before": sorted(before - after) if row["after"] else [],
        "only_after": sorted(after - before) if row["before"] else [],
    }


def _side(level: Row | None) -> View | None:
    """Return one column of a level: verdict, value, and where its time went."""
    if level is None:
        return None
    is_timed = level["kind"] == "availability"
    return {
        "verdict": verdict(level["status"]),
        "wording": level["wording"],
        "achieved": _achieved(level),
        "promised": _promised(level) if level["target"] is not None else None,
        "down": duration_words(level["down_us"]) if is_timed else None,
        "excluded": duration_words(level["excluded_us"]) if is_timed and level["excluded_us"] else None,
    }


def _target(row: Row) -> View:
    either = row["before"] or row["after"]
    return {
        "incident": either["incident_id"],
        "ticket": either["ticket_key"],
        "title": row["title"] or "",
        "name": f"{either['service_id']} {either['measure_id']}, {either['severity']}",
        "started": exact_instant(either["started_at"]),
        "before": _clock(row["before"]),
        "after": _clock(row["after"]),
    }


def _clock(target: Row | None) -> View | None:
    if target is None:
        return None
    used = f"{duration_words(target['elapsed_us'])} of {duration_words(target['target_us'])}"
    return {"verdict": verdict(target["status"]), "used": used}
