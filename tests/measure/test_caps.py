"""Caps and the basis beneath them, by production: every governed service, days of service a quarter, what is carried on (R-CR5, R-CR6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tasks.measure.credits import Around, credits_of
from tasks.measure.fees import FeeBook
from tasks.measure.measuring import History
from tasks.model.contract import resolve_contract
from tasks.model.period import Period
from tests.measure.estate import MEASURE, SIGNED, contract_text, measured
from tests.measure.test_contract_year import claim, event
from tests.measure.world import Row

RESTORE = {
    "kind": "restore",
    "clock_start": "reported_to_provider",
    "severity_change": "final_severity",
    "per_severity": {"P1": {"restore_h": 4}},
}
BLOCKS = {"form": "per_block", "block_min": 30, "pct_per_block": "25", "partial_block": "counts", "currency": "EUR"}


def billed(*months: str, amount: str = "3000.00", services: tuple[str, ...] = ("shop",)) -> dict[str, list[Row]]:
    """Return a monthly charge of each service."""
    lines = [(place, month, name) for place, month in enumerate(months) for name in services]
    bills = [{"source_system": "erp", "invoice_id": f"RE-{month}-{name}", "period": month, "currency": "EUR"} for _, month, name in lines]
    charge = {"line_no": 1, "fee_line_id": "F", "amount": amount, "one_time": False, "tax": False}
    return {
        "staged.invoice": [bill | {"provider_id": "acme", "total": amount} for bill in bills],
        "staged.invoice_line": [bill | charge | {"service_id": name} for bill, (_, _, name) in zip(bills, lines, strict=True)],
    }


def down(*spans: tuple[str, str]) -> dict[str, list[Row]]:
    """Return outages of the shop, each an incident of its own."""
    named = [{"incident_id": f"I-{place}", "contract_version_id": "ACME@1"} for place, _ in enumerate(spans)]
    return {
        "reconciled.incidents": [row | {"occurred_at": start, "restored_at": end} for row, (start, end) in zip(named, spans, strict=True)],
        "reconciled.outage_intervals": [row | {"start_at": start, "end_at": end} for row, (start, end) in zip(named, spans, strict=True)],
    }


def settled_lines(engine: Any) -> list[tuple[Any, ...]]:
    rows = engine.rows("select * from measured.credits where variant = 'headline' and computed > 0 order by period, computed, credit_id")
    return [(row["period"], row["computed"], row["after_caps"], row["forgone"], row["caps_applied"]) for row in rows]


@pytest.mark.parametrize(
    ("history", "paid"),
    [
        pytest.param([], "500.00", id="five days of EUR 100 each"),
        pytest.param([("2026-04", "filed", "200.00")], "300.00", id="less what April took"),
        pytest.param([("2026-03", "filed", "200.00")], "500.00", id="March is another quarter"),
        pytest.param([("2026-05", "approved", "450.00"), ("2026-04", "filed", "100.00")], "0.00", id="nothing is left"),
    ],
)
def test_days_of_service_are_a_quarters_cap(history, paid):
    """Thirteen hours of June down are 98.19 %: 25 % of EUR 3,000 is 750; a day of June is worth 3,000 / 30 = EUR 100."""
    caps = {"days_of_service_per_quarter": 5}
    events = [event(claim(period), kind, 1, amount) for period, kind, amount in history]
    engine = measured(
        [contract_text(credits={"currency": "EUR", "caps": caps})],
        down(("2026-06-10T00:00:00Z", "2026-06-10T13:00:00Z")) | billed("2026-06") | {"staged.claim_event": events},
    )
    (line,) = settled_lines(engine)
    assert line[1:] == (Decimal("750.0000"), Decimal(paid), 750 - Decimal(paid), ["cap_quarter"])


@pytest.fixture(scope="module")
def carried() -> Any:
    """Return April to June of a contract that pays 10 % of its charges a month and carries the rest: only April was missed."""
    return measured(
        [contract_text(credits={"currency": "EUR", "caps": {"contract_month_pct": "10", "carry_forward": True}})],
        down(("2026-04-10T00:00:00Z", "2026-04-10T13:00:00Z")) | billed("2026-04", "2026-05", "2026-06"),
        months=[Period.parse(name) for name in ("2026-04", "2026-05", "2026-06")],
    )


def test_what_a_months_cap_cuts_is_carried_to_the_next_month_until_it_is_paid(carried):
    """25 % of EUR 3,000 is 750; 300 may be paid a month: April pays 300, May 300 of the 450 carried, June the 150 left."""
    assert settled_lines(carried) == [
        ("2026-04", Decimal(750), Decimal(300), Decimal(450), ["cap_month"]),
        ("2026-05", Decimal(450), Decimal(300), Decimal(150), ["cap_month"]),
        ("2026-06", Decimal(150), Decimal(150), Decimal(0), []),
    ]
    steps = carried.rows("select words from measured.credit_steps where rule_id = 'R-CR6'")
    assert {row["words"].removeprefix("capped at 10 % of the contract's credit bases: EUR 300.00; ") for row in steps} == {
        "of EUR 750.00 there stays EUR 300.00, and EUR 450.00 is carried to the next window",
        "carried from 2026-04, where a cap cut it: EUR 450.00",
        "of EUR 450.00 there stays EUR 300.00, and EUR 150.00 is carried to the next window",
        "carried from 2026-05, where a cap cut it: EUR 150.00",
    }


def test_a_carried_credit_is_claimed_with_the_window_that_pays_it(carried):
    claims = carried.rows("select period, amount, last_day from measured.claims order by period")
    assert [(row["period"], row["amount"], f"{row['last_day']}") for row in claims] == [
        ("2026-04", Decimal(300), "2026-05-30"),
        ("2026-05", Decimal(300), "2026-06-30"),
        ("2026-06", Decimal(150), "2026-07-30"),
    ]
    lines = carried.rows("select sla_result_ids from measured.credits where variant = 'headline' and computed > 0")
    assert len({row["sla_result_ids"][0] for row in lines}) == 1, "each cites the result it was earned with"


def test_what_the_month_before_carries_on_is_paid_by_a_run_of_its_own():
    """April alone hands EUR 450 to May's run, which pays 300 of them."""
    text = contract_text(credits={"currency": "EUR", "caps": {"contract_month_pct": "10", "carry_forward": True}})
    tables = down(("2026-04-10T00:00:00Z", "2026-04-10T13:00:00Z")) | billed("2026-04", "2026-05")
    april = measured([text], tables, period="2026-04")
    read = {name: april.rows(f"from measured.{name}") for name in ("credit_facts", "fee_lines", "credit_bases")}
    contracts = {"ACME@1": resolve_contract(text)}
    found = credits_of(read["credit_facts"], FeeBook(read["fee_lines"]), contracts, Around(read["credit_bases"]))
    may = measured([text], tables, period="2026-05", past=History(onward=found.onward))
    assert settled_lines(may) == [("2026-05", Decimal(450), Decimal(300), Decimal(150), ["cap_month"])]


@pytest.mark.parametrize(
    ("caps", "paid"),
    [
        pytest.param({"contract_month_pct": "10"}, ["300.00"], id="without the clause what is cut is forgone"),
        pytest.param({"per_service_pct": "10", "carry_forward": True}, ["300.00", "300.00"], id="a service's cap carries"),
        pytest.param({"per_invoice_pct": "10", "carry_forward": True}, ["300.00", "300.00"], id="an invoice's cap carries"),
        pytest.param({"days_of_service_per_quarter": 3, "carry_forward": True}, ["300.00", "290.32"], id="days of service carry: 3 of 31"),
        pytest.param({"contract_year_amount": "300.00", "carry_forward": True}, ["300.00"], id="what the year's cap cuts is gone"),
        pytest.param(
            {"contract_month_pct": "10", "carry_forward": True, "contract_year_start": "05-01"},
            ["300.00"],
            id="nothing is carried into another contract year",
        ),
    ],
)
def test_which_caps_carry_what_they_cut(caps, paid):
    engine = measured(
        [contract_text(credits={"currency": "EUR", "caps": caps})],
        down(("2026-04-10T00:00:00Z", "2026-04-10T13:00:00Z")) | billed("2026-04", "2026-05"),
        months=[Period.parse(name) for name in ("2026-04", "2026-05")],
    )
    assert [line[2] for line in settled_lines(engine)] == [Decimal(amount) for amount in paid]


def test_a_months_cap_counts_every_governed_service_missed_or_not():
    """Two services at EUR 3,000: one restore 4 begun blocks over is 100 %, 3,000; the cap is 10 % of both services' charges, 600."""
    text = contract_text({"back": RESTORE | {"credits": BLOCKS}}, credits={"form": "none", "caps": {"contract_month_pct": "10"}})
    severities = {f"severity_{which}": "P1" for which in ("initial", "max", "final")}
    told = dict.fromkeys(("occurred_at", "detected_at", "reported_to_provider_at"), "2026-06-10T08:00:00Z")
    late = {"incident_id": "I-1", "contract_version_id": "ACME@1", "restored_at": "2026-06-10T14:00:00Z", **severities, **told}
    entries = [{"service_id": name, "component_id": name} for name in ("shop", "till")]
    engine = measured(
        [text], {"staged.service_catalogue": entries, "reconciled.incidents": [late]} | billed("2026-06", services=("shop", "till"))
    )
    assert settled_lines(engine) == [("2026-06", Decimal(3000), Decimal(600), Decimal(2400), ["cap_month"])]


@pytest.mark.parametrize(
    ("second", "excluded", "basis", "told"),
    [
        pytest.param(
            "support_charges/gold",
            ["support_charges"],
            3000,
            "; without RE-2026-06-shop/2 (support_charges)",
            id="a marked line is left out",
        ),
        pytest.param(
            "GOLD", ["support_charges"], 4000, "; no line is marked support_charges", id="an unmarked line stays, and that is said"
        ),
        pytest.param("overage_charges", ["taxes"], 4000, "", id="what the text does not exclude stays"),
    ],
)
def test_support_and_overage_are_told_by_the_mark_that_begins_their_fee_line(second, excluded, basis, told):
    tables = billed("2026-06")
    more = tables["staged.invoice_line"][0] | {"line_no": 2, "fee_line_id": second, "amount": "1000.00"}
    tables["staged.invoice_line"].append(more)
    engine = measured(
        [contract_text({"uptime": MEASURE}, credits={"currency": "EUR", "exclude_from_basis": excluded})],
        down(("2026-06-10T00:00:00Z", "2026-06-10T13:00:00Z")) | tables,
    )
    (credit,) = engine.rows("select credit_id, basis_amount from measured.credits where variant = 'headline'")
    (step,) = engine.rows("select words from measured.credit_steps where step = 'basis'")
    assert credit["basis_amount"] == basis
    assert step["words"].endswith(told)
    assert "marked" in told or "marked" not in step["words"]


@pytest.mark.parametrize(
    ("terms", "owed"),
    [
        pytest.param({}, "3000.00", id="all of each half's charges, no more than the service's fee"),
        pytest.param({"caps": {"per_service_pct": "50"}}, "1500.00", id="half of the fee of the whole window"),
        pytest.param(
            {"form": "at_risk", "basis": "at_risk_pool", "weight_pct": "100", "at_risk": {"pct_of_invoice": "10"}},
            "300.00",
            id="all that the invoice puts at risk",
        ),
    ],
)
def test_caps_of_a_window_that_a_change_of_version_divides_are_measured_by_the_whole_window(terms, owed):
    """Nine days down in each half of June, by two causes: each half has EUR 1,500 of 3,000 for its basis (R-VE1, R-CR6, R-CR8)."""
    version = {"number": 1, "effective_from": "2020-01-01", "mid_window_switch": "split", "signed_by": SIGNED}
    dates = [{"number": 1, "effective_to": "2026-06-16"}, {"number": 2, "effective_from": "2026-06-16"}]
    measure = MEASURE | {"credits": terms} if terms.get("form") else MEASURE
    money = {"currency": "EUR"} | (terms if "form" not in terms else {"at_risk": terms["at_risk"]})
    tables = down(("2026-06-02T00:00:00Z", "2026-06-11T00:00:00Z"), ("2026-06-18T00:00:00Z", "2026-06-27T00:00:00Z"))
    for row in tables["reconciled.incidents"]:
        row["cause_key"] = row["incident_id"]
    engine = measured(
        [contract_text({"uptime": measure}, version=version | own, credits=money) for own in dates], tables | billed("2026-06")
    )
    lines = settled_lines(engine)
    assert len(lines) == 2
    assert sum(line[2] for line in lines) == Decimal(owed)


def test_what_is_carried_is_claimed_in_time_although_its_incident_is_long_past():
    """Claims end 30 days after the outage: April's on 10 May; the 300 carried to May are claimed with May, by 30 June."""
    terms = {"currency": "EUR", "caps": {"contract_month_pct": "10", "carry_forward": True}}
    engine = measured(
        [contract_text(credits=terms, claims={"deadline": {"rule": "days_after_incident", "n": 30}})],
        down(("2026-04-10T00:00:00Z", "2026-04-10T13:00:00Z")) | billed("2026-04", "2026-05"),
        months=[Period.parse(name) for name in ("2026-04", "2026-05")],
        as_of="2026-06-03T00:00:00Z",
    )
    claims = engine.rows("select period, amount, last_day, state from measured.claims order by period")
    assert [(row["period"], row["amount"], f"{row['last_day']}", row["state"]) for row in claims] == [
        ("2026-04", Decimal(300), "2026-05-10", "lapsed"),
        ("2026-05", Decimal(300), "2026-06-30", "draft"),
    ]
