"""A credit is told step by step: from lost time to a rate, to money, to what is owed, to what may be claimed (DOMAIN 3.8, 3.9)."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from tasks.measure.credits import Around, credits_of
from tasks.measure.fees import FeeBook
from tasks.measure.forms import Basis, Facts, earned
from tasks.model.contract import resolve_contract
from tests.measure.estate import MEASURE, SIGNED, contract_text

MINUTE_US = 60_000_000
BLOCKS = {"form": "per_block", "block_min": 30, "pct_per_block": "1.5", "partial_block": "none", "allowance_s": 1200}
HOURS = {"form": "hourly", "partial_hour": "none", "allowance_s": 600}
START, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def measure_with(terms, tiers=None):
    text = {key: value for key, value in MEASURE.items() if key != "tiers"} | ({"tiers": tiers} if tiers else {})
    return resolve_contract(contract_text({"uptime": text | {"credits": terms}})).measures["uptime"]


def told(outcome):
    return [(step.step, step.words, step.amount) for step in outcome.steps]


def test_the_free_part_of_lost_time_is_a_step_of_its_own_and_blocks_are_said_with_their_length_and_rate():
    outcome = earned(
        measure_with(BLOCKS).credits, Facts("breached", Fraction(9, 10), 403 * MINUTE_US * Fraction(1)), Basis("GBP", None, "no line")
    )
    assert told(outcome)[:2] == [
        ("allowance", "counted downtime 6 h 43 min 00 s, of it 20 min 00 s free: leaves 6 h 23 min 00 s", None),
        ("tier", "6 h 23 min 00 s of lost time: 12 full blocks of 30 min × 1.5 % = 18 %", None),
    ]
    assert (outcome.pct, outcome.quantity) == (18, 12)


@pytest.mark.parametrize(
    ("terms", "facts", "step"),
    [
        pytest.param(
            BLOCKS | {"partial_block": "counts", "allowance_s": 0},
            Facts("breached", Fraction(9, 10), 31 * MINUTE_US * Fraction(1)),
            ("tier", "31 min 00 s of lost time: 2 begun blocks of 30 min × 1.5 % = 3 %", None),
            id="a begun block counts",
        ),
        pytest.param(
            BLOCKS,
            Facts("met", Fraction(99, 100), 5 * MINUTE_US * Fraction(1)),
            ("tier", "0 s of lost time: 0 full blocks of 30 min × 1.5 % = 0 %", 0),
            id="what stays within the free part owes nothing, and nothing is an amount",
        ),
        pytest.param(
            HOURS,
            Facts("breached", Fraction(9, 10), 100 * MINUTE_US * Fraction(1)),
            ("tier", "1 h 30 min 00 s of lost time, in full hours: 1 h", None),
            id="hours after the free part",
        ),
    ],
)
def test_the_step_that_decides_says_what_it_counts_and_has_no_money_yet(terms, facts, step):
    outcome = earned(measure_with(terms).credits, facts, Basis("GBP", Fraction(100), "a fee", (), Fraction(2)))
    assert next(one for one in told(outcome) if one[0] == "tier") == step


def test_an_unknown_fee_base_has_no_amount_and_says_which_line_is_missing():
    found = one_month(lines=[])
    (credit,) = [row for row in found.lines if row["variant"] == "headline"]
    assert (credit["basis_amount"], credit["computed"], credit["payable"], credit["claimable"]) == (None, None, None, None)
    assert [(row["step"], row["amount"], row["words"]) for row in found.steps] == [
        ("tier", None, "99.800000 % is below 99.9 %, at least 99.0 %: 10 %"),
        ("basis", None, "recurring charges of shop for 2026-06: no invoice line in EUR, so the amount is not known"),
        ("payable", None, "owed in the headline, after minimum and caps: not known"),
        ("claimable", None, "every reading gives as much: not known"),
    ]


def fact(variant="headline", reading="default", value="0.998", **more):
    value = Fraction(value)
    return {
        "scope_no": {"headline": 1, "own_request": 2, "other_reading": 3}[variant],
        "part_no": 1,
        "switch_reading": None,
        "result_id": f"R-{variant}",
        "target_ids": [],
        "grain": "result",
        "scope": "service",
        "incident_ids": [],
        "variant": variant,
        "reading": reading,
        "contract_id": "ACME",
        "contract_version_id": "ACME@1",
        "measure_id": "uptime",
        "service_id": "shop",
        "provider_id": "acme",
        "period": "2026-06",
        "window_start_at": START,
        "window_end_at": END,
        "start_at": START,
        "part_end_at": END,
        "status": "breached" if value < Fraction(999, 1000) else "met",
        "value_num": value.numerator,
        "value_den": value.denominator,
        "weighted_ppm_us": 0,
        "outage_us": [],
        "cause_keys": [],
        "has_unknown_cause": False,
        "active_us": 0,
        "is_credit_blocked": False,
    } | more


LINE = {
    "invoice_id": "INV-6",
    "line_no": 1,
    "provider_id": "acme",
    "service_id": "shop",
    "period": "2026-06",
    "amount": Decimal("10000.00"),
    "currency": "EUR",
    "unit": None,
    "unit_price": None,
    "is_one_time": False,
    "is_tax": False,
    "fee_line_id": "F",
    "invoice_total": Decimal("10000.00"),
}


def one_month(*more, lines=(LINE,), signed=SIGNED, **headline):
    text = contract_text()
    contract = resolve_contract(text | {"version": text["version"] | {"signed_by": signed}})
    return credits_of([fact(**headline), *more], FeeBook(lines), {"ACME@1": contract}, Around())


@pytest.mark.parametrize(
    ("given", "steps", "claimable"),
    [
        pytest.param({}, [("R-RD1", "every reading gives as much: EUR 1,000.00", "1000")], "1000", id="nothing lowers it"),
        pytest.param(
            {"more": [fact("other_reading", "denominator=count_as_up", "0.9995")]},
            [("R-RD1", "the lowest reading of what the text leaves open: EUR 0.00", "0")],
            "0",
            id="another reading is met",
        ),
        pytest.param(
            {"more": [fact("own_request", value="0.9995")]},
            [("R-EX4", "without the time that we flagged as our own fault, which nobody has decided yet: EUR 0.00", "0")],
            "0",
            id="our own flag is undecided",
        ),
        pytest.param(
            {"signed": SIGNED[:1]},
            [("DOMAIN 2.2", "the contract lacks a party's signature: nothing can be claimed until both have signed", "0")],
            "0",
            id="a party has not signed",
        ),
        pytest.param(
            {"is_credit_blocked": True},
            [("DQ-14", "the invoice does not add up: a gate holds the credit back", "0")],
            "0",
            id="a gate holds it back",
        ),
    ],
)
def test_what_may_be_claimed_follows_from_what_is_owed_by_steps_with_their_reason(given, steps, claimable):
    found = one_month(*given.pop("more", []), **given)
    (credit,) = [row for row in found.lines if row["variant"] == "headline"]
    own = [row for row in found.steps if row["credit_id"] == credit["credit_id"]]
    assert [row["step"] for row in own[:5]] == ["tier", "basis", "multiply", "round", "payable"]
    assert (own[4]["words"], own[4]["amount"]) == ("owed in the headline, after minimum and caps: EUR 1,000.00", Decimal(1000))
    assert [(row["rule_id"], row["words"], row["amount"]) for row in own[5:]] == [
        (rule, words, Decimal(amount)) for rule, words, amount in steps
    ]
    assert credit["claimable"] == own[-1]["amount"] == Decimal(claimable)


def test_a_credit_of_nothing_ends_at_the_step_that_says_so():
    found = one_month(value="0.9995")
    assert [(row["step"], row["amount"]) for row in found.steps] == [("tier", 0)]
