"""One way to write a length of time."""

from fractions import Fraction

import pytest

from tasks.model.durations import duration_words

HOUR, MINUTE, SECOND = 3_600_000_000, 60_000_000, 1_000_000


@pytest.mark.parametrize(
    ("length_us", "printed"),
    [
        pytest.param(0, "0 s", id="nothing has a unit too"),
        pytest.param(5 * SECOND, "5 s", id="seconds"),
        pytest.param(60 * SECOND, "1 min 00 s", id="a full minute"),
        pytest.param(HOUR + 12 * MINUTE + 5 * SECOND, "1 h 12 min 05 s", id="all three"),
        pytest.param(745 * HOUR, "745 h 00 min 00 s", id="a clock-change month in hours, not days"),
        pytest.param(12_345 * HOUR, "12,345 h 00 min 00 s", id="grouped hours"),
        pytest.param(5 * SECOND + 999_999, "5 s", id="floored to the second"),
        pytest.param(350_000, "350 ms", id="below a second it is not nothing"),
        pytest.param(12, "12 µs", id="below a millisecond neither"),
        pytest.param(Fraction(5 * SECOND * 10 + 3, 10), "5 s", id="weighted time is floored too"),
    ],
)
def test_a_duration_is_printed_as_hours_minutes_and_seconds(length_us, printed):
    assert duration_words(length_us) == printed
