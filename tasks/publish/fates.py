"""What becomes of the credits of a finished pack, read from its own tables: for the home page and for what `sla month` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.money import money_words
from tasks.publish.numbers import UNKNOWN
from tasks.store.engine import Engine
from tasks.store.packs import PackFolder

READ = ("sla_results", "credits", "claims", "exclusion_effects", "exclusions")
SUMS = """
    with own_credits as (
        select credit_id
        from measured.credits
        where coalesce(list_contains($periods, period), true)
    )

    select
        currency,
        fate,
        case when count(amount) = count(*) then sum(amount) end as amount,
        if(fate = 'claimable', min(last_day), max(last_day)) as last_day,
        list(distinct contract_version_id order by contract_version_id) as contract_version_ids
    from published.credit_fates
    where credit_id in (from own_credits)
    group by currency, fate
    order by currency, fate
"""


def fates_of(folder: PackFolder, periods: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return one row per currency and fate: amount (None where not known), last day (the first that claims have), contract versions.

    Args:
        folder: The pack's.
        periods: Of windows that go by these names; of all if left out.
    """
    with Engine() as engine:
        for name in READ:
            engine.view(f"{dictionary().tables[name].room}.{name}", [folder.parquet(name)])
        engine.build("published", only=["credit_fates"])
        return engine.rows(SUMS, {"periods": periods})


def amount_words(row: Mapping[str, Any]) -> str:
    """Return a row's amount as printed; what is not known is said so, never as zero."""
    return f"{row['currency']} {UNKNOWN}" if row["amount"] is None else money_words(row["amount"], row["currency"])
