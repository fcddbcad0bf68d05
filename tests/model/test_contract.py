"""The contract language: what it accepts and refuses, what it fills in, and what it keeps as left open."""

import copy
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tasks.model.contract import DEFAULTS_FILE, Clock, Contract, Customer, Provider, Reporting, Version, resolve_contract, silent_readings
from tasks.model.contract_findings import contract_findings
from tasks.model.errors import FaultsError
from tasks.model.form import Strict
from tasks.model.identity import canonical_json
from tasks.model.measures import (
    KINDS,
    SILENT_KEYS,
    AppliesTo,
    Attained,
    Base,
    Exclusions,
    IncidentTargets,
    Intervals,
    Outage,
    Requests,
    Tiered,
    UserMinutes,
    credit_forms,
)
from tasks.model.remedies import Claims, Credits, CreditTerms

SHARED = Path(__file__).resolve().parents[3] / "shared"
EXAMPLES = SHARED / "examples.yaml"
SCHEMA_FILE = SHARED / "contracts" / "contract.schema.json"
needs_examples = pytest.mark.skipif(not EXAMPLES.is_file(), reason="the worked examples are not beside the project")
needs_schema = pytest.mark.skipif(not SCHEMA_FILE.is_file(), reason="contract.schema.json is not beside the project")
CONTRACTS = sorted(file for file in (SHARED / "contracts").glob("*.yaml") if not file.name.startswith("00-"))
EVERYTHING = yaml.safe_load((Path(__file__).parent / "contract_of_everything.yml").read_text(encoding="utf-8"))
LANGUAGE = yaml.safe_load(DEFAULTS_FILE.read_text(encoding="utf-8"))

TIERS = [{"below": "99.9", "at_least": "99.0", "credit_pct": "10"}, {"below": "99.0", "credit_pct": "25"}]
SIMPLE = {
    "schema": "sla-contract/1",
    "contract_id": "X",
    "provider": {"id": "x", "name": "X"},
    "document": {"title": "X", "verification": "exact"},
    "version": {"number": 1, "effective_from": "2026-01-01"},
    "measures": {"uptime": {"kind": "availability", "target": "99.9", "tiers": TIERS}},
    "credits": {"currency": "EUR"},
}


def stated(**keys: Any) -> dict[str, Any]:
    """Return the simple contract with top-level keys replaced."""
    return SIMPLE | keys


def measured(**keys: Any) -> dict[str, Any]:
    """Return the simple contract with keys of its one measure replaced."""
    return stated(measures={"uptime": SIMPLE["measures"]["uptime"] | keys})


def faults_of(document: Any) -> list[tuple[str, str]]:
    try:
        resolve_contract(document)
    except FaultsError as error:
        return [(fault.code, fault.where or "") for fault in error.faults]
    return []


@needs_examples
@pytest.mark.parametrize("case", ["good", "github", "unknown_key", "unquoted", "no_currency", "unnamed_third_party", "unknown_rule"])
def test_a_contract_states_its_faults_as_the_worked_example_says(case):  # E123
    book = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    example = next(example for example in book["examples"] if example["id"] == "E123")
    document = copy.deepcopy(book["defaults"]["load"]["document"]) | copy.deepcopy(example["cases"][case]).get("document", {})
    for measure in document["measures"].values():
        if isinstance(measure.get("tiers"), str):
            measure["tiers"] = book["tiers"][measure["tiers"]]
    expected = example["expected"][case]
    assert faults_of(document) == [(error["code"], error["path"]) for error in expected["errors"]]
    if not expected["errors"]:
        warnings = [finding.label for finding in contract_findings(resolve_contract(document)) if finding.level == "warning"]
        assert warnings == expected["warnings"]


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in CONTRACTS])
def test_every_example_contract_loads_and_its_resolved_form_is_a_contract_again(file):
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    contract = resolve_contract(document)
    schema = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert schema.is_valid(document)
    assert [error.message for error in schema.iter_errors(without_silence(contract))] == []
    assert contract.measures.keys() == document["measures"].keys()


@needs_schema
def test_the_contract_of_everything_is_one_and_its_resolved_form_too():
    schema = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert [error.message for error in schema.iter_errors(EVERYTHING)] == []
    assert [error.message for error in schema.iter_errors(without_silence(resolve_contract(EVERYTHING)))] == []


def without_silence(contract: Contract) -> dict[str, Any]:
    """Return the resolved document without what says which readings are open: that is ours, not the language's."""
    resolved = contract.resolved
    del resolved["silent"]
    for measure in resolved["measures"].values():
        del measure["silent"]
    return resolved


TWO_DAYS = {"restore_business_days": {"n": 2}}
# what our types refuse although the form is right, because it cannot be meant
STRICTER = {
    "UNKNOWN_ZONE",
    "UNKNOWN_MEASURE",
    "CANNOT_HAPPEN",
    "USERS_MISSING",
    "TIER_EMPTY",
    "WEIGHTS_UNCLEAR",
    "AT_RISK_CEILING",
    "SHARE_OF_DAYS",
    "NO_LENGTH",
}
# what a measure may leave out when measure_defaults says it, although the schema sees the measure alone
SAID_ONCE = {"target", "interval_s", "failed_when", "of", "low_volume"}
SPOILS = [None, 5, "zzz", {}, [], True, "101", 1.5, ["a", "a"], "99.9"]


@needs_schema
@pytest.mark.parametrize("first", [0, pytest.param(1, marks=pytest.mark.soak), pytest.param(2, marks=pytest.mark.soak)])
def test_types_and_schema_refuse_the_same_spoiled_contracts(first):
    schema = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    for count, path in list(enumerate(paths_of(EVERYTHING)))[first::3]:
        spoiled = spoil(EVERYTHING, path, count)
        codes = {code for code, _ in faults_of(spoiled)}
        if schema.is_valid(spoiled):
            assert codes <= STRICTER, (path, codes)
        else:
            assert codes or path[-1] in SAID_ONCE, path


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [deeper for key, child in items for deeper in [(*path, key), *paths_of(child, (*path, key))]]


def spoil(document: dict[str, Any], path: tuple[Any, ...], count: int) -> dict[str, Any]:
    """Return the document with the value at a path removed, given an unknown key, or replaced; `count` chooses."""
    spoiled = copy.deepcopy(document)
    node: Any = spoiled
    for key in path[:-1]:
        node = node[key]
    way = count % (len(SPOILS) + 2)
    if way == len(SPOILS) or (way == len(SPOILS) + 1 and not isinstance(node[path[-1]], dict)):
        del node[path[-1]]
    elif way == len(SPOILS) + 1:
        node[path[-1]]["zzz"] = 1
    else:
        node[path[-1]] = copy.deepcopy(SPOILS[way])
    return spoiled


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        pytest.param([], [("WRONG_TYPE", "")], id="a list is no contract"),
        pytest.param(None, [("WRONG_TYPE", "")], id="an empty file is no contract"),
        pytest.param(stated(kind="defaults"), [("UNKNOWN_VALUE", "kind")], id="the defaults are no contract"),
        pytest.param(stated(measures={}), [("OUT_OF_RANGE", "measures")], id="a contract measures something"),
        pytest.param(measured(kind="uptime"), [("UNKNOWN_KIND", "measures.uptime.kind")], id="an unknown kind of measure"),
        pytest.param(
            stated(measures={"uptime": {"target": "99.9"}}), [("MISSING_KEY", "measures.uptime.kind")], id="a measure without its kind"
        ),
        pytest.param(measured(target=99), [("NOT_A_STRING", "measures.uptime.target")], id="a whole number is no quoted decimal"),
        pytest.param(measured(target="99,9"), [("WRONG_FORM", "measures.uptime.target")], id="a decimal comma"),
        pytest.param(measured(target="99.9999999"), [("TOO_PRECISE", "measures.uptime.target")], id="finer than targets are judged"),
        pytest.param(measured(target="100.1"), [("WRONG_FORM", "measures.uptime.target")], id="more than all"),
        pytest.param(measured(target="99.9\n"), [("WRONG_FORM", "measures.uptime.target")], id="a line break after the number"),
        pytest.param(measured(clause=None), [("WRONG_TYPE", "measures.uptime.clause")], id="null where only silence or a word is meant"),
        pytest.param(
            measured(tiers=[{"below": "99", "at_most": "99", "credit_pct": "10"}]),
            [("TWO_EDGES", "measures.uptime.tiers[0]")],
            id="two upper edges",
        ),
        pytest.param(measured(tiers=[{"credit_pct": "10"}]), [("TIER_UNBOUNDED", "measures.uptime.tiers[0]")], id="a tier without edges"),
        pytest.param(
            measured(tiers=[{"below": "99", "at_least": "99.5", "credit_pct": "10"}]),
            [("TIER_EMPTY", "measures.uptime.tiers[0]")],
            id="edges the wrong way round",
        ),
        pytest.param(
            measured(tiers_on="outage_length"), [("WRONG_TIERS", "measures.uptime")], id="tiers on durations with edges in percent"
        ),
        pytest.param(
            measured(kind="request_ratio", failed_when={"rule": "error_response"}, tiers_on="total_downtime", tiers=[]),
            [("NO_LENGTH", "measures.uptime")],
            id="tiers on the length of a share of requests",
        ),
        pytest.param(
            stated(
                measures={
                    "back": {"kind": "restore", "severity_change": "segment", "per_severity": {"P1": {"restore_business_days": {"n": 2}}}}
                }
            ),
            [("SHARE_OF_DAYS", "measures.back")],
            id="shares of targets that are days",
        ),
        pytest.param(measured(composite={"kind": "k_of_n", "k": 3, "n": 2}), [("CANNOT_HAPPEN", "measures.uptime.composite")], id="3 of 2"),
        pytest.param(measured(composite="serial"), [("UNKNOWN_VALUE", "measures.uptime.composite")], id="an unknown bare name"),
        pytest.param(
            measured(unavailable_when={"threshold": "0.05"}),
            [("MISSING_KEY", "measures.uptime.unavailable_when.rule")],
            id="a rule without its name",
        ),
        pytest.param(
            measured(credits={"form": "tires"}), [("UNKNOWN_FORM", "measures.uptime.credits.form")], id="an unknown form of credit"
        ),
        pytest.param(
            stated(measures={"answer": {"kind": "response", "credits": {"form": "tiers"}}}),
            [("UNKNOWN_FORM", "measures.answer.credits.form")],
            id="a form of credit that the kind of measure cannot have",
        ),
        pytest.param(
            measured(credits={"gap_policy": "milder_neighbour"}),
            [("MISSING_KEY", "measures.uptime.credits.form")],
            id="a parameter of a form without the form",
        ),
        pytest.param(
            measured(credits={"form": "per_block", "block_min": 30, "blocks": [{"min": 5, "pct": "5"}], "partial_block": "none"}),
            [("BLOCKS_UNCLEAR", "measures.uptime.credits")],
            id="blocks said twice",
        ),
        pytest.param(
            {key: value for key, value in SIMPLE.items() if key != "credits"},
            [("CREDITS_MISSING", "measures.uptime.tiers")],
            id="tiers in a contract that promises no money",
        ),
        pytest.param(
            stated(incident_targets={"per_severity": {"P1": {"restore_h": 4, "restore_min": 240}}}),
            [("TWO_UNITS", "incident_targets.per_severity.P1")],
            id="a target in two units",
        ),
        pytest.param(
            stated(incident_targets={"per_severity": {"P5": {"restore_h": 4}}}),
            [("UNKNOWN_VALUE", "incident_targets.per_severity.P5")],
            id="a severity that there is not",
        ),
        pytest.param(stated(clock={"timezone": "Europe/Belin"}), [("UNKNOWN_ZONE", "clock.timezone")], id="an unknown zone"),
        pytest.param(
            stated(version={"number": 1, "effective_from": "2026-02-30"}), [("WRONG_FORM", "version.effective_from")], id="30 February"
        ),
        pytest.param(
            stated(version={"number": 1, "effective_from": "2026-02-01", "effective_to": "2026-02-01"}),
            [("END_BEFORE_START", "version.effective_to")],
            id="in force for no time",
        ),
        pytest.param(
            stated(chronic=[{"id": "a", "rule": "uptime_below", "value": "95", "applies_to": "uptme"}]),
            [("UNKNOWN_MEASURE", "chronic[0].applies_to")],
            id="a clause about a measure that there is not",
        ),
        pytest.param(
            stated(chronic=[{"id": "a", "rule": "breaches_in_rolling_windows", "n": 4, "of": 3}]),
            [("CANNOT_HAPPEN", "chronic[0]")],
            id="4 breaches in 3 windows",
        ),
        pytest.param(
            stated(
                credits={"form": "none"},
                measures={"uptime": {"kind": "availability", "target": "99", "credits": {"form": "proportional", "multiplier": "1"}}},
            ),
            [("CURRENCY_MISSING", "measures.uptime.credits")],
            id="money of one measure in a contract that names no currency",
        ),
        pytest.param(
            measured(min_consecutive_s=60, target=99.9, granularity="whole"),
            [
                ("UNKNOWN_VALUE", "measures.uptime.granularity"),
                ("UNKNOWN_KEY", "measures.uptime.min_consecutive_s"),
                ("NOT_A_STRING", "measures.uptime.target"),
            ],
            id="all faults at once",
        ),
    ],
)
def test_a_fault_has_a_code_and_the_path_of_the_text(document, faults):
    assert faults_of(document) == faults


def test_what_a_measure_took_over_is_not_reported_twice():
    document = stated(measure_defaults={"bridge_gap_s": -1}, exclusions={"force_majeure": {"notice_h": "72"}}, claims={"automatic": "no"})
    assert faults_of(document) == [
        ("WRONG_TYPE", "claims.automatic"),
        ("WRONG_TYPE", "exclusions.force_majeure.notice_h"),
        ("OUT_OF_RANGE", "measure_defaults.bridge_gap_s"),
    ]


def test_an_error_says_what_was_possible_and_how_to_mend_it():
    with pytest.raises(FaultsError) as caught:
        resolve_contract(measured(granularty="exact"))
    text = str(caught.value.faults[0])
    assert text.startswith("measures.uptime.granularty: no key 'granularty'; did you mean 'granularity'?\n  known: ")
    assert text.endswith("\n  fix:   use a known key, or remove it")


def at_risk(pool: dict[str, Any], *weights: str) -> dict[str, Any]:
    measures = {
        f"m{index}": {"kind": "availability", "target": "99", "credits": {"form": "at_risk", "pool_pct": "50", "weight_pct": weight}}
        for index, weight in enumerate(weights)
    }
    return stated(credits={"currency": "EUR", "at_risk": {"pct_of_invoice": "10"} | pool}, measures=measures)


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        pytest.param(at_risk({}, "60", "40"), [], id="weights of exactly 100 % are all of the pool"),
        pytest.param(at_risk({}, "60", "41"), [("AT_RISK_WEIGHTS", "measures")], id="weights above 100 %"),
        pytest.param(at_risk({"max_measures": 2}, "1", "1"), [], id="as many measures as allowed"),
        pytest.param(at_risk({"max_measures": 1}, "1", "1"), [("AT_RISK_MEASURES", "credits.at_risk.max_measures")], id="one too many"),
        pytest.param(at_risk({"single_measure_max_pct_of_pool": "25"}, "50"), [], id="50 % × 50 % is exactly the ceiling of 25 %"),
        pytest.param(
            at_risk({"single_measure_max_pct_of_pool": "25"}, "50.1"),
            [("AT_RISK_CEILING", "measures.m0.credits.weight_pct")],
            id="50 % × 50.1 % is over it",
        ),
    ],
)
def test_weights_of_a_pool_fit_into_it(document, faults):  # R-CR8
    assert faults_of(document) == faults


BLOCKS: list[tuple[dict[str, Any], type[Strict]]] = [
    (LANGUAGE["provider"], Provider),
    (LANGUAGE["customer"], Customer),
    (LANGUAGE["version"], Version),
    (LANGUAGE["clock"], Clock),
    (LANGUAGE["blocks"]["common"]["applies_to"], AppliesTo),
    (LANGUAGE["blocks"]["level"], Tiered),
    (LANGUAGE["blocks"]["base"], Base),
    (LANGUAGE["blocks"]["outage"], Outage),
    (LANGUAGE["blocks"]["outage"]["user_minutes"], UserMinutes),
    (LANGUAGE["blocks"]["intervals"], Intervals),
    (LANGUAGE["blocks"]["requests"], Requests),
    (LANGUAGE["blocks"]["attainment"], Attained),
    (LANGUAGE["exclusions"], Exclusions),
    (LANGUAGE["incident_targets"], IncidentTargets),
    (LANGUAGE["claims"], Claims),
    (LANGUAGE["reporting"], Reporting),
    ({key: value for key, value in LANGUAGE["credits"].items() if key != "form"}, CreditTerms),
]
WITHOUT_DEFAULT = {"id", "name", "number", "effective_from"}  # a contract states them; the language file shows null
FILLED_ON_DEMAND = {"user_minutes"}  # only with partial_outage: user_minutes


@pytest.mark.parametrize(("block", "kind"), [pytest.param(block, kind, id=kind.__name__) for block, kind in BLOCKS])
def test_the_defaults_beside_the_keys_are_those_of_the_language(block, kind):
    own = {name: field for name, field in kind.model_fields.items() if not field.is_required()}
    assert own.keys() >= block.keys() - WITHOUT_DEFAULT
    for key in block.keys() - WITHOUT_DEFAULT - FILLED_ON_DEMAND:
        assert plain(own[key].get_default(call_default_factory=True)) == without_nulls(block[key]), key


@pytest.mark.parametrize("form", get_args(get_args(Credits)[0]))
def test_the_defaults_of_credit_forms_are_those_of_the_language(form):
    parameters = {name: field for name, field in form.model_fields.items() if name not in CreditTerms.model_fields and name != "form"}
    defaults = LANGUAGE["credit_forms"][get_args(form.model_fields["form"].annotation)[0]]
    for key, field in parameters.items():
        if not field.is_required() and key in defaults and field.default is not None:
            assert plain(field.default) == defaults[key], key
    assert defaults.keys() <= parameters.keys()


def plain(value: Any) -> Any:
    """Return a default as the language file writes it."""
    match value:
        case Strict():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields if getattr(value, name) is not None}
        case Decimal():
            return str(value)
        case tuple():
            return [plain(item) for item in value]
    return value


def without_nulls(value: Any) -> Any:
    return {key: without_nulls(child) for key, child in value.items() if child is not None} if isinstance(value, dict) else value


@pytest.mark.parametrize("kind", LANGUAGE["kinds"])
def test_every_kind_has_the_keys_and_credit_forms_of_the_language(kind):
    told = LANGUAGE["kinds"][kind]
    keys = {key for block in told["blocks"] for key in LANGUAGE["blocks"][block]}
    if "incidents" in told["blocks"]:
        keys |= LANGUAGE["incident_targets"].keys()
    if "outage" in told["blocks"]:
        keys |= {"state_weights"}
    if told["credit_forms"]:
        keys |= {"credits"}
    fields = KINDS[kind].model_fields
    assert fields.keys() == keys | {"kind", "clause", "note", "verification"}
    assert {key for key, field in fields.items() if field.is_required()} == {"kind", *told["required"]}
    assert set(credit_forms(kind)) == {*told["credit_forms"], *(["none"] if told["credit_forms"] else [])}


def test_the_readings_of_silent_keys_are_those_of_the_language():  # R-RD1
    assert silent_readings().keys() == SILENT_KEYS | {"mid_window_switch"}
    assert silent_readings()["denominator"] == ("remove_from_both", "count_as_up")
    for key in SILENT_KEYS:
        owners = [kind for kind in KINDS.values() if key in kind.model_fields]
        assert {kind.model_fields[key].default for kind in owners} == {silent_readings()[key][0]}


RESTORE = {"back": {"kind": "restore", "per_severity": {"P1": {"restore_h": 4}}}}


@pytest.mark.parametrize(
    ("document", "measure", "silent"),
    [
        pytest.param(SIMPLE, "uptime", {"denominator", "partial_period"}, id="a text that says nothing leaves both open"),
        pytest.param(
            measured(denominator="remove_from_both"), "uptime", {"partial_period"}, id="stating the default is stating it (R-RD1)"
        ),
        pytest.param(
            stated(measure_defaults={"denominator": "count_as_up"}), "uptime", {"partial_period"}, id="measure_defaults is the text too"
        ),
        pytest.param(stated(measures=RESTORE), "back", {"clock_start", "severity_change"}, id="a clock's start and severity changes"),
        pytest.param(
            stated(measures=RESTORE, incident_targets={"severity_change": "segment"}), "back", {"clock_start"}, id="the contract's block"
        ),
        pytest.param(
            stated(measures=RESTORE, provider={"id": "x", "name": "X", "role": "internal_team"}),
            "back",
            {"severity_change"},
            id="an internal team's clock starts by rule (R-CL1)",
        ),
        pytest.param(
            stated(
                measures={
                    "w": {
                        "kind": "waiver",
                        "waiver": {"rule": "unavailable_minutes_in_clock_hour", "minutes": 6, "waives": "hourly_charge"},
                    }
                }
            ),
            "w",
            set(),
            id="a waiver has no such keys",
        ),
    ],
)
def test_what_the_text_leaves_open_stays_known(document, measure, silent):
    assert resolve_contract(document).measures[measure].silent == silent


def test_a_change_inside_a_window_is_open_until_the_text_says():
    assert resolve_contract(SIMPLE).silent == {"mid_window_switch"}
    version = SIMPLE["version"] | {"mid_window_switch": "split"}
    assert resolve_contract(stated(version=version)).silent == frozenset()


@pytest.mark.parametrize(
    ("role", "clock_start"), [("provider", "informed_or_own_detection"), ("internal_team", "earliest_detected_or_reported")]
)
def test_an_internal_team_is_clocked_from_detection_by_either_party(role, clock_start):  # R-CL1, E39
    contract = resolve_contract(stated(measures=RESTORE, provider={"id": "x", "name": "X", "role": role}))
    assert contract.measures["back"].clock_start == clock_start


def value_at(document: Any, *path: str) -> Any:
    node: Any = resolve_contract(document).measures["uptime"]
    for key in path:
        node = node[key] if isinstance(node, dict) else getattr(node, key)
    return node


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        pytest.param(SIMPLE, ("granularity",), "exact", id="the language's default"),
        pytest.param(
            stated(measure_defaults={"granularity": "clock_full_minutes"}), ("granularity",), "clock_full_minutes", id="measure_defaults"
        ),
        pytest.param(
            measured(granularity="exact") | {"measure_defaults": {"granularity": "clock_full_minutes"}},
            ("granularity",),
            "exact",
            id="the measure's own text goes before measure_defaults",
        ),
        pytest.param(
            stated(exclusions={"force_majeure": {"notice_h": 24}}),
            ("exclusions", "force_majeure", "notice_h"),
            24,
            id="the contract's block",
        ),
        pytest.param(
            stated(exclusions={"force_majeure": {"notice_h": 24}}), ("exclusions", "force_majeure", "allowed"), True, id="filled by default"
        ),
        pytest.param(
            measured(exclusions={"emergency_maintenance": {"max_min_per_month": 60}})
            | {"exclusions": {"emergency_maintenance": {"allowed": True}}},
            ("exclusions", "emergency_maintenance", "allowed"),
            True,
            id="overrides go key by key",
        ),
        pytest.param(measured(credits={"caps": {"per_invoice_pct": "30"}}), ("credits", "currency"), "EUR", id="credits key by key"),
        pytest.param(
            stated(credits={"currency": "EUR", "gap_policy": "harsher_neighbour"}),
            ("credits", "gap_policy"),
            "harsher_neighbour",
            id="the contract's form holds for a measure that names none",
        ),
        pytest.param(
            measured(credits={"form": "tiers"}) | {"credits": {"currency": "EUR", "gap_policy": "harsher_neighbour"}},
            ("credits", "gap_policy"),
            "provider_favour",
            id="a measure that names a form restates its parameters",
        ),
        pytest.param(
            measured(unavailable_when={"rule": "error_rate", "threshold": "0.1"})
            | {"measure_defaults": {"unavailable_when": {"rule": "error_rate", "threshold": "0.05", "min_requests": 2000}}},
            ("unavailable_when", "min_requests"),
            0,
            id="a rule is restated as a whole",
        ),
        pytest.param(measured(partial_outage="user_minutes"), ("user_minutes", "users_from"), "service_catalogue", id="user minutes"),
        pytest.param(
            measured(partial_outage="binary")
            | {"measure_defaults": {"partial_outage": "state_weights", "state_weights": {"degraded": "0.3"}}},
            ("state_weights",),
            None,
            id="another way to count partial outages leaves the weights behind",
        ),
    ],
)
def test_a_measure_takes_what_it_leaves_out_from_the_contract_then_from_the_defaults(document, path, value):
    assert value_at(document, *path) == value


def test_a_target_in_one_unit_displaces_the_contracts_in_another():
    targets = {"per_severity": {"P1": {"response_min": 15, "restore_h": 4}, "P2": {"restore_h": 8}}}
    contract = resolve_contract(
        stated(incident_targets=targets, measures={"back": {"kind": "restore", "per_severity": {"P1": {"restore_min": 90}}}})
    )
    per_severity = contract.measures["back"].per_severity
    assert per_severity["P1"].target_us("restore") == 90 * 60 * 1_000_000
    assert per_severity["P1"].target_us("response") == 15 * 60 * 1_000_000
    assert per_severity["P2"].target_us("restore") == 8 * 3600 * 1_000_000


def test_a_target_in_business_days_has_no_length():  # E129
    target = {"P3": {"restore_business_days": {"n": 2}}}
    contract = resolve_contract(stated(measures={"back": {"kind": "restore", "per_severity": target}}))
    found = contract.measures["back"].per_severity["P3"]
    assert found.target_us("restore") is None
    assert (found.target_business_days("restore").n, found.target_business_days("restore").until) == (2, "same_time")


def test_a_form_that_a_kind_cannot_have_is_not_inherited():
    contract = resolve_contract(stated(measures=SIMPLE["measures"] | RESTORE))
    assert contract.measures["uptime"].credits.form == "tiers"
    assert contract.measures["back"].credits.form == "none"
    assert contract.measures["back"].credits.currency == "EUR"


SIGNED = [
    {"party": "customer", "role": "buyer", "signed_at": "2025-12-01"},
    {"party": "provider", "role": "ceo", "signed_at": "2025-12-01"},
]


@pytest.mark.parametrize(
    ("keys", "is_unsigned"),
    [
        pytest.param({}, False, id="public terms need no signature"),
        pytest.param({"version": SIMPLE["version"] | {"signed_by": []}}, True, id="a contract that speaks of signatures and has none"),
        pytest.param({"version": SIMPLE["version"] | {"signed_by": SIGNED[:1]}}, True, id="one party alone"),
        pytest.param({"version": SIMPLE["version"] | {"signed_by": SIGNED}}, False, id="both parties"),
        pytest.param({"version": SIMPLE["version"] | {"signed_by": [SIGNED[0], SIGNED[0]]}}, True, id="one party twice"),
        pytest.param({"customer": {"id": "us"}}, True, id="a contract with a named customer is private"),
        pytest.param({"customer": {"billing_entity": "Us Ltd"}}, False, id="who is billed says nothing"),
    ],
)
def test_a_private_contract_needs_both_signatures(keys, is_unsigned):
    assert resolve_contract(stated(**keys)).is_unsigned is is_unsigned


@pytest.mark.parametrize(
    ("timezone", "text", "instant"),
    [
        pytest.param("UTC", "2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), id="a date is a local midnight"),
        pytest.param("Europe/Berlin", "2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC), id="in summer two hours before UTC's"),
        pytest.param("America/Los_Angeles", "2026-01-01", datetime(2026, 1, 1, 8, tzinfo=UTC), id="west of Greenwich after it"),
        pytest.param("Europe/Berlin", "2026-07-01T00:00Z", datetime(2026, 7, 1, tzinfo=UTC), id="an instant is UTC anywhere"),
        pytest.param("UTC", "2026-07-01T00:00:00.25Z", datetime(2026, 7, 1, microsecond=250_000, tzinfo=UTC), id="parts of a second"),
        pytest.param("UTC", None, None, id="a text may name no first day"),
    ],
)
def test_a_version_is_in_force_from_an_instant(timezone, text, instant):
    contract = resolve_contract(stated(clock={"timezone": timezone}, version={"number": 1, "effective_from": text}))
    assert contract.effective_from == instant


def test_a_version_is_named_by_contract_and_number():
    assert resolve_contract(SIMPLE).contract_version_id == "X@1"


def test_the_resolved_document_is_hashed_as_canonical_json():
    contract = resolve_contract(SIMPLE)
    assert contract.content_sha256 == hashlib.sha256(canonical_json(contract.resolved).encode()).hexdigest()
    assert contract.resolved["measures"]["uptime"]["target"] == "99.9"


def test_the_hash_follows_the_meaning_and_not_the_writing():
    backwards = {key: SIMPLE[key] for key in reversed(SIMPLE)}
    spelt_out = stated(version=SIMPLE["version"] | {"effective_to": None}, credits={"currency": "EUR", "form": "tiers"})
    assert {resolve_contract(document).content_sha256 for document in (backwards, spelt_out)} == {resolve_contract(SIMPLE).content_sha256}


def test_the_hash_tells_a_stated_default_from_silence():
    assert resolve_contract(measured(denominator="remove_from_both")).content_sha256 != resolve_contract(SIMPLE).content_sha256


def test_a_contract_cannot_be_changed():
    with pytest.raises(ValidationError):
        resolve_contract(SIMPLE).measures["uptime"].target = Decimal(1)


@pytest.mark.parametrize(
    ("window", "kind", "days"),
    [("billing_cycle", "billing_cycle", None), ({"kind": "rolling_days", "days": 30}, "rolling_days", 30)],
)
def test_a_window_has_one_name_whatever_its_form(window, kind, days):
    clock = resolve_contract(stated(clock={"window": window})).clock
    assert (clock.window_kind, clock.rolling_days) == (kind, days)
