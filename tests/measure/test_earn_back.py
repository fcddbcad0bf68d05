"""Credits that good months give back (R-EB1)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tasks.measure.earn_back import earn_backs_of
from tasks.model.contract import resolve_contract
from tasks.model.identity import short_id
from tasks.model.period import Period
from tests.measure.estate import MEASURE, contract_text
from tests.measure.examples import Case, cases
from tests.measure.test_chronic import SHOP, level
from tests.measure.world import Row

CASES = [case for case in cases("money") if case.example_id == "E83"]
CREDIT: Row = SHOP | {"credit_id": "C-1", "period": "2026-01", "variant": "headline", "reading": "default", "currency": "EUR"}
EACH = {"months": 3, "condition": "each_at_or_above_target", "share_pct": "100"}


def following(values: Sequence[str]) -> list[Row]:
    """Return the months after January with their values."""
    month, found = Period.parse("2026-01"), []
    for value in values:
        month = month.next()
        found.append(level(month.name, "met" if Decimal(value) >= Decimal("99.9") else "breached", pct=value))
    return found


def earned(clause: Any, values: Sequence[str], amount: str = "1000.00", events: Sequence[Row] = ()) -> list[Row]:
    contract = resolve_contract(contract_text({"uptime": MEASURE}, earn_back=clause))
    return earn_backs_of([contract], following(values), [CREDIT | {"after_caps": Decimal(amount)}], events)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.case) for case in CASES])
def test_a_credit_is_earned_back_as_worked_by_hand(case: Case) -> None:
    amount, currency = case.given["lines"][0]["computed"].split()
    rows = earned(case.given["earn_back"], case.given["following"], amount)
    assert f"{sum((row['amount'] for row in rows), Decimal(0)):.2f} {currency}" == case.expected["earned_back"]


@pytest.mark.parametrize(
    ("clause", "values", "status", "months", "amount"),
    [
        pytest.param(EACH, [], "running", [], "0", id="no month has gone by"),
        pytest.param(EACH, ["99.95", "99.95"], "running", ["2026-02", "2026-03"], "0", id="two good months of three"),
        pytest.param(EACH, ["99.95", "99.8"], "lost", ["2026-02", "2026-03"], "0", id="a bad month loses it at once"),
        pytest.param(EACH | {"share_pct": "33.335"}, ["99.9"] * 3, "earned", ["2026-02", "2026-03", "2026-04"], "333.35", id="half up"),
        pytest.param(
            EACH | {"condition": "average_at_or_above_target"},
            ["99.8", "99.9", "100"],
            "earned",
            ["2026-02", "2026-03", "2026-04"],
            "1000.00",
            id="the average is exactly on target",
        ),
        pytest.param(
            EACH | {"condition": "average_at_or_above_target"},
            ["99.8", "99.899999", "100"],
            "lost",
            ["2026-02", "2026-03", "2026-04"],
            "0",
            id="the average is just under it",
        ),
    ],
)
def test_what_follows_decides(clause, values, status, months, amount):
    (row,) = earned(clause, values)
    assert (row["status"], row["months"], row["amount"], row["is_settled"]) == (status, months, Decimal(amount), False)


def test_a_settled_credit_that_comes_back_is_told():
    settled = {"claim_id": short_id("K", ["ACME", "shop", "2026-01"]), "event": "settled"}
    assert earned(EACH, ["99.95"] * 3, events=[settled])[0]["is_settled"] is True


def test_a_credit_of_nothing_has_nothing_to_earn_back():
    assert earned(EACH, ["99.95"] * 3, amount="0") == []
