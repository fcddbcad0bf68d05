"""Ten rows as a proposed mapping reads them, by the very SQL that staging would run; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.model.dictionary import dictionary
from tasks.model.form import read
from tasks.model.mapping import TableMapping
from tasks.stage.adapters import mapped_adapter
from tasks.stage.payload import LandedFile, fill
from tasks.stage.pieces import prepare, show_canonical
from tasks.stage.views import Shape, show_judged
from tasks.store.engine import Engine

ROWS = 10
LATER = datetime(2100, 1, 1, tzinfo=UTC)  # no row is from the future here: when the file was extracted is not known yet


@dataclass(frozen=True)
class Shown:
    """A row: its place in the file, its texts by field, and the fields that staging would not accept."""

    source_row: int
    texts: Mapping[str, str | None]
    faults: Mapping[str, str]


KEY = bytes(32)  # of no home: a preview shows that people become pseudonyms, not which


def mapped_rows(engine: Engine, path: Path, document: Mapping[str, object], names: Iterable[str], display_timezone: str) -> list[Shown]:
    """Return the first rows of a file as a mapping reads them.

    Args:
        engine: Any; its payload tables are made anew.
        path: The file.
        document: The mapping, which need not be whole.
        names: Fields to show.
        display_timezone: The home's.
    """
    mapping = read(TableMapping, document)
    adapter = mapped_adapter("mapping:proposed", mapping)
    shape = Shape(dictionary().entities[mapping.entity], "proposed", display_timezone, has_zone=True, zones=adapter.zones)
    prepare(engine, {display_timezone, *adapter.zones.values()}, KEY)
    fill(engine, [LandedFile(1, path.name, "", LATER, path=path)], adapter, "proposed")
    show_canonical(engine, adapter, mapping.entity)
    show_judged(engine, shape)
    own = {column.name: column for column in shape.columns}
    wanted = [name for name in names if name in own]
    given = {name for name, *_ in engine.execute("describe payload.canonical").fetchall()}
    texts = [f'{_shown(own[name].type, name)} as "{name}"' for name in wanted]
    faults = [f'"{name}__fault"' for name in wanted if name in given]
    rows = engine.rows(f"select source_row, {', '.join([*texts, *faults])} from payload.judged order by source_row limit {ROWS}")
    return [_row(row, wanted) for row in rows]


def _shown(kind: str, name: str) -> str:
    value = f'instant_text("{name}")' if kind == "TIMESTAMPTZ" else f'"{name}"::varchar'
    return f'coalesce({value}, "{name}__text")'


def _row(row: Mapping[str, Any], wanted: Iterable[str]) -> Shown:
    faults = {name: row[f"{name}__fault"] for name in wanted if row.get(f"{name}__fault")}
    return Shown(row["source_row"], {name: row[name] for name in wanted}, faults)
