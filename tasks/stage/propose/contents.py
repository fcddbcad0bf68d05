"""What kind of thing stands in a column, judged by its values alone: dates and the order of day and month, numbers, words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tasks.stage.propose.profile import Content
from tasks.stage.propose.synonyms import words

Kind = Literal["empty", "instant", "day", "epoch", "duration", "decimal comma", "number", "words", "text"]
Order = Literal["day first", "month first", "unclear", "contradictory", "named"]
MOSTLY = 0.9  # share of values that must be of a kind
FEW = 40  # distinct values that still make an enumeration
TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<second>:\d{2})?(?P<fraction>\.\d+)?(?P<half>\s?[AaPp][Mm])?"
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?\s?(?P<zone>Z|[+-]\d{2}:?\d{2})?")
NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}})(?:(?P<gap>,? )(?P<clock>{TIME}))?")
YEAR_FIRST = re.compile(rf"\d{{4}}(?P<sep>[./])\d{{1,2}}(?P=sep)\d{{1,2}}(?:(?P<gap>,? )(?P<clock>{TIME}))?")
NAMED = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?P<sep>[ -])(?P<month>[A-Za-z]{{3,9}})(?P=sep)(?P<year>\d{{4}}|\d{{2}})"
    rf"|(?P<month2>[A-Za-z]{{3,9}}) (?P<day2>\d{{1,2}})(?P<comma>,?) (?P<year2>\d{{4}}))(?:(?P<gap>,? )(?P<clock>{TIME}))?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EPOCH = re.compile(r"[1-9]\d{9}(\d{3})?")  # since 1970, in seconds or milliseconds
SECONDS_DIGITS = 10
DURATION = re.compile(
    r"\d+:\d{2}(:\d{2})?|(\d+([.,]\d+)?\s*(d|days?|h|hrs?|hours?|std|m|mins?|minutes?|s|secs?|seconds?)\b[ ,]*)+", re.IGNORECASE
)
NUMBER = re.compile(r"-?\d+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+")


@dataclass(frozen=True)
class Dates:
    """How a column's dates are written. `{0}` and `{1}` in a template are day and month in an order that `order` tells."""

    templates: tuple[str, ...]
    order: Order
    has_time: bool
    has_zone: bool  # every time says its own offset
    odd: tuple[str, ...]  # values that are none

    def formats(self, order: Order) -> tuple[str, ...]:
        """Return the formats of a mapping in an order; ISO 8601 needs none."""
        first, second = ("%m", "%d") if order == "month first" else ("%d", "%m")
        return tuple(template.format(first, second) for template in self.templates)


@dataclass(frozen=True)
class Judged:
    """A column with what it holds; `dates` if these are dates, or numbers that may be; `nulls` are words that stand for nothing."""

    content: Content
    kind: Kind
    nulls: tuple[str, ...]
    dates: Dates | None = None

    @property
    def name(self) -> str:
        """Return the column's name."""
        return self.content.name

    @property
    def is_date(self) -> bool:
        """Tell whether it holds instants or days."""
        return self.dates is not None


def judge(content: Content) -> Judged:
    """Return what a column holds."""
    nulls = tuple(word for word, _ in content.words if word.lower() in words().null_words)
    kept = [(word, count) for word, count in content.words if word not in nulls]
    total = sum(count for _, count in kept)
    if not total:
        return Judged(content, "empty", nulls)
    dates = _dates(kept, total)
    if dates:
        return Judged(content, "instant" if dates.has_time else "day", nulls, dates)
    counted = [word for word, _ in kept if EPOCH.fullmatch(word)]
    if len(counted) == len(kept) and len({len(word) for word in counted}) == 1:
        unit = "seconds" if len(counted[0]) == SECONDS_DIGITS else "milliseconds"
        return Judged(content, "epoch", nulls, Dates((f"{unit} since 1970",), "named", has_time=True, has_zone=True, odd=()))
    for kind, form in (("number", NUMBER), ("decimal comma", DECIMAL_COMMA), ("duration", DURATION)):
        if sum(count for word, count in kept if form.fullmatch(word)) >= MOSTLY * total:
            return Judged(content, kind, nulls)  # type: ignore[arg-type]
    is_few = content.distinct <= FEW and (content.distinct < total or total < FEW)
    return Judged(content, "words" if is_few else "text", nulls)


def _dates(kept: Iterable[tuple[str, int]], total: int) -> Dates | None:
    templates: dict[str, None] = {}
    iso_zoned = iso_plain = read = timed = 0
    day_first = month_first = has_order = dotted = False
    odd = []
    for word, count in kept:
        if found := ISO.fullmatch(word):
            timed += count if found["time"] else 0
            iso_zoned, iso_plain = iso_zoned + (count if found["zone"] else 0), iso_plain + (0 if found["zone"] else count)
        elif found := NUMERIC.fullmatch(word):
            a, b = int(found["a"]), int(found["b"])
            if not (0 < a <= 31 and 0 < b <= 31 and min(a, b) <= 12):
                odd.append(word)
                continue
            sep, year = found["sep"], "%Y" if len(found["year"]) == 4 else "%y"
            templates[f"{{0}}{sep}{{1}}{sep}{year}{_clock(found)}"] = None
            has_order, dotted = True, dotted or sep == "."
            day_first, month_first = day_first or a > 12, month_first or b > 12
        elif found := YEAR_FIRST.fullmatch(word):
            templates[f"%Y{found['sep']}%m{found['sep']}%d{_clock(found)}"] = None
        elif (found := NAMED.fullmatch(word)) and (found["month"] or found["month2"]).lower()[:3] in MONTHS:
            templates[_named(found)] = None
        else:
            odd.append(word)
            continue
        read += count
        timed += count if not ISO.fullmatch(word) and found["clock"] else 0
    if read < MOSTLY * total:
        return None
    order: Order = "named"
    if has_order:
        order = _order(day_first, month_first, dotted=dotted)
    return Dates(tuple(sorted(templates)), order, timed > 0, iso_zoned > 0 and not iso_plain and not templates, tuple(odd))


def _order(day_first: bool, month_first: bool, *, dotted: bool) -> Order:
    if day_first and month_first:
        return "contradictory"
    if day_first or month_first:
        return "day first" if day_first else "month first"
    return "day first" if dotted else "unclear"  # points are written where the day comes first


def _clock(found: re.Match[str]) -> str:
    if not found["clock"]:
        return ""
    hour, half = ("%I", " %p" if found["half"].startswith(" ") else "%p") if found["half"] else ("%H", "")
    second, fraction = "%S" if found["second"] else "", ".%f" if found["fraction"] else ""
    return f"{found['gap']}{hour}:%M{':' + second if second else ''}{fraction}{half}"


def _named(found: re.Match[str]) -> str:
    month = "%b" if len(found["month"] or found["month2"]) == 3 else "%B"
    if found["month"]:
        sep, year = found["sep"], "%Y" if len(found["year"]) == 4 else "%y"
        return f"%d{sep}{month}{sep}{year}{_clock(found)}"
    return f"{month} %d{found['comma']} %Y{_clock(found)}"
