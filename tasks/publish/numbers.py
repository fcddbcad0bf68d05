"""The one formatter: how a number is printed, and its row in `figures`. A template can print no number that has not passed here.

Percentages are floored at three decimals, so that a breach cannot look met (R-DSP1), with more only where three could not tell a level from
its target; durations are floored to the second, likewise. Money is printed with its currency and minor units, instants in a named zone
and in UTC. The exact value always stands in the figure's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.durations import duration_words
from tasks.model.identity import canonical_json, short_id
from tasks.model.instants import exact_instant
from tasks.model.money import money_words
from tasks.model.zones import zone

UNKNOWN = "not known"
PERCENT_PLACES, MOST_PLACES = 3, 6


@dataclass(frozen=True)
class Source:
    """Where a printed number comes from: rows of a result table that meet `key`, and a column of them or an expression over columns.

    `key` maps a column to a value, to a list of values (any of them), or to `{"from", "before"}` (a half-open span); JSON values only.
    A column `a/b` is the exact ratio of two columns.
    """

    table: str
    key: Mapping[str, Any]
    column: str
    rule_id: str | None = None
    contract_version_id: str | None = None

    def query(self) -> str:
        """Return the SELECT over the pack's tables that gives the exact value."""
        numerator, *denominator = self.column.split("/")  # `//`, which divides whole numbers, gives three pieces
        selected = f"({numerator})::varchar || '/' || ({denominator[0]})::varchar" if len(denominator) == 1 else self.column
        where = " and ".join(_condition(name, value) for name, value in sorted(self.key.items()))
        return f"select {selected} from {self.table}" + (f" where {where}" if where else "")


def row_source(table: str, row: Mapping[str, Any], column: str, rule_id: str | None = None) -> Source:
    """Return the source of a column of one row; the row holds at least the table's key columns."""
    key = {name: json_value(row[name]) for name in dictionary().tables[table].key}
    return Source(table, key, column, rule_id, row.get("contract_version_id"))


def json_value(value: Any) -> Any:
    """Return a column's value as JSON holds it: instants and dates as ISO text, decimals as text."""
    match value:
        case datetime():
            return exact_instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return value


def _condition(name: str, value: Any) -> str:
    match value:
        case None:
            return f"{name} is null"
        case bool():
            return f"{name} = {str(value).lower()}"
        case int():
            return f"{name} = {value}"
        case list():
            return f"{name} in ({', '.join(_literal(item) for item in value)})" if value else "false"
        case dict():
            bounds = {"from": ">=", "before": "<"}
            return " and ".join(f"{name} {bounds[bound]} {_literal(limit)}" for bound, limit in sorted(value.items(), reverse=True))
    return f"{name} = {_literal(value)}"


def _literal(text: str) -> str:
    return "'" + str(text).replace("'", "''") + "'"


@dataclass(frozen=True)
class Figure:
    """A number as printed, with what stands behind it. `detail` is a second, smaller line, such as the instant in UTC."""

    figure_id: str
    label: str
    printed: str
    exact: str | None
    unit: str | None
    source: Source
    detail: str | None = None

    def __html__(self) -> str:
        """Print the number as a link to its own proof; Jinja calls this."""
        second = f'<span class="detail">{escape(self.detail)}</span>' if self.detail else ""
        zero = " zero" if self.exact in ("0", "0.0000") else ""
        return f'<a class="figure{zero}" href="#{self.figure_id}">{escape(self.printed)}{second}</a>'

    def __str__(self) -> str:
        return f"{self.printed} ({self.detail})" if self.detail else self.printed


class Book:
    """The figures of one page. Rows come out in the order of their ids, whatever the order of printing."""

    def __init__(self, page: str) -> None:
        self.page = page
        self._figures: dict[str, tuple[str, Figure]] = {}

    def sheet(self, section: str) -> Sheet:
        """Return the printer of one section."""
        return Sheet(self, section)

    def keep(
        self, section: str, label: str, printed: str, exact: str | None, unit: str | None, source: Source, detail: str | None
    ) -> Figure:
        """Register a number and return it.

        Raises:
            ValueError: If two different numbers claim one name: a label is not precise enough.
        """
        key = dict(source.key)
        figure_id = short_id("F", [self.page, section, label, source.table, key, source.column])
        figure = Figure(figure_id, label, printed, exact, unit, source, detail)
        known = self._figures.setdefault(figure_id, (section, figure))[1]
        if known != figure:
            raise ValueError(f"'{label}' in {section} names two numbers: {known} and {figure}")
        return figure

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of `figures`."""
        return [
            {
                "figure_id": figure_id,
                "page": self.page,
                "section": section,
                "label": figure.label,
                "value_printed": str(figure),
                "value_exact": figure.exact,
                "unit": figure.unit,
                "table_name": figure.source.table,
                "key": canonical_json(dict(figure.source.key)),
                "column_name": figure.source.column,
                "rule_id": figure.source.rule_id,
                "contract_version_id": figure.source.contract_version_id,
            }
            for figure_id, (section, figure) in sorted(self._figures.items())
        ]

    def figures(self) -> list[Figure]:
        """Return the figures in the order of their ids."""
        return [figure for _, (_, figure) in sorted(self._figures.items())]


@dataclass(frozen=True)
class Sheet:
    """Prints the numbers of one section. A value of None is printed as not known, never as zero."""

    book: Book
    section: str

    def count(self, label: str, value: int | None, source: Source, unit: str | None = None) -> Figure:
        """Print a whole number, with the unit's word if given ("rows")."""
        words = None if value is None else f"{value:,}" + (f" {unit}" if unit else "")
        return self._keep(label, words, None if value is None else str(value), unit or "count", source)

    def told(self, label: str, text: str, source: Source) -> Figure:
        """Print an observation as it was put in words, up to a colon: what it names after that is no number."""
        return self._keep(label, text.partition(": ")[0], text, "words", source)

    def quoted(self, label: str, printed: str, exact: str | None, source: Source, unit: str = "words") -> Figure:
        """Print a value as words put it, such as a metric in its unit; the exact value is the table's own."""
        return self._keep(label, printed, exact, unit, source)

    def percent(
        self,
        label: str,
        numerator: int | None,
        denominator: int | None,
        source: Source,
        target: Decimal | None = None,
        unit: str = "percent",
    ) -> Figure:
        """Print a ratio as a floored percentage, told apart from a target (R-DSP1). `unit` names what the ratio counts."""
        if numerator is None or not denominator:
            return self._keep(label, None, None, unit, source)
        return self._keep(label, percent_words(numerator, denominator, target), f"{int(numerator)}/{int(denominator)}", unit, source)

    def fraction(self, label: str, numerator: int | None, denominator: int | None, source: Source, unit: str = "fraction") -> Figure:
        """Print an exact ratio in lowest terms; its exact value keeps both sides as they are computed with."""
        if numerator is None or not denominator:
            return self._keep(label, None, None, unit, source)
        lowest = Fraction(int(numerator), int(denominator))
        printed = f"{lowest.numerator:,} / {lowest.denominator:,}"
        return self._keep(label, printed, f"{int(numerator)}/{int(denominator)}", unit, source)

    def share(self, label: str, numerator: int, denominator: int, source: Source, unit: str = "percent") -> Figure:
        """Print a ratio as whole percent, floored; for shares that may exceed 100 %, which only all of it prints."""
        return self._keep(label, share_words(numerator, denominator), f"{int(numerator)}/{int(denominator)}", unit, source)

    def level(self, label: str, value: Decimal | None, source: Source, unit: str = "%") -> Figure:
        """Print a stated decimal (target, tier, points) as it stands, without trailing zeros."""
        exact = None if value is None else str(value)
        return self._keep(label, None if value is None else f"{plain(value)} {unit}", exact, "percent" if unit == "%" else unit, source)

    def points(self, label: str, value: Decimal | None, source: Source, shown: Decimal | None = None) -> Figure:
        """Print percentage points in full, or `shown`: the difference of two printed values, so that a reader's own subtraction agrees."""
        if value is None:
            return self._keep(label, None, None, "percentage points", source)
        return self._keep(label, f"{plain(value if shown is None else shown)} percentage points", str(value), "percentage points", source)

    def statistic(self, label: str, printed: str, value: Decimal, unit: str, source: Source) -> Figure:
        """Print a statistic as its own words have it (`metric_words.amount_words`); the exact value is that of the table."""
        return self._keep(label, printed, str(value), unit, source)

    def duration(self, label: str, length_us: int | None, source: Source, beside_us: int | None = None) -> Figure:
        """Print microseconds as hours, minutes and seconds, told apart from the length that stands beside them."""
        places = 0 if length_us is None or beside_us is None else places_apart(length_us, beside_us)
        return self._keep(label, None if length_us is None else duration_words(length_us, places), _text(length_us), "us", source)

    def difference(self, label: str, delta_us: int | None, source: Source) -> Figure:
        """Print signed microseconds, always with their sign."""
        return self._keep(label, None if delta_us is None else signed_duration_words(delta_us), _text(delta_us), "us", source)

    def money(self, label: str, amount: Decimal | None, currency: str | None, source: Source) -> Figure:
        """Print an amount with its currency and minor units."""
        if amount is None or currency is None:
            return self._keep(label, None, _text(amount), currency, source)
        return self._keep(label, money_words(amount, currency), str(amount), currency, source)

    def instant(self, label: str, at: datetime | None, zone_name: str, source: Source) -> Figure:
        """Print an instant in a named zone, and in UTC beside it."""
        if at is None:
            return self._keep(label, None, None, "instant", source)
        printed, detail = instant_words(at, zone_name)
        return self._keep(label, printed, exact_instant(at), "instant", source, detail)

    def day(self, label: str, value: date | None, source: Source) -> Figure:
        """Print a date."""
        return self._keep(label, None if value is None else value.isoformat(), _text(value), "date", source)

    def _keep(
        self, label: str, printed: str | None, exact: str | None, unit: str | None, source: Source, detail: str | None = None
    ) -> Figure:
        return self.book.keep(self.section, label, UNKNOWN if printed is None else printed, exact, unit, source, detail)


def floored_percent(numerator: int, denominator: int, places: int = PERCENT_PLACES) -> str:
    """Return 100 × numerator / denominator with so many decimals, rounded down (R-DSP1)."""
    unit = 10**places
    parts = 100 * unit * int(numerator) // int(denominator)
    return f"{parts // unit}.{parts % unit:0{places}d}"


def percent_words(numerator: int, denominator: int, target: Decimal | None = None) -> str:
    """Return `99.949 %`. Beside a target the last decimal, the sixth at most, is no coarser than the distance to it.

    A value above the target that six decimals still call equal is printed with `>`.
    """
    if target is None:
        return f"{floored_percent(numerator, denominator)} %"
    gap = abs(Fraction(100 * int(numerator), int(denominator)) - Fraction(target))
    decimals = len(plain(target).partition(".")[2])
    wide = (places for places in range(PERCENT_PLACES, MOST_PLACES) if Fraction(1, 10**places) <= gap)
    text = floored_percent(numerator, denominator, next(wide, MOST_PLACES) if gap else max(decimals, PERCENT_PLACES))
    return f"> {text} %" if gap and Decimal(text) == target else f"{text} %"


def percent_shown(numerator: int, denominator: int, target: Decimal) -> Decimal:
    """Return the number that `percent_words` prints."""
    return Decimal(percent_words(numerator, denominator, target).strip("> %"))


def share_words(numerator: int, denominator: int) -> str:
    """Return `1,803 %`, floored; a share just above 100 % gets as many decimals, up to six, as show that it is more."""
    whole = 100 * numerator // denominator
    if whole != 100 or numerator == denominator:
        return f"{whole:,} %"
    texts = (floored_percent(numerator, denominator, places) for places in range(1, MOST_PLACES + 1))
    return next((f"{text} %" for text in texts if Decimal(text) > 100), "> 100 %")


def places_apart(length_us: int, other_us: int) -> int:
    """Return how many decimals of a second tell two lengths apart; 0 if whole seconds do, or if they are equal."""
    if length_us == other_us:
        return 0
    return next(places for places in range(MOST_PLACES + 1) if length_us // 10 ** (6 - places) != other_us // 10 ** (6 - places))


def plain(value: Decimal) -> str:
    """Return a decimal without trailing zeros and without exponent: 99.900000 → 99.9."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed_duration_words(delta_us: int) -> str:
    """Return signed microseconds: `+3 min 00 s`, `−42 s`, `0 s`."""
    sign = "" if delta_us == 0 else "+" if delta_us > 0 else "−"
    return sign + duration_words(abs(delta_us))


def instant_words(at: datetime, zone_name: str) -> tuple[str, str | None]:
    """Return an instant in the zone, and in UTC unless the zone is UTC; the UTC date only where it is another one."""
    utc = at.astimezone(UTC)
    local = at.astimezone(zone(zone_name))
    if local.utcoffset() == utc.utcoffset() and local.tzname() == "UTC":
        return f"{_wall(utc)} UTC", None
    same_day = local.date() == utc.date()
    return f"{_wall(local)} {local.tzname()}", f"{_wall(utc)[11:] if same_day else _wall(utc)} UTC"


def _wall(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S") + (f".{at.microsecond:06d}".rstrip("0") if at.microsecond else "")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
