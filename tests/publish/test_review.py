"""The quarterly vendor review: one data set, two editions, and nothing of anybody else in the vendor's."""

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tasks.model.dictionary import dictionary
from tasks.model.errors import BlockedError
from tasks.publish.numbers import Source
from tasks.publish.review.edition import STRUCK, Reader, reader_of, refuse_others
from tasks.publish.review.pack import ReviewTerms, publish_review
from tasks.store.engine import Engine
from tasks.store.packs import shelf
from tasks.store.staged import VERSION_COLUMNS, staged_columns
from tests.publish.estate import MEASURED, RECONCILED, RUN, Contract, Outage, Service, build_estate, home_at, load, origins_of
from tests.publish.test_page import exact_text, show

PERSON, ADDRESS = "QX7M2KDA5TLV3ZHB", "wiebke.albers@zyxtel-hosting.example"
OTHERS = ("zyxtel", "Zyxtel Hosting", "ZYX-MSA", "zyx-ledger", "Zyx Ledger", PERSON, "Wiebke Albers", ADDRESS)
CONTRACTS = [Contract("ACME-CDN", 1, "acme", "Europe/Berlin", "EUR"), Contract("ZYX-MSA", 1, "zyxtel", "UTC", "USD")]
SERVICES = [
    Service(
        "shop",
        "Shop",
        "ACME-CDN",
        "99.9",
        "1000.00",
        outages=[
            Outage(
                "INC1",
                "10-06 09:00:00",
                "10-06 10:30:00",
                f"Zyxtel Hosting was down too, says {ADDRESS}",
                ("10-06 09:20:00", "10-06 10:05:00"),
                ("10-06 09:15:00", "10-06 10:40:00"),
            ),
            Outage("INC2", "10-16 09:00:00", "10-16 09:05:00", "Short", ("10-16 09:01:00", "10-16 09:05:00")),
        ],
    ),
    Service(
        "zyx-ledger",
        "Zyx Ledger",
        "ZYX-MSA",
        "99.9",
        "500.00",
        "USD",
        outages=[Outage("INC9", "10-07 09:00:00", "10-07 12:00:00", "Ledger")],
    ),
]
START, END = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)
QUARTER = replace(RUN, occasion="quarter", period="2026-Q4", start_at=START, end_at=END, as_of=datetime(2027, 1, 5, 6, tzinfo=UTC))
REFERENCE = SimpleNamespace(
    contracts=[
        SimpleNamespace(contract_id="ACME-CDN", provider=SimpleNamespace(id="acme", name="Acme Edge")),
        SimpleNamespace(contract_id="ZYX-MSA", provider=SimpleNamespace(id="zyxtel", name="Zyxtel Hosting")),
    ],
    people=[SimpleNamespace(person_ref=PERSON, name="Wiebke Albers")],
)
METRIC = {
    "definition_version": "1",
    "period": "2026-Q4",
    "start_at": START,
    "end_at": END,
    "publication": "mean_median_interval",
    "verdict": "not_tested",
    "is_suppressed": False,
}


def tables():
    """Return two vendors' quarter, in which records of the one name the other, a person and an address wherever text is free."""
    estate = build_estate(SERVICES, CONTRACTS)
    for incident in estate.tables["reconciled.incidents"]:
        incident |= {"cause_key": "zyxtel_link lost by Zyxtel Hosting", "component_ids": [*incident["component_ids"], "zyx-ledger"]}
        incident |= {"tickets": 1}
    for vendor_id, others in (("acme", 8), ("zyxtel", 2)):
        filter_ = f'{{"provider_id":"{vendor_id}"}}'
        for metric_id, unit in (("sla_attainment", "share"), ("incidents", "count")):
            value = {"value_num": others, "value_den": 9 if unit == "share" else 1}
            value["value"] = Decimal(others) / value["value_den"]
            estate.add(
                "measured.metrics",
                **METRIC,
                metric_id=metric_id,
                filter=filter_,
                unit=unit,
                n=others,
                **{k: str(v) for k, v in value.items()},
            )
        row = {"matched": 1, "ours": 2, "theirs": 1, "bias_median_us": -60_000_000, "bias_p25_us": -60_000_000, "bias_p75_us": 0}
        estate.add("measured.vendor_accuracy", provider_id=vendor_id, period="2026-Q4", sign_p_value="0.5", **row)
    trigger = {"trigger_id": "T1", "rule": "3 in 90 days", "observed": "1", "is_headline": False, "is_if_counted": False}
    estate.add(
        "measured.chronic_triggers",
        contract_version_id="ACME-CDN@1",
        service_id="shop",
        right_given="termination",
        subject_ids=[],
        **trigger,
    )
    (result,) = {
        row["result_id"] for row in estate.tables["measured.sla_results"] if row["service_id"] == "shop" and row["variant"] == "headline"
    }
    for dispute_id, state in (("D-1", "open"), ("D-2", "rejected")):
        raised = {
            "dispute_id": dispute_id,
            "party": "provider",
            "scope": "whole",
            "state": state,
            "raised_at": datetime(2026, 11, 10, tzinfo=UTC),
        }
        worth = {"status_if_counted": "breached", "amount_at_stake": "12.5", "currency": "EUR", "decide_by": "2026-12-01"}
        estate.add("measured.dispute_effects", **raised, **worth, result_id=result)
        if state == "rejected":
            decided = {"decided_at": datetime(2026, 11, 17, tzinfo=UTC), "decided_by_role": "vendor_manager", "recorded_from": START}
            estate.add(
                "staged.dispute", **decided, **raised, subject_type="incident", subject_id="x", raw_id="r", region="eu", is_current=True
            )
    for record, incident in zip(estate.tables["staged.vendor_record"], estate.tables["reconciled.incidents"], strict=False):
        found = {
            "discrepancy_id": record["raw_id"][:9],
            "rule_id": "RC-D3",
            "type": "DURATION_UNDERSTATED",
            "source_system": "acme",
            "state": "open",
        }
        delta = {"delta_us": -45 * 60_000_000, "raw_ids": [record["raw_id"]], "opened_at": END}
        estate.add("reconciled.discrepancies", **found, **delta, incident_id=incident["incident_id"])
    span = {
        "component_id": "zyx-ledger",
        "start_at": START,
        "end_at": END,
        "state": "down",
        "weight": "1",
        "basis": "monitoring",
        "raw_ids": [],
    }
    estate.add("reconciled.outage_intervals", incident_id=estate.tables["reconciled.incidents"][0]["incident_id"], **span)
    shared = {
        "mw_key": "MW-7",
        "components": ["shop", "zyx-ledger"],
        "kind": "planned",
        "raw_id": "r",
        "region": "eu",
        "recorded_from": START,
    }
    estate.add("staged.maintenance_window", **shared, start_at=END, end_at=datetime(2027, 1, 20, tzinfo=UTC))
    for row in estate.tables["staged.service_catalogue"]:
        row["provider_id"] = "acme" if row["service_id"] == "shop" else "zyxtel"
    for record in estate.tables["staged.vendor_record"]:
        record |= {"provider_id": "acme", "corrective_action": f"Moved away from Zyxtel Hosting; ask {ADDRESS}"}
    return estate


def load_all(engine, estate):
    """Fill an engine with the estate; tables that it says nothing of are empty."""
    for table in dictionary().tables.values():
        if table.scope == "run" and table.room in ("measured", "reconciled") and table.name not in (*MEASURED, *RECONCILED):
            rows = estate.tables.get(f"{table.room}.{table.name}", [])
            empty = {"VARCHAR[]": [], "BIGINT": 0, "BOOLEAN": False}
            filled = {c.name: empty[c.duckdb_type] for c in table.columns if not c.nullable and c.duckdb_type in empty}
            engine.create_like_dictionary(f"{table.room}.{table.name}", [filled | row for row in rows])
    load(engine, estate, QUARTER)
    for entity in dictionary().entities:
        if not engine.has(f"staged.{entity}"):
            engine.create(f"staged.{entity}", staged_columns(entity) | VERSION_COLUMNS, estate.tables.get(f"staged.{entity}", []))


def publish(home, vendor_id, edition, estate=None):
    run = QUARTER.of_vendor(vendor_id, edition)

    @contextmanager
    def rooms():
        with Engine() as engine:
            load_all(engine, estate or tables())
            reader = reader_of(engine, REFERENCE, vendor_id, edition)
            for name in ("contract_versions", "measures", "windows"):  # as run tables of the vendor's contracts are
                engine.execute(f"delete from run.{name} where contract_version_id not like '{'ACME' if vendor_id == 'acme' else 'ZYX'}%'")
            yield engine, reader

    return publish_review(home, run, origins_of(home), ReviewTerms([], {"content": "vendor_manager"}, False), rooms)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return home_at(tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def ours(home):
    return publish(home, "acme", "customer")


@pytest.fixture(scope="module")
def theirs(home):
    return publish(home, "acme", "vendor")


def texts_of(pack):
    """Return every file's text by name; of Parquet every value, for its bytes are packed."""
    found = {}
    for file in sorted(pack.folder.root.rglob("*")):
        if file.suffix == ".parquet":
            with Engine() as engine:
                found[file.name] = json.dumps(
                    engine.rows("select json(one)::varchar as row from read_parquet($file) as one", {"file": str(file)})
                )
        elif file.is_file():
            found[file.name] = file.read_bytes().decode("utf-8", errors="replace")
    return found


def test_no_file_of_the_vendors_edition_names_another_vendor_or_a_person(theirs, ours):
    texts = texts_of(theirs)
    assert len(texts) > 30
    found = sorted((name, other) for name, text in texts.items() for other in OTHERS if other.casefold() in text.casefold())
    assert found == []
    own = "".join(texts_of(ours).values()).casefold()
    assert {name for name in (ADDRESS, "zyxtel hosting") if name not in own} == set(), "our own edition shows that records do name them"


def test_what_is_struck_out_is_said(theirs):
    html = theirs.folder.page("review.html").read_text(encoding="utf-8")
    assert f"Moved away from {STRUCK}; ask {STRUCK}" in html


def test_the_restricted_annex_stands_in_our_edition_alone(ours, theirs):
    for pack, is_there in ((ours, True), (theirs, False)):
        html = pack.folder.page("review.html").read_text(encoding="utf-8")
        assert ("Restricted annex" in html) is is_there
        assert ("3 in 90 days" in html) is is_there
        assert pack.folder.parquet("chronic_triggers").is_file() is is_there
        assert pack.folder.parquet("metric_funnel").is_file() is is_there


def test_both_editions_hold_the_vendors_rows_alone(ours, theirs):
    for pack in (ours, theirs):
        with Engine() as engine:
            show(engine, pack)
            assert engine.rows("select distinct contract_version_id from sla_results") == [{"contract_version_id": "ACME-CDN@1"}]
            assert engine.rows("select distinct provider_id from vendor_accuracy") == [{"provider_id": "acme"}]
            assert {row["ticket_key"] for row in engine.rows("select ticket_key from incidents")} == {"INC1", "INC2"}
            assert {row["filter"] for row in engine.rows("select filter from metrics")} == {'{"provider_id":"acme"}'}


def test_both_editions_print_the_same_numbers(ours, theirs):
    figures = []
    for pack in (ours, theirs):
        with Engine() as engine:
            show(engine, pack)
            rows = engine.rows("select section, label, value_printed from figures where section not like 'R %'")
            figures.append({(row["section"], re.sub(r"\[.*?\]|zyx.*", "", row["label"])): row["value_printed"] for row in rows})
    shared = figures[0].keys() & figures[1].keys()
    assert len(shared) > 30
    assert {key: figures[0][key] for key in shared} == {key: figures[1][key] for key in shared}


def test_every_printed_number_is_what_its_query_gives_over_the_packs_own_tables(ours, theirs):
    for pack in (ours, theirs):
        with Engine() as engine:
            show(engine, pack)
            figures = engine.rows("from figures order by figure_id")
            assert len(figures) > 30
            for figure in figures:
                query = Source(figure["table_name"], json.loads(figure["key"]), figure["column_name"]).query()
                rows = engine.rows(query)
                assert len(rows) == 1, (figure["label"], query)
                (value,) = rows[0].values()
                assert exact_text(value, figure["value_exact"]) == figure["value_exact"], (figure["label"], query, value)


def test_the_manifest_says_vendor_and_edition_and_to_the_vendor_no_file_of_ours(ours, theirs):
    manifest = theirs.folder.read_manifest()
    assert (manifest["vendor_id"], manifest["edition"], manifest["inputs"], manifest["reference"]) == ("acme", "vendor", [], [])
    assert ours.folder.read_manifest()["edition"] == "customer"
    assert theirs.run_id != ours.run_id


def test_latest_and_the_shelf_know_each_edition(home, ours, theirs):
    paths = [f"{ours.run_id}/acme/customer", f"{theirs.run_id}/acme/vendor"]
    assert home.latest_paths("quarter", "2026-Q4") == paths
    assert [(pack.path, pack.is_latest) for pack in shelf(home)] == [(path, True) for path in paths]


def test_every_section_stands_on_the_page_and_an_empty_one_says_why(theirs):
    html = theirs.folder.page("review.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="s(\w+)".*?</section>', html, re.DOTALL)
    assert sections == [str(number) for number in range(1, 13)]
    assert "No action that came from an incident with this vendor is on record" in html
    assert "Not known: this run measures its own quarter" in html


def test_a_name_that_gets_past_the_columns_stops_the_pack(tmp_path):
    reader = Reader("acme", "Acme Edge", "vendor", {"provider": ["Zyxtel Hosting"], "contract": ["ZYX-MSA"], "person": [PERSON]})
    file = tmp_path / "figures.csv"
    for text in ("as zyxtel hosting says", "clause of ZYX-MSA", f"by {PERSON}", "write to a.b@c.example"):
        file.write_text(text)
        with pytest.raises(BlockedError, match="figures"):
            refuse_others(reader, [file], "")
        with pytest.raises(BlockedError, match="the page"):
            refuse_others(reader, [], f"<p>{text}</p>")
    file.write_text("Acme Edge says so, in ACME-CDN@1; <style>zyxtel hosting</style>".replace("<style>zyxtel hosting</style>", ""))
    refuse_others(reader, [file], "<style>Zyxtel Hosting</style>")


def test_a_dispute_is_told_with_its_days_and_who_was_right(ours):
    html = ours.folder.page("review.html").read_text(encoding="utf-8")
    (section,) = re.findall(r'<section id="s6".*?</section>', html, re.DOTALL)
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", section, re.DOTALL)[1:]]
    assert [re.search(r"(open|rejected) .*? (\d+) +(not decided|we) ", row).groups() for row in rows] == [
        ("open", "56", "not decided"),  # 10 November to 5 January
        ("rejected", "7", "we"),  # to 17 November: the vendor had disputed
    ]


def test_the_same_tables_give_the_same_bytes(tmp_path, theirs):
    again = publish(home_at(tmp_path), "acme", "vendor")
    assert again.manifest_sha256 == theirs.manifest_sha256
