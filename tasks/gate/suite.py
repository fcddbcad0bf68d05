"""Great Expectations as the judge: a suite generated from the rules looks at counts that SQL took, in one checkpoint.

GX sees counts, not rows (it cannot talk to DuckDB, and a copy of a million rows costs more than the run); the failing rows themselves
stand in `issues` and `quarantine`. This is the only file that imports GX.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.gate.rules import Rule, Verdict
from tasks.model.errors import BlockedError

KEY = ("period", "rule_id", "source_system", "entity", "scope_id")
JUDGED = ("failed_ppm", "doubtful")
HARSHNESS: tuple[Verdict, ...] = ("pass", "warn", "quarantine", "block")


def judge(counts: Sequence[Mapping[str, Any]], rules: Sequence[Rule]) -> dict[tuple[str, ...], Verdict]:
    """Return the verdict of every count, by `KEY`.

    Args:
        counts: The key and the `JUDGED` numbers.
        rules: The rules in force.

    Raises:
        BlockedError: If a rule has no count: an unjudged rule would pass in silence.
    """
    verdicts: dict[tuple[str, ...], Verdict] = {tuple(row[name] for name in KEY): "pass" for row in counts}
    for result in _checkpoint(counts, rules):
        config = result.expectation_config
        if config.type == "expect_column_distinct_values_to_equal_set":
            _refuse_missing_rules(result.success, counts, rules)
            continue
        for failing in result.result.get("unexpected_index_list") or []:
            key = tuple(str(failing[name]) for name in KEY)
            verdicts[key] = max(verdicts[key], config.meta["verdict"], key=HARSHNESS.index)
    return verdicts


def _refuse_missing_rules(complete: bool, counts: Sequence[Mapping[str, Any]], rules: Sequence[Rule]) -> None:
    if not complete:
        odd = {rule.rule_id for rule in rules} ^ {row["rule_id"] for row in counts}
        raise BlockedError(f"rules counted and rules in force differ: {', '.join(sorted(odd))}", where="gate")


def _checkpoint(counts: Sequence[Mapping[str, Any]], rules: Sequence[Rule]) -> list[Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import pandas as pd

    logging.getLogger("great_expectations").propagate = False  # it tells of temporary folders, at levels of its own

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frame = pd.DataFrame([_wide(row) for row in counts], columns=[*KEY, *(_own(rule.rule_id, name) for rule in rules for name in JUDGED)])
    batch = context.data_sources.add_pandas("counts").add_dataframe_asset("gate_counts").add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="staged door", expectations=_expectations(rules)))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="staged door", data=batch, suite=suite))
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": list(KEY)}
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="staged door", validation_definitions=[definition], result_format=form))
    outcome = checkpoint.run(batch_parameters={"dataframe": frame})
    return [result for run in outcome.run_results.values() for result in run.results]


def _own(rule_id: str, column: str) -> str:
    """Return the name of a rule's own column: a row condition would say the same, but costs GX ten times the judging."""
    return f"{rule_id} {column}"


def _wide(count: Mapping[str, Any]) -> dict[str, Any]:
    """Return a count with its numbers in its rule's own columns; the others stay empty, which GX passes over."""
    return {name: count[name] for name in KEY} | {_own(count["rule_id"], name): count[name] for name in JUDGED}


def _expectations(rules: Sequence[Rule]) -> list[Any]:
    import great_expectations.expectations as gxe

    complete = gxe.ExpectColumnDistinctValuesToEqualSet(
        column="rule_id", value_set=sorted(rule.rule_id for rule in rules), severity="critical"
    )
    limits = [
        gxe.ExpectColumnValuesToBeBetween(
            column=_own(rule.rule_id, limit.column),
            max_value=limit.above_ppm,
            severity="critical" if limit.verdict == "block" else "warning",
            meta={"rule_id": rule.rule_id, "verdict": limit.verdict},
        )
        for rule in rules
        for limit in rule.limits
    ]
    return [complete, *limits]
