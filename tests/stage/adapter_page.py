"""The table of `reports/handbook/adapters.md`, from the SQL of the adapters. `python -m tests.stage.adapter_page` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.model.dictionary import dictionary
from tasks.stage.adapters import BUILT_IN
from tasks.stage.payload import FILE_COLUMNS
from tasks.store.engine import Engine
from tasks.store.home import CHECKOUT
from tasks.store.staged import piece_sql

PAGE = CHECKOUT / "reports" / "handbook" / "adapters.md"
START, END = "<!-- generated: python -m tests.stage.adapter_page -->\n", "<!-- end of the generated part -->\n"
ROWS = {"landing_seq": "BIGINT", "source_row": "BIGINT", "received": "VARCHAR", "source_system": "VARCHAR"}


def filled(adapter: str, entity: str) -> set[str]:
    """Return the columns that an adapter's SQL gives for an entity."""
    with Engine() as engine:
        engine.execute("create macro canonical_json(words) as words")
        engine.create("payload.files", FILE_COLUMNS)
        engine.create("payload.rows", ROWS | dict.fromkeys(BUILT_IN[adapter].columns, "VARCHAR"))
        return {name for name, *_ in engine.execute(f"describe {piece_sql(f'{adapter}__{entity}')}").fetchall()}


def coverage() -> str:
    """Return the generated part of the page: a table for each entity, a column for each adapter that yields it."""
    return "\n".join(line for entity in dictionary().entities for line in _table(entity))


def _table(entity: str) -> Iterator[str]:
    adapters = [name for name in sorted(BUILT_IN) if entity in BUILT_IN[name].entities]
    if not adapters:
        return
    given = {name: filled(name, entity) for name in adapters}
    yield from (f"### {entity}", "", f"| field | {' | '.join(adapters)} |", f"|---|{'---|' * len(adapters)}")
    landing = [column for column in dictionary().landing_columns if column.canonical]
    for column in (*dictionary().entities[entity].columns, *landing):
        is_needed = column.required and column not in landing
        name = f"**{column.name}**" if is_needed else column.name
        yield f"| {name} | {' | '.join('yes' if column.name in given[adapter] else '' for adapter in adapters)} |"
    yield ""


def renewed(page: str) -> str:
    """Return the page with its generated part as the code has it now."""
    before, rest = page.split(START)
    return f"{before}{START}\n{coverage()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
