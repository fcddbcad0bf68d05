"""A month whose promises are of requests: the small world with one request a second, all failing while the probe says down.

availability  of minutes over 5 %: 7 Oct 10:00 to 10:58 (half of 10:00 failed), 18 Oct 20 min after maintenance, 31 Oct 30 min   108 min
error_rate    loses what was down, 107 min 30 s of 44,580 min: one request a second makes rates and time the same
request_ratio 44,472.5 min of 44,580 min, a request a second
waiver        the hours from 7 Oct 10:00Z, 18 Oct 03:00Z and 31 Oct 22:00Z had more than 6 min: 3 of 745 hours, at EUR 2.40
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.month import month  # noqa: E402 - the mode is set before a flow is imported
from flows.outcome import MonthOutcome  # noqa: E402
from tasks.publish.explain import explain  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, MINUTE_US, make_small_home  # noqa: E402

CONTRACT, SAMPLES, LINES = "reference/contracts/acme-cdn.yml", "inbox/probes/samples.csv", "inbox/invoice_lines/lines.csv"
COMMON = 'target: "99.9", denominator: remove_from_both, partial_period: active_only, tiers: [{below: "99.9", credit_pct: "10"}]'
MEASURES = f"""\
measures:
  minutes: {{kind: availability, unavailable_when: {{rule: error_rate, threshold: "0.05", comparator: gt, per: clock_minute}}, {COMMON}}}
  errors: {{kind: error_rate, interval_s: 300, {COMMON}}}
  requests: {{kind: request_ratio, failed_when: {{rule: error_response}}, {COMMON}}}
  hours:
    kind: waiver
    waiver: {{rule: unavailable_minutes_in_clock_hour, minutes: 6, comparator: gt, waives: hourly_charge, automatic: true}}
"""
pytestmark = pytest.mark.soak


def contract() -> str:
    before, _, after = FILES[CONTRACT].partition("measures:\n")
    return before + MEASURES + after[after.index("credits:") :]


def requested() -> Iterator[str]:
    """Yield the samples with a request for each second."""
    yield "rule_id,component_raw,start_at,end_at,state,requests,errors"
    for line in FILES[SAMPLES].splitlines()[1:]:
        *_, start_at, end_at, state = line.split(",")
        seconds = int((datetime.fromisoformat(end_at) - datetime.fromisoformat(start_at)).total_seconds())
        yield f"{line},{seconds},{seconds if state == 'down' else 0}"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> MonthOutcome:
    lines = FILES[LINES].splitlines()
    priced = [f"{lines[0]},unit,unit_price", f"{lines[1]},h,2.4000", f"{lines[2]},,"]
    changes = {CONTRACT: contract(), SAMPLES: "\n".join(requested()) + "\n", LINES: "\n".join(priced) + "\n"}
    return month(str(make_small_home(tmp_path_factory.mktemp("rates"), changes)), "2026-10", clock=CLOCK)


def headlines(outcome: MonthOutcome, table: str) -> dict[str, dict[str, str]]:
    with outcome.pack.folder.csv(table).open(encoding="utf-8", newline="") as file:
        return {row["measure_id"]: row for row in csv.DictReader(file) if row["variant"] == "headline"}


def test_a_month_of_requests_is_as_worked_by_hand(finished: MonthOutcome) -> None:
    results = headlines(finished, "sla_results")
    assert results["minutes"]["down_us"] == str(108 * MINUTE_US)
    lost = (107 * 60 + 30) * 10**6
    assert (results["errors"]["value_num"], results["errors"]["value_den"]) == (
        str(44_580 * MINUTE_US - lost),
        str(44_580 * MINUTE_US),
    )
    assert (results["requests"]["value_num"], results["requests"]["value_den"]) == (str(44_580 * 60 - lost // 10**6), str(44_580 * 60))
    assert (results["hours"]["value_num"], results["hours"]["value_den"]) == ("742", "745")
    assert {name: row["status"] for name, row in results.items()} == {
        "minutes": "breached",
        "errors": "breached",
        "requests": "breached",
        "hours": "not_applicable",
    }


def test_one_of_three_promises_that_share_a_cause_is_paid_and_the_hours_are_waived(finished: MonthOutcome) -> None:
    credits_ = headlines(finished, "credits")
    assert sorted(row["payable"] for name, row in credits_.items() if name != "hours") == ["0.0000", "0.0000", "1000.0000"]
    assert (credits_["hours"]["quantity"], credits_["hours"]["payable"], credits_["hours"]["claimable"]) == ("3.000000", "7.2000", "0.0000")
    with finished.pack.folder.csv("claims").open(encoding="utf-8", newline="") as file:
        (claim,) = csv.DictReader(file)
    assert claim["amount"] == "1000.0000"


def test_the_pack_and_explain_tell_each_in_its_own_words(finished: MonthOutcome) -> None:
    page = finished.pack.folder.page("compliance.html").read_text(encoding="utf-8")
    for words in ("EUR 7.20", "is waived by the provider itself", "waived by the provider", "request success", "error rate"):
        assert words in page
    with finished.pack.folder.csv("figures").open(encoding="utf-8", newline="") as file:
        figures = [row for row in csv.DictReader(file) if row["label"].startswith("achieved")]
    home = open_home(finished.pack.folder.root.parents[3])
    proofs = [str(explain(home, row["figure_id"])) for row in figures]
    for words in ("3 of 745 clock hours waived", "requests that did not fail / requests", "mean of the intervals' error rates"):
        assert any(words in proof for proof in proofs)
