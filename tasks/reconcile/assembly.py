"""From matched pairs to incidents: the strongest pair first, and no join that a guard of DOMAIN 4.1 step 7 forbids.

What a loop over the pairs by strength would build is built in rounds on whole arrays: a pair that is the strongest left for both of its
clusters cannot be touched by any other pair before its turn, so all such pairs are decided at once. A round looks at open pairs only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.reconcile.components import Numbers, roots

Flags = NDArray[np.bool_]
NONE, SEVERAL = -1, -2
LATEST, EARLIEST = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@dataclass(frozen=True)
class Records:
    """Nodes of the match graph, by number. A claim is a ticket or vendor record; the others are episodes of signals.

    Spans are microseconds; `provider` numbers the provider whose word a vendor record is, NONE for every other record.
    """

    start_us: Numbers
    end_us: Numbers
    is_claim: Flags
    provider: Numbers

    def __len__(self) -> int:
        return len(self.start_us)


@dataclass(frozen=True)
class Pairs:
    """Matched pairs, the strongest first. Binding ones (a person's decision, a reference) need neither overlap nor one provider."""

    left: Numbers
    right: Numbers
    is_binding: Flags

    def __len__(self) -> int:
        return len(self.left)

    def kept(self, where: Flags) -> Pairs:
        """Return the pairs of a mask."""
        return Pairs(self.left[where], self.right[where], self.is_binding[where])


@dataclass(frozen=True)
class Clusters:
    """Records joined so far. A cluster is named by its root; the arrays hold at a root what is true of the whole cluster.

    `latest_start_us` and `earliest_end_us` are over claims: all claims of two clusters overlap pairwise if neither's latest start lies
    after the other's earliest end. `shared_episode` is one that every claim matches. `following` and `last` chain the members.
    """

    parent: Numbers
    latest_start_us: Numbers
    earliest_end_us: Numbers
    claims: Numbers
    provider: Numbers
    shared_episode: Numbers
    following: Numbers
    last: Numbers

    @classmethod
    def single(cls, records: Records) -> Clusters:
        """Return one cluster a record."""
        numbers = np.arange(len(records), dtype=np.int64)
        return cls(
            parent=numbers.copy(),
            latest_start_us=np.where(records.is_claim, records.start_us, EARLIEST),
            earliest_end_us=np.where(records.is_claim, records.end_us, LATEST),
            claims=records.is_claim.astype(np.int64),
            provider=records.provider.copy(),
            shared_episode=np.where(records.is_claim, NONE, numbers),
            following=np.full(len(records), NONE, dtype=np.int64),
            last=numbers.copy(),
        )

    def members(self, root: int) -> Numbers:
        """Return the records of a cluster."""
        found = [root]
        while (following := int(self.following[found[-1]])) != NONE:
            found.append(following)
        return np.array(found, dtype=np.int64)

    def overlap(self, one: Numbers, other: Numbers) -> Flags:
        """Tell whether all claims of `one` overlap all claims of `other`; clusters without claims always do."""
        return (self.latest_start_us[one] <= self.earliest_end_us[other]) & (self.latest_start_us[other] <= self.earliest_end_us[one])

    def all_match(self, episode: Numbers, cluster: Numbers, record: Numbers) -> Flags:
        """Tell whether all claims of a cluster are known to match an episode which its member `record` is, or matches."""
        is_lone_claim = (self.claims[cluster] == 1) & (record != episode)
        return (self.claims[cluster] == 0) | (self.shared_episode[cluster] == episode) | is_lone_claim

    def speak_for_one(self, one: Numbers, other: Numbers) -> Flags:
        """Tell whether a join brings no two providers together: one side has none, or both have the same."""
        mine, theirs = self.provider[one], self.provider[other]
        return (mine == NONE) | (theirs == NONE) | ((mine == theirs) & (mine != SEVERAL))

    def join(self, one: Numbers, other: Numbers, shared_episode: Numbers) -> None:
        """Join clusters pairwise; no root stands twice in the arguments. The smaller root stays."""
        keep, drop = np.minimum(one, other), np.maximum(one, other)
        kept_share = np.where(
            self.claims[drop] == 0, self.shared_episode[keep], np.where(self.claims[keep] == 0, self.shared_episode[drop], NONE)
        )
        self.shared_episode[keep] = np.where(shared_episode == NONE, kept_share, shared_episode)
        self.parent[drop] = keep
        self.latest_start_us[keep] = np.maximum(self.latest_start_us[keep], self.latest_start_us[drop])
        self.earliest_end_us[keep] = np.minimum(self.earliest_end_us[keep], self.earliest_end_us[drop])
        mine, theirs = self.provider[keep], self.provider[drop]
        self.provider[keep] = np.where(mine == NONE, theirs, np.where((theirs == NONE) | (mine == theirs), mine, SEVERAL))
        self.claims[keep] += self.claims[drop]
        self.following[self.last[keep]] = drop
        self.last[keep] = self.last[drop]


class Guards:
    """What may not be joined: DOMAIN 4.1 step 7, and what a person kept apart."""

    def __init__(self, records: Records, pairs: Pairs, kept_apart: Numbers) -> None:
        self.records = records
        self.kept_apart = kept_apart
        claim, episode = np.concatenate([pairs.left, pairs.right]), np.concatenate([pairs.right, pairs.left])
        wanted = records.is_claim[claim] & ~records.is_claim[episode]
        order = np.argsort(claim[wanted], kind="stable")
        self._matching_claim, self._matched_episode = claim[wanted][order], episode[wanted][order]

    def allow(self, clusters: Clusters, pairs: Pairs, one: Numbers, other: Numbers) -> tuple[Flags, Numbers]:
        """Return which pairs may join their clusters `one` and `other`, and the episode that all claims of both then match."""
        is_claim = self.records.is_claim
        episode = np.where(is_claim[pairs.right], np.where(is_claim[pairs.left], NONE, pairs.left), pairs.right)
        is_shared = clusters.all_match(episode, one, pairs.left) & clusters.all_match(episode, other, pairs.right) & (episode != NONE)
        is_near = pairs.is_binding | is_shared | clusters.overlap(one, other)
        for place in np.flatnonzero(~is_near):
            is_near[place] = self._overlap_or_share(clusters, int(one[place]), int(other[place]))
        is_one_word = pairs.is_binding | clusters.speak_for_one(one, other)
        allowed = is_near & is_one_word & ~self._are_kept_apart(clusters, one, other)
        return allowed, np.where(is_shared, episode, NONE)

    def _overlap_or_share(self, clusters: Clusters, one: int, other: int) -> bool:
        """Tell whether every claim of one cluster overlaps every claim of the other, or matches an episode that the other matches."""
        mine, theirs = (self._claims(clusters.members(root)) for root in (one, other))
        start_us, end_us = self.records.start_us, self.records.end_us
        apart = (start_us[mine][:, None] > end_us[theirs]) | (start_us[theirs] > end_us[mine][:, None])
        return all(np.intersect1d(self._episodes(mine[row]), self._episodes(theirs[column])).size for row, column in np.argwhere(apart))

    def _claims(self, numbers: Numbers) -> Numbers:
        return numbers[self.records.is_claim[numbers]]

    def _episodes(self, claim: np.int64) -> Numbers:
        first, after = np.searchsorted(self._matching_claim, [claim, claim + 1])
        return self._matched_episode[first:after]

    def _are_kept_apart(self, clusters: Clusters, one: Numbers, other: Numbers) -> Flags:
        count = len(self.records)
        forbidden = roots(clusters.parent, self.kept_apart)
        asked = np.minimum(one, other) * count + np.maximum(one, other)
        return np.isin(asked, forbidden.min(axis=1, initial=count) * count + forbidden.max(axis=1, initial=0))


def assemble(records: Records, pairs: Pairs, kept_apart: Numbers) -> Numbers:
    """Return for each record the smallest record of its cluster.

    Args:
        records: Nodes.
        pairs: Matched pairs, the strongest first.
        kept_apart: Pairs of records that a person judged not to match, shape (n, 2).
    """
    guards, clusters = Guards(records, pairs, kept_apart), Clusters.single(records)
    strength = np.arange(len(pairs), dtype=np.int64)
    best = np.empty(len(records), dtype=np.int64)
    one, other = pairs.left, pairs.right
    while len(strength):
        ends = np.stack([one, other], axis=1).ravel()
        best[ends[::-1]] = np.repeat(strength, 2)[::-1]  # of several values for one place the last stays: the strongest
        is_due = (best[one] == strength) & (best[other] == strength)
        allowed, shared = guards.allow(clusters, pairs.kept(is_due), one[is_due], other[is_due])
        clusters.join(one[is_due][allowed], other[is_due][allowed], shared[allowed])
        one, other = clusters.parent[one], clusters.parent[other]
        is_open = ~is_due & (one != other)
        strength, one, other, pairs = strength[is_open], one[is_open], other[is_open], pairs.kept(is_open)
    return roots(clusters.parent, np.arange(len(records), dtype=np.int64))
