"""Claims: how each stands by its events, and how money is divided where the contract wants a claim for each incident (DOMAIN 3.9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tasks.measure.claimed import claim_id
from tasks.measure.claims import Desk, claims_of
from tasks.model.claim_state import histories
from tasks.model.contract import resolve_contract
from tasks.model.policy import resolve_policy
from tests.measure.estate import MEASURE, contract_text, make_calendar, measured
from tests.measure.test_caps import billed, down
from tests.measure.world import Row

CLAIMS = {"deadline": {"rule": "days_after_window_end", "n": 30}, "required_content": ["service", "calculation"]}
TEXT = contract_text({"uptime": MEASURE}, claims=CLAIMS)
ONE = claim_id("ACME", "shop", "2026-06")


@pytest.fixture(scope="module")
def owed() -> tuple[list[Row], dict[str, Row]]:
    """Return June's credit lines and their facts: two hours down of EUR 10,000 are 10 %, EUR 1,000; received by 30 July is in time."""
    engine = measured([TEXT], down(("2026-06-10T10:00:00Z", "2026-06-10T12:00:00Z")) | billed("2026-06", amount="10000.00"))
    by_result = {row["result_id"]: row for row in engine.rows("from measured.credit_facts")}
    lines = engine.rows("from measured.credits")
    return lines, {line["credit_id"]: by_result[line["sla_result_ids"][0]] for line in lines}


def event(kind: str, at: str, amount: str | None = None, version: int = 1, claim: str = ONE, **more: Any) -> Row:
    named = {"claim_event_id": f"{kind} {at}", "claim_id": claim, "claim_version": version, "event": kind}
    told: Row = dict.fromkeys(("currency", "invoice_id", "line_no", "receipt_sha256", "provider_ref", "content"))
    at = at if "T" in at else f"{at}T09:00:00Z"
    return named | told | {"happened_at": datetime.fromisoformat(at), "amount": amount and Decimal(amount)} | more


def claimed(owed: tuple[list[Row], dict[str, Row]], events: list[Row], *, as_of: str = "2026-07-20", share: str = "1") -> list[Row]:
    """Return the versions of June's claim; `share` of what was owed is owed still."""
    contract = resolve_contract(TEXT)
    policy = resolve_policy()
    calendars = {name: make_calendar(name, document) for name, document in policy.calendars.items()}
    money = ("after_caps", "claimable", "payable")
    lines = [line | {name: (line[name] * Decimal(share)).quantize(Decimal("0.01")) for name in money} for line in owed[0]]
    desk = Desk({"ACME@1": contract}, policy, calendars, datetime.fromisoformat(f"{as_of}T00:00:00+00:00"), histories(events))
    return claims_of(lines, owed[1], desk)


PREPARED, FILED = event("prepared", "2026-07-10", "1000.00"), event("filed", "2026-07-12", "1000.00")
RECEIVED = event("acknowledged", "2026-07-13", receipt_sha256="ab" * 32, provider_ref="CASE-7")
APPROVED = event("approved", "2026-07-15")
SETTLED = event("settled", "2026-07-18T23:30:00Z", "1000.00", invoice_id="RE-7")


@pytest.mark.parametrize(
    ("events", "as_of", "state", "columns"),
    [
        pytest.param([], "2026-07-20", "draft", {"amount": "1000", "filed_at": None}, id="nothing was done yet"),
        pytest.param([], "2026-07-31", "lapsed", {"leakage": "1000"}, id="nothing was done in time"),
        pytest.param([PREPARED], "2026-07-20", "ready", {}, id="prepared, and nothing is missing"),
        pytest.param([PREPARED], "2026-07-31", "lapsed", {"leakage": "1000"}, id="prepared and never sent"),
        pytest.param([PREPARED, FILED], "2026-07-31", "filed", {"flags": ["NO_RECEIPT"], "leakage": "0"}, id="sent in time, no receipt"),
        pytest.param(
            [FILED, RECEIVED], "2026-08-20", "acknowledged", {"flags": [], "provider_ref": "CASE-7"}, id="the provider received it"
        ),
        pytest.param(
            [event("filed", "2026-07-30", receipt_sha256="cd" * 32)], "2026-08-20", "filed", {"flags": []}, id="a receipt at once"
        ),
        pytest.param(
            [event("filed", "2026-07-30"), event("acknowledged", "2026-07-31T00:05:00Z")],
            "2026-08-01",
            "lapsed",
            {"leakage": "1000"},
            id="sent in time, received after the last day",
        ),
        pytest.param(
            [event("filed", "2026-08-02"), event("approved", "2026-08-09")],
            "2026-08-20",
            "approved",
            {"approved_amount": "1000", "flags": ["NO_RECEIPT"]},
            id="late, and the provider grants it all the same",
        ),
        pytest.param(
            [FILED, RECEIVED, event("partly_approved", "2026-07-15", "600.00")],
            "2026-07-20",
            "partly_approved",
            {"approved_amount": "600", "leakage": "0"},
            id="granted in part",
        ),
        pytest.param(
            [FILED, RECEIVED, event("rejected", "2026-07-15")],
            "2026-07-20",
            "rejected",
            {"approved_amount": "0", "leakage": "1000"},
            id="refused: all of it leaks",
        ),
        pytest.param(
            [FILED, RECEIVED, event("partly_approved", "2026-07-15", "600.00"), event("rejected", "2026-07-18")],
            "2026-07-20",
            "rejected",
            {"approved_amount": "0", "leakage": "1000"},
            id="granted in part, then refused",
        ),
        pytest.param(
            [FILED, RECEIVED, event("partly_approved", "2026-07-15", "600.00"), event("approved", "2026-07-18")],
            "2026-07-20",
            "approved",
            {"approved_amount": "1000", "leakage": "0"},
            id="granted in part, then all of it",
        ),
        pytest.param(
            [FILED, RECEIVED, APPROVED, SETTLED],
            "2026-07-20",
            "settled",
            {"approved_amount": "1000", "settled_amount": "1000", "settled_on": "2026-07-18", "invoice_id": "RE-7", "leakage": "0"},
            id="settled in full",
        ),
        pytest.param(
            [FILED, event("partly_approved", "2026-07-15", "600.00"), event("settled", "2026-07-18")],
            "2026-07-20",
            "settled",
            {"settled_amount": "600", "leakage": "400", "flags": ["NO_RECEIPT"]},
            id="settled as granted",
        ),
        pytest.param([event("waived", "2026-07-12")], "2026-07-20", "waived", {"leakage": "1000"}, id="waived"),
        pytest.param([FILED, event("withdrawn", "2026-07-15")], "2026-07-20", "waived", {}, id="withdrawn: we ask for it no more"),
    ],
)
def test_a_claim_stands_as_its_events_say(owed, events, as_of, state, columns):
    (claim,) = claimed(owed, events, as_of=as_of)
    assert (claim["state"], claim["version"]) == (state, 1)
    shown = {name: claim.get(name) if name == "flags" or claim.get(name) is None else str(claim[name]) for name in columns}
    assert {name: _plain(value) for name, value in shown.items()} == columns


def _plain(value: Any) -> Any:
    return f"{Decimal(value).normalize():f}" if isinstance(value, str) and value.replace(".", "").isdigit() else value


@pytest.mark.parametrize(
    ("events", "share", "as_of", "versions"),
    [
        pytest.param([FILED], "0.5", "2026-07-20", [(1, "filed", 1000), (2, "draft", 500)], id="less is owed now: a new version in time"),
        pytest.param([FILED], "1.5", "2026-07-20", [(1, "filed", 1000), (2, "draft", 1500)], id="more is owed now: a new version in time"),
        pytest.param([FILED], "1.5", "2026-07-31", [(1, "filed", 1000)], id="more is owed now, the deadline has passed (R-RS3)"),
        pytest.param(
            [FILED, event("amended", "2026-07-14", "500.00", 2)],
            "0.5",
            "2026-07-20",
            [(1, "filed", 1000), (2, "filed", 500)],
            id="amended to what is owed",
        ),
        pytest.param([FILED, SETTLED], "0", "2026-07-20", [(1, "settled", 1000)], id="nothing is owed any more of what was settled"),
        pytest.param([], "0", "2026-07-20", [], id="nothing owed, nothing done"),
    ],
)
def test_a_claim_gets_a_new_version_where_another_amount_may_still_be_asked_for(owed, events, share, as_of, versions):
    rows = claimed(owed, events, as_of=as_of, share=share)
    assert [(row["version"], row["state"], row["amount"]) for row in rows] == versions
    assert [row["flags"] for row in rows if row["state"] == "settled"] == (
        [["CLAWBACK_CANDIDATE", "NO_RECEIPT"]] if SETTLED in events else []
    )


def test_content_that_came_with_a_version_is_missing_no_more(owed):
    text = TEXT | {"claims": CLAIMS | {"required_content": ["account", "resource_ids"]}}
    contract, policy = resolve_contract(text), resolve_policy()
    calendars = {name: make_calendar(name, document) for name, document in policy.calendars.items()}

    def standing(*events: Row) -> tuple[str, list[str]]:
        as_of = datetime.fromisoformat("2026-07-20T00:00:00Z")
        (claim,) = claims_of(owed[0], owed[1], Desk({"ACME@1": contract}, policy, calendars, as_of, histories(events)))
        return claim["state"], claim["missing_content"]

    assert standing() == ("draft", ["account", "resource_ids"])
    assert standing(PREPARED | {"content": ["account=" + "ab" * 32]}) == ("draft", ["resource_ids"])
    assert standing(PREPARED | {"content": ["account=" + "ab" * 32, "resource_ids=" + "cd" * 32]}) == ("ready", [])


def test_events_of_the_journal_reach_the_claims_of_the_month():
    settled = [FILED, RECEIVED, APPROVED, SETTLED]
    tables = down(("2026-06-10T10:00:00Z", "2026-06-10T12:00:00Z")) | billed("2026-06", amount="10000.00")
    engine = measured([TEXT], tables | {"staged.claim_event": settled})
    (claim,) = engine.rows("from measured.claims")
    assert (claim["state"], claim["settled_amount"], claim["leakage"]) == ("settled", Decimal(1000), Decimal(0))


def by_incident(*spans: tuple[str, str], **more: Any) -> list[Row]:
    text = contract_text({"uptime": MEASURE}, claims={"deadline": {"rule": "days_after_incident", "n": 30}, "one_claim_per": "incident"})
    engine = measured([text], down(*spans) | billed("2026-06", amount="10000.01") | more, as_of="2026-07-05T00:00:00Z")
    return engine.rows(
        "select claim_id, amount, disputed_amount, kind, last_day, credit_ids from measured.claims order by last_day, claim_id"
    )


@pytest.mark.parametrize(
    ("spans", "amounts"),
    [
        pytest.param([("10T10:00", "10T12:00")], {"I-0": "1000.00"}, id="one incident takes it all"),
        pytest.param(
            [("10T10:00", "10T12:00"), ("12T10:00", "12T11:00")], {"I-0": "666.67", "I-1": "333.33"}, id="two hours and one: 2 : 1"
        ),
        pytest.param(
            [("10T10:00", "10T11:00"), ("12T10:00", "12T11:00"), ("14T10:00", "14T11:00")],
            {"I-0": "333.34", "I-1": "333.33", "I-2": "333.33"},
            id="the cent left goes to the lowest id",
        ),
        pytest.param(
            [("10T10:00", "10T12:00"), ("10T11:00", "10T13:00")], {"I-0": "500.00", "I-1": "500.00"}, id="an hour shared counts for each"
        ),
    ],
)
def test_a_months_credit_is_divided_among_its_incidents_by_the_time_they_counted_for(spans, amounts):
    """10 % of EUR 10,000.01 is 1,000.00; each claim cites the whole line, and its deadline is counted from its own incident."""
    rows = by_incident(*((f"2026-06-{start}:00Z", f"2026-06-{end}:00Z") for start, end in spans))
    named = {claim_id("ACME", "shop", "2026-06", name): Decimal(amount) for name, amount in amounts.items()}
    assert {row["claim_id"]: row["amount"] for row in rows} == named
    assert len({tuple(row["credit_ids"]) for row in rows}) == 1
    days = {claim_id("ACME", "shop", "2026-06", f"I-{place}"): f"2026-07-{start[:2]}" for place, (start, _) in enumerate(spans)}
    assert {row["claim_id"]: f"{row['last_day']}" for row in rows} == days


def test_what_hangs_on_a_dispute_is_claimed_with_the_incident_that_is_disputed():
    """45 min and 8 h: 10 % in the headline, where the second is disputed; 25 % if counted: the second's protective claim."""
    dispute = {"dispute_id": "D-1", "party": "provider", "subject_type": "incident", "subject_id": "I-1", "scope": "whole", "state": "open"}
    rows = by_incident(
        ("2026-06-10T10:00:00Z", "2026-06-10T10:45:00Z"),
        ("2026-06-12T10:00:00Z", "2026-06-12T18:00:00Z"),
        **{"staged.dispute": [dispute | {"raised_at": "2026-07-01T00:00:00Z"}]},
    )
    assert [(row["kind"], row["amount"], row["disputed_amount"]) for row in rows] == [
        ("normal", Decimal(1000), Decimal(0)),
        ("protective", Decimal(1500), Decimal(1500)),
    ]
