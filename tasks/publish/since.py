"""What is new since the last sealed pack of the same month: the causes of every change that the new one tells (R-RS1, DOMAIN 4.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from tasks.model.contract import Contract
from tasks.model.dictionary import dictionary
from tasks.model.run import Run
from tasks.publish.manifest import code, versions
from tasks.publish.numbers import exact_instant
from tasks.store.engine import Engine, physical
from tasks.store.journal import Row
from tasks.store.knowledge import Known
from tasks.store.reference import REFERENCE, Reference
from tasks.store.run_columns import BASE_COLUMNS, BASE_TABLES
from tasks.store.sealed import Said

# the order in which causes are told (issue 7 will tell several apart in it), and the word of table `restatements` for each
CAUSES = {
    "data": "late_data",
    "decision": "decision",
    "contract": "contract",
    "calendar": "reference",
    "policy": "reference",
    "reference": "reference",
    "code": "code",
    "time": "late_data",
}
MOST_NAMED = 6
MOVES_NO_FIGURE = ("notify",)  # reference files that no figure depends on
JUDGED = (
    *("comparator", "target", "value_num", "value_den", "status", "flags"),
    *("agreed_us", "down_us", "excluded_us", "disputed_us", "unmeasured_us"),
)
VERSIONED = """
    select now.* replace (
        coalesce(before.result_version + if(before.judged is distinct from {judged}, 1, 0), 1)::bigint as result_version,
        if(before.judged is distinct from {judged}, before.published_by, before.supersedes) as supersedes
    )
    from measured.sla_results_unversioned as now
    left join (
        select result_id, result_version, supersedes, run_id as published_by, row({columns}) as judged
        from run.base_sla_results, run.base
        qualify row_number() over (partition by result_id order by result_version desc) = 1
    ) as before on now.result_id = before.result_id
"""


@dataclass(frozen=True)
class Cause:
    """One kind of thing that is new, and what it is in particular."""

    kind: str
    names: tuple[str, ...]

    @property
    def ref(self) -> str:
        """Return what it is in particular, as text; of many the first are named."""
        more = len(self.names) - MOST_NAMED
        return "; ".join(self.names[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class Since:
    """The last sealed pack, what is new since, and what the policy calls a change that must be told."""

    said: Said
    causes: tuple[Cause, ...]
    min_change_pct_points: Decimal
    always_if: tuple[str, ...]


def since(said: Said, run: Run, known: Known, reference: Reference) -> Since:
    """Return what is new since a pack; where nothing is, time alone has passed over something that is open."""
    base = said.manifest
    found = {
        "data": [*_new_files(base, known), *_taken_back(base, known)],
        "decision": [
            f"{row.entity} {row.object_id or ''} (journal row {row.seq})" for row in _deciding(_new(base, known.decisions), reference)
        ],
        **_changed_files(base["reference"], reference.files),
        "code": list(_changed_code(base)),
    }
    causes = tuple(Cause(kind, tuple(found[kind])) for kind in CAUSES if found.get(kind))
    waited = Cause("time", (f"something is open, and is now measured up to {exact_instant(run.as_of)}",))
    rule = reference.policy.restatement
    return Since(said, causes or (waited,), Decimal(rule.min_change_pct_points), tuple(rule.always_if))


def show_since(engine: Engine, new: Since | None) -> None:
    """Create `run.base` and what belongs to it, all empty without a last pack; count up the versions of results that changed."""
    rule = [] if new is None else [_rule_row(new)]
    engine.create("run.base", BASE_COLUMNS["run.base"], rule)
    engine.create("run.causes", BASE_COLUMNS["run.causes"], [] if new is None else _cause_rows(new.causes))
    for name in BASE_TABLES:
        columns = physical(dictionary().tables[name].columns)
        engine.create(f"run.base_{name}", columns)
        if new and name in new.said.tables:
            engine.connection.register("said", new.said.tables[name])
            engine.execute(f"insert into run.base_{name} by name select {', '.join(columns)} from said")
            engine.connection.unregister("said")
    if new:
        _count_versions(engine)


def _rule_row(new: Since) -> dict[str, Any]:
    return {"run_id": new.said.run_id, "min_change_pct_points": new.min_change_pct_points, "always_if": list(new.always_if)}


def _cause_rows(causes: Sequence[Cause]) -> list[dict[str, Any]]:
    share = 1 if len(causes) == 1 else None
    return [{"cause": CAUSES[cause.kind], "cause_ref": cause.ref, "share": share} for cause in causes]


def _count_versions(engine: Engine) -> None:
    """Let `measured.sla_results` say which version each result is: only publishing knows what was published before (R-RS1)."""
    engine.execute("alter view measured.sla_results rename to sla_results_unversioned")
    judged = f"row({', '.join(f'now.{name}' for name in JUDGED)})"
    engine.execute(f"create view measured.sla_results as {VERSIONED.format(judged=judged, columns=', '.join(JUDGED))}")


def _deciding(rows: Sequence[Row], reference: Reference) -> list[Row]:
    """Return the decisions that can move a figure: what was done about claims moves others only under a cap of several windows (R-CR6)."""
    return [row for row in rows if row.entity != "claim_event" or any(_is_capped_by_claims(one) for one in reference.contracts)]


def _is_capped_by_claims(contract: Contract) -> bool:
    caps = contract.credits.caps
    return caps.contract_year_amount is not None or caps.days_of_service_per_quarter is not None


def _new(base: Mapping[str, Any], rows: Sequence[Row]) -> list[Row]:
    seen = {entry["seq"] for entry in base["inputs"]}
    return [row for row in rows if row.seq not in seen]


def _new_files(base: Mapping[str, Any], known: Known) -> list[str]:
    bodies = [row.body or {} for row in _new(base, known.landings)]
    return [f"{body['source_id']}/{body['file']}" for body in bodies if body["source_id"] != REFERENCE]


def _taken_back(base: Mapping[str, Any], known: Known) -> list[str]:
    """Return the files that the last pack read and that were withdrawn since."""
    read = {entry["seq"] for entry in base["inputs"]}
    taken = {(row.body or {})["landing_seq"] for row in _new(base, known.withdrawals)} & read
    bodies = [row.body or {} for row in known.withdrawn if row.seq in taken]
    return [f"{body['source_id']}/{body['file']} taken back" for body in bodies if body["source_id"] != REFERENCE]


def _changed_files(before: Sequence[Mapping[str, str]], now: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the reference files that differ, by the kind of cause that they are."""
    old, new = ({file["path"]: file["sha256"] for file in files} for files in (before, now))
    found: dict[str, list[str]] = {}
    for path in sorted(old.keys() | new.keys()):
        kind = _kind_of(path)
        if kind and old.get(path) != new.get(path):
            found.setdefault(kind, []).append(path + (" is new" if path not in old else " is gone" if path not in new else ""))
    return found


def _kind_of(path: str) -> str | None:
    """Return which cause a change of a reference file is; None if it can be none."""
    folder, stem = PurePosixPath(path).parts[1], PurePosixPath(path).stem
    if stem in MOVES_NO_FIGURE:
        return None
    return {"contracts": "contract", "calendars": "calendar"}.get(folder) or ("policy" if stem == "policy" else "reference")


def _changed_code(base: Mapping[str, Any]) -> Iterator[str]:
    now = code()
    if (base["code"]["tree_sha256"], base["code"]["lock_sha256"]) != (now["tree_sha256"], now["lock_sha256"]):
        yield f"program {now['version']}, tree {base['code']['tree_sha256'][:12]} → {now['tree_sha256'][:12]}"
    for name, version in versions().items():
        if base["versions"].get(name) != version:
            yield f"{name} {base['versions'].get(name)} → {version}"
