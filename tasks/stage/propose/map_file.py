"""`sla map FILE`: profile an unknown export, propose a mapping with ten mapped rows, say what is unsure and what is missing (DESIGN 3)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.policy import policy_defaults
from tasks.model.zones import known_zone, zone
from tasks.stage.propose.preview import Shown, mapped_rows
from tasks.stage.propose.profile import profile
from tasks.stage.propose.proposal import Proposal, as_yaml, assumed, propose, text_of
from tasks.store.blanks import BLANK
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.whole import whole_file
from tasks.store.yaml_lines import read_yaml

CELL = 22  # letters of a cell that are shown
SHOWN_SERVICES = 10
SOURCES = "reference/sources.yml"


@dataclass(frozen=True)
class Asked:
    """What the person said beside the file; None = to be found out."""

    entity: str | None = None
    name: str | None = None
    timezone: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None

    @property
    def read(self) -> dict[str, Any]:
        """Return what they said of `read` of the mapping."""
        said = {"sheet": self.sheet, "header_row": self.header_row, "encoding": self.encoding}
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True)
class Mapped:
    """A proposed mapping, its place, the lines that sources.yml and services.csv need, and ten rows as it reads them."""

    proposal: Proposal
    text: str
    place: str
    is_written: bool
    source_lines: str
    is_known_source: bool
    service_lines: tuple[str, ...]
    rows: tuple[Shown, ...]

    @property
    def blanks(self) -> int:
        """Return how many blanks the file has."""
        return sum(bool(re.search(rf"(?<=[:\s]){BLANK}(?=\s|$)", line.partition("  #")[0])) for line in self.text.splitlines()[1:])

    def in_words(self) -> str:
        """Return everything in the order in which a person needs it."""
        found = self.proposal.profile
        columns = len(found.contents)
        return "\n".join(
            [
                f"{found.path.name}: {found.rows} rows, {columns} columns",
                "",
                self.text.rstrip(),
                "",
                f"The first {len(self.rows)} rows as it reads them (! = would be set aside, with its reason):",
                *_table(self.rows),
                *_section("Unsure:", self.proposal.doubts),
                *_section("Missing:", self.proposal.gaps),
                "",
                *self._next(),
            ]
        )

    def _next(self) -> list[str]:
        written = f"wrote {self.place}" if self.is_written else f"nothing written: run again with --write for {self.place}"
        where = f"in place of its entry in {SOURCES}" if self.is_known_source else f"at the end of {SOURCES}"
        steps = [f"put the source {where}:\n{self.source_lines}"]
        if self.blanks:
            steps.append(f"fill in {self.blanks} blanks ({BLANK}) of {self.place}, and look at each UNSURE")
        if self.service_lines:
            lines = "\n".join(f"    {line}" for line in self.service_lines)
            steps.append(f"name your services in reference/services.csv; those of this file that it does not know yet:\n{lines}")
        steps += ["sla check", "sla month YYYY-MM"]
        return [written, "next, in this order:", *(f"  {place}. {step}" for place, step in enumerate(steps, 1))]

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        return {
            "entity": self.proposal.entity.name,
            "mapping": self.text,
            "place": self.place,
            "is_written": self.is_written,
            "source": self.source_lines,
            "services": list(self.service_lines),
            "blanks": self.blanks,
            "unsure": self.proposal.doubts,
            "missing": self.proposal.gaps,
            "rows": [{"source_row": row.source_row, "values": dict(row.texts), "faults": dict(row.faults)} for row in self.rows],
        }


def map_file(home: Home, path: Path, asked: Asked, *, is_written: bool) -> Mapped:
    """Propose a mapping for a file, and write it if asked for.

    Raises:
        LedgerError: If the file cannot be read, a name is none, or the mapping's file stands there already.
    """
    _refuse_unknown(asked)
    source_id = _source_of(home, path)
    name = asked.name or source_id
    place = home.reference / "mappings" / f"{name}.yml"
    shown_place = place.relative_to(home.root).as_posix()
    if is_written and place.exists():
        raise LedgerError("stands there already", where=shown_place, fix="edit it, or choose another name with --name")
    with Engine() as engine:
        found = profile(engine, path, asked.read)
        proposal = propose(engine, found, asked.entity, _zone(home, asked))
        rows = _rows(home, path, proposal)
    text = text_of(proposal, path.name)
    if is_written:
        with whole_file(place) as file:
            file.write(text.encode())
    known = _known_sources(home)
    return Mapped(
        proposal,
        text,
        shown_place,
        is_written,
        _source_lines(source_id, name, proposal),
        source_id in known,
        _service_lines(home, proposal),
        tuple(rows),
    )


def _refuse_unknown(asked: Asked) -> None:
    entities = dictionary().entities
    if asked.entity is not None and asked.entity not in entities:
        fix = "name what a row of the file is"
        raise UnknownReferenceError(where="--entity", kind="entity", got=asked.entity, known=entities, fix=fix)
    if asked.timezone is not None:
        zone(asked.timezone, where="--timezone")
    if asked.name is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", asked.name):
        raise LedgerError(f"'{asked.name}' is no name", where="--name", fix="use letters, digits, dots, hyphens and underscores")


def _zone(home: Home, asked: Asked) -> str | None:
    return asked.timezone or (home.display_timezone if known_zone(home.display_timezone) else None)


def _source_of(home: Home, path: Path) -> str:
    """Return the source whose inbox holds the file, else a name made of the file's."""
    folder = path.resolve().parent
    if folder.parent == home.inbox.resolve():
        return folder.name
    return re.sub(r"[^a-z0-9]+", "_", path.name.partition(".")[0].lower()).strip("_") or "export"


def _rows(home: Home, path: Path, proposal: Proposal) -> list[Shown]:
    zone_name = home.display_timezone if known_zone(home.display_timezone) else "UTC"
    with Engine() as engine:
        return mapped_rows(engine, path, assumed(proposal), proposal.choices, zone_name)


def _known_sources(home: Home) -> set[str]:
    file = home.root / SOURCES
    value = read_yaml(file.read_bytes(), SOURCES).value if file.is_file() else None
    listed = value.get("sources") if isinstance(value, dict) else None
    return {str(one.get("id")) for one in listed or () if isinstance(one, dict)}


def _source_lines(source_id: str, name: str, proposal: Proposal) -> str:
    known = {word.lower() for word in policy_defaults()["severity_map"]}
    own = {word.lower(): severity for word, (severity, _) in proposal.severities.items() if word.lower() not in known}
    lines = [f"  - id: {source_id}", f"    adapter: mapping:{name}"]
    if own:
        lines += [
            "    severity_map:",
            *(f"      {as_yaml(word)}: {severity or f'{BLANK}  # P1, P2, P3 or P4'}" for word, severity in own.items()),
        ]
    return "\n".join(lines)


def _service_lines(home: Home, proposal: Proposal) -> tuple[str, ...]:
    """Return lines of services.csv for the file's services that the catalogue does not know, the most frequent first."""
    known = _known_names(home)
    unknown = [word for word, _ in proposal.services if word.lower() not in known][:SHOWN_SERVICES]
    provider = _only_provider(home)
    return tuple(_csv_line([_slug(word), _slug(word), "", word, word, provider, "true", "", "2000-01-01"]) for word in unknown)


def _known_names(home: Home) -> set[str]:
    file = home.reference / "services.csv"
    if not file.is_file():
        return set()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = [
                {key: value or "" for key, value in row.items() if key and not isinstance(value, list)} for row in csv.DictReader(lines)
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
    names = [name for row in rows for name in (row.get("service_id", ""), row.get("component_id", ""), *row.get("aliases", "").split(";"))]
    return {name.strip().lower() for name in names}


def _only_provider(home: Home) -> str:
    """Return the provider of the only contract, else a blank."""
    files = sorted((home.reference / "contracts").glob("*.y*ml"))
    value = read_yaml(files[0].read_bytes(), files[0].name).value if len(files) == 1 else None
    provider = value.get("provider") if isinstance(value, Mapping) else None
    return str(provider.get("id") or BLANK) if isinstance(provider, Mapping) else BLANK


def _slug(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") or "service"


def _csv_line(cells: Sequence[str]) -> str:
    return ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if re.search(r'[",\n]', cell) else cell for cell in cells)


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"  - {line}" for line in lines)] if lines else []


def _table(rows: Sequence[Shown]) -> list[str]:
    """Return the rows as a table in text, long cells cut."""
    if not rows:
        return []
    names = list(rows[0].texts)
    cells = [["row", *names], *([str(row.source_row), *(_cell(row, name) for name in names)] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _cell(row: Shown, name: str) -> str:
    text = " ".join((row.texts[name] or "").split())
    text = text if len(text) <= CELL else f"{text[: CELL - 1]}…"
    return f"{text} !{row.faults[name]}" if name in row.faults else text
