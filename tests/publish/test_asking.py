"""`published/current` and `sla sql`: the latest packs' tables under steady names, and questions that can only read them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.words import as_columns
from tasks.model.errors import LedgerError
from tasks.publish.asking import ask
from tasks.store.current import show_current
from tasks.store.engine import Limits
from tasks.store.home import Home
from tests.publish.estate import RUN, home_at


def table(home, run_id, period, name, **columns):
    file = home.pack("month", period, run_id) / "tables" / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), file)
    return file


def shelve(home: Home, run_id: str, period: str, **tables) -> None:
    """Put a finished pack there whose run LATEST names."""
    for name, rows in tables.items():
        table(home, run_id, period, name, **rows)
    (home.pack("month", period, run_id) / "manifest.json").write_text("{}")
    home.latest("month", period).write_text(run_id + "\n")
    show_current(home)


@pytest.fixture
def home(tmp_path):
    home = home_at(tmp_path)
    shelve(home, "aaa", "2026-09", sla_results={"run_period": ["2026-09"], "value": [1]})
    shelve(home, "bbb", "2026-10", sla_results={"run_period": ["2026-10"], "value": [2], "flag": ["new"]}, credits={"payable": [7]})
    return home


def asked(home, question):
    return ask(home, question, Limits())[1]


def test_a_table_is_the_newest_month_s_and_every_month_has_all(home):
    assert asked(home, "select run_period, value from sla_results") == [{"run_period": "2026-10", "value": 2}]
    assert asked(home, "select run_period, value, flag from every_month.sla_results order by all") == [
        {"run_period": "2026-09", "value": 1, "flag": None},
        {"run_period": "2026-10", "value": 2, "flag": "new"},
    ]


def test_the_current_folder_follows_latest_and_forgets_tables_that_are_gone(home):
    current = home.room("published") / "current"
    assert pq.read_table(current / "credits.parquet").to_pylist() == [{"payable": 7}]
    shelve(home, "ccc", "2026-10", sla_results={"run_period": ["2026-10"], "value": [3]})
    assert pq.read_table(current / "sla_results.parquet").to_pylist() == [{"run_period": "2026-10", "value": 3}]
    assert not (current / "credits.parquet").exists()
    shelve(home, "ddd", "2026-08", sla_results={"run_period": ["2026-08"], "value": [0]})
    assert pq.read_table(current / "sla_results.parquet").to_pylist() == [{"run_period": "2026-10", "value": 3}]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        pytest.param("select * from slaresults", "slaresults does not exist", id="no such table"),
        pytest.param("select 1; select 2", "one SELECT is asked for", id="two questions"),
        pytest.param("", "one SELECT is asked for", id="none"),
        pytest.param("drop view sla_results", "one SELECT is asked for", id="a change"),
        pytest.param("copy sla_results to '/tmp/x.csv'", "one SELECT is asked for", id="a file written"),
        pytest.param("select * from read_text('/etc/hostname')", "disabled by configuration", id="a file read"),
        pytest.param("select * from 'https://example.org/x.parquet'", "disabled by configuration|does not exist", id="the network"),
        pytest.param("selec 1", "syntax error", id="no SQL"),
    ],
)
def test_a_question_can_only_read_the_tables(home, question, said):
    with pytest.raises(LedgerError, match=said):
        asked(home, question)


def test_a_near_miss_names_the_table(home):
    with pytest.raises(LedgerError) as error:
        asked(home, "select * from sla_result")
    assert error.value.known == ["sla_results"]


def test_before_the_first_month_there_is_nothing_to_ask(tmp_path):
    with pytest.raises(LedgerError, match="no month has been published yet"):
        asked(home_at(tmp_path), "select 1")


def test_a_published_month_is_found_there(month, month_home):
    (row,) = asked(month_home, "select count(*) as n, min(run_id) as run_id from sla_results")
    assert (row["n"] > 10, row["run_id"]) == (True, RUN.run_id)


def test_answers_stand_in_columns_with_numbers_to_the_right():
    rows = [{"name": "shop", "n": 12}, {"name": "checkout", "n": None}]
    assert as_columns(["name", "n"], rows) == "name       n\n--------  --\nshop      12\ncheckout   –"
