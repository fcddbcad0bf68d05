"""What is paid and what is asked for: invoices and exclusion requests."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from telling.basics import DAY, MONTHS, month_start, zulu
from telling.story import Story


def charges(terms: dict[str, Any], month: int) -> list[dict[str, str]]:
    """Return what a provider bills for a month: recurring charges, one-time items, tax last."""
    period = f"2026-{month:02}"
    lines = [{**line, "amount": line["amounts"][MONTHS.index(month)], "one_time": "false"} for line in terms["lines"]]
    lines += [{**line, "one_time": "true"} for line in terms["one_time"] if line["period"] == period]
    if terms["tax_pct"]:
        net = sum(Decimal(line["amount"]) for line in lines)
        tax = (net * terms["tax_pct"] / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        lines.append({"fee_line_id": "TAX", "amount": str(tax), "one_time": "false", "tax": "true"})
    return lines


def invoice_lines(story: Story) -> Iterator[dict[str, str]]:
    """Yield the lines of all invoices."""
    for terms in story.rows["fees"].values():
        for month in MONTHS:
            for number, line in enumerate(charges(terms, month), start=1):
                yield {
                    "invoice_id": f"{terms['prefix']}-2026-{month:02}",
                    "line_no": str(number),
                    "fee_line_id": line["fee_line_id"],
                    "service_id": line.get("service_id", ""),
                    "period": f"2026-{month:02}",
                    "amount": line["amount"],
                    "currency": terms["currency"],
                    "one_time": line["one_time"],
                    "tax": line.get("tax", "false"),
                    "credit_of": line.get("credit_of", ""),
                }


def invoice_rows(story: Story) -> Iterator[dict[str, str]]:
    """Yield one row a provider and month, issued on the second of the next; its total is the sum of its lines."""
    for provider, terms in story.rows["fees"].items():
        for month in MONTHS:
            yield {
                "invoice_id": f"{terms['prefix']}-2026-{month:02}",
                "provider_id": provider,
                "period": f"2026-{month:02}",
                "issued_on": (month_start(month + 1) + DAY).date().isoformat(),
                "total": str(sum(Decimal(line["amount"]) for line in charges(terms, month))),
                "currency": terms["currency"],
            }


def exclusion_rows(story: Story, number_of: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield what either side wants taken out; without a decision nothing is."""
    for row in story.rows["exclusion_requests"]:
        outage = story.outages[row["outage"]]
        yield {
            "request_id": row["key"],
            "type": row["type"],
            "party": row["party"],
            "component_id": outage.component.name,
            "incident_ref": number_of[outage.key],
            "start_at": zulu(outage.down[0][0]),
            "end_at": zulu(outage.down[-1][1]),
            "contract_rule": row["rule"],
            "notice_at": row.get("notice", ""),
            "causal_link": row.get("causal_link", ""),
            "mitigation": row.get("mitigation", ""),
            "requested_at": row["requested"],
            "accepted_by_customer_at": row.get("accepted_by_customer", ""),
            "accepted_by_provider_at": row.get("accepted_by_provider", ""),
            "decision": row.get("decision", ""),
            "decided_at": row.get("decided", ""),
            "decided_by_role": row.get("decided_by", ""),
            "evidence": row.get("evidence", ""),
        }
