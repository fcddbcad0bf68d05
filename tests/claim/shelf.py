"""A home with one published month that nobody computed: tables `claims` and `credits` of a pack, as `sla month` leaves them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.publish.claim_case import READ
from tasks.store.engine import Engine, physical

RUN = "0123456789abcdef"
AS_OF = "2026-11-03T09:00:00Z"
CLAIM = "K-AAAAAAAAAAAA"
CREDIT = "C-AAAAAAAAAAAA"
DATES = {"last_day": "2026-11-30", "deadline_at": "2026-11-30T23:00:00Z", "prepare_by": "2026-11-16"}
DATES |= {"file_by": "2026-11-23", "red_from": "2026-11-26"}
CLAIM_ROW: dict[str, Any] = {
    **{"claim_id": CLAIM, "version": 1, "contract_id": "ACME-CDN", "contract_version_id": "ACME-CDN@1", "service_id": "checkout"},
    **{"period": "2026-10", "kind": "normal", "credit_ids": [CREDIT], "amount": "1000.0000", "disputed_amount": "0.0000"},
    **{"currency": "EUR", "state": "draft", "deadline_rule": "30 days after window end (clause 5.4)", "missing_content": []},
    **{"leakage": "0.0000", "flags": []},
    **DATES,
}
CREDIT_ROW: dict[str, Any] = {
    **{"credit_id": CREDIT, "variant": "headline", "reading": "default", "contract_id": "ACME-CDN", "contract_version_id": "ACME-CDN@1"},
    **{"measure_id": "uptime", "service_id": "checkout", "period": "2026-10", "sla_result_ids": [], "target_ids": [], "form": "tiers"},
    **{"fee_lines": [], "caps_applied": [], "flags": [], "claimable": "1000.0000", "currency": "EUR"},
    **dict.fromkeys(("basis_amount", "computed", "after_cumulation", "after_minimum", "after_caps", "payable"), "1000.0000"),
    **{"pct": "10.000000", "forgone": "0.0000"},
}


def put_on_shelf(home: Path, claims: list[Mapping[str, Any]], *, is_simulated: bool = False) -> None:
    """Publish a month with these claims; what a claim does not say is that of CLAIM_ROW."""
    folder = home / "published" / "month" / "2026-10" / RUN
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    with Engine() as engine:
        known = {"claims": [CLAIM_ROW | dict(row) for row in claims], "credits": [CREDIT_ROW]}
        run = {"run_period": "2026-10", "run_id": RUN, "as_of": AS_OF}
        for name in READ:
            rows = known.get(name, [])
            columns = physical((*dictionary().tables[name].columns, *dictionary().common_columns))
            engine.create(f"measured.{name}", columns, [row | run for row in rows])
            engine.execute(f"copy measured.{name} to '{folder / 'tables' / name}.parquet'")
    manifest: dict[str, Any] = {"run_id": RUN, "is_simulated": is_simulated, "as_of": AS_OF, "is_preview": False, "period": "2026-10"}
    manifest |= {"occasion": "month", "vendor_id": None, "edition": "internal", "gates": []}
    manifest |= {
        "content_sha256": "ab" * 32,
        "home": {},
        "inputs_head": {},
        "inputs": [],
        "reference": [],
        "contracts": [],
        "policy_sha256": "",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder.parent / "LATEST").write_text(RUN + "\n")
