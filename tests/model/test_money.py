"""Money: rounding once at the minor unit, and shares that add up to the last cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as some

from tasks.model.money import exponent, in_minor, money_words, rounded, scaled_to

CLDR_PRINTS_NO_DECIMALS = ["AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"]


@pytest.mark.parametrize(
    ("amount", "currency", "mode", "expected"),
    [
        pytest.param("123.445", "EUR", "half_up", "123.45", id="E67 half a cent goes up"),
        pytest.param("123.445", "EUR", "half_even", "123.44", id="E67 half a cent goes to the even cent"),
        pytest.param("123.455", "EUR", "half_even", "123.46", id="half a cent above an odd cent goes up to the even one"),
        pytest.param("123.4449999", "EUR", "half_up", "123.44", id="just under half a cent goes down"),
        pytest.param("123.449", "EUR", "down", "123.44", id="down drops every part of a cent"),
        pytest.param("123.441", "EUR", "up", "123.45", id="up raises every part of a cent"),
        pytest.param("123.44", "EUR", "up", "123.44", id="up leaves a whole cent alone"),
        pytest.param("12345.5", "JPY", "half_up", "12346", id="E68 a yen has no parts"),
        pytest.param("123.4555", "KWD", "half_up", "123.456", id="E68 a dinar has a thousand"),
        pytest.param("0", "EUR", "half_up", "0.00", id="nothing is nothing"),
    ],
)
def test_an_amount_is_rounded_once_at_the_minor_unit(amount: str, currency: str, mode: str, expected: str) -> None:
    assert str(rounded(Fraction(amount), currency, mode)) == expected  # type: ignore[arg-type]


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        rounded(Fraction(-1), "EUR")


@pytest.mark.parametrize("currency", ["EUR", "USD", "GBP", "CHF", "JPY", "KRW", "KWD", "BHD", "CLF", "TND", "XOF"])
def test_minor_units_are_those_of_babel_where_cldr_books_what_it_prints(currency: str) -> None:
    assert exponent(currency) == get_currency_precision(currency)


@pytest.mark.parametrize("currency", CLDR_PRINTS_NO_DECIMALS)
def test_minor_units_are_those_of_iso_4217_where_cldr_prints_fewer(currency: str) -> None:
    assert get_currency_precision(currency) == 0
    assert exponent(currency) == (3 if currency == "IQD" else 2)


@pytest.mark.parametrize(
    ("amounts", "limit", "expected"),
    [
        pytest.param(["4000.00", "3000.00", "2000.00"], "6000", ["2666.67", "2000.00", "1333.33"], id="E70 in proportion"),
        pytest.param(["1000.00", "1000.00", "1000.00"], "1000", ["333.34", "333.33", "333.33"], id="E71 a tie goes to the first line"),
        pytest.param(["3000.00"], "1500", ["1500.00"], id="E72 one line takes what is left"),
        pytest.param(["10.00", "5.00"], "15", ["10.00", "5.00"], id="exactly at the limit nothing is cut"),
        pytest.param(["10.00", "5.00"], "0", ["0.00", "0.00"], id="a limit of nothing leaves nothing"),
        pytest.param(["10.00"], "-5", ["0.00"], id="a limit used up long ago leaves nothing"),
        pytest.param(["10.00"], "3.339", ["3.33"], id="part of a cent of the limit is not used"),
        pytest.param([], "5", [], id="no lines, no shares"),
    ],
)
def test_amounts_are_brought_down_to_a_limit_by_largest_remainder(amounts: list[str], limit: str, expected: list[str]) -> None:
    assert [str(amount) for amount in scaled_to([Decimal(text) for text in amounts], Fraction(limit), "EUR")] == expected


@given(some.lists(some.integers(0, 10**9), min_size=1, max_size=20), some.integers(0, 10**10))
def test_shares_add_up_to_the_limit_and_none_grows(cents: list[int], limit: int) -> None:
    shares = [in_minor(share, "EUR") for share in scaled_to([Decimal(cent) / 100 for cent in cents], Fraction(limit, 100), "EUR")]
    assert sum(shares) == min(sum(cents), limit)
    assert all(0 <= share <= cent for share, cent in zip(shares, cents, strict=True))


@pytest.mark.parametrize(
    ("amount", "currency", "printed"),
    [
        pytest.param("1250", "EUR", "EUR 1,250.00", id="two decimals"),
        pytest.param("1250.0000", "JPY", "JPY 1,250", id="yen has none"),
        pytest.param("1.2340", "KWD", "KWD 1.234", id="dinar has three"),
        pytest.param("0.0000", "EUR", "EUR 0.00", id="zero keeps its minor units"),
        pytest.param("0.0050", "EUR", "EUR 0.005", id="what is finer than the minor unit is not hidden"),
        pytest.param("6.9444444", "EUR", "EUR 6.9444", id="at most four decimals"),
        pytest.param("-3.5", "USD", "USD −3.50", id="a true minus sign"),
        pytest.param("100.0000", "JPY", "JPY 100", id="trailing zeros of a whole number are no exponent"),
    ],
)
def test_money_is_printed_with_currency_and_minor_units(amount, currency, printed):
    assert money_words(Decimal(amount), currency) == printed
    assert money_words(Fraction(amount), currency) == printed
