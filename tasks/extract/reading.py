"""One slice read page by page: every page is kept as it came, and rows that move while they are paged are noticed (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tasks.extract.products import Page, Product, Record, Request, TooMuchError
from tasks.extract.spans import Span
from tasks.model.form import Finding
from tasks.store.http import Site
from tasks.store.inbox import Note

SLICE_LIMIT = 200 * 1024 * 1024  # bytes of all pages of a file: landing reads a JSON document whole, up to a limit
EMPTY_LIMIT = 10  # pages in a row without a record, though the server says that there is more


class RowsMovedError(Exception):
    """The list is not the one of the page before: a record was deleted, changed or came in meanwhile, or a page came twice."""


@dataclass
class Reading:
    """What is learnt from one slice while its pages go into a file. Its `pages` are read once."""

    product: Product[Any]
    site: Site
    span: Span
    note: Note
    records: dict[str, Record] = field(default_factory=dict)  # by id, in the order of their coming
    findings: list[Finding] = field(default_factory=list)
    page_count: int = 0
    size: int = 0

    def pages(self) -> Iterator[bytes]:
        """Yield the bodies of all pages, and fill in the note.

        Raises:
            RowsMovedError: If rows moved between two pages.
            TooMuchError: If the slice is larger than one file, or the product goes no further.
            LedgerError: If the product refuses or answers in another form.
        """
        request: Request | None = self.product.first(self.span)
        total, empty = None, 0
        while request is not None:
            answer = self.site.get(request.path, request.parameters)
            page = self.product.page(request, answer, self.span)
            if self._is_again(request, page):
                self._end_early()
                break
            empty = 0 if page.records else empty + 1
            self._count(page, len(answer.body), empty)
            yield answer.body
            total, request = page.total, page.next
        self._look_back(total)

    def _is_again(self, request: Request, page: Page) -> bool:
        """Tell whether the product stands still; refuse a page that does not go on where the one before ended."""
        if request.seam is not None and (not page.records or page.records[0].id != request.seam):
            raise RowsMovedError
        beyond = page.records if request.seam is None else page.records[1:]
        if not beyond or not self.records or any(record.id not in self.records for record in beyond):
            return False
        if self.product.may_stand_still:
            return True
        raise RowsMovedError

    def _count(self, page: Page, size: int, empty: int) -> None:
        self.records.update({record.id: record for record in page.records})
        self.page_count += 1
        self.note.rows += len(page.records)
        self.size += size
        if self.size > SLICE_LIMIT:
            raise TooMuchError
        if empty > EMPTY_LIMIT:
            raise RowsMovedError

    def _end_early(self) -> None:
        """Say that older records cannot be had: the file covers no more than what it reaches back to."""
        made = [record.created_at for record in self.records.values() if record.created_at]
        if self.note.covers and made and min(made) > self.note.covers[0]:
            self.note.covers = (min(made), self.note.covers[1])
        what = f"the page lists its newest {len(self.records)} records whatever is asked; older ones cannot be had"
        self._find("NOT_PAGED", what, "drop older exports by hand if you have them")

    def _look_back(self, total: int | None) -> None:
        if total is not None and total != len(self.records):
            what = f"the server counts {total} records and shows {len(self.records)}"
            self._find("TOTAL_DIFFERS", what, "give the account read access to all of them, or narrow the query to what it may see")
        outside = [record for record in self.records.values() if record.asked_at and not self.span.is_near(record.asked_at)]
        if outside and not self.product.may_stand_still:
            what = f"{len(outside)} records lie outside the time that was asked for: the server seems to read it in another zone"
            self._find("OUTSIDE_SPAN", what, "set the account's time zone to UTC")

    def _find(self, code: str, what: str, fix: str) -> None:
        self.findings.append(Finding(code, (), what, fix=fix))
