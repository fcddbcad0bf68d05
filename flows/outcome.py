"""What a monthly run says at its end: some ten lines for a person, the same as data, and artifacts in Prefect's UI."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from tasks.act.notify import Digest
from tasks.archive.sealing import Seal
from tasks.gate.doors import Door
from tasks.land.landing import LandReport
from tasks.model.dictionary import dictionary
from tasks.model.run import Run
from tasks.model.zones import local_wall
from tasks.orchestration import link_artifact, markdown_artifact, table_artifact
from tasks.publish.advice import advice, set_aside
from tasks.publish.fates import amount_words, fates_of
from tasks.publish.numbers import percent_shown, percent_words, plain
from tasks.publish.pack import Pack, Terms
from tasks.publish.page import both_zones
from tasks.publish.pdf import why_none
from tasks.publish.words import OPEN_CLAIMS, SHORTFALL, listed, period_words, plain_words, words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PAGE

MOST_MISSED, MOST_GATES = 3, 3


@dataclass(frozen=True)
class MonthOutcome:
    """One finished monthly run."""

    home: Home
    run: Run
    landed: LandReport
    door: Door
    pack: Pack
    seal: Seal
    terms: Terms

    @property
    def is_blocked(self) -> bool:
        """Tell whether a gate blocks a verdict or a file was refused (exit code 1)."""
        return self.door.is_blocking or bool(self.landed.refused)

    @property
    def events(self) -> tuple[str, ...]:
        """What notify.yml may ask to be told of."""
        return ("preview" if self.run.is_preview else "month", *(("blocked",) if self.is_blocked else ()))

    def digest(self) -> Digest:
        """Return the run as a message."""
        title = f"{self.home.name}: compliance pack {self.run.period}" + (" (provisional)" if self.run.is_preview else "")
        return Digest(f"{self.run.occasion}/{self.run.period}/{self.run.run_id}", title, self.in_words())

    @cached_property
    def levels(self) -> list[dict[str, Any]]:
        """Headline results, worst first."""
        sql = """
            select service_id, measure_id, contract_version_id, comparator, value_num::varchar as value_num,
                value_den::varchar as value_den, value_pct::varchar as value_pct, target::varchar as target, status, wording
            from measured.sla_results
            where variant = 'headline' and reading = 'default'
            order by value_num::double / nullif(value_den, 0)::double - target::double / 100 nulls last, service_id, measure_id
        """
        return self._rows(sql, "sla_results")

    @cached_property
    def money(self) -> list[dict[str, Any]]:
        """What becomes of the credits: one row per currency and fate; an amount that is not known is None."""
        return fates_of(self.pack.folder)

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        """Claims, the earliest deadline first."""
        return self._rows("select state, file_by, last_day from measured.claims order by deadline_at, claim_id, version", "claims")

    def _rows(self, sql: str, table: str) -> list[dict[str, Any]]:
        with Engine() as engine:
            engine.view(f"{dictionary().tables[table].room}.{table}", [self.pack.folder.parquet(table)])
            return engine.rows(sql)

    def in_words(self) -> str:
        """Return some ten lines: verdicts, money and why it cannot be claimed, what to do, what the data lacks, and where the pack is."""
        run = self.run
        stamps = [word for word, is_so in (("preview", run.is_preview), ("simulated clock", run.is_simulated)) if is_so]
        as_of = both_zones(run.as_of, run.display_timezone)
        lines = [
            f"{self.home.name}, {period_words(run.period)}, as known at {as_of}" + (f" ({', '.join(stamps)})" if stamps else ""),
            *self._level_lines(),
            *self._money_lines(),
            *self._change_lines(),
            self._duty_line(),
            *self._gate_lines(),
            *advice(run, self.pack.folder, in_full=self.is_blocked),
            f"Pack: {self.pack.folder.page(PAGE)}",
            *self._print_lines(),
            f"Seal: {self.seal.bundle} (run {run.run_id})",
        ]
        return "\n".join(lines)

    def _print_lines(self) -> list[str]:
        """Say why there is no PDF, where one is asked for and this machine cannot draw it."""
        reason = why_none() if self.terms.has_pdf and not self.run.is_preview else None
        return [reason] if reason else []

    def _level_lines(self) -> list[str]:
        """Say how many levels were met, and which were missed by how much."""
        counts = Counter(level["wording"] for level in self.levels)
        missed = [level for level in self.levels if level["status"] in SHORTFALL]
        named = [f"  missed: {_missed(level)}" for level in missed[:MOST_MISSED]]
        more = [f"  and {len(missed) - MOST_MISSED} more"] if len(missed) > MOST_MISSED else []
        return [f"Service levels: {_counted(counts) or 'none in force'}", *named, *more]

    def _money_lines(self) -> list[str]:
        """Say what becomes of the credits, one line a fate, with the contracts that stand in the way and the last day to claim."""
        labels = words()["fates"] | words()["lost_fates"]
        lines = []
        for fate in labels:
            own = [row for row in self.money if row["fate"] == fate]
            contracts = sorted({name for row in own for name in row["contract_version_ids"]}) if "why" in labels[fate] else []
            days = sorted({row["last_day"].isoformat() for row in own if row["last_day"]})
            last = f" (until {days[0]})" if days and fate == "claimable" else f" (on {days[-1]})" if days and fate == "lapsed" else ""
            sums = ", ".join(amount_words(row) for row in own)
            lines += (
                [f"Credits: {sums}: {_lowered(labels[fate]['label'])}{last}" + "".join(f" {name}" for name in contracts)] if own else []
            )
        return lines or ["Credits: none"]

    def _change_lines(self) -> list[str]:
        """Say how many values are others than in the last sealed pack of the month, and what is new since."""
        sql = """
            select count(distinct (object_kind, object_id, column_name)) as n, list(distinct cause_ref order by cause_ref) as refs
            from published.restatements
        """
        (found,) = self._rows(sql, "restatements")
        base = self.run.base_run_id
        return [f"Changed since the last pack (run {base}): {found['n']} values, by {'; '.join(found['refs'])}"] if found["n"] else []

    def _duty_line(self) -> str:
        """Say what a person has to do now: file claims, sign the pack."""
        waiting = [claim for claim in self.claims if claim["state"] in OPEN_CLAIMS]
        first = min((claim["file_by"] for claim in waiting), default=self._today)
        by = f"by {first}" if self._today <= first else f"was due by {first}"
        files = [f"file {len(waiting)} claims, the first {by}"] if waiting else []
        return f"To do: {'; '.join([*files, self._signing()])}"

    @property
    def _today(self) -> date:
        return local_wall(self.run.display_timezone, self.run.as_of).date()

    def _signing(self) -> str:
        if self.run.is_preview:
            return "sign nothing before the month is over"
        roles = listed([f"{plain_words(role)} ({part})" for part, role in self.terms.signoff.items()])
        due = self.terms.sign_by
        until = "" if due is None else f" by {due}" if self._today <= due else f", due since {due}"
        return f"sign{until}: {roles or 'nobody'}"

    def _gate_lines(self) -> list[str]:
        """Say how many checks passed and which did not; where one blocks, of each its source, what was seen and the limit."""
        passed = sum(verdict["verdict"] == "pass" for verdict in self.door.verdicts)
        rank = ("block", "quarantine", "warn")
        failed = sorted((row for row in self.door.verdicts if row["verdict"] in rank), key=lambda row: rank.index(row["verdict"]))
        names = f" ({', '.join(dict.fromkeys(row['rule_id'] for row in failed))})" if failed else ""
        refused = f"; {len(self.landed.refused)} files refused" if self.landed.refused else ""
        line = f"Gates: {passed} passed, {len(failed)} did not{names}{refused}"
        if not self.door.is_blocking:
            return [line]
        more = [f"  and {len(failed) - MOST_GATES} more, in data_quality.csv"] if len(failed) > MOST_GATES else []
        return [line, *(f"  {_gate_words(row)}" for row in failed[:MOST_GATES]), *more]

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
        link_artifact(f"pack-{period}", self.pack.folder.page(PAGE).as_uri(), f"Compliance pack {self.run.period}")
        markdown_artifact(f"summary-{period}", f"```\n{self.in_words()}\n```")
        return self


def _missed(level: dict[str, Any]) -> str:
    """Return which level was missed, what was achieved and what was promised."""
    name, target = f"{level['service_id']} {level['measure_id']}", Decimal(level["target"])
    value_num, value_den = int(level["value_num"]), int(level["value_den"])
    sign = words()["comparators"].get(level["comparator"], "")
    value = percent_words(value_num, value_den, target)
    gap = plain(abs(target - percent_shown(value_num, value_den, target)))
    return f"{name}: {value} where {sign} {plain(target)} % was promised, short by {gap} points"


def _lowered(label: str) -> str:
    return label[0].lower() + label[1:]


def _gate_words(row: dict[str, Any]) -> str:
    place = " ".join(part for part in (row["source_system"], row["entity"]) if part and part != "-")
    verdict_word = words()["verdicts"][row["verdict"]]["word"]
    return f"{row['rule_id']} {place}: {verdict_word}, {row['observed']} (limit: {row['limit_value']})"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
