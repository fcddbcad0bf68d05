"""A slow, obvious oracle of a service level: the window is cut wherever anything happens, and every cut judged by itself (3.2, 3.6, 3.7).

It stands beside oracle.py, which knows trees, disputes and unmeasured time in ticks, and knows what that one does not: service hours,
weights, whole minutes, and composites that the contract states. Instants are microseconds after an hour of UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

MINUTE_US = 60_000_000
Span = tuple[int, int]


@dataclass(frozen=True)
class Outage:
    """An interval of an incident; `end` None: not over."""

    start: int
    end: int | None
    state: str = "down"
    weight: Fraction = Fraction(1)


@dataclass(frozen=True)
class Part:
    """A component: its outages, and its exclusions, all of them applied."""

    outages: tuple[Outage, ...] = ()
    maintenance: tuple[Span, ...] = ()
    customer_caused: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Terms:
    """Options of a measure; `k` is set for a composite k of n. Durations in microseconds."""

    composite: str = "serial_union"
    k: int | None = None
    denominator: str = "remove_from_both"
    partial_period: str = "active_only"
    partial_outage: str = "binary"
    weight_degraded: Fraction = Fraction(1, 2)
    overlap_weight: str = "max"
    states: tuple[str, ...] = ("down",)
    granularity: str = "exact"
    min_consecutive: int = 0
    min_comparator: str = "gte"
    bridge: int = 0


@dataclass(frozen=True)
class Level:
    """One measure of one service over one window, up to what is known."""

    window: Span
    as_of: int
    hours: tuple[Span, ...] | None  # None: around the clock
    active: tuple[int, int | None]
    root: Part
    children: tuple[Part, ...]
    terms: Terms


@dataclass(frozen=True)
class Answer:
    """What the result must say."""

    agreed: int
    down: int
    excluded: int
    value: Fraction | None


@dataclass(frozen=True)
class Cut:
    """A span in which nothing changes."""

    start: int
    end: int
    is_agreed: bool
    is_touched: bool  # something happened in it that no bridge may cross
    weight: Fraction
    is_excluded: bool
    is_outside: bool


def within(instant: int, spans: Iterable[Span]) -> bool:
    return any(start <= instant < end for start, end in spans)


class Judge:
    """A level, judged."""

    def __init__(self, level: Level) -> None:
        self.level, self.terms = level, level.terms
        self.end = max(min(level.window[1], level.as_of), level.window[0])

    def answer(self) -> Answer:
        cuts = self.cuts()
        agreed = sum(cut.end - cut.start for cut in cuts if cut.is_agreed)
        outside = sum(cut.end - cut.start for cut in cuts if cut.is_outside)
        base = agreed - (outside if self.terms.denominator == "remove_from_both" else 0)
        is_binary = self.terms.partial_outage == "binary"
        counted = self.counted(cuts)
        down = sum(end - start for start, end in counted)
        lost = Fraction(down) if is_binary else sum((self.lost_in(span, cuts) for span in counted), Fraction(0))
        excluded = sum(cut.end - cut.start for cut in cuts if cut.is_excluded)
        value = max(base - lost, Fraction(0)) / base if base else None
        return Answer(agreed, down, excluded, value)

    def cuts(self) -> list[Cut]:
        start, end = self.level.window[0], self.end
        parts = (self.level.root, *self.level.children)
        spans = [*(self.level.hours or ()), self.level.active]
        for part in parts:
            spans += [*part.maintenance, *part.customer_caused, *((one.start, one.end) for one in part.outages)]
        edges = sorted({start, end, *(edge for span in spans for edge in span if edge is not None and start < edge < end)})
        return [self.cut(*span) for span in pairwise(edges)]

    def cut(self, start: int, end: int) -> Cut:
        level, last = self.level, self.level.active[1]
        is_active = level.active[0] <= start and (last is None or start < last)
        is_agreed = (level.hours is None or within(start, level.hours)) and (is_active or self.terms.partial_period != "active_only")
        is_counted = is_agreed and is_active
        raw, free, planned = (is_counted and self.is_reached(start, state) for state in (self.raw, self.free, self.planned))
        weight = self.combined(start, self.free) if free else Fraction(0)
        return Cut(
            start,
            end,
            is_agreed,
            is_touched=planned and not (free and not weight),
            weight=weight,
            is_excluded=raw and not free,
            is_outside=planned and not free,
        )

    def raw(self, part: Part, instant: int) -> Fraction:
        """Return how much of a component is gone, whatever is excluded."""
        weights = [
            self.weight(one) for one in part.outages if one.start <= instant and (one.end is None or instant < one.end) and self.weight(one)
        ]
        if self.terms.overlap_weight == "sum_capped":
            return sum(weights, Fraction(0))
        return max(weights, default=Fraction(0))

    def weight(self, outage: Outage) -> Fraction:
        if self.terms.partial_outage == "binary":
            return Fraction(outage.state in self.terms.states)
        if self.terms.partial_outage == "state_weights":
            return self.terms.weight_degraded if outage.state == "degraded" else Fraction(1)
        return outage.weight

    def free(self, part: Part, instant: int) -> Fraction:
        """Return how much of it counts: nothing in its own exclusions, nor in those of the component above it."""
        spans = [span for one in (part, self.level.root) for span in (*one.maintenance, *one.customer_caused)]
        return Fraction(0) if within(instant, spans) else self.raw(part, instant)

    def planned(self, part: Part, instant: int) -> Fraction:
        """Return 1 under approved maintenance, which leaves the base in full, else how much is gone."""
        is_planned = any(within(instant, one.maintenance) for one in (part, self.level.root))
        return Fraction(1) if is_planned else self.raw(part, instant)

    def combined(self, instant: int, state: Callable[[Part, int], Fraction]) -> Fraction:
        """Return how much of the service is gone: as much as of its root, or as much as enough of its components agree on (R-CO2)."""
        below = sorted((min(state(part, instant), Fraction(1)) for part in self.level.children), reverse=True)
        own = state(self.level.root, instant)
        if not below:
            return min(own, Fraction(1))
        if self.terms.overlap_weight == "sum_capped":
            return min(own + min(max(sum(below) - (self.needed() - 1), Fraction(0)), Fraction(1)), Fraction(1))
        return max(own, below[self.needed() - 1])

    def needed(self) -> int:
        """Return how many components must be down to bring the service down."""
        count = len(self.level.children)
        return {"serial_union": 1, "parallel_intersection": count}.get(self.terms.composite) or count - (self.terms.k or 1) + 1

    def is_reached(self, instant: int, state: Callable[[Part, int], Fraction]) -> bool:
        """Tell whether enough components are in a state, whatever their shares."""
        reached = sum(state(part, instant) > 0 for part in self.level.children)
        return state(self.level.root, instant) > 0 or (reached >= self.needed() if self.level.children else False)

    def lost_in(self, counted: Span, cuts: Sequence[Cut]) -> Fraction:
        """Return what is lost in a counted span: what a rule added to it counts with the lower of the shares beside it."""
        first, last = counted
        spans = [(max(cut.start, first), min(cut.end, last), cut.weight) for cut in cuts]
        spans = [(first, min(last, cuts[0].start), Fraction(0)), *spans, (max(first, cuts[-1].end), last, Fraction(0))]
        pieces = [(end - start, share) for start, end, share in spans if start < end]
        lost = Fraction(0)
        for place, (length, share) in enumerate(pieces):
            before = next((one for _, one in reversed(pieces[:place]) if one), None)
            after = next((one for _, one in pieces[place:] if one), None)
            lost += length * (share or min(one for one in (before, after) if one is not None))
        return lost

    def counted(self, cuts: Sequence[Cut]) -> list[Span]:
        """Return the counted spans, one a run: bridged, then long enough, then whole minutes (R-GR1)."""
        runs: list[Span] = []
        for cut in cuts:
            if cut.weight:
                if runs and cut.start - runs[-1][1] <= self.terms.bridge and self.is_crossable(cuts, runs[-1][1], cut.start):
                    runs[-1] = (runs[-1][0], cut.end)
                else:
                    runs.append((cut.start, cut.end))
        least = self.terms.min_consecutive + (self.terms.min_comparator == "gt")
        runs = [(start, end) for start, end in runs if end - start >= least]
        match self.terms.granularity:
            case "run_whole_minutes":
                runs = [(start, end - (end - start) % MINUTE_US) for start, end in runs]
            case "clock_any_minutes":
                touched = [(start // MINUTE_US * MINUTE_US, -(-end // MINUTE_US) * MINUTE_US) for start, end in runs]
                runs = (
                    [(max(start, before), end) for (_, before), (start, end) in pairwise([(0, touched[0][0]), *touched])] if touched else []
                )
            case "clock_full_minutes":
                runs = [(-(-start // MINUTE_US) * MINUTE_US, end // MINUTE_US * MINUTE_US) for start, end in runs]
        return [(start, end) for start, end in runs if start < end]

    def is_crossable(self, cuts: Sequence[Cut], start: int, end: int) -> bool:
        return all(cut.is_agreed and not cut.is_touched for cut in cuts if start <= cut.start < end)
