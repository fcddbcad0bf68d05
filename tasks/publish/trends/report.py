"""The quarterly leadership trend report (DOMAIN 7.3): its page, and its pack in `published/trends/<period>/<run_id>/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from tasks.model.run import Run
from tasks.publish.draft import Draft
from tasks.publish.manifest import Origins, code, page_entry, versions, write_manifest
from tasks.publish.method import ContractText
from tasks.publish.numbers import Book
from tasks.publish.pack import Pack, Terms, read_pack
from tasks.publish.page import Page, charts_in, head_of, rendered
from tasks.publish.pdf import can_draw, write_pdf
from tasks.publish.proof import proofs_of
from tasks.publish.tables import content_sha256, write_figures, write_tables
from tasks.publish.trends.comparison import comparison
from tasks.publish.trends.draft import Coverage, TrendDraft, quarters_of
from tasks.publish.trends.exposure import exposure
from tasks.publish.trends.limits import unknowns
from tasks.publish.trends.recovery import change_related, recovery
from tasks.publish.trends.risks import chronic_patterns, register, services_at_risk
from tasks.publish.words import plain_words, words
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import TRENDS_PAGE, TRENDS_PRINT, PackFolder, find_pack, point_latest, publishing

OF_EVERY_QUARTER = ("sla_results", "credits", "credit_steps", "claims")  # tables that hold the rows of every quarter shown
READ = ("data_quality", "row_balance", "level_lines", "level_variants", "result_spans", "bound_rows", "catalogue_names")


def publish_trends(
    home: Home,
    run: Run,
    origins: Origins,
    terms: Terms,
    coverage: Mapping[str, Coverage],
    open_engine: Callable[[], AbstractContextManager[Engine]],
) -> Pack:
    """Publish the report of a quarter, unless it stands already; then let LATEST name it.

    Args:
        home: The home.
        run: The run of the quarter.
        origins: What the manifest says about where the content comes from.
        terms: Contract texts, who signs.
        coverage: How much of each quarter shown the records cover.
        open_engine: Opens an engine that holds schema `run` and the rooms of the quarter, and of OF_EVERY_QUARTER every quarter's rows.
    """
    if find_pack(home, run) is None:
        with open_engine() as engine, publishing(home, run) as folder:
            _write(engine, run, folder, origins, terms, coverage)
    point_latest(home, run)
    return read_pack(home, run)


def _write(engine: Engine, run: Run, folder: PackFolder, origins: Origins, terms: Terms, coverage: Mapping[str, Coverage]) -> None:
    engine.build("published", only=READ)
    tables = write_tables(engine, run, folder)
    content = content_sha256(tables)
    book = Book(TRENDS_PAGE)
    trends = TrendDraft(Draft(engine, run, book, terms.signoff), quarters_of(run.period, coverage))
    page = trends_page(trends, origins.home["name"], content, terms.contracts)
    folder.page(TRENDS_PAGE).write_text(page.html, encoding="utf-8", newline="")
    pages = [page_entry(folder, TRENDS_PAGE)]
    if terms.has_pdf and not run.is_preview and can_draw():
        write_pdf(page.printed, folder.page(TRENDS_PRINT), content)
        pages.append(page_entry(folder, TRENDS_PRINT))
    tables += write_figures(engine, book.rows(), run, folder)
    gates = engine.rows("from published.data_quality order by rule_id, source_system, entity, scope_id")
    write_manifest(folder, run, origins, gates, tables, content, pages)


def trends_page(trends: TrendDraft, home_name: str, content_sha256: str, contracts: Sequence[ContractText]) -> Page:
    """Return the report's page. Its figures are kept in the draft's book while the sections are worked out."""
    risks = register(trends)
    sections = {
        "exposure": exposure(trends, risks["asks"]),
        "risks": services_at_risk(trends),
        "patterns": chronic_patterns(trends),
        "comparison": comparison(trends),
        "recovery": recovery(trends),
        "changes": change_related(trends),
        "register": risks,
        "unknowns": unknowns(trends),
    }
    head = head_of(trends.draft, home_name, content_sha256)
    more = {
        "quarter": trends.quarter_words(),
        "before": trends.quarter_words(trends.before),
        "signers": [plain_words(role) for role in dict.fromkeys(trends.draft.signoff.values())],
        "frameworks": words()["frameworks"],
        "code": {"program": code()["version"], **versions()},
    }
    proofs = proofs_of(trends.draft, contracts, [])
    return rendered("trends/page.html.j2", list(charts_in(sections)), proofs, **sections, **more, head=head)
