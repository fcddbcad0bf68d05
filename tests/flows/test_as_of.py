"""As-of: something else is recorded every day, and each view afterwards is as it was. Staged rows and reference files; no month is run.

What the figures make of it is in test_knowledge.py.
"""

from datetime import UTC, datetime

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.daily import daily  # noqa: E402 - the mode is set before a flow is imported
from flows.withdraw import withdraw  # noqa: E402
from tasks.stage.steps import stage_files  # noqa: E402
from tasks.store.engine import Engine, Limits  # noqa: E402
from tasks.store.home import open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tasks.store.knowledge import known_at  # noqa: E402
from tasks.store.reference import load_reference, reference_at  # noqa: E402
from tests.flows.small_home import FILES, make_small_home  # noqa: E402

CONTRACT, SERVICES = "reference/contracts/acme-cdn.yml", "reference/services.csv"
REQUEST = {
    "request_id": "XR-1",
    "type": "customer_caused",
    "party": "provider",
    "component_id": "checkout",
    "start_at": "2026-10-07T10:00:30Z",
    "end_at": "2026-10-07T10:58:00Z",
    "requested_at": "2026-11-04T09:00:00Z",
}
ACCEPTED = {"decision": "accepted", "decided_at": "2026-11-05T09:00:00Z", "decided_by_role": "service_manager"}
OVERRIDE = {
    "override_id": "OV-1",
    "subject_type": "ticket",
    "subject_id": "INC-1",
    "field": "restored",
    "value": "2026-10-07T10:58:00Z",
    "author_ref": "P-DECIDES",
    "author_role": "service_manager",
    "reason": "the probe log shows the recovery",
    "decided_at": "2026-11-06T09:00:00Z",
}
LATE = FILES["inbox/desk/tickets.csv"].replace("P2,closed", "P3,closed")
OTHERS = {name: "" for name in FILES if name.startswith("inbox/") and "/desk/" not in name}  # tickets are enough
READ = ("ticket", "exclusion_request", "override", "revocation", "service_catalogue")
SEEN = """
    select
        (select severity_raw from staged.ticket where ticket_key = 'INC-2') as severity,
        (
            select coalesce(decision, 'open') from staged.exclusion_request as made
            anti join staged.revocation as taken on taken.object_type = 'exclusion_request' and made.request_id = taken.object_id
        ) as request,
        (
            select count(*)::integer from staged.override as made
            anti join staged.revocation as taken on taken.object_type = 'override' and made.override_id = taken.object_id
        ) as overrides,
        (select name from staged.service_catalogue) as service
"""
FIRST = {
    "severity": "P2",
    "request": None,
    "overrides": 0,
    "service": "Checkout",
    "target": "99.9",
    "P1 means": "P1",
    "files": 1,
    "taken back": 0,
}
CHANGES = [  # day of November, what is recorded that morning, what a view of that noon sees for the first time
    pytest.param(3, {}, id="the first landing"),
    pytest.param(4, {"request": "open"}, id="an exclusion is asked for"),
    pytest.param(5, {"request": "accepted"}, id="it is accepted"),
    pytest.param(6, {"overrides": 1}, id="an instant is overridden"),
    pytest.param(7, {"target": "99.5"}, id="another text of the contract"),
    pytest.param(8, {"P1 means": "P2"}, id="a policy"),
    pytest.param(9, {"service": "Checkout pages"}, id="another catalogue"),
    pytest.param(10, {"severity": "P3", "files": 2}, id="a late export of tickets"),
    pytest.param(11, {"overrides": 0}, id="the override is revoked"),
    pytest.param(12, {"severity": "P2", "files": 1, "taken back": 1}, id="the late export is taken back"),
    pytest.param(13, {"P1 means": "P1"}, id="the policy is taken away"),
    pytest.param(14, {"request": None}, id="the exclusion is revoked"),
]


def morning(day):
    return f"2026-11-{day:02}T09:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Twelve days, on each of which something else is recorded."""
    root = make_small_home(tmp_path_factory.mktemp("days"), OTHERS)

    def decide(day, entity, name, body):
        at = datetime.fromisoformat(morning(day))
        Journal.open(open_home(root)).append("decision", body, now=at, is_simulated=True, entity=entity, object_id=name)

    def revoke(day, kind, name):
        body = {"revocation_id": f"RV-{day}", "object_type": kind, "object_id": name, "reason": "it was another host's log"}
        decide(day, "revocation", f"RV-{day}", body | {"author_ref": "P-ASKS", "author_role": "vendor_manager", "revoked_at": morning(day)})

    def write(day, name, text):
        (root / name).write_text(text, encoding="utf-8")
        return daily(str(root), clock=morning(day))

    daily(str(root), clock=morning(3))
    decide(4, "exclusion_request", "XR-1", REQUEST)
    decide(5, "exclusion_request", "XR-1", REQUEST | ACCEPTED)
    decide(6, "override", "OV-1", OVERRIDE)
    write(7, CONTRACT, FILES[CONTRACT].replace('"99.9"', '"99.5"'))
    write(8, "reference/policy.yml", "schema: policy/1\nseverity_map: {P1: P2}\n")
    write(9, SERVICES, FILES[SERVICES].replace(",Checkout,acme", ",Checkout pages,acme"))
    late = write(10, "inbox/desk/late.csv", LATE)
    revoke(11, "override", "OV-1")
    (landed,) = [row for row in late.landed if row.body["file"] == "late.csv"]
    withdraw(str(root), landed.body["file_sha256"], "the export of another estate", clock=morning(12))
    (root / "reference/policy.yml").unlink()
    daily(str(root), clock=morning(13))
    revoke(14, "exclusion_request", "XR-1")
    return open_home(root)


def seen(home, day):
    """Return what a view of a day's noon sees."""
    known = known_at(Journal.open(home), datetime(2026, 11, day, 12, tzinfo=UTC), now=datetime(2026, 12, 1, tzinfo=UTC))
    reference = reference_at(home, known, load_reference(home))
    with Engine() as engine:
        stage_files(home, known, reference, Limits()).show(engine, READ)
        (row,) = engine.rows(SEEN)
    (contract,) = reference.contracts
    exports = [landing for landing in known.landings if landing.body["source_id"] != "reference"]
    return row | {
        "target": str(contract.measures["uptime"].target),
        "P1 means": reference.policy.severity_map.get("P1", "P1"),
        "files": len(exports),
        "taken back": len(known.withdrawn),
    }


@pytest.mark.parametrize(("day", "change"), CHANGES)
def test_each_view_is_as_it_was_although_more_was_recorded_since(home, day, change):
    expected = dict(FIRST)
    for earlier in CHANGES:
        if earlier.values[0] <= day:
            expected |= earlier.values[1]
    assert seen(home, day) == expected
    assert {name: expected[name] for name in change} == change
