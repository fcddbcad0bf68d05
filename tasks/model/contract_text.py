"""What a contract's text says of its measures.

A contract file states only what its text says. A measure takes what it leaves out from `measure_defaults`, then from the blocks of the
contract (`exclusions`, `claims`, `credits`, `incident_targets`), then from the defaults of the language, which stand beside the types.
All here works on documents of which nothing is known yet: what is wrong with them is told by the types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.model.form import FormError, Path, overlay
from tasks.model.measures import KINDS, Common, IncidentTargets, credit_forms
from tasks.model.remedies import CREDIT_KEYS, CREDIT_PARAMETERS

MONEY_BLOCK = "credits"


def filled(document: Any) -> Any:
    """Return the document with every measure filled from the contract's own text."""
    if not isinstance(document, Mapping) or not isinstance(document.get("measures"), Mapping):
        return document
    return {**document, "measures": {name: _whole(own, document) for name, own in document["measures"].items()}}


def _whole(own: Any, document: Mapping[str, Any]) -> Any:
    kind = own.get("kind") if isinstance(own, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        return own
    said_once = _said_once(document, KINDS[kind])
    if "partial_outage" in own:  # stating it anew restates its parameters
        said_once = {key: value for key, value in said_once.items() if key not in ("state_weights", "user_minutes")}
    whole = overlay(said_once, own)
    if whole.get("partial_outage") == "user_minutes":
        whole.setdefault("user_minutes", {})
    if credit_forms(kind):
        whole[MONEY_BLOCK] = _credits(own.get(MONEY_BLOCK, {}), document.get(MONEY_BLOCK, {"form": "none"}), credit_forms(kind))
    return whole


def _said_once(document: Mapping[str, Any], kind: type[Common]) -> dict[str, Any]:
    """Return what the contract says for all measures of a kind, the measure's own text not yet looked at."""
    said: dict[str, Any] = {block: document[block] for block in ("exclusions", "claims") if block in document}
    if issubclass(kind, IncidentTargets):
        if _mapping(document, "provider").get("role") == "internal_team":
            said["clock_start"] = "earliest_detected_or_reported"  # R-CL1: a rule, not a reading
        said = overlay(said, _mapping(document, "incident_targets"))
    said = overlay(said, _mapping(document, "measure_defaults"))
    return {key: value for key, value in said.items() if key in kind.model_fields}


def _mapping(document: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    value = document.get(block)
    return value if isinstance(value, Mapping) else {}


def _credits(own: Any, inherited: Any, forms: tuple[str, ...]) -> Any:
    """Return a measure's credits: its own text over the contract's.

    A measure that states a form restates its parameters; an inherited form that its kind cannot have is none.
    """
    if not isinstance(own, Mapping) or not isinstance(inherited, Mapping):
        return own
    inherited = {"form": "tiers", **inherited}
    if "form" in own or inherited["form"] not in forms:
        inherited = {"form": "none"} | {key: value for key, value in inherited.items() if key in CREDIT_KEYS}
    whole = overlay(inherited, own)
    pool = _mapping(whole, "at_risk")
    if whole["form"] == "at_risk" and "pool_pct" in pool:
        whole.setdefault("pool_pct", pool["pool_pct"])
    return whole


def text_faults(document: Any) -> Iterator[FormError]:
    """Yield what only the text itself shows, before its measures are filled."""
    yield from _money_without_block(document)
    yield from _parameters_without_form(document)


def _own_measures(document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the measures as the text states them, whatever else is wrong with it."""
    measures = _mapping(document, "measures") if isinstance(document, Mapping) else {}
    return ((name, own) for name, own in measures.items() if isinstance(own, Mapping))


def _money_without_block(document: Any) -> Iterator[FormError]:
    for name, own in _own_measures(document):
        for key in ("tiers", MONEY_BLOCK):
            if MONEY_BLOCK not in document and (own.get(key) or (key == MONEY_BLOCK and key in own)):
                what = "the contract has no credits block, so it promises no money"
                yield FormError("CREDITS_MISSING", ("measures", name, key), what, fix="add credits: {currency: EUR}, or remove this")


def _parameters_without_form(document: Any) -> Iterator[FormError]:
    for name, own in _own_measures(document):
        stated = _mapping(own, MONEY_BLOCK)
        parameters = [key for key in stated if key in CREDIT_PARAMETERS]
        if parameters and "form" not in stated:
            what = f"{', '.join(parameters)} without form: a measure that changes parameters states the form and all of them"
            yield FormError("MISSING_KEY", ("measures", name, MONEY_BLOCK, "form"), what, fix="add form and its other parameters")


def is_stated(fault: FormError, document: Any) -> bool:
    """Tell whether a fault stands in the text itself and not in what a measure took over from it, which would say it twice."""
    path = fault.path[:-1] if fault.code == "MISSING_KEY" else fault.path
    return _stands_in(document, path)


def _stands_in(document: Any, path: Path) -> bool:
    if not path:
        return True
    is_item = isinstance(document, list | tuple) and isinstance(path[0], int) and path[0] < len(document)
    is_value = isinstance(document, Mapping) and path[0] in document
    return (is_item or is_value) and _stands_in(document[path[0]], path[1:])
