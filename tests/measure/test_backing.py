"""Whether a promise is backed by the contracts behind it: a customer's by the team's OLA, and that by a vendor's contract."""

from fractions import Fraction
from typing import Any

import pytest

from tasks.model.backing import Estate, backing_gaps
from tasks.model.catalogue_tree import CatalogueTree, Component
from tasks.model.contract import Contract, resolve_contract
from tasks.model.design_value import design_value
from tasks.store.backing import gap_words
from tests.measure.estate import contract_text, make_calendar, measured

HOUR_US = 3_600_000_000
CALENDARS = {
    "office": make_calendar("office", {"timezone": "UTC", "weekly": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed")}}),
    "morning": make_calendar("morning", {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"]]}}),
    "late": make_calendar("late", {"timezone": "UTC", "weekly": {"mon": [["12:00", "20:00"]]}}),
    "always": make_calendar(
        "always",
        {"timezone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}},
    ),
}


def contract(name: str, provider: str, measures: dict[str, Any], customer: str | None = None, role: str = "provider") -> Contract:
    return resolve_contract(
        contract_text(
            {key: {"applies_to": {"services": ["shop"]}, **measure} for key, measure in measures.items()},
            contract_id=name,
            provider={"id": provider, "name": provider, "role": role},
            customer={"id": customer},
        )
    )


def level(target: str, **options: Any) -> dict[str, Any]:
    return {"kind": "availability", "target": target, **options}


def restore(hours: str = "24x7", **limits: Any) -> dict[str, Any]:
    return {"kind": "restore", "service_hours": hours, "per_severity": {name: {"restore_h": limit} for name, limit in limits.items()}}


def shop(*parts: tuple[str, str], dependency: str = "serial", k: int | None = None) -> list[Component]:
    """Return service `shop`, run by team `web`, and its parts with who runs them."""
    root = Component("shop", "shop", None, "web", dependency, k)  # type: ignore[arg-type]
    return [root, *(Component("shop", name, "shop", provider) for name, provider in parts)]


def gaps(contracts: list[Contract], catalogue: list[Component], parts: dict[str, set[str]] | None = None) -> list[dict[str, Any]]:
    """Return the gaps; a contract governs all of the shop, or the parts named."""
    everything = {component.place for component in catalogue if component.service_id == "shop"}
    governed = {
        (one.contract_version_id, measure_id): {place for place in everything if place[1] in (parts or {}).get(one.contract_id, place)}
        for one in contracts
        for measure_id in one.measures
    }
    by_version = {one.contract_version_id: one for one in contracts}
    return backing_gaps(Estate(by_version, governed, CatalogueTree(catalogue), CALENDARS))


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["contract_version_id"], row["severity"], row["backing_version_id"], row["gap"]) for row in rows]


def test_a_chain_of_three_contracts_is_looked_at_link_by_link() -> None:
    """Customer ← team: 4 h by 4 h, 8 h only by 12 h. Team ← vendor: 99.95 % by 99.9 %, 4 h around the clock by 4 h of office hours."""
    promise = contract("PROMISE", "north", {"up": level("99.9"), "fix": restore(P1=4, P2=8)}, "client", "reseller")
    team = contract("TEAM", "web", {"up": level("99.95"), "fix": restore(P1=4, P2=12)}, "north", "internal_team")
    vendor = contract("VENDOR", "acme", {"up": level("99.9"), "fix": restore("office", P1=4)})
    rows = gaps([promise, team, vendor], shop(("db", "acme"), ("web", "web")), {"VENDOR": {"db"}})
    assert told(rows) == [
        ("PROMISE@1", "P1", "TEAM@1", "none"),
        ("PROMISE@1", "P2", "TEAM@1", "weaker"),
        ("PROMISE@1", "-", "TEAM@1", "none"),
        ("TEAM@1", "P1", "VENDOR@1", "other_hours"),
        ("TEAM@1", "P2", "VENDOR@1", "missing"),
        ("TEAM@1", "-", "VENDOR@1", "weaker"),
    ]
    assert (rows[1]["promised_us"], rows[1]["backed_us"]) == (8 * HOUR_US, 12 * HOUR_US)
    assert (str(rows[5]["promised_pct"]), str(rows[5]["backed_pct"])) == ("99.950000", "99.900000")
    assert [gap_words(row) for row in rows if row["gap"] not in ("none", "missing")] == [
        "8 h 00 min 00 s is promised for P2 of 'shop', and TEAM@1 behind it backs 12 h 00 min 00 s",
        "4 h 00 min 00 s is promised for P1 of 'shop', and VENDOR@1 behind it counts by other hours or in other units",
        "99.95 % is promised for 'shop', and VENDOR@1 behind it backs 99.9 %"
        " (design value of all parts that others answer for; assumes independence)",
    ]


@pytest.mark.parametrize(
    ("dependency", "k", "targets", "backed", "gap"),
    [
        pytest.param("serial", None, ["99.95"], "99.950000", "none", id="one vendor's part at exactly the level promised"),
        pytest.param("serial", None, ["99.97", "99.97"], "99.940009", "weaker", id="each is enough alone, both in a row are not"),
        pytest.param("parallel", None, ["99", "99"], "99.990000", "none", id="two at 99 % side by side back 99.99 %"),
        pytest.param("k_of_n", 2, ["99", "99", "99"], "99.970200", "none", id="two of three at 99 % back 99.9702 %"),
        pytest.param("k_of_n", 3, ["99", "99", "99"], "97.029900", "weaker", id="three of three are in a row"),
    ],
)
def test_a_level_is_backed_by_the_design_value_of_all_bought_parts(dependency, k, targets, backed, gap) -> None:
    team = contract("TEAM", "web", {"up": level("99.95")}, role="internal_team")
    vendors = [contract(f"V{number}", f"v{number}", {"up": level(target)}) for number, target in enumerate(targets)]
    catalogue = shop(*((f"part{number}", f"v{number}") for number in range(len(targets))), dependency=dependency, k=k)
    rows = gaps([team, *vendors], catalogue, {f"V{number}": {f"part{number}"} for number in range(len(targets))})
    assert {(str(row["backed_pct"]), row["gap"]) for row in rows} == {(backed, gap)}
    assert len(rows) == len(targets)


def test_a_contract_that_says_how_its_parts_combine_goes_before_the_catalogue() -> None:
    team = contract("TEAM", "web", {"up": level("99.95", composite="parallel_intersection")}, role="internal_team")
    vendors = [contract(name.upper(), name, {"up": level("99")}) for name in ("a", "b")]
    rows = gaps([team, *vendors], shop(("pa", "a"), ("pb", "b")), {"A": {"pa"}, "B": {"pb"}})
    assert [str(row["backed_pct"]) for row in rows] == ["99.990000", "99.990000"]


def test_a_part_of_another_party_without_a_contract_is_missing_and_own_parts_need_none() -> None:
    team = contract("TEAM", "web", {"up": level("99.9")}, role="internal_team")
    (row,) = gaps([team], shop(("db", "acme"), ("web", "web")))
    assert told([row]) == [("TEAM@1", "-", "-", "missing")]
    assert gap_words(row) == "99.9 % is promised for 'shop', which stands on another party's part that no contract is about"
    assert gaps([team], shop(("db", "web"))) == []


def test_a_service_below_another_is_a_part_of_it_and_a_circle_is_walked_once() -> None:
    team = contract("TEAM", "web", {"up": level("99.9")}, role="internal_team")
    bank = Component("bank", "bank", "shop", "acme")
    assert told(gaps([team], [*shop(), bank])) == [("TEAM@1", "-", "-", "missing")]
    circle = [Component("shop", "shop", "bank", "web"), Component("bank", "bank", "shop", "acme")]
    assert len(gaps([team], circle)) <= 1


@pytest.mark.parametrize(
    ("promised", "backing", "gap"),
    [
        pytest.param("24x7", "office", "other_hours", id="the vendor sleeps while the promise holds"),
        pytest.param("morning", "office", "none", id="the vendor is there all morning"),
        pytest.param("morning", "late", "other_hours", id="the vendor comes when the promise is over"),
        pytest.param("office", "24x7", "none", id="around the clock covers all"),
        pytest.param("24x7", "always", "none", id="a calendar without a closed minute is around the clock"),
    ],
)
def test_hours_back_a_promise_when_they_hold_whenever_it_does(promised, backing, gap) -> None:
    team = contract("TEAM", "web", {"fix": restore(promised, P1=4)}, role="internal_team")
    vendor = contract("VENDOR", "acme", {"fix": restore(backing, P1=4)})
    assert [row["gap"] for row in gaps([team, vendor], shop(("db", "acme")), {"VENDOR": {"db"}})] == [gap]


def test_a_share_of_incidents_in_time_does_not_back_a_promise_about_each_of_them() -> None:
    share = {"kind": "attainment", "of": "restore", "target": "95", "per_severity": {"P1": {"restore_h": 4}}}
    team = contract("TEAM", "web", {"fix": restore(P1=4)}, role="internal_team")
    vendor = contract("VENDOR", "acme", {"fix": share})
    (row,) = gaps([team, vendor], shop(("db", "acme")), {"VENDOR": {"db"}})
    assert (str(row["promised_pct"]), str(row["backed_pct"]), row["gap"]) == ("100.000000", "95.000000", "weaker")


def test_parts_that_differ_combine_exactly() -> None:
    """2 of 3 at 1/2, 1/3, 1/4: 1/24 all + 1/8 without the third + 1/12 without the second + 1/24 without the first = 7/24."""
    assert design_value("k_of_n", [Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)], 2) == Fraction(7, 24)
    assert design_value("parallel", []) == design_value("serial", []) == 1


def test_a_run_writes_the_gaps_of_the_contracts_in_force() -> None:
    team = contract("TEAM", "acme", {"up": level("99.95")}, role="internal_team")
    vendor = contract("VENDOR", "bolt", {"up": level("99.9", applies_to={"services": ["shop"], "components": ["db"]})})
    catalogue = [{}, {"component_id": "db", "provider_id": "bolt"}]
    with measured([team, vendor], {"staged.service_catalogue": catalogue}) as engine:
        rows = engine.rows("from measured.backing_gaps")
    assert told(rows) == [("TEAM@1", "-", "VENDOR@1", "weaker")]
