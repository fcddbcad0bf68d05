"""What `sla month` says at its end: verdicts, money and why it cannot be claimed, what to do, and what did not pass."""

import re

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month  # noqa: E402 - the mode is set before a flow is imported
from tests.flows.small_home import CLOCK, make_small_home  # noqa: E402

PERIOD = "2026-10"
WITHOUT_INVOICES = {"inbox/invoices/invoices.csv": "", "inbox/invoice_lines/lines.csv": ""}


@pytest.mark.parametrize(
    ("changes", "clock", "said"),
    [
        pytest.param(
            {},
            CLOCK,
            r"Credits: EUR 1,000\.00: claimable now \(until \d{4}-\d\d-\d\d\)",
            id="an amount that can be claimed",
        ),
        pytest.param(
            WITHOUT_INVOICES,
            CLOCK,
            r"Credits: EUR not known: not known: no invoice line or stated fee",
            id="no fee base",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            {},
            "2027-06-01T09:00:00Z",
            r"Credits: EUR 1,000\.00: lapsed: not claimed in time \(on \d{4}-\d\d-\d\d\)",
            id="too late",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_the_last_words_say_what_becomes_of_the_money(tmp_path, changes, clock, said):
    outcome = month(str(make_small_home(tmp_path, changes)), PERIOD, clock=clock)
    text = outcome.in_words()
    lines = text.splitlines()
    assert len(lines) <= 10, text
    assert re.search(said, text), text
    assert re.search(r", October 2026, as known at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+( / [-\d: ]+UTC)? \(simulated clock\)$", lines[0])
    assert re.search(r"  missed: checkout \w+: 9\d\.\d{3} % where ≥ 99\.\d+ % was promised, short by 0\.\d+ points", text)
    assert re.search(r"To do: .*\bsign(, due since| by) \d{4}-\d\d-\d\d: service manager \(content\), controller \(credits\)", text)
    assert lines[-2] == f"Pack: {outcome.pack.folder.page('compliance.html')}"
    assert lines[-1] == f"Seal: {outcome.seal.bundle} (run {outcome.run.run_id})"
