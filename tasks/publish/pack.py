"""A month's pack: tables, page, figures and manifest, written beside their place and shown at once; LATEST moves last (DESIGN 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime

from tasks.model.identity import sha256_file
from tasks.model.run import Run
from tasks.publish.compliance import compliance_page
from tasks.publish.draft import Draft
from tasks.publish.manifest import Origins, code, page_entry, versions, write_manifest
from tasks.publish.method import ContractText
from tasks.publish.numbers import Book
from tasks.publish.pdf import can_draw, write_pdf
from tasks.publish.reply import show_reply_terms, write_replies
from tasks.publish.since import Since, show_since
from tasks.publish.tables import content_sha256, write_figures, write_tables
from tasks.store.current import show_current
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PAGE, PRINT, PackFolder, find_pack, point_latest, publishing


@dataclass(frozen=True)
class Pack:
    """A published pack."""

    folder: PackFolder
    run_id: str
    content_sha256: str
    manifest_sha256: str


@dataclass(frozen=True)
class Terms:
    """What a pack prints that stands in no table: the contract texts, who signs which part until when, who decides exclusions, how
    old a rate of exchange may be, whether it is drawn as PDF, and until when each contract version lets the report be disputed.
    """

    contracts: Sequence[ContractText]
    signoff: Mapping[str, str]
    deciders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sign_by: date | None = None
    max_rate_age_days: int = 0
    has_pdf: bool = False
    answer_before: Mapping[str, datetime] = field(default_factory=dict)


def publish_pack(
    home: Home,
    run: Run,
    origins: Origins,
    terms: Terms,
    open_engine: Callable[[], AbstractContextManager[Engine]],
    read_since: Callable[[], Since | None] = lambda: None,
) -> Pack:
    """Publish the pack of a run, unless it stands already; then let LATEST name it and BI tools find it.

    Args:
        home: The home.
        run: The run; LATEST never moves to a preview, nor backwards.
        origins: What the manifest says about where the content comes from.
        terms: Contract texts, signing roles.
        open_engine: Opens an engine that holds schema `run` and the staged, reconciled and measured rooms.
        read_since: Reads the last sealed pack of the month, and tells what is new since.
    """
    if find_pack(home, run) is None:
        with open_engine() as engine, publishing(home, run) as folder:
            write_pack(engine, run, folder, origins, terms, read_since())
    pack = read_pack(home, run)
    point_latest(home, run)
    show_current(home)
    return pack


def read_pack(home: Home, run: Run) -> Pack:
    """Return the finished pack of a run.

    Raises:
        LookupError: If there is none.
    """
    folder = find_pack(home, run)
    if folder is None:
        raise LookupError(f"no finished pack of run {run.run_id}")
    return Pack(folder, run.run_id, folder.read_manifest()["content_sha256"], sha256_file(folder.manifest))


def write_pack(engine: Engine, run: Run, folder: PackFolder, origins: Origins, terms: Terms, since: Since | None = None) -> None:
    """Write every file of a pack into an empty folder: the same engine tables give the same bytes.

    Raises:
        BlockedError: If a table is not what the dictionary says.
    """
    show_since(engine, since)
    show_reply_terms(engine, run, terms.answer_before)
    engine.build("published")
    tables = write_tables(engine, run, folder)
    content = content_sha256(tables)
    book = Book(PAGE)
    draft = Draft(engine, run, book, terms.signoff, terms.deciders, terms.sign_by, since, terms.max_rate_age_days)
    known = {"program": code()["version"], "program tree": code()["tree_sha256"], "policy": origins.policy_sha256} | versions()
    page = compliance_page(draft, origins.home["name"], content, terms.contracts, known)
    folder.page(PAGE).write_text(page.html, encoding="utf-8", newline="")
    pages = [page_entry(folder, PAGE)]
    if terms.has_pdf and not run.is_preview and can_draw():
        write_pdf(page.printed, folder.page(PRINT), content)
        pages.append(page_entry(folder, PRINT))
    pages += write_replies(engine, run, folder, origins.home["name"])
    tables += write_figures(engine, book.rows(), run, folder)
    gates = engine.rows("from published.data_quality order by rule_id, source_system, entity, scope_id")
    write_manifest(folder, run, origins, gates, tables, content, pages)
