"""The worked examples of DOMAIN 3.12 as they come: givens merged with defaults and cases, values as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FILE = Path(__file__).parents[1] / "examples.yaml"
REPLACED_WHOLE = ("window", "per_severity", "features")
US_PER = {"us": 1, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6}


class Case(NamedTuple):
    """One case of one example."""

    example_id: str
    case: str
    title: str
    given: dict[str, Any]
    expected: dict[str, Any]
    naive: dict[str, Any]


@cache
def document() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def cases(form: str) -> Iterator[Case]:
    """Yield every case of a form that expects something."""
    defaults = document()["defaults"].get(form, {})
    for example in document()["examples"]:
        if example["form"] != form:
            continue
        for name, own in (example.get("cases") or {"default": {}}).items():
            given = merged(merged(defaults, example["given"]), own)
            if name in example["expected"]:
                yield Case(example["id"], name, example["title"], given, example["expected"][name], example.get("naive", {}))


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return maps merged key by key; lists, scalars and a few named keys replace as a whole."""
    both = dict(one)
    for key, value in other.items():
        is_map = isinstance(value, Mapping) and isinstance(both.get(key), Mapping) and key not in REPLACED_WHOLE
        both[key] = merged(both[key], value) if is_map else value
    return both


def in_unit(us: int | Fraction | None, key: str) -> Fraction | None:
    """Return microseconds in the unit that a key ends with: downtime_min, allowance_s."""
    return None if us is None else Fraction(us) / US_PER[key.rpartition("_")[2]]


def number(value: Any) -> Fraction:
    return Fraction(str(value))


def floor_pct(share: Fraction, decimals: int) -> str:
    """Return a share as a percentage cut off at some decimals."""
    digits = share * 100 * 10**decimals // 1
    return f"{digits // 10**decimals}.{digits % 10**decimals:0{decimals}d}"
