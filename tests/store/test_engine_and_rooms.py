"""Engine and rooms: SQL in the order of what it reads; Parquet whole or not at all, the same bytes from the same rows."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.model.dictionary import Column
from tasks.model.errors import BlockedError
from tasks.store.engine import Engine, Limits, tables_read
from tasks.store.home import Home
from tasks.store.room import building, find_room, room_key, write_parquet

COLUMNS = (
    Column(name="id", type="VARCHAR", nullable=False, meaning="key"),
    Column(name="amount", type="DECIMAL(18,4)", nullable=True, meaning="money"),
    Column(name="body", type="JSON", nullable=True, meaning="JSON"),
)
TYPES = {"id": "VARCHAR", "amount": "DECIMAL(18,4)", "body": "JSON"}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, "Test", "eu", "UTC")


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        pytest.param(
            "with x as (select 1 from a.b) select * from x join c.d using (k)", ("a.b", "c.d"), id="common table expressions are not tables"
        ),
        pytest.param("select 1 where exists (select 1 from run.z)", ("run.z",), id="subqueries are read too"),
    ],
)
def test_what_a_select_reads_is_parsed_not_guessed(sql, reads):
    assert tables_read(sql, duckdb.connect()) == reads


def test_two_statements_in_one_file_are_refused():
    with pytest.raises(ValueError, match="not one SELECT"):
        tables_read("select 1; select 2", duckdb.connect())


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path, threads):
    rows = [{"id": f"{number:06}", "amount": f"{number}.25", "body": '{"a":1}'} for number in range(5_000)]
    digests = set()
    for order in (rows, rows[::-1]):
        with Engine(Limits(threads=threads)) as engine:
            engine.create("staged.t", TYPES, order)
            write_parquet(engine, "staged.t", tmp_path / "t.parquet", COLUMNS, ("id",))
            digests.add((tmp_path / "t.parquet").read_bytes())
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("types", "rows", "words"),
    [
        pytest.param({"id": "VARCHAR", "amount": "DOUBLE", "body": "JSON"}, [], "amount is DOUBLE", id="a float never stands for money"),
        pytest.param({"id": "VARCHAR", "amount": "HUGEINT", "body": "JSON"}, [], "amount is HUGEINT", id="a sum not cast back is refused"),
        pytest.param({"id": "VARCHAR", "amount": "DECIMAL(18,4)"}, [], "no column body", id="a missing column is named"),
        pytest.param(TYPES, [{"id": None}], "id is null in 1 rows", id="null where the dictionary forbids it"),
    ],
)
def test_the_room_writer_refuses_what_the_dictionary_does_not_say(tmp_path, types, rows, words):
    with Engine() as engine, pytest.raises(BlockedError, match=words):
        engine.create("staged.t", types, rows)
        write_parquet(engine, "staged.t", tmp_path / "t.parquet", COLUMNS, ("id",))


def test_a_room_left_half_written_is_never_seen(home):
    inputs = {"step": "test"}
    key = room_key(inputs)
    with Engine() as engine, pytest.raises(RuntimeError), building(home, "staged", key, inputs) as room:
        engine.create("staged.t", TYPES, [{"id": "1"}])
        room.write(engine, "t", COLUMNS, ("id",))
        raise RuntimeError("killed")
    assert find_room(home, "staged", key) is None
    assert list(home.room("staged").iterdir()) == []


def test_a_finished_room_is_found_by_the_hash_of_its_inputs(home):
    inputs = {"step": "test", "as_of": "2026-11-01T00:00:00Z"}
    key = room_key(inputs)
    with Engine() as engine, building(home, "staged", key, inputs) as room:
        engine.create("staged.t", TYPES, [{"id": "1", "amount": "2.50"}])
        room.write(engine, "t", COLUMNS, ("id",))
    found = find_room(home, "staged", key)
    assert found is not None
    with Engine() as engine:
        found.show(engine)
        assert engine.execute("select id, amount::varchar from staged.t").fetchall() == [("1", "2.5000")]


def test_rows_from_python_arrive_as_they_are():
    columns = {
        "id": "VARCHAR",
        "amount": "DECIMAL(38,0)",
        "share": "DECIMAL(9,6)",
        "is_on": "BOOLEAN",
        "start_at": "TIMESTAMPTZ",
        "first_on": "DATE",
        "names": "VARCHAR[]",
    }
    row = {
        "id": 'a "quoted" \n line, \x00 and é',
        "amount": 10**37 + 1,
        "share": Decimal("1E-6"),
        "is_on": False,
        "start_at": datetime(2026, 10, 25, 2, 30, 0, 1, timezone(timedelta(hours=2))),
        "first_on": date(2026, 10, 25),
        "names": ["b", None, ""],
    }
    with Engine() as engine:
        engine.create("run.t", columns, [row, {}, {"names": []}])
        first, empty, listed = engine.rows("from run.t")
    assert first == row
    assert set(empty.values()) == {None}
    assert listed["names"] == []


def test_a_value_that_no_column_can_hold_is_refused():
    with Engine() as engine, pytest.raises(TypeError, match="set has no place in a table"):
        engine.create("run.t", {"id": "VARCHAR"}, [{"id": {"a"}}])


def test_a_folder_called_like_a_pattern_is_read_alone(tmp_path):
    for number, folder in enumerate(("home[1]", "home1", "home*")):
        (tmp_path / folder).mkdir()
        pq.write_table(pa.table({"number": [number]}), tmp_path / folder / "a.parquet")
    with Engine() as engine:
        for number, folder in ((0, "home[1]"), (2, "home*")):
            engine.view("staged.numbers", [tmp_path / folder / "a.parquet"])
            assert engine.rows("from staged.numbers") == [{"number": number}]
