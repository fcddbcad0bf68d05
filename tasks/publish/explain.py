"""`sla explain`: what is behind a printed number, an incident or one of its targets, down to the rows of the source files (K3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.durations import duration_words
from tasks.model.errors import LedgerError
from tasks.model.identity import sha256_file
from tasks.model.instants import exact_instant
from tasks.model.money import money_words
from tasks.publish.makers import maker_file, maker_of
from tasks.publish.numbers import Source
from tasks.publish.words import words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PackFolder, Shelved, shelf
from tasks.store.reference import load_reference
from tasks.store.source_rows import source_rows

MOST_LINES = 50
COUNTED = {
    "error_rate": "1 - mean of the intervals' error rates (R-GR6)",
    "request_ratio": "requests that did not fail / requests",
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Proof:
    """The proof of one subject: titled sections of lines, and the rows behind them as data."""

    subject: str
    title: str
    sections: Mapping[str, list[str]]
    data: Mapping[str, Any] = field(repr=False)
    pack: str | None = None

    def in_words(self) -> str:
        """Return the proof as text."""
        blocks = [f"{self.subject}  {self.title}" + (f"\nread from {self.pack}" if self.pack else "")]
        for name, lines in self.sections.items():
            more = [f"… {len(lines) - MOST_LINES} more (--json lists all)"] if len(lines) > MOST_LINES else []
            blocks += ["\n".join([name, *(f"  {line}" for line in [*lines[:MOST_LINES], *more])])] if lines else []
        return "\n\n".join(blocks)

    def as_dict(self) -> dict[str, Any]:
        """Return the proof as data for --json."""
        return {"subject": self.subject, "title": self.title, "pack": self.pack, **self.data}


def explain(home: Home, subject: str) -> Proof:
    """Return the proof of a figure (F-…), an incident (I-…), one of its targets (T-…) or a record by its source's own key.

    Finished packs are asked before previews, then those of the latest as_of, then those of the latest period; the proof names the pack.
    A key that several incidents know is answered with all of them; one that was set aside, with the reason.

    Raises:
        LedgerError: If no published pack knows the subject.
    """
    for pack, manifest in _packs_in_order(home):
        with Engine() as engine:
            _show_pack(engine, pack.folder)
            proof = _proof(home, engine, subject)
            if proof is not None:
                return replace(proof, pack=_pack_words(pack, manifest))
    hint = "in a pack's tables, figures.csv holds figures, incidents.csv incidents with their tickets, incident_members.csv every record"
    known = ["a figure F-…", "an incident I-…", "a target of an incident T-…", "a ticket, alert or report by the key its source gives it"]
    raise LedgerError(f"no published pack knows '{subject}'", where="sla explain", known=known, fix=hint)


def _packs_in_order(home: Home) -> list[tuple[Shelved, Row]]:
    """Return every pack with its manifest in the order in which a subject is looked up; packs alike stay as they stand on the shelf."""
    packs = [(pack, pack.folder.read_manifest()) for pack in shelf(home)]
    return sorted(
        packs,
        key=lambda one: (not one[1]["is_preview"], not one[1].get("vendor_id"), datetime.fromisoformat(one[1]["as_of"]), one[0].period),
        reverse=True,
    )


def _pack_words(pack: Shelved, manifest: Row) -> str:
    kind = ", a preview" if manifest["is_preview"] else ""
    return f"{pack.occasion}/{pack.period}/{pack.path}, as of {manifest['as_of']}{kind}"


def _proof(home: Home, engine: Engine, subject: str) -> Proof | None:
    """Return the proof of a subject from one pack; None if the pack does not know it."""
    if figures := _rows(engine, "figures", {"figure_id": subject}):
        return _figure_proof(home, engine, figures[0])
    if targets := _rows(engine, "incident_targets", {"target_id": subject}):
        return _target_proof(home, engine, targets[0])
    named = _incidents_named(engine, subject)
    if len(named) == 1:
        return _incident_proof(home, engine, named[0])
    if named:
        lines = [_incident_words(incident) for incident in named]
        return Proof(subject, f"{len(named)} incidents; explain one by its id", {"Incidents": lines}, {"incidents": named})
    if aside := _rows(engine, "quarantine", {"source_key": subject}):
        lines = [_aside_words(row) for row in aside]
        return Proof(subject, "set aside: in no incident and in no figure", {"Rows set aside": lines}, {"quarantine": aside})
    return None


def _incidents_named(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return the incidents of that id, of that ticket of record, or with a record of that key."""
    for key in ({"incident_id": name}, {"ticket_key": name}):
        if found := _rows(engine, "incidents", key):
            return found
    members = {row["incident_id"] for row in _rows(engine, "incident_members", {"source_key": name})}
    return _rows(engine, "incidents", {"incident_id": sorted(members)}) if members else []


def _show_pack(engine: Engine, folder: PackFolder) -> None:
    for table in dictionary().tables.values():
        if folder.parquet(table.name).is_file():
            engine.view(f"{table.room}.{table.name}", [folder.parquet(table.name)])
    engine.execute("set search_path = 'published,measured,reconciled,staged'")


def _rows(engine: Engine, table: str, key: Mapping[str, Any]) -> list[dict[str, Any]]:
    room = dictionary().tables[table].room
    return engine.rows(Source(table, key, "*").query() + " order by all") if engine.has(f"{room}.{table}") else []


def _figure_proof(home: Home, engine: Engine, figure: Row) -> Proof:
    key = json.loads(figure["key"])
    rows = _rows(engine, figure["table_name"], key)
    results = _results_behind(engine, figure["table_name"], rows)
    incidents = _incidents_behind(engine, [*rows, *results])
    spans = _spans(engine, [row["result_id"] for row in results])
    steps = _credit_steps(engine, figure["table_name"], rows)
    flips = _flips(engine, [row["result_id"] for row in results])
    raws = _source_rows(home, engine, incidents, spans, rows)
    query = Source(figure["table_name"], key, figure["column_name"]).query()
    sections = {
        "Figure": [
            f"printed {figure['value_printed']}" + (f", exact {figure['value_exact']}" if figure["value_exact"] else ""),
            f"{figure['page']}, {figure['section']}",
            *([f"rule {figure['rule_id']}"] if figure["rule_id"] else []),
            *_contract_words(home, figure["contract_version_id"], rows),
        ],
        "Where it stands": [f"{len(rows)} rows of {figure['table_name']}", query, _maker(figure["table_name"])],
        "How it was worked out": [*map(_formula, results), *steps],
        "What would turn the verdict": [_flip_words(row) for row in flips],
        "Intervals": [_span_words(span) for span in spans],
        "Incidents": [_incident_words(incident) for incident in incidents],
        "Source rows": [_raw_words(raw) for raw in raws],
    }
    data = {
        "figure": figure,
        "query": query,
        "rows": rows,
        "results": results,
        "verdict_sensitivity": flips,
        "intervals": spans,
        "incidents": incidents,
        "source_rows": raws,
    }
    return Proof(figure["figure_id"], figure["label"], sections, data)


def _incident_proof(home: Home, engine: Engine, incident: Row) -> Proof:
    key = {"incident_id": incident["incident_id"]}
    outages = _rows(engine, "outage_intervals", key)
    provenance = _rows(engine, "field_provenance", key)
    discrepancies = _rows(engine, "discrepancies", key)
    targets = _rows(engine, "incident_targets", key)
    clocks = {row["target_id"]: clock_spans(engine, row) for row in targets}
    raws = _source_rows(home, engine, [incident], [], [])
    sections = {
        "Incident": [_incident_words(incident)],
        "Targets": [target_words(row) for row in targets],
        "Clocks": [f"{row['target_id']}  {_span_words(span)}" for row in targets for span in clocks[row["target_id"]]],
        "Outage intervals": [_outage_words(outage) for outage in outages],
        "Which record won": [f"{row['field']}: {row['value']} by {row['rule_id']} ({_short(row['winner_raw_id'])})" for row in provenance],
        "What does not fit": [_discrepancy_words(row) for row in discrepancies],
        "Source rows": [_raw_words(raw) for raw in raws],
    }
    data = {
        "incident": incident,
        "incident_targets": targets,
        "clocks": clocks,
        "outage_intervals": outages,
        "field_provenance": provenance,
        "discrepancies": discrepancies,
        "source_rows": raws,
    }
    return Proof(incident["incident_id"], incident["title"] or "untitled", sections, data)


def _target_proof(home: Home, engine: Engine, target: Row) -> Proof:
    """Return the proof of one incident's target: its clock second by second, when it was used up, and what is owed for it."""
    key = {"target_id": target["target_id"]}
    spans = clock_spans(engine, target)
    thresholds = _rows(engine, "target_thresholds", key)
    incidents = _rows(engine, "incidents", {"incident_id": target["incident_id"]})
    credits_ = [row for row in _rows(engine, "credits", {}) if target["target_id"] in row["target_ids"]]
    steps = _rows(engine, "credit_steps", {"credit_id": [row["credit_id"] for row in credits_]})
    flips = _flips(engine, [target["target_id"]])
    raws = _source_rows(home, engine, incidents, spans, [])
    records = {raw["raw_id"]: f"{raw['source_system']} {raw['source_key']}" for raw in raws}
    sections = {
        "Target": [target_words(target), *_contract_words(home, target["contract_version_id"], [target]), _maker("incident_targets")],
        "Clock": [*(_clock_words(span, records) for span in spans), *_clock_sum(spans)],
        "Share of the target used": [_threshold_words(row) for row in thresholds],
        "Other columns": _other_verdicts(target),
        "What would turn the verdict": [_flip_words(row) for row in flips],
        "Credit": [*map(_credit_words, credits_), *map(_step_words, steps)],
        "Incident": [_incident_words(incident) for incident in incidents],
        "Source rows": [_raw_words(raw) for raw in raws],
    }
    data = {
        "incident_target": target,
        "clock": spans,
        "wall_us": sum(span["length_us"] for span in spans),
        "target_thresholds": thresholds,
        "verdict_sensitivity": flips,
        "credits": credits_,
        "credit_steps": steps,
        "incidents": incidents,
        "source_rows": raws,
    }
    return Proof(target["target_id"], f"{target['kind']} of {target['severity']}, {target['contract_version_id']}", sections, data)


def _flips(engine: Engine, subjects: Sequence[str]) -> list[dict[str, Any]]:
    """Return what would turn the verdicts on results or targets; nothing of what cannot."""
    rows = _rows(engine, "verdict_sensitivity", {"subject_id": sorted(subjects)}) if subjects else []
    return [row for row in rows if row["flipped_status"] is not None]


def _flip_words(row: Row) -> str:
    """Return one change: what would have to be so, by how much, and the verdict then."""
    by = row["change_to"] if row["change_us"] is None else duration_words(row["change_us"], 6 if row["change_us"] % 1_000_000 else 0)
    fragile = ", within the tolerance of sources: fragile" if row["is_fragile"] else ""
    return f"{row['subject_id']} {row['status']}: if {words()['change_kinds'][row['change_kind']]} {by}, {row['flipped_status']}{fragile}"


def _clock_words(span: Row, records: Mapping[str, str]) -> str:
    """Return a span of a clock with the records that say so: a request to the customer, a dispute."""
    named = [records.get(raw_id, _short(raw_id)) for raw_id in span["raw_ids"]]
    return _span_words(span) + (f", by {', '.join(named)}" if named else "")


def _clock_sum(spans: Sequence[Row]) -> list[str]:
    """Return what the spans add up to: each kind, and all of them, which is the time on the wall."""
    if not spans:
        return []
    kinds = {span["counted_as"]: 0 for span in spans}
    for span in spans:
        kinds[span["counted_as"]] += span["length_us"]
    parts = " + ".join(f"{duration_words(length_us)} {kind}" for kind, length_us in kinds.items())
    wall = f"{exact_instant(spans[0]['start_at'])} to {exact_instant(spans[-1]['end_at'])}"
    return [f"{parts} = {duration_words(sum(kinds.values()))} from {wall}"]


def _threshold_words(row: Row) -> str:
    reached = f"at {exact_instant(row['reached_at'])}" if row["reached_at"] else "not reached"
    return f"{row['threshold_pct']} %: {reached}"


def _other_verdicts(target: Row) -> list[str]:
    """Return the verdicts beside the headline: with disputes counted, for a claim, under other readings of the text."""
    columns = {"if disputes count": target["status_if_counted"], "for a claim": target["claim_status"]}
    lines = [f"{name}: {status}" for name, status in columns.items() if status not in (None, target["status"])]
    readings = json.loads(target["readings"]) if target["readings"] else []
    return [*lines, *(f"{one['reading']}: {one['status']}, {duration_words(one['elapsed_us'])}" for one in readings)]


def _credit_words(row: Row) -> str:
    amount = "not known" if row["payable"] is None or row["currency"] is None else money_words(row["payable"], row["currency"])
    return f"{row['credit_id']}  {row['form']}, {row['variant']}/{row['reading']}: payable {amount}"


def _step_words(step: Row) -> str:
    return f"{step['step_no']}. {step['words']}{_step_money(step)}  ({step['rule_id']})"


def clock_spans(engine: Engine, target: Row) -> list[dict[str, Any]]:
    """Return every span of a target's clock: those of the ledger, or the one in which nothing but counting occurs."""
    found = engine.rows("from measured.clock_ledger where subject_id = ? order by start_at", [target["target_id"]])
    if found or target["elapsed_us"] == 0:
        return found
    end_at = target["stopped_at"] or target["started_at"] + timedelta(microseconds=target["elapsed_us"])
    counted = {"counted_as": "counted", "rule_id": "R-CL3", "incident_ids": [target["incident_id"]], "raw_ids": []}
    return [counted | {"start_at": target["started_at"], "end_at": end_at, "length_us": target["elapsed_us"]}]


def target_words(target: Row) -> str:
    """Return a target with what became of it: the clock, the verdict, the time counted and left out, and the rule that decided."""
    name = f"{target['target_id']}  {target['contract_version_id']} {target['measure_id']}, {target['kind']} of {target['severity']}"
    left_out = [f"{duration_words(target[f'{what}_us'])} {what}" for what in ("paused", "closed") if target[f"{what}_us"]]
    counted = ", ".join([f"{duration_words(target['elapsed_us'])} of {duration_words(target['target_us'])}", *left_out])
    due = exact_instant(target["due_at"]) if target["due_at"] else "after the last day that its calendar knows"
    clock = f"from {exact_instant(target['started_at'])} ({target['start_basis']}), due {due}"
    flags = f", {', '.join(target['flags'])}" if target["flags"] else ""
    return f"{name}: {target['status']}, {counted}; {clock} ({target['decided_by']}{flags})"


def _results_behind(engine: Engine, table: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    if table == "sla_results":
        return [dict(row) for row in rows]
    if table == "verdict_sensitivity":
        return _rows(engine, "sla_results", {"result_id": sorted({row["subject_id"] for row in rows})})
    ids = {row[name] for row in rows for name in ("result_id", "sla_result_id") if row.get(name)}
    ids |= {result for row in rows for result in row.get("sla_result_ids") or []}
    if table == "credit_steps":
        lines = _rows(engine, "credits", {"credit_id": sorted({row["credit_id"] for row in rows})})
        ids |= {result for row in lines for result in row["sla_result_ids"]}
    return _rows(engine, "sla_results", {"result_id": sorted(ids)}) if ids else []


def _incidents_behind(engine: Engine, rows: Sequence[Row]) -> list[dict[str, Any]]:
    ids = {row["incident_id"] for row in rows if row.get("incident_id")}
    ids |= {incident for row in rows for incident in row.get("incident_ids") or []}
    return _rows(engine, "incidents", {"incident_id": sorted(ids)}) if ids else []


def _spans(engine: Engine, result_ids: Sequence[str]) -> list[dict[str, Any]]:
    spans = _rows(engine, "clock_ledger", {"subject_id": sorted(result_ids)}) if result_ids else []
    return [span for span in spans if span["counted_as"] != "up"]


def _credit_steps(engine: Engine, table: str, rows: Sequence[Row]) -> list[str]:
    ids = {row["credit_id"] for row in rows if row.get("credit_id")} if table in ("credits", "credit_steps") else set()
    steps = _rows(engine, "credit_steps", {"credit_id": sorted(ids)}) if ids else []
    return [_step_words(step) for step in steps]


def _step_money(step: Row) -> str:
    return "" if step["amount"] is None or step["currency"] is None else f" → {money_words(step['amount'], step['currency'])}"


def _source_rows(home: Home, engine: Engine, incidents: Sequence[Row], spans: Sequence[Row], rows: Sequence[Row]) -> list[dict[str, Any]]:
    members = _rows(engine, "incident_members", {"incident_id": sorted(row["incident_id"] for row in incidents)}) if incidents else []
    raw_ids = {member["raw_id"] for member in members} | {row["raw_id"] for row in rows if row.get("raw_id")}
    raw_ids |= {raw for row in [*spans, *rows] for raw in row.get("raw_ids") or []}
    return source_rows(home, sorted(raw_ids))


def _maker(table: str) -> str:
    file = maker_file(table)
    digest = f", sha256 {sha256_file(file)[:16]}…" if file.is_file() else ""
    return f"made by {maker_of(table)}{digest}"


def _contract_words(home: Home, contract_version_id: str | None, rows: Sequence[Row]) -> list[str]:
    """Return the contract, its measures and the clauses of the text that stand in the reference files today."""
    if contract_version_id is None:
        return []
    named = [f"contract {contract_version_id}"]
    contract = next((one for one in load_reference(home).contracts if one.contract_version_id == contract_version_id), None)
    if contract is None:
        return [*named, "its file is no longer among the reference files; the sealed bundle holds it"]
    for measure_id in sorted({row["measure_id"] for row in rows if row.get("measure_id") in contract.measures}):
        measure = contract.measures[measure_id]
        clauses = {
            "level": measure.clause,
            "credits": None if measure.kind == "waiver" else measure.credits.clause,
            "claims": measure.claims.clause,
        }
        cited = ", ".join(f"{what} {clause}" for what, clause in clauses.items() if clause)
        named.append(f"measure {measure_id}" + (f", clauses: {cited}" if cited else ", no clause is cited"))
    return named


def _formula(result: Row) -> str:
    if result["value_num"] is None:
        is_unproved = result["status"] == "insufficient_evidence"
        why = "no sample says how many requests failed (E120)" if is_unproved else "nothing to measure (R-AV5)"
        return f"{result['result_id']} {result['variant']}/{result['reading']}: {why}, {result['status']}"
    if result["kind"] == "attainment":
        late = result["breached"] + result["breached_open"]
        counts = f"{result['met']} in time, {late} not, {result['running']} still running"
        share = f"{result['value_num']}/{result['value_den']} = {result['value_pct']} %, target {result['target']} %"
        return f"{result['measure_id']} {result['period']} {result['variant']}/{result['reading']}: {counts}; {share}, {result['wording']}"
    name = f"{result['measure_id']} {result['period']} {result['variant']}/{result['reading']}"
    value = f"{result['value_num']}/{result['value_den']} = {result['value_pct']} %"
    if result["kind"] == "waiver":
        waived = result["value_den"] - result["value_num"]
        return f"{name}: {waived} of {result['value_den']} clock hours waived by the provider itself (R-GR7); {value} charged"
    if result["kind"] in COUNTED:
        return f"{name}: {COUNTED[result['kind']]}; {value}, target {result['target']} %, {result['wording']}"
    parts = f"agreed {duration_words(result['agreed_us'])}, excluded {duration_words(result['excluded_us'])}, "
    parts += f"down {duration_words(result['down_us'])}"
    return f"{name}: {parts}; {value}, target {result['target']} %, {result['wording']}"


def _span_words(span: Row) -> str:
    bounds = f"{exact_instant(span['start_at'])} – {exact_instant(span['end_at'])}"
    counted = f"{duration_words(span['length_us'])}  {span['counted_as']} ({span['rule_id']})"
    return f"{bounds}  {counted}  {' '.join(span['incident_ids'])}".rstrip()


def _outage_words(outage: Row) -> str:
    end = exact_instant(outage["end_at"]) if outage["end_at"] else "open"
    moved = f", {outage['extended_by']} moved by the provider's admission" if outage["extended_by"] else ""
    return f"{exact_instant(outage['start_at'])} – {end}  {outage['component_id']} {outage['state']}, basis {outage['basis']}{moved}"


def _incident_words(incident: Row) -> str:
    end = exact_instant(incident["restored_at"]) if incident["restored_at"] else "open"
    what = incident["title"] or "no ticket"
    return (
        f"{incident['incident_id']}  {exact_instant(incident['occurred_at'])} – {end}  {incident['severity_max'] or 'no severity'}  {what}"
    )


def _discrepancy_words(row: Row) -> str:
    delta = f", {duration_words(abs(row['delta_us']))} {'more' if row['delta_us'] > 0 else 'less'}" if row["delta_us"] else ""
    return f"{row['type']} {row['field'] or ''}: {row['observed']} against {row['expected']}{delta}, {row['state']}"


def _aside_words(row: Row) -> str:
    place = f"{row['source_file']} row {row['source_row']}"
    return f"{row['entity']} {row['source_key']} of {row['source_system']}: {place}, {', '.join(row['issues'])}"


def _raw_words(raw: Row) -> str:
    row = f"{raw['source_file']} row {raw['source_row']}, file sha256 {raw['file_sha256'][:16]}…"
    return f"{raw['entity']} {raw['source_key']} of {raw['source_system']}: {row}, raw_id {_short(raw['raw_id'])}"


def _short(raw_id: str | None) -> str:
    return f"{raw_id[:12]}…" if raw_id else "derived from several"
