"""What may follow what at the claim desk, with which amounts and dates, and what a credit note must be (DOMAIN 3.9); nothing is written."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.claim.acts import Act, event_of, settlement_of
from tasks.claim.credited import Credited, InvoiceBook
from tasks.claim.desk import Claim, standing
from tasks.claim.preflight import Item, Supplies, preflight
from tasks.model.contract import resolve_contract
from tasks.model.errors import LedgerError
from tasks.store.packs import PackFolder
from tests.claim.shelf import AS_OF, CLAIM, CLAIM_ROW
from tests.measure.estate import contract_text

COLUMNS = ("amount", "currency", "invoice_id", "line_no", "receipt_sha256", "provider_ref", "content")
BOOK = InvoiceBook([], {})
NOW, LATE = "2026-11-21T09:00:00Z", "2026-12-10T09:00:00Z"


def event(kind: str, day: int, amount: str | None = None, **more: Any) -> dict[str, Any]:
    told = dict.fromkeys(COLUMNS) | {"claim_event_id": f"{kind} {day}", "claim_version": 1, "event": kind}
    return told | {"happened_at": datetime.fromisoformat(f"2026-11-{day:02d}T09:00:00Z"), "amount": amount and Decimal(amount)} | more


PREPARED, FILED, RECEIVED = event("prepared", 10, "1000.00"), event("filed", 11, "1000.00"), event("acknowledged", 12)
APPROVED = event("approved", 20, "1000.00")
FILING, RECEIPT, GRANTED = [PREPARED, FILED], [PREPARED, FILED, RECEIVED], [PREPARED, FILED, RECEIVED, APPROVED]


def standing_claim(events: list[dict[str, Any]], at: str = NOW, *, content: tuple[str, ...] = (), **changed: Any) -> Claim:
    """Return the claim of EUR 1,000.00 of October as it stands; it must be received in November, by Berlin's clock."""
    terms = {"deadline": {"rule": "days_after_window_end", "n": 30}, "required_content": ["account", "service", *content]}
    contract = resolve_contract(contract_text(clock={"timezone": "Europe/Berlin"}, claims=terms))
    day = {name: date.fromisoformat(CLAIM_ROW[name]) for name in ("last_day", "prepare_by", "file_by", "red_from")}
    money = {name: Decimal(CLAIM_ROW[name]) for name in ("amount", "disputed_amount", "leakage")}
    instants = {"deadline_at": datetime.fromisoformat(CLAIM_ROW["deadline_at"]), "as_of": datetime.fromisoformat(AS_OF)}
    row = CLAIM_ROW | day | money | instants | {"run_id": "r", "run_period": "2026-10", "filed_at": None, "provider_ref": None} | changed
    now = datetime.fromisoformat(at)
    versions = standing(row, contract, events, now)
    return Claim(versions, contract, contract.measures["uptime"].claims, events, PackFolder(Path()), False, BOOK, now)


@pytest.mark.parametrize(
    ("at", "days_left", "lane", "state", "at_risk"),
    [
        pytest.param("2026-11-15T22:59:59Z", 15, "in time", "draft", "1000.0000", id="the last second before the day to prepare by"),
        pytest.param("2026-11-15T23:00:00Z", 14, "prepare now", "draft", "1000.0000", id="ten business days before, by Berlin's clock"),
        pytest.param("2026-11-23T09:00:00Z", 7, "file now", "draft", "1000.0000", id="five business days before"),
        pytest.param("2026-11-26T09:00:00Z", 4, "red", "draft", "1000.0000", id="two business days before: red"),
        pytest.param("2026-11-30T22:59:59Z", 0, "red", "draft", "1000.0000", id="the last second"),
        pytest.param("2026-11-30T23:00:00Z", -1, None, "lapsed", "0.0000", id="lapsed with the first second of December in Berlin"),
    ],
)
def test_the_desk_knows_how_long_there_is_and_what_lapses(at, days_left, lane, state, at_risk):
    claim = standing_claim([], at)
    assert (claim.days_left, claim.lane, claim.state, claim.at_risk) == (days_left, lane, state, Decimal(at_risk))
    assert claim.leaked == (Decimal(1000) if state == "lapsed" else 0)


def act(verb: Any, at: str | None = None, amount: str | None = None, **more: Any) -> Act:
    return Act(verb, at and datetime.fromisoformat(at), amount and Decimal(amount), **more)


@pytest.mark.parametrize(
    ("events", "done", "says"),
    [
        pytest.param([], act("file"), "file: this claim is draft", id="filed before it was prepared"),
        pytest.param([], act("decision", result="approved"), "decision: this claim is draft", id="decided before it was filed"),
        pytest.param([], act("receipt"), "receipt: this claim is draft", id="received before it was filed"),
        pytest.param([], act("waive"), "waive without a reason", id="waived for no reason"),
        pytest.param(
            [], act("prepare", "2026-11-01T09:00:00Z"), "before the pack that it follows from", id="prepared before the month was known"
        ),
        pytest.param(RECEIPT, act("prepare"), "prepare: this claim is acknowledged", id="prepared once it was sent"),
        pytest.param(RECEIPT, act("file"), "file: this claim is acknowledged", id="filed twice"),
        pytest.param(RECEIPT, act("receipt"), "receipt: this claim is acknowledged", id="received twice"),
        pytest.param(RECEIPT, act("decision"), "nothing says how it was decided", id="decided without a result"),
        pytest.param(RECEIPT, act("decision", result="rejected"), "decision without a reason", id="refused without a reason"),
        pytest.param(RECEIPT, act("decision", result="partly_approved", reason="r"), "not which", id="granted in part without an amount"),
        pytest.param(
            RECEIPT,
            act("decision", amount="1000.00", result="partly_approved", reason="r"),
            "EUR 1,000.00 is not less than was asked for",
            id="all of it is no part",
        ),
        pytest.param(
            RECEIPT,
            act("decision", amount="1000.01", result="approved"),
            "EUR 1,000.01 is not what was asked for",
            id="more than was asked for",
        ),
        pytest.param(
            RECEIPT,
            act("decision", amount="10.005", result="partly_approved", reason="r"),
            "no multiple of the smallest unit of EUR",
            id="half a cent",
        ),
        pytest.param(RECEIPT, act("decision", amount="0.00", result="approved"), "no amount", id="granted nothing"),
        pytest.param(
            RECEIPT,
            act("decision", amount="10.00", result="rejected", reason="r"),
            "a rejection grants nothing",
            id="refused, and an amount",
        ),
        pytest.param(
            RECEIPT, act("decision", "2026-11-12T08:59:59Z", result="approved"), "is before what was done last", id="decided before receipt"
        ),
        pytest.param(RECEIPT, act("decision", "2026-11-21T09:00:01Z", result="approved"), "lies in the future", id="decided in the future"),
        pytest.param(GRANTED, act("decision", result="approved"), "approved is on record already", id="decided twice alike"),
        pytest.param(GRANTED, act("withdraw", reason="r"), "withdraw: this claim is approved", id="given up once granted"),
    ],
)
def test_what_does_not_follow_is_refused_and_says_what_does(events, done, says):
    with pytest.raises(LedgerError) as refused:
        event_of(standing_claim(events), done)
    assert says in str(refused.value)
    assert "fix:" in str(refused.value)


def test_what_was_refused_may_be_granted_after_all_and_late_too():
    refused = [*RECEIPT, event("rejected", 15)]
    assert event_of(standing_claim(refused), act("decision", result="approved"))["amount"] == "1000.00"
    late = standing_claim([PREPARED, event("filed", 30, "1000.00"), event("acknowledged", 30)], "2026-12-10T09:00:00Z")
    assert late.state == "acknowledged"
    assert event_of(late, act("decision", result="approved"))["event"] == "approved"


def test_a_version_filed_after_another_amends_it():
    events = [*FILING, event("prepared", 13, "1200.00", claim_version=2)]
    claim = standing_claim(events, amount=Decimal(1200))
    assert (claim.row["version"], claim.state) == (2, "ready")
    body = event_of(claim, act("file"))
    assert (body["event"], body["claim_version"], body["amount"]) == ("amended", 2, "1200.00")


@pytest.mark.parametrize(
    ("events", "at", "money"),
    [
        pytest.param(FILING, NOW, ("200", "1000.00", "0", "0"), id="asked for: only what is more is at risk"),
        pytest.param([*GRANTED], NOW, ("200", "0", "1000.00", "0"), id="granted and awaited"),
        pytest.param([*GRANTED, event("settled", 20, "900.00")], NOW, ("200", "0", "100.00", "900.00"), id="credited in part"),
        pytest.param(
            [*RECEIPT, event("prepared", 13, "1200.00", claim_version=2)], LATE, ("0", "1000.00", "0", "0"), id="the amendment lapsed"
        ),
        pytest.param([*RECEIPT, event("rejected", 15)], NOW, ("1200", "0", "0", "0"), id="refused: all of it is asked for anew"),
    ],
)
def test_an_amendment_counts_for_what_it_asks_more_than_the_version_that_was_sent(events, at, money):
    claim = standing_claim(events, at, amount=Decimal(1200))
    assert claim.row["version"] == 2
    assert (claim.at_risk, claim.asked, claim.awaited, claim.credited) == tuple(map(Decimal, money))
    assert claim.leaked == (200 if at == LATE else 0)


def credit(amount: str, currency: str = "EUR", line_no: int = 1, issued_on: str = "2026-11-20") -> Credited:
    return Credited("RE-11", line_no, Decimal(amount), currency, date.fromisoformat(issued_on), "acme", CLAIM)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(credit("1000.00", "USD"), "credits USD 1,000.00; the claim is in EUR", id="another currency is never converted"),
        pytest.param(credit("-1000.00"), "is a charge, no credit", id="a charge that names the claim"),
        pytest.param(credit("1000.01"), "credits EUR 1,000.01, but only EUR 1,000.00 is open", id="a cent too much"),
        pytest.param(None, "no line of a staged invoice credits this claim", id="no line"),
    ],
)
def test_a_credit_that_does_not_fit_is_recognised_and_not_noted(line, says):
    with pytest.raises(LedgerError, match=says):
        settlement_of(standing_claim(GRANTED), [line] if line else [], None)


def test_credits_in_parts_add_up_and_are_dated_by_their_invoices():
    """EUR 400 and 600 of 1,000; an invoice dated before the decision counts from the decision."""
    bodies = settlement_of(standing_claim(GRANTED), [credit("400.00", issued_on="2026-11-21"), credit("600.00", line_no=2)], None)
    told = [(body["amount"], body["line_no"], body["happened_at"]) for body in bodies]
    assert told == [("400.00", 1, "2026-11-20T23:00:00Z"), ("600.00", 2, "2026-11-20T09:00:00Z")]


def test_the_pre_flight_list_says_where_each_thing_is_and_how_to_supply_what_lacks():
    claim = standing_claim([], content=("subject_line_with_sla_credit_request",), missing_content=["subject_line_with_sla_credit_request"])
    items = {item.name: item for item in preflight(claim, Supplies(role="contract_authority"))}
    assert {name: item.is_there for name, item in items.items() if item.is_demanded} == {
        "account": True,
        "service": True,
        "subject_line_with_sla_credit_request": False,
        "signatory": False,
    }
    assert items["subject_line_with_sla_credit_request"].fix.endswith("or in reference/claims.yml, ACME, subject")
    with pytest.raises(LedgerError, match="no person of people"):
        event_of(claim, act("prepare"), list(items.values()))
    assert isinstance(items["rights"], Item)
    assert not items["rights"].is_demanded
