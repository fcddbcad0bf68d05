"""What the program itself is, as hashes: part of every run's name (DESIGN 1.1, tables.yml `manifest.code`)."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

from tasks.model.identity import sha256_file, sha256_json
from tasks.store.home import CHECKOUT

CODE_FOLDERS = ("flows", "tasks", "sql", "reports")
DOCUMENTATION = ("reports/handbook/", "reports/starter/")  # what no result depends on


@cache
def tree_sha256() -> str:
    """Return the hash over flows, tasks, sql and report templates, without what no result depends on and compiled files."""
    return sha256_json([[file.relative_to(CHECKOUT).as_posix(), sha256_file(file)] for file in _code_files()])


@cache
def lock_sha256() -> str:
    """Return the hash of the lock file; of nothing, if the program runs without one."""
    lock = CHECKOUT / "requirements.lock"
    return sha256_file(lock) if lock.is_file() else ""


@cache
def code_sha256() -> str:
    """Return one hash for code and lock: what a room's key carries."""
    return sha256_json([tree_sha256(), lock_sha256()])


def code_version() -> str:
    """Return the version in pyproject.toml, as installed."""
    return version("sla-ledger")


def library_version(name: str) -> str:
    """Return the installed version of a library, for the manifest."""
    return version(name)


def _code_files() -> list[Path]:
    files = []
    for folder in CODE_FOLDERS:
        for file in (CHECKOUT / folder).rglob("*"):
            address = file.relative_to(CHECKOUT).as_posix()
            documentation = address.startswith(DOCUMENTATION) or file.name == "README.md"
            if file.is_file() and "__pycache__" not in file.parts and not documentation:
                files.append(file)
    return sorted(files, key=lambda file: file.relative_to(CHECKOUT).as_posix())
