"""Claim letter and worksheet: one page in the order of 7.4, and formulas that LibreOffice works out to the ledger's own values."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tasks.model.contract import resolve_contract
from tasks.model.letters import Letter
from tasks.model.run import Run
from tasks.publish.claim_case import READ, Annex, Case, facts_of
from tasks.publish.claim_letter import letter_page
from tasks.publish.claim_papers import publish_claim
from tasks.publish.numbers import Book
from tasks.publish.tables import write_table
from tasks.publish.worksheet import write_worksheet
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.packs import PackFolder
from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.test_caps import billed, down
from tests.measure.world import DEFAULTS, columns_of

XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
soffice = shutil.which("soffice")
RUN = Run(
    "0" * 16,
    "month",
    "2026-06",
    datetime(2026, 6, 1, tzinfo=UTC),
    datetime(2026, 7, 1, tzinfo=UTC),
    datetime(2026, 7, 5, tzinfo=UTC),
    "eu",
    "UTC",
)
TWO = down(("2026-06-10T10:00:00Z", "2026-06-10T12:00:00Z"), ("2026-06-10T11:00:00Z", "2026-06-10T11:30:00.5Z"))
BLOCKS = {"form": "per_block", "block_min": 30, "pct_per_block": "1.5", "partial_block": "counts", "allowance_s": 1200}
DISPUTE = {
    "dispute_id": "D-1",
    "party": "provider",
    "subject_type": "incident",
    "subject_id": "I-0",
    "scope": "whole",
    "state": "open",
    "raised_at": "2026-07-02T00:00:00Z",
}
SILENT = {name: value for name, value in MEASURE.items() if name != "denominator"}
MAINTENANCE = {"exclusion_id": "X-1", "type": "pre_approved_maintenance", "contract_version_id": "ACME@1", "component_id": "shop"}
MAINTENANCE |= {
    "start_at": "2026-06-10T11:00:00Z",
    "end_at": "2026-06-10T11:30:00Z",
    "status": "applied",
    "evidence": [],
    "signoff_ids": [],
}


@dataclass
class Rows:
    """Stands in for the staged room: the rows of a test over the defaults."""

    given: dict[str, list[dict[str, Any]]]

    def show(self, engine: Engine, entities: Any) -> None:
        for name in entities:
            rows = self.given.get(f"staged.{name}", [{}] if name == "service_catalogue" else [])
            engine.create(f"staged.{name}", columns_of(f"staged.{name}"), [{**DEFAULTS.get(f"staged.{name}", {}), **row} for row in rows])


def case_of(folder: Path, text: dict[str, Any], given: dict[str, Any], *, place: int = 0, **more: Any) -> tuple[Case, Rows]:
    """Return the case of a claim that production computed from these rows, its pack written below `folder`."""
    engine = measured([text], given, as_of="2026-07-05T00:00:00Z")
    pack = PackFolder(folder / "pack")
    (pack.root / "tables").mkdir(parents=True)
    for name in READ:
        write_table(engine, RUN, name, pack)
    manifest: dict[str, Any] = {"run_id": RUN.run_id, "content_sha256": "ab" * 32, "is_simulated": False, "period": "2026-06"}
    manifest |= {
        "as_of": "2026-07-05T00:00:00Z",
        "home": {},
        "inputs_head": {},
        "inputs": [],
        "reference": [],
        "contracts": [],
        "policy_sha256": "",
    }
    pack.manifest.write_text(json.dumps(manifest))
    row = engine.rows("from measured.claims order by claim_id")[place]
    contract = resolve_contract(text)
    terms = next(iter(contract.measures.values())).claims
    letter = Letter(contract_id="ACME", account="A-17", rights="We reserve all rights under clause 12.", **more)
    prepared_at = datetime(2026, 7, 6, 9, tzinfo=UTC)
    return Case(row, contract, terms, pack, letter, "Ada Vendor", "contract_authority", prepared_at), Rows(given)


def papers(folder: Path, text: dict[str, Any], given: dict[str, Any], **more: Any) -> tuple[str, Path]:
    """Return a claim's letter as plain words, and its worksheet."""
    case, rows = case_of(folder, text, given, **more)
    with Engine() as engine:
        facts = facts_of(engine, rows, case)
    html = letter_page(facts, [Annex("Worksheet", "worksheet.xlsx", "cd" * 32)], Book("letter.html"))
    write_worksheet(facts, folder / "worksheet.xlsx")
    body = unescape(re.sub(r"<[^>]+>", " ", html[html.index("<main>") :]))
    return re.sub(r"\s+", " ", body), folder / "worksheet.xlsx"


YEN = {name: [row | {"currency": "JPY"} for row in rows] for name, rows in billed("2026-06", amount="10005.00").items()}
CASES = [
    pytest.param({"uptime": MEASURE}, {}, TWO, "EUR 1,000.00", id="a tier of the fee; outages that overlap count once"),
    pytest.param({"uptime": MEASURE | {"credits": BLOCKS}}, {}, TWO, "EUR 600.00", id="begun half hours beyond a free allowance"),
    pytest.param(
        {"uptime": MEASURE | {"credits": {"form": "proportional", "multiplier": "10"}}},
        {},
        TWO,
        "EUR 277.78",
        id="ten times the lost share",
    ),
    pytest.param(
        {"uptime": MEASURE},
        {"credits": {"currency": "EUR", "caps": {"per_service_pct": "7"}, "min_credit": {"amount": "5.00", "comparator": "gt"}}},
        TWO,
        "EUR 700.00",
        id="a minimum, and a cap that cuts",
    ),
    pytest.param(
        {"uptime": MEASURE},
        {"credits": {"currency": "JPY", "rounding": {"mode": "half_even", "unit": "currency_minor", "stage": "per_line"}}},
        TWO | YEN,
        "JPY 1,000",
        id="half a yen goes to the even one",
    ),
    pytest.param({"uptime": SILENT}, {}, TWO | {"reconciled.exclusions": [MAINTENANCE]}, "EUR 1,000.00", id="two readings of the base"),
    pytest.param({"uptime": MEASURE}, {}, TWO | {"staged.dispute": [DISPUTE]}, "EUR 1,000.00", id="all of it in dispute: protective"),
]


def made(folder: Path, measures: dict[str, Any], blocks: dict[str, Any], given: dict[str, Any]) -> tuple[str, Path]:
    fees = {} if "staged.invoice_line" in given else billed("2026-06", amount="10000.00")
    return papers(folder, contract_text(measures, **blocks), given | fees)


@pytest.mark.skipif(soffice is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_works_every_formula_out_to_the_value_of_the_ledger(tmp_path):
    """All worksheets in one start of the program; the values stored beside the formulas are taken away first."""
    blank = tmp_path / "blank"
    blank.mkdir()
    files = []
    for number, case in enumerate(CASES):
        measures, blocks, given, _ = case.values
        (tmp_path / str(number)).mkdir()
        file = made(tmp_path / str(number), measures, blocks, given)[1]
        assert _formulas(file) > 30
        files.append((number, file, _without_values(file, blank / f"{number}.xlsx")))
    words = [
        soffice,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path / "out"),
    ]
    subprocess.run([*words, *(str(copy) for _, _, copy in files)], check=True, capture_output=True, timeout=300)
    for number, file, _ in files:
        theirs, ours = _cells(tmp_path / "out" / f"{number}.xlsx"), _cells(file)
        other = {(name, cell): (theirs[name].get(cell), value) for name in ours for cell, value in ours[name].items()}
        assert {place: pair for place, pair in other.items() if pair[0] != pair[1]} == {}, CASES[number].id


def _formulas(file: Path) -> int:
    with zipfile.ZipFile(file) as archive:
        return sum(archive.read(name).count(b"<f>") for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))


def _without_values(file: Path, copy: Path) -> Path:
    """Write a workbook again without the values of its formulas: only who computes can fill them in."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", text)
            new.writestr(name, text)
    return copy


def _cells(file: Path) -> dict[str, dict[str, str | float]]:
    """Return what every cell of a workbook holds, by the part that is its sheet and by its address."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}
    texts = ["".join(node.itertext()) for node in parts["xl/sharedStrings.xml"]]
    sheets = sorted(name for name in parts if name.startswith("xl/worksheets/sheet"))
    return {
        name: {cell.get("r", ""): value for cell in parts[name].iter(f"{XLSX}c") if (value := _value(cell, texts)) is not None}
        for name in sheets
    }


def _value(cell: ElementTree.Element, texts: list[str]) -> str | float | None:
    stored = cell.find(f"{XLSX}v")
    if stored is None or stored.text is None:
        return None
    match cell.get("t"):
        case "s":
            return texts[int(stored.text)] or None  # an empty text is no cell elsewhere
        case "str" | "b" | "e":
            return stored.text
    return float(f"{float(stored.text):.12g}")


def test_a_letter_is_one_page_in_the_order_that_claims_are_read(tmp_path):
    words, _ = made(tmp_path, {"uptime": MEASURE}, {}, TWO)
    order = ["Reference", "Agreement", "Account", "Service credit claim", "What happened", "Level", "Request", "Disputed part", "Evidence"]
    places = [words.index(name) for name in [*order, "Answer", "Rights", "Ada Vendor"]]
    assert places == sorted(places)
    assert "2026-06-10 10:00:00 2026-06-10 12:00:00 2 h 00 min 00 s" in words
    assert "measured: 99.722 % (exactly 359 / 360)" in words
    assert "10 % (tier: below 99.9 %, at least 99.0 %) of EUR 10,000.00 (invoice RE-2026-06-shop, line 1) is EUR 1,000.00." in words
    assert "None: no part of this amount rests on time that is in dispute." in words
    assert "We reserve all rights under clause 12." in words
    assert "the agreement sets no date for your answer" in words


@pytest.mark.parametrize(("measures", "blocks", "given", "asked"), CASES)
def test_the_letter_asks_for_what_the_ledger_computed(tmp_path, measures, blocks, given, asked):
    words, _ = made(tmp_path, measures, blocks, given)
    assert f"We request {asked}" in words


def test_the_subject_bears_the_literal_words_and_the_answer_is_due_as_agreed(tmp_path):
    claims = {"deadline": {"rule": "days_after_window_end", "n": 30, "clause": "7"}, "provider_decision_days": 20}
    text = contract_text({"uptime": MEASURE}, claims=claims)
    words, _ = papers(tmp_path, text, TWO | billed("2026-06", amount="10000.00"), subject="SLA Credit Request")
    assert "SLA Credit Request: " in words
    assert "The last day for this claim is 2026-07-30: 30 days after window end (clause 7)." in words
    assert "within 20 days of receipt as agreed: if you receive this on 2026-07-06, by 2026-07-26 ." in words


def test_one_claim_an_incident_asks_for_its_share_and_tells_of_its_outage_alone(tmp_path):
    """Two hours on the 10th and one on the 12th: EUR 666.67 and 333.33 of 1,000.00."""
    text = contract_text({"uptime": MEASURE}, claims={"deadline": {"rule": "days_after_incident", "n": 30}, "one_claim_per": "incident"})
    apart = down(("2026-06-10T10:00:00Z", "2026-06-10T12:00:00Z"), ("2026-06-12T10:00:00Z", "2026-06-12T11:00:00Z"))
    asked = set()
    for place in (0, 1):
        words, _ = papers(tmp_path / str(place), text, apart | billed("2026-06", amount="10000.00"), place=place)
        assert "This claim asks for this incident's share of it, by the time that each incident counted for." in words
        assert ("2026-06-10 10:00:00" in words) != ("2026-06-12 10:00:00" in words)
        asked.add(re.search(r"We request (EUR [0-9.]+)", words)[1])
    assert asked == {"EUR 666.67", "EUR 333.33"}


def test_what_another_vendors_component_did_stands_in_no_paper_of_the_claim(tmp_path):
    """One incident took down the shop from 10:00 to 12:00, and another vendor's edge from 9:00 to 12:30."""
    given = down(("2026-06-10T10:00:00Z", "2026-06-10T12:00:00Z"))
    edge = {"component_id": "zyx-edge", "start_at": "2026-06-10T09:00:00Z", "end_at": "2026-06-10T12:30:00Z"}
    given["reconciled.outage_intervals"].append(given["reconciled.outage_intervals"][0] | edge)
    given["staged.service_catalogue"] = [{}, {"service_id": "zyx", "component_id": "zyx-edge", "name": "Zyx Edge", "provider_id": "zyxtel"}]
    case, rows = case_of(tmp_path, contract_text({"uptime": MEASURE}), given | billed("2026-06", amount="10000.00"))
    root = publish_claim(Home(tmp_path / "home", "Acme", "eu", "UTC"), case, rows, Limits()).folder.root
    texts = [file.read_text(encoding="utf-8") for kind in ("*.html", "*.csv", "*.json") for file in root.rglob(kind)]
    cells = [str(value) for sheet in _cells(root / "worksheet.xlsx").values() for value in sheet.values()]
    assert [text for text in (*texts, *cells) if "zyx-edge" in text or "Zyx Edge" in text] == []
    assert "2026-06-10 10:00:00" in "".join(texts)


def test_a_protective_claim_marks_what_is_in_dispute(tmp_path):
    words, _ = made(tmp_path, {"uptime": MEASURE}, {}, TWO | {"staged.dispute": [DISPUTE]})
    assert "EUR 1,000.00 of this amount rests on time that is in dispute (D-1" in words
    assert "(disputed)" in words


def test_papers_are_the_same_bytes_when_they_are_made_again(tmp_path):
    text, given = contract_text({"uptime": MEASURE}), TWO | billed("2026-06", amount="10000.00")
    case, rows = case_of(tmp_path, text, given)
    digests = []
    for name in ("one", "other"):
        home = Home(tmp_path / name, "Acme", "eu", "UTC")
        done = publish_claim(home, case, rows, Limits())
        files = sorted(file for file in done.folder.root.rglob("*") if file.is_file())
        digests.append({file.relative_to(home.root).as_posix(): file.read_bytes() for file in files})
        assert publish_claim(home, case, rows, Limits()).run_id == done.run_id
    assert digests[0] == digests[1]
    names = {name.rpartition("/")[2] for name in digests[0]}
    assert {"letter.html", "worksheet.xlsx", "manifest.json", "figures.parquet", "claims.csv"} <= names
    manifest = json.loads(next(content for name, content in digests[0].items() if name.endswith("manifest.json")))
    assert (manifest["occasion"], manifest["period"]) == ("claims", "2026-06")
    assert {page["path"] for page in manifest["pages"]} >= {"letter.html", "worksheet.xlsx"}
