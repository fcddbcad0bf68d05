"""One edition's pack: tables of the vendor alone, page, PDF, figures and manifest, written beside their place and shown at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from tasks.model.contract import Contract
from tasks.model.dictionary import dictionary
from tasks.model.run import Run
from tasks.publish.draft import Draft
from tasks.publish.manifest import Origins, page_entry, write_manifest
from tasks.publish.method import ContractText
from tasks.publish.numbers import Book
from tasks.publish.pack import Pack, read_pack
from tasks.publish.pdf import can_draw, write_pdf
from tasks.publish.review.edition import Reader, keep_own, refuse_others
from tasks.publish.review.page import review_page
from tasks.publish.tables import content_sha256, write_figures, write_table
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import MANIFEST, REVIEW_PAGE, REVIEW_PRINT, PackFolder, find_pack, point_latest, publishing

BUILT = ("level_lines", "level_variants", "unjudged_levels", "catalogue_names", "vendor_differences", "result_spans", "bound_rows")


@dataclass(frozen=True)
class ReviewTerms:
    """What an edition prints that stands in no table: the vendor's contracts, who signs which part of it, whether it is drawn as PDF."""

    contracts: Sequence[Contract]
    signoff: Mapping[str, str]
    has_pdf: bool


def publish_review(
    home: Home,
    run: Run,
    origins: Origins,
    terms: ReviewTerms,
    open_engine: Callable[[], AbstractContextManager[tuple[Engine, Reader]]],
) -> Pack:
    """Publish one edition of one vendor, unless it stands already; then let LATEST name it.

    Args:
        home: The home.
        run: The run of that vendor and edition.
        origins: What the manifest says about where the content comes from.
        terms: Contracts, signing roles.
        open_engine: Opens an engine with schema `run` of the vendor's contracts and every room, and says who reads.
    """
    if find_pack(home, run) is None:
        with open_engine() as (engine, reader), publishing(home, run) as folder:
            write_review(engine, run, reader, folder, origins, terms)
    pack = read_pack(home, run)
    point_latest(home, run)
    return pack


def write_review(engine: Engine, run: Run, reader: Reader, folder: PackFolder, origins: Origins, terms: ReviewTerms) -> None:
    """Write every file of an edition into an empty folder: the same engine tables give the same bytes.

    Raises:
        BlockedError: If a table is not what the dictionary says, or the vendor's edition names what is none of its own.
    """
    keep_own(engine, reader)
    engine.build("published", only=BUILT)
    tables = [entry for name in reader.tables if engine.has(_address(name)) for entry in write_table(engine, run, name, folder)]
    content = content_sha256(tables)
    book = Book(REVIEW_PAGE)
    draft = Draft(engine, run, book, terms.signoff)
    texts = [ContractText(one.contract_version_id, one.resolved, one.content_sha256) for one in terms.contracts]
    page = review_page(draft, reader, origins.home["name"], content, terms.contracts, texts)
    folder.page(REVIEW_PAGE).write_text(page.html, encoding="utf-8", newline="")
    pages = [page_entry(folder, REVIEW_PAGE)]
    if terms.has_pdf and not run.is_preview and can_draw():
        write_pdf(page.printed, folder.page(REVIEW_PRINT), content)
        pages.append(page_entry(folder, REVIEW_PRINT))
    tables += write_figures(engine, book.rows(), run, folder)
    write_manifest(folder, run, shown_to(reader, origins), [], tables, content, pages)
    if reader.is_vendor:
        refuse_others(reader, [folder.page(MANIFEST), *sorted(folder.root.rglob("*.csv"))], page.printed)


def shown_to(reader: Reader, origins: Origins) -> Origins:
    """Return the origins as an edition may tell them: to the vendor no file of ours and no feed; the journal's head pins them all."""
    return replace(origins, inputs=[], reference=[]) if reader.is_vendor else origins


def _address(name: str) -> str:
    return f"{dictionary().tables[name].room}.{name}"
