"""`sla init` and `sla vendor add`: what they write has blanks and no other fault, and every blank filled passes `sla check`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.model.errors import LedgerError
from tasks.start.scaffold import init
from tasks.start.starter import FORMS
from tasks.start.vendor import add_vendor
from tasks.store.home import open_home
from tasks.store.raw import dropped, strays
from tasks.store.reference import check_reference, load_reference

ANSWERS = {  # the last part of a blank's path: what a person writes there
    "name": "Acme Edge",
    "region": "eu",
    "display_timezone": "Europe/Berlin",
    "adapter": "servicenow_incident",
    "title": "Edge agreement",
    "verification": "exact",
    "effective_from": '"2026-01-01"',
    "timezone": "Europe/Berlin",
    "target": '"99.9"',
    "tiers[0].below": '"99.9"',
    "tiers[0].at_least": '"99.0"',
    "tiers[0].credit_pct": '"10"',
    "tiers[1].below": '"99.0"',
    "tiers[1].credit_pct": '"25"',
    "levels[0].below": '"99.9"',
    "levels[0].at_least": '"99.0"',
    "levels[0].points": "1",
    "levels[1].below": '"99.0"',
    "levels[1].points": "3",
    "currency": "EUR",
    "n": "30",
    "block_min": "30",
    "pct_per_block": '"5"',
    "partial_block": "none",
    "multiplier": '"1"',
    "partial_hour": "exact",
    "weight_pct": '"40"',
    "pct_of_invoice": '"10"',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A home just made."""
    init(tmp_path / "estate", {})
    return tmp_path / "estate"


def faults(root: Path) -> list[tuple[str, str]]:
    return [(found.code, found.where or "") for found in check_reference(open_home(root)) if found.level == "fault"]


def fill_in(root: Path) -> None:
    """Do what `sla check` asks for, at the places it names."""
    services = root / "reference/services.csv"
    services.write_text(services.read_text().replace("TODO,TODO,,TODO,TODO", "shop,shop,,Web Shop,Web shop"))
    for code, where in faults(root):
        assert code == "BLANK", (code, where)
        file, line, path = re.fullmatch(r"([^:]+):(\d+), (.+)", where).groups()
        lines = (root / file).read_text().splitlines(keepends=True)
        answer = next(text for name, text in ANSWERS.items() if path == name or path.endswith(f".{name}"))
        lines[int(line) - 1] = lines[int(line) - 1].replace("TODO", answer, 1)
        (root / file).write_text("".join(lines))


def test_a_new_home_has_blanks_and_no_other_fault(root):
    assert {code for code, _ in faults(root)} == {"BLANK"}
    assert "home.yml:5, display_timezone" in {where for _, where in faults(root)}


def test_a_new_home_passes_at_once_when_its_blanks_are_filled_in(root):
    fill_in(root)
    assert faults(root) == []
    (contract,) = load_reference(open_home(root)).contracts
    assert (contract.contract_id, contract.currency, contract.clock.timezone) == ("first-vendor", "EUR", "Europe/Berlin")


def test_what_is_known_of_the_home_is_no_blank(tmp_path):
    made = init(tmp_path / "estate", {"name": 'Müller: "Nord"', "region": "eu", "display_timezone": "Europe/Berlin"})
    assert not [where for where in made.blanks if where.startswith("home.yml")]
    assert open_home(tmp_path / "estate").name == 'Müller: "Nord"'


def test_readmes_are_no_exports_and_every_inbox_folder_has_its_source(root):
    fill_in(root)
    home = open_home(root)
    sources = [source.id for source in load_reference(home).sources]
    assert sources == ["incidents", "first-vendor"]
    assert [dropped(home, source) for source in sources] == [[], []]
    assert strays(home, sources) == []


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LedgerError, match="is not empty"):
        init(tmp_path, {})
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_zone_that_is_none_writes_nothing(tmp_path):
    with pytest.raises(LedgerError, match="no time zone 'Europe/Berlon'"):
        init(tmp_path / "estate", {"display_timezone": "Europe/Berlon"})
    assert not (tmp_path / "estate").exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_vendors_contract_says_which_terms_are_unknown_and_passes_when_they_are_stated(root, form):
    fill_in(root)
    added = add_vendor(open_home(root), "acme", form)
    assert not added.others
    assert {where for _, where in faults(root)} == {str(one.where) for one in added.blanks}
    assert all(one.fix and "TODO" not in one.fix for one in added.blanks)
    fill_in(root)
    assert faults(root) == []
    acme = next(one for one in load_reference(open_home(root)).contracts if one.contract_id == "acme")
    assert acme.measures["availability"].credits.form == form


def test_a_vendors_source_is_appended_and_every_comment_of_the_file_stays(root):
    fill_in(root)
    before = (root / "reference/sources.yml").read_text()
    add_vendor(open_home(root), "acme", "none")
    assert (root / "reference/sources.yml").read_text().startswith(before.rstrip())
    fill_in(root)
    assert [source.id for source in load_reference(open_home(root)).sources] == ["incidents", "first-vendor", "acme"]


def test_a_list_of_sources_in_another_form_is_left_alone_and_the_lines_are_shown(root):
    text = "schema: sources/1\nsources: [{id: incidents, adapter: servicenow_incident}]\n"
    (root / "reference/sources.yml").write_text(text)
    added = add_vendor(open_home(root), "acme", "none")
    assert (root / "reference/sources.yml").read_text() == text
    assert added.source is None
    assert "  - id: acme\n" in added.in_words()


@pytest.mark.parametrize(
    ("vendor_id", "form", "said"),
    [
        pytest.param("acme", "tires", "no form 'tires'; did you mean 'tiers'?", id="a form that is none"),
        pytest.param("acme/../x", "tiers", "'acme/../x' is no id", id="an id that would leave its folder"),
        pytest.param("first-vendor", "tiers", "stands there already", id="a contract that is there"),
        pytest.param("incidents", "tiers", "source 'incidents' stands there already", id="a source that is there"),
    ],
)
def test_nothing_is_written_for(root, vendor_id, form, said):
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    with pytest.raises(LedgerError, match=re.escape(said)):
        add_vendor(open_home(root), vendor_id, form)
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before


def test_the_command_line_says_what_to_do_next_in_order(tmp_path):
    done = CliRunner().invoke(app, ["init", str(tmp_path / "estate")])
    assert done.exit_code == 0, done.output
    steps = [done.output.index(step) for step in ("sla map FILE", "fill in every TODO", "sla check", "sla month")]
    assert steps == sorted(steps)
    checked = CliRunner().invoke(app, ["check", "--home", str(tmp_path / "estate")])
    assert checked.exit_code == 2
    added = CliRunner().invoke(app, ["vendor", "add", "acme", "--like", "tiers", "--home", str(tmp_path / "estate"), "--json"])
    assert added.exit_code == 0, added.output
    assert len(json.loads(added.output)["blanks"]) == 13
