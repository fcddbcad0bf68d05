"""Hundreds of contracts, calendars and services in one home: every case says what its oracle says."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month  # noqa: E402 - the mode is set before a flow is imported
from tests.flows.wide_home import CLOCK, PERIOD, ClockCase, LevelCase, cases, instant, make_wide_home  # noqa: E402
from tests.measure.calendar_oracle import month_bounds  # noqa: E402
from tests.measure.level_oracle import MINUTE_US  # noqa: E402

SERVICES = 300
FEW = 26
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The wide home after one monthly run; read only."""
    return month(str(make_wide_home(tmp_path_factory.mktemp("wide"), SERVICES)), PERIOD, clock=CLOCK)


def test_the_ledger_of_every_clock_accounts_for_every_second_of_it(finished):
    spans: dict[str, list[dict[str, str]]] = {}
    for row in table(finished, "clock_ledger"):
        spans.setdefault(row["subject_id"], []).append(row)
    for target in table(finished, "incident_targets"):
        own = sorted(spans.get(target["target_id"], []), key=lambda row: row["start_at"])
        if not own:  # plain counting from start to stop is no news
            assert target["paused_us"] == target["closed_us"] == "0"
            continue
        assert (own[0]["start_at"], own[-1]["end_at"]) == (target["started_at"], target["stopped_at"])
        assert all(one["end_at"] == following["start_at"] for one, following in pairwise(own))
        for counted_as, column in (("counted", "elapsed_us"), ("paused", "paused_us"), ("closed", "closed_us")):
            assert sum(int(row["length_us"]) for row in own if row["counted_as"] == counted_as) == int(target[column])


def test_every_missed_level_is_credited_by_its_tier_and_claimed_until_the_local_day_ends(finished):
    credits_ = {row["service_id"]: row for row in table(finished, "credits") if row["variant"] == "headline"}
    claims = {row["service_id"]: row for row in table(finished, "claims")}
    for case in cases(SERVICES):
        if isinstance(case, LevelCase):
            value = case.expected().value
            owed = 0 if value is None or value >= Fraction(999, 1000) else 100 if value >= Fraction(95, 100) else 500
            assert Fraction(credits_[case.name]["computed"] if case.name in credits_ else 0) == owed
            if owed:  # received before 30 November is over in the zone of the contract
                _, deadline_at = month_bounds(case.calendar["timezone"], 2026, 11)
                assert claims[case.name]["deadline_at"] == deadline_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def cut_in_pieces(root: Path, seed: int) -> Path:
    """Deal the rows of every inbox file out to three files, in another order."""
    for file in sorted(root.glob("inbox/*/*.csv")):
        heading, *rows = file.read_text(encoding="utf-8").splitlines()
        random.Random(seed).shuffle(rows)
        file.unlink()
        for piece in range(3):
            file.with_stem(f"{file.stem}-{piece}").write_text("\n".join([heading, *rows[piece::3], ""]), encoding="utf-8")
    return root


def test_files_cut_in_pieces_and_more_threads_change_no_figure(tmp_path):
    whole = month(str(make_wide_home(tmp_path / "whole", FEW)), PERIOD, clock=CLOCK, threads=1)
    pieces = month(str(cut_in_pieces(make_wide_home(tmp_path / "pieces", FEW), 1)), PERIOD, clock=CLOCK, threads=4)
    for name in ("sla_results", "incident_targets", "target_thresholds", "credits", "breaches", "clock_ledger", "outage_intervals"):
        one, other = ([told(row) for row in table(outcome, name)] for outcome in (whole, pieces))
        assert one, name
        assert one == other, name


def told(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in ("run_id", "as_of")}


def table(outcome: Any, name: str) -> list[dict[str, str]]:
    with outcome.pack.folder.csv(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_clock_says_what_its_oracle_says(finished):
    found = {row["service_id"]: row for row in table(finished, "incident_targets")}
    asked = [case for case in cases(SERVICES) if isinstance(case, ClockCase)]
    assert {case.name: clock_told(found[case.name]) for case in asked} == {case.name: clock_wanted(case.expected()) for case in asked}


def clock_told(row: Mapping[str, str]) -> tuple[str, Fraction, str]:
    return row["status"], Fraction(int(row["elapsed_us"]), MINUTE_US), row["due_at"]


def clock_wanted(row: Mapping[str, Any]) -> tuple[str, Fraction, str]:
    return row["status"], Fraction(row["elapsed"]), instant(ceil(row["due"]))


def test_every_level_says_what_its_oracle_says(finished):
    found = {row["service_id"]: row for row in table(finished, "sla_results") if row["variant"] == "headline"}
    for case in cases(SERVICES):
        if isinstance(case, LevelCase):
            wanted, row = case.expected(), found[case.name]
            told = (
                int(row["agreed_us"]),
                int(row["down_us"]),
                int(row["excluded_us"]),
                Fraction(int(row["value_num"]), int(row["value_den"])),
            )
            assert told == (wanted.agreed, wanted.down, wanted.excluded, wanted.value), case
