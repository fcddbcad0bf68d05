"""Measurement windows: how a contract cuts time, which windows a month run lists, and how versions divide them (R-TM3, R-VE1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks.model.contract import Clock, Contract, RollingDays
from tasks.model.period import Period
from tasks.model.zones import local_midnight, local_wall

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Window:
    """One measurement window `[start_at, end_at)` in UTC.

    `name` is that of its month or quarter; a billing cycle is named by its first month (`tables.yml`), a rolling window by the month
    with which it ends.
    """

    name: str
    start_at: datetime
    end_at: datetime

    def clipped(self, start_at: datetime | None, end_at: datetime | None) -> tuple[datetime, datetime] | None:
        """Return the part of it within a span whose ends may be open; None if nothing is left."""
        start = max(self.start_at, start_at) if start_at else self.start_at
        end = min(self.end_at, end_at) if end_at else self.end_at
        return (start, end) if start < end else None


@dataclass(frozen=True)
class WindowPart:
    """What one contract version judges of a window: `[start_at, end_at)` inside it (R-VE1)."""

    contract: Contract
    window: Window
    start_at: datetime
    end_at: datetime


def listed_window(clock: Clock, month: Period) -> Window | None:
    """Return the window whose last day lies in a month: the one that the month's run lists. None if no window ends there.

    Of rolling windows it is the one that ends with the month.
    """
    match clock.window:
        case "calendar_month":
            return _of(clock, month)
        case "calendar_quarter":
            quarter = month.quarter()
            return _of(clock, quarter) if quarter.end_day == month.end_day else None
        case "billing_cycle":
            return _cycle(clock, month if clock.billing_anchor_day == 1 else month.previous())
        case RollingDays(days=days):
            start_at, end_at = (local_midnight(clock.timezone, day) for day in (month.end_day - days * DAY, month.end_day))
            return Window(month.name, start_at, end_at)


def window_containing(clock: Clock, instant: datetime) -> Window:
    """Return the window in which an instant lies (E116).

    Raises:
        ValueError: If windows are rolling: they overlap, so that an instant lies in several.
    """
    month = Period.month_of(local_wall(clock.timezone, instant).date())
    match clock.window:
        case "calendar_month":
            return _of(clock, month)
        case "calendar_quarter":
            return _of(clock, month.quarter())
        case "billing_cycle":
            cycle = _cycle(clock, month)
            return cycle if cycle.start_at <= instant else _cycle(clock, month.previous())
        case RollingDays():
            raise ValueError("rolling windows overlap: ask for the one that a month lists")


def listed_parts(contracts: Iterable[Contract], months: Sequence[Period]) -> list[WindowPart]:
    """Return what each contract version judges of the windows that the months list (R-TM3, R-VE1).

    A window is cut where the version changes, unless the version that takes over says that one of them judges the whole.
    """
    listed: dict[tuple[str, Window], list[WindowPart]] = {}
    for contract in contracts:
        for window in filter(None, (listed_window(contract.clock, month) for month in months)):
            if span := window.clipped(contract.effective_from, contract.effective_to):
                listed.setdefault((contract.contract_id, window), []).append(WindowPart(contract, window, *span))
    return [part for _, parts in sorted(listed.items()) for part in _judged(sorted(parts, key=lambda part: part.start_at))]


def _judged(parts: list[WindowPart]) -> list[WindowPart]:
    """Return the parts of one window as the last version's text divides them (E88)."""
    first, last = parts[0], parts[-1]
    match last.contract.version.mid_window_switch:
        case "split":
            return parts
        case "version_at_window_start":
            return [WindowPart(first.contract, first.window, first.start_at, last.end_at)]
        case "version_at_window_end":
            return [WindowPart(last.contract, last.window, first.start_at, last.end_at)]


def _of(clock: Clock, period: Period) -> Window:
    return Window(period.name, *period.bounds(clock.timezone))


def _cycle(clock: Clock, first_month: Period) -> Window:
    """Return the billing cycle that starts in a month."""
    return Window(first_month.name, _anchor(clock, first_month), _anchor(clock, first_month.next()))


def _anchor(clock: Clock, month: Period) -> datetime:
    """Return where a billing cycle starts in a month: the anchor day clamps to the last one (E116)."""
    last_day = month.end_day - DAY
    return local_midnight(clock.timezone, last_day.replace(day=min(clock.billing_anchor_day, last_day.day)))
