"""`sla decide`, `sla key new` and `sla verify` as they are typed: a key outside the home, a signed decision, and what a forger leaves."""

import json
import stat

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.small_home import CLOCK, make_small_home

PEOPLE = '- {person_ref: P-SERVICE, roles: [service_manager], valid_from: "2026-01-01"}\n'
NOTE = ("--set", "object_type=ticket", "--set", "object_id=INC-1", "--set", "note=the provider called back")


@pytest.fixture
def sla(tmp_path, monkeypatch):
    """Call the command line on a small home that has landed; keys lie in a configuration folder of this test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    root = make_small_home(tmp_path / "home", {"reference/people.yml": PEOPLE})

    def call(*words, code=0):
        done = CliRunner().invoke(app, [*words, "--home", str(root), "--direct", "--json", "--clock", CLOCK])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if code in (0, 3) else done.output

    call("land")
    return call


def test_a_key_lies_outside_the_home_for_its_owner_alone_and_signs_what_is_decided(sla, tmp_path):
    made = sla("key", "new", "--person", "P-SERVICE")
    private = tmp_path / "config" / "sla-ledger" / "P-SERVICE.pem"
    assert made["private_key_file"] == str(private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert "there is a key already" in sla("key", "new", "--person", "P-SERVICE", code=2)
    assert "does not belong in a home" in sla("key", "new", "--person", "P-SERVICE", "--out", str(tmp_path / "home" / "k.pem"), code=2)
    people = tmp_path / "home" / "reference" / "people.yml"
    people.write_text(PEOPLE.replace("roles", f"public_key: {made['public_key']}, roles"))
    decided = sla("decide", "--kind", "annotation", "--by", "P-SERVICE", *NOTE)
    assert (decided["is_signed"], decided["actor_role"], decided["is_simulated"]) == (True, "service_manager", True)
    (listed,) = sla("decide", "list")
    assert (listed["seq"], listed["state"], listed["body"]["note"]) == (decided["seq"], "standing", "the provider called back")
    assert sla("verify")["faults"] == []
    people.write_text(PEOPLE)
    (fault,) = sla("verify", code=3)["faults"]
    assert fault == f"journal row {decided['seq']} is signed by a key that reference/people.yml does not list for P-SERVICE"
    private.chmod(0o640)
    people.write_text(PEOPLE.replace("roles", f"public_key: {made['public_key']}, roles"))
    assert "others may read this private key" in sla("decide", "--kind", "annotation", "--by", "P-SERVICE", *NOTE, code=2)


def test_a_wrong_word_says_the_right_ones(sla):
    assert "no such word 'lst'" in sla("decide", "lst", code=2)
    assert "nothing says what is decided" in sla("decide", code=2)
    assert "a withdrawal without a reason" in sla("land", "--withdraw", "abcdef", code=2)
    assert "no landed file has a digest that begins with 'abcdef'" in sla("land", "--withdraw", "abcdef", "--reason", "wrong", code=2)
