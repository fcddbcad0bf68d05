"""The walls: what SQL may read and say, and what direct mode may import."""

import re
import subprocess
import sys

import pytest

from tasks.store.engine import SCHEMAS, SQL, Model, models_of
from tasks.store.home import CHECKOUT

ROOMS = ("run", "staged", "reconciled", "measured", "published")
MODELS = [model for room in ROOMS for model in models_of(room)]
CLOCKS_AND_ZONES = re.compile(
    r"\bat\s+time\s+zone\b|\bnow\s*\(|\bcurrent_(date|time|timestamp)\b|\btoday\s*\(|\brandom\s*\(|\buuid\s*\(", re.IGNORECASE
)


def address(model: Model) -> str:
    return model.path.relative_to(SQL).as_posix()


def without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)


@pytest.mark.parametrize("model", MODELS, ids=address)
def test_a_model_reads_its_own_or_an_earlier_room(model):
    # what a run knows is joined by every room, and is itself made from the staged catalogue
    allowed = ("run", "staged") if model.room == "run" else SCHEMAS[: SCHEMAS.index(model.room) + 1]
    later = [read for read in model.reads if read.split(".")[0] not in allowed]
    assert not later, f"{address(model)} reads {later}"


@pytest.mark.parametrize("model", MODELS, ids=address)
def test_a_header_says_what_a_model_builds_and_what_a_row_is(model):
    first = model.sql.splitlines()[0]
    assert re.match(rf"-- builds  {model.room}\.{model.table}\b.*: ", first), first


@pytest.mark.parametrize("model", MODELS, ids=address)
def test_sql_knows_no_clock_no_zone_and_no_chance(model):
    found = CLOCKS_AND_ZONES.search(without_comments(model.sql))
    assert not found, f"{address(model)} says {found.group(0) if found else ''}"


def test_direct_mode_imports_no_prefect_and_help_imports_no_engine():
    script = """
import sys
import flows.cli
heavy = {"prefect", "great_expectations", "pandas", "duckdb"} & set(sys.modules)
assert not heavy, heavy
from tasks.orchestration import set_direct
set_direct()
import flows.month, flows.daily, flows.fetch
assert "prefect" not in sys.modules
assert "great_expectations" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
