"""A slow, obvious oracle of incident clocks: every minute is looked at by itself, every change of severity in turn (DOMAIN 3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.measure.calendar_oracle import Days, Document, days_of

HORIZON = 75 * 24 * 60  # minutes looked at


@dataclass(frozen=True)
class Change:
    """A change of severity at a minute; `reason` is none, impact_reduced or misclassification, the latter two fully justified."""

    at: int
    new: str
    reason: str | None = None


@dataclass(frozen=True)
class Incident:
    """An incident in minutes after the start of its estate; `pauses` are evidenced spans with their reason."""

    start: int
    stop: int | None
    severity: str
    changes: tuple[Change, ...] = ()
    pauses: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Terms:
    """Terms of a measure: minutes or (business days, until) by severity."""

    policy: str
    targets: Mapping[str, int | tuple[int, str]]
    reasons: tuple[str, ...]
    calendar: Document | None


@dataclass(frozen=True)
class Span:
    """One severity in force `[start, end)`; `group` counts justified downgrades."""

    start: int | None
    end: int | None
    severity: str
    group: int
    is_void: bool = False


def days_counted(calendar: Document | None, start_at: datetime) -> Days | None:
    """Return the calendar minute by minute as far as the oracle looks; None counts every minute."""
    return None if calendar is None else days_of(calendar, start_at, HORIZON)


def spans_of(incident: Incident) -> list[Span]:
    """Return the severities in turn: unjustified downgrades are no change, justified ones begin another group."""
    told, held, group = incident.severity, incident.severity, 0
    steps: list[tuple[int | None, str, int]] = [(None, held, 0)]
    void_before = 0
    for change in incident.changes:
        is_downgrade, told = change.new > told, change.new
        if is_downgrade and change.reason is None:
            continue
        if is_downgrade:
            group, held = group + 1, change.new
            void_before = group if change.reason == "misclassification" else void_before
            steps.append((change.at, held, group))
        elif change.new < held:
            held = change.new
            steps.append((change.at, held, group))
    ends = [step[0] for step in steps[1:]] + [None]
    spans = [Span(start, end, held, group, group < void_before) for (start, held, group), end in zip(steps, ends, strict=True)]
    first = next(place for place, span in enumerate(spans) if not span.is_void)
    spans[first] = Span(None if first else spans[first].start, spans[first].end, spans[first].severity, spans[first].group)
    return spans


class Clock:
    """One incident under one measure."""

    def __init__(self, incident: Incident, terms: Terms, as_of: int, days: Days | None) -> None:
        self.incident, self.terms, self.days = incident, terms, days
        self.minutes = [True] * HORIZON if days is None else days.is_open
        self.end = incident.stop if incident.stop is not None else as_of
        self.counts = self.paused_until(self.end)

    def paused_until(self, stop: int) -> list[bool]:
        """Return of every minute whether it counts; a pause has a say while the clock runs."""
        spans = [(start, min(end, stop)) for start, end, reason in self.incident.pauses if reason in self.terms.reasons]
        paused = {minute for start, end in spans for minute in range(start, end)}
        return [is_open and minute not in paused for minute, is_open in enumerate(self.minutes)]

    def counted(self, start: int, end: int) -> int:
        return sum(self.counts[start:end])

    def reached(self, start: int, needed: Fraction) -> Fraction:
        """Return the earliest minute, or part of one, at which the time counted from a start reaches an amount."""
        left = needed
        for minute in range(start, HORIZON):
            if self.counts[minute]:
                if left <= 1:
                    return minute + left
                left -= 1
        raise AssertionError("the horizon is too near")

    def target(self, severity: str, start: int) -> tuple[int, Fraction]:
        """Return the minutes allowed and when they are used up; business days are due by their rule unless a pause pushes them on."""
        target = self.terms.targets[severity]
        if isinstance(target, int):
            return target, self.reached(start, Fraction(target))
        assert self.days is not None
        due = self.days.due_after(start, *target)
        allowed = sum(self.minutes[start:due])
        reached = self.reached(start, Fraction(allowed))
        is_pushed = self.counts[start : int(reached)] != self.minutes[start : int(reached)]
        return allowed, reached if is_pushed else Fraction(due)

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return by severity what its target says."""
        inside = [
            span
            for span in spans_of(self.incident)
            if (span.end is None or span.end > self.incident.start)
            and (span.start is None or span.start <= self.incident.start or span.start < self.end)
        ]
        match self.terms.policy:
            case "final_severity":
                changes = self.incident.changes
                final = changes[-1].new if changes else self.incident.severity
                return {final: self._judged(final, self.incident.start, None)} if final in self.terms.targets else {}
            case "segment":
                return self._segmented([span for span in inside if not span.is_void and span.severity in self.terms.targets])
            case "reset_on_change":
                return self._reset(inside)
        return self._strictest(inside)

    def _strictest(self, spans: Sequence[Span]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for group in sorted({span.group for span in spans}):
            members = [span for span in spans if span.group == group]
            severities = [span.severity for span in members if span.severity in self.terms.targets]
            if severities:
                strictest = min(severities)
                found[strictest] = self._judged(strictest, self.incident.start, members[-1].end, is_void=members[0].is_void)
        return found

    def _reset(self, spans: Sequence[Span]) -> dict[str, dict[str, Any]]:
        """Return by severity its longest span that is not void; of equal ones the last."""
        found: dict[str, dict[str, Any]] = {}
        ranks: dict[str, tuple[bool, int]] = {}
        every = spans_of(self.incident)
        for span in spans:
            if span.severity in self.terms.targets:
                start = self.incident.start if span.start is None else max(span.start, self.incident.start)
                after = next((one for one in every if one.start is not None and one.start == span.end), None)
                is_downgraded = (after or Span(None, None, "", span.group)).group > span.group
                row = self._judged(span.severity, start, span.end, is_void=span.is_void)
                if row["status"] == "met" and row["is_early"] and not is_downgraded and not self._is_misclassified(span, every):
                    row["status"] = "not_applicable"
                rank = (not span.is_void, max(min(self.end, self.end if span.end is None else span.end), start) - start)
                if rank >= ranks.get(span.severity, rank):
                    found[span.severity], ranks[span.severity] = row, rank
        return found

    def _is_misclassified(self, span: Span, every: Sequence[Span]) -> bool:
        place = every.index(span)
        return place + 1 < len(every) and every[place + 1].group > span.group

    def _segmented(self, spans: Sequence[Span]) -> dict[str, dict[str, Any]]:
        if not spans:
            return {}
        last = spans[-1]
        self.counts = self.paused_until(self.end)
        used = Fraction(0)
        due: Fraction | None = None
        for span in spans:
            start = max(self.incident.start if span.start is None else span.start, self.incident.start)
            end = self.end if span.end is None else min(span.end, self.end)
            target = self.terms.targets[span.severity]
            assert isinstance(target, int)
            share = Fraction(self.counted(start, end), target)
            if due is None and (used + share >= 1 or span is last):
                due = self.reached(start, (1 - used) * target)
            used += share
        row = self._judged(last.severity, self.incident.start, None)
        status = "met" if used <= 1 and self.incident.stop is not None else "running" if used <= 1 else "late"
        late = "breached" if self.incident.stop is not None else "breached_open"
        return {last.severity: row | {"status": late if status == "late" else status, "due": due, "consumed": used}}

    def _judged(self, severity: str, start: int, taken_at: int | None, *, is_void: bool = False) -> dict[str, Any]:
        is_early = taken_at is not None and self.end > taken_at
        is_stopped = self.incident.stop is not None and (taken_at is None or self.incident.stop <= taken_at)
        end = max(min(self.end, self.end if taken_at is None else taken_at), start)
        self.counts = self.paused_until(end)
        (target, due), elapsed = self.target(severity, start), self.counted(start, end)
        if is_void:
            status = "not_applicable"
        elif elapsed > target:
            status = "breached" if is_stopped or is_early else "breached_open"
        else:
            status = "met" if is_stopped or is_early else "running"
        return {"elapsed": elapsed, "status": status, "due": due, "consumed": Fraction(elapsed, target), "is_early": is_early}
