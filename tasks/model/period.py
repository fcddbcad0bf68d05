"""Periods a run is asked for: a month `2026-10`, a quarter `2026-Q4`, cut at local midnights (R-TM3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from tasks.model.errors import LedgerError
from tasks.model.zones import local_midnight

MONTHS_OF_QUARTER = 3
MONTHS_SHOWN = 12  # in a strip of verdicts: those that end with the period
FORM = re.compile(r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))", re.ASCII)
YEARS = range(1900, 2100)  # those whose clock changes are listed


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month or quarter. `month` is the first one, `length` counts months: 1 or 3."""

    year: int
    month: int
    length: int = 1

    @classmethod
    def parse(cls, text: str, where: str = "period") -> Period:
        """Return the period that a name means.

        Raises:
            LedgerError: If the text is neither `YYYY-MM` nor `YYYY-Qn` of the years 1900 to 2099.
        """
        found = FORM.fullmatch(text)
        if found is None or int(found["year"]) not in YEARS:
            fix = "write a month like 2026-10 or a quarter like 2026-Q4, of the years 1900 to 2099"
            raise LedgerError(f"'{text}' is no period", where=where, fix=fix)
        year = int(found["year"])
        return cls(year, int(found["month"])) if found["month"] else _quarter(year, int(found["quarter"]))

    @classmethod
    def month_of(cls, day: date) -> Period:
        """Return the month in which a day lies."""
        return cls(day.year, day.month)

    @property
    def is_month(self) -> bool:
        """Tell a month from a quarter."""
        return self.length == 1

    @property
    def name(self) -> str:
        """Return `YYYY-MM` or `YYYY-Qn`."""
        tail = f"{self.month:02}" if self.is_month else f"Q{(self.month + 2) // MONTHS_OF_QUARTER}"
        return f"{self.year:04}-{tail}"

    @property
    def first_day(self) -> date:
        """Return its first day."""
        return date(self.year, self.month, 1)

    @property
    def end_day(self) -> date:
        """Return the day after its last one."""
        return self.next().first_day

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """Return `[start_at, end_at)` in UTC, cut at the local midnights of a zone (E06, E07)."""
        return local_midnight(timezone, self.first_day), local_midnight(timezone, self.end_day)

    def months(self) -> tuple[Period, ...]:
        """Return the months in it, in order; a month holds itself."""
        return tuple(Period(self.year, self.month + index) for index in range(self.length))

    def quarter(self) -> Period:
        """Return the quarter in which it lies; a quarter lies in itself."""
        return _quarter(self.year, (self.month + 2) // MONTHS_OF_QUARTER)

    def next(self) -> Period:
        """Return the period of the same length that follows."""
        return self._moved(self.length)

    def previous(self) -> Period:
        """Return the period of the same length before."""
        return self._moved(-self.length)

    def trailing_months(self, count: int = MONTHS_SHOWN) -> tuple[Period, ...]:
        """Return the months that end with its last one, in order."""
        last = self.months()[-1]
        return tuple(last._moved(-back) for back in reversed(range(count)))

    def _moved(self, months: int) -> Period:
        years, index = divmod(self.month - 1 + months, 12)
        return Period(self.year + years, index + 1, self.length)


def _quarter(year: int, number: int) -> Period:
    """Return a quarter by its number, 1 to 4."""
    return Period(year, MONTHS_OF_QUARTER * (number - 1) + 1, MONTHS_OF_QUARTER)
