"""Restatements by production: an estate measured as two instants know it, the later one held against the earlier (R-RS1 to R-RS3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.measure.claimed import claim_id
from tasks.model.policy import resolve_policy
from tasks.publish.since import Cause, Since, show_since
from tasks.store.engine import Engine
from tasks.store.run_columns import BASE_TABLES
from tasks.store.sealed import Said
from tests.measure.estate import MEASURE, contract_text, measured
from tests.measure.examples import cases
from tests.measure.side_by_side import Seen
from tests.measure.test_caps import RESTORE, down
from tests.measure.test_claims import event
from tests.measure.test_examples import Outcome, agreement, estate_of
from tests.measure.test_failed_measures import restored
from tests.measure.world import Row

CLAIM = claim_id("ACME", "shop", "2026-06")
PAID = [
    event("filed", "2026-07-11", "1000.00", claim=CLAIM),
    event("settled", "2026-07-15", "1000.00", claim=CLAIM),
]


def known_outages(given: Mapping[str, Any]) -> list[list[str]]:
    """Return the outages of an example as its instant knows them."""
    recorded = given.get("recorded_from", ["2026-06-10T12:00:00Z"] * len(given["outages"]))
    known = [span for span, at in zip(given["outages"], recorded, strict=True) if at <= given["as_of"]]
    for correction in given.get("corrections", []):
        known = correction["outages"] if correction["recorded_from"] <= given["as_of"] else known
    return known


def measured_at(given: Mapping[str, Any]) -> Engine:
    """Return an example measured as its instant knows it; a credit that was paid was settled five days after the pack was closed."""
    tables = estate_of({**given, "outages": known_outages(given)})
    paid = [row for row in PAID if given.get("paid") and row["happened_at"] <= datetime.fromisoformat(given["as_of"])]
    return measured([agreement(given)], tables | {"staged.claim_event": paid}, as_of=given["as_of"])


def restated(before: Engine, now: Engine) -> list[Row]:
    """Return what the later run tells against the earlier, as publishing makes it where late data is the one cause."""
    said = {name: before.connection.sql(f"from measured.{name}").to_arrow_table() for name in BASE_TABLES}
    rule = resolve_policy().restatement
    new = Since(Said({"run_id": "aaaa"}, said), (Cause("data", ("late.csv",)),), Decimal(rule.min_change_pct_points), tuple(rule.always_if))
    now.execute("alter table measured.sla_results rename to sla_results_made")
    now.execute("create view measured.sla_results as from measured.sla_results_made")
    show_since(now, new)
    now.build("published", only=["restatements"])
    return now.rows("from published.restatements")


def examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for case in cases("availability"):
        if case.example_id in ("E30", "E31"):
            found.setdefault(case.example_id, {})[case.case] = case
    return found


@pytest.fixture(scope="module")
def runs() -> dict[str, Any]:
    """Return both runs of E30 and E31, and what the second tells against the first."""
    found = {}
    for name, versions in examples().items():
        before, now = (measured_at(versions[version].given) for version in ("v1", "v2"))
        outcomes = [Outcome(Seen(engine), versions[version].given) for engine, version in ((before, "v1"), (now, "v2"))]
        said = [{key: outcome.of(key, "") for key in versions["v1"].expected} for outcome in outcomes]
        found[name] = SimpleNamespace(said=said, rows=restated(before, now), claims=now.rows("from measured.claims"))
    return found


@pytest.mark.parametrize("name", ["E30", "E31"])
def test_a_restatement_is_as_worked_by_hand(name, runs):
    run, expected = runs[name], {version: case.expected for version, case in examples()[name].items()}
    for said, version in zip(run.said, ("v1", "v2"), strict=True):
        got = {key: str(value) if key in ("uptime_fraction", "credit_pct") else value for key, value in said.items()}
        assert got == {key: expected[version].get(key, got[key]) for key in got}
    (payable,) = [row for row in run.rows if row["column_name"] == "payable"]
    assert f"{payable['payable_delta']:.2f} {payable['currency']}" == expected["v2"]["delta_credit"]
    assert any(row["is_mandatory"] for row in run.rows) == expected["v2"]["restatement_required"]
    flags = {flag for claim in run.claims for flag in claim["flags"]}
    assert ("CLAWBACK_CANDIDATE" in flags) == ("CLAWBACK_CANDIDATE" in expected["v2"].get("flags", []))
    assert payable["consequence"] == ("clawback_candidate" if "flags" in expected["v2"] else "none")


def test_what_is_known_only_after_the_deadline_is_not_claimable():
    """E30 again, but the late record comes in August: the day for claims was 30 July (R-RS3)."""
    v1, v2 = (examples()["E30"][version].given for version in ("v1", "v2"))
    late = {**v2, "as_of": "2026-08-10T00:00:00Z"}
    now = measured_at(late)
    rows = restated(measured_at(v1), now)
    assert [row["consequence"] for row in rows if row["column_name"] == "payable"] == ["not_claimable"]
    assert [row["state"] for row in now.rows("from measured.claims")] == ["lapsed"]


@pytest.mark.parametrize(
    ("seconds", "must_be_told"),
    [
        pytest.param("25.919999", False, id="0.00099999 points: listed"),
        pytest.param("25.920000", True, id="0.001 points of thirty days are 25.92 s: told"),
    ],
)
def test_a_level_that_moves_by_a_thousandth_of_a_point_must_be_told(seconds, must_be_told):
    given = examples()["E30"]["v1"].given
    longer = f"2026-06-10T10:10:{Decimal(seconds):09.6f}Z"
    before, now = (
        measured_at({**given, "outages": [["2026-06-10T10:00:00Z", end]], "recorded_from": ["2026-06-10T12:00:00Z"]})
        for end in ("2026-06-10T10:10:00Z", longer)
    )
    told = {row["column_name"]: row["is_mandatory"] for row in restated(before, now)}
    assert told == {"value_pct": must_be_told, "down_us": False}


def test_a_target_of_an_incident_is_restated_too():
    """A restore after three hours of four turns out to have taken five."""
    text = contract_text({"back": RESTORE}, credits={"form": "none"})
    before, now = (measured([text], {"reconciled.incidents": [restored("I-1", 10, hours)]}) for hours in (3, 5))
    hour_us = 3_600_000_000
    found = {row["column_name"]: (row["old_value"], row["new_value"], row["is_mandatory"]) for row in restated(before, now)}
    assert found == {
        "status": ("met", "breached", True),
        "elapsed_us": (str(3 * hour_us), str(5 * hour_us), False),
        "over_us": ("0", str(hour_us), False),
    }


@pytest.mark.parametrize(
    ("seconds", "must_be_told"),
    [pytest.param("25.919999", False, id="0.00099999 points"), pytest.param("25.920000", True, id="0.001 points")],
)
def test_levels_of_large_numbers_are_restated_like_any_other(seconds, must_be_told):
    """User minutes of a hundred million users: the product of two denominators has fifty digits."""
    users = {"partial_outage": "user_minutes", "user_minutes": {"users_from": "stated", "users": 100_000_000}}
    text = contract_text({"uptime": MEASURE | users}, credits={"form": "none"})
    ends = ("2026-06-10T10:10:00Z", f"2026-06-10T10:10:{Decimal(seconds):09.6f}Z")
    before, now = (measured([text], down(("2026-06-10T10:00:00Z", end))) for end in ends)
    told = {row["column_name"]: row["is_mandatory"] for row in restated(before, now)}
    assert told["value_pct"] == must_be_told
