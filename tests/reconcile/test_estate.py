"""Matching against the known truth of generated months: how many pairs of tickets and vendor records are right, how the work grows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.store.engine import Engine
from tests.reconcile.estate import JUDGED, make_estate, reconciled_estate
from tests.reconcile.judge import judge

USUAL, DENSE = 14.4, 144.0  # outages of a service in a month
SEED = 101  # the shipped thresholds were set on seeds 1 to 5 of another manner (reports/handbook/matching.md)


@pytest.fixture(scope="module")
def world() -> Iterator[Engine]:
    with reconciled_estate(make_estate(1000, USUAL, SEED, JUDGED)) as engine:
        yield engine


def test_matching_is_precise_and_with_the_review_queue_finds_what_belongs_together(world):
    found = judge(world)
    assert found.real > 300
    assert found.precision >= 0.98
    assert found.recall_with_review >= 0.95
    assert found.recall >= 0.85  # a floor: the target of 0.93 is not reached on this manner yet (reports/handbook/matching.md)


def test_matching_stays_precise_at_ten_times_the_density():
    with reconciled_estate(make_estate(1000, DENSE, SEED, JUDGED)) as engine:
        assert judge(engine).precision >= 0.95


def test_every_record_is_placed_once(world):
    (row,) = world.rows("""
        select
            (select count(*) from reconciled.placement) as placed,
            (select count(distinct raw_id) from reconciled.placement) as different,
            (select count(*) from staged.ticket) + (select count(*) from staged.alert)
                + (select count(*) from staged.vendor_record) as records
    """)
    assert row["placed"] == row["different"] == row["records"]


def test_members_of_incidents_are_disjoint_and_ids_follow_from_founders(world):
    assert world.rows("select raw_id from reconciled.incident_members group by raw_id having count(*) > 1") == []
    wrong = world.rows("""
        select incident_id from reconciled.incident_members
        where member_role = 'founder' and incident_id <> 'I-' || base32_12(sha256(raw_id))
    """)
    assert wrong == []
    (count,) = world.rows("""
        select
            (select count(*) from reconciled.incidents) as incidents,
            (select count(*) from reconciled.incident_members where member_role = 'founder') as founders
    """)
    assert count["incidents"] == count["founders"]


def test_pairs_to_judge_grow_with_the_estate_and_not_with_its_square(world):
    def pairs(engine: Engine) -> int:
        return engine.rows("select count(*) as pairs from reconciled.match_decisions")[0]["pairs"]

    with reconciled_estate(make_estate(500, USUAL, SEED, JUDGED)) as half:
        assert pairs(world) <= 2.4 * pairs(half)
