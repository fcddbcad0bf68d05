"""What is still to be fetched follows from what is covered, and from nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.extract.spans import Span, slices, uncovered

DAY = timedelta(days=1)


def day(number, hour=0):
    return datetime(2026, 10, number, hour, tzinfo=UTC)


def pair(start, end):
    return day(start), day(end)


@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        pytest.param([], [(1, 20)], id="nothing is covered: all of it, no further back than since"),
        pytest.param([pair(1, 10)], [(8, 20)], id="the overlap goes back from the first uncovered instant"),
        pytest.param([pair(1, 10), pair(10, 20)], [], id="all is covered up to now: nothing"),
        pytest.param([pair(1, 25)], [], id="covered beyond now, by another clock: nothing"),
        pytest.param([pair(10, 20)], [(1, 10)], id="a gap before the end is read alone, without overlap"),
        pytest.param([pair(1, 4), pair(6, 15)], [(4, 6), (13, 20)], id="a gap in the middle and the end"),
        pytest.param([pair(1, 12), pair(13, 14)], [(12, 20)], id="an overlap that reaches an earlier gap is one span with it"),
        pytest.param([pair(1, 3), pair(4, 12), pair(13, 14)], [(3, 4), (12, 20)], id="and takes no more gaps than it reaches"),
        pytest.param([pair(5, 10), pair(1, 7)], [(8, 20)], id="spans that overlap, in any order"),
        pytest.param([pair(1, 2)], [(1, 20)], id="an overlap that would go behind since"),
    ],
)
def test_what_is_not_covered_is_asked_for_and_the_end_with_its_overlap(covered, expected):
    spans = uncovered(covered, day(1), day(20), 2 * DAY)
    assert [(span.start_at.day, span.end_at.day) for span in spans] == expected
    assert [span.is_open for span in spans] == [span.end_at == day(20) for span in spans]


@pytest.mark.parametrize(
    ("length", "ends"),
    [
        pytest.param(30, [8], id="shorter than a slice: one"),
        pytest.param(7, [8], id="exactly a slice: one"),
        pytest.param(3, [4, 7, 8], id="the last slice is what remains"),
    ],
)
def test_slices_meet_and_only_the_last_is_open(length, ends):
    parts = list(slices(Span(day(1), day(8), True), length * DAY))
    assert [part.end_at.day for part in parts] == ends
    assert [part.start_at.day for part in parts] == [1, *ends[:-1]]
    assert [part.is_open for part in parts] == [False] * (len(ends) - 1) + [True]


def test_halves_meet_and_the_later_one_stays_open():
    early, late = Span(day(1), day(2), True).halves()
    assert (early, late) == (Span(day(1), day(1, 12), False), Span(day(1, 12), day(2), True))
