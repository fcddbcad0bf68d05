"""What a decision must keep beyond its columns: the invariants of entities.yml, and who may decide what (policy `signoff`, DOMAIN 4.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tasks.decide.columns import Given
from tasks.decide.people import Actor
from tasks.model.errors import LedgerError
from tasks.model.policy import Policy

REASON_CHARACTERS = 20  # DOMAIN 4.4: an override's reason


class _Anything:
    """Matches every value but none."""

    def __contains__(self, value: object) -> bool:
        return value is not None


ANSWERS: dict[str, dict[str, Any]] = {  # the columns, and their values, with which somebody answers what another asked
    "exclusion_request": {
        "decision": ("accepted", "rejected"),
        "accepted_by_customer_at": _Anything(),
        "accepted_by_provider_at": _Anything(),
    },
    "dispute": {"state": ("accepted", "rejected", "partly_accepted")},
}


def faults_of(
    kind: str, body: Mapping[str, Any], known: Mapping[str, Any], actor: Actor, requester: str | None, policy: Policy, given: Given
) -> list[LedgerError]:
    """Return what a decision breaks.

    Args:
        kind: Its entity.
        body: Its columns in full.
        known: The columns of the version before it; empty if there was none.
        actor: Who decides.
        requester: Who first wrote it into the journal; None for a landed or a new one.
        policy: The home's.
        given: Names the places.
    """
    return [*_invariants(kind, body, policy, given), *_two_people(kind, body, known, actor, requester, policy, given)]


def roles_that_may(kind: str, row: Mapping[str, Any], policy: Policy) -> list[str]:
    """Return the roles that sign or decide an object; none means that the policy says nothing of it."""
    signoff = policy.signoff
    if kind == "exclusion_request":
        return sorted(getattr(signoff.exclusions, str(row.get("type")), ()))
    if kind == "exception":
        return sorted(getattr(signoff.exceptions, str(row.get("policy_rule")), ()))
    if kind == "override":
        return sorted({*signoff.overrides.moves_money, *signoff.overrides.other})
    return []


def _invariants(kind: str, body: Mapping[str, Any], policy: Policy, given: Given) -> list[LedgerError]:
    def fault(name: str, what: str, fix: str, known: Collection[str] = ()) -> LedgerError:
        return LedgerError(what, where=given.place(name), known=known, fix=fix)

    scope, effect = body.get("scope"), body.get("effect")
    found = []
    if kind == "dispute" and scope == "portion" and not (body.get("portion") or body.get("portion_us")):
        found.append(fault("portion", "a dispute of a portion does not say which", "give portion (spans) or portion_us (from the end)"))
    if kind == "dispute" and scope in ("severity", "cause") and not body.get("claimed_value"):
        found.append(fault("claimed_value", f"a dispute of the {scope} does not say what is true", "give claimed_value"))
    if kind == "match_review" and str(body.get("left_raw_id")) >= str(body.get("right_raw_id")):
        found.append(fault("left_raw_id", "left_raw_id is not the smaller one", "swap the two"))
    if kind == "override" and len(str(body.get("reason", ""))) < REASON_CHARACTERS:
        found.append(fault("reason", "the reason is too short to be one", f"say why in at least {REASON_CHARACTERS} characters"))
    if kind == "exception" and effect in ("measure", "severity") and not body.get("measure_id" if effect == "measure" else "severity"):
        found.append(fault("effect", f"an exception of a {effect} does not say which", "give measure_id or severity"))
    rules = sorted(type(policy.signoff.exceptions).model_fields)
    if kind == "exception" and body.get("policy_rule") not in (None, *rules):
        found.append(fault("policy_rule", f"no rule '{body['policy_rule']}' in policy signoff.exceptions", "use one of them", rules))
    if kind == "legal_hold" and body.get("released_by_role") not in (None, *policy.signoff.hold_release):
        found.append(fault("released_by_role", "this role releases no hold", "use a role of policy signoff.hold_release"))
    return found


def _two_people(
    kind: str, body: Mapping[str, Any], known: Mapping[str, Any], actor: Actor, requester: str | None, policy: Policy, given: Given
) -> list[LedgerError]:
    """Who answers a request holds a role the policy names for it, and is not who asked."""
    answered = [name for name, words in ANSWERS.get(kind, {}).items() if body.get(name) in words and body.get(name) != known.get(name)]
    own_role = roles_that_may(kind, body, policy) if answered or kind == "override" else []
    faults = []
    if own_role and actor.role not in own_role:
        what = f"{actor.role} does not decide this {kind}"
        faults.append(LedgerError(what, where="--role", known=own_role, fix="let a role decide that the policy names (signoff)"))
    if answered and not known:
        fix = "write the request first, without an answer; another person answers it with the same key"
        faults.append(LedgerError("asked and answered in one row", where=given.place(answered[0]), fix=fix))
    elif answered and requester == actor.ref:
        what = f"{actor.ref} asked for it"
        faults.append(LedgerError(what, where="--by", fix="let another person decide: who asks and who approves are two people"))
    return faults
