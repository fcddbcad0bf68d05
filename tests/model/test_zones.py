"""Zones: offset spans against the pinned database's own bytes, wall times against hand-worked nights."""

import importlib.resources
import struct
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.zones import (
    FIRST,
    LAST,
    STEP,
    calendar_instant,
    known_zone,
    local_midnight,
    local_wall,
    resolve_wall,
    transitions,
    zone_names,
)

HOUR = 3_600_000_000
NIGHTS = ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "America/Asuncion", "Africa/Casablanca", "Pacific/Apia"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def listed_changes(name: str) -> list[tuple[datetime, int, str]]:
    """Read the explicit changes of a zone from its TZif bytes (RFC 9636), an independent reading."""
    data = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    utc_marks, wall_marks, leaps, times, types, letters = struct.unpack(">6l", data[20:44])
    at = 44 + times * 5 + types * 6 + letters + leaps * 8 + wall_marks + utc_marks
    *_, times, types, letters = struct.unpack(">6l", data[at + 20 : at + 44])
    at += 44
    instants = struct.unpack(f">{times}q", data[at : at + 8 * times])
    indexes = data[at + 8 * times : at + 9 * times]
    at += 9 * times
    states = [struct.unpack(">lbB", data[at + 6 * index : at + 6 * index + 6]) for index in range(types)]
    words = data[at + 6 * types : at + 6 * types + letters]
    rows = [
        (
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant),
            states[index][0],
            words[states[index][2] :].split(b"\0")[0].decode(),
        )
        for instant, index in zip(instants, indexes, strict=True)
    ]
    kept = [after for before, after in pairwise([(None, None, None), *rows]) if before[1:] != after[1:]]
    return [row for row in kept if row[0] > FIRST]


def test_no_zone_ever_held_an_offset_for_less_than_a_step():
    shortest = min(after[0] - before[0] for name in zone_names() for before, after in pairwise(listed_changes(name)))
    assert shortest > STEP


@pytest.mark.parametrize(
    "name",
    [*NIGHTS, "Europe/London", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia", "America/Cambridge_Bay", "Europe/Dublin", "UTC"],
)
def test_spans_are_those_of_the_database(name):
    expected = listed_changes(name)
    found = [(row.start_at, row.utc_offset_us // 1_000_000, row.abbreviation) for row in transitions(name)[1:]]
    assert found[: len(expected)] == expected


@pytest.mark.parametrize("name", sorted(NIGHTS))
def test_spans_adjoin_from_1900_and_the_last_is_open(name):
    rows = transitions(name)
    assert rows[0].start_at == FIRST
    assert [row.end_at for row in rows] == [*(row.start_at for row in rows[1:]), None]
    assert rows[-1].start_at < LAST


@pytest.mark.parametrize(
    ("name", "start_at", "utc_offset_us", "abbreviation"),
    [
        pytest.param("Europe/Berlin", "2026-03-29T01:00", 2 * HOUR, "CEST", id="Berlin springs forward at 02:00 local"),
        pytest.param("Europe/Berlin", "2026-10-25T01:00", HOUR, "CET", id="Berlin falls back at 03:00 local"),
        pytest.param("Europe/London", "2026-03-29T01:00", HOUR, "BST", id="London changes at the same instant"),
        pytest.param("Europe/Berlin", "2099-03-29T01:00", 2 * HOUR, "CEST", id="rules go on to 2099"),
        pytest.param("Australia/Lord_Howe", "2026-04-04T15:00", 10 * HOUR + HOUR // 2, "+1030", id="Lord Howe moves by half an hour"),
        pytest.param("Australia/Lord_Howe", "2026-10-03T15:30", 11 * HOUR, "+11", id="and back"),
        pytest.param("America/Santiago", "2026-09-06T04:00", -3 * HOUR, "-03", id="Santiago skips its midnight"),
        pytest.param("America/Asuncion", "2023-10-01T04:00", -3 * HOUR, "-03", id="Asuncion skipped its midnight while it had summer time"),
        pytest.param("Africa/Casablanca", "2026-02-15T02:00", 0, "+00", id="Casablanca goes back for Ramadan"),
        pytest.param("Africa/Casablanca", "2026-03-22T02:00", HOUR, "+01", id="and forward after it"),
        pytest.param("Pacific/Apia", "2011-12-30T10:00", 14 * HOUR, "+14", id="Samoa skipped a whole day"),
    ],
)
def test_known_changes_are_found(name, start_at, utc_offset_us, abbreviation):
    (row,) = [row for row in transitions(name) if row.start_at == utc(start_at)]
    assert (row.utc_offset_us, row.abbreviation) == (utc_offset_us, abbreviation)


def test_a_zone_without_changes_is_one_open_span():
    (row,) = transitions("UTC")
    assert (row.start_at, row.end_at, row.utc_offset_us, row.abbreviation) == (FIRST, None, 0, "UTC")


@pytest.mark.parametrize(
    ("name", "wall", "candidates"),
    [
        pytest.param("Europe/Berlin", "2026-10-25T02:30", ["2026-10-25T00:30", "2026-10-25T01:30"], id="E09 the repeated hour has two"),
        pytest.param("Europe/Berlin", "2026-03-29T02:30", [], id="E10 the skipped hour has none"),
        pytest.param("Europe/Berlin", "2026-03-29T02:00", [], id="the first skipped instant has none"),
        pytest.param("Europe/Berlin", "2026-03-29T03:00", ["2026-03-29T01:00"], id="the first instant after the gap has one"),
        pytest.param("Europe/Berlin", "2026-10-25T02:00", ["2026-10-25T00:00", "2026-10-25T01:00"], id="the overlap includes its start"),
        pytest.param("Europe/Berlin", "2026-10-25T03:00", ["2026-10-25T02:00"], id="the overlap excludes its end"),
        pytest.param("Australia/Lord_Howe", "2026-10-04T02:15", [], id="a gap of half an hour"),
        pytest.param("America/Santiago", "2026-09-06T00:00", [], id="a midnight that did not exist"),
        pytest.param("Pacific/Apia", "2011-12-30T12:00", [], id="a day that did not exist"),
        pytest.param("UTC", "2026-03-29T02:30", ["2026-03-29T02:30"], id="UTC always has one"),
    ],
)
def test_a_wall_time_has_no_one_or_two_instants(name, wall, candidates):
    assert resolve_wall(name, datetime.fromisoformat(wall)) == [utc(text) for text in candidates]


@pytest.mark.parametrize(
    ("name", "wall", "instant"),
    [
        pytest.param("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30", id="E131 inside a gap it moves forward by an hour"),
        pytest.param("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", id="E131 inside an overlap it is the first pass"),
        pytest.param("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", id="half an hour where the gap is half an hour"),
        pytest.param("Europe/Berlin", "2026-06-01T09:00", "2026-06-01T07:00", id="an ordinary day"),
    ],
)
def test_a_calendar_means_one_instant(name, wall, instant):
    assert calendar_instant(name, datetime.fromisoformat(wall)) == utc(instant)


@pytest.mark.parametrize(
    ("name", "day", "instant"),
    [
        pytest.param("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00", id="a day without midnight begins at 01:00"),
        pytest.param("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", id="a day with two midnights begins at the first"),
        pytest.param("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", id="a skipped day begins where the next one does"),
        pytest.param("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", id="the day after the skipped one"),
    ],
)
def test_a_local_day_begins_once(name, day, instant):
    assert local_midnight(name, day) == utc(instant)


@given(st.sampled_from(NIGHTS), st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31)))
def test_every_instant_is_among_the_candidates_of_the_wall_time_it_shows(name, moment):
    instant = moment.replace(tzinfo=UTC)
    wall = local_wall(name, instant)
    candidates = resolve_wall(name, wall)
    assert instant in candidates
    assert all(local_wall(name, candidate) == wall for candidate in candidates)
    assert calendar_instant(name, wall) == candidates[0]


@given(st.sampled_from(NIGHTS), st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31)))
def test_the_span_an_instant_lies_in_gives_its_wall_time(name, moment):
    instant = moment.replace(tzinfo=UTC)
    (row,) = [row for row in transitions(name) if row.start_at <= instant and (row.end_at is None or instant < row.end_at)]
    assert local_wall(name, instant) == moment + timedelta(microseconds=row.utc_offset_us)


def test_only_the_pinned_database_counts():
    assert zoneinfo.TZPATH == ()


def test_an_unknown_zone_names_the_nearest():
    with pytest.raises(UnknownReferenceError, match="no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'"):
        transitions("Europe/Berln")


@pytest.mark.parametrize("name", ["europe/berlin", "../etc/passwd", "", "CET+1"])
def test_a_name_is_known_letter_by_letter(name):
    assert not known_zone(name)


def test_a_time_beyond_what_a_timestamp_holds_is_refused_in_words():
    with pytest.raises(LedgerError, match="beyond the years 1 to 9999"):
        local_midnight("Europe/Berlin", date(1, 1, 1))


def test_a_time_with_an_offset_is_no_wall_time():
    with pytest.raises(ValueError, match="has an offset"):
        resolve_wall("UTC", datetime(2026, 1, 1, tzinfo=UTC))
