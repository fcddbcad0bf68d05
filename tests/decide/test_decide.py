"""Decisions: by whom, of what, checked before they are written; nothing is edited, and the wrong ones say how to be right."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.daily import daily  # noqa: E402 - the mode is set before a flow is imported
from tasks.decide.columns import read_given  # noqa: E402
from tasks.decide.decision import Desk, decide, kinds, listed  # noqa: E402
from tasks.decide.overrides import FIELDS, read_setting, unfit_subject  # noqa: E402
from tasks.model.dictionary import dictionary  # noqa: E402
from tasks.model.errors import LedgerError  # noqa: E402
from tasks.stage.steps import stage_files  # noqa: E402
from tasks.store.engine import Engine, Limits  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.keys import is_signed, new_key  # noqa: E402
from tasks.store.knowledge import known_at  # noqa: E402
from tasks.store.reference import load_reference  # noqa: E402
from tasks.store.room import building  # noqa: E402
from tests.flows.small_home import CLOCK, make_small_home  # noqa: E402

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
PEOPLE = """\
- {person_ref: P-SERVICE, roles: [service_manager], valid_from: "2026-01-01"}
- {person_ref: P-VENDOR, roles: [vendor_manager, contract_authority], valid_from: "2026-01-01"}
- {person_ref: P-CONTROL, roles: [controller], valid_from: "2026-01-01"}
- {person_ref: P-OWNER, roles: [service_owner], valid_from: "2026-01-01"}
- {person_ref: P-GONE, roles: [service_manager], valid_from: "2026-01-01", valid_to: "2026-11-01"}
"""
REQUESTS = "request_id,type,party,component_id,start_at,end_at,requested_at\n"
LANDED = "XR-1,customer_caused,provider,checkout,2026-10-07T10:00:30Z,2026-10-07T10:58:00Z,2026-11-02T10:00:00Z\n"
SOURCE = "  - {id: requests, adapter: canonical, entity: exclusion_request}\n"
REQUEST = [
    *("type=customer_caused", "party=provider", "component_id=checkout"),
    *("start_at=2026-10-07T10:00:30Z", "end_at=2026-10-07T10:58:00Z", "request_id=XR-9"),
]
OVERRIDE = ["subject_type=ticket", "subject_id=INC-1", "field=restored", "value=2026-10-07T10:58:00Z"]
WHY = "reason=the probe log shows the recovery"
DISPUTE = ["party=provider", "subject_type=ticket", "subject_id=INC-1", "scope=whole", "state=open", "dispute_id=DI-1"]
EXCEPTION = [
    *("subject_type=component", "subject_id=checkout", "effect=interval", "reason_code=agreed", "policy_rule=interval"),
    *("start_at=2026-10-07T10:00:00Z", "end_at=2026-10-07T10:20:00Z", "event_at=2026-10-07T10:00:30Z", "exception_id=EX-1"),
]


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    root = make_small_home(tmp_path_factory.mktemp("home"), {"reference/people.yml": PEOPLE, "inbox/requests/r.csv": REQUESTS + LANDED})
    sources = root / "reference/sources.yml"
    sources.write_text(sources.read_text() + SOURCE)
    daily(str(root), clock=CLOCK)
    return root


class Office:
    """A home in which people decide, one day after the other."""

    def __init__(self, root: Path) -> None:
        self.home = open_home(root)
        self.journal = Journal.open(self.home)
        self.now = NOON

    def staged(self, as_of=None):
        return stage_files(self.home, known_at(self.journal, as_of, now=self.now), load_reference(self.home), Limits())

    def decide(self, kind, sets, by="P-VENDOR", role=None, key=None, file=None):
        self.now += timedelta(hours=1)
        desk = Desk(self.home, self.journal, load_reference(self.home), self.staged(), self.now, False)
        role = role or ("vendor_manager" if by == "P-VENDOR" else None)
        return decide(desk, kind, read_given(file, list(sets)), by=by, role=role, key_file=key)

    def rows(self, entity, as_of=None):
        with Engine() as engine:
            self.staged(as_of).show(engine, [entity])
            return engine.rows(f'from staged."{entity}" order by source_key')

    def add_key(self, person, folder):
        file = folder / f"{person}.pem"
        public = new_key(file, outside=self.home.root)
        people = self.home.reference / "people.yml"
        people.write_text(people.read_text().replace(f"{person}, ", f"{person}, public_key: {public}, "))
        return file, public


@pytest.fixture(scope="module")
def untouched(landed):
    """A desk at which nothing is ever written, so that what is known is staged once."""
    office = Office(landed)
    return Desk(office.home, office.journal, load_reference(office.home), office.staged(), NOON, False)


@pytest.fixture
def office(landed, tmp_path):
    shutil.copytree(landed, tmp_path / "home")
    return Office(tmp_path / "home")


def test_every_entity_that_people_decide_can_be_decided():
    assert set(kinds()) == {
        *("dispute", "exception", "exclusion_request", "match_review", "override", "discrepancy_decision", "change_link_review"),
        *("annotation", "revocation", "signoff", "claim_event", "legal_hold"),
    }


def test_a_request_and_its_answer_are_two_rows_of_two_people_and_the_answer_is_current_from_its_day_on(office):
    asked = office.decide("exclusion_request", REQUEST)
    answered = office.decide("exclusion_request", ["request_id=XR-9", "decision=accepted"], by="P-SERVICE")
    assert (asked.kind, asked.entity, asked.object_id, asked.actor_ref) == ("decision", "exclusion_request", "XR-9", "P-VENDOR")
    assert asked.body["requested_at"] == "2026-11-04T13:00:00Z"
    assert {name: answered.body[name] for name in answered.body if answered.body[name] != asked.body.get(name)} == {
        "decision": "accepted",
        "decided_at": "2026-11-04T14:00:00Z",
        "decided_by_role": "service_manager",
    }
    now = {row["request_id"]: row["decision"] for row in office.rows("exclusion_request")}
    then = {row["request_id"]: row["decision"] for row in office.rows("exclusion_request", asked.recorded_from)}
    assert (now, then) == ({"XR-1": None, "XR-9": "accepted"}, {"XR-1": None, "XR-9": None})
    assert [one.state for one in listed(office.journal)] == ["replaced", "standing"]


def test_a_landed_request_is_answered_by_the_journal_and_landing_the_same_export_again_does_not_undo_it(office):
    office.decide("exclusion_request", ["request_id=XR-1", "decision=rejected"], by="P-SERVICE")
    (row,) = office.rows("exclusion_request")
    assert (row["source_system"], row["decision"], row["component_id"]) == ("journal", "rejected", "checkout")
    inbox = office.home.inbox / "requests"
    (inbox / "again.csv").write_text(REQUESTS + LANDED + LANDED.replace("XR-1", "XR-2"))
    daily(str(office.home.root), clock="2026-11-05T09:00:00Z")
    assert {row["request_id"]: row["decision"] for row in office.rows("exclusion_request")} == {"XR-1": "rejected", "XR-2": None}
    (inbox / "changed.csv").write_text(REQUESTS + LANDED.replace("10:58", "10:40"))
    daily(str(office.home.root), clock="2026-11-06T09:00:00Z")
    assert [row["source_system"] for row in office.rows("exclusion_request")] == ["requests", "requests"]


def test_a_revocation_is_another_row_and_the_list_says_so(office):
    override = office.decide("override", [*OVERRIDE, WHY], by="P-SERVICE")
    office.decide("revocation", ["object_type=override", f"object_id={override.object_id}", "reason=the log was another host's"])
    assert [(one.row.entity, one.state) for one in listed(office.journal)] == [("override", "revoked"), ("revocation", "standing")]
    assert len(office.rows("override")) == len(office.rows("revocation")) == 1
    assert office.journal.verify() == []


@pytest.mark.parametrize(
    ("kind", "sets", "by", "words"),
    [
        pytest.param("exclusion", [], "P-SERVICE", ["no decision 'exclusion'; did you mean"], id="no such kind"),
        pytest.param("override", [], None, ["--by: a decision without a person"], id="nobody decides"),
        pytest.param("override", [], "P-SERVCE", ["no person 'P-SERVCE'; did you mean 'P-SERVICE'?"], id="an unknown person"),
        pytest.param("override", [], "P-GONE", ["P-GONE holds no role at this time"], id="a person who left"),
        pytest.param("override", [*OVERRIDE, WHY], "P-OWNER", ["--role: service_owner does not decide", "known: controller"], id="no role"),
        pytest.param(
            "override",
            ["subject_type=tiket", "subject_id=INC-1", "fild=restored", "decided_at=tomorrow", "evidence=[1]"],
            "P-SERVICE",
            [
                "4 faults",
                "--set subject_type: 'tiket' is none of the known words\n  known: incident",
                "no column of override 'fild'; did you mean 'field'?",
                "'tomorrow' is no instant",
                "'[1]' is no list of texts",
            ],
            id="all faults of the columns at once",
        ),
        pytest.param(
            "override",
            ["subject_type=ticket", "reason=because"],
            "P-SERVICE",
            ["override needs subject_id", "override needs field", "too short to be one"],
            id="what is missing and too short",
        ),
        pytest.param("override", [*OVERRIDE, WHY, "author_ref=P-CONTROL"], "P-SERVICE", ["but P-SERVICE decides"], id="in another's name"),
        pytest.param("override", [*OVERRIDE, WHY, "decided_at=2027-01-01T00:00:00Z"], "P-SERVICE", ["in the future"], id="tomorrow's"),
        pytest.param("override", [*OVERRIDE, WHY, "decided_at=2026-11-01"], "P-SERVICE", ["has no offset"], id="no zone"),
        pytest.param(
            "override", [*OVERRIDE, WHY, "value=25.10.2026 04:00"], "P-SERVICE", ["'25.10.2026 04:00' is no instant"], id="a German date"
        ),
        pytest.param("override", [*OVERRIDE, WHY, "value=2026-10-25T02:30:00"], "P-SERVICE", ["has no offset"], id="which half past two"),
        pytest.param("override", [*OVERRIDE[:3], WHY], "P-SERVICE", ["nothing says what restored_at is set to"], id="set to what"),
        pytest.param("override", [*OVERRIDE, WHY, "field=occurred", "value="], "P-SERVICE", ["every incident has occurred_at"], id="never"),
        pytest.param(
            "override",
            [*OVERRIDE, WHY, "field=severity_final", "value=SEV1"],
            "P-SERVICE",
            ["'SEV1' is none of the known words", "known: P1, P2, P3, P4"],
            id="no such severity",
        ),
        pytest.param(
            "override",
            [*OVERRIDE, WHY, "field=service_id", "value=chekout"],
            "P-SERVICE",
            ["no service 'chekout'; did you mean 'checkout'?"],
            id="no such service",
        ),
        pytest.param(
            "override",
            [*OVERRIDE, WHY, "subject_type=outage_interval", "field=end_at"],
            "P-SERVICE",
            ["sets nothing: override of an outage_interval", "sets nothing: override of end_at", "restored_at, service_id, severity_final"],
            id="what nothing reads",
        ),
        pytest.param(
            "exclusion_request", [*REQUEST, "end_at=2026-10-07T10:00:30Z"], "P-VENDOR", ["end_at is not after start_at"], id="an empty span"
        ),
        pytest.param(
            "exclusion_request", [*REQUEST, "decision=accepted"], "P-SERVICE", ["asked and answered in one row"], id="asked and answered"
        ),
        pytest.param(
            "exclusion_request",
            ["request_id=XR-1", "decision=accepted"],
            "P-CONTROL",
            ["controller does not decide", "known: service_manager, vendor_manager"],
            id="a role the policy does not name",
        ),
        pytest.param(
            "dispute", [*DISPUTE, "scope=portion"], "P-VENDOR", ["does not say which\n  fix:   give portion"], id="a portion of what"
        ),
        pytest.param("dispute", [*DISPUTE, "scope=cause"], "P-VENDOR", ["does not say what is true"], id="another cause, which"),
        pytest.param("dispute", [*DISPUTE, "portion=[0.5]"], "P-VENDOR", ["holds the inexact number 0.5"], id="a float"),
        pytest.param(
            "match_review",
            ["left_raw_id=b", "right_raw_id=a", "decision=match", "reason=one outage"],
            "P-SERVICE",
            ["left_raw_id is not the smaller one"],
            id="a pair the wrong way round",
        ),
        pytest.param(
            "revocation",
            ["object_type=override", "object_id=J-X", "reason=wrong"],
            "P-SERVICE",
            ["no override 'J-X' is known"],
            id="of nothing",
        ),
        pytest.param(
            "signoff",
            ["object_type=pack", "object_id=x", "party=customer", "decision=approve"],
            "P-SERVICE",
            ["a pack is not signed here", "sla sign"],
            id="packs are signed elsewhere",
        ),
        pytest.param(
            "claim_event",
            ["claim_id=K-1", "claim_version=1", "event=filed", "amount=1000.00", "currency=EUR"],
            "P-VENDOR",
            ["nobody prepared this claim", "above 0.00 one person prepares"],
            id="a claim nobody prepared",
        ),
        pytest.param(
            "legal_hold",
            ["scope_type=service", "scope_id=checkout", "authority=court", "released_by_role=controller"],
            "P-CONTROL",
            ["this role releases no hold"],
            id="a hold released by the wrong role",
        ),
    ],
)
def test_what_is_wrong_is_said_with_place_and_mend_and_nothing_is_written(untouched, kind, sets, by, words):
    with pytest.raises(LedgerError) as refusal:
        decide(untouched, kind, read_given(None, sets), by=by, role="vendor_manager" if by == "P-VENDOR" else None)
    assert [one for one in words if one not in str(refusal.value)] == [], refusal.value
    assert "fix:" in str(refusal.value)
    assert listed(untouched.journal) == []


@pytest.fixture(scope="module")
def reconciled(landed, tmp_path_factory):
    """A desk beside a reconciled room of one incident, of ticket INC-7 and alert raw-9, from 7 Oct 10:00Z to 11:00Z."""
    shutil.copytree(landed, root := tmp_path_factory.mktemp("reconciled") / "home")
    office = Office(root)
    incident = {"incident_id": "I-1", "occurred_at": "2026-10-07T10:00:00Z", "restored_at": "2026-10-07T11:00:00Z"}
    members = [("ticket", "INC-7", "raw-7"), ("alert", "A-9", "raw-9")]
    rows = {
        "incidents": [incident],
        "incident_aliases": [{"alias_incident_id": "I-0", "incident_id": "I-1"}],
        "incident_members": [
            {"incident_id": "I-1", "entity": entity, "source_key": key, "raw_id": raw_id} for entity, key, raw_id in members
        ],
    }
    inputs = {"as_of": "2026-11-03T09:00:00+00:00"}
    with Engine() as engine, building(office.home, "reconciled", "0" * 32, inputs) as room:
        for table, given in rows.items():
            columns = {column.name: column.duckdb_type for column in dictionary().tables[table].columns if column.name in given[0]}
            engine.create(f"reconciled.{table}", columns, given)
            room.copy(engine, table, f"from reconciled.{table}")
    return Desk(office.home, office.journal, load_reference(office.home), office.staged(), NOON, False)


@pytest.mark.parametrize(
    ("subject", "field", "value", "words"),
    [
        pytest.param(
            ("incident", "I-2"), "restored_at", "2026-10-07T10:58:00Z", ["no incident 'I-2'", "known: I-0, I-1"], id="no incident"
        ),
        pytest.param(
            ("ticket", "INC-8"), "title", "Fails", ["no ticket 'INC-8'; did you mean 'INC-", "known: INC-1, INC-2, INC-7"], id="no ticket"
        ),
        pytest.param(("vendor_record", "INC-7"), "title", "Fails", ["no vendor_record 'INC-7'"], id="a ticket is no vendor's"),
        pytest.param(
            ("ticket", "INC-7"),
            "restored",
            "2026-10-07T12:00:00+02:00",
            ["restored_at 2026-10-07T10:00:00Z is not after I-1 occurred, 2026-10-07T10:00:00Z"],
            id="restored when it began",
        ),
        pytest.param(
            ("incident", "I-0"), "occurred_at", "2026-10-07T11:00:00Z", ["is not before I-1 was restored"], id="begun when it was restored"
        ),
    ],
)
def test_an_override_of_what_no_run_knows_or_of_an_end_before_the_start_is_refused(reconciled, subject, field, value, words):
    sets = [f"subject_type={subject[0]}", f"subject_id={subject[1]}", f"field={field}", f"value={value}", WHY]
    with pytest.raises(LedgerError) as refusal:
        decide(reconciled, "override", read_given(None, sets), by="P-SERVICE")
    assert [one for one in words if one not in str(refusal.value)] == [], refusal.value
    assert listed(reconciled.journal) == []


@pytest.mark.parametrize("subject", [("incident", "I-1"), ("incident", "INC-7"), ("ticket", "INC-1"), ("raw_record", "raw-9")])
def test_an_override_may_name_an_incident_by_its_ids_its_records_and_a_ticket_landed_since(reconciled, subject):
    body = {"subject_type": subject[0], "subject_id": subject[1], "field": "restored_at", "value": "2026-10-07T10:00:01Z"}
    assert unfit_subject(reconciled.home, reconciled.staged, body, read_given(None, [])) == []


def test_a_value_is_written_as_a_run_reads_it_and_every_field_is_one_that_a_run_takes():
    given = read_given(None, ["value=2026-10-25T04:00:00+01:00"])
    body = {"subject_type": "incident", "field": "restored", "value": "2026-10-25T04:00:00+01:00"}
    assert read_setting(body, given, NOON) == ({"value": "2026-10-25T03:00:00Z"}, [])
    assert read_setting(body | {"value": None}, read_given(None, ["value="]), NOON) == ({}, []), "it is not restored"
    models = ("stated_bounds", "timeline_candidates", "word_candidates")
    sql = "".join((Path("sql/reconciled") / f"{name}.sql").read_text() for name in models)
    taken = re.findall(r"from reconciled\.incident_overrides\s+where\s+field in \(([^)]*)\)", sql)
    assert set(re.findall(r"'(\w+)'", " ".join(taken))) == set(FIELDS)


def test_a_role_must_be_named_by_whoever_holds_several(untouched):
    with pytest.raises(LedgerError, match="P-VENDOR holds several roles"):
        decide(untouched, "annotation", read_given(None, []), by="P-VENDOR")
    with pytest.raises(LedgerError, match="no role of P-VENDOR 'controller'"):
        decide(untouched, "annotation", read_given(None, []), by="P-VENDOR", role="controller")


def test_who_asked_does_not_answer_and_who_prepared_a_claim_does_not_file_it(office):
    office.decide("exclusion_request", REQUEST)
    with pytest.raises(LedgerError, match="P-VENDOR asked for it"):
        office.decide("exclusion_request", ["request_id=XR-9", "decision=accepted"])
    with pytest.raises(LedgerError, match="P-VENDOR asked for it"):
        office.decide("exclusion_request", ["request_id=XR-9", "accepted_by_customer_at=2026-11-04T12:00:00Z"])
    claim = ["claim_id=K-1", "claim_version=1", "amount=1000.00", "currency=EUR"]
    office.decide("claim_event", [*claim, "event=prepared"])
    with pytest.raises(LedgerError, match="P-VENDOR prepared it"):
        office.decide("claim_event", [*claim, "event=filed"])
    assert office.decide("claim_event", [*claim, "event=filed"], by="P-CONTROL").kind == "claim_event"


def test_a_decision_without_versions_is_revoked_and_not_written_twice(office):
    first = office.decide("override", [*OVERRIDE, WHY], by="P-SERVICE")
    with pytest.raises(LedgerError, match="stands already, and has no versions"):
        office.decide("override", [*OVERRIDE, WHY, f"override_id={first.object_id}"], by="P-SERVICE")


def test_a_file_says_the_columns_and_its_faults_have_their_line(office, tmp_path):
    file = tmp_path / "decision.yml"
    file.write_text("dispute_id: DI-1\nparty: provider\nsubject_type: ticket\nsubject_id: INC-1\nscope: half\nstate: open\n")
    with pytest.raises(LedgerError, match=r"decision.yml:5, scope: 'half' is none of the known words"):
        office.decide("dispute", [], file=file)
    spans = '[{"start_at": "2026-10-07T10:00:30Z", "end_at": "2026-10-07T10:20:00Z"}]'
    row = office.decide("dispute", ["scope=portion", f"portion={spans}", "evidence=ab;cd"], file=file)
    assert (row.body["portion"], row.body["evidence"]) == (json.loads(spans), ["ab", "cd"])
    (staged,) = office.rows("dispute")
    assert (staged["state"], staged["evidence"], staged["raised_at"].hour) == ("open", ["ab", "cd"], 14)


def test_who_has_a_key_signs_and_a_signature_that_does_not_fit_is_found(office, tmp_path):
    file, public = office.add_key("P-SERVICE", tmp_path)
    row = office.decide("override", [*OVERRIDE, WHY], by="P-SERVICE", key=file)
    assert row.public_key == public
    assert is_signed(row.body_sha256, public, row.signature)
    assert not is_signed(row.hash, public, row.signature)
    assert office.journal.verify() == []
    other = tmp_path / "other.pem"
    new_key(other, outside=office.home.root)
    with pytest.raises(LedgerError, match="not the key that"):
        office.decide("annotation", [], by="P-SERVICE", key=other)
    with pytest.raises(LedgerError, match="P-CONTROL has no public_key"):
        office.decide("annotation", [], by="P-CONTROL", key=other)


def test_an_exception_is_signed_by_two_roles_over_exactly_what_was_asked_and_not_by_who_asked(office, tmp_path):
    keys = {person: office.add_key(person, tmp_path)[0] for person in ("P-SERVICE", "P-VENDOR", "P-CONTROL")}
    office.decide("exception", EXCEPTION, key=keys["P-VENDOR"])
    sign = ["object_type=exception", "object_id=EX-1", "party=customer", "decision=approve"]
    with pytest.raises(LedgerError, match="P-VENDOR asked for it"):
        office.decide("signoff", sign, key=keys["P-VENDOR"])
    with pytest.raises(LedgerError, match="no role that signs this exception 'controller'"):
        office.decide("signoff", sign, by="P-CONTROL", key=keys["P-CONTROL"])
    row = office.decide("signoff", sign, by="P-SERVICE", key=keys["P-SERVICE"])
    (exception,) = office.rows("exception")
    assert (row.kind, row.body["object_sha256"], row.body["requester_ref"]) == ("signoff", exception["payload_sha256"], "P-VENDOR")
    assert is_signed(exception["payload_sha256"], row.body["public_key"], row.body["signature"])
    assert [signoff["role"] for signoff in office.rows("signoff")] == ["service_manager"]


def test_a_signoff_of_a_decision_is_an_input_of_runs_and_one_of_a_pack_is_not(office):
    body = {"signoff_id": "S", "object_type": "pack", "object_id": "month/2026-10/x"}
    office.journal.append("signoff", body, now=NOON, entity="signoff", object_id="S")
    assert known_at(office.journal, None, now=NOON).decisions == ()
    office.journal.append("signoff", body | {"object_type": "exception"}, now=NOON, entity="signoff", object_id="S")
    assert len(known_at(office.journal, None, now=NOON).decisions) == 1
