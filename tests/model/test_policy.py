"""The policy: the home's words over the defaults, typed, whole and hashed."""

from decimal import Decimal
from typing import Any

import pytest
import yaml

from tasks.model.errors import FaultsError
from tasks.model.policy import DEFAULTS_FILE, policy_defaults, resolve_policy


def faults_of(document: Any) -> list[tuple[str, str]]:
    try:
        resolve_policy(document)
    except FaultsError as error:
        return [(fault.code, fault.where or "") for fault in error.faults]
    return []


def test_without_a_file_the_defaults_hold():
    policy = resolve_policy()
    assert policy.matching.widen_s == 900
    assert policy.matching.weights.opening == Decimal("0.15")
    assert policy.quality["DQ-13"] == {"warn_above": "0.01", "block_above": "0.05"}
    assert policy.severity_map["critical"] == "P1"
    assert (policy.claims.when_contract_silent.deadline.rule, policy.claims.when_contract_silent.deadline.n) == (
        "days_after_window_end",
        30,
    )
    assert policy.severity.major == ("P1",)


def test_the_resolved_policy_is_the_defaults_file_word_for_word():
    assert resolve_policy().resolved == yaml.safe_load(DEFAULTS_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        pytest.param({"matching": {"widen_s": 600}}, ("matching", "widen_s"), 600, id="a value is replaced"),
        pytest.param({"matching": {"widen_s": 600}}, ("matching", "auto_at_least"), Decimal("0.75"), id="its neighbours stay"),
        pytest.param({"severity_map": {"urgent": "P1"}}, ("severity_map", "moderate"), "P3", id="a map keeps its other words"),
        pytest.param({"severity_map": {"urgent": "P1"}}, ("severity_map", "urgent"), "P1", id="a map takes new words"),
        pytest.param({"severity": {"major": ["P1", "P2"]}}, ("severity", "major"), ("P1", "P2"), id="a list is replaced whole"),
        pytest.param({"matching": {"auto_mutual_best": None}}, ("matching", "auto_mutual_best"), None, id="null switches a rule off"),
        pytest.param({"quality": {"DQ-02": {"warn_below": "0.9"}}}, ("quality", "DQ-02", "block_below"), "0.95", id="limits go key by key"),
        pytest.param(
            {"claims": {"when_contract_silent": {"deadline": {"rule": "none"}}}},
            ("claims", "when_contract_silent", "deadline", "rule"),
            "none",
            id="a rule is restated as a whole",
        ),
        pytest.param(
            {"calendars": {"desk": {"timezone": "UTC", "weekly": {}}}},
            ("calendars", "default", "timezone"),
            "UTC",
            id="a new calendar leaves the built-in ones",
        ),
    ],
)
def test_the_homes_policy_lies_over_the_defaults(document, path, value):
    node: Any = resolve_policy(document)
    for key in path:
        node = node[key] if isinstance(node, dict) else getattr(node, key)
    assert node == value


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        pytest.param([], [("WRONG_TYPE", "")], id="a list is no policy"),
        pytest.param({"schema": "policy/2"}, [("UNKNOWN_VALUE", "schema")], id="a form we do not know"),
        pytest.param({"macthing": {}}, [("UNKNOWN_KEY", "macthing")], id="an unknown section"),
        pytest.param({"matching": {"widen": 900}}, [("UNKNOWN_KEY", "matching.widen")], id="an unknown key"),
        pytest.param({"matching": {"auto_at_least": 0.9}}, [("NOT_A_STRING", "matching.auto_at_least")], id="a float is not exact"),
        pytest.param({"matching": {"auto_at_least": "1.1"}}, [("WRONG_FORM", "matching.auto_at_least")], id="more than all is no share"),
        pytest.param({"matching": {"auto_at_least": "0.3"}}, [("CANNOT_HAPPEN", "matching")], id="a match is easier than a review"),
        pytest.param({"matching": {"weights": {"overlap": "0.21"}}}, [("WEIGHTS_UNCLEAR", "matching.weights")], id="weights are a share"),
        pytest.param({"timeline": {"restore_confirmation_s": "300"}}, [("WRONG_TYPE", "timeline.restore_confirmation_s")], id="quoted"),
        pytest.param({"timeline": None}, [("WRONG_TYPE", "timeline")], id="a section that is null"),
        pytest.param({"quality": {"DQ-99": {}}}, [("UNKNOWN_KEY", "quality.DQ-99")], id="an unknown rule"),
        pytest.param({"quality": {"DQ-02": {"warn_blow": "1"}}}, [("UNKNOWN_KEY", "quality.DQ-02.warn_blow")], id="an unknown limit"),
        pytest.param({"quality": {"DQ-02": {"warn_below": 0.9}}}, [("WRONG_TYPE", "quality.DQ-02.warn_below")], id="a limit as a float"),
        pytest.param({"quality": {"DQ-02": {"warn_below": "few"}}}, [("WRONG_TYPE", "quality.DQ-02.warn_below")], id="a limit in words"),
        pytest.param({"severity_map": {"urgent": "P0"}}, [("UNKNOWN_VALUE", "severity_map.urgent")], id="a severity that there is not"),
        pytest.param({"display": {"timezone": "Mars/Base"}}, [("UNKNOWN_ZONE", "display.timezone")], id="an unknown zone"),
        pytest.param(
            {"claims": {"when_contract_silent": {"deadline": {"rule": "days_after_window_end"}}}},
            [("MISSING_KEY", "claims.when_contract_silent.deadline.n")],
            id="a rule without its number does not take the default's",
        ),
        pytest.param(
            {"quality": {"DQ-99": {}}, "retention": {"alerts": {"mnths": 1}}},
            [("UNKNOWN_KEY", "quality.DQ-99"), ("UNKNOWN_KEY", "retention.alerts.mnths")],
            id="all faults at once",
        ),
    ],
)
def test_a_fault_has_a_code_and_its_path(document, faults):
    assert faults_of(document) == faults


def test_an_unknown_key_names_the_nearest_known_one():
    with pytest.raises(FaultsError, match="did you mean 'reference_max_gap_h'"):
        resolve_policy({"matching": {"reference_max_gap": 24}})


def test_the_hash_follows_the_values():
    default = resolve_policy().sha256
    assert resolve_policy({}).sha256 == default
    assert resolve_policy({"matching": {"widen_s": 900}}).sha256 == default
    assert resolve_policy({"matching": {"widen_s": 901}}).sha256 != default


def test_the_defaults_are_not_touched_by_what_lies_over_them():
    resolve_policy({"matching": {"widen_s": 1}, "severity_map": {"urgent": "P1"}})
    assert policy_defaults()["matching"]["widen_s"] == 900
    assert "urgent" not in policy_defaults()["severity_map"]
