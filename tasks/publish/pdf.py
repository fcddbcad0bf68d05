"""A page as PDF for print and signature: outline, tags, bundled fonts, vector charts; drawn by WeasyPrint, without a browser (DESIGN 6)."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path
from types import ModuleType

VARIANT = "pdf/ua-1"
SWITCH, OFF = "SLA_PDF", "off"
MISSING = "No PDF was written: Pango is not installed (Debian: libpango-1.0-0 and libpangoft2-1.0-0)"


@cache
def _library() -> ModuleType | None:
    """Return WeasyPrint, or None where the system has no Pango: a pack is then published without its PDF."""
    try:
        import weasyprint
    except OSError:
        return None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every rule that is for screens
    return weasyprint


def can_draw() -> bool:
    """Tell whether this machine can draw PDFs, and was not told to leave it: one costs seconds, which rehearsals and tests may save."""
    return not _is_off() and _library() is not None


def why_none() -> str | None:
    """Return why no PDF is drawn, for people who did not ask for that; None if one is, or if they did."""
    return None if _is_off() or _library() is not None else MISSING


def _is_off() -> bool:
    return os.environ.get(SWITCH) == OFF


def pdf_versions() -> dict[str, str]:
    """Return the versions that can change a byte of a PDF; none where none can be drawn."""
    library = _library()
    if library is None:
        return {}
    from weasyprint.text.ffi import pango

    number = int(pango.pango_version())
    return {"weasyprint": library.__version__, "pango": f"{number // 10000}.{number // 100 % 100}.{number % 100}"}


def write_pdf(html: str, file: Path, identifier: str) -> None:
    """Write a page as PDF: the same page and identifier give the same bytes with equal versions.

    Args:
        html: A whole page without scripts; nothing is fetched for it.
        file: Where to.
        identifier: What the PDF calls itself in its trailer, such as the content's hash.

    Raises:
        RuntimeError: If `can_draw()` is false.
    """
    library = _library()
    if library is None:
        raise RuntimeError(MISSING)
    from weasyprint.urls import URLFetcher

    page = library.HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=["data"]))
    page.write_pdf(file, pdf_variant=VARIANT, pdf_identifier=identifier.encode())
