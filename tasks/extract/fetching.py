"""Sources read over HTTP into the inbox: what is not covered yet, slice by slice, whole files only (DESIGN 1.4, 4).

What is still to be had is worked out from what was landed, and from whole files that wait in the inbox: there is no cursor beside it. A run
that is killed between two slices goes on where it stopped; one that is killed within a slice reads that slice again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks.extract.landed import covered_by, known_since, landings
from tasks.extract.losses import gone, missing_numbers
from tasks.extract.products import Product, Record, TooMuchError, product_of
from tasks.extract.reading import Reading, RowsMovedError
from tasks.extract.secret import authorization
from tasks.extract.spans import Span, slices, uncovered
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.fetch import Dated, Fetched, Sliced
from tasks.model.form import Finding
from tasks.model.reference import Source
from tasks.store.home import Home
from tasks.store.http import Patience, Site
from tasks.store.inbox import Delivered, Note, deliver, sweep_inbox, waiting
from tasks.store.journal import Journal, instant_text
from tasks.store.receipts import Act, Outcome, write_receipt

READINGS = 3  # of one slice, if rows move meanwhile
SHORTEST = timedelta(hours=1)  # a slice is not halved below this
NAME_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class File:
    """One file that a run put into the inbox."""

    delivered: Delivered
    rows: int
    pages: int
    covers: tuple[datetime, datetime] | None


@dataclass
class Visit:
    """What one run had from one source; `fault` is why it stopped early, if it did."""

    source_id: str
    files: list[File] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    fault: LedgerError | None = None

    def __str__(self) -> str:
        rows, pages = sum(file.rows for file in self.files), sum(file.pages for file in self.files)
        lines = [f"{self.source_id}: {len(self.files)} files ({rows} rows on {pages} pages)"]
        lines += [f"  {file.delivered.file}: {file.rows} rows, {file.delivered.bytes} bytes" for file in self.files]
        lines += [f"  {finding.level}: {finding}" for finding in self.findings]
        return "\n".join([*lines, *([f"  stopped: {self.fault}"] if self.fault else [])])

    def as_dict(self) -> dict[str, Any]:
        """Return it as data for --json."""
        files = [
            {
                "file": file.delivered.file,
                "file_sha256": file.delivered.sha256,
                "bytes": file.delivered.bytes,
                "rows": file.rows,
                "pages": file.pages,
                "covers": [instant_text(at) for at in file.covers] if file.covers else None,
            }
            for file in self.files
        ]
        fault = {"where": self.fault.where, "what": self.fault.what, "fix": self.fault.fix} if self.fault else None
        return {"source_id": self.source_id, "files": files, "findings": [one.as_dict() for one in self.findings], "fault": fault}


@dataclass(frozen=True)
class FetchReport:
    """What one call had from all sources."""

    visits: tuple[Visit, ...]

    @property
    def faults(self) -> list[LedgerError]:
        """Return why sources stopped early."""
        return [visit.fault for visit in self.visits if visit.fault]

    def __str__(self) -> str:
        return "\n".join(map(str, self.visits)) or "no source is fetched: none has a fetch block"

    def as_dict(self) -> dict[str, Any]:
        """Return the report as data for --json."""
        return {"fetched": [visit.as_dict() for visit in self.visits]}


@dataclass(frozen=True)
class Means:
    """What touches the world: where secrets are looked up, and how patient requests are."""

    secret: Callable[[str], str | None]
    patience: Patience = field(default_factory=Patience)


def fetch(
    home: Home,
    sources: Iterable[Source],
    journal: Journal,
    means: Means,
    *,
    now: datetime,
    is_simulated: bool = False,
    source_id: str | None = None,
) -> FetchReport:
    """Bring every source with a `fetch` block up to now; a source that fails holds no other up. Each leaves a receipt in the journal.

    Args:
        home: The home.
        sources: The sources of sources.yml.
        journal: The home's journal.
        means: What touches the world.
        now: Aware UTC; becomes `extracted_at`, in whole seconds.
        is_simulated: `now` is a rehearsal's.
        source_id: Only this source.

    Raises:
        UnknownReferenceError: If `source_id` is no source with a `fetch` block.
    """
    chosen = {source.id: source.fetch for source in sources if source.fetch is not None}
    if source_id is not None and source_id not in chosen:
        fix = "give the source a fetch block in reference/sources.yml"
        raise UnknownReferenceError(where="--source", kind="source with fetch", got=source_id, known=chosen, fix=fix)
    visits = []
    for name, form in chosen.items():
        if source_id in (None, name):
            visit = Visit(name)
            try:
                _visit(visit, home, form, journal, means, now.astimezone(UTC).replace(microsecond=0))
            except LedgerError as error:
                visit.fault = error
            except OSError as error:
                visit.fault = LedgerError(f"cannot be written: {error.strerror or error}", where=f"inbox/{name}", fix="make room")
            outcome: Outcome = "failed" if visit.fault else "done"
            write_receipt(journal, _act(name, form, now), outcome, now=now, is_simulated=is_simulated)
            visits.append(visit)
    return FetchReport(tuple(visits))


def _act(source_id: str, form: Fetched, now: datetime) -> Act:
    """Return one source's visit as the journal's receipt has it; what is sent is what sources.yml asks for, where a secret is a name."""
    asked = form.model_dump(mode="json", by_alias=True)
    return Act("extract", (source_id, instant_text(now)), form.url, "source", source_id, asked)


def _visit(visit: Visit, home: Home, form: Fetched, journal: Journal, means: Means, now: datetime) -> None:
    """Fetch what is not covered, and look what should be there and is not."""
    where = f"source {visit.source_id}"
    sweep_inbox(home, visit.source_id)
    product = product_of(form)
    header = authorization(form, where, means.secret)
    with Site(form.url, where, header, product.accept, form.per_minute, form.minutes * 60, means.patience) as site:
        if not isinstance(form, Dated):
            _read_slice(visit, home, product, site, Span(now, now, True), now)
            return
        landed = landings(journal, visit.source_id)
        for span in _spans_to_read(form, [*covered_by(landed), *waiting(home, visit.source_id)], now):
            records = _read_span(visit, home, product, site, span, now)
            if span.is_open:
                reached = min((file.covers[0] for file in visit.files if file.covers and file.covers[0] >= span.start_at), default=now)
                before = known_since(home, product, landed, reached)
                visit.findings.extend(gone(records, before))
                if product.is_counted:
                    visit.findings.extend(missing_numbers(records, before, span))


def _spans_to_read(form: Dated, covered: list[tuple[datetime, datetime]], now: datetime) -> list[Span]:
    """Return what is not covered; a product that only lists its newest records is asked once, back to the first gap."""
    since = datetime.fromisoformat(form.since).replace(tzinfo=UTC)
    spans = uncovered(covered, since, now, timedelta(hours=form.overlap_h))
    return [Span(spans[0].start_at, now, True)] if spans and not isinstance(form, Sliced) else spans


def _read_span(visit: Visit, home: Home, product: Product[Any], site: Site, span: Span, now: datetime) -> list[Record]:
    """Read a span slice by slice, oldest first, and return its records."""
    form = product.form
    parts = list(slices(span, timedelta(days=form.slice_days))) if isinstance(form, Sliced) else [span]
    records: list[Record] = []
    while parts:
        part = parts.pop(0)
        try:
            records += _read_slice(visit, home, product, site, part, now)
        except TooMuchError:
            if not isinstance(form, Sliced) or part.length < 2 * SHORTEST:
                fix = "narrow the query, or drop an export of that time by hand"
                what = f"{instant_text(part.start_at)} to {instant_text(part.end_at)} holds more than can be fetched at once"
                raise LedgerError(what, where=f"source {visit.source_id}", fix=fix) from None
            parts[:0] = part.halves()
    return records


def _read_slice(visit: Visit, home: Home, product: Product[Any], site: Site, part: Span, now: datetime) -> list[Record]:
    """Put one slice into the inbox and return its records; read it again if rows move meanwhile.

    Raises:
        TooMuchError: If it is to be read in parts.
        LedgerError: If rows move each time: a file with holes would pass for whole.
    """
    name = f"{part.start_at.strftime(NAME_TIME)}-{part.end_at.strftime(NAME_TIME)}-at-{now.strftime(NAME_TIME)}"
    for _ in range(READINGS):
        covers = (part.start_at, part.end_at) if part.start_at < part.end_at else None
        reading = Reading(product, site, part, Note(now, covers))
        try:
            delivered = deliver(home, visit.source_id, name, reading.pages(), reading.note)
        except RowsMovedError:
            continue
        visit.files.append(File(delivered, reading.note.rows, reading.page_count, reading.note.covers))
        visit.findings.extend(reading.findings)
        return list(reading.records.values())
    what = f"rows moved while they were paged, {READINGS} times"
    raise LedgerError(what, where=f"source {visit.source_id}", fix="run again when the product is quiet, or raise page_size")
