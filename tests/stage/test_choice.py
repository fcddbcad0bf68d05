"""Which rows of a source count: `only` and `leave_out` of sources.yml."""

from __future__ import annotations

import pytest

from tasks.model.errors import LedgerError
from tests.stage.desk import Desk, balances

HEADER = "vendor_key,provider_id,started_at,ended_at,severity_raw,status\n"
LINE = "V-{},acme,2026-10-0{}T09:00:00Z,2026-10-0{}T10:00:00Z,{},final\n"
RECORDS = HEADER + "".join(LINE.format(day, day, day, word) for day, word in enumerate(("critical", "major", "minor", "", "brand-new"), 1))


def kept(desk: Desk) -> list[str]:
    return [key for (key,) in desk.values("select vendor_key from staged.vendor_record order by 1")]


@pytest.mark.parametrize(
    ("choice", "keys"),
    [
        pytest.param({"only": {"severity_raw": ("critical",)}}, ["V-1", "V-4"], id="only one word; what says nothing stays"),
        pytest.param({"only": {"severity_raw": ("critical", "major")}}, ["V-1", "V-2", "V-4"], id="only several"),
        pytest.param({"leave_out": {"severity_raw": ("minor",)}}, ["V-1", "V-2", "V-4", "V-5"], id="a word that is new is not left out"),
        pytest.param({"only": {"status": ("final",)}, "leave_out": {"vendor_key": ("V-1", "V-3")}}, ["V-2", "V-4", "V-5"], id="both"),
    ],
)
def test_rows_are_chosen_by_the_words_of_a_column(desk: Desk, choice: dict, keys: list[str]) -> None:
    desk.declare("acme", "vendor_record", **choice)
    desk.land(("acme", "v.csv", RECORDS))
    assert kept(desk) == keys
    with desk.shown() as engine:
        (balance,) = balances(engine)
    assert (balance["read"], balance["left_out"]) == (len(keys), 5 - len(keys)), "what is left out is counted beside what was read"


def test_rows_of_every_adapter_are_chosen_each_entity_by_the_columns_that_it_has(desk: Desk) -> None:
    page = """{"incidents": [
        {"id": "a", "name": "A", "status": "resolved", "impact": "minor", "created_at": "2026-10-01T09:00:00Z"},
        {"id": "b", "name": "B", "status": "resolved", "impact": "major", "created_at": "2026-10-01T09:00:00Z"},
        {"id": "m", "name": "M", "status": "scheduled", "impact": "maintenance", "created_at": "2026-10-01T09:00:00Z",
         "scheduled_for": "2026-10-02T09:00:00Z", "scheduled_until": "2026-10-02T10:00:00Z", "components": [{"name": "CDN"}]}]}"""
    desk.declare("acme", adapter="statuspage", leave_out={"severity_raw": ("minor",)})
    desk.land(("acme", "p.json", page))
    assert kept(desk) == ["b"]
    assert desk.values("select mw_key from staged.maintenance_window") == [("m",)]


def test_another_choice_is_another_piece(desk: Desk) -> None:
    desk.declare("acme", "vendor_record", leave_out={"severity_raw": ("minor",)})
    desk.land(("acme", "v.csv", RECORDS))
    assert len(kept(desk)) == 4
    desk.declare("acme", "vendor_record")
    assert len(kept(desk)) == 5


def test_a_file_without_the_column_that_chooses_is_judged_whole(desk: Desk) -> None:
    desk.declare("acme", "vendor_record", only={"provider_id": ("acme",)})
    desk.land(("acme", "v.csv", "vendor_key,started_at,status\nV-1,2026-10-01T09:00:00Z,final\n"))
    assert desk.values("select issue, column_name from staged.issues") == [("MISSING_COLUMN", "provider_id")]


def test_a_column_that_no_row_of_the_source_has_is_named_with_those_that_it_has(desk: Desk) -> None:
    desk.declare("acme", adapter="statuspage", leave_out={"severity": ("minor",)})
    desk.land(("acme", "p.json", '{"incidents": []}'))
    with pytest.raises(LedgerError, match="no column 'severity'; did you mean 'severity_raw'"):
        desk.stage()
