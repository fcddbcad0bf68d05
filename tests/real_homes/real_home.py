"""Homes over real public data. Reference files stand here; the payloads lie beside the project, and most may not be committed."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.land import land  # noqa: E402 - the mode is set before a flow is imported
from flows.month import month  # noqa: E402
from flows.outcome import MonthOutcome  # noqa: E402
from tasks.store.home import CHECKOUT  # noqa: E402

SAMPLES = CHECKOUT.parent / "shared" / "samples"
CLOCK = "2026-09-01T09:00:00Z"  # after the newest extract
MINUTE_US = 60_000_000


def sample(name: str) -> Path:
    """Return a file of the shared samples; skip where they are not beside the project."""
    file = SAMPLES / name
    if not file.is_file():
        pytest.skip("the shared samples are not beside the project")
    return file


def month_of(home: str, root: Path, payloads: dict[str, str], period: str) -> MonthOutcome:
    """Copy a home and its payloads (sample → folder of the inbox), then do what `sla land` and `sla month` do."""
    files = {sample(name): root / home / "inbox" / folder for name, folder in payloads.items()}
    shutil.copytree(Path(__file__).parent / home, root / home)
    for file, folder in files.items():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)
    landed = land(str(root / home), clock=CLOCK)
    assert not landed.refused
    return month(str(root / home), period, clock=CLOCK)


def table(outcome: MonthOutcome, name: str, **wanted: str) -> list[dict[str, str]]:
    """Return the rows of a published table in which columns have the wanted values."""
    with outcome.pack.folder.csv(name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if all(row[column] == value for column, value in wanted.items())]


def levels(outcome: MonthOutcome, period: str) -> dict[str, tuple[int, str, str]]:
    """Return each service's headline: downtime in µs, value floored at six decimals, status."""
    rows = table(outcome, "sla_results", variant="headline", reading="default", period=period)
    return {row["service_id"]: (int(row["down_us"]), row["value_pct"], row["status"]) for row in rows}


def read_of(outcome: MonthOutcome, entity: str) -> int:
    """Return how many rows of an entity were read; fail unless every one of any source has a fate (DQ-09)."""
    rows = table(outcome, "row_balance")
    assert all(int(row["read"]) == int(row["accepted"]) + int(row["quarantined"]) + int(row["duplicates"]) for row in rows)
    assert all(row["unexplained"] == "0" for row in rows)
    return sum(int(row["read"]) for row in rows if row["entity"] == entity)
