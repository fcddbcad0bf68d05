"""Quality rules that people write: read strictly, every fault with its line, before any of them runs."""

from __future__ import annotations

import re

import pytest

from tasks.model.form import FormError
from tasks.model.own_rule import Allowance, OwnRule
from tasks.store.engine import Engine
from tasks.store.home import CHECKOUT
from tasks.store.own_rules import offered_tables, read_own_rules

HEADER = """\
-- id       OWN-1
-- words    every ticket names
--          the team that owns it
-- limit    2 %
-- verdict  warn
"""
SELECT = "select ticket_key from staged.ticket where assignment_group is null\n"
SECOND = "select incident_id, service_id from reconciled.incidents anti join staged.ticket using (ticket_key)\n"

SOUND = {
    "plain.sql": HEADER + SELECT,
    "several.sql": HEADER.replace("OWN-1", "OWN-2")
    + "-- of       reconciled.incidents where service_id is not null -- those that we know\n\n-- one is enough\n"
    + SECOND
    + "; -- and that is all\n",
    "three.sql": HEADER.replace("OWN-1", "own-3").replace("2 %", "3 rows").replace("warn", "block_credits")
    + "with late as (select * from staged.ticket, run.context as run where opened_at > run.as_of) select * from late\n",
}
FAULTY = {
    "no header": (SELECT, "NO_HEADER", 1, "the file has no header"),
    "a key left out": (HEADER.replace("-- limit    2 %\n", "") + SELECT, "MISSING_KEY", 1, "key 'limit' is missing"),
    "a key that is none": (HEADER + "-- verdicts warn\n" + SELECT, "UNKNOWN_KEY", 6, "no key 'verdicts'; did you mean 'verdict'?"),
    "a limit in words": (HEADER.replace("2 %", "a few") + SELECT, "WRONG_FORM", 4, "'a few' is no limit"),
    "more than all": (HEADER.replace("2 %", "101 %") + SELECT, "WRONG_FORM", 4, "'101 %' is no limit"),
    "an outcome that is none": (HEADER.replace("warn", "quarantine") + SELECT, "UNKNOWN_VALUE", 5, "no value 'quarantine'"),
    "an id of the program's": (HEADER.replace("OWN-1", "dq-17") + SELECT, "TAKEN", 1, "'dq-17' begins as the program's own rules do"),
    "two statements": (
        HEADER + "select 1\n;\nselect 2\n",
        "NOT_ONE_SELECT",
        8,
        "the file must hold one SELECT, and it holds SELECT, SELECT",
    ),
    "an insert": (HEADER + "insert into staged.ticket (ticket_key) values ('T')\n", "NOT_ONE_SELECT", 1, "… holds INSERT"),
    "a delete in a select": (HEADER + "with d as (delete from staged.ticket returning 1) from d\n", "NOT_ONE_SELECT", 1, "… holds DELETE"),
    "a pivot": (HEADER + "pivot staged.ticket on state\n", "NOT_ONE_SELECT", 1, "… holds PIVOT"),
    "nothing": (HEADER, "NOT_ONE_SELECT", 1, "… holds none"),
    "no SQL": (HEADER + "select ticket_key\nfrm staged.ticket\n", "NOT_SQL", 7, 'Parser Error: syntax error at or near "staged"'),
    "a table without its room": (
        HEADER + "select 1\nfrom ticket\n",
        "UNKNOWN_TABLE",
        7,
        "no table 'ticket'; did you mean 'staged.ticket'?",
    ),
    "a working table": (HEADER + "from reconciled.candidate_pairs", "UNKNOWN_TABLE", 6, "no table 'reconciled.candidate_pairs'"),
    "a later room": (HEADER + "from measured.sla_results", "UNKNOWN_TABLE", 6, "no table 'measured.sla_results'"),
    "the engine's own tables": (HEADER + "from information_schema.tables", "UNKNOWN_TABLE", 6, "no table 'information_schema.tables'"),
    "another database's table": (HEADER + "from memory.staged.ticket", "UNKNOWN_TABLE", 6, "no table 'memory.staged.ticket'"),
    "a file as a table": (HEADER + "from '/etc/passwd'", "UNKNOWN_TABLE", 6, "no table '/etc/passwd'"),
    "a file read": (HEADER + "select *\nfrom read_text('/etc/passwd')", "NOT_ALLOWED", 7, "a rule may not use read_text()"),
    "a table named by text": (HEADER + "from query_table('staged.ticket')", "NOT_ALLOWED", 6, "a rule may not use query_table()"),
    "a clock": (HEADER + "select 1 from staged.ticket where opened_at > now()", "NOT_ALLOWED", 6, "a rule may not use now()"),
    "a clock by its word": (HEADER + "select current_date\nfrom staged.ticket", "NOT_ALLOWED", 6, "a rule may not use current_date"),
    "chance": (HEADER + "select uuid() from staged.ticket", "NOT_ALLOWED", 6, "a rule may not use uuid()"),
    "a sample": (HEADER + "from staged.ticket using sample 3", "NOT_ALLOWED", 1, "a rule may not use a sample"),
    "an unknown column": (
        HEADER + "select ticket_kee\nfrom staged.ticket\n",
        "DOES_NOT_FIT",
        6,
        "no column 'ticket_kee'; did you mean 'ticket_key'?",
    ),
    "what does not fit": (
        HEADER + "select no_such(1) from staged.ticket",
        "DOES_NOT_FIT",
        6,
        "Catalog Error: Scalar Function with name no_such",
    ),
    "several tables": (HEADER + SECOND, "MISSING_KEY", 1, "the rule reads reconciled.incidents, staged.ticket: of which rows are those"),
    "no table": (HEADER + "select 1", "MISSING_KEY", 1, "the rule reads no table of the rooms"),
    "of what is no table": (HEADER + "-- of  staged.tickets\n" + SELECT, "UNKNOWN_TABLE", 6, "no table 'staged.tickets'"),
    "of two statements": (HEADER + "-- of  staged.ticket; drop table x\n" + SELECT, "NOT_ONE_SELECT", 6, "… holds SELECT, DROP"),
}


@pytest.fixture(scope="module")
def looked_at() -> tuple[dict[str, OwnRule], dict[str, list[FormError]]]:
    """Return the sound rules by file, and the faults by file, of one look at all files."""
    files = SOUND | {name: text for name, (text, *_) in FAULTY.items()} | {"again.sql": SOUND["plain.sql"]}
    rules, faults = read_own_rules({name: text.encode() for name, text in files.items()} | {"latin": HEADER.encode() + b"-- \xfc"})
    by_file: dict[str, list[FormError]] = {}
    for fault in faults:
        by_file.setdefault((fault.place or "").partition(":")[0], []).append(fault)
    return {rule.file: rule for rule in rules}, by_file


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("plain.sql", ("OWN-1", "every ticket names the team that owns it", "staged.ticket", "ticket", Allowance(20_000, True), "warn")),
        (
            "several.sql",
            (
                *("OWN-2", "every ticket names the team that owns it"),
                *("reconciled.incidents where service_id is not null -- those that we know", "incidents", Allowance(20_000, True), "warn"),
            ),
        ),
        ("three.sql", ("own-3", "every ticket names the team that owns it", "staged.ticket", "ticket", Allowance(3), "block_credits")),
    ],
)
def test_a_sound_file_is_a_rule(looked_at, file, expected):
    rule = looked_at[0][file]
    header = rule.header
    assert (header.id, header.words, header.of, rule.entity, header.limit, header.verdict) == expected


@pytest.mark.parametrize("case", FAULTY)
def test_a_faulty_file_is_named_with_its_line(looked_at, case):
    _, code, line, what = FAULTY[case]
    (fault,) = looked_at[1][case]
    assert (fault.code, fault.place) == (code, f"{case}:{line}")
    assert what.removeprefix("… ") in fault.what if what.startswith("… ") else fault.what.startswith(what)
    assert fault.fix


def test_an_id_stands_once_and_a_file_is_utf_8(looked_at):
    assert [(fault.code, fault.what) for fault in looked_at[1]["again.sql"]] == [("REPEATED", "rule 'OWN-1' stands in plain.sql too")]
    assert [fault.code for fault in looked_at[1]["latin"]] == ["NOT_UTF8"]


def test_every_fault_of_a_file_is_told_at_once():
    _, faults = read_own_rules({"rule.sql": b"-- id DQ-1\n-- limit many\n-- verdict fail\nselect now()\nfrom ticket\n"})
    assert sorted(fault.code for fault in faults) == ["MISSING_KEY", "NOT_ALLOWED", "TAKEN", "UNKNOWN_TABLE", "UNKNOWN_VALUE", "WRONG_FORM"]


def test_an_engine_that_was_shut_reads_what_it_shows_and_no_other_file(tmp_path):
    shown, other = tmp_path / "shown.parquet", tmp_path / "other.parquet"
    with Engine() as engine:
        for file in (shown, other):
            engine.execute(f"copy (select 1 as one) to '{file}'")
        engine.view("staged.ticket", [shown])
        engine.shut()
        assert engine.rows("from staged.ticket") == [{"one": 1}]
        for refused in (f"from '{other}'", f"copy (select 1) to '{tmp_path}/x.csv'", "set enable_external_access = true", "from tmp_path"):
            with pytest.raises(Exception, match=r"disabled|locked|does not exist"):
                engine.execute(refused)


def test_the_tables_offered_have_columns():
    assert {"staged.ticket", "staged.ticket_versions", "reconciled.incidents", "staged.issues", "run.context"} <= offered_tables().keys()
    assert all(offered_tables().values())


@pytest.mark.parametrize("page", ["reports/handbook/gates.md", "reports/starter/home/reference/README.md"])
def test_the_rule_that_a_page_shows_is_sound(page):
    (example,) = re.findall(r"```sql\n(.*?)```", (CHECKOUT / page).read_text(encoding="utf-8"), re.DOTALL)
    rules, faults = read_own_rules({page: example.encode()})
    assert (len(rules), faults) == (1, [])
