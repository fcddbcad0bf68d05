"""Section 6: who agreed to what: exclusions, exceptions and overrides with rule, effect, signing roles and hash of what was signed.

Section 13: who has to sign the pack itself. People appear as roles, never by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.numbers import Sheet, Source, row_source
from tasks.publish.words import Code, listed, plain_words, words

SECTION = "6 Exceptions and sign-offs"
MOST_ROWS = 60
RANK = "['requested', 'applied', 'rejected']"


def signed(draft: Draft) -> View:
    """Return the view of section 6."""
    sheet = draft.book.sheet(SECTION)
    signatures = grouped(
        [
            row | {"object": _object(row)}
            for row in draft.rows("published.signatures", "standing desc, signed_at nulls last, role, signoff_id")
        ],
        "object",
    )
    exclusions = draft.rows(
        "published.signed_exclusions", f"list_position({RANK}, status), service_name, result_id, type, reference, exclusion_ids"
    )
    overrides = draft.rows("published.set_by_people", "ticket_key nulls last, incident_id, field")
    return {
        "exclusions": [_exclusion(draft, sheet, row, signatures) for row in exclusions[:MOST_ROWS]],
        "exclusions_left": len(exclusions) > MOST_ROWS,
        "overrides": [_override(sheet, row, signatures) for row in overrides[:MOST_ROWS]],
        "overrides_left": len(overrides) > MOST_ROWS,
    }


def _object(row: Row) -> str:
    return f"{row['object_type']} {row['object_id']}"


def _exclusion(draft: Draft, sheet: Sheet, row: Row, signatures: dict[str, list[Row]]) -> View:
    """Return one record that was tested, what it took out of one level, and who stands behind it."""
    effect = "excluded_us" if row["status"] == "applied" else "if_excluded_us"
    key = {"exclusion_id": list(row["exclusion_ids"]), "result_id": row["result_id"]}
    source = Source("exclusion_effects", key, f"sum({effect})::bigint", "R-EX1", row["contract_version_id"])
    label = f"downtime out of {row['service_name']}, {row['measure_id']} by {row['reference']} ({row['exclusion_ids'][0]})"
    own = signatures.get(f"{row['object_type']} {row['reference']}", [])
    asked = [plain_words(role) for role in draft.deciders.get(row["type"], ())]
    return {
        "reference": row["reference"],
        "type": words()["exclusion_types"][row["type"]],
        "service": row["service_name"],
        "measure": row["measure_id"],
        "rule": row["contract_rule"] or (f"policy, exceptions: {row['policy_rule']}" if row["policy_rule"] else ""),
        "tone": "" if row["status"] == "applied" else "doubt" if row["status"] == "requested" else "quiet",
        "status": words()["exclusion_statuses"][row["status"]],
        "reason": words()["exclusion_reasons"].get(row["reason"], "") if row["status"] != "requested" else "",
        "effect": sheet.duration(label, row[effect], source),
        "moves": words()["exclusion_effects"][row["status"]],
        "signers": [_signer(one) for one in own],
        "approver": listed([plain_words(role) for role in row["roles"]]) if row["roles"] and not own else "",
        "is_accepted": row["is_accepted"],
        "asked": listed(asked) if row["status"] == "requested" else "",
        "hash": row["payload_sha256"],
    }


def _signer(row: Row) -> View:
    """Return one signature: role, side, decision, day, and whether it stands."""
    return {
        "role": plain_words(row["role"]),
        "party": words()["parties"][row["party"]],
        "decision": words()["signatures"][row["decision"]],
        "day": Code(row["signed_at"].date().isoformat()) if row["signed_at"] else None,
        "method": words()["signature_methods"][row["method"]],
        "void": words()["void_signatures"].get(row["standing"], ""),
    }


def _override(sheet: Sheet, row: Row, signatures: dict[str, list[Row]]) -> View:
    """Return one field that a person set, and the word that would stand otherwise."""
    incident = row["ticket_key"] or row["incident_id"]
    name = f"{row['field']} of {incident}, {row['incident_id']}"
    nothing = words()["nothing_stated"]
    other = Source(
        "field_provenance",
        {"incident_id": row["incident_id"], "field": row["field"]},
        "json_extract_string(candidates, '$[1].value')",
        "RC-P2",
    )
    return {
        "reference": row["override_id"],
        "incident": incident,
        "service": row["service_name"],
        "field": plain_words(row["field"]).removesuffix(" at"),
        "value": sheet.quoted(
            f"{name}, as set", row["value"] or nothing, row["value"], row_source("field_provenance", row, "value", "RC-P2")
        ),
        "otherwise": sheet.quoted(f"{name}, otherwise", row["otherwise"] or nothing, row["otherwise"], other),
        "author": plain_words(row["author_role"]),
        "signers": [_signer(one) for one in signatures.get(f"override {row['override_id']}", [])],
        "hash": row["payload_sha256"],
    }


def sign_off(draft: Draft) -> View:
    """Return the view of section 13: the parts of the pack, the role that signs each, and until when."""
    parts: Sequence[tuple[str, str]] = [] if draft.run.is_preview else list(draft.signoff.items())
    told: dict[str, Any] = words()["signoff_covers"]
    return {
        "rows": [
            {
                "part": words()["signoff_parts"].get(part, plain_words(part)),
                "role": plain_words(role),
                "covers": told.get(part, ""),
            }
            for part, role in parts
        ],
        "sign_by": Code(draft.sign_by) if draft.sign_by else None,
    }
