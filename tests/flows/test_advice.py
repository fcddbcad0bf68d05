"""What a person is told to do next: nothing landed, files refused, rows set aside, a month that is not over, nothing judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.land import land  # noqa: E402 - the mode is set before a flow is imported
from flows.month import month  # noqa: E402
from tasks.model.errors import FaultsError  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, make_small_home  # noqa: E402

TICKETS, LINES, SAMPLES = "inbox/desk/tickets.csv", "inbox/invoice_lines/lines.csv", "inbox/probes/samples.csv"
BAD = {
    TICKETS: FILES[TICKETS].replace("2026-10-07T10:06:00Z", "07.10.2026 10:06").replace("2026-10-18T03:05:00Z", "05/10/2026 03:05"),
    LINES: FILES[LINES].replace("10000.0000", '"10.000,00"'),
    SAMPLES: FILES[SAMPLES].replace("component_raw", "component"),
}


@pytest.fixture(scope="module")
def bad(tmp_path_factory) -> Path:
    """A home with day-first dates, a decimal comma and a column under another name."""
    return make_small_home(tmp_path_factory.mktemp("bad"), BAD)


@pytest.fixture(scope="module")
def told(bad) -> str:
    """The words at the end of its October."""
    return month(str(bad), "2026-10", clock=CLOCK).in_words()


def test_a_source_that_lost_every_row_is_named_with_its_first_places_values_and_mend(told):
    assert "every row of desk (ticket), 2" in told
    assert "desk: 2 rows BAD_VALUE (DQ-01) in opened_at" in told
    assert "tickets.csv row 1: '07.10.2026 10:06', perhaps 2026-10-07T10:06:00" in told
    assert "tickets.csv row 2: '05/10/2026 03:05'\n" in told
    assert "fix: write 2026-10-07T10:00:00Z" in told


def test_a_decimal_comma_is_named_with_the_number_it_may_mean(told):
    assert "1 of 2 rows of invoice_lines (invoice_line)" in told
    assert "lines.csv row 1: '10.000,00', perhaps 10000.00" in told


def test_a_missing_column_is_named_with_its_first_rows_and_the_way_to_map_it(told):
    assert "probes: 7 rows MISSING_COLUMN (DQ-01) in component_raw\n    samples.csv row 1\n    samples.csv row 2" in told
    assert "or map its columns: sla map FILE" in told


def test_where_all_rows_set_aside_are_listed_is_said(told):
    (line,) = [line for line in told.splitlines() if "each row with its reason:" in line]
    assert Path(line.partition(": ")[2]).is_file()


@pytest.mark.soak
def test_a_sound_month_has_nothing_to_advise(tmp_path):
    words = month(str(make_small_home(tmp_path)), "2026-10", clock=CLOCK).in_words()
    assert not [word for word in ("Set aside", "Provisional", "Nothing was judged") if word in words]


def test_a_month_that_is_not_over_says_until_when_it_is_known_and_what_to_do(bad, told):
    outcome = month(str(bad), "2026-11", clock=CLOCK)
    assert "Provisional, LATEST does not move: 2026-11 ends 2026-11-30T23:00Z (Europe/Berlin)" in outcome.in_words()
    assert "recorded 2026-11-03T09:00Z; land an export taken after the month's end, then run again" in outcome.in_words()


@pytest.mark.soak
def test_a_month_before_any_contract_says_that_nothing_was_judged_and_why_that_may_be(tmp_path):
    contract = "reference/contracts/acme-cdn.yml"
    late = {contract: FILES[contract].replace('effective_from: "2026-01-01"', 'effective_from: "2026-12-01"')}
    assert "Nothing was judged" in month(str(make_small_home(tmp_path, late)), "2026-10", clock=CLOCK).in_words()


def test_a_home_without_exports_says_where_to_drop_them(tmp_path):
    root = make_small_home(tmp_path, {name: "" for name in FILES if name.startswith("inbox/") and name != TICKETS})
    (root / TICKETS).write_bytes(b"ticket_key;Dienst\nT-1;L\xe4den\n")
    with pytest.raises(FaultsError) as refusal:
        month(str(root), "2026-10", clock=CLOCK)
    assert "no export was landed yet" in str(refusal.value)
    assert "inbox/probes/" in str(refusal.value)
    assert "inbox/desk/tickets.csv: line 2 is not UTF-8" in str(refusal.value), "what was refused just now is said again"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "next: sla month YYYY-MM", id="landed"),
        pytest.param({"inbox/dsk/x.csv": "a\n1\n"}, "next: mend what was refused", id="refused"),
    ],
)
def test_landing_says_what_comes_next(tmp_path, changes, said):
    assert str(land(str(make_small_home(tmp_path, changes)), clock=CLOCK)).splitlines()[-1].startswith(said)


def test_an_empty_inbox_says_where_to_drop_exports(tmp_path):
    root = make_small_home(tmp_path, {name: "" for name in FILES if name.startswith("inbox/")})
    land(str(root), "desk", clock=CLOCK)
    assert "nothing lies in the inbox: drop exports into inbox/<source>/" in str(land(str(root), "desk", clock=CLOCK))
