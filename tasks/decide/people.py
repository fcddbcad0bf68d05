"""Who may decide: a person of people.yml in one of the roles they hold now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.reference import Person

PEOPLE = "reference/people.yml"


@dataclass(frozen=True)
class Actor:
    """A person, the role they act in, and the public key they sign with, if any."""

    ref: str
    role: str
    public_key: str | None


def actor_of(people: Sequence[Person], ref: str | None, role: str | None, *, at: datetime, timezone: str) -> Actor:
    """Return who acts.

    Args:
        people: people.yml.
        ref: `person_ref`.
        role: The role acted in; may be left out by whoever holds one alone.
        at: Aware UTC.
        timezone: The home's zone, in which a bare date of validity begins.

    Raises:
        UnknownReferenceError: If there is no such person, or they do not hold that role now.
        LedgerError: If nobody is named, or they hold several roles and none is named.
    """
    names = sorted({person.person_ref for person in people})
    if ref is None:
        raise LedgerError("a decision without a person", where="--by", known=names, fix="name who decides, as in people.yml")
    if ref not in names:
        raise UnknownReferenceError(where="--by", kind="person", got=ref, known=names, fix=f"use a person_ref of {PEOPLE}, or add it there")
    entries = [person for person in people if person.person_ref == ref and person.is_valid(at, timezone)]
    roles = sorted({one for person in entries for one in person.roles})
    if not entries:
        raise LedgerError(
            f"{ref} holds no role at this time", where=PEOPLE, fix="mend valid_from and valid_to, or let another person decide"
        )
    if role is None and len(roles) > 1:
        raise LedgerError(f"{ref} holds several roles", where="--role", known=roles, fix="name the role in which they decide")
    if role is not None and role not in roles:
        raise UnknownReferenceError(where="--role", kind=f"role of {ref}", got=role, known=roles, fix=f"use a role they hold in {PEOPLE}")
    return Actor(ref, role or roles[0], next((person.public_key for person in entries if person.public_key), None))


def holders(people: Sequence[Person], role: str | None, *, at: datetime, timezone: str) -> list[str]:
    """Return who holds a role at an instant, by person_ref."""
    return sorted({person.person_ref for person in people if role in person.roles and person.is_valid(at, timezone)})


def refuse_strangers(refs: Iterable[tuple[str, str]], people: Sequence[Person]) -> list[LedgerError]:
    """Return a fault for every (place, person_ref) that people.yml does not list."""
    names = sorted({person.person_ref for person in people})
    fix = f"use a person_ref, never a name, or add it to {PEOPLE}"
    return [UnknownReferenceError(where=where, kind="person", got=ref, known=names, fix=fix) for where, ref in refs if ref not in names]
