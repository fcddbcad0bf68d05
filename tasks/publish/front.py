"""The published room's home page: deadlines and money at risk, packs, what must be signed, open disputes, failed gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasks.model.claim_state import UNSENT
from tasks.model.identity import sha256_file
from tasks.model.money import money_words
from tasks.model.period import Period
from tasks.model.policy import SignedPacks
from tasks.model.run import pack_id_of
from tasks.model.zones import local_wall
from tasks.publish.draft import View
from tasks.publish.fates import amount_words, fates_of
from tasks.publish.page import both_zones, content_policy, environment_of
from tasks.publish.words import period_words, plain_words, verdict, words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PAGE, PAGES, Shelved, shelf
from tasks.store.signoffs import PackSignOff, of_pack, waiting

LEVELS = """
    select
        if(status = 'met' and list_contains(flags, 'MET_ONLY_BY_DISPUTE'), 'met_pending', status) as status,
        count(distinct result_id) as n
    from measured.sla_results
    where variant = 'headline' and reading = 'default' and coalesce(list_contains($periods, period), true)
    group by all
"""
WAITING = (*UNSENT, "filed", "acknowledged", "approved", "partly_approved")  # claims of which something is to come
FAILED = ("block", "quarantine", "warn")


def front_page(home: Home, roles: SignedPacks, signoffs: Sequence[PackSignOff], claims: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Return the home page of the published room: what waits at the claim desk, every pack, who is to sign it in which role, and who has.

    Args:
        home: The home.
        roles: Role by part of every kind of pack.
        signoffs: Those that stand.
        claims: As the claim desk tells them.
        now: When; the page is no part of a pack.
    """
    packs = shelf(home)
    current = [_pack(pack, home) | _signatures(pack, home, roles, signoffs) for pack in packs if pack.is_latest]
    others = [_other(pack, home) for pack in packs if not pack.is_latest]
    template = environment_of().get_template("front/index.html.j2")
    desk = {"at": both_zones(now, home.display_timezone), "rows": [_claim(row) for row in claims if row["state"] in WAITING]}
    desk["at_risk"] = _at_risk([row for row in claims if row["state"] in WAITING])
    return template.render(home=home, desk=desk, current=current, others=others, security=content_policy([]))


def _claim(row: Mapping[str, Any]) -> View:
    return {
        "service": row["service_id"],
        "contract": row["contract_version_id"],
        "period": row["period"],
        "amount": money_words(Decimal(row["amount"]), row["currency"]),
        "state": words()["claim_states"][row["state"]],
        "lane": row["lane"] or "",
        "last_day": row["last_day"],
        "days_left": row["days_left"],
        "is_unsent": row["state"] in UNSENT,
        "next": row["next"],
    }


def _at_risk(claims: Sequence[Mapping[str, Any]]) -> View | None:
    """Return what lapses unless it is filed, by currency, and the first day on which something does; None if nothing can."""
    unsent = [row for row in claims if row["state"] in UNSENT]
    sums: dict[str, Decimal] = {}
    for row in unsent:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + Decimal(row["at_risk"])
    amounts = [money_words(amount, currency) for currency, amount in sorted(sums.items())]
    return {"amounts": amounts, "first": min(row["last_day"] for row in unsent)} if unsent else None


def _signatures(pack: Shelved, home: Home, roles: SignedPacks, signoffs: Sequence[PackSignOff]) -> View:
    """Return the roles that are to sign a pack, in their order, with what each said and when; and its sheet, once anybody signed."""
    manifest = pack.folder.read_manifest()
    signed = of_pack(signoffs, pack_id_of(manifest), sha256_file(pack.folder.manifest))
    asked = list(dict.fromkeys(roles.of(pack.occasion, manifest["edition"]).values()))
    by_role = {one.role: one for one in signed}
    sheet = f"{pack.occasion}/{pack.period}/{pack.path.partition('/')[0]}.signoff.html"
    return {
        "roles": [{"role": plain_words(role), "signed": _when(by_role.get(role), home)} for role in asked],
        "is_closed": bool(asked) and not waiting(asked, signed),
        "sheet": sheet if signed else None,
    }


def _when(signoff: PackSignOff | None, home: Home) -> str | None:
    if signoff is None:
        return None
    day = local_wall(home.display_timezone, signoff.signed_at).date().isoformat()
    return f"signed {day}" if signoff.is_approved else f"refused {day}"


def _pack(pack: Shelved, home: Home) -> View:
    manifest = pack.folder.read_manifest()
    levels = _levels(pack)
    rank = list(words()["statuses"])
    return _other(pack, home) | {
        "levels": [{"verdict": verdict(key), "n": levels[key]} for key in sorted(levels, key=rank.index)],
        "money": _money(pack),
        "disputes": _open_disputes(pack),
        "gates": [_failed(manifest["gates"], name) for name in FAILED if any(gate["verdict"] == name for gate in manifest["gates"])],
        "gates_run": len(manifest["gates"]),
    }


def _failed(gates: Sequence[Mapping[str, Any]], name: str) -> View:
    own = [gate["rule_id"] for gate in gates if gate["verdict"] == name]
    return {"verdict": verdict(name, "verdicts"), "n": len(own), "rules": sorted(set(own))}


def _levels(pack: Shelved) -> dict[str, int]:
    """Return counts of service levels by status, from the pack's own table."""
    with Engine() as engine:
        engine.view("measured.sla_results", [pack.folder.parquet("sla_results")])
        return {row["status"]: row["n"] for row in engine.rows(LEVELS, {"periods": _own_periods(pack)})}


def _open_disputes(pack: Shelved) -> int:
    """Return how many disputes were open by what the pack knew."""
    with Engine() as engine:
        engine.view("measured.dispute_effects", [pack.folder.parquet("dispute_effects")])
        (row,) = engine.rows("select count(distinct dispute_id) as n from measured.dispute_effects where state = 'open'")
        return int(row["n"])


def _money(pack: Shelved) -> list[View]:
    """Return what can be claimed, what cannot and why, what lapsed and what is not known: one row a fate, its sums by currency."""
    rows = fates_of(pack.folder, _own_periods(pack))
    labels = words()["fates"] | words()["lost_fates"]
    return [
        {
            "label": labels[fate]["label"],
            "amounts": [amount_words(row) for row in own],
            "contracts": sorted({name for row in own for name in row["contract_version_ids"]}) if "why" in labels[fate] else [],
        }
        for fate in labels
        if (own := [row for row in rows if row["fate"] == fate])
    ]


def _own_periods(pack: Shelved) -> list[str] | None:
    """Return the windows that a pack is about where its tables hold those of earlier quarters too; None: all of them."""
    period = Period.parse(pack.period) if pack.occasion == "trends" else None
    return [month.name for month in period.months()] + [period.name] if period else None


def _other(pack: Shelved, home: Home) -> View:
    manifest = pack.folder.read_manifest()
    return {
        "occasion": pack.occasion,
        "period": period_words(pack.period) if pack.occasion in ("month", "quarter", "trends") else pack.period,
        "reader": _reader(manifest),
        "link": f"{pack.occasion}/{pack.period}/{pack.path}/{PAGES.get(pack.occasion, PAGE)}",
        "run_id": manifest["run_id"],
        "as_of": both_zones(datetime.fromisoformat(manifest["as_of"]), home.display_timezone),
        "is_preview": manifest["is_preview"],
        "is_simulated": manifest["is_simulated"],
    }


def _reader(manifest: Mapping[str, Any]) -> str:
    """Return whose pack it is and who reads it, where it is one vendor's or the head of service's."""
    if manifest["occasion"] == "trends":
        return "trend report"
    return f"{manifest['vendor_id']}, {manifest['edition']} edition" if manifest["vendor_id"] else ""
