"""`sla sign`: a person signs a sealed pack in a role that the policy asks for; the signature covers its manifest's hash (DOMAIN 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.decide.decision import signer_of
from tasks.decide.people import PEOPLE, Actor, actor_of, holders
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.identity import short_id
from tasks.model.instants import exact_instant
from tasks.model.policy import SignedPacks
from tasks.model.reference import Person
from tasks.model.run import pack_id_of
from tasks.store.journal import Journal, Row
from tasks.store.signoffs import of_pack, pack_signoffs

PROVIDER_ROLES = ("vendor_representative",)
REQUEST = "asks the {role} to sign"


@dataclass(frozen=True)
class ToSign:
    """A sealed pack: what a signature names and covers, and the role that each part of it asks for."""

    pack_id: str
    manifest_sha256: str
    is_preview: bool
    is_simulated: bool
    roles: Mapping[str, str]

    @classmethod
    def of(cls, manifest: Mapping[str, Any], sha256: str, packs: SignedPacks) -> ToSign:
        """Return the pack of a manifest, whose own sha256 is given."""
        return cls(
            pack_id_of(manifest),
            sha256,
            manifest["is_preview"],
            manifest["is_simulated"],
            packs.of(manifest["occasion"], manifest["edition"]),
        )


@dataclass(frozen=True)
class Signing:
    """Who signs, or asks for it, in which role, when (aware UTC) and with which key; `is_simulated` says that `now` is a rehearsal's."""

    role: str | None
    by: str | None
    now: datetime
    is_simulated: bool
    timezone: str
    key_file: Path | None = None
    is_approved: bool = True


def sign_pack(journal: Journal, people: Sequence[Person], pack: ToSign, signing: Signing) -> Row:
    """Write one person's sign-off of a pack into the journal.

    Raises:
        LedgerError: If the pack is not to be signed, was signed in that role, or the person, role or key are not what they should be.
    """
    _refuse_what_nobody_signs(pack, signing)
    actor = _actor(people, pack, signing)
    signed = [one for one in of_pack(pack_signoffs(journal), pack.pack_id, pack.manifest_sha256) if one.role == actor.role]
    if signed and signed[-1].is_approved == signing.is_approved:
        at = exact_instant(signed[-1].signed_at)
        raise LedgerError(f"{actor.role} signed this pack at {at}", where=pack.pack_id, fix="nothing is left to do for that role")
    signer = signer_of(actor, signing.key_file)
    if signer is None:
        fix = f"sla key new --person {actor.ref}, and list its public_key"
        raise LedgerError(f"{actor.ref} has no key to sign with", where=PEOPLE, fix=fix)
    requester = _requester(journal, pack, actor.role)
    if requester == actor.ref:
        raise LedgerError(f"{actor.ref} asked for it", where="--by", fix="let another person sign: signer and requester are two people")
    content = {
        "object_type": "pack",
        "object_id": pack.pack_id,
        "object_sha256": pack.manifest_sha256,
        "signer_ref": actor.ref,
        "role": actor.role,
        "party": "provider" if actor.role in PROVIDER_ROLES else "customer",
        "signed_at": exact_instant(signing.now),
        "method": "ed25519",
        "decision": "approve" if signing.is_approved else "reject",
        "public_key": signer.public_key,
        "signature": signer.sign(pack.manifest_sha256),
        **({"requester_ref": requester} if requester else {}),
    }
    body = {"signoff_id": short_id("J", ["signoff", content]), **content}
    return journal.append(
        "signoff",
        body,
        now=signing.now,
        is_simulated=signing.is_simulated,
        entity="signoff",
        object_id=body["signoff_id"],
        actor_ref=actor.ref,
        actor_role=actor.role,
        signer=signer,
    )


def ask_to_sign(journal: Journal, people: Sequence[Person], pack: ToSign, asked: Signing) -> Row:
    """Note in the journal that a person asks a role to sign a pack; whoever asks does not sign in that role.

    Raises:
        LedgerError: If the pack is not to be signed, in that role, or the person is none.
    """
    _refuse_what_nobody_signs(pack, asked)
    _refuse_other_roles(pack, asked.role)
    actor = actor_of(people, asked.by, None, at=asked.now, timezone=asked.timezone)
    body = {"object_type": "pack", "object_id": pack.pack_id, "note": REQUEST.format(role=asked.role), "author_ref": actor.ref}
    body |= {"noted_at": exact_instant(asked.now)}
    body = {"annotation_id": short_id("J", ["annotation", body]), **body}
    return journal.append(
        "decision",
        body,
        now=asked.now,
        is_simulated=asked.is_simulated,
        entity="annotation",
        object_id=body["annotation_id"],
        actor_ref=actor.ref,
        actor_role=actor.role,
    )


def _requester(journal: Journal, pack: ToSign, role: str) -> str | None:
    """Return who asked last that this role sign this pack; None where nobody did."""
    wanted = {"object_type": "pack", "object_id": pack.pack_id, "note": REQUEST.format(role=role)}
    asked = [row for row in journal.rows(("decision",)) if row.entity == "annotation" and row.body and wanted.items() <= row.body.items()]
    return asked[-1].actor_ref if asked else None


def _refuse_what_nobody_signs(pack: ToSign, signing: Signing) -> None:
    if pack.is_preview:
        raise LedgerError("a preview is not signed", where=pack.pack_id, fix="run the month when it is over, and sign that pack")
    if pack.is_simulated and not signing.is_simulated:
        raise LedgerError(
            "a rehearsal is no record: this pack was made under a simulated clock",
            where=pack.pack_id,
            fix="run it without --clock and sign that, or sign with --clock as part of the rehearsal",
        )
    if signing.is_simulated and not pack.is_simulated:
        what = "a rehearsal closes no record: this pack was made by the machine's clock"
        raise LedgerError(what, where=pack.pack_id, fix="sign it without --clock")


def _refuse_other_roles(pack: ToSign, role: str | None) -> None:
    asked = list(dict.fromkeys(pack.roles.values()))
    if role not in asked:
        fix = "sign in a role that the policy's signoff.packs names for it"
        raise UnknownReferenceError(where="--role", kind="role that signs this pack", got=role or "(none)", known=asked, fix=fix)


def _actor(people: Sequence[Person], pack: ToSign, signing: Signing) -> Actor:
    """Return who signs, in a role that the policy asks for; where one person alone holds the role, it is they."""
    _refuse_other_roles(pack, signing.role)
    found = holders(people, signing.role, at=signing.now, timezone=signing.timezone)
    by = signing.by or (found[0] if len(found) == 1 else None)
    if by is None:
        words = "several people hold" if found else "nobody holds"
        fix = "name who signs with --by" if found else f"list a person with that role in {PEOPLE}"
        raise LedgerError(f"{words} the role {signing.role}", where="--by", known=found, fix=fix)
    return actor_of(people, by, signing.role, at=signing.now, timezone=signing.timezone)
