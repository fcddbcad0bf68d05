"""What a monthly run says at its end: ten lines for a person, the same as data, and artifacts in Prefect's UI."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tasks.archive.sealing import Seal
from tasks.gate.doors import Door
from tasks.land.landing import LandReport
from tasks.model.run import Run
from tasks.orchestration import link_artifact, markdown_artifact, table_artifact
from tasks.publish.advice import advice, set_aside
from tasks.publish.numbers import money_words
from tasks.publish.pack import Pack
from tasks.store.engine import Engine
from tasks.store.home import Home

SHORTFALL = ("breached", "breached_open")


@dataclass(frozen=True)
class MonthOutcome:
    """One finished monthly run."""

    home: Home
    run: Run
    landed: LandReport
    door: Door
    pack: Pack
    seal: Seal

    @property
    def is_blocked(self) -> bool:
        """Tell whether a gate blocks a verdict or a file was refused (exit code 1)."""
        return self.door.is_blocking or bool(self.landed.refused)

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        """Headline results, worst first."""
        sql = """
            select service_id, measure_id, contract_version_id, value_pct::varchar as value_pct, target::varchar as target, status, wording
            from measured.sla_results
            where variant = 'headline' and reading = 'default'
            order by value_num::double / nullif(value_den, 0)::double - target::double / 100 nulls last, service_id, measure_id
        """
        return self._rows(sql, "sla_results")

    @cached_property
    def money(self) -> list[dict[str, Any]]:
        """Payable, claimable and forgone by currency."""
        sql = """
            select currency, sum(payable) as payable, sum(claimable) as claimable, sum(forgone) as forgone
            from measured.credits
            where variant = 'headline' and reading = 'default' and currency is not null
            group by currency
            order by currency
        """
        return self._rows(sql, "credits")

    def _rows(self, sql: str, table: str) -> list[dict[str, Any]]:
        with Engine() as engine:
            engine.view(f"measured.{table}", [self.pack.folder.parquet(table)])
            return engine.rows(sql)

    def in_words(self) -> str:
        """Return some ten lines: verdicts, money, what the data lacks, where the pack is; more where a person has to act."""
        counts = Counter(level["wording"] for level in self.levels)
        missed = [level for level in self.levels if level["status"] in SHORTFALL]
        owed = ", ".join(_amount(row, "payable") for row in self.money) or "nothing"
        claimable = ", ".join(_amount(row, "claimable") for row in self.money) or "nothing"
        gates = Counter(verdict["verdict"] for verdict in self.door.verdicts)
        lines = [
            f"{self.home.name}, {self.run.period}, as known at {self.run.as_of.isoformat()}"
            + (" (simulated clock)" if self.run.is_simulated else ""),
            f"service levels: {_counted(counts)}",
            *[f"  missed: {row['service_id']} {row['measure_id']} {row['value_pct']} % against {row['target']} %" for row in missed[:3]],
            *([f"  and {len(missed) - 3} more"] if len(missed) > 3 else []),
            f"credits payable: {owed}; claimable on every reading: {claimable}",
            f"gates: {_counted(gates)}; files refused: {len(self.landed.refused)}",
            *advice(self.run, self.pack.folder),
            f"pack: {self.pack.folder.page('compliance.html')}",
            f"run {self.run.run_id}, sealed: {self.seal.bundle}",
        ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as data for --json."""
        return {
            "run_id": self.run.run_id,
            "period": self.run.period,
            "as_of": self.run.as_of.isoformat(),
            "is_blocked": self.is_blocked,
            "levels": self.levels,
            "money": self.money,
            "content_sha256": self.pack.content_sha256,
            "manifest_sha256": self.pack.manifest_sha256,
            "pack": str(self.pack.folder.root),
            "bundle": str(self.seal.bundle),
            "landed": self.landed.as_dict(),
            "set_aside": set_aside(self.pack.folder),
        }

    def shown(self) -> MonthOutcome:
        """Show the run in Prefect's UI (nothing in direct mode) and return it."""
        period = self.run.period.lower()
        table_artifact(f"service-levels-{period}", self.levels, f"Service levels of {self.run.period}")
        table_artifact(f"gates-{period}", self.door.verdicts, f"Gate verdicts of {self.run.period}")
        link_artifact(f"pack-{period}", self.pack.folder.page("compliance.html").as_uri(), f"Compliance pack {self.run.period}")
        markdown_artifact(f"summary-{period}", f"```\n{self.in_words()}\n```")
        return self


def _amount(row: dict[str, Any], name: str) -> str:
    """Return an amount with its currency; it is unknown as long as no invoice says what the fee is."""
    return f"{row['currency']} unknown" if row[name] is None else money_words(row[name], row["currency"])


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
