"""The worked examples of reconciliation (DOMAIN 3.12, forms provenance and match), through the production SQL with their exact values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tasks.store.engine import Engine
from tests.measure.examples import Case, cases
from tests.reconcile.world import by_case, side_by_side, up_around

OUTAGES = list(cases("provenance"))
MATCHES = list(cases("match"))
WATCHED = ("2026-06-10T08:00:00Z", "2026-06-10T14:00:00Z")
SOURCES = {"monitoring_sample": "monitoring", "vendor_record": "vendor", "ticket": "ticket", None: "override"}
FIELDS = {"occurred": "occurred_at", "restored": "restored_at"}
UNSAID = ("MISSING_IN_TICKETING", "MISSING_IN_VENDOR_REPORT")  # the examples leave a side out without saying that it is silent


def named(case: Case) -> str:
    return f"{case.example_id} {case.case}"


def told(case: Case, incident_id: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the records of a case; decisions about its incident as far as they were recorded at its as_of."""
    given = case.given
    staged: dict[str, list[dict[str, Any]]] = {"monitoring_sample": up_around(given["monitoring"], WATCHED[0], watched_until(given))}
    if given["ticket"]:
        start, end = given["ticket"]
        ticket = {"ticket_key": "INC", "severity_raw": given["severity"], "state": "restored"}
        staged["ticket"] = [ticket | {"opened_at": start, "occurred_at": start, "restored_at": end}]
    if given["vendor"]:
        start, end = given["vendor"]
        staged["vendor_record"] = [{"vendor_key": "V", "started_at": start, "ended_at": end}]
    for decision in given.get("overrides", []) if incident_id else []:
        made = {"override_id": f"O-{case.case}", "subject_id": incident_id, "reason": "as the example has it"}
        if decision["recorded_from"] <= given["as_of"]:
            staged["override"] = [made | {"field": decision["field"], "value": decision["value"]}]
        if decision["revoked_from"] <= given["as_of"]:
            staged["revocation"] = [{"revocation_id": f"R-{case.case}", "object_type": "override", "object_id": made["override_id"]}]
    return staged


def watched_until(given: dict[str, Any]) -> str:
    """Return until when samples come in: to the end of the day, or so that they cover the ticket's half hour as far as the case says."""
    return WATCHED[1] if Decimal(given["coverage"]) == 1 else f"2026-06-10T10:{int(30 * Decimal(given['coverage'])):02}:00Z"


@dataclass(frozen=True)
class Found:
    """What was reconciled of all cases, by their place."""

    incidents: dict[int, list[tuple[Any, ...]]]
    intervals: dict[int, list[tuple[Any, ...]]]
    winners: dict[int, list[tuple[Any, ...]]]
    differences: dict[int, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def found() -> Iterator[Found]:
    """Reconcile every case side by side; an override needs the id that its incident has without it."""
    with side_by_side(told(case) for case in OUTAGES) as plain:
        ids = {place: rows[0][0] for place, rows in by_case(plain, "select service_id, incident_id from reconciled.incidents").items()}
    with side_by_side(told(case, ids[place]) for place, case in enumerate(OUTAGES)) as engine:
        yield found_in(engine)


def found_in(engine: Engine) -> Found:
    of = "from reconciled.incidents as incident inner join reconciled"
    return Found(
        by_case(
            engine,
            """
            select service_id, instant_text(occurred_at), instant_text(restored_at), down_us // 1000000, outage_basis
            from reconciled.incidents
            """,
        ),
        by_case(engine, "select component_id, instant_text(start_at), instant_text(end_at) from reconciled.outage_intervals order by all"),
        by_case(
            engine,
            f"""
            select incident.service_id, found.field, member.entity, found.rule_id
            {of}.field_provenance as found on incident.incident_id = found.incident_id
            left join reconciled.incident_members as member on found.winner_raw_id = member.raw_id
            """,
        ),
        by_case(
            engine,
            f"""
            select incident.service_id, found.type, found.field, found.delta_us // 1000000, found.severity in ('P1', 'P2'),
                found.tolerance_us // 60000000
            {of}.discrepancies as found on incident.incident_id = found.incident_id
            where found.type not in {UNSAID}
            order by found.field desc, found.type
            """,
        ),
    )


@pytest.mark.parametrize("place", range(len(OUTAGES)), ids=[named(case) for case in OUTAGES])
def test_an_outage_is_reconciled_as_worked_by_hand(place: int, found: Found) -> None:
    expected = dict(OUTAGES[place].expected)
    ((occurred, restored, down_s, basis),) = found.incidents[place]
    differences = found.differences.get(place, [])
    winners = {field: (SOURCES[entity], rule) for field, entity, rule in found.winners[place]}
    got = {
        "occurred": occurred,
        "restored": restored,
        "downtime_s": down_s,
        "downtime_min": down_s / 60,
        "basis": basis,
        "outage_intervals": [list(span) for span in found.intervals.get(place, [])],
        "winners": {name: winners[field][0] for name, field in FIELDS.items()},
        "rule": winners["occurred_at"][1],
        "tolerance_min": max((row[4] for row in differences if row[4] is not None), default=None),
    }
    wanted = expected.pop("discrepancies", None)
    assert {key: got[key] for key in expected} == expected
    if wanted is not None:
        rows = [dict(zip(("type", "field", "delta_s", "review"), row, strict=False)) for row in differences]
        shown = [{key: row[key] for key in (wanted[0] if wanted else row)} for row in rows]
        assert sorted(shown, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("case", MATCHES, ids=named)
def test_a_pair_is_scored_and_decided_as_worked_by_hand(case: Case) -> None:
    """By the macros that production uses."""
    given, features, limits = case.given, case.given["features"], case.given["thresholds"]
    best = limits["auto_mutual_best"] or {"at_least": "null", "lead": "null"}
    values = {
        "overlap": features["overlap"],
        "opening": f"falling({features['opening_outside_s']}, {given['opening_zero_at_s']})" if "opening_outside_s" in features else "0",
        "start_proximity": f"falling({features['start_gap_s']}, {given['start_proximity_zero_at_s']})",
        "component": given["component_relation"][features["component"]],
        "text_or_cause": features["text_or_cause"],
    }
    scored = ", ".join(f"{given['weights'][name]}::decimal(9, 6), ({value})::decimal(9, 6)" for name, value in values.items())
    told = ", ".join(f"{limit}::decimal(9, 6)" for limit in (limits["auto"], best["at_least"], best["lead"], limits["review"]))
    with Engine() as engine:
        (row,) = engine.rows(f"""
            select score, match_verdict(score, true, score - {given.get("next_best", "0")}::decimal(9, 6), {told}) as decision
            from (select match_score({scored}) as score)
        """)
    assert row == {"score": Decimal(case.expected["score"]), "decision": case.expected["decision"]}
