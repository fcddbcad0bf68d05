"""What Great Expectations says of reference tables that `sla check` lets pass: which row, in which file and line (decision 0010)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tasks.gate.suite import count_reference_rows, row_expectations
from tasks.store.home import open_home
from tasks.store.reference import check_reference, load_reference
from tests.store.test_reference import CALENDAR, CONTRACT, HOME, MAPPING, SOURCES, write

SERVICES = """\
service_id,component_id,dependency,k,users,provider_id,sla_governed,valid_from,valid_to
mail,mail,k_of_n,1,400,acme,true,2026-01-01,
mail,mail-db,serial,2,,acme,true,2026-01-01T00:00:00+01:00,2026-01-01T01:00:00+02:00
mail,mail-db,serial,,,acme,true,2026-01-01T00:00:00+01:00,
mail,mail-fe,k-of-n,,,acme,,soon,
mail,mail-be,k_of_n,,,acme,true,2026-01-01,2025-12-31T23:30:00Z
"""
FX = """\
rate_on,base_currency,quote_currency,rate,rate_source
2026-07-31,GBP,EUR,1.1582,desk
2026-07-31,GBP,EUR,1.1583,desk
2026-07-31,usd,EUR,0.000,desk
"""
PEOPLE = """\
- {person_ref: P-1, roles: [controller], valid_from: "2026-01-01"}
- {person_ref: P-1, roles: [legal], valid_from: "2026-01-01"}
- person_ref: P-2
  roles: [legal]
  valid_from: "2026-01-01"
  valid_to: "2026-01-01"
"""
HOLIDAYS = """\
holidays:
  - "2026-05-01"
  - "2026-12-25"
  - "2026-05-01"
  - "2025-12-25"
effective_from: "2026-01-01"
effective_to: "2026-12-25"
"""
BROKEN = {
    ("services", "sla_governed is filled"): "1 of 5: reference/services.csv:5",
    ("services", "a component stands once from each start"): "2 of 5: reference/services.csv:3, reference/services.csv:4",
    ("services", "dependency is serial, parallel or k_of_n"): "1 of 5: reference/services.csv:5",
    ("services", "k stands where dependency is k_of_n"): "1 of 5: reference/services.csv:6",
    ("services", "k stands nowhere else"): "1 of 5: reference/services.csv:3",
    ("services", "valid_from is a date or an instant"): "1 of 5: reference/services.csv:5",
    # line 3: 2026-01-01T00:00+01:00 is the instant 2026-01-01T01:00+02:00; line 6 begins on Berlin's midnight, half an hour before its end
    ("services", "spans end after they start"): "1 of 5: reference/services.csv:3",
    ("fx", "currencies are three capital letters"): "1 of 3: reference/fx.csv:4",
    ("fx", "a rate is a decimal above 0"): "1 of 3: reference/fx.csv:4",
    ("fx", "a pair has one rate a day"): "2 of 3: reference/fx.csv:2, reference/fx.csv:3",
    ("people", "a person stands once from each start"): "2 of 3: reference/people.yml:1, reference/people.yml:2",
    ("people", "spans end after they start"): "1 of 3: reference/people.yml:3",
    ("holidays", "a day stands once in a calendar"): "2 of 5: reference/calendars/by.yml:6, reference/calendars/by.yml:8",
    ("holidays", "a day is not before its calendar begins"): "1 of 5: reference/calendars/by.yml:9",
    ("holidays", "a day is before its calendar ends"): "1 of 5: reference/calendars/by.yml:7",
    ("enumerations", "a raw word has no space around it, for exports are trimmed"): "1 of 2: reference/mappings/desk.yml:4",
}


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], dict[str, Any]]:
    """Return the counts over a home whose reference tables are odd, yet without a fault of `sla check`."""
    root = tmp_path_factory.mktemp("home")
    files = {
        "home.yml": HOME,
        "reference/sources.yml": SOURCES,
        "reference/contracts/acme.yml": CONTRACT,
        "reference/services.csv": SERVICES,
        "reference/fx.csv": FX,
        "reference/people.yml": PEOPLE,
        "reference/calendars/by.yml": CALENDAR + HOLIDAYS,
        "reference/mappings/desk.yml": MAPPING + 'enumerations: {severity_raw: {High: P1, "High ": P1}}\n',
        "reference/policy.yml": 'calendars: {desk: {timezone: UTC, weekly: {sat: [["08:00", "12:00"]]}, holidays: ["2026-05-01"]}}\n',
    }
    for name, text in files.items():
        write(root, name, text)
    home = open_home(root)
    assert not [found for found in check_reference(home) if found.level == "fault"]
    found = count_reference_rows(load_reference(home).rows, "2026-10")
    assert {row["rule_id"] for row in found} == {"DQ-REF"}
    return {(row["entity"], row["scope_id"]): row for row in found}


def test_every_expectation_of_every_table_there_is_was_looked_at(counts):
    assert list(counts) == [(table, entry["words"]) for table, entries in row_expectations().items() for entry in entries]


def test_every_row_that_is_not_as_expected_is_named_with_its_file_and_line(counts):
    assert {key: row["observed"] for key, row in counts.items() if row["failed"]} == BROKEN


def test_a_home_without_such_tables_has_nothing_to_check():
    (row,) = count_reference_rows({}, "2026-10")
    assert (row["checked"], row["failed"], row["observed"]) == (0, 0, "nothing to check")
