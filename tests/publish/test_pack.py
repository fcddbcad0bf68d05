"""A pack as a whole: atomic, resumable, named by its run; LATEST moves last and never for a preview."""

import dataclasses
import json

import pytest
import yaml

from tasks.model.dictionary import FOLDER
from tasks.model.identity import canonical_json, sha256_file
from tasks.publish import pack as pack_module
from tasks.publish.tables import content_sha256
from tasks.store.packs import PackFolder, find_pack, shelf
from tests.publish.estate import CONTRACTS, RUN, SERVICES, Service, build_estate, contract_texts, home_at, publish

SMALL = build_estate(SERVICES[:1])  # of which only the files matter
OTHER = dataclasses.replace(RUN, run_id="00000000000000aa")


def latest(home, run=RUN):
    return home.room("published") / run.occasion / run.period / "LATEST"


def test_the_manifest_has_exactly_the_keys_of_the_dictionary_and_is_canonical(month):
    text = month.folder.manifest.read_text(encoding="utf-8")
    expected = yaml.safe_load((FOLDER / "tables.yml").read_text(encoding="utf-8"))["manifest"]
    content = json.loads(text)
    assert set(content) == {"schema", *expected["keys"]}
    assert text == canonical_json(content)
    assert content["schema"] == expected["schema"]
    assert content["content_sha256"] == content_sha256(content["tables"]) == month.content_sha256
    assert month.manifest_sha256 == sha256_file(month.folder.manifest)
    assert {gate["rule_id"] for gate in content["gates"]} == {"DQ-01", "DQ-05", "DQ-09", "DQ-13"}
    assert content["as_of"] == "2026-11-03T06:00:00Z"
    assert content["supersedes"] is None


def test_a_finished_pack_becomes_latest_and_stands_on_the_home_page(month, month_home):
    home = month_home
    assert latest(home).read_text() == RUN.run_id + "\n"
    front = (home.room("published") / "index.html").read_text(encoding="utf-8")
    assert f'href="month/2026-10/{RUN.run_id}/compliance.html"' in front
    for words in ("October 2026", "EUR 2,140.00", "breached", "service manager", "DQ-13", "blocks"):
        assert words in front


def test_a_preview_is_published_but_never_latest(tmp_path):
    home = home_at(tmp_path)
    publish(home, SMALL)
    preview = dataclasses.replace(OTHER, is_preview=True)
    pack = publish(home, SMALL, preview)
    assert latest(home).read_text() == RUN.run_id + "\n"
    assert "Provisional" in pack.folder.page("compliance.html").read_text(encoding="utf-8")
    front = (home.room("published") / "index.html").read_text(encoding="utf-8")
    assert "preview" in front
    assert [(item.folder.root.name, item.is_latest) for item in shelf(home)] == [(RUN.run_id, True), (OTHER.run_id, False)]


def test_a_simulated_clock_is_stamped_on_the_page_and_in_the_manifest(tmp_path):
    pack = publish(home_at(tmp_path), SMALL, dataclasses.replace(RUN, is_simulated=True))
    assert "Simulated clock" in pack.folder.page("compliance.html").read_text(encoding="utf-8")
    assert pack.folder.read_manifest()["is_simulated"] is True


def test_publishing_again_returns_the_pack_as_it_stands_and_computes_nothing(tmp_path, monkeypatch):
    home = home_at(tmp_path)
    first = publish(home, SMALL)
    monkeypatch.setattr(pack_module, "write_pack", lambda *_: pytest.fail("written again"))
    assert publish(home, SMALL) == first


def test_a_crash_leaves_no_pack_no_latest_and_no_litter_and_running_again_succeeds(tmp_path, monkeypatch):
    home = home_at(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(pack_module, "write_manifest", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
        with pytest.raises(RuntimeError, match="power cut"):
            publish(home, SMALL)
    assert find_pack(home, RUN) is None
    assert not latest(home).exists()
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert publish(home, SMALL).folder.manifest.is_file()


def test_a_folder_without_a_manifest_is_no_pack_and_is_replaced(tmp_path):
    home = home_at(tmp_path)
    half = home.pack("month", "2026-10", RUN.run_id)
    (half / "tables").mkdir(parents=True)
    (half / "compliance.html").write_text("half")
    assert find_pack(home, RUN) is None
    assert shelf(home) == []
    assert publish(home, SMALL).folder.page("compliance.html").read_text(encoding="utf-8") != "half"


def test_a_newer_run_takes_latest_and_the_older_stays_readable(tmp_path):
    home = home_at(tmp_path)
    publish(home, SMALL)
    publish(home, SMALL, OTHER)
    assert latest(home).read_text() == OTHER.run_id + "\n"
    assert find_pack(home, RUN) == PackFolder(home.pack("month", "2026-10", RUN.run_id))


EDGES = {
    "no contract in force": ([], {}),
    "one service without an incident": ([Service("solo", "Solo", "acme-cloud", "99.9", "100.00")], {}),
    "everything unmeasured": (
        [
            Service(
                name,
                name.title(),
                "acme-cloud",
                "99.9",
                unmeasured=[("09-30 22:00:00", "10-31 23:00:00")],
                status="insufficient_evidence",
                flags=["UNMEASURED"],
            )
            for name in ("one", "two")
        ],
        {},
    ),
    "sixty services": (
        [dataclasses.replace(SERVICES[number % 10], service_id=f"s{number}", name=f"Service {number}") for number in range(60)],
        {},
    ),
}


@pytest.mark.parametrize("case", EDGES)
def test_an_edge_month_has_a_whole_page_and_every_empty_part_gives_its_reason(tmp_path, case):
    services, terms = EDGES[case]
    pack = publish(home_at(tmp_path), build_estate(services), contracts=contract_texts(CONTRACTS), **terms)
    page = pack.folder.page("compliance.html").read_text(encoding="utf-8")
    for section in ("1</span> Statement", "2</span> Service levels", "3</span> Breaches", "8</span> Reconciliation", "12</span> Method"):
        assert section in page
    reasons = {
        "no contract in force": [
            "No service level was in force in October 2026",
            "No contract in force governed",
            "No contract text was in force",
        ],
        "one service without an incident": [
            " service levels were met in October 2026. No credit is payable.",
            "No service level was missed",
            "No discrepancy",
            "Nothing was landed",
            "No vendor record",
        ],
        "everything unmeasured": ["none was missed", "cannot be judged", "insufficient evidence"],
        "sixty services": ["section 2 lists all"],
    }
    for words in reasons[case]:
        assert words.lower() in page.lower()
