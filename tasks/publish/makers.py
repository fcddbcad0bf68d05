"""Which file of the program makes a table: where a proof's arithmetic can be read."""

from __future__ import annotations

from pathlib import Path

from tasks.model.dictionary import dictionary
from tasks.store.engine import SQL
from tasks.store.home import CHECKOUT

DECIDED_IN_PYTHON = {
    "claims": "tasks/measure/claims.py",
    "credits": "tasks/measure/credits.py",
    "credit_steps": "tasks/measure/credits.py",
    "metrics": "tasks/measure/metrics.py",
}


def maker_file(table: str) -> Path:
    """Return the SQL file that builds a table, else the Python that decides it."""
    room = dictionary().tables[table].room
    file = SQL / room / f"{table}.sql"
    return file if file.is_file() else CHECKOUT / DECIDED_IN_PYTHON.get(table, f"tasks/{table}")


def maker_of(table: str) -> str:
    """Return the path of that file inside the checkout."""
    return maker_file(table).relative_to(CHECKOUT).as_posix()
