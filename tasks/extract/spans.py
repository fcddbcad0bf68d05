"""Which time is still to be fetched: what no landed or waiting file of the source covers. The journal is the only memory of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

Pair = tuple[datetime, datetime]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Span:
    """Time to ask for, `[start_at, end_at)`. The last one is open: it ends now, and what changes meanwhile belongs to it."""

    start_at: datetime
    end_at: datetime
    is_open: bool

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.end_at - self.start_at

    def is_near(self, at: datetime) -> bool:
        """Tell whether an instant lies in it or, since some products know minutes only, less than one beside it."""
        return self.start_at - MINUTE < at and (self.is_open or at < self.end_at + MINUTE)

    def halves(self) -> tuple[Span, Span]:
        """Return it as two, the earlier one first."""
        middle = (self.start_at + self.length / 2).replace(microsecond=0)
        return Span(self.start_at, middle, False), Span(middle, self.end_at, self.is_open)


def uncovered(covered: Iterable[Pair], since: datetime, now: datetime, overlap: timedelta) -> list[Span]:
    """Return the gaps in what is covered from `since` to `now`, by time; the one that ends now begins earlier by `overlap`."""
    gaps: list[Pair] = []
    cursor = since
    for start_at, end_at in sorted(covered):
        if start_at > cursor:
            gaps.append((cursor, min(start_at, now)))
        cursor = max(cursor, end_at)
    if cursor < now:
        gaps.append((cursor, now))
    spans = [Span(start_at, end_at, end_at == now) for start_at, end_at in gaps if start_at < end_at]
    if not spans or not spans[-1].is_open:
        return spans
    start_at = max(since, spans[-1].start_at - overlap)
    while len(spans) > 1 and spans[-2].end_at >= start_at:  # the overlap reaches an earlier gap
        start_at = min(start_at, spans[-2].start_at)
        del spans[-2]
    return [*spans[:-1], Span(start_at, now, True)]


def slices(span: Span, longest: timedelta) -> Iterator[Span]:
    """Yield a span in parts of at most that length, by time."""
    start_at = span.start_at
    while start_at + longest < span.end_at:
        yield Span(start_at, start_at + longest, False)
        start_at += longest
    yield Span(start_at, span.end_at, span.is_open)
