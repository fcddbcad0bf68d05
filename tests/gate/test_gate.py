"""The gate: counts in, verdicts out, limits of the policy to the last row (DOMAIN 4.5)."""

import pytest

from tasks.gate.doors import check_room, share_ppm
from tasks.gate.rules import Limit, Rule, rules_of
from tasks.gate.suite import judge
from tasks.model.errors import BlockedError
from tasks.model.policy import resolve_policy
from tasks.store.engine import Engine

OWN = (
    Rule("OWN-1", "a limit in rows", (Limit("warn", 3, "failed"),)),
    Rule("OWN-2", "a limit as a share", (Limit("block", 12_345),)),
)
RULES = (*rules_of(resolve_policy().quality), *OWN)
OCTOBER = {"period": "2026-10", "entity": "ticket", "scope_id": "-", "doubtful": 0}
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
    ("DQ-08", "covered", 1, 0, "pass"),
    ("DQ-08", "not covered", 1, 1, "block"),
    ("DQ-09", "balance holds", 10, 0, "pass"),
    ("DQ-09", "one row lost among ten million", 10_000_000, 1, "block"),
    ("DQ-10", "one history in a hundred is within", 100, 1, "pass"),
    ("DQ-10", "two histories in a hundred", 100, 2, "warn"),
    ("DQ-11", "one name in a hundred leads nowhere", 100, 1, "pass"),
    ("DQ-11", "two names in a hundred", 100, 2, "warn"),
    ("DQ-12", "an odd month", 1, 1, "warn"),
    ("DQ-13", "one per cent unmeasured is within", 44_640, 446, "pass"),
    ("DQ-13", "a minute more warns", 44_640, 447, "warn"),
    ("DQ-13", "five per cent still warn", 44_640, 2_232, "warn"),
    ("DQ-13", "a minute more than five per cent", 44_640, 2_233, "block"),
    ("DQ-14", "a cent too little", 12, 1, "block"),
    ("DQ-15", "two per cent is within", 50, 1, "pass"),
    ("DQ-15", "three in a hundred", 100, 3, "warn"),
    ("DQ-15", "six in a hundred", 100, 6, "block"),
    ("R-TM2", "a time that the clocks show twice", 10, 1, "quarantine"),
    ("DQ-16", "a batch read twice is logged, no more", 10, 1, "pass"),
    ("DQ-REF", "a row of a reference table that is not as expected", 1000, 1, "warn"),
    ("OWN-1", "three rows may offend, whatever their share", 3, 3, "pass"),
    ("OWN-1", "the fourth is beyond, however few it is of all", 1_000_000, 4, "warn"),
    ("OWN-2", "a share of its own, to the last of four decimals", 1_000_000, 12_345, "pass"),
    ("OWN-2", "one row beyond it", 1_000_000, 12_346, "block"),
]
DOUBTS = [
    ("DQ-01", "an unknown column", 0, "warn"),
    ("DQ-01", "an unknown column beside a missing one", 1, "block"),
    ("DQ-08", "coverage assumed", 0, "warn"),
    ("DQ-08", "assumed, and too early", 1, "block"),
]


def test_every_limit_holds_on_its_edge():
    counts = [
        OCTOBER | {"rule_id": rule, "source_system": case, "failed": failed, "failed_ppm": share_ppm(failed, checked)}
        for rule, case, checked, failed, _ in CASES
    ]
    counts += [
        OCTOBER | {"rule_id": rule, "source_system": case, "failed": failed, "failed_ppm": share_ppm(failed, 1), "doubtful": 1}
        for rule, case, failed, _ in DOUBTS
    ]
    verdicts = judge(counts, RULES)
    expected = {(rule, case): verdict for rule, case, *_, verdict in [*CASES, *DOUBTS]}
    assert {key[1:3]: verdict for key, verdict in verdicts.items()} == expected


def test_a_share_is_rounded_up_so_that_no_limit_of_six_decimals_is_slipped_under():
    assert [share_ppm(1, 3), share_ppm(0, 3), share_ppm(0, 0), share_ppm(1, 0)] == [333_334, 0, 0, 1_000_000]


def test_a_rule_that_was_not_counted_does_not_pass_in_silence():
    counts = [OCTOBER | {"rule_id": "DQ-01", "source_system": "a", "failed": 0, "failed_ppm": 0}]
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
