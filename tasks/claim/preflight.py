"""The pre-flight list: what the contract demands of a claim and what a letter needs, what is there of it and what lacks (DOMAIN 7.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tasks.claim.desk import Claim
from tasks.model.claim_state import supplied
from tasks.model.errors import LedgerError
from tasks.model.identity import sha256_file, sha256_text
from tasks.model.letters import Letter
from tasks.model.reference import Person

SUBJECT_LINE = "subject_line"  # begins the name of content that asks for literal words in the subject
NO_LETTER = Letter(contract_id="none")


@dataclass(frozen=True)
class Item:
    """One line of the list. `source` says where it is, or with `is_there` false what lacks; `sha256` of what is no part of the pack."""

    name: str
    is_there: bool
    source: str
    is_demanded: bool = True
    fix: str = ""
    sha256: str | None = None

    def fault(self, claim_id: str) -> LedgerError:
        """Return it as an error."""
        return LedgerError(f"{self.name.replace('_', ' ')} is missing: {self.source}", where=claim_id, fix=self.fix)

    def as_dict(self) -> dict[str, object]:
        """Return it for --json."""
        return {name: getattr(self, name) for name in ("name", "is_there", "is_demanded", "source", "fix", "sha256")}


@dataclass(frozen=True)
class Supplies:
    """What people bring to a claim: the letter terms of its contract, files by the content they are, and who signs."""

    letter: Letter = NO_LETTER
    files: Mapping[str, Path] = field(default_factory=dict)
    signatory: Person | None = None
    role: str = ""

    def entries(self) -> tuple[str, ...]:
        """Return what they bring as entries `name=sha256` of a claim event."""
        texts = {name: sha256_text(text) for name, text in self.letter.supplied.items()}
        subject = {SUBJECT_LINE: sha256_text(self.letter.subject)} if self.letter.subject else {}
        return tuple(f"{name}={sha256}" for name, sha256 in sorted((texts | subject | self.digests).items()))

    @property
    def digests(self) -> dict[str, str]:
        """Return the hash of each file."""
        return {name: sha256_file(file) for name, file in self.files.items()}


def preflight(claim: Claim, supplies: Supplies) -> list[Item]:
    """Return the list of one claim: first what its contract demands, in its order, then what the letter needs."""
    return [*(_demanded(claim, supplies, name) for name in claim.terms.required_content), *_of_the_letter(claim, supplies)]


def entries_for(claim: Claim, supplies: Supplies) -> tuple[str, ...]:
    """Return the entries of a claim's event: a demanded subject line is met by the literal words under whatever name it is demanded."""
    entries = supplies.entries()
    subject = next((entry.partition("=")[2] for entry in entries if entry.startswith(f"{SUBJECT_LINE}=")), None)
    asked = [name for name in claim.terms.required_content if name.startswith(SUBJECT_LINE) and name != SUBJECT_LINE]
    return (*entries, *(f"{name}={subject}" for name in asked if subject))


def _demanded(claim: Claim, supplies: Supplies, name: str) -> Item:
    digest = dict(entry.split("=", 1) for entry in entries_for(claim, supplies)).get(name)
    if name in supplies.files:
        return Item(name, True, f"file {supplies.files[name].name}", sha256=digest)
    if digest:
        return Item(name, True, "reference/claims.yml", sha256=digest)
    if name in supplied(claim.own_events, claim.row["version"]):
        return Item(name, True, "came with what was prepared")
    if name not in claim.row["missing_content"]:
        return Item(name, True, "contract: customer.billing_entity" if name == "account" else "the month's pack")
    fix = f"supply it: --attach {name}=FILE, or in reference/claims.yml, {claim.contract.contract_id}"
    where = "subject" if name.startswith(SUBJECT_LINE) else "account" if name == "account" else f"content: {{{name}: …}}"
    return Item(name, False, "neither the pack nor the contract holds it", fix=f"{fix}, {where}")


def _of_the_letter(claim: Claim, supplies: Supplies) -> Iterator[Item]:
    signer = supplies.signatory
    if signer and signer.name:
        yield Item("signatory", True, f"reference/people.yml: {supplies.role.replace('_', ' ')}")
    else:
        what = "no person of people.yml holds the role" if signer is None else f"{signer.person_ref} has no name"
        role = supplies.role.replace("_", " ")
        yield Item("signatory", False, f"{what} ({role})", fix=f"add a person with role {supplies.role} and a name to reference/people.yml")
    if claim.contract.is_unsigned:
        fix = "a claim rests on signed terms: record both signatures in version.signed_by"
        yield Item("signed_contract", False, "a party's signature is missing", fix=fix)
    for name in ("addressee", "rights"):
        is_there = bool(getattr(supplies.letter, name))
        source = "reference/claims.yml" if is_there else "the letter goes without it"
        fix = "" if is_there else f"add {name} to reference/claims.yml, {claim.contract.contract_id}"
        yield Item(name, is_there, source, is_demanded=False, fix=fix)


def signatory(people: Sequence[Person], role: str, at: datetime, timezone: str, ref: str | None) -> Person | None:
    """Return who signs letters at an instant: the named person, else the first of people.yml in the role.

    Raises:
        LedgerError: If the named person does not hold the role then.
    """
    able = [person for person in people if role in person.roles and person.is_valid(at, timezone)]
    if ref is None:
        return next(iter(able), None)
    found = next((person for person in able if person.person_ref == ref), None)
    if found is None:
        known = [person.person_ref for person in able]
        raise LedgerError(f"{ref} does not sign claims: role {role}", where="--signatory", known=known, fix="name one who does")
    return found
