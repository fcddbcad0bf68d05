"""Section 12: how it was computed: the contracts in force, every option that differs from its default, versions and limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tasks.model.contract import DEFAULTS_FILE
from tasks.model.dictionary import dictionary
from tasks.publish.draft import Draft, Row, View, grouped
from tasks.publish.levels import unmeasured_limits
from tasks.publish.words import words

SECTION = "12 Method"
BLOCKS = ("clock", "exclusions", "incident_targets", "credits", "claims", "reporting")
STATED = ("target", "tiers", "applies_to", "per_severity", "currency", "stated_fee", "silent", "clause", "points", "levels", "kind")
INHERITED = ("exclusions", "credits", "claims")


@dataclass(frozen=True)
class ContractText:
    """One contract version in force: its resolved document, and the hash of that."""

    contract_version_id: str
    document: Mapping[str, Any]
    content_sha256: str


def method(draft: Draft, contracts: Sequence[ContractText], versions: Mapping[str, str]) -> View:
    """Return the view of section 12."""
    used = {line["contract_version_id"] for line in draft.levels}
    in_force = [contract for contract in contracts if contract.contract_version_id in used]
    flags = sorted({flag for line in draft.levels for flag in line["flags"]})
    return {
        "contracts": [_contract(contract) for contract in in_force],
        "options": [option for contract in in_force for option in options(contract)],
        "policy": draft.rows("published.policy_differences", "level, policy_key"),
        "flags": [(flag, dictionary().flags[flag]) for flag in flags],
        "versions": list(versions.items()),
        "unmeasured": _unmeasured(draft),
        "limits": unmeasured_limits(draft),
        "read_zones": draft.rows("published.read_zones", "source_id, zone"),
        "zones": sorted({line["timezone"] for line in draft.levels} | {draft.run.display_timezone}),
    }


def _unmeasured(draft: Draft) -> list[View]:
    """Return what the contracts of this month do with unmeasured time: each option in force, with the measures that take it."""
    options_ = grouped([line for line in draft.levels if line["unmeasured_time"]], "unmeasured_time")
    return [
        {
            "option": option,
            "words": words()["unmeasured_time"][option],
            "contracts": sorted({_measure_name(line) for line in options_[option]}),
        }
        for option in words()["unmeasured_time"]
        if option in options_
    ]


def _measure_name(line: Row) -> str:
    return f"{line['contract_version_id']} {line['measure_id']}"


def _contract(contract: ContractText) -> View:
    document = contract.document
    version = document.get("version", {})
    return {
        "id": contract.contract_version_id,
        "provider": document.get("provider", {}).get("name") or document.get("provider", {}).get("id") or "",
        "title": document.get("document", {}).get("title") or "",
        "from": version.get("effective_from") or "open",
        "to": version.get("effective_to") or "open",
        "zone": document.get("clock", {}).get("timezone", "UTC"),
        "verification": words()["verifications"].get(document.get("document", {}).get("verification"), ""),
        "limits": document.get("document", {}).get("limits") or "",
        "silent": sorted(set(document.get("silent", ())).union(*(one.get("silent", ()) for one in document.get("measures", {}).values()))),
        "sha256": contract.content_sha256,
    }


def options(contract: ContractText) -> list[View]:
    """Return every option of a contract that is not the documented default: the contract's own, then those of its measures, by option."""
    document = contract.document
    found = [
        (f"{block}.{path}", "", value, default)
        for block in BLOCKS
        for path, value, default in _differences(document.get(block) or {}, _block_defaults(block, document.get(block) or {}))
    ]
    alike: dict[tuple[str, str, str], list[str]] = {}
    for name, measure in sorted(document.get("measures", {}).items()):
        for difference in _differences(measure, _measure_defaults(measure["kind"], document)):
            alike.setdefault(difference, []).append(name)
    for (path, value, default), names in sorted(alike.items()):
        found.append((path, "all measures" if len(names) == len(document["measures"]) else ", ".join(names), value, default))
    return [
        {"contract": contract.contract_version_id, "path": path, "of": of, "value": value, "default": default}
        for path, of, value, default in found
    ]


def _differences(value: Any, default: Any) -> Iterator[tuple[str, str, str]]:
    known = dict(_leaves(default, ""))
    for path, leaf in _leaves(value, ""):
        is_stated = any(part in STATED for part in path.split("."))
        if not is_stated and leaf not in (None, known.get(path)):
            yield path, leaf, known.get(path, "null").replace("null", "–")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name in sorted(value):
            yield from _leaves(value[name], f"{path}.{name}" if path else name)
    elif value is not None and value not in ({}, []):
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@cache
def _defaults() -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(DEFAULTS_FILE.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - makes text, lists, mappings
    return content


def _block_defaults(block: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = _defaults().get(block) or {}
    form = _defaults()["credit_forms"].get(stated.get("form"), {}) if block == "credits" else {}
    return own | form


def _measure_defaults(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a measure takes over where it says nothing: the language's defaults, and the contract's own blocks."""
    blocks = _defaults()["kinds"][kind]["blocks"]
    merged: dict[str, Any] = dict(document.get("incident_targets") or _defaults()["incident_targets"]) if "incidents" in blocks else {}
    for block in blocks:
        merged |= {key: value for key, value in _defaults()["blocks"][block].items() if key not in INHERITED}
    return merged | {name: document.get(name) or {} for name in INHERITED}
