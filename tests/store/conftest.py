"""Journals to test: in SQLite, and in a PostgreSQL that is started once a session."""

from __future__ import annotations

import itertools

import pytest

from tests.store import postgres

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres_cluster():
    """The address of a running server, with {} for the database's name; skips if there can be none."""
    reason = postgres.why_not()
    if reason:
        pytest.skip(reason)
    with postgres.cluster() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_cluster):
    """The address of a new, empty database."""
    import psycopg

    name = f"home_{next(NUMBERS)}"
    with psycopg.connect(postgres_cluster.format("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return postgres_cluster.format(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request, tmp_path):
    """The address of a new journal, in either database."""
    return f"sqlite:///{tmp_path / 'journal.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
