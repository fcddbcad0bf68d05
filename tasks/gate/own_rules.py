"""Rules of an estate's own beside the built-in ones: counted where they see no file and no network, judged in the same checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tasks.gate.rules import Limit, Rule
from tasks.model.own_rule import OwnRule
from tasks.store.engine import Engine
from tasks.store.own_rules import Offending, find_offending


def as_rule(own: OwnRule) -> Rule:
    """Return a rule file as a rule of the gate."""
    header = own.header
    limit = Limit("warn" if header.verdict == "warn" else "block", header.limit.most, "failed_ppm" if header.limit.is_share else "failed")
    return Rule(header.id, header.words, (limit,), "credits" if header.verdict == "block_credits" else "met", own.file)


def count_own(engine: Engine, rules: Iterable[OwnRule], period: str) -> list[dict[str, Any]]:
    """Return a count for each rule of the run's own month, and in `services` whom a block touches (None: every governed service).

    Args:
        engine: Shows both rooms and what the run knows; shut.
        rules: The rules in force.
        period: The run's.
    """
    return [_count(own, find_offending(engine, own), period) for own in rules]


def _count(own: OwnRule, found: Offending, period: str) -> dict[str, Any]:
    more = " …" if found.failed > len(found.names) else ""
    named = f": {', '.join(found.names)}{more}" if found.names else ""
    return {
        "period": period,
        "rule_id": own.header.id,
        "source_system": "-",
        "entity": own.entity,
        "scope_id": "-",
        "checked": found.checked,
        "failed": found.failed,
        "doubtful": 0,
        "observed": f"{found.failed} of {found.checked}{named}" if found.checked or found.failed else "nothing to check",
        "services": found.services,
    }
