"""`sla metrics` on the small world: October's three outages by the command, in words and as rows."""

import json

import pytest
from typer.testing import CliRunner

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.cli import app  # noqa: E402 - the mode is set before a flow is imported
from flows.land import land  # noqa: E402
from tasks.model.dictionary import dictionary  # noqa: E402
from tests.flows.small_home import CLOCK, make_small_home  # noqa: E402


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    root = make_small_home(tmp_path_factory.mktemp("small"))
    land(str(root), clock=CLOCK)
    return root


def asked(root, *arguments):
    return CliRunner().invoke(app, ["metrics", "--home", str(root), "--direct", "--clock", CLOCK, *arguments])


def test_any_days_have_their_metrics_as_rows_and_in_words(landed):
    answer = asked(landed, "--from", "2026-10-01", "--to", "2026-10-31", "--json")
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.stdout)["metrics"]
    assert list(rows[0]) == [column.name for column in dictionary().tables["metrics"].columns]
    every = {row["metric_id"]: row for row in rows if row["filter"] == "{}"}
    assert {row["period"] for row in rows} == {"2026-10"}
    assert (every["outages"]["n"], every["mtrs"]["n"]) == (3, 3)
    words = asked(landed, "--from", "2026-10-07", "--to", "2026-10-07", "--by", "service").stdout
    assert "2026-10-07/2026-10-07:" in words
    assert "Outages: 1 [0 to 6, 95 % Poisson]" in words
    assert "Mean outage length (MTRS): too few for a figure (n = 1)" in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--from", "2026-10-31", "--to", "2026-10-01"], "comes before", id="days in the wrong order"),
        pytest.param(["--from", "yesterday", "--to", "2026-10-01"], "no period", id="no day"),
        pytest.param(["--from", "2026-10", "--to", "2026-10", "--by", "person"], "no dimension", id="people are no dimension"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(landed, arguments, said):
    answer = asked(landed, *arguments)
    assert answer.exit_code == 2
    assert said in answer.output
