"""A claim's papers: letter, worksheet, tables and manifest, in `published/claims/<period>/<run_id>/<claim_id>/` (DESIGN 5, DOMAIN 7.4).

The run is named by the month's pack that the claim rests on, by what people supply and by the program: preparing the same again gives the
same files, byte for byte.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.model.dictionary import dictionary
from tasks.model.identity import sha256_file, sha256_json
from tasks.model.instants import exact_instant
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.publish.claim_case import Annex, Case, Facts, facts_of
from tasks.publish.claim_letter import PAGE, letter_page
from tasks.publish.manifest import Origins, page_entry, write_manifest
from tasks.publish.numbers import Book
from tasks.publish.pdf import can_draw, write_pdf
from tasks.publish.tables import content_sha256, write_figures, write_table
from tasks.publish.worksheet import FILE, write_worksheet
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits, physical
from tasks.store.home import Home
from tasks.store.packs import MANIFEST, PackFolder, point_latest
from tasks.store.room import move_whole
from tasks.store.staged import Staged

PDF = "letter.pdf"
OCCASION = "claims"
CITED = ("claims", "credits", "credit_steps", "sla_results", "incident_targets", "clock_ledger", "outage_intervals", "exclusions")


@dataclass(frozen=True)
class ClaimPapers:
    """A finished claim folder."""

    folder: PackFolder
    run_id: str

    def places(self) -> dict[str, str]:
        """Return what lies where."""
        names = {"letter": PAGE, "letter for signature": PDF, "worksheet": FILE, "manifest": MANIFEST}
        return {name: str(self.folder.page(file)) for name, file in names.items() if self.folder.page(file).is_file()}

    def discard(self) -> None:
        """Remove them: they are not those that the journal knows of."""
        shutil.rmtree(self.folder.root.parent, ignore_errors=True)

    def entries(self) -> tuple[str, ...]:
        """Return letter and worksheet as entries `name=sha256` of a claim event."""
        names = {"letter": PDF if self.folder.page(PDF).is_file() else PAGE, "worksheet": FILE}
        return tuple(f"{name}={sha256_file(self.folder.page(file))}" for name, file in names.items())


def publish_claim(home: Home, case: Case, staged: Staged, limits: Limits) -> ClaimPapers:
    """Write the papers of one claim, unless they stand already."""
    run = run_of(home, case)
    folder = PackFolder(home.pack(run.occasion, run.period, run.run_id) / case.row["claim_id"])
    if not folder.manifest.is_file():
        beside = folder.root.with_name(f".{case.row['claim_id']}.{os.getpid()}")
        shutil.rmtree(beside, ignore_errors=True)
        (beside / "tables").mkdir(parents=True)
        try:
            with Engine(limits) as engine:
                _write(engine, home, run, facts_of(engine, staged, case), PackFolder(beside))
            shutil.rmtree(folder.root, ignore_errors=True)
            move_whole(beside, folder.root)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    point_latest(home, run)
    return ClaimPapers(folder, run.run_id)


def run_of(home: Home, case: Case) -> Run:
    """Return the run: named by everything that can change a byte of the papers."""
    manifest = case.pack.read_manifest()
    parts = {
        "occasion": OCCASION,
        "pack": sha256_file(case.pack.manifest),
        "claim": [case.row[name] for name in ("claim_id", "version", "kind")]
        + [str(case.row[name]) for name in ("amount", "disputed_amount")],
        "letter": case.letter.model_dump(mode="json"),
        "signatory": [case.signatory, case.role],
        "prepared_at": exact_instant(case.prepared_at),
        "is_simulated": case.is_simulated,
        "annexes": [[annex.name, annex.file_name, annex.sha256] for annex in case.annexes],
        "code": code_sha256(),
    }
    period = Period.parse(manifest["period"])
    start_at, end_at = period.bounds(home.display_timezone)
    return Run(
        sha256_json(parts)[:16],
        "claims",
        period.name,
        start_at,
        end_at,
        datetime.fromisoformat(manifest["as_of"]),
        home.region,
        home.display_timezone,
        is_simulated=case.is_simulated,
    )


def _write(engine: Engine, home: Home, run: Run, facts: Facts, folder: PackFolder) -> None:
    """Write every file of a claim's folder."""
    _narrow(engine, facts)
    tables = [entry for name in CITED for entry in write_table(engine, run, name, folder)]
    write_worksheet(facts, folder.page(FILE))
    annexes = [Annex("Worksheet", FILE, sha256_file(folder.page(FILE))), *facts.case.annexes]
    book = Book(PAGE)
    html = letter_page(facts, annexes, book)
    folder.page(PAGE).write_text(html, encoding="utf-8", newline="")
    content = content_sha256(tables)
    pages = [PAGE, FILE]
    if can_draw():
        write_pdf(html, folder.page(PDF), content)
        pages.append(PDF)
    tables += write_figures(engine, book.rows(), run, folder)
    source = facts.manifest
    origins = Origins(
        home=source["home"],
        inputs_head=source["inputs_head"],
        inputs=source["inputs"],
        reference=source["reference"],
        contracts=source["contracts"],
        policy_sha256=source["policy_sha256"],
    )
    write_manifest(folder, run, origins, [], tables, content, [page_entry(folder, name) for name in sorted(pages)])


def _narrow(engine: Engine, facts: Facts) -> None:
    """Leave in the engine's tables what this claim rests on alone: its papers go to its vendor."""
    case = facts.case
    row = {name: case.row[name] for name in physical(dictionary().tables["claims"].columns)}
    ids: Mapping[str, Sequence[str]] = {
        "credits": sorted({one["credit_id"] for line in facts.lines for one in (line.credit, *line.credits.values())}),
        "results": sorted({one["result_id"] for line in facts.lines for one in line.readings}),
        "targets": sorted({one["target_id"] for line in facts.lines for one in line.targets}),
        "incidents": sorted(facts.tickets),
        "exclusions": sorted({one["exclusion_id"] for line in facts.lines for one in line.exclusions}),
    }
    conditions = {
        "credits": ("credit_id", "credits"),
        "credit_steps": ("credit_id", "credits"),
        "sla_results": ("result_id", "results"),
        "incident_targets": ("target_id", "targets"),
        "clock_ledger": ("subject_id", "results"),
        "outage_intervals": ("incident_id", "incidents"),
        "exclusions": ("exclusion_id", "exclusions"),
    }
    for table, (column, name) in conditions.items():
        address = f"{dictionary().tables[table].room}.{table}"
        own = f"select * from {address} where {column} in (select unnest($ids))"
        engine.execute(f"create table main.own as {own}", {"ids": list(ids[name])})
        if table == "outage_intervals":
            engine.execute("delete from main.own where component_id in (from main.foreign_components)")
        engine.execute(f"drop view {address}")
        engine.execute(f"create table {address} as from main.own")
        engine.execute("drop table main.own")
    engine.execute("drop view measured.claims")
    engine.create_like_dictionary("measured.claims", [row])
