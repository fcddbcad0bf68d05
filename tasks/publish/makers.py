"""Which file of the program makes a table: where a proof's arithmetic can be read."""

from __future__ import annotations

from pathlib import Path

from tasks.model.dictionary import dictionary
from tasks.store.engine import SQL
from tasks.store.home import CHECKOUT

DECIDED_IN_PYTHON = {
    "backing_gaps": "tasks/model/backing.py",
    "chronic_triggers": "tasks/measure/chronic.py",
    "claims": "tasks/measure/claims.py",
    "credits": "tasks/measure/credits.py",
    "credit_steps": "tasks/measure/credits.py",
    **dict.fromkeys(("deployment_exposure", "deployment_lags", "metric_funnel"), "tasks/measure/metrics.py"),
    "metrics": "tasks/measure/metrics.py",
    "vendor_accuracy": "tasks/measure/accuracy.py",
}


def maker_file(table: str) -> Path:
    """Return the SQL file that builds a table, else the Python that decides it.

    Raises:
        KeyError: If nothing is known to make it.
    """
    room = SQL / dictionary().tables[table].room
    files = (room / f"{table}.sql", room / f"piece__{table}.sql")  # a staged table is the sum of its pieces
    return next((file for file in files if file.is_file()), None) or CHECKOUT / DECIDED_IN_PYTHON[table]


def maker_of(table: str) -> str:
    """Return the path of that file inside the checkout."""
    return maker_file(table).relative_to(CHECKOUT).as_posix()
