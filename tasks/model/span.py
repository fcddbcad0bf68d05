"""Spans of days that metrics are computed of: a month, a quarter, or any days one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tasks.model.errors import LedgerError
from tasks.model.period import YEARS, Period
from tasks.model.zones import local_midnight

DAY = timedelta(days=1)
QUARTERS_SHOWN = 8  # of trends (DOMAIN 7.2, 7.3)


@dataclass(frozen=True, order=True)
class Span:
    """Days from the first to the last one, which is in it."""

    first_day: date
    last_day: date

    @classmethod
    def of(cls, period: Period) -> Span:
        """Return the days of a month or quarter."""
        return cls(period.first_day, period.end_day - DAY)

    @classmethod
    def parse(cls, first: str, last: str) -> Span:
        """Return the days from one day, month or quarter to another.

        Raises:
            LedgerError: If one is neither, or the last comes before the first.
        """
        start, end = _days(first, "--from").first_day, _days(last, "--to").last_day
        if end < start:
            raise LedgerError(f"{last} comes before {first}", where="sla metrics", fix="name the earlier day with --from")
        return cls(start, end)

    @property
    def name(self) -> str:
        """Return `YYYY-MM`, `YYYY-Qn`, or `date/date` with the last day in it."""
        month = Period.month_of(self.first_day)
        for period in (month, month.quarter()):
            if Span.of(period) == self:
                return period.name
        return f"{self.first_day.isoformat()}/{self.last_day.isoformat()}"

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """Return `[start_at, end_at)` in UTC, cut at the local midnights of a zone (R-TM3)."""
        return local_midnight(timezone, self.first_day), local_midnight(timezone, self.last_day + DAY)

    def previous(self) -> Span:
        """Return the month or quarter before one, else as many days before it."""
        month = Period.month_of(self.first_day)
        for period in (month, month.quarter()):
            if Span.of(period) == self:
                return Span.of(period.previous())
        return Span(self.first_day - (self.last_day - self.first_day) - DAY, self.first_day - DAY)

    def periods(self) -> Iterator[Period]:
        """Yield the months and quarters that lie wholly in it."""
        month = Period.month_of(self.first_day)
        while month.first_day <= self.last_day:
            for period in (month, month.quarter()):
                if self.first_day <= period.first_day and period.end_day <= self.last_day + DAY and period.month == month.month:
                    yield period
            month = month.next()


def spans_listed(period: Period) -> list[Span]:
    """Return the spans that a run's tables list: a month alone; of a quarter it and those before it that trends show."""
    spans = [Span.of(period)]
    while not period.is_month and len(spans) < QUARTERS_SHOWN:
        spans.append(spans[-1].previous())
    return spans


def window_rows(spans: Iterable[Span], timezone: str) -> list[dict[str, Any]]:
    """Return the rows of run.metric_windows: the spans, and of each the one before it."""
    listed = sorted(set(spans))
    earlier = sorted({span.previous() for span in listed} - set(listed))
    return [
        {
            "period": span.name,
            "start_at": span.bounds(timezone)[0],
            "end_at": span.bounds(timezone)[1],
            "previous_period": span.previous().name if span in listed else None,
            "is_listed": span in listed,
            "first_month": _month_no(span.first_day),
            "last_month": _month_no(span.last_day),
        }
        for span in (*earlier, *listed)
    ]


def judged_rows(spans: Iterable[Span]) -> list[dict[str, str]]:
    """Return the rows of run.judged_in_windows for spans and those before them."""
    listed = set(spans)
    every = sorted(listed | {span.previous() for span in listed})
    return [{"period": span.name, "judged_period": period.name} for span in every for period in span.periods()]


def _month_no(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days(text: str, where: str) -> Span:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Span.of(Period.parse(text, where=where))
    if day.year not in YEARS:
        raise LedgerError(f"{text} is too far off", where=where, fix="name a day of the years 1900 to 2099")
    return Span(day, day)
