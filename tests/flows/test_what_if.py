"""What-if on the small world: October under other terms, worked by hand; nothing of the record moves.

Other terms: 99.5 % instead of 99.9 %, and 20 days' notice of maintenance, where ten were given. The maintenance of 18 October is no longer
excluded: outage B counts whole, 110 min instead of 20, and 120 min come back into the base.
downtime 57.5 + 110 + 30 = 197.5 min of 44,700: 44,502.5 / 44,700 = 99.558165… % ≥ 99.5 %: met, no credit instead of EUR 1,000.00.
Records begin in September: of July and August nothing is said.
"""

import csv
import json

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.land import land  # noqa: E402 - the mode is set before a flow is imported
from flows.what_if import what_if  # noqa: E402
from tasks.model.errors import LedgerError  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.packs import shelf  # noqa: E402
from tests.flows.small_home import CLOCK, FILES, MINUTE_US, make_small_home  # noqa: E402

TERMS = FILES["reference/contracts/acme-cdn.yml"]
OTHER = (
    TERMS.replace("number: 1", "number: 2").replace('target: "99.9"', 'target: "99.5"').replace('below: "99.9"', 'below: "99.5"')
    + "exclusions: {pre_approved_maintenance: {allowed: true, notice_h: 480}}\n"
)


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    root = make_small_home(tmp_path_factory.mktemp("small"))
    land(str(root), clock=CLOCK)
    (root / "other.yml").write_text(OTHER, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def october(landed):
    return what_if(str(landed), str(landed / "other.yml"), "2026-10", "2026-10", clock=CLOCK)


def test_verdict_and_money_stand_side_by_side_and_exclusions_follow_the_terms(october):
    (level,) = october.as_dict()["levels"]
    sides = [
        (side["status"], side["value_num"], side["value_den"], side["down_us"], side["excluded_us"])
        for side in (level["before"], level["after"])
    ]
    half_a_minute = MINUTE_US // 2
    assert sides == [
        ("breached", 88_945 * half_a_minute, 89_160 * half_a_minute, 215 * half_a_minute, 180 * half_a_minute),
        ("met", 89_005 * half_a_minute, 89_400 * half_a_minute, 395 * half_a_minute, 0),
    ]
    with october.folder.csv("what_if").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(row["subject_kind"], row["status_before"], row["status_after"], row["payable_before"], row["payable_after"]) for row in rows]
    assert told == [("credit", "", "", "1000.0000", "0.0000"), ("sla_result", "breached", "met", "", "")]
    assert {(row["contract_id"], row["baseline_version_id"], row["run_period"]) for row in rows} == {
        ("ACME-CDN", "ACME-CDN@1", "2026-10_2026-10")
    }
    assert "levels missed 1 → 0 of 1, owed EUR 1,000.00 → EUR 0.00" in october.in_words()


def test_what_only_one_side_promises_stands_in_that_side_alone(landed):
    targets = "  back: {kind: restore, per_severity: {P1: {restore_min: 30}}, credits: {form: none}}\n"
    other = OTHER.replace("  uptime:\n", f"{targets}  reachable:\n")
    (landed / "renamed.yml").write_text(other, encoding="utf-8")
    found = what_if(str(landed), str(landed / "renamed.yml"), "2026-10", "2026-10", clock=CLOCK)
    sides = {(level["measure_id"], level["before"] is None, level["after"] is None) for level in found.as_dict()["levels"]}
    assert sides == {("uptime", False, True), ("reachable", True, False)}
    (target,) = [row for row in found.rows if row["subject_kind"] == "incident_target"]
    assert (target["status_before"], target["status_after"]) == (None, "breached")
    page = found.folder.page("what-if.html").read_text(encoding="utf-8")
    assert " of 30 min 00 s" in page


def test_it_lies_in_its_own_folder_and_is_no_pack(october, landed):
    folder = landed / "published" / "what-if" / "2026-10_2026-10" / october.run.run_id
    assert sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()) == [
        *("other-terms.yml", "tables/what_if.csv", "tables/what_if.parquet", "what-if.html", "what-if.json"),
    ]
    card = json.loads((folder / "what-if.json").read_text(encoding="utf-8"))
    assert card["other_terms"]["content_sha256"] == october.other.sha256
    home = open_home(landed)
    assert shelf(home) == []
    assert not list((landed / "published").rglob("LATEST"))
    assert {row.kind for row in Journal.open(home).rows()} == {"landing", "run"}


def test_its_page_says_both_sides_and_asks_nobody(october):
    html = october.folder.page("what-if.html").read_text(encoding="utf-8")
    for said in ("99.758 %", "99.558 %", "EUR 1,000.00 → EUR 0.00", "the verdict differs", "nothing here can be signed", "Simulated clock"):
        assert said in html
    assert "http" not in html.replace('http-equiv="Content-Security-Policy"', "").replace("http://www.w3.org/2000/svg", "")


def test_a_month_that_ended_before_the_first_record_is_named_and_a_month_that_runs_is_refused(landed):
    outcome = what_if(str(landed), str(landed / "other.yml"), "2026-07", "2026-08", clock=CLOCK)
    assert outcome.as_dict()["months_without_data"] == ["2026-07", "2026-08"]
    assert "2026-08: no data, nothing is on record before it ended" in outcome.in_words()
    assert "August 2026: no data." in outcome.folder.page("what-if.html").read_text(encoding="utf-8")
    with pytest.raises(LedgerError, match="2026-11 is not over by what is known"):
        what_if(str(landed), str(landed / "other.yml"), "2026-11", "2026-11", clock=CLOCK)
    with pytest.raises(LedgerError, match="2026-07 comes before 2026-08"):
        what_if(str(landed), str(landed / "other.yml"), "2026-08", "2026-07", clock=CLOCK)
