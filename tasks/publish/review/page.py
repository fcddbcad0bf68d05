"""The pages of one edition (DOMAIN 7.2)."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.model.contract import Contract
from tasks.publish.draft import Draft
from tasks.publish.method import ContractText
from tasks.publish.page import Page, charts_in, head_of, rendered
from tasks.publish.proof import proofs_of
from tasks.publish.review.ahead import closing, forward, scope
from tasks.publish.review.annex import annex
from tasks.publish.review.causes import actions, causes
from tasks.publish.review.edition import Reader
from tasks.publish.review.executive import decisions_of, executive
from tasks.publish.review.levels import months
from tasks.publish.review.money import chain
from tasks.publish.review.scorecard import scorecard, trend
from tasks.publish.review.theirs import disputes, reports


def review_page(
    draft: Draft, reader: Reader, home_name: str, content_sha256: str, contracts: Sequence[Contract], texts: Sequence[ContractText]
) -> Page:
    """Return the pack's page. Its figures are kept in `draft.book` while the sections are worked out."""
    decisions = decisions_of(draft, reader, contracts)
    sections = [
        ("1", "Executive page", executive(draft, reader, decisions)),
        ("2", "Scorecard", scorecard(draft)),
        ("3", "Service levels by month", months(draft)),
        ("4", "Incident trend", trend(draft)),
        ("5", "Vendor data against ours", reports(draft)),
        ("6", "Disputes", disputes(draft)),
        ("7", "Credits", chain(draft, reader)),
        ("8", "Causes and recurrence", causes(draft)),
        ("9", "Actions of both sides", actions(draft, reader)),
        ("10", "Contract and scope", scope(draft, contracts)),
        ("11", "Forward look", forward(draft, reader)),
        ("12", "Decisions, minutes, signatures", closing(draft, reader, decisions)),
    ]
    if not reader.is_vendor:
        sections.append(("R", "Restricted annex", annex(draft)))
    view = [{"no": no, "title": title, "blocks": blocks} for no, title, blocks in sections]
    proofs = proofs_of(draft, texts, [])
    return rendered(
        "review/page.html.j2", list(charts_in(view)), proofs, sections=view, reader=reader, head=head_of(draft, home_name, content_sha256)
    )
