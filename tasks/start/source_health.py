"""Whether sources deliver, and whether what lies in the inbox can be read as declared. Files are peeked at, never read through."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tasks.model.dictionary import dictionary
from tasks.model.errors import LedgerError
from tasks.model.fetch import Fetched
from tasks.model.form import read
from tasks.model.reference import CANONICAL, Source, Sources
from tasks.start.home_health import existing_journal, landings
from tasks.start.remarks import Remark
from tasks.store.home import Home
from tasks.store.journal import Row, instant_text
from tasks.store.raw import dropped, place_of, sidecars_alone, strays
from tasks.store.yaml_lines import read_yaml

LIST_EXPORT = "servicenow_incident"
PEEKED_ROWS = 50
PEEKED_FILES = 3  # the last ones by name
DELIMITERS = (",", ";", "\t", "|")
WALL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?")
Look = Callable[[str, Fetched], str]  # says what is well of a source that is fetched, or raises what is not
DECLARE = "add timezone: {zone} to source {source} in reference/sources.yml, or whatever zone its times are written in"


@dataclass(frozen=True)
class Peek:
    """The beginning of a table in text."""

    names: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    @property
    def has_wall_times(self) -> bool:
        """Tell whether a time stands there without an offset."""
        return any(WALL_TIME.fullmatch(value or "") for row in self.rows for name, value in row.items() if name)


def source_remarks(home: Home, look: Look) -> Iterator[Remark]:
    """Yield what of the sources and the inbox matters."""
    sources = _sources(home)
    if sources is None:
        yield Remark(
            "sources",
            "sources.yml",
            "warning",
            "cannot be read yet: its sources are not looked at",
            "mend what sla check says, then sla doctor",
        )
        return
    for path in strays(home, {source.id for source in sources}):
        fix = f"add a source with id: {path.name} to reference/sources.yml, or move it into the folder of a source"
        what = "holds files of no source" if path.is_dir() else "lies in no source's folder"
        yield Remark("sources", place_of(home, path), "fault", what, fix)
    landed = _landed(home)
    for source in sources:
        files = dropped(home, source.id)
        yield _delivery(source, files, landed[source.id])
        if source.fetch is not None:
            yield _fetching(source.id, source.fetch, look)
        for path in sidecars_alone(home, source.id):
            yield Remark(
                "sources", place_of(home, path), "fault", "a sidecar without its export", "drop the export beside it, or remove it"
            )
        for file in files[-PEEKED_FILES:]:
            yield from _content(home, source, file)


def _sources(home: Home) -> tuple[Source, ...] | None:
    file = next((home.reference / name for name in ("sources.yml", "sources.yaml") if (home.reference / name).is_file()), None)
    if file is None:
        return None
    document = read_yaml(file.read_bytes(), file.name)
    try:
        return None if document.faults else read(Sources, document.value).sources
    except LedgerError:
        return None


def _landed(home: Home) -> Mapping[str, list[Row]]:
    """Return the landings of each source; none if the journal cannot be read, which is said elsewhere."""
    rows: dict[str, list[Row]] = defaultdict(list)
    try:
        journal = existing_journal(home)
        for row in landings(journal) if journal else ():
            rows[str((row.body or {}).get("source_id"))].append(row)
    except LedgerError:
        return defaultdict(list)
    return rows


def _delivery(source: Source, files: Sequence[Path], rows: Sequence[Row]) -> Remark:
    known = {str((row.body or {}).get("file")) for row in rows}
    waiting = [file.name for file in files if file.name not in known]
    wait = f"; {len(waiting)} files wait in the inbox" if waiting else ""
    if not rows and not files:
        brought = f"run sla fetch --source {source.id}" if source.fetch else f"drop its exports into inbox/{source.id}/"
        fix = f"{brought}, or take it out of reference/sources.yml"
        return Remark("sources", source.id, "warning", "nothing was ever landed and nothing lies in its inbox", fix)
    if not rows:
        return Remark("sources", source.id, "note", f"nothing landed yet{wait}", "sla land")
    newest = rows[-1]
    what = f"{len(rows)} files landed, the newest {(newest.body or {}).get('file')} on {instant_text(newest.recorded_from)[:16]}Z{wait}"
    return Remark("sources", source.id, "note" if waiting else "fine", what, "sla land" if waiting else None)


def _fetching(source_id: str, form: Fetched, look: Look) -> Remark:
    name = f"{source_id}, fetch"
    try:
        return Remark("sources", name, "fine", look(source_id, form))
    except LedgerError as error:
        return Remark("sources", name, "fault", error.what, error.fix)


def _content(home: Home, source: Source, file: Path) -> Iterator[Remark]:
    place, peek = place_of(home, file), _peek(file)
    if peek is None:
        return
    declare = DECLARE.format(zone=home.display_timezone, source=source.id)
    if source.adapter == LIST_EXPORT and _has_screen_headers(peek):
        what = f"its header holds the words of the screen ({', '.join(peek.names[:3])} …), not column names such as number and opened_at"
        yield Remark("sources", place, "fault", what, f"export the list with column names, or map it: sla map {place}")
    if source.timezone is None and source.adapter == LIST_EXPORT:
        yield Remark("sources", place, "fault", "a list export holds times of its reader's zone, and the source declares none", declare)
    elif source.timezone is None and source.adapter == CANONICAL and peek.has_wall_times:
        yield Remark("sources", place, "fault", "it holds times without an offset, and the source declares no timezone", declare)
    if source.adapter == CANONICAL and source.entity in dictionary().entities:
        columns = dictionary().entities[source.entity].columns
        missing = [column.name for column in columns if column.required and column.name not in peek.names]
        if missing:
            what = f"columns of {source.entity} are missing: {', '.join(missing)}"
            yield Remark("sources", place, "fault", what, f"rename its columns, or map it: sla map {place}")


def _has_screen_headers(peek: Peek) -> bool:
    return "number" not in peek.names and "number" in {name.lower() for name in peek.names}


def _peek(file: Path) -> Peek | None:
    """Return the beginning of a CSV or TSV; None for other kinds, and for what `sla land` will refuse."""
    kind = file.name.lower().removesuffix(".gz").rpartition(".")[2]
    if kind not in ("csv", "tsv"):
        return None
    try:
        with gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb") as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")  # type: ignore[arg-type]
            first = text.readline()
            delimiter = "\t" if kind == "tsv" else max(DELIMITERS, key=first.count)
            names = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter), []))
            rows = islice(csv.DictReader(text, fieldnames=names, delimiter=delimiter, restval=""), PEEKED_ROWS)
            return Peek(names, tuple({name: value for name, value in row.items() if isinstance(value, str)} for row in rows))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error):
        return None
