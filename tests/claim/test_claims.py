"""The claim desk by its command line: from what may be asked for to money received, every step checked, every wrong one refused (K5)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.claim.shelf import CLAIM, put_on_shelf
from tests.flows.small_home import CLOCK, FILES, make_small_home

PEOPLE = """\
- {person_ref: P-VENDOR, name: Ada Vendor, roles: [vendor_manager, contract_authority], valid_from: "2026-01-01"}
- {person_ref: P-CONTROL, roles: [controller], valid_from: "2026-01-01"}
- {person_ref: P-OWNER, roles: [service_owner], valid_from: "2026-01-01"}
"""
CONTRACT = FILES["reference/contracts/acme-cdn.yml"]
INVOICES = FILES["inbox/invoices/invoices.csv"]
LINES = (
    FILES["inbox/invoice_lines/lines.csv"].replace(",tax\n", ",tax,credit_of\n").replace("false\n", "false,\n").replace("true\n", "true,\n")
)
VENDOR = ("--by", "P-VENDOR", "--role", "vendor_manager")
OWNER = ("--by", "P-OWNER")
PREPARED, FILED = "2026-11-10T09:00:00Z", "2026-11-11T09:00:00Z"
RECEIVED, DECIDED, LATER = "2026-11-12T09:00:00Z", "2026-11-20T09:00:00Z", "2027-02-10T09:00:00Z"


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """Return a small home, landed, with one claim of EUR 1,000.00 of October on the shelf, to be filed by 30 November in Berlin."""
    root = make_small_home(
        tmp_path_factory.mktemp("home"),
        {
            "reference/people.yml": PEOPLE,
            "reference/contracts/acme-cdn.yml": CONTRACT.replace('clause: "5.4"}', 'clause: "5.4", provider_decision_days: 20}'),
            "inbox/invoice_lines/lines.csv": LINES,
        },
    )
    put_on_shelf(root, [{}])
    for words in (["land"], ["claims"]):  # the list stages what was landed, once for all copies
        done = CliRunner().invoke(app, [*words, "--home", str(root), "--direct", "--clock", CLOCK])
        assert done.exit_code == 0, done.output
    return root


class Desk:
    """A copy of that home, and the command line in it."""

    def __init__(self, root: Path, home: Path) -> None:
        self.home = Path(shutil.copytree(root, home))

    def __call__(self, *words: str, at: str = CLOCK, code: int = 0):
        if words[0] != "claims":
            words = ("claims", *words)
        done = CliRunner().invoke(app, [*words, "--home", str(self.home), "--json", "--clock", at])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if code < 2 else done.output

    def land(self, invoices: str, lines: str, at: str) -> None:
        """Land a further invoice."""
        (self.home / "inbox/invoices/more.csv").write_text(INVOICES.splitlines()[0] + "\n" + invoices)
        (self.home / "inbox/invoice_lines/more.csv").write_text(LINES.splitlines()[0] + "\n" + lines)
        done = CliRunner().invoke(app, ["land", "--home", str(self.home), "--direct", "--clock", at])
        assert done.exit_code == 0, done.output


@pytest.fixture
def desk(landed, tmp_path):
    return Desk(landed, tmp_path / "home")


@pytest.fixture(scope="module")
def granted_home(landed, tmp_path_factory):
    """Return the home after the claim was granted in full."""
    desk = Desk(landed, tmp_path_factory.mktemp("granted") / "home")
    desk("prepare", CLAIM, *OWNER, at=PREPARED)
    desk("file", CLAIM, *VENDOR, at=FILED)
    desk("decision", CLAIM, *VENDOR, "--result", "approved", at=DECIDED)
    return desk.home


@pytest.fixture
def granted(granted_home, tmp_path):
    return Desk(granted_home, tmp_path / "home")


def test_a_claim_goes_from_draft_to_money_received(desk):
    """Each step is a journal row; the state follows from them by the rules of the measured room."""
    ready = desk("prepare", CLAIM, *OWNER, at=PREPARED)
    assert ready["state"] == "ready"
    letter = Path(ready["papers"]["letter"])
    assert "EUR 1,000.00" in letter.read_text()
    sent = hashlib.sha256(letter.read_bytes()).hexdigest()
    again = desk("prepare", CLAIM, *OWNER, at=FILED)  # nothing changed: the same papers, and no further event
    assert (again["papers"], again["state"]) == (ready["papers"], "ready")
    filed = desk("file", CLAIM, *VENDOR, "--sent", str(letter), at=FILED)
    assert (filed["state"], filed["flags"], filed["answer_by"]) == ("filed", ["NO_RECEIPT"], "2026-12-01")
    received = desk("receipt", "K-A", *VENDOR, "--file", str(letter), "--provider-ref", "CASE-7", at=RECEIVED)
    assert (received["state"], received["provider_ref"], received["flags"]) == ("acknowledged", "CASE-7", [])
    assert received["answer_by"] == "2026-12-02"  # 20 days after it was received, not after it was sent
    decided = desk("decision", CLAIM, *VENDOR, "--result", "partly_approved", "--amount", "600.00", "--reason", "one outage", at=DECIDED)
    assert (decided["state"], decided["approved_amount"], decided["awaited"]) == ("partly_approved", "600.0000", "600.0000")
    desk.land(
        "RE-11,acme,2026-11,2026-12-01,-600.0000,EUR\n", "RE-11,1,SLA-CREDIT,checkout,2026-11,-600.0000,EUR,true,false,case-7\n", DECIDED
    )
    (claim,) = desk("claims", at=LATER)["claims"]
    assert claim["next"] == "note the settlement: RE-11/1 EUR 600.00"
    settled = desk("settlement", CLAIM, *VENDOR, at=LATER)
    assert (settled["state"], settled["settled_amount"], settled["settled_on"]) == ("settled", "600.0000", "2026-12-01")
    assert (settled["invoice_id"], settled["leakage"], settled["awaited"], settled["next"]) == ("RE-11", "400.0000", "0.0000", "nothing")
    bodies = [row["body"] for row in json.loads(CliRunner().invoke(app, ["decide", "list", "--home", str(desk.home), "--json"]).stdout)]
    assert [body["event"] for body in bodies] == ["prepared", "filed", "acknowledged", "partly_approved", "settled"]
    assert [entry.partition("=")[0] for entry in bodies[0]["content"]] == ["letter", "worksheet"]
    assert (bodies[1]["content"], bodies[2]["receipt_sha256"]) == ([f"sent={sent}"], sent)
    assert (bodies[4]["invoice_id"], bodies[4]["line_no"], bodies[4]["amount"]) == ("RE-11", 1, "600.0000")


def test_a_claim_credited_in_parts_is_open_until_the_last_one(granted):
    granted.land(
        "RE-11,acme,2026-11,2026-12-01,-400.0000,EUR\n", f"RE-11,1,CR,checkout,2026-11,-400.0000,EUR,true,false,{CLAIM}\n", DECIDED
    )
    part = granted("settlement", CLAIM, *VENDOR, at="2026-12-05T09:00:00Z")
    assert (part["settled_amount"], part["awaited"], part["next"]) == ("400.0000", "600.0000", "ask for the rest, EUR 600.00")
    granted.land("RE-12,acme,2026-12,2027-01-01,-600.0000,EUR\n", "RE-12,3,CR,checkout,2026-12,-600.0000,EUR,true,false,\n", LATER)
    rest = granted("settle", CLAIM, *VENDOR, "--invoice", "RE-12", "--line", "3", at=LATER)  # it names no claim: a person says which
    assert (rest["settled_amount"], rest["awaited"], rest["leakage"], rest["next"]) == ("1000.0000", "0.0000", "0.0000", "nothing")


def test_a_credit_granted_and_on_none_of_two_invoices_since_has_leaked(granted):
    """RC-D12: after one invoice it is awaited, after two it is missing."""
    granted.land("RE-11,acme,2026-11,2026-12-01,0.0000,EUR\n", "RE-11,1,CDN-1,checkout,2026-11,0.0000,EUR,false,false,\n", LATER)
    (claim,) = granted("claims", at=LATER)["claims"]
    assert (claim["awaited"], claim["leaked"], claim["next"]) == ("1000.0000", "0.0000", "wait for the credit")
    granted.land("RE-12,acme,2026-12,2027-01-01,0.0000,EUR\n", "RE-12,1,CDN-1,checkout,2026-12,0.0000,EUR,false,false,\n", LATER)
    told = granted("claims", at=LATER)
    (claim,) = told["claims"]
    assert (claim["is_credit_missing"], claim["leaked"]) == (True, "1000.0000")
    assert claim["next"] == "ask where the credit is: it stands on none of RE-11, RE-12"
    assert (told["sums"]["EUR"]["awaited"], told["sums"]["EUR"]["leaked"]) == ("0.0000", "1000.0000")


def test_what_the_contract_demands_and_nothing_holds_is_listed_and_stops_the_claim(desk):
    demanded = 'required_content: [account, subject_line_with_sla_credit_request, logs_redacted], clause: "5.4"}'
    contract = desk.home / "reference/contracts/acme-cdn.yml"
    contract.write_text(CONTRACT.replace('clause: "5.4"}', demanded))
    missing = ["account", "logs_redacted", "subject_line_with_sla_credit_request"]
    put_on_shelf(desk.home, [{"missing_content": missing}])
    refused = desk("prepare", CLAIM, *OWNER, at=PREPARED, code=1)
    assert {item["name"] for item in refused["preflight"] if not item["is_there"] and item["is_demanded"]} == set(missing)
    assert desk("claims", at=PREPARED)["claims"][0]["state"] == "draft"
    letters = "schema: claims/1\nletters:\n  - {contract_id: ACME-CDN, account: A-1, subject: SLA Credit Request}\n"
    (desk.home / "reference/claims.yml").write_text(letters)
    logs = desk.home / "logs.txt"
    logs.write_text("probe http-checkout down")
    assert "attaches no demanded content" in desk("prepare", CLAIM, *OWNER, "--attach", f"ids={logs}", at=PREPARED, code=2)
    ready = desk("prepare", CLAIM, *OWNER, "--attach", f"logs_redacted={logs}", at=PREPARED)
    assert (ready["state"], ready["missing_content"]) == ("ready", [])
    (desk.home / "reference/claims.yml").write_text(letters.replace("ACME-CDN", "ACME-CND"))
    assert "no contract 'ACME-CND'; did you mean 'ACME-CDN'?" in desk("claims", at=FILED, code=2)


def test_whoever_prepared_it_neither_files_nor_waives_it_and_only_some_roles_waive(desk):
    desk("prepare", CLAIM, *OWNER, at=PREPARED)
    assert "P-OWNER prepared it" in desk("file", CLAIM, *OWNER, at=FILED, code=2)
    assert "service_owner gives no claim up" in desk("waive", CLAIM, *OWNER, "--reason", "goodwill", at=FILED, code=2)
    assert "'1,000' is no amount" in desk("decision", CLAIM, *VENDOR, "--result", "approved", "--amount", "1,000", at=FILED, code=2)
    waived = desk("waive", CLAIM, *VENDOR, "--reason", "settled otherwise in the renewal", at=FILED)
    assert (waived["state"], waived["leakage"], waived["at_risk"], waived["next"]) == ("waived", "1000.0000", "0.0000", "nothing")


def test_a_home_without_a_published_month_says_so(desk):
    shutil.rmtree(desk.home / "published")
    assert desk("claims")["claims"] == []
