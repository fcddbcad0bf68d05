"""What matching made of an estate against its truth: pairs of tickets and vendor records, and of these with episodes, by score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.store.engine import Engine

CLAIMS = """
    create or replace temp view claim as
    select member.incident_id, member.raw_id, truth.outage
    from reconciled.incident_members as member
    inner join truth.records as truth on member.raw_id = truth.raw_id
    where member.entity in ('ticket', 'vendor_record')
"""
# an answer of the review queue joins two incidents if the records it is about are of one outage; alerts stand for their episode
ANSWERS = """
    create or replace temp view answer as
    with right_ones as (
        select left_member.incident_id as left_id, right_member.incident_id as right_id
        from reconciled.match_decisions as pair
        inner join truth.records as one on pair.left_raw_id = one.raw_id
        inner join truth.records as other on pair.right_raw_id = other.raw_id and one.outage = other.outage
        inner join reconciled.incident_members as left_member on pair.left_raw_id = left_member.raw_id
        inner join reconciled.incident_members as right_member on pair.right_raw_id = right_member.raw_id
        where pair.decision = 'review'
    )

    select left_id, right_id from right_ones
    union
    select right_id, left_id from right_ones
"""
PAIRS = """
    select
        (
            select count(*)
            from claim as one
            inner join claim as other on one.incident_id = other.incident_id and one.raw_id < other.raw_id
        ) as matched,
        count(*) as real,
        count(*) filter (where one.incident_id = other.incident_id) as right,
        count(*) filter (where one.incident_id = other.incident_id or answer.left_id is not null) as answered
    from claim as one
    inner join claim as other on one.outage = other.outage and one.raw_id < other.raw_id
    left join answer on one.incident_id = answer.left_id and other.incident_id = answer.right_id
"""
BANDS = """
    with pairs as (
        select
            floor(pair.score * 20) / 20 as band,
            pair.decision,
            pair.rule,
            one.raw_id like 'alert:%' or other.raw_id like 'alert:%' as is_episode,
            one.outage = other.outage as is_right
        from reconciled.match_decisions as pair
        inner join truth.records as one on pair.left_raw_id = one.raw_id
        inner join truth.records as other on pair.right_raw_id = other.raw_id
        where pair.rule like 'RC-M1%'
    )

    select is_episode, band, count(*) as pairs, count(*) filter (where is_right) as right,
        count(*) filter (where decision = 'match') as matched, count(*) filter (where decision = 'match' and is_right) as matched_right
    from pairs
    group by is_episode, band
    order by is_episode, band
"""


@dataclass(frozen=True)
class Judgement:
    """Counts of pairs of tickets and vendor records: in one incident, of one outage, both, and both once the review queue is answered."""

    matched: int
    real: int
    right: int
    answered: int

    @property
    def precision(self) -> float:
        return self.right / self.matched

    @property
    def recall(self) -> float:
        return self.right / self.real

    @property
    def recall_with_review(self) -> float:
        return self.answered / self.real


def judge(engine: Engine) -> Judgement:
    """Return how a reconciled estate stands against its truth."""
    engine.execute(CLAIMS)
    engine.execute(ANSWERS)
    return Judgement(**engine.rows(PAIRS)[0])


def bands(engine: Engine) -> list[dict[str, Any]]:
    """Return pairs by score, in steps of 0.05: how many there were and how many were right; with episodes apart."""
    return engine.rows(BANDS)
