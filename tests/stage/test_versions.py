"""What is current at as_of: version order, duplicates, snapshots, withdrawals, decisions; and the balance over all landings (DQ-09)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks.model.dictionary import dictionary
from tasks.store.engine import Engine
from tasks.store.staged import VERSION_COLUMNS, Staged, staged_columns
from tests.stage.desk import NOON, Desk, balances

HEADER = "ticket_key,service_raw,severity_raw,state,opened_at,source_updated_at\n"
DAY = timedelta(days=1)


def ticket(key: str, state: str, updated_at: str = "", header: str = HEADER) -> str:
    return f"{header}{key},Shop,P1,{state},2026-10-07T10:00:00Z,{updated_at}\n"


def test_a_later_landing_replaces_a_row_and_the_past_can_still_be_asked_for(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "one.csv", ticket("T-1", "new")), at=NOON)
    desk.land(("tool", "two.csv", ticket("T-1", "resolved")), at=NOON + DAY)
    assert desk.values("select state from staged.ticket") == [("resolved",)]
    assert desk.values("select state from staged.ticket", as_of=NOON + DAY / 2) == [("new",)]
    assert desk.values("select state, is_current, is_duplicate from staged.ticket_versions order by landing_seq") == [
        ("new", False, False),
        ("resolved", True, False),
    ]


def test_the_source_s_own_update_instant_goes_before_the_order_of_landing(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "late.csv", ticket("T-1", "closed", "2026-10-09T00:00:00Z")), at=NOON)
    desk.land(("tool", "early.csv", ticket("T-1", "new", "2026-10-08T00:00:00Z")), at=NOON + DAY)
    desk.land(("tool", "undated.csv", ticket("T-1", "cancelled")), at=NOON + 2 * DAY)
    assert desk.values("select state from staged.ticket") == [("closed",)]


def test_a_row_landed_again_is_a_duplicate_and_a_return_to_an_older_content_is_not(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    for day, state in enumerate(("new", "new", "resolved", "new")):
        desk.land(("tool", f"{day}.csv", ticket("T-1", state)), at=NOON + day * DAY)
    with desk.shown() as engine:
        versions = engine.rows("select is_duplicate, is_current from staged.ticket_versions order by landing_seq")
        assert [(row["is_duplicate"], row["is_current"]) for row in versions] == [
            (False, False),
            (True, False),
            (False, False),
            (False, True),
        ]
        (balance,) = balances(engine)
        assert (balance["read"], balance["accepted"], balance["duplicates"], balance["superseded"]) == (4, 3, 1, 2)


def test_keys_are_one_within_a_system_and_apart_across_systems(desk: Desk) -> None:
    desk.declare("eu", "ticket", system="tool")
    desk.declare("us", "ticket", system="tool")
    desk.declare("other", "ticket")
    files = [(source, f"{source}.csv", ticket("T-1", state)) for source, state in (("eu", "new"), ("other", "new"), ("us", "closed"))]
    for day, file in enumerate(files):
        desk.land(file, at=NOON + day * DAY)
    assert desk.values("select source_id, state from staged.ticket order by 1") == [("other", "new"), ("us", "closed")]


def test_two_versions_in_one_file_are_told_apart_by_the_source_s_version(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    header = HEADER.replace("\n", ",source_version\n")
    rows = "T-1,Shop,P1,new,2026-10-07T10:00:00Z,2026-10-08T00:00:00Z,1\nT-1,Shop,P1,closed,2026-10-07T10:00:00Z,2026-10-09T00:00:00Z,2\n"
    desk.land(("tool", "t.csv", header + rows))
    with desk.shown() as engine:
        assert [row["state"] for row in engine.rows("select state from staged.ticket")] == ["closed"]
        assert balances(engine)[0]["superseded"] == 1


def test_a_withdrawn_landing_was_never_there(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "one.csv", ticket("T-1", "new")), at=NOON)
    (wrong, _) = desk.land(("tool", "two.csv", ticket("T-1", "closed")), ("tool", "three.csv", ticket("T-2", "new")), at=NOON + DAY)
    before = desk.rows("from staged.ticket order by ticket_key")
    desk.withdraw(wrong, at=NOON + 2 * DAY)
    assert desk.values("select ticket_key, state from staged.ticket order by 1") == [("T-1", "new"), ("T-2", "new")]
    assert desk.rows("from staged.ticket order by ticket_key", as_of=NOON + DAY) == before
    with desk.shown() as engine:
        assert [(row["read"], row["withdrawn"]) for row in balances(engine)] == [(2, 1)]
    with desk.shown(as_of=NOON + DAY) as engine:
        assert [(row["read"], row["withdrawn"]) for row in balances(engine)] == [(3, 0)]


def test_a_source_whose_only_file_was_withdrawn_still_says_how_many_rows_it_took_back(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.declare("other", "ticket")
    (wrong, _) = desk.land(("tool", "one.csv", ticket("T-1", "new")), ("other", "two.csv", ticket("T-2", "new")))
    desk.withdraw(wrong, at=NOON + DAY)
    with desk.shown() as engine:
        assert [(row["source_id"], row["read"], row["withdrawn"]) for row in balances(engine)] == [("other", 1, 0), ("tool", 0, 1)]


def test_a_key_absent_from_the_newest_snapshot_is_no_longer_current(desk: Desk) -> None:
    header = "service_id,component_id,sla_governed,valid_from\n"
    old = header + "shop,shop,true,2026-01-01\npay,pay,true,2026-01-01\n"
    desk.land(("reference", "services.csv", old), at=NOON)
    desk.land(("reference", "fx.csv", "rate_on,base_currency,quote_currency,rate,rate_source\n2026-10-01,EUR,USD,1.1,ECB\n"), at=NOON)
    desk.land(("reference", "services.csv", header + "shop,shop,true,2026-01-01\n"), at=NOON + DAY)
    with desk.shown() as engine:
        assert [row["service_id"] for row in engine.rows("select service_id from staged.service_catalogue")] == ["shop"]
        assert len(engine.rows("from staged.fx_rate")) == 1, "another file is another snapshot"
        catalogue = next(row for row in balances(engine) if row["entity"] == "service_catalogue")
        assert (catalogue["read"], catalogue["accepted"], catalogue["duplicates"], catalogue["superseded"]) == (3, 2, 1, 1)
    assert len(desk.rows("from staged.service_catalogue", as_of=NOON)) == 2


def test_a_bad_row_landed_every_day_is_set_aside_once_and_then_a_duplicate(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    for day in range(3):
        desk.land(
            ("tool", f"{day}.csv", ticket("T-1", "").replace("P1,", ",") + f"T-{day + 2},Shop,P1,new,2026-10-07T10:00:00Z,\n"),
            at=NOON + day * DAY,
        )
    with desk.shown() as engine:
        (balance,) = balances(engine)
        assert (balance["read"], balance["accepted"], balance["quarantined"], balance["duplicates"]) == (6, 3, 1, 2)
        assert len(engine.rows("from staged.quarantine")) == 1
        keys = engine.rows("select count(*) - count(distinct (raw_id, rule_id, issue, column_name)) as twice from staged.issues")
        assert keys == [{"twice": 0}]


def test_an_empty_version_ends_the_one_before_it(desk: Desk) -> None:
    desk.declare("plans", "maintenance_window")
    header = "mw_key,components,start_at,end_at,kind\n"
    desk.land(("plans", "a.csv", header + "M-1,web,2026-12-01T00:00:00Z,2026-12-01T02:00:00Z,pre_approved\n"), at=NOON)
    desk.land(("plans", "b.csv", header + "M-1,web,2026-12-01T00:00:00Z,2026-12-01T00:00:00Z,pre_approved\n"), at=NOON + DAY)
    with desk.shown() as engine:
        assert engine.rows("from staged.maintenance_window") == []
        (balance,) = balances(engine)
        assert (balance["accepted"], balance["superseded"], balance["dropped"]) == (2, 1, 1)


def test_decisions_of_the_journal_are_rows_like_any_other(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "t.csv", ticket("T-1", "new")), at=NOON)
    body = {
        "dispute_id": "D-1",
        "party": "customer",
        "subject_type": "ticket",
        "subject_id": "T-1",
        "scope": "portion",
        "portion": [{"start_at": "2026-10-07T10:00:00Z", "end_at": "2026-10-07T10:30:00Z"}],
        "raised_at": "2026-11-03T11:00:00Z",
        "state": "open",
        "evidence": ["ab", "cd"],
    }
    opened = desk.journal.append("decision", body, now=NOON + DAY, entity="dispute")
    desk.journal.append("decision", {**body, "state": "withdrawn"}, now=NOON + 2 * DAY, entity="dispute")
    with desk.shown() as engine:
        (row,) = engine.rows("from staged.dispute")
        assert (row["source_system"], row["source_key"], row["state"], row["evidence"]) == ("journal", "D-1", "withdrawn", ["ab", "cd"])
        assert row["portion"] == '[{"end_at":"2026-10-07T10:30:00Z","start_at":"2026-10-07T10:00:00Z"}]', "canonical JSON"
        versions = engine.rows("select source_version, recorded_from from staged.dispute_versions order by landing_seq")
        assert versions[0] == {"source_version": str(opened.seq), "recorded_from": opened.recorded_from}
        assert engine.rows("from staged.issues") == []
        balances(engine)
    assert desk.values("select state from staged.dispute", as_of=NOON + DAY) == [("open",)]


def test_every_entity_of_the_dictionary_has_a_typed_table_though_nothing_was_landed() -> None:
    with Engine() as engine:
        Staged((), NOON).show(engine)
        for entity in dictionary().entities:
            for table, expected in ((entity, staged_columns(entity)), (f"{entity}_versions", staged_columns(entity) | VERSION_COLUMNS)):
                described = engine.execute(f"describe staged.{table}").fetchall()
                found = {name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for name, kind, *_ in described}
                assert found == expected
        for table in ("issues", "quarantine", "quality_counts", "balance"):
            assert engine.rows(f"from staged.{table}") == []


@pytest.mark.parametrize("entity", sorted(dictionary().entities))
def test_a_landed_entity_has_the_columns_and_types_of_an_empty_one(desk: Desk, entity: str) -> None:
    desk.declare("any", entity)
    desk.land(("any", "any.csv", ",".join(column.name for column in dictionary().entities[entity].columns) + "\n"))
    with desk.shown() as engine:
        described = engine.execute(f"describe staged.{entity}").fetchall()
        found = {name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for name, kind, *_ in described}
        assert found == staged_columns(entity)
        assert engine.rows("from staged.issues") == []
