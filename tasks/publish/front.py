"""The published room's home page: packs by occasion and period, what must be signed, failed gates. About packs, so no part of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.money import money_words
from tasks.publish.draft import View
from tasks.publish.page import content_policy, front_environment
from tasks.publish.words import period_words, plain_words, verdict, words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PAGE, Shelved, shelf

LEVELS = """
    select
        if(status = 'met' and list_contains(flags, 'MET_ONLY_BY_DISPUTE'), 'met_pending', status) as status,
        count(distinct result_id) as n
    from measured.sla_results
    where variant = 'headline' and reading = 'default'
    group by all
"""
MONEY = """
    select currency, sum(payable) as payable
    from measured.credits
    where variant = 'headline' and reading = 'default' and currency is not null
    group by currency
    order by currency
"""
FAILED = ("block", "quarantine", "warn")


def front_page(home: Home, signoff: Mapping[str, str]) -> str:
    """Return the home page of the published room. `signoff` is role by part of a monthly pack."""
    packs = shelf(home)
    current = [_pack(pack) for pack in packs if pack.is_latest]
    others = [_other(pack) for pack in packs if not pack.is_latest]
    roles = list(dict.fromkeys(plain_words(role) for role in signoff.values()))
    template = front_environment().get_template("front/index.html.j2")
    return template.render(home=home, current=current, others=others, roles=roles, security=content_policy([]))


def _pack(pack: Shelved) -> View:
    manifest = pack.folder.read_manifest()
    tally = _tally(pack)
    rank = list(words()["statuses"])
    return _other(pack) | {
        "levels": [{"verdict": verdict(key), "n": tally["levels"][key]} for key in sorted(tally["levels"], key=rank.index)],
        "money": tally["money"],
        "gates": [_failed(manifest["gates"], name) for name in FAILED if any(gate["verdict"] == name for gate in manifest["gates"])],
        "gates_run": len(manifest["gates"]),
    }


def _failed(gates: Sequence[Mapping[str, Any]], name: str) -> View:
    own = [gate["rule_id"] for gate in gates if gate["verdict"] == name]
    return {"verdict": verdict(name, "verdicts"), "n": len(own), "rules": sorted(set(own))}


def _tally(pack: Shelved) -> dict[str, Any]:
    """Return counts of service levels and what is payable, from the pack's own tables."""
    with Engine() as engine:
        for table in ("sla_results", "credits"):
            engine.view(f"measured.{table}", [pack.folder.parquet(table)])
        levels = {row["status"]: row["n"] for row in engine.rows(LEVELS)}
        return {"levels": levels, "money": [money_words(row["payable"], row["currency"]) for row in engine.rows(MONEY) if row["payable"]]}


def _other(pack: Shelved) -> View:
    manifest = pack.folder.read_manifest()
    return {
        "occasion": pack.occasion,
        "period": period_words(pack.period) if pack.occasion == "month" else pack.period,
        "link": f"{pack.occasion}/{pack.period}/{pack.folder.root.name}/{PAGE}",
        "run_id": manifest["run_id"],
        "as_of": manifest["as_of"],
        "is_preview": manifest["is_preview"],
        "is_simulated": manifest["is_simulated"],
    }
