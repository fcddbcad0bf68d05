"""The dictionary: every column that comes in (`entities.yml`) and goes out (`tables.yml`), read at run time, typed nowhere else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class Column(BaseModel):
    """One column. `type` is a key of the dictionary's `types`; `required` (entities) and `nullable` (tables) are each other's opposite."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str
    meaning: str
    required: bool | None = None
    nullable: bool | None = None
    enum: tuple[str, ...] | None = None
    unit: str | None = None
    pii: Literal["pseudonym", "free_text", "person"] | None = None
    canonical: bool = False
    may_be_future: bool = False

    @property
    def duckdb_type(self) -> str:
        """Return the physical type: lists become `VARCHAR[]`, the rest is named as it is."""
        return "VARCHAR[]" if self.type == "LIST<VARCHAR>" else self.type


class Entity(BaseModel):
    """What one row of a source file is (entities.yml)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    origin: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


class Table(BaseModel):
    """What one row of a result table is (tables.yml). `columns` are without the common columns of a run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    room: Literal["staged", "reconciled", "measured", "published"]
    grain: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    csv: bool
    csv_where: str | None = None
    scope: Literal["run", "home"] = "run"
    columns: tuple[Column, ...]


class Dictionary(BaseModel):
    """Both schema files, and their hashes for the manifest."""

    model_config = ConfigDict(frozen=True)

    entities: dict[str, Entity]
    landing_columns: tuple[Column, ...]
    tables: dict[str, Table]
    common_columns: tuple[Column, ...]
    flags: dict[str, str]


@cache
def dictionary() -> Dictionary:
    """Return the product's dictionary, read once in a process."""
    entities = _load("entities.yml")
    tables = _load("tables.yml")
    return Dictionary(
        entities={name: Entity(name=name, **body) for name, body in entities["entities"].items()},
        landing_columns=tuple(Column(**column) for column in entities["landing_columns"]),
        tables={name: Table(name=name, **body) for name, body in tables["tables"].items()},
        common_columns=tuple(Column(**column) for column in tables["common_columns"]),
        flags=tables["flags"],
    )


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((FOLDER / name).read_bytes(), Loader=yaml.CSafeLoader)
    return content
