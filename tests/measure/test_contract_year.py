"""The cap of a contract year: an amount less what claims on its earlier windows took, approved or pending (R-CR6)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tasks.measure.claimed import Taken, claimed_before, standing_amounts
from tasks.model.contract import resolve_contract
from tasks.model.identity import short_id
from tests.measure.estate import contract_text, measured
from tests.measure.world import Row

JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def claim(period: str, service: str = "shop", contract: str = "ACME") -> str:
    return short_id("K", [contract, service, period])


def event(claim_id: str, kind: str, day: int, amount: str | None = None, version: int = 1) -> Row:
    named = {"claim_event_id": f"{claim_id} {kind} {day}", "claim_id": claim_id, "claim_version": version, "event": kind}
    return named | {"happened_at": f"2026-05-{day:02}T09:00:00Z", "amount": amount and Decimal(amount), "currency": "EUR"}


@pytest.mark.parametrize(
    ("history", "taken"),
    [
        pytest.param([("prepared", 1, "900")], "0", id="a draft takes nothing"),
        pytest.param([("filed", 1, "900")], "900", id="what was asked for is pending"),
        pytest.param([("filed", 1, "900"), ("acknowledged", 2, None)], "900", id="an acknowledgement changes nothing"),
        pytest.param([("filed", 1, "900"), ("amended", 2, "800")], "800", id="an amended claim asks for its newest amount"),
        pytest.param(
            [("filed", 1, "900"), ("prepared", 2, "800")], "900", id="an amendment that is only prepared leaves what was asked for"
        ),
        pytest.param([("filed", 1, "900"), ("partly_approved", 2, "600")], "600", id="of a claim approved in part that part"),
        pytest.param([("filed", 1, "900"), ("approved", 2, None)], "900", id="an approval without an amount approves what was asked"),
        pytest.param([("filed", 1, "900"), ("approved", 2, "700"), ("settled", 9, "650")], "700", id="by approval, not by settlement"),
        pytest.param([("filed", 1, "900"), ("rejected", 2, None)], "0", id="what was refused takes nothing"),
        pytest.param([("filed", 1, "900"), ("withdrawn", 2, None)], "0", id="what was withdrawn takes nothing"),
        pytest.param([("waived", 2, None)], "0", id="what was waived takes nothing"),
        pytest.param(
            [("filed", 1, "900"), ("partly_approved", 2, "600"), ("approved", 3, None)], "900", id="granted in part, then all of it"
        ),
        pytest.param([("filed", 1, "900"), ("settled", 2, "400"), ("settled", 3, "500")], "900", id="paid in parts, without a decision"),
        pytest.param([("filed", 1, "900"), ("settled", 2, "900"), ("waived", 3, None, 2)], "900", id="an amendment that was never sent"),
        pytest.param(
            [("filed", 1, "900"), ("settled", 2, "900"), ("amended", 3, "950", 2), ("rejected", 4, None, 2)],
            "900",
            id="what was paid stays taken where the amendment is refused",
        ),
    ],
)
def test_a_claim_takes_of_the_cap_what_is_approved_else_pending(history, taken):
    assert standing_amounts([event("K-1", *step) for step in history]).get("K-1", Decimal(0)) == Decimal(taken)


@pytest.mark.parametrize(
    ("year_start", "periods", "taken"),
    [
        pytest.param("01-01", ["2026-01", "2026-05"], "200", id="windows of this year, up to the one before"),
        pytest.param("01-01", ["2025-12", "2026-06", "2026-07"], "0", id="neither last year's, nor its own, nor later ones"),
        pytest.param("04-01", ["2026-03", "2026-04"], "100", id="a year that begins in April"),
        pytest.param("07-01", ["2025-06", "2025-07", "2026-05"], "200", id="a year that began in July of last year"),
    ],
)
def test_a_contract_year_holds_the_windows_that_start_in_it(year_start, periods, taken):
    caps = {"contract_year_amount": "1000.00", "contract_year_start": year_start}
    contract = resolve_contract(contract_text(credits={"currency": "EUR", "caps": caps}))
    amounts = {claim(period): Decimal(100) for period in periods}
    assert claimed_before(contract, JUNE, [("shop",)], amounts) == Taken(year=Decimal(taken))


def test_a_month_pays_what_earlier_claims_left_of_the_year():
    """E72 by production: EUR 1,000 are owed for June and 24,000 a year are the cap; 23,400 are approved or pending, so that 600 stay."""
    caps = {"contract_year_amount": "24000.00"}
    bill = {"source_system": "erp", "invoice_id": "RE-1", "period": "2026-06", "currency": "EUR"}
    line = {"line_no": 1, "fee_line_id": "F", "service_id": "shop", "amount": "10000.00", "one_time": False, "tax": False}
    hour_down = {"incident_id": "I-1", "start_at": "2026-06-10T10:00:00Z", "end_at": "2026-06-10T11:00:00Z"}
    history = [
        event(claim("2026-02"), "filed", 1, "22500.00"),
        event(claim("2026-02"), "approved", 2, "22500.00"),
        event(claim("2026-05"), "filed", 3, "900.00"),
        event(claim("2026-04"), "filed", 3, "5000.00"),
        event(claim("2026-04"), "rejected", 4),
    ]
    engine = measured(
        [contract_text(credits={"currency": "EUR", "caps": caps})],
        {
            "reconciled.incidents": [{"incident_id": "I-1", "occurred_at": "2026-06-10T10:00:00Z", "contract_version_id": "ACME@1"}],
            "reconciled.outage_intervals": [hour_down],
            "staged.invoice": [bill | {"provider_id": "acme", "total": "10000.00"}],
            "staged.invoice_line": [bill | line],
            "staged.claim_event": history,
        },
    )
    (credit,) = engine.rows("select computed, after_caps, forgone, caps_applied from measured.credits where variant = 'headline'")
    assert credit == {
        "computed": Decimal("1000.0000"),
        "after_caps": Decimal("600.0000"),
        "forgone": Decimal("400.0000"),
        "caps_applied": ["cap_year"],
    }
