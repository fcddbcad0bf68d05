"""The ledger of worked examples: every id of examples.yaml stands beside the test that runs it, or waits by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.measure import test_chronic, test_clock_examples, test_examples, test_exclusion_examples
from tests.measure.examples import cases, document

TESTS = Path(__file__).parents[1]
RUN_ELSEWHERE = {
    "measure/test_calendar_examples.py::test_time_is_as_worked_by_hand": {case.example_id for case in cases("calendar")},
    "measure/test_exclusion_examples.py::test_an_exclusion_moves_the_figure_as_worked_by_hand": {
        case.example_id for case in test_exclusion_examples.CASES
    },
    "measure/test_clock_examples.py::test_a_clock_is_as_worked_by_hand": {case.example_id for case in test_clock_examples.CASES},
    "measure/test_clock_examples.py::test_an_outage_counts_from_where_the_contract_starts_its_clock": {
        case.example_id for case in test_clock_examples.OUTAGE_CASES
    },
    "measure/test_metrics.py::test_a_review_is_due_72_elapsed_hours_after_the_incident_was_resolved": {"E98"},
    "measure/test_metrics.py::test_an_escalation_is_late_by_the_second": {"E99"},
    "measure/test_attainment.py::test_a_share_of_incidents_in_time_is_judged_by_the_low_volume_rule_where_they_are_few": {"E87"},
    "measure/test_chronic.py::test_a_chronic_right_arises_as_worked_by_hand": {case.example_id for case in test_chronic.CASES},
    "measure/test_earn_back.py::test_a_credit_is_earned_back_as_worked_by_hand": {"E83"},
    "publish/test_consolidated.py::test_a_consolidated_total_is_as_worked_by_hand": {"E69"},
    "publish/test_restatement_examples.py::test_a_restatement_is_as_worked_by_hand": {"E30", "E31"},
    "model/test_contract.py::test_a_contract_states_its_faults_as_the_worked_example_says": {"E123"},
    "reconcile/test_examples.py::test_an_outage_is_reconciled_as_worked_by_hand": {case.example_id for case in cases("provenance")},
    "reconcile/test_examples.py::test_a_pair_is_scored_and_decided_as_worked_by_hand": {case.example_id for case in cases("match")},
}
AWAITING = {
    **{example: why for example, why in test_examples.PENDING.items() if not why.endswith(".py")},
}


def by_adapter() -> set[str]:
    """Return the ids that the adapters of test_examples.py run."""
    return {case.example_id for form in test_examples.FORMS for case in cases(form)} - set(test_examples.PENDING)


def test_every_example_is_run_by_a_test_or_waits_by_name() -> None:
    elsewhere = set().union(*RUN_ELSEWHERE.values())
    assert by_adapter() | elsewhere | set(AWAITING) == {example["id"] for example in document()["examples"]}
    assert not set(AWAITING) & (by_adapter() | elsewhere)


@pytest.mark.parametrize("address", RUN_ELSEWHERE)
def test_a_test_that_the_ledger_names_exists(address: str) -> None:
    file, _, name = address.partition("::")
    assert re.search(rf"^def {name}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE)
