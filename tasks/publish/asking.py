"""`sla sql`: questions in SQL over the published tables, read-only: no file but theirs, no network, no setting."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import duckdb

from tasks.model.errors import LedgerError
from tasks.store.current import current_tables
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home

EVERY = "every_month"  # the schema of views over all months; without it a table is the newest month's
READING = ("SELECT", "EXPLAIN")
MOST_NAMED = 6


def ask(home: Home, question: str, limits: Limits) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns and rows that answer one SELECT over the tables of tables.yml.

    Args:
        home: The home.
        question: SQL of DuckDB's dialect. `sla_results` is the newest month's, `every_month.sla_results` that of every month's latest pack.
        limits: What may be used of the machine.

    Raises:
        LedgerError: If nothing is published, or the question is none, changes something or cannot be answered.
    """
    months = current_tables(home)
    if not months:
        raise LedgerError("no month has been published yet", where="published/month", fix="sla month YYYY-MM makes the tables")
    newest = list(months.values())[-1]
    with Engine(limits) as engine:
        engine.execute(f"create schema {EVERY}")
        for name in sorted({name for tables in months.values() for name in tables}):
            engine.view(f'{EVERY}."{name}"', [tables[name] for tables in months.values() if name in tables])
        for name, file in newest.items():
            engine.view(f'main."{name}"', [file])
        engine.shut()
        return _answer(engine, question, list(newest))


def _answer(engine: Engine, question: str, names: list[str]) -> tuple[list[str], list[dict[str, Any]]]:
    try:
        statements = engine.connection.extract_statements(question)
        if len(statements) != 1 or statements[0].type.name not in READING:
            raise LedgerError("one SELECT is asked for", where="sla sql", fix='write one, such as sla sql "select * from sla_results"')
        found = engine.connection.execute(statements[0])
        columns = [column[0] for column in found.description or ()]
        return columns, [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error as error:
        raise LedgerError(str(error).split("\n\n")[0], where="sla sql", known=_near(str(error), names), fix="mend the question") from error


def _near(message: str, names: list[str]) -> list[str]:
    """Return the tables whose names come close to a word of DuckDB's complaint; all of them where it names no table."""
    words = message.replace('"', " ").replace("!", " ").split()
    near = [name for word in words for name in get_close_matches(word, names, MOST_NAMED, 0.7)]
    return list(dict.fromkeys(near)) or names
