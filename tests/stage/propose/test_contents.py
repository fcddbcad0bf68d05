"""What stands in a column: dates and the order of day and month are decided by evidence, and marked where there is none."""

from __future__ import annotations

import pytest

from tasks.stage.propose.contents import judge
from tasks.stage.propose.profile import Content
from tasks.stage.propose.synonyms import name_likeness, plain, severity_of_word, value_of_word


def column(*words: str, name: str = "x") -> Content:
    return Content(name, "c0", len(words), len(set(words)), tuple((word, words.count(word)) for word in dict.fromkeys(words)))


DATES = [
    pytest.param(["2026-10-07T10:00:00Z", "2026-10-08 11:00:00+02:00"], "named", (), True, id="ISO 8601 with its zone"),
    pytest.param(["2026-10-07 10:00", "2026-10-08 11:00"], "named", (), False, id="ISO 8601 without an offset"),
    pytest.param(["07/10/2026 10:00", "13/10/2026 11:00"], "day first", ("%d/%m/%Y %H:%M",), False, id="a thirteenth shows the order"),
    pytest.param(["10/07/2026 10:00", "10/13/2026 11:00"], "month first", ("%m/%d/%Y %H:%M",), False, id="and here that the month is"),
    pytest.param(["07/10/2026 10:00", "08/10/2026 11:00"], "unclear", ("%d/%m/%Y %H:%M",), False, id="no day over twelve: unclear"),
    pytest.param(["07.10.2026 10:00", "08.10.2026 11:00"], "day first", ("%d.%m.%Y %H:%M",), False, id="points are written day first"),
    pytest.param(["13/10/2026 10:00", "10/13/2026 10:00"], "contradictory", ("%d/%m/%Y %H:%M",), False, id="both orders in one column"),
    pytest.param(["13-10-26 9:05:30 PM"], "day first", ("%d-%m-%y %I:%M:%S %p",), False, id="two digits of the year, twelve hours"),
    pytest.param(["7 Oct 2026 10:00", "12 Oct 2026 11:00"], "named", ("%d %b %Y %H:%M",), False, id="the month by name"),
    pytest.param(["October 7, 2026 10:00 AM"], "named", ("%B %d, %Y %I:%M %p",), False, id="the whole name of a month"),
    pytest.param(["2026/10/07 10:00"], "named", ("%Y/%m/%d %H:%M",), False, id="the year first"),
    pytest.param(
        ["13/10/2026 10:00", "13/10/2026 10:00:30"],
        "day first",
        ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"),
        False,
        id="two ways",
    ),
]


@pytest.mark.parametrize(("words", "order", "formats", "has_zone"), DATES)
def test_how_dates_are_written(words, order, formats, has_zone):
    one = judge(column(*words))
    assert one.kind == "instant"
    assert (one.dates.order, one.dates.formats(one.dates.order), one.dates.has_zone) == (order, formats, has_zone)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        pytest.param(["2026-10-07", "2026-10-08"], "day", id="days without a time"),
        pytest.param(["1791367200", "1791367260"], "epoch", id="seconds since 1970"),
        pytest.param(["1791367200123"], "epoch", id="milliseconds since 1970"),
        pytest.param(["12", "3.5"], "number", id="numbers"),
        pytest.param(["1.234,56", "0,5"], "decimal comma", id="numbers with a comma"),
        pytest.param(["2h 30m", "45 min", "1 day 2 hours"], "duration", id="lengths of time in words"),
        pytest.param(["00:45", "112:10:00"], "duration", id="lengths of time as a clock"),
        pytest.param(["open"] * 3 + ["closed"], "words", id="few words, often"),
        pytest.param([f"text {number}" for number in range(60)], "text", id="text"),
        pytest.param(["-", "n/a", "NULL"], "empty", id="words that stand for nothing"),
        pytest.param(["32/10/2026 10:00"] * 2, "words", id="no day of any calendar"),
    ],
)
def test_other_kinds(words, kind):
    assert judge(column(*words)).kind == kind


def test_a_few_words_among_dates_are_named_and_null_words_are_left_out():
    one = judge(column(*[f"2026-10-{day:02} 10:00" for day in range(1, 20)], "soon", "n/a"))
    assert (one.kind, one.dates.odd, one.nulls) == ("instant", ("soon",), ("n/a",))


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Ticket-Nr.", "ticket_key"),
        ("OpenedAt", "opened_at"),
        ("Date Opened", "opened_at"),
        ("Eröffnet am", "opened_at"),
        ("Business Service", "service_raw"),
        ("/fields/status", "state"),
        ("Prioriät", "severity_raw"),
        ("resolved_at", "resolved_at"),
    ],
)
def test_a_header_is_likeliest_for_its_field(header, field):
    fields = ("ticket_key", "title", "service_raw", "severity_raw", "state", "opened_at", "occurred_at", "resolved_at", "closed_at")
    assert max(fields, key=lambda name: name_likeness("ticket", name, header)) == field


def test_words_are_compared_in_plain_form():
    assert plain("  Opened_At (UTC)") == "opened at utc"
    assert value_of_word("In Progress", ["new", "in_progress"]) == "in_progress"
    assert value_of_word("Geschlossen", ["closed"]) == "closed"
    assert value_of_word("In Prüfung", ["closed", "new"]) is None
    assert [severity_of_word(word) for word in ("1 - Critical", "Sev2", "SEHR HOCH", "Prio 3", "purple")] == ["P1", "P2", "P1", "P3", None]
