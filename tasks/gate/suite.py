"""Great Expectations as the judge: a suite generated from the rules looks at counts that SQL took, in one checkpoint.

GX sees counts, not rows (it cannot talk to DuckDB, and a copy of a million rows costs more than the run); the failing rows themselves
stand in `issues` and `quarantine`. Reference tables are small: of those it sees every row (`row_expectations.yml`), and what it finds there
is counted and judged with the rest. This is the only file that imports GX.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tasks.gate.rules import REFERENCE_ROWS, Rule, Verdict
from tasks.model.errors import BlockedError
from tasks.store.reference_rows import PLACE, Rows

KEY = ("period", "rule_id", "source_system", "entity", "scope_id")
JUDGED = ("failed_ppm", "doubtful", "failed")
HARSHNESS: tuple[Verdict, ...] = ("pass", "warn", "quarantine", "block")
NAMED_PLACES = 3


def judge(counts: Sequence[Mapping[str, Any]], rules: Sequence[Rule]) -> dict[tuple[str, ...], Verdict]:
    """Return the verdict of every count, by `KEY`.

    Args:
        counts: The key and the `JUDGED` numbers.
        rules: The rules in force.

    Raises:
        BlockedError: If a rule has no count: an unjudged rule would pass in silence.
    """
    verdicts: dict[tuple[str, ...], Verdict] = {tuple(row[name] for name in KEY): "pass" for row in counts}
    for result in _checkpoint("staged door", [_wide(row, rules) for row in counts], _limits(rules), KEY):
        config = result.expectation_config
        if config.type == "expect_column_distinct_values_to_equal_set":
            _refuse_missing_rules(result.success, counts, rules)
            continue
        for failing in _failing(result):
            key = tuple(str(failing[name]) for name in KEY)
            verdicts[key] = max(verdicts[key], config.meta["verdict"], key=HARSHNESS.index)
    return verdicts


def count_reference_rows(tables: Mapping[str, Rows], period: str) -> list[dict[str, Any]]:
    """Return a count for each expectation of each reference table: its rows, those that break it, and where they stand."""
    common = {"period": period, "rule_id": REFERENCE_ROWS, "source_system": "reference", "doubtful": 0}
    counts = [
        common | {"entity": table, "scope_id": words, "checked": len(rows), "failed": len(places), "observed": _observed(places, len(rows))}
        for table, rows in tables.items()
        for words, places in _broken(table, rows).items()
    ]
    nothing = common | {"entity": "-", "scope_id": "-", "checked": 0, "failed": 0, "observed": "nothing to check"}
    return counts or [nothing]


def _broken(table: str, rows: Rows) -> dict[str, list[str]]:
    """Return the places of the rows that break each expectation of a table, in the order in which they are stated."""
    stated = row_expectations()[table]
    results = _checkpoint(f"reference {table}", rows, [_row_expectation(entry) for entry in stated], (PLACE,))
    places = {result.expectation_config.meta["words"]: [str(row[PLACE]) for row in _failing(result)] for result in results}
    return {entry["words"]: places[entry["words"]] for entry in stated}


def _observed(places: Sequence[str], checked: int) -> str:
    named = ", ".join(places[:NAMED_PLACES]) + (" …" if len(places) > NAMED_PLACES else "")
    return f"{len(places)} of {checked}" + (f": {named}" if places else "")


@cache
def row_expectations() -> dict[str, list[dict[str, Any]]]:
    """Return what is expected of the rows of each reference table."""
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("row_expectations.yml").read_text(encoding="utf-8"))
    return content


def _refuse_missing_rules(complete: bool, counts: Sequence[Mapping[str, Any]], rules: Sequence[Rule]) -> None:
    if not complete:
        odd = {rule.rule_id for rule in rules} ^ {row["rule_id"] for row in counts}
        raise BlockedError(f"rules counted and rules in force differ: {', '.join(sorted(odd))}", where="gate")


def _failing(result: Any) -> list[Mapping[str, Any]]:
    """Return the index columns of the rows that break an expectation.

    Raises:
        BlockedError: If GX could not look at them: what was not judged does not pass.
    """
    failing = result.result.get("unexpected_index_list")
    if not result.success and failing is None:
        config = result.expectation_config
        raise BlockedError(f"{config.type} could not be judged: {config.kwargs}", where="gate", fix="report this")
    return failing or []


def _checkpoint(name: str, rows: Sequence[Mapping[str, Any]], expectations: Sequence[Any], index: Sequence[str]) -> list[Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import pandas as pd

    logging.getLogger("great_expectations").propagate = False  # it tells of temporary folders, at levels of its own

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas(name).add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=list(expectations)))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": list(index)}
    checkpoint = context.checkpoints.add(gx.Checkpoint(name=name, validation_definitions=[definition], result_format=form))
    outcome = checkpoint.run(batch_parameters={"dataframe": pd.DataFrame(list(rows))})
    return [result for run in outcome.run_results.values() for result in run.results]


def _own(rule_id: str, column: str) -> str:
    """Return the name of a rule's own column: a row condition would say the same, but costs GX more than the judging."""
    return f"{rule_id} {column}"


def _wide(count: Mapping[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """Return a count with its numbers in its rule's own columns; those of other rules stay empty, which GX passes over."""
    empty = dict.fromkeys(_own(rule.rule_id, name) for rule in rules for name in JUDGED)
    return {name: count[name] for name in KEY} | empty | {_own(count["rule_id"], name): count[name] for name in JUDGED}


def _limits(rules: Sequence[Rule]) -> list[Any]:
    import great_expectations.expectations as gxe

    complete = gxe.ExpectColumnDistinctValuesToEqualSet(
        column="rule_id", value_set=sorted(rule.rule_id for rule in rules), severity="critical"
    )
    limits = [
        gxe.ExpectColumnValuesToBeBetween(
            column=_own(rule.rule_id, limit.column),
            max_value=limit.above,
            severity="critical" if limit.verdict == "block" else "warning",
            meta={"rule_id": rule.rule_id, "verdict": limit.verdict},
        )
        for rule in rules
        for limit in rule.limits
    ]
    return [complete, *limits]


def _row_expectation(entry: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import Column

    arguments = {name: value for name, value in entry.items() if name not in ("words", "expect", "only")}
    if only := entry.get("only"):
        column = Column(only["column"])
        arguments["row_condition"] = column == only["is"] if "is" in only else column != only["is_not"]
    return get_expectation_impl(entry["expect"])(**arguments, severity="warning", meta={"words": entry["words"]})
