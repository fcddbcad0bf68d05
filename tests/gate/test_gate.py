"""The gate: counts in, verdicts out, limits of the policy to the last row (DOMAIN 4.5)."""

import pytest

from tasks.gate.doors import check_room
from tasks.gate.rules import rules_of
from tasks.gate.suite import judge
from tasks.model.errors import BlockedError
from tasks.store.engine import Engine

QUALITY = {
    "DQ-02": {"warn_below": "0.995", "block_below": "0.95"},
    "DQ-04": {"warn_below": "0.99"},
    "DQ-15": {"warn_above": "0.02", "block_above": "0.05"},
}
RULES = rules_of(QUALITY)
CASES = [
    ("DQ-01", "whole", 10, 0, "pass"),
    ("DQ-01", "one column short", 10, 1, "block"),
    ("DQ-02", "exactly at the warning limit", 1000, 5, "pass"),
    ("DQ-02", "one row beyond the warning limit", 1000, 6, "warn"),
    ("DQ-02", "exactly at the block limit still warns", 100, 5, "warn"),
    ("DQ-02", "beyond the block limit", 100, 6, "block"),
    ("DQ-03", "one conflict", 1_000_000, 1, "quarantine"),
    ("DQ-04", "one in a hundred is within", 100, 1, "pass"),
    ("DQ-04", "two in a hundred is not", 100, 2, "warn"),
    ("DQ-05", "a time without zone", 10, 1, "quarantine"),
    ("DQ-06", "no future", 10, 0, "pass"),
    ("DQ-07", "an end before its start", 10, 1, "quarantine"),
    ("DQ-09", "balance holds", 10, 0, "pass"),
    ("DQ-09", "one row lost among ten million", 10_000_000, 1, "block"),
    ("DQ-15", "two per cent is within", 50, 1, "pass"),
    ("DQ-15", "three in a hundred", 100, 3, "warn"),
    ("DQ-15", "six in a hundred", 100, 6, "block"),
    ("R-TM2", "a time that the clocks show twice", 10, 1, "quarantine"),
]


def ppm(checked: int, failed: int) -> int:
    return -(-failed * 1_000_000 // checked)


def test_every_limit_holds_on_its_edge():
    counts = [
        {"rule_id": rule, "source_system": case, "entity": "ticket", "scope_id": "-", "failed_ppm": ppm(checked, failed)}
        for rule, case, checked, failed, _ in CASES
    ]
    verdicts = judge(counts, RULES)
    got = {(rule, case): verdicts[(rule, case, "ticket", "-")] for rule, case, *_ in CASES}
    assert got == {(rule, case): verdict for rule, case, *_, verdict in CASES}


def test_a_rule_that_was_not_counted_does_not_pass_in_silence():
    counts = [{"rule_id": "DQ-01", "source_system": "a", "entity": "ticket", "scope_id": "-", "failed_ppm": 0}]
    with pytest.raises(BlockedError, match="DQ-02, DQ-03"):
        judge(counts, RULES)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param(
            [("I-1", "weird")], r"incident_members.member_role: rows with an unknown word \(1\)", id="a word outside its closed list"
        ),
        pytest.param(
            [("I-1", "founder"), ("I-1", "founder")], r"incident_members: rows with a key already used \(1\)", id="a key used twice"
        ),
    ],
)
def test_a_room_that_breaks_tables_yml_stops_the_run(rows, words):
    filled = {"raw_id": "r", "source_system": "s", "source_key": "k", "entity": "ticket", "joined_by": "founder"}
    with Engine() as engine:
        members = [{"incident_id": incident, "member_role": role} | filled for incident, role in rows]
        engine.create_like_dictionary("reconciled.incident_members", members)
        with pytest.raises(BlockedError, match=words):
            check_room(engine, "reconciled")
