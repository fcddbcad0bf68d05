"""LATEST: where it moves, and where it never does."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tasks.model.run import Run
from tasks.store.home import Home
from tasks.store.packs import MANIFEST, point_latest

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
OLD = Run("old", "month", "2026-10", NOON - timedelta(days=33), NOON - timedelta(days=3), NOON, "eu", "UTC")
NEW = replace(OLD, run_id="new")
DAY = timedelta(days=1)


def publish(home, run):
    folder = home.pack(run.occasion, run.period, run.run_id)
    folder.mkdir(parents=True)
    content = {"as_of": run.as_of.isoformat(), "is_simulated": run.is_simulated}
    (folder / MANIFEST).write_text(json.dumps(content))
    point_latest(home, run)


@pytest.mark.parametrize(
    ("old", "new", "latest"),
    [
        pytest.param(OLD, replace(NEW, as_of=NOON + DAY), "new", id="later knowledge is shown"),
        pytest.param(OLD, NEW, "new", id="the same knowledge read by newer code is shown"),
        pytest.param(OLD, replace(NEW, as_of=NOON - DAY), "old", id="an older view is not"),
        pytest.param(OLD, replace(NEW, as_of=NOON + DAY, is_preview=True), "old", id="a preview is not"),
        pytest.param(OLD, replace(NEW, as_of=NOON + DAY, is_simulated=True), "old", id="a rehearsal does not hide a record"),
        pytest.param(replace(OLD, is_simulated=True), replace(NEW, as_of=NOON - DAY), "new", id="a record replaces any rehearsal"),
        pytest.param(
            replace(OLD, is_simulated=True), replace(NEW, as_of=NOON + DAY, is_simulated=True), "new", id="a rehearsal follows a rehearsal"
        ),
        pytest.param(
            replace(OLD, is_simulated=True), replace(NEW, as_of=NOON - DAY, is_simulated=True), "old", id="but not back to an older view"
        ),
        pytest.param(replace(OLD, is_preview=True), replace(NEW, is_simulated=True), "new", id="where there is none, a rehearsal is shown"),
    ],
)
def test_latest_never_moves_backwards_nor_from_a_record_to_a_rehearsal(tmp_path, old, new, latest):
    home = Home(tmp_path, "Test", "eu", "UTC")
    publish(home, old)
    publish(home, new)
    assert home.latest("month", "2026-10").read_text().strip() == latest
