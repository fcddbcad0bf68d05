"""Rules that people wrote, judged over what was really landed and staged: the same verdict rows as the built-in ones (DOMAIN 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.gate.doors import create_gate_tables, verdict_rows
from tasks.gate.own_rules import as_rule
from tasks.gate.rules import rules_of
from tasks.model.errors import LedgerError
from tasks.model.policy import resolve_policy
from tasks.model.run import Run
from tasks.store.engine import Engine
from tasks.store.knowledge import known_at
from tasks.store.own_rules import find_offending, read_own_rules
from tasks.store.reference import Reference
from tasks.store.run_tables import create_run_tables
from tests.gate.test_counts import CATALOGUE, COUNTS, TICKETS, watched
from tests.stage.desk import NOON, Desk

OF_OCTOBER = "-- of  staged.ticket, run.context as run where opened_at >= run.period_start_at\n"
HEADER = "-- id {id}\n-- words all is well\n-- limit {limit}\n-- verdict {verdict}\n"
LATE = "select ticket_key{more} from staged.ticket where acknowledged_at > opened_at + interval 30 minute\n"
ROWS = (  # five of October, T-1 to T-3 acknowledged late; T-6 is of September, late too
    *("T-1,A,P1,closed,2026-10-07T10:00:00Z,2026-10-07T11:00:00Z", "T-2,A,P1,closed,2026-10-08T10:00:00Z,2026-10-08T11:00:00Z"),
    *("T-3,B,P1,closed,2026-10-09T10:00:00Z,2026-10-09T11:00:00Z", "T-4,A,P1,closed,2026-10-10T10:00:00Z,2026-10-10T10:01:00Z"),
    *("T-5,A,P1,closed,2026-10-11T10:00:00Z,", "T-6,B,P1,closed,2026-09-11T10:00:00Z,2026-09-11T11:00:00Z"),
)
OCTOBERS = LATE.replace("from staged.ticket", "from staged.ticket, run.context as run").replace(
    "\n", " and opened_at >= run.period_start_at\n"
)
RULES = {
    "within.sql": HEADER.format(id="WITHIN", limit="4", verdict="block") + LATE.format(more=""),
    "warned.sql": HEADER.format(id="WARNED", limit="3 rows", verdict="warn") + LATE.format(more=""),
    "share.sql": HEADER.format(id="SHARE", limit="59.9999 %", verdict="block")
    + OF_OCTOBER
    + OCTOBERS.format(more=", service_raw as service_id"),
    "even.sql": HEADER.format(id="EVEN", limit="60 %", verdict="block") + OF_OCTOBER + OCTOBERS.format(more=""),
    "all.sql": HEADER.format(id="ALL", limit="0", verdict="block") + LATE.format(more=""),
    "money.sql": HEADER.format(id="MONEY", limit="0", verdict="block_credits")
    + LATE.format(more=", if(ticket_key = 'T-1', null, 'A') as service_id"),
    "nothing.sql": HEADER.format(id="NOTHING", limit="0", verdict="block") + "select * from staged.vendor_record where provider_id = 'x'\n",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """Return the verdict row of each rule, of one month judged with all of them."""
    desk = Desk(tmp_path_factory.mktemp("estate"))
    desk.declare("reference", "service_catalogue")
    desk.declare("tool", "ticket")
    header = TICKETS.replace("resolved_at", "acknowledged_at")
    desk.land(("reference", "services.csv", CATALOGUE), ("tool", "t.csv", header + "\n".join(ROWS) + "\n"))
    rules, faults = read_own_rules({name: text.encode() for name, text in RULES.items()})
    assert not faults
    known = known_at(desk.journal, None, now=datetime(2027, 1, 1, tzinfo=UTC))
    start_at, end_at = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    run = Run("0" * 16, "month", "2026-10", start_at, end_at, NOON, "eu", "UTC")
    policy = resolve_policy()
    reference = Reference((), (), {}, policy, (), (), (), (), rules=rules)
    with Engine() as engine:
        desk.stage().show(engine)
        create_run_tables(engine, run, reference)
        create_gate_tables(engine, known.landings, reference, run)
        engine.create("measured.watch_counts", COUNTS, [watched(run.period)])
        engine.shut()
        rows = verdict_rows(engine, (*rules_of(policy.quality), *map(as_rule, rules)), reference, run.period)
    return {row["rule_id"]: row for row in rows}


@pytest.mark.parametrize(
    ("rule_id", "verdict", "observed", "affected", "effect", "limit"),
    [
        pytest.param("WITHIN", "pass", "4 of 6: T-1, T-2, T-3 …", [], "met", "at most 4 rows, else block", id="four rows are within four"),
        pytest.param("WARNED", "warn", "4 of 6: T-1, T-2, T-3 …", [], "met", "at most 3 rows, else warn", id="and beyond three"),
        pytest.param(
            *("SHARE", "block", "3 of 5: T-1, T-2, T-3", ["A", "B"], "met", "at most 59.9999 %, else block"),
            id="a share of the month's rows",
        ),
        pytest.param("EVEN", "pass", "3 of 5: T-1, T-2, T-3", [], "met", "at most 60 %, else block", id="a share exactly on its limit"),
        pytest.param("ALL", "block", "4 of 6: T-1, T-2, T-3 …", ["A", "B"], "met", "none, else block", id="who names no service means all"),
        pytest.param(
            *("MONEY", "block", "4 of 6: T-1, T-2, T-3 …", ["A", "B"], "credits", "none, else block"),
            id="a row without its service means all",
        ),
        pytest.param("NOTHING", "pass", "nothing to check", [], "met", "none, else block", id="no row, no fault"),
    ],
)
def test_a_rule_is_judged_by_its_own_limit(verdicts, rule_id, verdict, observed, affected, effect, limit):
    row = verdicts[rule_id]
    assert (row["verdict"], row["observed"], row["affected"], row["effect"], row["limit_value"]) == (
        verdict,
        observed,
        affected,
        effect,
        limit,
    )
    assert (row["period"], row["source_system"], row["entity"], row["scope_id"]) == (
        *("2026-10", "-", "vendor_record" if rule_id == "NOTHING" else "ticket", "-"),
    )


def test_the_built_in_rules_are_judged_beside_them(verdicts):
    assert verdicts["DQ-05"]["verdict"] == "pass"
    assert verdicts["DQ-REF"]["observed"] == "nothing to check"


def test_a_rule_that_fails_on_what_it_finds_does_not_pass_but_says_where(tmp_path):
    sql = HEADER.format(id="ODD", limit="0", verdict="warn") + "select ticket_key from staged.ticket\nwhere title::int > 0\n"
    (rule,), _ = read_own_rules({"reference/rules/odd.sql": sql.encode()})
    with Engine() as engine:
        engine.execute("create table staged.ticket as select 'T-1' as ticket_key, 'Pages fail' as title")
        engine.shut()
        with pytest.raises(LedgerError, match="Could not convert string 'Pages fail' to INT32") as caught:
            find_offending(engine, rule)
    assert caught.value.where == "reference/rules/odd.sql:6"


@pytest.mark.parametrize(
    ("column", "names"),
    [
        pytest.param("title", (), id="free text names nothing"),
        pytest.param("title as called", ("ask [email]",), id="under another name it is redacted"),
        pytest.param("ticket_key", ("T-1",), id="a key names its row"),
    ],
)
def test_rows_that_offend_are_not_called_by_what_may_name_a_person(column, names):
    sql = HEADER.format(id="ODD", limit="0", verdict="warn") + f"select {column} from staged.ticket\n"
    (rule,), _ = read_own_rules({"reference/rules/odd.sql": sql.encode()})
    with Engine() as engine:
        engine.execute("create table staged.ticket as select 'T-1' as ticket_key, 'ask jo@example.com' as title")
        engine.shut()
        assert find_offending(engine, rule).names == names
