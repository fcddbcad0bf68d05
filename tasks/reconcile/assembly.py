"""From matched pairs to incidents: the strongest pair first, and no join that a guard of DOMAIN 4.1 step 7 forbids.

What a loop over the pairs by strength would build is built in rounds on whole arrays: a pair that is the strongest left for both of its
clusters cannot be touched by any other pair before its turn, so all such pairs are decided at once. A round looks at open pairs only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.reconcile.components import Numbers, roots

Flags = NDArray[np.bool_]
Bonds = frozenset[int]
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
    """Records joined so far. A cluster is named by its root; arrays and lists hold at a root what is true of the whole cluster.

    `latest_start_us` and `earliest_end_us` are over claims, and `last_to_start`, `first_to_end` are the claims they are of: all claims of
    two clusters overlap pairwise if neither's latest start lies after the other's earliest end. `shared` are the bonds that every claim
    has, None without claims. `following` and `last` chain the members.
    """

    parent: Numbers
    latest_start_us: Numbers
    earliest_end_us: Numbers
    last_to_start: Numbers
    first_to_end: Numbers
    provider: Numbers
    shared: list[Bonds | None]
    following: Numbers
    last: Numbers

    @classmethod
    def single(cls, records: Records, matched: list[Bonds]) -> Clusters:
        """Return one cluster a record."""
        numbers = np.arange(len(records), dtype=np.int64)
        return cls(
            parent=numbers.copy(),
            latest_start_us=np.where(records.is_claim, records.start_us, EARLIEST),
            earliest_end_us=np.where(records.is_claim, records.end_us, LATEST),
            last_to_start=numbers.copy(),
            first_to_end=numbers.copy(),
            provider=records.provider.copy(),
            shared=[episodes if is_claim else None for episodes, is_claim in zip(matched, records.is_claim.tolist(), strict=True)],
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

    def speak_for_one(self, one: Numbers, other: Numbers) -> Flags:
        """Tell whether a join brings no two providers together: one side has none, or both have the same."""
        mine, theirs = self.provider[one], self.provider[other]
        return (mine == NONE) | (theirs == NONE) | ((mine == theirs) & (mine != SEVERAL))

    def join(self, one: Numbers, other: Numbers) -> None:
        """Join clusters pairwise; no root stands twice in the arguments. The smaller root stays."""
        keep, drop = np.minimum(one, other), np.maximum(one, other)
        for kept, dropped in zip(keep.tolist(), drop.tolist(), strict=True):
            self._share(kept, dropped)
        self.parent[drop] = keep
        is_later = self.latest_start_us[drop] > self.latest_start_us[keep]
        self.last_to_start[keep] = np.where(is_later, self.last_to_start[drop], self.last_to_start[keep])
        is_earlier = self.earliest_end_us[drop] < self.earliest_end_us[keep]
        self.first_to_end[keep] = np.where(is_earlier, self.first_to_end[drop], self.first_to_end[keep])
        self.latest_start_us[keep] = np.maximum(self.latest_start_us[keep], self.latest_start_us[drop])
        self.earliest_end_us[keep] = np.minimum(self.earliest_end_us[keep], self.earliest_end_us[drop])
        mine, theirs = self.provider[keep], self.provider[drop]
        self.provider[keep] = np.where(mine == NONE, theirs, np.where((theirs == NONE) | (mine == theirs), mine, SEVERAL))
        self.following[self.last[keep]] = drop
        self.last[keep] = self.last[drop]

    def _share(self, kept: int, dropped: int) -> None:
        """Keep of the shared episodes those that both clusters share; there are fewer joins than records."""
        mine, theirs = self.shared[kept], self.shared[dropped]
        self.shared[kept] = theirs if mine is None else mine if theirs is None else mine & theirs
        self.shared[dropped] = None


class Guards:
    """What may not be joined: DOMAIN 4.1 step 7, and what a person kept apart."""

    def __init__(self, records: Records, matched: list[Bonds], kept_apart: Numbers) -> None:
        self.records = records
        self.matched = matched
        self.kept_apart = kept_apart

    def allow(self, clusters: Clusters, pairs: Pairs, one: Numbers, other: Numbers) -> Flags:
        """Return which pairs may join their clusters `one` and `other`."""
        is_near = pairs.is_binding | clusters.overlap(one, other)
        for place in np.flatnonzero(~is_near):
            is_near[place] = self._overlap_or_share(clusters, int(one[place]), int(other[place]))
        is_one_word = pairs.is_binding | clusters.speak_for_one(one, other)
        return is_near & is_one_word & ~self._are_kept_apart(clusters, one, other)

    def _overlap_or_share(self, clusters: Clusters, one: int, other: int) -> bool:
        """Tell whether every claim of one cluster overlaps every claim of the other, or matches an episode that the other matches.

        One episode that all claims of both match says yes, the two claims that lie farthest apart mostly say no; only what neither
        decides is compared claim by claim.
        """
        mine, theirs = clusters.shared[one], clusters.shared[other]
        if mine is None or theirs is None or not mine.isdisjoint(theirs):
            return True
        if not self._meet(clusters.first_to_end[one], clusters.last_to_start[other]):
            return False
        if not self._meet(clusters.first_to_end[other], clusters.last_to_start[one]):
            return False
        left, right = (self._claims(clusters.members(root)) for root in (one, other))
        start_us, end_us = self.records.start_us, self.records.end_us
        apart = (start_us[left][:, None] > end_us[right]) | (start_us[right] > end_us[left][:, None])
        return all(not self.matched[left[row]].isdisjoint(self.matched[right[column]]) for row, column in np.argwhere(apart))

    def _meet(self, earlier: np.int64, later: np.int64) -> bool:
        """Tell whether a claim does not end before another begins, or matches an episode that the other matches."""
        is_apart = self.records.end_us[earlier] < self.records.start_us[later]
        return not is_apart or not self.matched[earlier].isdisjoint(self.matched[later])

    def _claims(self, numbers: Numbers) -> Numbers:
        return numbers[self.records.is_claim[numbers]]

    def _are_kept_apart(self, clusters: Clusters, one: Numbers, other: Numbers) -> Flags:
        count = len(self.records)
        forbidden = roots(clusters.parent, self.kept_apart)
        asked = np.minimum(one, other) * count + np.maximum(one, other)
        return np.isin(asked, forbidden.min(axis=1, initial=count) * count + forbidden.max(axis=1, initial=0))


def bonds(records: Records, pairs: Pairs) -> list[Bonds]:
    """Return for each claim the episodes it matches, and numbers of its matches with other claims; none for an episode.

    Two claims that have a bond in common need not overlap: both match one episode, or each other, which is no transitive join.
    """
    is_direct = records.is_claim[pairs.left] & records.is_claim[pairs.right]
    direct = len(records) + np.arange(len(pairs), dtype=np.int64)
    claim = np.concatenate([pairs.left, pairs.right])
    bond = np.concatenate([np.where(is_direct, direct, pairs.right), np.where(is_direct, direct, pairs.left)])
    wanted = records.is_claim[claim]
    order = np.argsort(claim[wanted], kind="stable")
    found = bond[wanted][order].tolist()
    ends = np.searchsorted(claim[wanted][order], np.arange(len(records) + 1)).tolist()
    return [frozenset(found[first:after]) for first, after in pairwise(ends)]


def assemble(records: Records, pairs: Pairs, kept_apart: Numbers) -> Numbers:
    """Return for each record the smallest record of its cluster.

    Args:
        records: Nodes.
        pairs: Matched pairs, the strongest first.
        kept_apart: Pairs of records that a person judged not to match, shape (n, 2).
    """
    matched = bonds(records, pairs)
    guards, clusters = Guards(records, matched, kept_apart), Clusters.single(records, matched)
    strength = np.arange(len(pairs), dtype=np.int64)
    best = np.empty(len(records), dtype=np.int64)
    one, other = pairs.left, pairs.right
    while len(strength):
        ends = np.stack([one, other], axis=1).ravel()
        best[ends[::-1]] = np.repeat(strength, 2)[::-1]  # of several values for one place the last stays: the strongest
        is_due = (best[one] == strength) & (best[other] == strength)
        allowed = guards.allow(clusters, pairs.kept(is_due), one[is_due], other[is_due])
        clusters.join(one[is_due][allowed], other[is_due][allowed])
        one, other = clusters.parent[one], clusters.parent[other]
        is_open = ~is_due & (one != other)
        strength, one, other, pairs = strength[is_open], one[is_open], other[is_open], pairs.kept(is_open)
    return roots(clusters.parent, np.arange(len(records), dtype=np.int64))
