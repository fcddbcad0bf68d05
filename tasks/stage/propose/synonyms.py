"""The word list of `sla map`: what people call columns and values (synonyms.yml). Read at run time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "synonyms.yml"
NEARLY = 0.9  # likeness of two names from which on they are taken for a slip of the pen


@dataclass(frozen=True)
class Words:
    """The list, every name in its plain form."""

    fields: Mapping[str, Mapping[str, tuple[str, ...]]]
    values: Mapping[str, frozenset[str]]
    severities: Mapping[str, str]
    null_words: frozenset[str]


@cache
def words() -> Words:
    """Return the word list."""
    body: Mapping[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return Words(
        {entity: {name: tuple(map(plain, known)) for name, known in fields.items()} for entity, fields in body["fields"].items()},
        {value: frozenset(map(plain, known)) for value, known in body["values"].items()},
        {plain(word): severity for severity, known in body["severities"].items() for word in known},
        frozenset(str(word).lower() for word in body["null_words"]),
    )


def plain(name: object) -> str:
    """Return a name in lower case, words parted by one blank, marks left out: `Opened_At` → `opened at`."""
    parted = re.sub(r"(?<=[a-zäöüß])(?=[A-Z])", " ", str(name))
    return " ".join(re.findall(r"[^\W_]+", parted.lower()))


def name_likeness(entity: str, field: str, header: str) -> float:
    """Return from 0 to 1 how much a header looks like the name of a canonical field."""
    name, known = plain(header.rpartition("/")[2] or header), words().fields.get(entity, {}).get(field, ())
    if name == plain(field):
        return 1.0
    if name in known:
        return 0.95 - 0.005 * known.index(name)
    parts = set(name.split())
    within = [len(synonym.split()) / max(len(parts), 1) for synonym in (plain(field), *known) if set(synonym.split()) <= parts]
    if within:
        return 0.5 + 0.25 * max(within)
    return 0.6 if any(SequenceMatcher(None, name, synonym).ratio() >= NEARLY for synonym in known) else 0.0


def value_of_word(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed value that a word stands for, or None."""
    name = plain(word)
    return next((value for value in allowed if name == plain(value) or name in words().values.get(value, ())), None)


def severity_of_word(word: str) -> str | None:
    """Return the class that a word for severity stands for: by the whole of it, by its leading number, by a word in it; or None."""
    name, known = plain(word), words().severities
    parts = name.split()
    return next((known[part] for part in (name, *parts[:1], *parts[1:]) if part in known), None)
