"""Credits whose basis is one invoice for several services: counted once under the month's cap, held within the pool (R-CR6, R-CR8)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.measure.forms import Basis, Facts, earned
from tasks.measure.lines import Ceilings, Line, open_line, settled, sum_of_bases
from tasks.model.contract import resolve_contract
from tests.measure.estate import contract_text

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
INVOICE = Basis("EUR", Fraction(100_000), "all charges", ("RE-1/1", "RE-1/2"))


def lines(money: dict[str, Any], services: int) -> tuple[list[Line], Any]:
    """Return a missed level of each of some services, all of them credited from one invoice of EUR 100,000."""
    contract = resolve_contract(
        contract_text({"uptime": {"kind": "availability", "target": "99.9", **money.pop("measure", {})}}, credits=money)
    )
    measure: Any = contract.measures["uptime"]
    missed = Facts("breached", Fraction(995, 1000))
    opened = [
        open_line(
            f"C-{place}",
            f"service {place}",
            measure.credits,
            INVOICE,
            earned(measure.credits, missed, INVOICE, measure.tiers),
            [str(place)],
        )
        for place in range(services)
    ]
    return opened, contract.credits.caps


def test_a_months_cap_takes_charges_that_two_services_share_once():
    """5 % of EUR 100,000 for each of two services; the cap is 6 % of the one invoice, EUR 6,000, and not of twice as much."""
    tiers = {"tiers": [{"below": "99.9", "credit_pct": "5"}]}
    opened, caps = lines({"currency": "EUR", "measure": tiers, "caps": {"contract_month_pct": "6"}}, 2)
    bases = sum_of_bases((line.service_id, JUNE, line.basis) for line in opened)
    assert [line.amount for line in settled(opened, caps, Ceilings(bases))] == [Decimal("3000.00"), Decimal("3000.00")]


def test_all_measures_together_never_exceed_what_the_invoice_puts_at_risk():
    """10 % of the invoice at risk; a weight of 40 % of the pool missed by three services is 120 %: EUR 12,000 come down to 10,000."""
    at_risk = {"form": "at_risk", "weight_pct": "40", "at_risk": {"pct_of_invoice": "10"}, "basis": "at_risk_pool", "currency": "EUR"}
    opened, caps = lines(at_risk, 3)
    assert [line.amount for line in opened] == [Decimal("4000.00")] * 3
    done = settled(opened, caps, Ceilings())
    assert [line.amount for line in done] == [Decimal("3333.34"), Decimal("3333.33"), Decimal("3333.33")]
    assert {line.caps_applied for line in done} == {("cap_invoice",)}


def test_a_window_that_a_change_of_version_divides_has_the_bases_of_its_parts():
    """Sixteen and fourteen days of EUR 3,000: 1,600 and 1,400 by two measures of one service, and 3,000 of another service."""
    parts = [(JUNE, "1600"), (datetime(2026, 6, 17, tzinfo=UTC), "1400")]
    bases = [("shop", start_at, Basis("EUR", Fraction(amount), "", ("RE-1/1",))) for start_at, amount in parts for _ in range(2)]
    assert sum_of_bases([*bases, ("till", JUNE, Basis("EUR", Fraction(3000), "", ("RE-1/2",)))]) == 6000
