"""The claim desk: claims as they stand, and what a person does about one: a journal row each, checked before it is written (K5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.clock import parse_instant
from flows.occasion import Occasion, open_occasion
from flows.options import Options
from tasks.orchestration import set_direct

set_direct(quiet=True)  # a private key is read here: nothing of it goes to a server

from flows.home_page import refresh  # noqa: E402 - the mode is set before a step is imported
from tasks.claim.acts import Act, event_of, settlement_of  # noqa: E402
from tasks.claim.desk import Claim, ClaimDesk, open_desk  # noqa: E402
from tasks.claim.preflight import NO_LETTER, Supplies, entries_for, preflight, signatory  # noqa: E402
from tasks.claim.told import Told  # noqa: E402
from tasks.decide.columns import Given  # noqa: E402
from tasks.decide.decision import Desk, decide  # noqa: E402
from tasks.decide.people import actor_of  # noqa: E402
from tasks.model.errors import LedgerError  # noqa: E402
from tasks.model.identity import sha256_file  # noqa: E402
from tasks.publish.claim_case import Annex, Case  # noqa: E402
from tasks.publish.claim_papers import ClaimPapers, publish_claim  # noqa: E402
from tasks.stage.steps import stage_files  # noqa: E402
from tasks.store.staged import Staged  # noqa: E402


@dataclass(frozen=True)
class Person:
    """Who acts: a person_ref, the role if they hold several, and their private key if it lies elsewhere."""

    ref: str | None
    role: str | None
    key: Path | None


def claims_now(options: Options) -> Told:
    """Return every claim as it stands."""
    with _opened(options) as (_, desk, _staged):
        return Told(desk)


def prepare(options: Options, claim_id: str, attached: Sequence[str], signer: str | None, by: Person, *, is_check: bool) -> Told:
    """Return the pre-flight list of a claim; unless that is all that is asked for, or content is missing, note that it is ready.

    Raises:
        LedgerError: If it cannot be prepared as it stands.
    """
    with _opened(options) as (occasion, desk, staged):
        claim = desk.claim(claim_id)
        supplies = _supplies(occasion, claim, attached, signer)
        items = preflight(claim, supplies)
        told = Told(desk, claim, items)
        if is_check or not told.is_whole:
            return told
        event_of(claim, Act("prepare"), items)  # refused before anything is written
        content, papers = _papers(occasion, staged, claim, supplies, claim.prepared_at)
        if claim.state == "ready" and claim.prepared_content == content:
            return replace(told, papers=papers.places())
        if claim.prepared_at is not None:
            papers.discard()  # of another pack, other supplies or another program: the letter gets a new day
        content, papers = _papers(occasion, staged, claim, supplies, occasion.now)
        noted = _note(occasion, staged, claim, [event_of(claim, Act("prepare", occasion.now, content=content), items)], by)
        return replace(noted, items=items, papers=papers.places())


def _papers(
    occasion: Occasion, staged: Staged, claim: Claim, supplies: Supplies, at: datetime | None
) -> tuple[tuple[str, ...], ClaimPapers]:
    """Write letter and worksheet as of an instant, now if None, and return what they are made of."""
    files = [Annex(name.replace("_", " ").capitalize(), path.name, supplies.digests[name]) for name, path in sorted(supplies.files.items())]
    assert supplies.signatory is not None
    case = Case(
        row=claim.row,
        contract=claim.contract,
        terms=claim.terms,
        pack=claim.pack,
        letter=supplies.letter,
        signatory=supplies.signatory.name or "",
        role=supplies.role,
        prepared_at=at or occasion.now,
        is_simulated=claim.is_rehearsed or occasion.is_simulated,
        annexes=files,
    )
    papers = publish_claim(occasion.home, case, staged, occasion.limits)
    return tuple(sorted((*entries_for(claim, supplies), *papers.entries()))), papers


def file(options: Options, claim_id: str, sent: Sequence[Path], receipt: Path | None, ref: str | None, at: str | None, by: Person) -> Told:
    """Note that a claim was sent, with the hashes of what was sent, the prepared letter if nothing is named, and of the receipt."""
    content = tuple(f"sent={digest_of(path, '--sent')}" for path in sent)
    sha256 = digest_of(receipt, "--receipt") if receipt else None
    with _opened(options) as (occasion, desk, staged):
        claim = desk.claim(claim_id)
        letter = tuple(entry.replace("letter=", "sent=", 1) for entry in claim.prepared_content if entry.startswith("letter="))
        act = Act("file", instant(at), provider_ref=ref, receipt_sha256=sha256, content=content or letter)
        return _note(occasion, staged, claim, [event_of(claim, act)], by)


def receive(options: Options, claim_id: str, receipt: Path | None, ref: str | None, at: str | None, by: Person) -> Told:
    """Note that the provider received a claim."""
    sha256 = digest_of(receipt, "--file") if receipt else None
    return _act(options, claim_id, Act("receipt", instant(at), provider_ref=ref, receipt_sha256=sha256), by)


def decide_claim(
    options: Options, claim_id: str, result: str, amount: str | None, reason: str, ref: str | None, at: str | None, by: Person
) -> Told:
    """Note what the provider decided."""
    act = Act("decision", instant(at), amount_of(amount), result or None, reason=reason or None, provider_ref=ref)
    return _act(options, claim_id, act, by)


def give_up(options: Options, claim_id: str, reason: str, at: str | None, by: Person) -> Told:
    """Give a claim up: one that was sent is withdrawn, another waived."""
    with _opened(options) as (occasion, desk, staged):
        claim = desk.claim(claim_id)
        act = Act("withdraw" if claim.row["filed_at"] else "waive", instant(at), reason=reason or None)
        return _note(occasion, staged, claim, [event_of(claim, act)], by, occasion.reference.policy.signoff.waive_credit)


def _act(options: Options, claim_id: str, act: Act, by: Person) -> Told:
    """Note one act about a claim and return how it stands then.

    Raises:
        LedgerError: With everything that is wrong with it.
    """
    with _opened(options) as (occasion, desk, staged):
        claim = desk.claim(claim_id)
        return _note(occasion, staged, claim, [event_of(claim, act)], by)


def settle(options: Options, claim_id: str, invoice: str | None, line: int | None, at: str | None, by: Person) -> Told:
    """Note what the provider credited: the line of a staged invoice that is named, else all that name the claim.

    Raises:
        LedgerError: If there is none, or it does not pay this claim.
    """
    with _opened(options) as (occasion, desk, staged):
        claim = desk.claim(claim_id)
        lines = claim.credits_found if invoice is None else claim.credits_on(invoice, line)
        return _note(occasion, staged, claim, settlement_of(claim, lines, instant(at)), by)


def instant(text: str | None) -> datetime | None:
    """Return what `--at` says, or None."""
    return parse_instant(text, "--at") if text else None


def amount_of(text: str | None) -> Decimal | None:
    """Return what `--amount` says, or None.

    Raises:
        LedgerError: If it is no decimal.
    """
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,14}(\.\d{1,4})?", text):
        raise LedgerError(f"'{text}' is no amount", where="--amount", fix="write it with a point and without separators, such as 1250.54")
    return Decimal(text)


def digest_of(path: Path, option: str) -> str:
    """Return the hash of a file's bytes.

    Raises:
        LedgerError: If it cannot be read.
    """
    try:
        return sha256_file(path)
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}", where=option, fix="name a file") from error


def _supplies(occasion: Occasion, claim: Claim, attached: Sequence[str], signer: str | None) -> Supplies:
    """Return what people bring: letter terms, attached files, and who signs."""
    files = {}
    for text in attached:
        name, sign, path = text.partition("=")
        if not sign or name not in claim.terms.required_content:
            known = claim.terms.required_content
            raise LedgerError(f"'{text}' attaches no demanded content", where="--attach", known=known, fix="write --attach content=file")
        digest_of(Path(path), "--attach")
        files[name] = Path(path)
    role = occasion.reference.policy.signoff.packs.claims["letter"]
    who = signatory(occasion.reference.people, role, occasion.now, occasion.home.display_timezone, signer)
    return Supplies(occasion.reference.letters.get(claim.contract.contract_id, NO_LETTER), files, who, role)


@contextmanager
def _opened(options: Options) -> Iterator[tuple[Occasion, ClaimDesk, Staged]]:
    with open_occasion("claims", str(options.home), clock=options.clock, threads=options.threads, memory=options.memory) as occasion:
        staged = _staged(occasion)
        yield occasion, open_desk(occasion.home, occasion.reference, staged, occasion.now), staged


def _staged(occasion: Occasion) -> Staged:
    return stage_files(occasion.home, occasion.know_all_claims(), occasion.reference, occasion.limits)


def _note(
    occasion: Occasion, staged: Staged, claim: Claim, bodies: Sequence[Mapping[str, Any]], by: Person, roles: Sequence[str] = ()
) -> Told:
    """Write the events and return the claim as it stands after them; only one of the roles may, if any are named."""
    actor = actor_of(occasion.reference.people, by.ref, by.role, at=occasion.now, timezone=occasion.home.display_timezone)
    if roles and actor.role not in roles:
        raise LedgerError(f"{actor.role} gives no claim up", where="--role", known=roles, fix="let a role decide that the policy names")
    desk = Desk(occasion.home, occasion.journal, occasion.reference, staged, occasion.now, occasion.is_simulated)
    for body in bodies:
        given = Given(body, lambda name: f"{claim.claim_id} {name}")
        decide(desk, "claim_event", given, by=by.ref, role=by.role, key_file=by.key)
    after = open_desk(occasion.home, occasion.reference, _staged(occasion), occasion.now)
    refresh(occasion, desk=after)
    return Told(after, after.claim(claim.claim_id))
