"""Findings: what a contract's text allows but its reader should know."""

from typing import Any

import pytest

from tasks.model.contract import resolve_contract
from tasks.model.contract_findings import contract_findings

STANDARD = [
    {"below": "99.9", "at_least": "99.0", "credit_pct": "10"},
    {"below": "99.0", "at_least": "95.0", "credit_pct": "25"},
    {"below": "95.0", "credit_pct": "100"},
]


def contract(**keys: Any):
    return resolve_contract(
        {
            "schema": "sla-contract/1",
            "contract_id": "X",
            "provider": {"id": "x", "name": "X"},
            "document": {"title": "X", "verification": "exact"},
            "version": {"number": 1, "effective_from": "2026-01-01"},
            "measures": {"uptime": {"kind": "availability", "target": "99.9", "tiers": STANDARD}},
            "credits": {"currency": "EUR"},
        }
        | keys
    )


def of_measure(**keys: Any) -> list[str]:
    """Return the warnings of a contract with one availability measure of these terms."""
    found = contract_findings(contract(measures={"uptime": {"kind": "availability", "target": "99.9"} | keys}))
    return [finding.label for finding in found if finding.level == "warning"]


def tiers(*rows: str) -> list[dict[str, str]]:
    """Return tiers written as `below 99.9 at_least 99.0 credit_pct 10`."""
    return [dict(zip(row.split()[::2], row.split()[1::2], strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("terms", "warnings"),
    [
        pytest.param({"tiers": STANDARD}, [], id="tiers that meet cover all that misses the target"),
        pytest.param(
            {"tiers": tiers("at_most 99.9 above 99.0 credit_pct 10", "below 99.0 credit_pct 25")},
            ["TIER_OVERLAPS_COMMITMENT@99.9", "TIER_GAP@99.0"],
            id="GitHub's edges pay at the target and leave a hole at one value (E101, E123)",
        ),
        pytest.param(
            {"comparator": "gt", "tiers": tiers("at_most 99.9 at_least 99.0 credit_pct 10", "below 99.0 credit_pct 25")},
            [],
            id="where exactly the target is a miss, paying there is no contradiction",
        ),
        pytest.param(
            {"comparator": "gt", "tiers": STANDARD}, ["TIER_GAP@99.9"], id="where exactly the target is a miss, not paying there is a gap"
        ),
        pytest.param(
            {"tiers": tiers("below 99.5 at_least 99.0 credit_pct 10", "below 99.0 credit_pct 25")},
            ["TIER_GAP@99.5-99.9"],
            id="a miss above the first tier",
        ),
        pytest.param({"tiers": tiers("below 99.9 at_least 99.0 credit_pct 10")}, ["TIER_GAP@0-99.0"], id="a miss below the last tier"),
        pytest.param(
            {"tiers": tiers("below 99.9 at_least 98.0 credit_pct 10", "below 99.0 credit_pct 25")},
            ["TIER_OVERLAP@98.0-99.0"],
            id="two tiers at once over a span",
        ),
        pytest.param(
            {"tiers": tiers("below 99.9 at_least 99.0 credit_pct 10", "at_most 99.0 credit_pct 25")},
            ["TIER_OVERLAP@99.0"],
            id="two tiers at once at one value",
        ),
        pytest.param(
            {"target": "99.5", "tiers": tiers("below 99.9 credit_pct 10")},
            ["TIER_OVERLAPS_COMMITMENT@99.5-99.9"],
            id="a tier that begins above the target",
        ),
        pytest.param(
            {"tiers": tiers("below 99.95 at_least 99.9 credit_pct 0", "below 99.9 credit_pct 10")},
            [],
            id="a tier of nothing pays nothing, so it contradicts nothing",
        ),
        pytest.param({"tiers": []}, ["NO_TIERS"], id="no tiers"),
        pytest.param({"tiers": [], "target": None}, [], id="without a target there is nothing to credit"),
        pytest.param({"tiers": [], "credits": {"form": "none"}}, [], id="no tiers and no money promised"),
        pytest.param({"tiers": [], "credits": {"form": "proportional", "multiplier": "1"}}, [], id="a form that needs no tiers"),
        pytest.param({"target": None, "tiers": tiers("below 99 at_least 95 credit_pct 5")}, ["TIER_GAP@0-95"], id="tiers without a target"),
        pytest.param(
            {
                "tiers_on": "outage_length",
                "tiers": [{"more_than_s": 1800, "at_most_s": 7200, "credit_pct": "5"}, {"more_than_s": 7200, "credit_pct": "10"}],
            },
            [],
            id="tiers on lengths that meet; shorter outages are free, which is no gap (E128)",
        ),
        pytest.param(
            {
                "tiers_on": "total_downtime",
                "tiers": [{"at_least_s": 60, "less_than_s": 120, "credit_pct": "5"}, {"more_than_s": 120, "credit_pct": "10"}],
            },
            ["TIER_GAP@120"],
            id="a length in no tier",
        ),
        pytest.param(
            {"tiers_on": "total_downtime", "tiers": [{"more_than_s": 60, "at_most_s": 120, "credit_pct": "5"}]},
            ["TIER_GAP@120+"],
            id="lengths above the last tier",
        ),
        pytest.param(
            {"tiers_on": "total_downtime", "tiers": [{"more_than_s": 60, "credit_pct": "5"}, {"at_least_s": 90, "credit_pct": "7"}]},
            ["TIER_OVERLAP@90+"],
            id="lengths in two tiers",
        ),
        pytest.param(
            {"credits": {"form": "points", "levels": [{"name": "minor", "below": "95", "at_least": "90", "points": 1}]}, "target": "95"},
            ["TIER_GAP@0-90"],
            id="levels of points have gaps like tiers",
        ),
        pytest.param(
            {"tiers": [], "credits": {"form": "at_risk", "weight_pct": "10"}}, ["NO_FEE_BASIS"], id="a share of a pool that is not there"
        ),
    ],
)
def test_a_warning_names_the_values_it_is_about(terms, warnings):  # R-CR2
    assert of_measure(**terms) == warnings


@pytest.mark.parametrize(
    ("measure", "warnings"),
    [
        pytest.param({"kind": "restore"}, ["NO_TARGETS"], id="no target at all"),
        pytest.param({"kind": "restore", "per_severity": {"P1": {"response_h": 1}}}, ["NO_TARGETS"], id="a target of another clock"),
        pytest.param({"kind": "restore", "per_severity": {"P1": {"restore_business_days": {"n": 1}}}}, [], id="a target in business days"),
        pytest.param(
            {
                "kind": "attainment",
                "of": "response",
                "target": "95",
                "per_severity": {"P1": {"response_h": 1}},
                "credits": {"form": "none"},
            },
            [],
            id="attainment of the clock it counts",
        ),
    ],
)
def test_clocks_without_targets_judge_nothing(measure, warnings):
    found = contract_findings(contract(measures={"clock": measure}))
    assert [finding.label for finding in found if finding.level == "warning"] == warnings


def notes(**keys: Any) -> set[str]:
    return {f"{finding.label} {finding.where}" for finding in contract_findings(contract(**keys)) if finding.level == "note"}


def test_notes_say_where_the_text_is_silent():
    assert notes() == {
        "DEADLINE_ASSUMED claims",
        "FEE_BASIS_ASSUMED credits",
        "NO_CLAUSE_CITED credits",
        "NO_CLAUSE_CITED measures.uptime",
        "READINGS_OPEN@denominator, partial_period measures.uptime",
        "READINGS_OPEN@mid_window_switch version",
    }


def test_a_stated_fee_is_said_to_be_that_of_each_service():
    assert "STATED_FEE_EACH credits.stated_fee" in notes(credits={"currency": "EUR", "stated_fee": {"amount": "10", "per": "month"}})


def test_a_text_that_says_all_and_cites_its_clauses_has_no_notes():
    assert not notes(
        version={"number": 1, "effective_from": "2026-01-01", "mid_window_switch": "split"},
        measures={
            "uptime": {
                "kind": "availability",
                "target": "99.9",
                "tiers": STANDARD,
                "denominator": "count_as_up",
                "partial_period": "active_only",
                "clause": "2",
            }
        },
        credits={"currency": "EUR", "basis": "total_monthly_charges", "clause": "3", "caps": {"per_invoice_pct": "30", "clause": "3.1"}},
        claims={"deadline": {"rule": "days_after_window_end", "n": 30, "clause": "4.1"}, "clause": "4"},
        exclusions={"force_majeure": {"allowed": True, "clause": "5"}},
        chronic=[{"id": "a", "rule": "uptime_below", "value": "95", "clause": "6"}],
    )


def test_a_cited_block_does_not_cite_for_the_blocks_in_it():
    found = notes(
        credits={"currency": "EUR", "clause": "3", "caps": {"per_invoice_pct": "30"}}, exclusions={"third_party": {"allowed": False}}
    )
    assert {"NO_CLAUSE_CITED credits.caps", "NO_CLAUSE_CITED exclusions.third_party"} <= found
    assert "NO_CLAUSE_CITED credits" not in found


def test_an_unsigned_private_contract_is_a_warning():
    found = contract_findings(contract(customer={"id": "us"}))
    assert [finding.label for finding in found if finding.level == "warning"] == ["UNSIGNED_CONTRACT"]


def test_a_finding_prints_place_value_and_effect():
    found = contract_findings(contract(measures={"uptime": {"kind": "availability", "target": "99.9", "tiers": []}}))[0]
    assert str(found.at_place("reference/contracts/x.yml:7")) == (
        "reference/contracts/x.yml:7, measures.uptime.tiers: NO_TIERS, the text has no tiers we know: a miss earns no credit\n"
        "  fix:   add tiers, or credits: {form: none}"
    )
