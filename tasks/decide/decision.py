"""`sla decide`: one decision of one person becomes a journal row of its entity, which the next run reads, as of its date (DOMAIN 2, 4.4).

A row says everything: what is left out is taken from the standing version of the same object, landed or decided. Nothing is edited; a
later row of the object replaces it, a revocation ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.decide.columns import Given, as_given, missing, typed
from tasks.decide.overrides import read_setting, unfit_subject, unknown_service
from tasks.decide.people import PEOPLE, Actor, actor_of, refuse_strangers
from tasks.decide.rules import ANSWERS, faults_of, roles_that_may
from tasks.model.dictionary import Entity, dictionary
from tasks.model.errors import FaultsError, LedgerError, UnknownReferenceError
from tasks.model.identity import short_id
from tasks.model.instants import exact_instant
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.journal import Journal, Row
from tasks.store.keys import Signer, default_key_file
from tasks.store.reference import Reference
from tasks.store.staged import Staged

JOURNAL_KINDS = ("decision", "signoff", "claim_event", "hold")  # origin of an entity, and kind of its rows
ACTOR = ("author_ref", "signer_ref")  # columns that name whoever decides
ACTOR_ROLE = ("author_role", "role")
ANSWER_ROLE = "decided_by_role"
NOW = ("raised_at", "requested_at", "noted_at", "revoked_at", "happened_at", "signed_at", "event_at", "start_at")
ANSWER_NOW = "decided_at"
SIGNED_OBJECTS = ("exception", "exclusion_request", "override", "dispute")  # sign-offs of these are hashed from what is known
ELSEWHERE = {"pack": "sla sign", "claim": "sla claims"}


@dataclass(frozen=True)
class Desk:
    """Where decisions are written, and all that is known when they are. `now` is aware UTC."""

    home: Home
    journal: Journal
    reference: Reference
    staged: Staged
    now: datetime
    is_simulated: bool

    def standing(self, entity: Entity, key: str, where: str) -> dict[str, Any] | None:
        """Return the current staged row of an object, or None.

        Raises:
            LedgerError: If two systems use that key for objects of their own.
        """
        with Engine() as engine:
            self.staged.show(engine, [entity.name])
            rows = engine.rows(f'select * from staged."{entity.name}" where "{entity.key[0]}" = ?', [key])
        if len(rows) > 1:
            systems = [row["source_system"] for row in rows]
            raise LedgerError(
                f"'{key}' is used by several systems", where=where, known=systems, fix="decide on it in the system it comes from"
            )
        return rows[0] if rows else None

    def first_writer(self, entity: str, key: str) -> str | None:
        """Return who wrote the first row of an object into the journal; None for one that was landed."""
        rows = [row for row in self.journal.rows(JOURNAL_KINDS) if (row.entity, row.object_id) == (entity, key)]
        return rows[0].actor_ref if rows else None


def kinds() -> list[str]:
    """Return the entities that people decide."""
    return [name for name, entity in dictionary().entities.items() if entity.origin in JOURNAL_KINDS]


def decide(desk: Desk, kind: str, given: Given, *, by: str | None, role: str | None = None, key_file: Path | None = None) -> Row:
    """Write one decision.

    Args:
        desk: Where, and what is known.
        kind: An entity of `kinds()`.
        given: What was written of it.
        by: person_ref of whoever decides.
        role: The role they decide in; may be left out by whoever holds one alone.
        key_file: Their private key, if it is not where `sla key new` puts it; who has a public key in people.yml signs.

    Raises:
        FaultsError: With everything that is wrong with it.
        LedgerError: If kind, person or key are none.
    """
    if kind not in kinds():
        raise UnknownReferenceError(where="--kind", kind="decision", got=kind, known=kinds(), fix="use one of these entities")
    entity = dictionary().entities[kind]
    actor = actor_of(desk.reference.people, by, role, at=desk.now, timezone=desk.home.display_timezone)
    written, faults = typed(entity, given, desk.now)
    if faults:
        raise FaultsError(faults)
    signer = signer_of(actor, key_file)
    before = _before(desk, entity, written, given)
    known = as_given(entity, before) if before else {}
    body = {name: value for name, value in _filled(entity, known, written, actor, desk.now).items() if value is not None}
    if kind == "signoff":
        body |= _of_what_is_signed(desk, body, actor, given, signer)
    faults = [*missing(entity, body, given), *refuse_strangers(_refs(entity, body, given), desk.reference.people)]
    faults += _impostures(body, actor, given)
    requester = desk.first_writer(kind, body[entity.key[0]]) if before else None
    faults += faults_of(kind, body, known, actor, requester, desk.reference.policy, given)
    faults += _unknown_object(desk, kind, body, given) + _unprepared(desk, kind, body, actor, given)
    if kind == "override":
        body, wrong = _setting(desk, body, given)
        faults += wrong
    if faults:
        raise FaultsError(faults)
    return desk.journal.append(
        entity.origin,
        body,
        now=desk.now,
        is_simulated=desk.is_simulated,
        entity=kind,
        object_id=body[entity.key[0]],
        actor_ref=actor.ref,
        actor_role=actor.role,
        signer=signer,
    )


def signer_of(actor: Actor, key_file: Path | None) -> Signer | None:
    """Return the key of a person who signs, i.e. whose public key people.yml lists."""
    if actor.public_key is None:
        if key_file is not None:
            raise LedgerError(f"{actor.ref} has no public_key", where=PEOPLE, fix="add the one that sla key new printed")
        return None
    file = key_file or default_key_file(actor.ref)
    signer = Signer(file)
    if signer.public_key != actor.public_key:
        raise LedgerError(
            f"this is not the key that {PEOPLE} lists for {actor.ref}", where=str(file), fix="use their own key, or list this one"
        )
    return signer


def _before(desk: Desk, entity: Entity, written: Mapping[str, Any], given: Given) -> dict[str, Any] | None:
    """Return the standing row of the object a decision is about; only some entities have versions, the others are revoked instead."""
    name = entity.key[0]
    key = written.get(name)
    row = desk.standing(entity, str(key), given.place(name)) if key else None
    if row and not entity.grain.endswith("and version"):
        what = f"{entity.name} '{key}' stands already, and has no versions"
        raise LedgerError(what, where=given.place(name), fix=f"revoke it (--kind revocation) and write another, without {name}")
    return row


def _filled(entity: Entity, known: Mapping[str, Any], written: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the columns in full: what was known, over it what is written, and who and when where nobody said so."""
    names = {column.name for column in entity.columns}
    needed = {column.name for column in entity.columns if column.required}
    body = {**known, **written}
    answers = any(written.get(name) in words for name, words in ANSWERS.get(entity.name, {}).items())
    defaults: dict[str, Any] = dict.fromkeys(ACTOR, actor.ref) | dict.fromkeys(ACTOR_ROLE, actor.role)
    defaults |= {name: exact_instant(now) for name in NOW if name in needed or name == "signed_at"}
    if "requested_by_ref" in needed:
        defaults["requested_by_ref"] = actor.ref
    if answers or ANSWER_NOW in needed:
        body = {name: value for name, value in body.items() if name in written or name not in (ANSWER_NOW, ANSWER_ROLE)}
        defaults |= {ANSWER_NOW: exact_instant(now), ANSWER_ROLE: actor.role}
    body |= {name: value for name, value in defaults.items() if name in names and body.get(name) is None}
    key = entity.key[0]
    content = [entity.name, {name: value for name, value in body.items() if value is not None}]
    return body if body.get(key) else {key: short_id("J", content), **body}


def _refs(entity: Entity, body: Mapping[str, Any], given: Given) -> list[tuple[str, str]]:
    return [(given.place(column.name), body[column.name]) for column in entity.columns if column.pii == "pseudonym" and column.name in body]


def _impostures(body: Mapping[str, Any], actor: Actor, given: Given) -> list[LedgerError]:
    """Nobody writes as another, or in a role they do not act in."""
    said = [*((name, actor.ref) for name in ACTOR), *((name, actor.role) for name in (*ACTOR_ROLE, ANSWER_ROLE) if name in given.values)]
    return [
        LedgerError(
            f"{name} is '{body[name]}', but {own} decides", where=given.place(name), fix="leave it out, or let them decide themselves"
        )
        for name, own in said
        if name in body and body[name] != own
    ]


def _of_what_is_signed(desk: Desk, body: Mapping[str, Any], actor: Actor, given: Given, signer: Signer | None) -> dict[str, Any]:
    """Return what a sign-off takes from its object: the hash of exactly what is signed, who asked for it, and the signature over the hash.

    Raises:
        LedgerError: If it is signed elsewhere, is not known, or the signer has no key, no role in it, or asked for it themselves.
    """
    kind, object_id = body.get("object_type"), body.get("object_id")
    if kind in ELSEWHERE:
        raise LedgerError(f"a {kind} is not signed here", where=given.place("object_type"), fix=f"use {ELSEWHERE[kind]}")
    if signer is None:
        raise LedgerError(
            f"{actor.ref} has no key to sign with", where=PEOPLE, fix=f"sla key new --person {actor.ref}, and list its public_key"
        )
    found: dict[str, Any] = {"method": "ed25519", "public_key": signer.public_key}
    digest = body.get("object_sha256")
    if kind in SIGNED_OBJECTS and object_id:
        entity = dictionary().entities[kind]
        row = desk.standing(entity, object_id, given.place("object_id"))
        if row is None:
            raise LedgerError(f"no {kind} '{object_id}' is known", where=given.place("object_id"), fix="sign what sla decide list shows")
        digest = row["payload_sha256"]
        asked_by = row.get("requested_by_ref") or row.get("author_ref") or desk.first_writer(kind, object_id)
        found |= {"requester_ref": asked_by} if asked_by else {}
        allowed = roles_that_may(kind, row, desk.reference.policy)
        if allowed and body["role"] not in allowed:
            fix = "let a role sign that the policy names (signoff)"
            raise UnknownReferenceError(
                where=given.place("role"), kind=f"role that signs this {kind}", got=body["role"], known=allowed, fix=fix
            )
        if asked_by == actor.ref:
            raise LedgerError(f"{actor.ref} asked for it", where="--by", fix="let another person sign: signer and requester are two people")
    if not digest:
        raise LedgerError(
            "nothing says what is signed", where=given.place("object_sha256"), fix="give the sha256 of exactly what is signed"
        )
    return found | {"object_sha256": digest, "signature": signer.sign(digest)}


def _unknown_object(desk: Desk, kind: str, body: Mapping[str, Any], given: Given) -> list[LedgerError]:
    """A revocation names a decision that stands."""
    if kind != "revocation" or body.get("object_type") not in dictionary().entities or not body.get("object_id"):
        return []
    where = given.place("object_id")
    if desk.standing(dictionary().entities[body["object_type"]], body["object_id"], where) is not None:
        return []
    return [LedgerError(f"no {body['object_type']} '{body['object_id']}' is known", where=where, fix="revoke what sla decide list shows")]


def _setting(desk: Desk, body: Mapping[str, Any], given: Given) -> tuple[dict[str, Any], list[LedgerError]]:
    """Return an override with its value as a run reads it, and what no run would read."""
    value, faults = read_setting(body, given, desk.now)
    body = {**body, **value}
    if faults:
        return body, faults
    return body, unfit_subject(desk.home, desk.staged, body, given) + unknown_service(desk.staged, body, given)


def _unprepared(desk: Desk, kind: str, body: Mapping[str, Any], actor: Actor, given: Given) -> list[LedgerError]:
    """Two people move money: who files, waives or settles a claim above the policy's amount did not prepare it."""
    if kind != "claim_event" or body.get("event") not in ("filed", "amended", "waived", "settled"):
        return []
    limit = desk.reference.policy.claims.two_person_above
    if body.get("amount") is not None and type(limit)(body["amount"]) <= limit:
        return []
    events = [row for row in desk.journal.rows(("claim_event",)) if row.body and row.body.get("claim_id") == body.get("claim_id")]
    prepared = [row.actor_ref for row in events if row.body and row.body.get("event") == "prepared"]
    if prepared and actor.ref not in prepared:
        return []
    what = f"{actor.ref} prepared it" if prepared else "nobody prepared this claim"
    fix = f"above {limit} one person prepares (event=prepared) and another acts: policy claims.two_person_above"
    return [LedgerError(what, where=given.place("event"), fix=fix)]


@dataclass(frozen=True)
class Listed:
    """A decision as `sla decide list` shows it; `state`: standing, replaced or revoked."""

    row: Row
    state: str

    def __str__(self) -> str:
        row = self.row
        marks = [self.state, *(["signed"] if row.signature else []), *(["simulated clock"] if row.is_simulated else [])]
        who = f"{row.actor_ref} ({row.actor_role})" if row.actor_role else row.actor_ref
        return f"{row.seq:>6}  {exact_instant(row.recorded_from)}  {row.entity} {row.object_id}  by {who}: {', '.join(marks)}"

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        names = ("seq", "kind", "entity", "object_id", "actor_ref", "actor_role", "is_simulated", "body")
        own = {name: getattr(self.row, name) for name in names}
        return own | {
            "recorded_from": exact_instant(self.row.recorded_from),
            "state": self.state,
            "is_signed": self.row.signature is not None,
        }


def listed(journal: Journal, kind: str | None = None) -> list[Listed]:
    """Return the decisions that people wrote into the journal, by seq; of one kind if it is named."""
    rows = journal.rows(JOURNAL_KINDS)
    revoked = {(row.body["object_type"], row.body["object_id"]) for row in rows if row.entity == "revocation" and row.body}
    last = {(row.entity, row.object_id): row.seq for row in rows}
    return [Listed(row, _state(row, revoked, last)) for row in rows if kind in (None, row.entity)]


def _state(row: Row, revoked: set[tuple[str, str]], last: Mapping[tuple[str | None, str | None], int]) -> str:
    if (row.entity, row.object_id) in revoked:
        return "revoked"
    return "standing" if last[row.entity, row.object_id] == row.seq else "replaced"
