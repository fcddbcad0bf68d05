"""How a length of time is written, the same in a step of a calculation and on a page."""

from __future__ import annotations

from fractions import Fraction

SECOND_US = 1_000_000


def duration_words(length_us: int | Fraction, places: int = 0) -> str:
    """Return microseconds (at least 0) as `1 h 12 min 05 s`, floored to the second or to so many decimals of it.

    Below a second, and without decimals asked for, to the millisecond.
    """
    whole_us = int(length_us)
    if 0 < whole_us < SECOND_US and not places:
        return f"{whole_us // 1000} ms" if whole_us >= 1000 else f"{whole_us} µs"
    minutes, seconds = divmod(whole_us // SECOND_US, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{whole_us % SECOND_US:06d}"[: places + 1] if places else ""
    if hours:
        return f"{hours:,} h {minutes:02d} min {seconds:02d}{part} s"
    return f"{minutes} min {seconds:02d}{part} s" if minutes else f"{seconds}{part} s"
