"""Another contract file in the place of one of the home's: checked like one of them, in force whenever they were."""

from datetime import UTC, datetime

import pytest

from tasks.model.errors import FaultsError, LedgerError
from tasks.store.home import open_home
from tasks.store.other_terms import read_other_terms
from tasks.store.reference import load_reference
from tests.flows.small_home import FILES, make_small_home

TERMS = FILES["reference/contracts/acme-cdn.yml"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return open_home(make_small_home(tmp_path_factory.mktemp("home")))


def put(tmp_path, text):
    file = tmp_path / "other.yml"
    file.write_text(text, encoding="utf-8")
    return file


def test_other_terms_take_every_version_s_place_with_its_dates_name_and_provider(home, tmp_path):
    reference = load_reference(home)
    text = TERMS.replace("ACME-CDN", "RIVAL").replace("id: acme", "id: rival").replace('"2026-01-01"', '"2030-01-01"')
    other = read_other_terms(home, reference, put(tmp_path, text), "ACME-CDN")
    (contract,) = other.reference.contracts
    assert (contract.contract_id, contract.provider.id) == ("ACME-CDN", "acme")
    assert contract.effective_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert (other.contract_id, other.baseline_version_id) == ("ACME-CDN", "ACME-CDN@1")
    assert other.reference.files[:-1] == reference.files
    assert contract.content_sha256 != other.sha256  # the hash is that of the terms as they are written


def test_rooms_of_other_terms_are_others(home, tmp_path):
    reference = load_reference(home)
    files = [
        read_other_terms(home, reference, put(tmp_path, TERMS.replace("n: 30", f"n: {days}"))).reference.files[-1] for days in (30, 31)
    ]
    assert files[0]["path"] == files[1]["path"] == "what-if/ACME-CDN"
    assert files[0]["sha256"] != files[1]["sha256"]


def test_faults_of_the_file_are_told_with_its_own_line_and_no_others(home, tmp_path):
    text = TERMS.replace('target: "99.9"', "target: 99.9").replace(
        "    kind: availability\n", "    kind: availability\n    service_hours: nights\n"
    )
    file = put(tmp_path, text)
    with pytest.raises(FaultsError) as raised:
        read_other_terms(home, load_reference(home), file)
    assert [(fault.where, raised.value.exit_code) for fault in raised.value.faults] == [
        (f"{file}:16, measures.uptime.service_hours", 2),
        (f"{file}:17, measures.uptime.target", 2),
    ]


def test_names_that_the_catalogue_does_not_have_are_faults_of_the_file(home, tmp_path):
    text = TERMS.replace("    kind: availability\n", "    kind: availability\n    applies_to: {services: [nowhere]}\n")
    with pytest.raises(FaultsError, match="no service 'nowhere'"):
        read_other_terms(home, load_reference(home), put(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "replaces", "said"),
    [
        pytest.param(TERMS.replace("ACME-CDN", "RIVAL"), None, "the home has no contract 'RIVAL'", id="of another name, and none is named"),
        pytest.param(TERMS, "NOBODY", "the home has no contract 'NOBODY'", id="in the place of nobody"),
        pytest.param(None, None, "cannot be read", id="no file"),
    ],
)
def test_what_cannot_be_replayed_is_refused(home, tmp_path, text, replaces, said):
    file = put(tmp_path, text) if text else tmp_path / "none.yml"
    with pytest.raises(LedgerError, match=said):
        read_other_terms(home, load_reference(home), file, replaces)
