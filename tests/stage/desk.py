"""A small estate whose files are landed by hand, so that staging is tested without the verb before it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.model.identity import sha256_file
from tasks.model.mapping import TableMapping, read_mapping
from tasks.stage.staging import Origin, stage
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Entry, Journal
from tasks.store.knowledge import known_at
from tasks.store.staged import Staged
from tasks.store.yaml_lines import read_yaml

SNAPSHOTS = {"services.csv": "service_catalogue", "fx.csv": "fx_rate"}
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


KEY = bytes(range(32))


def person(name: str) -> str:
    """Return the pseudonym of a person under `KEY`, worked out apart from the program's way."""
    return base64.b32encode(hmac.new(KEY, name.lower().encode(), hashlib.sha256).digest()).decode()[:16]


class Desk:
    """Lands files and stages them. Every call of `land` is one `sla land`; its files come as (source_id, file name, content)."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root, "Test estate", "eu", "Europe/Berlin")
        self.journal = Journal.open(self.home)
        self.sources: dict[str, Origin] = {}
        self.mappings: dict[str, TableMapping] = {}

    def give_key(self) -> None:
        """Let the home make pseudonyms as `person` does."""
        self.home.region_key_path.write_text(KEY.hex() + "\n")

    def declare(
        self,
        source_id: str,
        entity: str | None = None,
        *,
        adapter: str = "canonical",
        system: str = "",
        zone: str | None = None,
        encoding: str | None = None,
        only: Mapping[str, tuple[str, ...]] | None = None,
        leave_out: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        origin = Origin(source_id, system or source_id, adapter, entity, zone, encoding, only or {}, leave_out or {})
        self.sources[source_id] = origin

    def map(self, source_id: str, text: str, *, zone: str | None = None, encoding: str | None = None) -> None:
        """Declare a source that a mapping of its own reads."""
        document = read_yaml(f"schema: mapping/1\n{text}".encode(), f"reference/mappings/{source_id}.yml")
        assert not document.faults
        self.mappings[source_id] = read_mapping(document.value)
        self.declare(source_id, adapter=f"mapping:{source_id}", zone=zone, encoding=encoding)

    def land(self, *files: tuple[str, str, str | bytes], at: datetime = NOON, extracted_at: str | None = None) -> list[int]:
        entries = [self._landing(source_id, name, content, extracted_at) for source_id, name, content in files]
        return [row.seq for row in self.journal.append_many(entries, now=at)]

    def _landing(self, source_id: str, name: str, content: str | bytes, extracted_at: str | None) -> Entry:
        inbox = self.home.root / "inbox" / name
        inbox.parent.mkdir(exist_ok=True)
        inbox.write_bytes(content.encode() if isinstance(content, str) else content)
        digest = sha256_file(inbox)
        raw = self.home.raw_file(digest, name)
        raw.parent.mkdir(parents=True, exist_ok=True)
        inbox.rename(raw)
        body = {
            "source_id": source_id,
            "file": name,
            "file_sha256": digest,
            "extracted_at": extracted_at,
            "rows": content.count(b"\n" if isinstance(content, bytes) else "\n") - 1,
        }
        return Entry("landing", body, entity=SNAPSHOTS.get(name))

    def withdraw(self, seq: int, at: datetime = NOON) -> None:
        self.journal.append("withdrawal", {"landing_seq": seq, "file_sha256": "", "reason": "wrong file"}, now=at)

    def stage(self, as_of: datetime | None = None, limits: Limits | None = None) -> Staged:
        known = known_at(self.journal, as_of, now=datetime(2027, 1, 1, tzinfo=UTC))
        return stage(self.home, known, self.sources.values(), limits or Limits(), self.mappings)

    @contextmanager
    def shown(self, as_of: datetime | None = None) -> Iterator[Engine]:
        staged = self.stage(as_of)
        with Engine() as engine:
            staged.show(engine)
            yield engine

    def rows(self, query: str, as_of: datetime | None = None) -> list[dict[str, Any]]:
        with self.shown(as_of) as engine:
            return engine.rows(query)

    def values(self, query: str, as_of: datetime | None = None) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.rows(query, as_of)]


def balances(engine: Engine) -> list[dict[str, Any]]:
    """Return the balance rows; fail if one does not hold (DQ-09)."""
    rows = engine.rows("from staged.balance order by all")
    assert all(row["read"] == row["accepted"] + row["quarantined"] + row["duplicates"] for row in rows), rows
    return rows
