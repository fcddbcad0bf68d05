"""A total in one currency is for reading only: exact, at a named rate, or not at all (R-MO3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tasks.model.money import rounded
from tasks.publish.consolidated import NoTotal, Total, consolidated
from tasks.store.engine import Engine
from tests.measure.examples import cases
from tests.measure.test_examples import as_written

LAST_DAY = date(2026, 6, 30)


def rate(quote: str, value: str, day: str = "2026-06-30", base: str = "EUR") -> dict[str, Any]:
    on = date.fromisoformat(day)
    return {"rate_on": on, "base_currency": base, "quote_currency": quote, "rate": Decimal(value), "rate_source": "ECB"}


def total(amounts: dict[str, str | None], *rates: dict[str, Any]) -> Any:
    known = {currency: None if amount is None else Decimal(amount) for currency, amount in amounts.items()}
    return consolidated(known, rates, LAST_DAY, 7)


def by_query(amounts: dict[str, str | None], found: Total) -> Decimal:
    """Return the total as the figure's own query gives it over the pack's table."""
    with Engine() as engine:
        engine.create("credits", {"payable": "DECIMAL(18,4)", "currency": "VARCHAR"}, _rows(amounts))
        (row,) = engine.rows(f"select {found.column('payable')} as amount from credits")
    return Decimal(row["amount"])


def _rows(amounts: dict[str, str | None]) -> list[dict[str, Any]]:
    return [{"payable": Decimal(amount or 0), "currency": currency} for currency, amount in amounts.items()]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.case) for case in cases("money") if case.example_id == "E69"])
def test_a_consolidated_total_is_as_worked_by_hand(case):
    asked = case.given["consolidate"]
    lines = [line["computed"].split() for line in case.given["lines"]]
    payable = {currency: f"{rounded(Fraction(amount), currency)}" for amount, currency in lines}
    assert [f"{amount} {currency}" for currency, amount in payable.items()] == case.expected["payable"]
    found = total(payable, *(rate(currency, value, base=asked["currency"]) for currency, value in asked["rates"].items()))
    assert as_written(found.amount, found.currency) == case.expected["consolidated"]
    assert by_query(payable, found) == found.amount
    assert found.rate_words == ["USD 1.08 per EUR (ECB, 2026-06-30)"]


@pytest.mark.parametrize(
    ("amounts", "rates", "found"),
    [
        pytest.param({"EUR": "10.00"}, [rate("USD", "1.08")], None, id="one currency needs none"),
        pytest.param(
            {"EUR": "1.00", "GBP": "1.00", "USD": "1.00"},
            [rate("GBP", "0.8"), rate("USD", "1.25")],
            "3.05",
            id="1 + 1.25 + 0.80, each currency at its own rate",
        ),
        pytest.param({"EUR": "0.00", "USD": "0.01"}, [rate("USD", "2")], "0.01", id="half a cent goes up, once"),
        pytest.param(
            {"EUR": "0.00", "GBP": "0.01", "USD": "0.01"},
            [rate("GBP", "3"), rate("USD", "6")],
            "0.01",
            id="a third and a sixth too",
        ),
        pytest.param(
            {
                "EUR": "99999999.00",
                "AUD": "99999999.00",
                "CHF": "99999999.00",
                "GBP": "99999999.00",
                "JPY": "99999999",
                "USD": "99999999.00",
            },
            [rate("AUD", "1.123456789"), rate("CHF", "1"), rate("GBP", "1"), rate("JPY", "1"), rate("USD", "1")],
            "589010983.21",  # five times 99,999,999, and 99,999,999 / 1.123456789 = 89,010,988.2098…
            id="six currencies, large amounts, a rate with nine decimals",
        ),
        pytest.param({"GBP": "1.00", "USD": "1.00"}, [rate("GBP", "0.8"), rate("USD", "1.25")], "2.05", id="a currency nothing is owed in"),
        pytest.param(
            {"EUR": "0.00", "USD": "1.00"}, [rate("USD", "4", "2026-06-29"), rate("USD", "2", "2026-06-26")], "0.25", id="the newest rate"
        ),
        pytest.param({"EUR": "0.00", "USD": "1.00"}, [rate("USD", "2", "2026-06-23")], "0.50", id="seven days old"),
        pytest.param({"EUR": "0.00", "USD": "1.00"}, [rate("USD", "2", "2026-06-22")], "has no fresh rate", id="too old"),
        pytest.param({"EUR": "0.00", "USD": "1.00"}, [rate("USD", "2", "2026-07-01")], "has no fresh rate", id="too new"),
        pytest.param({"EUR": "1.00", "USD": "1.00"}, [], "has no fresh rate", id="no rates at all"),
        pytest.param(
            {"EUR": "1.00", "GBP": "1.00", "USD": "1.00"},
            [rate("USD", "1.25")],
            "no fresh rate of GBP per EUR",
            id="a currency lacks a rate",
        ),
        pytest.param({"EUR": "1.00", "USD": None}, [rate("USD", "1.25")], "an amount is not known", id="an amount is not known"),
    ],
)
def test_a_total_in_one_currency_is_exact_or_says_why_there_is_none(amounts, rates, found):
    got = total(amounts, *rates)
    if found is None:
        assert got is None
    elif isinstance(got, NoTotal):
        assert found in got.why
    else:
        assert got.amount == by_query(amounts, got) == Decimal(found)
