"""Signing a pack: who may, what is covered, what is refused; when all have signed the month is closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tasks.decide.signing import Signing, ToSign, ask_to_sign, sign_pack
from tasks.model.errors import LedgerError
from tasks.model.reference import Person
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.keys import new_key
from tasks.store.signoffs import of_pack, pack_signoffs, waiting

NOW = datetime(2026, 11, 5, 9, tzinfo=UTC)
ROLES = {"content": "service_manager", "credits": "controller"}
PACK = ToSign("month/2026-10/abc", "ab" * 32, False, False, ROLES)


class Office:
    """A journal, two people who may sign and one who holds another role, each with a key."""

    def __init__(self, folder):
        home = Home(folder / "home", "Home", "eu", "Europe/Berlin")
        home.root.mkdir()
        self.journal = Journal.open(home)
        self.files = {ref: folder / f"{ref}.pem" for ref in ("P-SERVICE", "P-CONTROL", "P-OWNER")}
        roles = {"P-SERVICE": "service_manager", "P-CONTROL": "controller", "P-OWNER": "service_owner"}
        keys = {ref: new_key(file, outside=home.root) for ref, file in self.files.items()}
        self.people = [Person(person_ref=ref, roles=[roles[ref]], public_key=key, valid_from="2026-01-01") for ref, key in keys.items()]

    def sign(self, pack=PACK, role="service_manager", by=None, key=None, **changes):
        holder = by or {"service_manager": "P-SERVICE", "controller": "P-CONTROL"}.get(role, "P-OWNER")
        signing = Signing(role, by, NOW, False, "Europe/Berlin", self.files[key or holder])
        return sign_pack(self.journal, self.people, pack, replace(signing, **changes))

    def waiting(self, pack=PACK):
        return waiting(list(ROLES.values()), of_pack(pack_signoffs(self.journal), pack.pack_id, pack.manifest_sha256))


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def test_a_month_is_closed_when_every_role_has_signed(office):
    assert office.waiting() == ["service_manager", "controller"]
    office.sign()
    assert office.waiting() == ["controller"]
    row = office.sign(role="controller")
    assert office.waiting() == []
    assert (row.kind, row.entity, row.actor_ref, row.body["object_id"]) == ("signoff", "signoff", "P-CONTROL", PACK.pack_id)
    assert office.journal.verify([]) == []


def test_a_signature_does_not_follow_to_a_pack_with_another_manifest(office):
    office.sign()
    assert office.waiting(replace(PACK, manifest_sha256="cd" * 32)) == ["service_manager", "controller"]


def test_a_refusal_keeps_it_open_and_a_later_approval_replaces_it(office):
    office.sign(is_approved=False)
    assert office.waiting() == ["service_manager", "controller"]
    office.sign(now=NOW + timedelta(hours=1))
    assert office.waiting() == ["controller"]
    assert [one.is_approved for one in pack_signoffs(office.journal)] == [True]


def test_a_revoked_signature_no_longer_counts(office):
    signed = office.sign().body["signoff_id"]
    body = {"revocation_id": "R-1", "object_type": "signoff", "object_id": signed}
    office.journal.append("decision", body, now=NOW + timedelta(hours=1), entity="revocation", object_id="R-1", actor_ref="P-SERVICE")
    assert office.waiting() == ["service_manager", "controller"]


def test_what_nobody_of_that_key_wrote_counts_for_nothing(office):
    signed = dict(office.sign().body)
    forged = signed | {"signoff_id": "J-forged", "role": "controller", "signer_ref": "P-CONTROL"}
    office.journal.append("signoff", forged, now=NOW + timedelta(hours=1), entity="signoff", object_id="J-forged", actor_ref="P-SERVICE")
    assert office.waiting() == ["controller"]


@pytest.mark.parametrize(
    ("pack", "given", "said"),
    [
        pytest.param(replace(PACK, is_preview=True), {}, "a preview is not signed", id="a preview"),
        pytest.param(replace(PACK, is_simulated=True), {}, "a rehearsal is no record", id="a rehearsal under the real clock"),
        pytest.param(PACK, {"is_simulated": True}, "a rehearsal closes no record", id="a record in a rehearsal"),
        pytest.param(PACK, {"role": None, "by": "P-SERVICE"}, "no role that signs this pack '(none)'", id="no role"),
        pytest.param(PACK, {"role": "service_owner"}, "no role that signs this pack 'service_owner'", id="a role that nobody asks for"),
        pytest.param(PACK, {"by": "P-OWNER"}, "no role of P-OWNER 'service_manager'", id="a person without that role"),
        pytest.param(PACK, {"key": "P-CONTROL"}, "this is not the key", id="another's key"),
    ],
)
def test_what_is_not_signed_says_why(office, pack, given, said):
    with pytest.raises(LedgerError, match=said.replace("(", r"\(").replace(")", r"\)")):
        office.sign(pack, **given)
    assert pack_signoffs(office.journal) == []


def test_a_role_signs_once(office):
    office.sign()
    with pytest.raises(LedgerError, match="service_manager signed this pack at 2026-11-05T09:00:00Z"):
        office.sign()


def test_a_rehearsal_is_signed_within_the_rehearsal(office):
    row = office.sign(replace(PACK, is_simulated=True), is_simulated=True)
    assert row.is_simulated


def test_where_several_hold_a_role_the_signer_is_named(office):
    office.people.append(Person(person_ref="P-DEPUTY", roles=["service_manager"], valid_from="2026-01-01"))
    with pytest.raises(LedgerError, match="several people hold the role service_manager") as error:
        office.sign()
    assert list(error.value.known) == ["P-DEPUTY", "P-SERVICE"]


def test_who_asks_for_a_signature_does_not_give_it(office):
    def ask(by, now):
        return ask_to_sign(office.journal, office.people, PACK, Signing("service_manager", by, now, False, "Europe/Berlin"))

    row = ask("P-SERVICE", NOW)
    assert (row.entity, row.body["object_id"], row.body["note"]) == ("annotation", PACK.pack_id, "asks the service_manager to sign")
    with pytest.raises(LedgerError, match="P-SERVICE asked for it"):
        office.sign(now=NOW + timedelta(hours=1))
    ask("P-OWNER", NOW + timedelta(hours=2))
    assert office.sign(now=NOW + timedelta(hours=3)).body["requester_ref"] == "P-OWNER"
