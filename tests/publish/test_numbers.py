"""The one formatter, edge by edge."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.identity import short_id
from tasks.model.instants import exact_instant
from tasks.publish.numbers import (
    Book,
    Source,
    floored_percent,
    instant_words,
    percent_words,
    plain,
    row_source,
    share_words,
    signed_duration_words,
)

HOUR, MINUTE, SECOND = 3_600_000_000, 60_000_000, 1_000_000
ROW = Source("sla_results", {"result_id": "R-1", "result_version": 1}, "down_us", "R-AV2", "acme@1")


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        pytest.param(999, 1000, "99.900", id="exactly on a tenth"),
        pytest.param(99_899_999, 100_000_000, "99.899", id="just under the target never prints as the target (R-DSP1)"),
        pytest.param(99_999_999, 100_000_000, "99.999", id="nearly all is not all"),
        pytest.param(1, 1, "100.000", id="all"),
        pytest.param(0, 5, "0.000", id="none"),
        pytest.param(2, 3, "66.666", id="floored, not rounded"),
    ],
)
def test_a_percentage_is_floored_at_three_decimals(numerator, denominator, printed):
    assert floored_percent(numerator, denominator) == printed


@given(st.integers(0, 10**18), st.integers(1, 10**18))
def test_a_printed_percentage_never_exceeds_the_exact_one_and_lacks_less_than_a_thousandth(part, rest):
    whole = part + rest
    printed = Fraction(floored_percent(part, whole)) / 100
    assert 0 <= Fraction(part, whole) - printed < Fraction(1, 100_000)


@pytest.mark.parametrize(
    ("delta_us", "printed"), [(180 * SECOND, "+3 min 00 s"), (-42 * SECOND, "−42 s"), (0, "0 s")], ids=["longer", "shorter", "equal"]
)
def test_a_difference_always_shows_its_sign(delta_us, printed):
    assert signed_duration_words(delta_us) == printed


@pytest.mark.parametrize(
    ("at", "zone", "printed"),
    [
        pytest.param(datetime(2026, 10, 6, 9, 12, 5), "UTC", ("2026-10-06 09:12:05 UTC", None), id="UTC once"),
        pytest.param(
            datetime(2026, 10, 25, 0, 30), "Europe/Berlin", ("2026-10-25 02:30:00 CEST", "00:30:00 UTC"), id="first pass of 02:30"
        ),
        pytest.param(
            datetime(2026, 10, 25, 1, 30), "Europe/Berlin", ("2026-10-25 02:30:00 CET", "01:30:00 UTC"), id="second pass, told apart"
        ),
        pytest.param(
            datetime(2026, 10, 5, 23, 0), "Asia/Tokyo", ("2026-10-06 08:00:00 JST", "2026-10-05 23:00:00 UTC"), id="another day in UTC"
        ),
        pytest.param(
            datetime(2026, 10, 6, 9, 0, 0, 250_000), "UTC", ("2026-10-06 09:00:00.25 UTC", None), id="a fraction of a second is shown"
        ),
    ],
)
def test_an_instant_names_its_zone_and_utc(at, zone, printed):
    assert instant_words(at.replace(tzinfo=UTC), zone) == printed


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))
def test_an_exact_instant_is_iso_and_reads_back(at):
    text = exact_instant(at.replace(tzinfo=UTC))
    assert datetime.fromisoformat(text) == at.replace(tzinfo=UTC)
    assert ("." in text) == (at.microsecond != 0)


@pytest.mark.parametrize(("value", "text"), [("99.900000", "99.9"), ("99", "99"), ("0.000001", "0.000001"), ("100.000000", "100")])
def test_a_stated_decimal_loses_only_its_trailing_zeros(value, text):
    assert plain(Decimal(value)) == text


def test_a_figure_is_named_by_where_it_stands_and_what_it_is():
    figure = Book("compliance.html").sheet("2 Service levels").duration("downtime, Shop", 65 * SECOND, ROW)
    parts = ["compliance.html", "2 Service levels", "downtime, Shop", "sla_results", dict(ROW.key), "down_us"]
    assert figure.figure_id == short_id("F", parts)
    assert (figure.printed, figure.exact, figure.unit) == ("1 min 05 s", "65000000", "us")


def test_a_printed_number_is_a_link_to_its_own_proof_and_hostile_text_stays_text():
    book = Book("compliance.html")
    figure = book.sheet("1").level("target", Decimal("99.9"), ROW, "<script>")
    assert figure.__html__() == f'<a class="figure" href="#{figure.figure_id}">99.9 &lt;script&gt;</a>'


def test_an_unknown_value_is_printed_as_not_known_and_never_as_zero():
    sheet = Book("compliance.html").sheet("3")
    for figure in (
        sheet.duration("a", None, ROW),
        sheet.money("b", None, "EUR", ROW),
        sheet.percent("c", None, None, ROW),
        sheet.percent("d", 0, 0, ROW),
        sheet.instant("e", None, "UTC", ROW),
        sheet.count("f", None, ROW),
        sheet.day("g", None, ROW),
        sheet.points("h", None, ROW),
        sheet.fraction("i", None, 1, ROW),
    ):
        assert (figure.printed, figure.exact) == ("not known", None)


def test_one_name_for_two_numbers_is_refused():
    sheet = Book("compliance.html").sheet("2")
    sheet.duration("downtime", 1, ROW)
    assert sheet.duration("downtime", 1, ROW).printed == "1 µs"
    with pytest.raises(ValueError, match="names two numbers"):
        sheet.duration("downtime", 2, ROW)


def test_rows_come_in_the_order_of_their_ids_whatever_was_printed_first():
    books = [Book("p"), Book("p")]
    for book, order in zip(books, ((1, 2, 3), (3, 1, 2)), strict=True):
        for number in order:
            book.sheet("s").count(f"n{number}", number, ROW)
    assert books[0].rows() == books[1].rows()
    assert books[0].figures() == books[1].figures()


@pytest.mark.parametrize(
    ("source", "query"),
    [
        pytest.param(ROW, "select down_us from sla_results where result_id = 'R-1' and result_version = 1", id="one row"),
        pytest.param(
            Source("sla_results", {"service_id": ["a", "it's"]}, "count(*)"),
            "select count(*) from sla_results where service_id in ('a', 'it''s')",
            id="any of several, quoted",
        ),
        pytest.param(
            Source("credits", {"credit_id": []}, "sum(payable)"), "select sum(payable) from credits where false", id="none of nothing"
        ),
        pytest.param(
            Source("discrepancies", {"opened_at": {"from": "a", "before": "b"}, "incident_id": None}, "count(*)"),
            "select count(*) from discrepancies where incident_id is null and opened_at >= 'a' and opened_at < 'b'",
            id="half-open span and null",
        ),
        pytest.param(Source("row_balance", {}, "count(*)"), "select count(*) from row_balance", id="a whole table"),
        pytest.param(
            Source("breaches", {"is_headline": True}, "a/b"),
            "select (a)::varchar || '/' || (b)::varchar from breaches where is_headline = true",
            id="an exact ratio",
        ),
        pytest.param(Source("packs", {}, "(a - b) // 60"), "select (a - b) // 60 from packs", id="division of whole numbers is no ratio"),
    ],
)
def test_a_source_says_how_to_find_its_value(source, query):
    assert source.query() == query


def test_a_row_source_takes_the_tables_key_as_json():
    at = datetime(2026, 10, 1, tzinfo=UTC)
    row = {"subject_kind": "sla_result", "subject_id": "R-1", "start_at": at, "contract_version_id": "c@1"}
    source = row_source("clock_ledger", row, "length_us", "R-AV2")
    assert source.key == {"subject_kind": "sla_result", "subject_id": "R-1", "start_at": "2026-10-01T00:00:00Z"}
    assert source.contract_version_id == "c@1"


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "printed"),
    [
        pytest.param(99_901_565, 10**8, "99.9", "99.901 %", id="three decimals tell it apart"),
        pytest.param(2_677_060_000_000, 2_678_400_000_000, "99.95", "99.94997 %", id="as many as the distance is wide: 0.00003"),
        pytest.param(99_950_400, 10**8, "99.95", "99.9504 %", id="met by a little"),
        pytest.param(9995, 10**4, "99.95", "99.950 %", id="exactly on target"),
        pytest.param(999_995, 10**6, "99.9995", "99.9995 %", id="exactly on a finer target than three decimals"),
        pytest.param(99_949_999_999, 10**11, "99.95", "99.949999 %", id="a breach by less than a millionth still prints below"),
        pytest.param(99_950_000_001, 10**11, "99.95", "> 99.950000 %", id="met by less than a millionth prints as more"),
        pytest.param(99_949, 10**5, None, "99.949 %", id="without a target three"),
    ],
)
def test_a_level_prints_as_many_decimals_as_tell_it_from_its_target(numerator, denominator, target, printed):
    assert percent_words(numerator, denominator, target and Decimal(target)) == printed


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        pytest.param(1340, 13392, "10 %", id="floored"),
        pytest.param(1340, 1340, "100 %", id="all of it, exactly"),
        pytest.param(13400, 13392, "100.05 %", id="a breach never prints 100 %"),
        pytest.param(10**12 + 1, 10**12, "> 100 %", id="more by less than a millionth"),
        pytest.param(9999, 10000, "99 %", id="nearly all is not all"),
        pytest.param(1803, 100, "1,803 %", id="many times"),
    ],
)
def test_only_all_of_an_allowance_prints_as_one_hundred_percent(numerator, denominator, printed):
    assert share_words(numerator, denominator) == printed


def test_lengths_that_differ_below_the_second_print_apart():
    sheet = Book("p").sheet("s")
    down, allowed = 1_339_900_000, 1_339_200_000
    assert sheet.duration("down", down, ROW, allowed).printed == "22 min 19.9 s"
    assert sheet.duration("allowed", allowed, ROW, down).printed == "22 min 19.2 s"
    assert sheet.duration("other", down + SECOND, ROW, allowed).printed == "22 min 20 s"
    assert sheet.duration("equal", down, ROW, down).printed == "22 min 19 s"
    assert sheet.duration("short", 350_000, ROW, 350_001).printed == "0.350000 s"


def test_points_are_printed_in_full_or_as_the_difference_of_what_is_printed():
    sheet = Book("p").sheet("s")
    assert sheet.points("a", Decimal("0.280567"), ROW).printed == "0.280567 percentage points"
    assert sheet.points("c", Decimal("0.233333"), ROW, Decimal("0.234")).printed == "0.234 percentage points"
    assert sheet.points("b", Decimal("0.000400"), ROW).printed == "0.0004 percentage points"


def test_a_day_and_a_share_beyond_all_of_it():
    sheet = Book("p").sheet("s")
    assert sheet.day("a", date(2026, 11, 30), ROW).printed == "2026-11-30"
    assert sheet.share("b", int(timedelta(hours=7) / timedelta(microseconds=1)), HOUR, ROW).printed == "700 %"
