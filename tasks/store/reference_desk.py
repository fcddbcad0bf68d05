"""The desk on which a home's reference files are laid out: their texts, their typed values, and every fault and finding so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from tasks.model.calendar import Calendar
from tasks.model.contract import Contract
from tasks.model.errors import FaultsError
from tasks.model.form import Finding, FormError
from tasks.model.kpi import KpiCatalogue
from tasks.model.letters import ClaimLetters
from tasks.model.mapping import TableMapping
from tasks.model.notify import Notify
from tasks.model.own_rule import OwnRule
from tasks.model.policy import Policy
from tasks.model.reference import People, Sources
from tasks.store.blanks import blanks_of
from tasks.store.home import Home
from tasks.store.yaml_lines import MAX_BYTES, Document, read_yaml

T = TypeVar("T")
YAML = (".yml", ".yaml")
TABLE = ".csv"
RULE = ".sql"  # of RULES
RULES = "rules"
TABLES = {"services": "service_catalogue", "fx": "fx_rate"}  # CSV file: entity of its rows
SINGLE = ("sources", "policy", "people", "controls", "notify", "claims", "metrics")
FOLDERS = ("contracts", "calendars", "mappings", "corrections", "runbooks")
MISSING = {  # obligatory: how to mend their absence
    "sources": "write schema: sources/1 and sources: [{id, adapter}], as sla init does",
    "services": "write a row per component with the columns service_id, component_id, sla_governed and valid_from",
    "contracts": "write at least one contract; sla vendor add gives a commented one",
}


@dataclass(frozen=True)
class Sheet(Generic[T]):
    """A file's text and the typed value it gave."""

    document: Document
    value: T


@dataclass
class Desk:
    """Where the files of one home are read, with every fault and finding so far.

    `texts` holds all files that are YAML, also those with faults, so that names which point across files are checked in one pass with
    the rest; the other members hold what is sound.
    """

    home: Home
    faults: list[FormError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    texts: dict[str, list[Document]] = field(default_factory=dict)
    sources: Sheet[Sources] | None = None
    people: Sheet[People] | None = None
    notify: Sheet[Notify] | None = None
    letters: Sheet[ClaimLetters] | None = None
    policy: Policy | None = None
    kpis: KpiCatalogue | None = None
    mappings: dict[str, TableMapping] = field(default_factory=dict)
    contracts: list[Sheet[Contract]] = field(default_factory=list)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    rules: tuple[OwnRule, ...] = ()

    def sheets(self, kind: str, reader: Callable[[Any], T]) -> list[Sheet[T]]:
        """Read all files of a kind; those with faults are left out, and their faults kept."""
        documents = [self._document(file) for file in self.files_of(kind)]
        self.texts[kind] = [document for document in documents if not document.faults]
        if not documents and kind in MISSING:
            self.lack(kind, f"{kind}.yml" if kind in SINGLE else kind)
        if len(documents) > 1 and kind in SINGLE:
            fix = "keep one of them"
            self.faults.append(FormError("TWO_FILES", (), f"{documents[1].file} stands beside it", fix=fix, place=documents[0].file))
        return [sheet for document in self.texts[kind] if (sheet := self.sheet(document, reader)) is not None]

    def _document(self, file: FilePath) -> Document:
        """Read a file as YAML; its faults and its blanks are kept."""
        content = content_of(file)
        document = read_yaml(content, self.name(file))
        self.faults.extend(document.faults or blanks_of(document, content))
        return document

    def sheet(self, document: Document, reader: Callable[[Any], T]) -> Sheet[T] | None:
        """Give a document its type; None if it has faults, which are kept."""
        try:
            return Sheet(document, reader(document.value))
        except FaultsError as error:
            self.faults.extend(document.located(fault) for fault in error.faults if isinstance(fault, FormError))
            return None

    def lack(self, kind: str, name: str) -> None:
        """Keep the absence of an obligatory file."""
        self.faults.append(FormError("MISSING_FILE", (), "there is none", fix=MISSING[kind], place=f"reference/{name}"))

    def files(self) -> list[FilePath]:
        """Return every reference file, by path."""
        files = self.home.reference.rglob("*")
        return sorted(file for file in files if file.suffix in (*YAML, TABLE, RULE) and file.is_file() and not file.name.startswith("."))

    def files_of(self, kind: str) -> list[FilePath]:
        """Return the YAML files of a kind: those of its folder, or the one of its name."""
        folder, stem = (self.home.reference / kind, None) if kind in FOLDERS else (self.home.reference, kind)
        return [file for file in self.files() if file.parent == folder and file.suffix in YAML and stem in (None, file.stem)]

    def rule_files(self) -> list[FilePath]:
        """Return the quality rules that people wrote, by path."""
        return [file for file in self.files() if file.parent == self.home.reference / RULES and file.suffix == RULE]

    def name(self, file: FilePath) -> str:
        """Return a file's name as errors print it: relative to the home."""
        return file.relative_to(self.home.root).as_posix()


def content_of(file: FilePath) -> bytes:
    """Return a file's bytes, at most one more than are read."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)
