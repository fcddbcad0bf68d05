"""The monthly compliance pack's page (DOMAIN 7.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.publish.breaches import breaches
from tasks.publish.changes import changes
from tasks.publish.credits import credits_and_claims
from tasks.publish.disputes import disputes
from tasks.publish.draft import Draft
from tasks.publish.levels import service_levels
from tasks.publish.method import ContractText, method
from tasks.publish.operations import operations
from tasks.publish.page import Page, charts_in, head_of, rendered
from tasks.publish.proof import proofs_of
from tasks.publish.reconciliation import reconciliation
from tasks.publish.response import response
from tasks.publish.signed import sign_off, signed
from tasks.publish.statement import statement


def compliance_page(
    draft: Draft, home_name: str, content_sha256: str, contracts: Sequence[ContractText], versions: Mapping[str, str]
) -> Page:
    """Return the pack's page. Its figures are kept in `draft.book` while the sections are worked out."""
    sections = {
        "statement": statement(draft),
        "levels": service_levels(draft),
        "breaches": breaches(draft),
        "response": response(draft),
        "disputes": disputes(draft),
        "signed": signed(draft),
        "credits": credits_and_claims(draft),
        "reconciliation": reconciliation(draft),
        "operations": operations(draft),
        "changes": changes(draft),
        "sign_off": sign_off(draft),
        "method": method(draft, contracts, versions),
    }
    charts = list(charts_in(sections))
    proofs = proofs_of(draft, contracts, [block["anchor"] for block in sections["breaches"]["blocks"]])
    return rendered("compliance/page.html.j2", charts, proofs, **sections, head=head_of(draft, home_name, content_sha256))
