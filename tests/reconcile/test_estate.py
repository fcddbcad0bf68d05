"""Matching against the known truth of a generated month: how many pairs of tickets and vendor records are right, how the work grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

import pytest

from tasks.store.engine import Engine
from tests.reconcile.estate import Estate, make_estate
from tests.reconcile.world import reconciled

Pairs = set[frozenset[str]]


def together(named: Iterable[tuple[object, str]]) -> Pairs:
    """Return the pairs of records that share a name."""
    groups: dict[object, list[str]] = defaultdict(list)
    for name, raw_id in named:
        groups[name].append(raw_id)
    return {frozenset(pair) for members in groups.values() for pair in combinations(members, 2)}


@pytest.fixture(scope="module")
def world() -> tuple[Estate, Engine]:
    estate = make_estate(services=100, outages_per_service=4)
    return estate, reconciled(estate.tables)


def judged(world: tuple[Estate, Engine]) -> tuple[Pairs, Pairs, Pairs]:
    """Return the true pairs, those in one incident, and those waiting for a person."""
    estate, engine = world
    members = engine.rows("select incident_id, raw_id from reconciled.incident_members where entity in ('ticket', 'vendor_record')")
    reviews = engine.rows("select left_raw_id, right_raw_id from reconciled.match_decisions where decision = 'review'")
    return (
        together((outage, raw_id) for raw_id, outage in estate.truth.items()),
        together((row["incident_id"], row["raw_id"]) for row in members),
        {frozenset(row.values()) for row in reviews},
    )


def test_ninety_eight_of_a_hundred_automatic_pairs_are_right(world):
    truth, matched, _ = judged(world)
    assert len(truth) > 250
    assert len(matched & truth) / len(matched) >= 0.98


def test_ninety_five_of_a_hundred_true_pairs_are_found_with_the_review_queue(world):
    truth, matched, reviewed = judged(world)
    assert len(matched & truth) / len(truth) >= 0.93
    assert len((matched | reviewed) & truth) / len(truth) >= 0.95


def test_every_record_is_placed_once(world):
    estate, engine = world
    placed = [row["raw_id"] for row in engine.rows("select raw_id from reconciled.placement")]
    assert sorted(placed) == sorted(row["raw_id"] for name in ("ticket", "alert", "vendor_record") for row in estate.tables[name])


def test_members_of_incidents_are_disjoint_and_ids_follow_from_founders(world):
    _, engine = world
    assert engine.rows("select raw_id from reconciled.incident_members group by raw_id having count(*) > 1") == []
    wrong = engine.rows("""
        select incident_id from reconciled.incident_members
        where member_role = 'founder' and incident_id <> 'I-' || base32_12(sha256(raw_id))
    """)
    assert wrong == []
    (count,) = engine.rows("""
        select
            (select count(*) from reconciled.incidents) as incidents,
            (select count(*) from reconciled.incident_members where member_role = 'founder') as founders
    """)
    assert count["incidents"] == count["founders"]


def test_pairs_to_judge_grow_with_the_estate_and_not_with_its_square():
    def pairs(services: int) -> int:
        with reconciled(make_estate(services, outages_per_service=3).tables) as engine:
            return len(engine.rows("select left_raw_id from reconciled.match_decisions"))

    assert pairs(40) <= 2.4 * pairs(20)
