"""Same input, same bytes: whatever the threads, the memory and the order of the files; and nothing is read twice (DESIGN 1)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tasks.store.engine import Engine, Limits
from tasks.store.room import ROWS_PER_GROUP
from tests.stage.desk import NOON, Desk

ROWS = ROWS_PER_GROUP + 27_120  # 150,000: more than one thread takes at once
HEADER = "alert_key,rule_id,component_raw,fired_at,signal,disposition,value\n"


def alerts(rows: int, zone: str = "Z") -> str:
    lines = (
        f"A-{n},r-{n % 7},web-{n % 11},2026-10-{1 + n % 24:02d}T{n % 24:02d}:{n % 60:02d}:00{zone},"
        f"{'odd' if n % 1_000 == 0 else 'latency'},{'true_positive' if n % 5_000 else ''},{n}.5\n"
        for n in range(rows)
    )
    return HEADER + "".join(lines)


def hashes(desk: Desk, limits: Limits) -> list[tuple[str, str]]:
    shutil.rmtree(desk.home.room("staged"), ignore_errors=True)
    return sorted((entry["table"], entry["sha256"]) for piece in desk.stage(limits=limits).pieces for entry in piece.card["tables"])


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param("Z", id="with offsets", marks=pytest.mark.soak),
        pytest.param("", id="in local time, whose zone is looked up"),
    ],
)
def test_bytes_do_not_depend_on_threads_or_memory_and_rows_keep_the_order_of_their_file(desk: Desk, zone: str) -> None:
    desk.declare("pager", "alert", zone="Europe/Berlin")
    desk.land(("pager", "alerts.csv", alerts(ROWS, zone)))
    expected = hashes(desk, Limits(threads=1))
    assert hashes(desk, Limits(threads=2)) == expected
    assert hashes(desk, Limits(threads=3, memory="400MB")) == expected
    with desk.shown() as engine:
        file = next(piece for piece in desk.stage().pieces).file("alert")
        (row,) = engine.rows(
            """
            select count(*) as n, bool_and(source_row > before) as is_in_order
            from (
                select source_row, lag(source_row, 1, 0) over (order by file_row_number) as before
                from read_parquet(?, file_row_number = true)
            )
            """,
            [str(file)],
        )
        assert row == {"n": ROWS - 30, "is_in_order": True}
        assert engine.rows("select count(*) as n from staged.issues") == [{"n": 30 + 150}]


def test_what_was_staged_is_not_read_again(desk: Desk) -> None:
    desk.declare("pager", "alert")
    desk.land(("pager", "alerts.csv", alerts(10)), at=NOON)
    first = desk.stage()
    shutil.rmtree(desk.home.room("raw"))
    assert desk.stage().key == first.key


def test_a_half_written_piece_is_made_again(desk: Desk) -> None:
    desk.declare("pager", "alert")
    desk.land(("pager", "alerts.csv", alerts(10)))
    (piece,) = desk.stage().pieces
    (piece.path / "room.json").unlink()
    (again,) = desk.stage().pieces
    assert again.card == piece.card


def test_another_declared_zone_makes_a_new_piece_and_keeps_the_old(desk: Desk) -> None:
    desk.land(("pager", "alerts.csv", alerts(10, "")))
    keys = []
    for zone in ("Europe/Berlin", "America/New_York"):
        desk.declare("pager", "alert", zone=zone)
        keys.append(desk.stage().key)
    assert keys[0] != keys[1]
    assert len([path for path in desk.home.room("staged").iterdir() if not path.name.startswith(".")]) == 2


def test_a_table_may_be_shown_alone(desk: Desk) -> None:
    desk.declare("pager", "alert")
    desk.land(("pager", "alerts.csv", alerts(10)))
    with Engine() as engine:
        desk.stage().show(engine, ["alert"])
        assert engine.has("staged.alert")
        assert not engine.has("staged.ticket")


def test_pieces_name_what_they_were_made_from(desk: Desk, tmp_path: Path) -> None:
    desk.declare("pager", "alert", system="probes")
    (seq,) = desk.land(("pager", "alerts.csv", alerts(1)))
    (piece,) = desk.stage().pieces
    assert piece.card["inputs"]["source"] == ["pager", "probes", "canonical", "1", None]
    assert piece.card["inputs"]["files"][0][:2] == [seq, "alerts.csv"]
    assert str(tmp_path) not in str(piece.card)
