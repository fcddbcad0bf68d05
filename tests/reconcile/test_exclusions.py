"""Exclusions as tested: what is applied, what is only asked for, what is refused and why (DOMAIN 3.3, E15 to E23, E28, E114, E122)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.reconcile.world import ALWAYS, RECORDED, Row, at, reconciled

Verdict = tuple[str, str | None]
APPLIED: Verdict = ("applied", None)
BOTH = {"accepted_by_customer_at": RECORDED, "accepted_by_provider_at": RECORDED}
FORCE = {"type": "force_majeure", "causal_link": "Storm", "mitigation": "Second line"}
IN_TIME = {"notice_at": "2026-05-25T00:00:00Z", "approved_at": "2026-05-26T00:00:00Z", "approver_role": "change_manager"}

WINDOWS: dict[str, tuple[Row, Verdict]] = {
    "E15 noticed and approved in time": (IN_TIME, APPLIED),
    "notice exactly at its limit is in time": (IN_TIME | {"notice_at": at("02:00", 2), "start_at": at("02:00", 7)}, APPLIED),
    "notice a second later is too short": (
        IN_TIME | {"notice_at": at("02:00:01", 2), "start_at": at("02:00", 7)},
        ("rejected", "NOTICE_TOO_SHORT"),
    ),
    "E17 three days of notice are too short": (
        IN_TIME | {"notice_at": at("02:00", 4), "start_at": at("02:00", 7)},
        ("rejected", "NOTICE_TOO_SHORT"),
    ),
    "no notice at all": (IN_TIME | {"notice_at": None}, ("rejected", "NOTICE_TOO_SHORT")),
    "not approved": (IN_TIME | {"approved_at": None}, ("rejected", "NOT_APPROVED")),
    "approved by nobody in a role": (IN_TIME | {"approver_role": None}, ("rejected", "NOT_APPROVED")),
    "approved at the start": (IN_TIME | {"approved_at": at("02:00", 7), "start_at": at("02:00", 7)}, APPLIED),
    "approved after the start": (IN_TIME | {"approved_at": at("02:01", 7), "start_at": at("02:00", 7)}, ("rejected", "APPROVED_LATE")),
    "E18 an emergency counts unless a contract allows it": (IN_TIME | {"kind": "emergency"}, ("rejected", "NO_CLAUSE")),
}
REQUESTS: dict[str, tuple[Row, Verdict]] = {
    "E20 accepted by both parties": (BOTH, APPLIED),
    "accepted by one party only": ({"accepted_by_customer_at": RECORDED}, ("requested", "UNDECIDED")),
    "E114 the provider's request alone": ({"party": "provider"}, ("requested", "UNDECIDED")),
    "E122 our own request alone": ({}, ("requested", "UNDECIDED")),
    "E122 accepted by a role that may": ({"decision": "accepted", "decided_by_role": "service_manager"}, APPLIED),
    "accepted by a role that may not": ({"decision": "accepted", "decided_by_role": "service_desk"}, ("requested", "NOT_SIGNED")),
    "E122 rejected": ({"decision": "rejected", "decided_by_role": "vendor_manager"}, ("rejected", "REJECTED")),
    "withdrawn": ({"decision": "withdrawn"} | BOTH, ("rejected", "REJECTED")),
    "E22 force majeure without notice": (FORCE | BOTH, ("rejected", "NOTICE_TOO_SHORT")),
    "E22 force majeure noticed within 72 h and accepted": (FORCE | BOTH | {"notice_at": at("09:00", 11)}, APPLIED),
    "force majeure noticed after 72 h": (FORCE | BOTH | {"notice_at": at("10:01", 13)}, ("rejected", "NOTICE_TOO_SHORT")),
    "force majeure without its cause stated": (
        FORCE | BOTH | {"notice_at": at("09:00", 11), "causal_link": None},
        ("rejected", "NO_EVIDENCE"),
    ),
    "force majeure noticed, not yet accepted": (FORCE | {"notice_at": at("09:00", 11)}, ("requested", "UNDECIDED")),
    "E23 a third party that no contract names": ({"type": "third_party", "third_party_id": "carrier"} | BOTH, ("rejected", "NO_CLAUSE")),
    "a component that its incident did not hit": ({"incident_ref": "INC-1", "component_id": "bank"} | BOTH, ("rejected", "SCOPE_MISMATCH")),
    "of an incident, without a component": ({"incident_ref": "INC-1", "component_id": None} | BOTH, APPLIED),
}
EXCEPTIONS: dict[str, tuple[list[Row], Verdict]] = {
    "E28 signed by every role": ([{"role": "service_manager"}, {"role": "vendor_manager"}], APPLIED),
    "E28 not signed": ([], ("requested", "NOT_SIGNED")),
    "signed by one role of two": ([{"role": "service_manager"}], ("requested", "NOT_SIGNED")),
    "signed by its requester": (
        [{"role": "service_manager", "signer_ref": "P-ASKS"}, {"role": "vendor_manager"}],
        ("requested", "NOT_SIGNED"),
    ),
    "signed for another text": (
        [{"role": "service_manager", "method": "ed25519", "object_sha256": "other"}, {"role": "vendor_manager"}],
        ("requested", "NOT_SIGNED"),
    ),
    "refused by a role": ([{"role": "service_manager"}, {"role": "vendor_manager", "decision": "reject"}], ("rejected", "REJECTED")),
    "signed, then refused by the same role": (
        [
            {"role": "service_manager"},
            {"role": "vendor_manager"},
            {"role": "vendor_manager", "decision": "reject", "signed_at": "2026-06-21T00:00:00Z"},
        ],
        ("rejected", "REJECTED"),
    ),
}


def governed(*components: str) -> list[Row]:
    return [
        {"contract_version_id": "ACME@1", "measure_id": "uptime", "service_id": name, "component_id": name, "start_at": ALWAYS}
        for name in components
    ]


def windows() -> list[Row]:
    plan = {"start_at": at("02:00", 7), "end_at": at("04:00", 7)}
    return [plan | {"mw_key": name, **columns} for name, (columns, _) in WINDOWS.items()]


def requests() -> list[Row]:
    span = {"start_at": at("10:00"), "end_at": at("11:00")}
    return [span | {"request_id": name, **columns} for name, (columns, _) in REQUESTS.items()]


def exceptions() -> tuple[list[Row], list[Row]]:
    span = {"start_at": at("10:00"), "end_at": at("10:20")}
    asked = [span | {"exception_id": name, "subject_id": "shop"} for name in EXCEPTIONS]
    signed = [
        {"signoff_id": f"{name} {place}", "object_type": "exception", "object_id": name, **signoff}
        for name, (signoffs, _) in EXCEPTIONS.items()
        for place, signoff in enumerate(signoffs)
    ]
    return asked, signed


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[str, Verdict]]:
    """Return status and reason of every window, request and exception, by its key."""
    asked, signed = exceptions()
    with reconciled(
        {
            "service_catalogue": [{"service_id": "shop"}, {"service_id": "bank"}],
            "ticket": [{"ticket_key": "INC-1", "opened_at": at("10:00"), "restored_at": at("11:00"), "component_raw": "shop"}],
            "maintenance_window": windows(),
            "exclusion_request": requests(),
            "exception": asked,
            "signoff": signed,
        },
        run={"run.governed_components": governed("shop", "bank")},
    ) as engine:
        rows = engine.rows("select source_raw_id, status, reason from reconciled.exclusions")
        yield {row["source_raw_id"].partition(":")[2]: (row["status"], row["reason"]) for row in rows}


@pytest.mark.parametrize("name", [*WINDOWS, *REQUESTS, *EXCEPTIONS])
def test_an_exclusion_is_applied_asked_for_or_refused(verdicts, name):
    expected = (WINDOWS | REQUESTS | EXCEPTIONS)[name][1]
    assert verdicts[name] == expected


def exclusions(engine: Engine) -> list[tuple[Any, ...]]:
    """Return start, end, status and reason of every exclusion, in order."""
    rows = engine.rows("""
        select strftime(start_at, '%d %H:%M') as s, strftime(end_at, '%d %H:%M') as e, status, reason
        from reconciled.exclusions order by all
    """)
    return [tuple(row.values()) for row in rows]


def test_a_monthly_allowance_is_used_in_time_order_and_the_rest_is_refused():  # E19
    plans = [
        {"mw_key": "first", "start_at": at("01:00", 6), "end_at": at("04:00", 6), **IN_TIME},
        {"mw_key": "second", "start_at": at("01:00", 20), "end_at": at("03:00", 20), **IN_TIME},
    ]
    engine = reconciled({"maintenance_window": plans}, terms={"pre_approved_maintenance": {"max_us_per_month": 240 * 60_000_000}})
    assert exclusions(engine) == [
        ("06 01:00", "06 04:00", "applied", None),
        ("20 01:00", "20 02:00", "applied", None),
        ("20 02:00", "20 03:00", "rejected", "ALLOWANCE_USED"),
    ]


def test_an_emergency_within_its_allowance_is_applied():  # E18
    plan = {"mw_key": "M", "kind": "emergency", "start_at": at("10:00"), "end_at": at("11:30")}
    engine = reconciled(
        {"maintenance_window": [plan]}, terms={"emergency_maintenance": {"is_allowed": True, "max_us_per_month": 60 * 60_000_000}}
    )
    assert exclusions(engine) == [
        ("10 10:00", "10 11:00", "applied", None),
        ("10 11:00", "10 11:30", "rejected", "ALLOWANCE_USED"),
    ]


def test_a_named_third_party_is_excluded_and_a_subcontractor_is_not():  # E23, R-EX6
    span = {
        "start_at": at("01:00"),
        "end_at": at("01:40"),
        "type": "third_party",
        "decision": "accepted",
        "decided_by_role": "vendor_manager",
    }
    names = {"carrier": APPLIED, "someone": ("rejected", "NOT_NAMED"), "subcontractor": ("rejected", "SUBCONTRACTOR")}
    engine = reconciled(
        {"exclusion_request": [span | {"request_id": name, "third_party_id": name} for name in names]},
        terms={"third_party": {"is_allowed": True, "named": ["carrier"]}},
    )
    rows = engine.rows("select source_raw_id, status, reason from reconciled.exclusions")
    assert {row["source_raw_id"].partition(":")[2]: (row["status"], row["reason"]) for row in rows} == names


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        pytest.param([], [("ticket:INC-1", "requested", "UNDECIDED")], id="E122 the flag alone is a request for the whole incident"),
        pytest.param(
            [{"request_id": "X-1", "incident_ref": "INC-1", "start_at": at("10:00"), "end_at": at("11:00"), "decision": "rejected"}],
            [("exclusion_request:X-1", "rejected", "REJECTED")],
            id="once somebody decides on the incident, the decision stands in its place",
        ),
    ],
)
def test_our_own_flag_is_a_request(decisions, expected):
    flagged = {"ticket_key": "INC-1", "opened_at": at("10:00"), "restored_at": at("11:00"), "customer_caused_flag": True}
    engine = reconciled({"ticket": [flagged], "exclusion_request": decisions})
    rows = engine.rows("select source_raw_id, status, reason from reconciled.exclusions")
    assert [tuple(row.values()) for row in rows] == expected


def test_a_window_is_tested_against_every_contract_version_it_meets_and_no_other():
    versions = [
        {"contract_version_id": "OLD", "timezone": "UTC", "effective_from": ALWAYS, "effective_to": at("03:00", 7)},
        {"contract_version_id": "NEW", "timezone": "UTC", "effective_from": at("03:00", 7)},
        {"contract_version_id": "LATER", "timezone": "UTC", "effective_from": at("04:00", 7)},
    ]
    terms = [
        {
            "contract_version_id": name,
            "type": "pre_approved_maintenance",
            "is_allowed": name == "NEW",
            "notice_us": 0,
            "is_approval_required": False,
        }
        for name in ("OLD", "NEW", "LATER")
    ]
    engine = reconciled(
        {"maintenance_window": [{"mw_key": "M", "start_at": at("02:00", 7), "end_at": at("04:00", 7), **IN_TIME}]},
        run={
            "run.contract_versions": versions,
            "run.exclusion_terms": terms,
            "run.governed_components": [
                row | {"contract_version_id": version["contract_version_id"]} for row in governed("shop") for version in versions
            ],
        },
    )
    rows = engine.rows("select contract_version_id, status, reason from reconciled.exclusions order by all")
    assert [tuple(row.values()) for row in rows] == [("NEW", "applied", None), ("OLD", "rejected", "NO_CLAUSE")]


@pytest.mark.parametrize(
    ("names", "components"),
    [
        pytest.param(["db"], ["db"], id="by its id"),
        pytest.param(["Database"], ["db"], id="by an alias, as status pages do"),
        pytest.param(["Database", "db"], ["db"], id="by both: one exclusion"),
        pytest.param(["Database", "nobody knows"], ["db"], id="beside a name nobody knows"),
        pytest.param(["Old database"], [], id="by a name it no longer had"),
    ],
)
def test_maintenance_covers_the_components_it_names(names, components):
    catalogue = [
        {"service_id": "shop"},
        {"service_id": "shop", "component_id": "db", "parent_id": "shop", "aliases": ["Database"]},
        {"service_id": "shop", "component_id": "db0", "parent_id": "shop", "aliases": ["Old database"], "valid_to": at("00:00", 1)},
    ]
    plan = {"mw_key": "M", "components": names, "start_at": at("02:00", 7), "end_at": at("04:00", 7), **IN_TIME}
    engine = reconciled(
        {"service_catalogue": catalogue, "maintenance_window": [plan]}, run={"run.governed_components": governed("shop", "db", "db0")}
    )
    rows = engine.rows("select component_id, status from reconciled.exclusions")
    assert [tuple(row.values()) for row in rows] == [(component, "applied") for component in components]
