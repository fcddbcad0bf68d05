"""The sample home: byte for byte as its script makes it, well formed, its October as worked by hand.

The oracle knows nothing of the product: it paints every second of a window into arrays and counts them, where the product
works on intervals.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml

from tasks.model.dictionary import dictionary

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "data"
INBOX = HOME / "inbox"
SCHEMA = ROOT.parent / "shared" / "contracts" / "contract.schema.json"
EXPECTED = yaml.safe_load(Path(__file__).with_name("expected_october.yml").read_text(encoding="utf-8"))
SOURCES = yaml.safe_load((HOME / "reference" / "sources.yml").read_text(encoding="utf-8"))["sources"]
CANONICAL = {source["id"]: source["entity"] for source in SOURCES if source["adapter"] == "canonical"}
SECOND_US = 1_000_000
Spans = Sequence[tuple[datetime, datetime]]
EXTRACTED = datetime(2026, 11, 3, 6, tzinfo=UTC)
BERLIN, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")


# ---- reading the files -----------------------------------------------------------------------------------------------------------------


def content(file: Path) -> bytes:
    """Return a file's content, unpacked."""
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


@cache
def rows(source: str) -> list[dict[str, str]]:
    """Return the rows of a source's one CSV file."""
    (file,) = (INBOX / source).iterdir()
    return list(csv.DictReader(io.StringIO(content(file).decode())))


@cache
def catalogue() -> list[dict[str, str]]:
    with (HOME / "reference" / "services.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def component_of() -> dict[str, str]:
    """Return component ids by every name a source may use."""
    return {name: row["component_id"] for row in catalogue() for name in (row["component_id"], *row["aliases"].split(";"))}


@cache
def contracts() -> dict[str, dict[str, Any]]:
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in (HOME / "reference" / "contracts").glob("*.yml")}


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """Return an instant written with offset, or without one in a zone."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def provider_spans() -> list[tuple[str, str, datetime, datetime | None]]:
    """Return (key, component, start, end) of everything a provider admits."""
    page = json.loads((INBOX / "kitewire" / "incidents.json").read_text(encoding="utf-8"))
    told = [
        (one["id"], component_of()[one["components"][0]["name"]], at(one["started_at"]), one["resolved_at"] and at(one["resolved_at"]))
        for one in page["incidents"]
        if one["impact"] != "maintenance"
    ]
    reports = [*rows("fjordwerk"), *rows("talerbridge")]
    return [
        *told,
        *((row["vendor_key"], component_of()[row["component_raw"]], at(row["started_at"]), at(row["ended_at"])) for row in reports),
    ]


def down_runs() -> dict[str, list[tuple[datetime, datetime]]]:
    """Return what probes saw down, by component."""
    runs: dict[str, list[tuple[datetime, datetime]]] = {row["component_id"]: [] for row in catalogue()}
    for row in rows("probe_samples"):
        if row["state"] == "down":
            runs[row["component_raw"]].append((at(row["start_at"]), at(row["end_at"])))
    return runs


# ---- the oracle: every second painted --------------------------------------------------------------------------------------------------


class Window:
    """October in a contract's zone, second by second."""

    def __init__(self, zone: str) -> None:
        place = ZoneInfo(zone)
        self.start = datetime(2026, 10, 1, tzinfo=place).astimezone(UTC)
        self.end = datetime(2026, 11, 1, tzinfo=place).astimezone(UTC)
        self.length = int((self.end - self.start).total_seconds())

    def paint(self, spans: Spans) -> np.ndarray:
        """Return an array that is true in every second covered by one of the spans."""
        seconds = np.zeros(self.length, dtype=bool)
        for start, end in spans:
            low, high = ((moment - self.start) // timedelta(seconds=1) for moment in (start, end))
            seconds[max(low, 0) : max(high, 0)] = True
        return seconds


def outages_of(component: str) -> list[tuple[datetime, datetime, str | None]]:
    """Return what probes saw down, each with the bound that a provider's admission moved outwards (RC-P1): start, end or none."""
    runs = down_runs()[component]
    moved: dict[tuple[datetime, datetime], tuple[datetime, datetime, str | None]] = {run: (*run, None) for run in runs}
    for _, name, start, end in provider_spans():
        met = [run for run in runs if name == component and run[0] < (end or EXTRACTED) and start < run[1]]
        if met and start < met[0][0]:
            moved[met[0]] = (start, met[0][1], "start")
        if met and end and end > met[-1][1]:
            moved[met[-1]] = (met[-1][0], end, "end")
    return list(moved.values())


def combined(service: str, painted: dict[str, np.ndarray]) -> np.ndarray:
    """Return the seconds in which the service was down, from those of its components (R-CO2)."""
    root = next(row for row in catalogue() if row["component_id"] == service)
    children = [painted[row["component_id"]] for row in catalogue() if row["parent_id"] == service and row["service_id"] == service]
    lost = np.sum(children, axis=0)
    needed = {"serial": 1, "parallel": len(children), "k_of_n": len(children) - int(root["k"] or 0) + 1}[root["dependency"]]
    return painted[service] | (lost >= needed)


def opening_hours(name: str) -> list[tuple[datetime, datetime]]:
    """Return the open spans of a calendar over October and its edges."""
    calendar = yaml.safe_load((HOME / "reference" / "calendars" / f"{name}.yml").read_text(encoding="utf-8"))
    zone, spans = ZoneInfo(calendar["timezone"]), []
    for index in range(33):
        day = date(2026, 9, 30) + timedelta(days=index)
        hours = [] if day.isoformat() in calendar["holidays"] else calendar["weekly"].get(day.strftime("%a").lower(), [])
        spans += [tuple(datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC) for clock in pair) for pair in hours]
    return spans


def approved_maintenance(service: str, notice_h: int) -> list[tuple[datetime, datetime]]:
    """Return the windows that cover the service or a part of it, noticed and approved in time (R-EX2)."""
    parts = {row["component_id"] for row in catalogue() if row["service_id"] == service}
    return [
        (at(row["start_at"]), at(row["end_at"]))
        for row in rows("servicenow_maintenance")
        if parts & set(row["components"].split(";"))
        and row["kind"] == "pre_approved"
        and at(row["notice_at"]) <= at(row["start_at"]) - timedelta(hours=notice_h)
        and at(row["approved_at"]) <= at(row["start_at"])
    ]


def terms_of(service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the contract of a service, and its measure with the contract's defaults."""
    for contract in contracts().values():
        for measure in contract["measures"].values():
            if service in measure["applies_to"]["services"]:
                return contract, contract.get("measure_defaults", {}) | measure
    raise AssertionError(service)


def measured(service: str, requested: Spans = (), *, is_unknown_down: bool = False) -> dict[str, Any]:
    """Return what October came to for one service, counted in seconds.

    `requested` spans are taken out although nobody decided (R-EX7); `is_unknown_down` counts unmeasured time as down.
    """
    contract, terms = terms_of(service)
    window = Window(contract["clock"]["timezone"])
    parts = [row["component_id"] for row in catalogue() if row["service_id"] == service]
    gaps = [
        (at(row["start_at"]), at(row["end_at"]))
        for row in rows("probe_samples")
        if row["state"] == "no_data" and row["component_raw"] in parts
    ]
    down = combined(service, {part: window.paint([outage[:2] for outage in outages_of(part)]) for part in parts})
    unmeasured = window.paint(gaps) & ~down
    down |= unmeasured & is_unknown_down
    agreed = window.paint(opening_hours(terms["service_hours"])) if "service_hours" in terms else np.ones(window.length, dtype=bool)
    notice_h = contract.get("exclusions", {}).get("pre_approved_maintenance", {}).get("notice_h", 120)
    outside = agreed & (window.paint(approved_maintenance(service, notice_h)) | window.paint(requested) & down)
    lost_s = int((down & agreed & ~outside).sum())
    base_s = int((agreed if terms.get("denominator") == "count_as_up" else agreed & ~outside).sum())
    value = Fraction(base_s - lost_s, base_s)
    return {
        "agreed_us": int(agreed.sum()) * SECOND_US,
        "down_us": lost_s * SECOND_US,
        "excluded_us": int((down & outside).sum()) * SECOND_US,
        "unmeasured_us": int((unmeasured & agreed).sum()) * SECOND_US,
        "value_num": (base_s - lost_s) * SECOND_US,
        "value_den": base_s * SECOND_US,
        "value_pct": floored_pct(value),
        "status": "met" if value * 100 >= Fraction(terms["target"]) else "breached",
        "target": terms["target"],
        **credit(service, lost_s, value, terms, terms.get("credits", contract["credits"])),
    }


def floored_pct(value: Fraction) -> str:
    """Return a percentage floored at six decimals."""
    whole = value.numerator * 10**8 // value.denominator
    return f"{whole // 10**6}.{whole % 10**6:06}"


def credit(service: str, lost_s: int, value: Fraction, terms: dict[str, Any], money: dict[str, Any]) -> dict[str, Any]:
    """Return what the text pays for lost time: share, base and rounded amount; nothing where it pays nothing."""
    lines = [line for line in rows("invoice_lines") if line["service_id"] == service and line["period"] == "2026-10"]
    charges = [line for line in lines if line["one_time"] == "false" and line["tax"] == "false"]
    basis = sum((Decimal(line["amount"]) for line in charges), Decimal(0))
    share, found = earned_share(lost_s, value, terms, money)
    amount = basis * share.numerator / share.denominator
    base = {
        "basis_amount": str(basis),
        "computed": str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "currency": charges[0]["currency"],
    }
    return {"form": money["form"], **found, **base} if share else {}


def earned_share(lost_s: int, value: Fraction, terms: dict[str, Any], money: dict[str, Any]) -> tuple[Fraction, dict[str, Any]]:
    """Return the share of the base that a form of credit pays, and how it came to it."""
    if money["form"] == "proportional":
        return (1 - value) * Fraction(money["multiplier"]), {}
    if money["form"] == "per_block":
        blocks = max(lost_s - money["allowance_s"], 0) // (money["block_min"] * 60)
        pct = blocks * Fraction(money["pct_per_block"])
        return pct / 100, {"blocks": blocks, "credit_pct": str(pct)}
    reached = [tier for tier in terms["tiers"] if Fraction(tier.get("at_least", "0")) <= value * 100 < Fraction(tier["below"])]
    pct = reached[0]["credit_pct"] if reached else "0"
    return Fraction(pct) / 100, {"credit_pct": pct}


@pytest.mark.parametrize("expected", EXPECTED["verdicts"], ids=lambda verdict: verdict["service_id"])
def test_october_of_every_service_comes_out_as_intended(expected):
    names = ("contract_version_id", "measure_id", "service_id", "flags")
    assert measured(expected["service_id"]) == {key: value for key, value in expected.items() if key not in names}


def test_an_undecided_request_and_unmeasured_time_would_change_what_the_page_says_they_would():
    (row,) = [row for row in rows("exclusion_requests") if not row["decision"]]
    without = measured("card-payments", [(at(row["start_at"]), at(row["end_at"]))])
    unknown = measured("payouts", is_unknown_down=True)
    for expected, found in zip(EXPECTED["variants"], (without, unknown), strict=True):
        keys = expected.keys() - {"service_id", "variant", "blocks", "computed"}
        assert {key: found[key] for key in keys} == {key: expected[key] for key in keys}
    assert "computed" not in without  # eleven minutes beyond the allowance fill no block


def test_the_hand_worked_service_adds_up_line_by_line():
    star = EXPECTED["star"]
    window = Window("Europe/Berlin")
    assert (window.start, window.end, window.length) == (at(star["window_start_at"]), at(star["window_end_at"]), 745 * 3600)
    assert sum(line["length_us"] for line in star["counted"]) == star["down_us"]
    assert all(at(line["end_at"]) - at(line["start_at"]) == timedelta(microseconds=line["length_us"]) for line in star["counted"])
    assert star["value_den"] == star["agreed_us"] - star["outside_us"]
    assert star["value_num"] == star["value_den"] - star["down_us"]
    assert Fraction(star["value_num"], star["value_den"]) == Fraction(299, 300)
    assert len(star["counted"]) == star["outages"]
    verdict = next(one for one in EXPECTED["verdicts"] if one["service_id"] == star["service_id"])
    assert all(star[key] == verdict[key] for key in star.keys() & verdict.keys())


def test_an_outage_starts_where_the_probe_or_a_provider_against_its_interest_says():
    month = Window("Europe/Berlin")
    parts = ("checkout", "checkout-web", "checkout-db")
    found = [(part, *one) for part in parts for one in outages_of(part) if one[0] < month.end and one[1] > month.start]
    expected = [(one["component_id"], at(one["start_at"]), at(one["end_at"]), one["extended_by"]) for one in EXPECTED["star"]["intervals"]]
    assert sorted(found, key=lambda one: one[1]) == expected
    assert ("card-3ds", at("2026-10-05T10:02:00Z"), at("2026-10-05T10:33:00Z"), "end") in [
        ("card-3ds", *one) for one in outages_of("card-3ds")
    ]


# ---- means, from what people and machines wrote ----------------------------------------------------------------------------------------


def star_ticket(title: str) -> dict[str, str]:
    """Return the ticket of that title that was resolved in October in Berlin."""
    (ticket,) = [row for row in rows("servicenow") if row["short_description"] == title and row["resolved_at"] >= "2026-10-01"]
    return ticket


def first_human_step(ticket: str) -> datetime:
    """Return when a person first took the ticket (R-CL2): an automatic reply does not count."""
    steps = [row for row in rows("servicenow_history") if row["ticket_key"] == ticket and row["actor_kind"] == "human"]
    return min(at(row["changed_at"]) for row in steps)


@pytest.mark.parametrize("expected", EXPECTED["star"]["incidents"], ids=lambda incident: incident["title"])
def test_the_instants_of_a_hand_worked_incident_stand_in_the_files(expected):
    ticket = star_ticket(expected["title"])
    alerts = [at(row["fired_at"]) for row in rows("probe_alerts") if row["incident_ref"] == ticket["number"]]
    assert min(alerts) == at(expected["detected_at"])
    assert first_human_step(ticket["number"]) == at(expected["acknowledged_at"])
    assert at(ticket["resolved_at"], BERLIN) == at(expected["resolved_at"])


def test_the_means_follow_from_the_instants():
    anchors = {
        "mttd": ("occurred_at", "detected_at"),
        "mtta": ("detected_at", "acknowledged_at"),
        "mttr_restore": ("occurred_at", "restored_at"),
        "detect_to_restore": ("detected_at", "restored_at"),
        "mttr_resolve": ("occurred_at", "resolved_at"),
    }
    for metric, (first, last) in anchors.items():
        gaps = [at(one[last]) - at(one[first]) for one in EXPECTED["star"]["incidents"]]
        minutes = sorted(Fraction(gap // timedelta(seconds=1), 60) for gap in gaps)
        expected = EXPECTED["star"]["metrics"][metric]
        assert expected["n"] == len(minutes)
        assert Fraction(expected["mean"]) == sum(minutes) / len(minutes), metric
        assert Fraction(expected["median"]) == minutes[len(minutes) // 2], metric
        assert Fraction(expected["p90"]) == quantiles(minutes, n=10, method="inclusive")[8], metric  # type 7


def test_nothing_but_the_five_incidents_happens_to_checkout_in_october():
    tickets = [
        row
        for row in rows("servicenow")
        if row["business_service"] == "Checkout & Basket" and "2026-10" <= row["resolved_at"][:7] < "2026-11"
    ]
    assert sorted(row["short_description"] for row in tickets) == sorted(one["title"] for one in EXPECTED["star"]["incidents"])
    window = Window("Europe/Berlin")
    parts = [row["component_id"] for row in catalogue() if row["service_id"] == "checkout"]
    alerts = [
        row
        for row in rows("probe_alerts")
        if component_of()[row["component_raw"]] in parts and window.start <= at(row["fired_at"]) < window.end
    ]
    assert all(row["incident_ref"] for row in alerts)


# ---- the story -------------------------------------------------------------------------------------------------------------------------


def test_kitewire_calls_its_outages_shorter_than_they_were():
    shares = []
    for key, component, start, end in provider_spans():
        runs = [run for run in down_runs()[component] if key.startswith("kw") and end and run[0] <= start and end <= run[1]]
        shares += [((end - start) - (run[1] - run[0])).total_seconds() for run in runs]
    assert len(shares) == 13
    assert all(share < 0 for share in shares)
    assert sum(share < -300 for share in shares) == 12  # beyond RC-D3's tolerance


def test_an_outage_that_nobody_noticed_stands_in_the_samples_alone():
    start, end = at("2026-10-13T02:17:00Z"), at("2026-10-13T02:28:00Z")
    assert (start, end) in down_runs()["customer-id"]
    names = {"customer-id", "login-a", "login-b"}
    assert not [
        row
        for row in rows("probe_alerts")
        if component_of()[row["component_raw"]] in names and abs(at(row["fired_at"]) - start) < timedelta(hours=1)
    ]
    assert not [one for one in provider_spans() if one[1] in names and one[2] < end + timedelta(hours=1) and start < (one[3] or EXTRACTED)]


def test_a_provider_admits_an_outage_for_which_there_is_no_ticket():
    (record,) = [one for one in provider_spans() if one[1] == "edge-app" and one[2].month == 10]
    assert record[0] not in {row["u_vendor_ref"] for row in rows("servicenow")}


def test_three_tickets_of_the_clock_change_night_have_ambiguous_times():
    night = [row for row in rows("servicenow") if any(row[name].startswith("2026-10-25 02:") for name in row)]
    assert len(night) == 3
    backwards = [row for row in night if row["resolved_at"] < row["opened_at"]]
    assert [row["short_description"] for row in backwards] == ["Order queue blocked during the night"]


def test_what_is_still_open_at_the_end_is_open_in_every_source():
    assert [row["short_description"] for row in rows("servicenow") if row["state"] == "In Progress"] == ["App cannot reach the shop"]
    assert [one[1] for one in provider_spans() if one[3] is None] == ["edge-app"]
    assert [component_of()[row["component_raw"]] for row in rows("probe_alerts") if not row["cleared_at"]] == ["edge-app"]


def test_the_faulty_rows_stay_below_the_warning_limit():
    tickets = rows("servicenow")
    versions = Counter((row["number"], row["sys_mod_count"]) for row in tickets)
    contents = Counter(tuple(row.values()) for row in tickets)
    conflicting = [row for row in tickets if versions[row["number"], row["sys_mod_count"]] > 1 and contents[tuple(row.values())] == 1]
    ambiguous = [row for row in tickets if any(row[name].startswith("2026-10-25 02:") for name in row)]
    backwards = [row for row in tickets if row["resolved_at"] and row["resolved_at"] < row["opened_at"] and row not in ambiguous]
    nameless = [row for row in tickets if not row["business_service"]]
    assert [len(faults) for faults in (ambiguous, conflicting, backwards, nameless)] == [3, 2, 1, 1]
    assert 7 / len(tickets) < 0.02  # DQ-15
    assert sum(contents.values()) - len(contents) == 1  # one exact duplicate
    assert Counter(row["state"] for row in tickets)["Parked with supplier"] == 1  # ENUM_UNMAPPED


# ---- the files -------------------------------------------------------------------------------------------------------------------------


def test_the_script_makes_the_committed_bytes_again(tmp_path):
    subprocess.run([sys.executable, HOME / "make_sample.py", tmp_path], check=True, capture_output=True)
    made = {file.relative_to(tmp_path / "inbox"): file for file in (tmp_path / "inbox").rglob("*") if file.is_file()}
    committed = {file.relative_to(INBOX): file for file in INBOX.rglob("*") if file.is_file()}
    assert made.keys() == committed.keys()
    for name, file in made.items():
        assert content(file) == content(committed[name]), name  # unpacked: another zlib may pack the same content otherwise
        assert file.suffix != ".gz" or file.read_bytes()[:10] == committed[name].read_bytes()[:10]  # no name, no time in the header


def test_the_home_is_small_and_complete():
    files = [file for file in HOME.rglob("*") if file.is_file() and file.relative_to(HOME).parts[0] in ("inbox", "reference", "home.yml")]
    assert sum(file.stat().st_size for file in files) < 3_000_000
    assert {source["id"] for source in SOURCES} == {folder.name for folder in INBOX.iterdir()}
    assert all(at(source["expects"]["extracted_at"]) == EXTRACTED and len(source["expects"]["covers"]) == 2 for source in SOURCES)


@pytest.mark.parametrize("source", sorted(CANONICAL))
def test_canonical_files_hold_known_columns_required_values_and_known_words(source):
    entity = dictionary().entities[CANONICAL[source]]
    columns = {column.name: column for column in entity.columns}
    for row in rows(source):
        assert row.keys() <= columns.keys()
        assert all(row.get(name) for name, column in columns.items() if column.required)
        assert all(row[name] in columns[name].enum for name in row if columns[name].enum and row[name])
    keys = [tuple(row[name] for name in entity.key) for row in rows(source)]
    assert len(keys) == len(set(keys))


def test_samples_of_a_component_adjoin_from_first_to_last():
    by_rule: dict[str, list[dict[str, str]]] = {}
    for row in rows("probe_samples"):
        if row["start_at"] < row["end_at"]:
            by_rule.setdefault(row["rule_id"], []).append(row)
    assert len(by_rule) == len(catalogue())
    for samples in by_rule.values():
        assert (samples[0]["start_at"], samples[-1]["end_at"]) == ("2026-06-29T00:00:00Z", "2026-11-03T06:00:00Z")
        assert all(one["end_at"] == two["start_at"] and one["state"] != two["state"] for one, two in pairwise(samples))


def test_every_name_and_reference_resolves():
    tickets = {row["number"] for row in rows("servicenow")}
    services = {name for row in catalogue() if row["component_id"] == row["service_id"] for name in row["aliases"].split(";")}
    assert all(row["business_service"] in services for row in rows("servicenow") if row["business_service"])
    assert all(component_of()[row["cmdb_ci"]] for row in rows("servicenow") if row["cmdb_ci"])
    assert {row["ticket_key"] for row in rows("servicenow_history")} == tickets
    assert {row["our_ref"] for row in [*rows("fjordwerk"), *rows("talerbridge")]} <= tickets | {""}
    assert {row["incident_ref"] for row in rows("probe_alerts")} <= tickets | {""}
    assert {row["incident_ref"] for row in rows("exclusion_requests")} <= tickets
    assert {row["u_vendor_ref"] for row in rows("servicenow")} <= {one[0] for one in provider_spans()} | {""}
    assert {row["caused_by"] for row in rows("servicenow")} <= {row["change_key"] for row in rows("servicenow_changes")} | {""}


def test_the_snapshot_of_a_ticket_is_where_its_history_ends():
    words = {"closed": "Closed", "resolved": "Resolved", "cancelled": "Canceled", "in_progress": "In Progress", "waiting_vendor": "On Hold"}
    last = {row["ticket_key"]: row["new"] for row in rows("servicenow_history") if row["field"] == "state"}
    assert all(words[last[row["number"]]] == row["state"] for row in rows("servicenow") if row["state"] in words.values())


def test_invoice_totals_are_the_sums_of_their_lines():
    sums: dict[str, Decimal] = {}
    for line in rows("invoice_lines"):
        sums[line["invoice_id"]] = sums.get(line["invoice_id"], Decimal(0)) + Decimal(line["amount"])
    assert sums == {row["invoice_id"]: Decimal(row["total"]) for row in rows("invoices")}


def test_the_contracts_keep_to_the_language():
    jsonschema = pytest.importorskip("jsonschema")
    if not SCHEMA.is_file():
        pytest.skip("contract.schema.json is not beside the checkout: ../shared/contracts")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert len(contracts()) == 3
    assert [error.message for contract in contracts().values() for error in validator.iter_errors(contract)] == []
    assert len({contract["clock"]["timezone"] for contract in contracts().values()}) == 3
