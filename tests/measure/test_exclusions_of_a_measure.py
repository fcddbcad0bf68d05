"""A measure may have exclusion terms of its own: one request is judged by them, and by the contract's for other measures (3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.measure.estate import MEASURE, contract_text, reconciled_and_measured
from tests.reconcile.world import RECORDED, Row, at, up_around

HOUR_US = 3_600_000_000
OWN_TERMS = {
    "pre_approved_maintenance": {"notice_h": 24, "max_min_per_month": 90},
    "emergency_maintenance": {"allowed": True, "max_min_per_month": 30},
    "customer_caused": {"accepted_by": "customer"},
    "force_majeure": {"allowed": False},
    "third_party": {"allowed": True, "named": ["carrier"]},
}
DAYS = (5, 8, 12, 15, 18, 21)  # an hour of downtime on each
BOTH = {"accepted_by_customer_at": RECORDED, "accepted_by_provider_at": RECORDED}
STORM = {"causal_link": "storm", "mitigation": "second line", "notice_at": at("12:00", 21)}
APPLIED = ("applied", None)
USED_UP = ("rejected", "ALLOWANCE_USED")
TOLD: dict[str, dict[str, list[tuple[str, str | None]]]] = {
    "planned": {"plain": [APPLIED], "own": [APPLIED]},
    "planned late": {"plain": [("rejected", "NOTICE_TOO_SHORT")], "own": [APPLIED, USED_UP]},
    "emergency": {"plain": [("rejected", "NO_CLAUSE")], "own": [APPLIED, USED_UP]},
    "our fault": {"plain": [("requested", "UNDECIDED")], "own": [APPLIED]},
    "carrier": {"plain": [("rejected", "NO_CLAUSE")], "own": [APPLIED]},
    "storm": {"plain": [APPLIED], "own": [("rejected", "NO_CLAUSE")]},
}


def plan(key: str, day: int, noticed_on: int, **columns: Any) -> Row:
    said = {"notice_at": at("10:00", noticed_on), "approved_at": at("10:00", noticed_on), "approver_role": "change_manager"}
    return {"mw_key": key, "start_at": at("10:00", day), "end_at": at("11:00", day)} | said | columns


def request(key: str, day: int, kind: str, **columns: Any) -> Row:
    return {"request_id": key, "type": kind, "start_at": at("10:00", day), "end_at": at("11:00", day)} | columns


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return June with two measures of one service: one by its contract's exclusions, one by its own."""
    hours = [(at("10:00", day), at("11:00", day)) for day in DAYS]
    staged = {
        "monitoring_sample": up_around(hours, "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        "maintenance_window": [
            plan("planned", 5, 1, notice_at="2026-05-25T00:00:00Z"),
            plan("planned late", 8, 6),
            plan("emergency", 12, 1, kind="emergency"),
        ],
        "exclusion_request": [
            request("our fault", 15, "customer_caused", accepted_by_customer_at=RECORDED),
            request("carrier", 18, "third_party", third_party_id="carrier", decision="accepted", decided_by_role="vendor_manager"),
            request("storm", 21, "force_majeure", **BOTH, **STORM),
        ],
    }
    measures = {"plain": MEASURE, "own": MEASURE | {"exclusions": OWN_TERMS}}
    with reconciled_and_measured([contract_text(measures, credits={"form": "none"})], staged) as engine:
        yield engine


@pytest.mark.parametrize("name", TOLD)
def test_one_request_is_judged_by_the_terms_of_each_measure(name: str, engine: Engine) -> None:
    rows = engine.rows(
        """
        select result.measure_id, exclusion.status, exclusion.reason
        from measured.exclusion_effects as effect
        join reconciled.exclusions as exclusion using (exclusion_id)
        join measured.sla_results as result using (result_id)
        where split_part(exclusion.source_raw_id, ':', 2) = ?
        order by exclusion.start_at
        """,
        [name],
    )
    told = {measure: [(row["status"], row["reason"]) for row in rows if row["measure_id"] == measure] for measure in ("plain", "own")}
    assert told == TOLD[name]


def test_each_measure_leaves_out_what_its_terms_allow(engine: Engine) -> None:
    """Of six hours plain loses the plan and the storm; own 60 + 30 min of plans, 30 of the emergency, our fault, the carrier."""
    rows = engine.rows("select measure_id, down_us, excluded_us from measured.sla_results where variant = 'headline'")
    assert {row["measure_id"]: (row["down_us"] / HOUR_US, row["excluded_us"] / HOUR_US) for row in rows} == {"plain": (4, 2), "own": (2, 4)}


def test_ids_of_what_the_contract_itself_judges_are_those_of_the_dictionary(engine: Engine) -> None:
    ids = [row["exclusion_id"] for row in engine.rows("from reconciled.exclusions")]
    own = [row["measure_id"] for row in engine.rows("from reconciled.measure_exclusions")]
    assert (len(set(ids)), own) == (len(ids), ["own"] * 8)
    (planned,) = engine.rows("""
        select exclusion_id = short_id('X', json_array(
            type, contract_version_id, component_id, instant_text(start_at), instant_text(end_at), source_raw_id
        )::varchar) as is_same
        from reconciled.exclusions anti join reconciled.measure_exclusions using (exclusion_id)
        where source_raw_id = 'maintenance_window:planned'
    """)
    assert planned["is_same"]
