"""What should be there and is not: numbers that nobody had, and records that were there before (both only worth a warning)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tasks.extract.products import Record
from tasks.extract.spans import Span
from tasks.model.form import Finding

NAMED = 5  # so many are named in a finding
NUMBER = re.compile(r"(.*?)([0-9]+)")


def missing_numbers(records: Iterable[Record], before: Iterable[Record], span: Span) -> Iterator[Finding]:
    """Yield a finding for each series whose records made in the span leave numbers out.

    Args:
        records: Of this run.
        before: Landed earlier; numbers up to theirs were looked at then.
        span: All records made in it have been read.
    """
    series: dict[tuple[str, int], set[int]] = defaultdict(set)
    for record in records:
        if record.created_at and record.created_at >= span.start_at and (parts := NUMBER.fullmatch(record.number)):
            series[parts[1], len(parts[2]) if parts[2].startswith("0") else 0].add(int(parts[2]))
    seen: dict[str, int] = defaultdict(int)
    for record in before:
        if parts := NUMBER.fullmatch(record.number):
            seen[parts[1]] = max(seen[parts[1]], int(parts[2]))
    for (prefix, width), numbers in sorted(series.items()):
        gaps = [(low + 1, high - 1) for low, high in pairwise(sorted(numbers)) if high - low > 1 and high > seen[prefix]]
        if gaps:
            count = sum(high - low + 1 for low, high in gaps)
            names = [_between(f"{prefix}{low:0{width}}", f"{prefix}{high:0{width}}") for low, high in gaps]
            what = f"{count} numbers are missing: {_some(names)}"
            yield Finding("ID_GAP", (), what, prefix or None, fix="ask whether they were deleted, moved, or are hidden from the account")


def gone(records: Iterable[Record], before: Iterable[Record]) -> Iterator[Finding]:
    """Yield a finding if records that were there before, in time that was read again, are no longer there."""
    now = {record.id for record in records}
    lost = sorted({record.number or record.id for record in before if record.id not in now})
    if lost:
        what = f"{len(lost)} records are no longer there: {_some(lost)}"
        yield Finding("GONE", (), what, fix="ask whether they were deleted, or are hidden from the account now; what was landed stays")


def _between(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
