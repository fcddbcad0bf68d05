"""Bad inputs, all in one home: each is judged as worked by hand, no row is lost on the way in, and none goes nowhere afterwards."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from tasks.land.landing import LandReport, land  # noqa: E402 - the mode is set before a step is imported
from tasks.model.errors import FaultsError  # noqa: E402
from tasks.model.run import Run  # noqa: E402
from tasks.reconcile.reconciliation import reconcile  # noqa: E402
from tasks.stage.staging import stage  # noqa: E402
from tasks.store.engine import Engine, Limits  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.knowledge import known_at  # noqa: E402
from tasks.store.reference import load_reference  # noqa: E402
from tests.flows.bad_inputs import BAD_INPUTS, REFERENCE, TODAY, TYPOS, YESTERDAY, BadInput, Drop  # noqa: E402

MATCHED = ("ticket", "alert", "vendor_record")
NOW = datetime(2027, 1, 1, tzinfo=UTC)
BAD = [pytest.param(bad, id=bad.name) for bad in BAD_INPUTS]


def write_home(root: Path) -> None:
    for name, text in REFERENCE.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def put(root: Path, drop: Drop) -> None:
    file = root / "inbox" / drop.source / drop.name
    file.parent.mkdir(parents=True, exist_ok=True)
    if drop.content is None:
        os.mkfifo(file)
    else:
        file.write_bytes(drop.content)


Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Month:
    """What became of all of them: what landing said on each day, then rows of staging and reconciling by the journal row of their file."""

    reports: dict[str, LandReport]
    balance: dict[int, Rows]
    issues: dict[int, Rows]
    current: dict[int, Rows]
    placed: dict[str, dict[str, Any]]
    sums: Rows

    def of(self, bad: BadInput, rows: dict[int, Rows]) -> Rows:
        """Return the rows of its files."""
        return [row for seq in self.landings(bad) for row in rows[seq]]

    def landings(self, bad: BadInput) -> dict[int, int]:
        """Return the journal rows of its files, and how many rows landing counted in each."""
        names = {(drop.day, drop.source, drop.name) for drop in bad.drops}
        landed = [(day, row.seq, row.body or {}) for day, report in self.reports.items() for row in report.landed]
        return {seq: body["rows"] for day, seq, body in landed if (day, body["source_id"], body["file"]) in names}

    def refusals(self, bad: BadInput) -> list[str]:
        said = [(day, error) for day, report in self.reports.items() for error in report.refused]
        places = {(day, quoted) for day, place in places_of(bad) for quoted in (place, repr(place))}
        return [str(error) for day, error in said if (day, error.where) in places]

    def skips(self, bad: BadInput) -> int:
        return len(places_of(bad) & {(day, place) for day, report in self.reports.items() for place in report.skipped})


def places_of(bad: BadInput) -> set[tuple[str, str]]:
    return {(drop.day, f"inbox/{drop.source}/{drop.name}") for drop in bad.drops}


def by_landing(rows: Rows) -> dict[int, Rows]:
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[row["landing_seq"]].append(row)
    return found


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Land them in two calls, stage and reconcile them all."""
    root = tmp_path_factory.mktemp("bad")
    write_home(root)
    home = open_home(root)
    reference, journal, reports = load_reference(home), Journal.open(home), {}
    for day in (YESTERDAY, TODAY):
        for drop in [drop for bad in BAD_INPUTS for drop in bad.drops if drop.day == day]:
            put(root, drop)
        reports[day] = land(
            home, reference.sources, journal, now=datetime.fromisoformat(day), mappings=reference.mappings, sleep=lambda _: None
        )
    known = known_at(journal, None, now=NOW)
    staged = stage(home, known, reference.sources, Limits(), reference.mappings)
    start_at, end_at = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
    run = Run("0" * 16, "month", "2026-10", start_at, end_at, known.as_of, home.region, home.display_timezone)
    room = reconcile(home, staged, reference, run, Limits())
    with Engine() as engine:
        staged.show(engine)
        room.show(engine)
        current = [row for entity in MATCHED for row in engine.rows(f"from staged.{entity} order by source_key")]
        return Month(
            reports,
            by_landing(engine.rows("from staged.file_balance")),
            by_landing(engine.rows("from staged.issues")),
            by_landing(current),
            {row["raw_id"]: row for row in engine.rows("from reconciled.placement")},
            engine.rows("from staged.balance"),
        )


def test_there_are_more_than_forty_and_no_name_is_used_twice() -> None:
    assert len({bad.name for bad in BAD_INPUTS}) == len(BAD_INPUTS) > 40


@pytest.mark.parametrize("bad", BAD)
def test_each_is_judged_as_worked_by_hand(month: Month, bad: BadInput) -> None:
    names = ("accepted", "quarantined", "duplicates", "superseded")
    balance = month.of(bad, month.balance)
    assert {name: sum(row[name] for row in balance) for name in names} == {name: getattr(bad, name) for name in names}
    assert sorted(f"{row['issue']} {row['column_name']}" for row in month.of(bad, month.issues)) == list(bad.findings)
    refusals = month.refusals(bad)
    assert len(refusals) == bool(bad.refused)
    assert all(bad.refused in refusal and "fix:" in refusal for refusal in refusals)
    assert month.skips(bad) == bad.skipped
    if bad.holds:
        first, *_ = month.of(bad, month.current)
        assert {name: shown(first[name]) for name in bad.holds} == bad.holds


def shown(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if isinstance(value, datetime) else value


@pytest.mark.parametrize("bad", BAD)
def test_whatever_is_read_is_accepted_set_aside_or_a_duplicate(month: Month, bad: BadInput) -> None:
    balance = month.of(bad, month.balance)
    assert all(row["read"] == row["accepted"] + row["quarantined"] + row["duplicates"] for row in balance)
    assert {row["landing_seq"]: row["read"] for row in balance} == month.landings(bad), "as many as landing counted"


@pytest.mark.parametrize("bad", BAD)
def test_whatever_is_accepted_stands_in_an_incident_or_has_a_listed_reason(month: Month, bad: BadInput) -> None:
    placed = [month.placed[row["raw_id"]] for row in month.of(bad, month.current)]
    assert all((row["placed_as"], row["reason"]) == ("incident", None) for row in placed if row["incident_id"])
    assert sorted(str(row["reason"]) for row in placed if not row["incident_id"]) == sorted(bad.orphans)
    gone = sum(row["superseded"] + row["dropped"] for row in month.of(bad, month.balance))
    assert len(placed) == bad.accepted - gone


def test_the_whole_home_balances_and_every_finding_tells_its_place(month: Month) -> None:
    assert all(row["read"] == row["accepted"] + row["quarantined"] + row["duplicates"] for row in month.sums)
    assert not [row for row in month.placed.values() if not row["incident_id"] and not row["reason"]]
    findings = [row for rows in month.issues.values() for row in rows]
    assert all(row["source_file"] and row["source_row"] is not None and row["rule_id"] for row in findings)


@pytest.mark.parametrize(("old", "new", "words"), [pytest.param(*typo, id=name) for name, *typo in TYPOS])
def test_a_typo_in_a_mapping_is_told_with_file_line_and_what_was_possible(tmp_path: Path, old: str, new: str, words: str) -> None:
    write_home(tmp_path)
    mapping = tmp_path / "reference/mappings/sheet.yml"
    assert old in REFERENCE["reference/mappings/sheet.yml"]
    mapping.write_text(mapping.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(FaultsError) as raised:
        load_reference(open_home(tmp_path))
    assert words in str(raised.value)
    assert "reference/mappings/sheet.yml:" in str(raised.value)
