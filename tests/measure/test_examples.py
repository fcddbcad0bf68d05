"""Worked examples through the production path: a contract as text, run tables as production makes them, measured, compared.

Every example of the forms below either runs here or stands in PENDING with the reason; one that is in neither fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tasks.measure.chances import rates_differ
from tasks.measure.comparisons import Compared, judged
from tasks.measure.deadlines import Occurrence, due_dates
from tasks.measure.forms import Basis, Facts, earned
from tasks.measure.lines import Ceilings, Line, open_line, settled, sum_of_bases
from tasks.measure.statistics import bootstrap, publication, quantile
from tasks.measure.tiers import tier_for
from tasks.model.calendar import Calendar
from tasks.model.claim_state import received_in_time
from tasks.model.contract import Contract, resolve_contract
from tasks.model.design_value import design_value
from tasks.model.dispute_terms import admissible_until, dispute_terms
from tasks.model.money import exponent, money_words
from tasks.model.period import Period
from tasks.model.policy import resolve_policy
from tasks.model.proportion import wilson
from tests.measure.estate import LATE, SIGNED, contract_text, make_calendar, measured
from tests.measure.examples import Case, cases, document, floor_pct, in_unit, number
from tests.measure.side_by_side import Estate, Seen, measured_side_by_side
from tests.measure.world import Row
from tests.reconcile.world import reconciled

Tables = Callable[[Mapping[str, Any]], dict[str, list[Row]]]
FORMS = ("availability", "money", "composite", "deadline", "metric")
PENDING = {
    "E17": "test_exclusion_examples.py",
    "E18": "test_exclusion_examples.py",
    "E19": "test_exclusion_examples.py",
    "E22": "test_exclusion_examples.py",
    "E23": "test_exclusion_examples.py",
    "E28": "test_exclusion_examples.py",
    "E30": "test_restatement_examples.py",
    "E31": "test_restatement_examples.py",
    "E69": "test_consolidated.py",
    "E83": "test_earn_back.py",
}
US = timedelta(microseconds=1)
MINUTE_US = 60_000_000
JUNE_9_US = 1_780_999_200_000_000


def running(form: str) -> list[Any]:
    return [pytest.param(case, id=f"{case.example_id} {case.case}") for case in cases(form) if case.example_id not in PENDING]


def test_every_example_runs_or_says_why_not() -> None:
    of_forms = {example["id"] for example in document()["examples"] if example["form"] in FORMS}
    run = {case.example_id for form in FORMS for case in cases(form)} - set(PENDING)
    assert set(PENDING) <= of_forms
    assert run | set(PENDING) == of_forms


# ---- availability


def agreement(given: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the contract of an example: what it does not name is stated as by default, what it calls silent is left out."""
    options, silent = dict(given.get("options", {})), given.get("silent", [])
    exclusions = options.pop("exclusions", {})
    version = {"number": 1, "effective_from": "2020-01-01", "signed_by": SIGNED} | changes.pop("version", {})
    if "mid_window_switch" not in silent:
        version.setdefault("mid_window_switch", options.pop("mid_window_switch", "split"))
    measure = {
        "kind": given.get("kind", "availability"),
        "target": given["target"],
        "tiers": named_tiers(given["tiers"]),
        **({"interval_s": given["error_intervals"]["interval_s"]} if "error_intervals" in given else {}),
        **{key: value for key, value in (("denominator", "remove_from_both"), ("partial_period", "active_only")) if key not in silent},
        **options,
        **changes,
    }
    window = "calendar_quarter" if "Q" in given["window"].get("period", "") else "calendar_month"
    money = {"currency": "EUR"}
    if "stated_fee" in given:
        money["stated_fee"] = {"amount": given["stated_fee"].split()[0], "per": "quarter" if "quarter" in window else "month"}
    return contract_text(
        {"uptime": measure},
        version=version,
        clock={"timezone": given["window"]["zone"], "window": window},
        exclusions=exclusions,
        credits=money,
    )


def named_tiers(tiers: Any) -> Any:
    return document()["tiers"][tiers] if isinstance(tiers, str) else tiers


def contracts_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "versions" not in given:
        return [agreement(given)]
    starts = [version["effective_from"] for version in given["versions"]]
    texts = []
    for version, ends in zip(given["versions"], [*starts[1:], None], strict=True):
        own = {key: version[key] for key in ("target", "tiers") if key in version}
        spans = {"number": version["number"], "effective_from": version["effective_from"], "effective_to": ends}
        texts.append(agreement(given, version=spans, **own))
    return texts


def exclusion_status(exclusion: Mapping[str, Any]) -> str:
    """Return what reconciliation makes of an exclusion that these examples take for granted."""
    if "decision" in exclusion:
        return {"accepted": "applied", "rejected": "rejected"}[exclusion["decision"]]
    return "requested" if "party" in exclusion else "applied"


def estate_of(given: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return the tables of an example."""
    monitoring = given["monitoring"]
    basis = "monitoring" if monitoring["rule"] else "ticket"
    weights = given.get("weights", ["1"] * len(given.get("outages", [])))
    tables: dict[str, list[Row]] = {
        "staged.monitoring_rule": [{"active_from": monitoring.get("active", ["2020-01-01T00:00:00Z"])[0]}] if monitoring["rule"] else [],
        "reconciled.incidents": [],
        "reconciled.outage_intervals": [],
        "reconciled.outage_users": [],
        "reconciled.unmeasured_intervals": [],
        "reconciled.exclusions": [],
        "staged.exclusion_request": [],
        "staged.dispute": [],
    }
    for place, ((start_at, end_at), weight) in enumerate(zip(given.get("outages", []), weights, strict=True)):
        named = {"incident_id": f"I-{place}", "contract_version_id": "ACME@1"}
        tables["reconciled.incidents"].append(named | {"occurred_at": start_at, "restored_at": end_at})
        tables["reconciled.outage_intervals"].append(
            {"incident_id": f"I-{place}", "start_at": start_at, "end_at": end_at, "weight": weight, "basis": basis}
        )
    if "users" in given:
        tables["staged.service_catalogue"] = [{"users": given["users"]["total"]}]
        tables["reconciled.outage_users"] = [
            {"incident_id": f"I-{place}", "start_at": given["outages"][place][0], "affected_users": affected}
            for place, affected in enumerate(given["users"]["affected"])
        ]
    if "active" not in monitoring:  # gaps before a rule is active are no unmeasured time: reconciliation leaves them out
        gaps = (
            [
                {"component_id": "shop", "start_at": start, "end_at": end, "cause": "gap", "rule_ids": []}
                for start, end in monitoring["gaps"]
            ]
            if monitoring["rule"]
            else []
        )
        tables["reconciled.unmeasured_intervals"] = gaps
    for place, exclusion in enumerate(given.get("exclusions", [])):
        start_at, end_at = exclusion["span"]
        raw_id = f"request-{place}"
        if "party" in exclusion:
            tables["staged.exclusion_request"].append({"raw_id": raw_id, "party": exclusion["party"], "type": exclusion["type"]})
        row = {"exclusion_id": f"X-{place}", "type": exclusion["type"], "contract_version_id": "ACME@1", "source_raw_id": raw_id}
        tables["reconciled.exclusions"].append(row | {"start_at": start_at, "end_at": end_at, "status": exclusion_status(exclusion)})
    for place, dispute in enumerate(given.get("disputes", [])):
        tables["staged.dispute"].extend(disputes_of(place, dispute, len(given["outages"])))
    if "active" in given:
        tables["staged.service_catalogue"] = [{"valid_from": given["active"][0], "valid_to": given["active"][1]}]
    if "samples" in given:
        tables["staged.monitoring_sample"] = samples_of(given["samples"])
    if "error_intervals" in given:
        tables["staged.monitoring_sample"] = intervals_of(given["error_intervals"])
    tables |= invoiced(given)
    return tables


def samples_of(samples: Mapping[str, Any]) -> list[Row]:
    """Return one sample a step, one after the other."""
    start_at, step = datetime.fromisoformat(samples["start"]), timedelta(seconds=samples["step_s"])
    starts = [start_at + place * step for place in range(len(samples["error_rates"]))]
    return [
        {"start_at": start.isoformat(), "end_at": (start + step).isoformat(), "error_rate": rate}
        for start, rate in zip(starts, samples["error_rates"], strict=True)
    ]


def intervals_of(intervals: Mapping[str, Any]) -> list[Row]:
    """Return spans of equal error rate from the window's start; no request came in what is left of the window."""
    step, start_at, samples = timedelta(seconds=intervals["interval_s"]), datetime(2026, 6, 1, tzinfo=UTC), []
    idle = intervals["total"] - sum(span["n"] for span in intervals["rates"])
    for span in [*intervals["rates"], {"rate": None, "n": idle}]:
        end_at = start_at + span["n"] * step
        requests = 0 if span["rate"] is None else None
        samples.append({"start_at": start_at.isoformat(), "end_at": end_at.isoformat(), "error_rate": span["rate"], "requests": requests})
        start_at = end_at
    return samples


def disputes_of(place: int, dispute: Mapping[str, Any], outages: int) -> list[Row]:
    """Return one dispute for each incident that it may touch: its spans are what it holds out."""
    spans = ", ".join(f'{{"start_at": "{start}", "end_at": "{end}"}}' for start, end in dispute["spans"])
    subjects = [dispute["outage"]] if "outage" in dispute else range(outages)
    return [
        {
            "dispute_id": f"D-{place}-{subject}",
            "party": dispute["raised_by"],
            "subject_type": "incident",
            "subject_id": f"I-{subject}",
            "scope": "portion",
            "portion": f"[{spans}]",
            "raised_at": "2026-09-20T00:00:00Z",
            "state": dispute["state"],
        }
        for subject in subjects
    ]


def invoiced(given: Mapping[str, Any]) -> dict[str, list[Row]]:
    if "stated_fee" in given:
        return {}
    amount, currency = given["fee"].split()
    month = Period.parse(given["window"]["period"]).months()[0].name
    bill = {"source_system": "erp", "invoice_id": "RE-1", "period": month, "currency": currency}
    line = {"line_no": 1, "fee_line_id": "F", "service_id": "shop", "amount": amount, "one_time": False, "tax": False}
    return {"staged.invoice": [bill | {"provider_id": "acme", "total": amount}], "staged.invoice_line": [bill | line]}


def calendars() -> dict[str, Calendar]:
    return {name: make_calendar(name, body) for name, body in document()["calendars"].items()}


def measured_cases(asked: Iterable[Case], tables_of: Tables = estate_of) -> dict[str, Seen]:
    """Return each case as measured, in one room for all of one period and one instant of knowledge."""
    rooms: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in asked:
        rooms[case.given["window"]["period"], case.given["as_of"]].append(case)
    seen = {}
    for (period, as_of), own in rooms.items():
        estates = [Estate(contracts_of(case.given), tables_of(case.given)) for case in own]
        together = measured_side_by_side(estates, calendars(), period=period, as_of=as_of)
        seen |= {f"{case.example_id} {case.case}": one for case, one in zip(own, together, strict=True)}
    return seen


@pytest.fixture(scope="module")
def levels() -> dict[str, Seen]:
    return measured_cases(param.values[0] for param in running("availability"))


class Outcome:
    """What the measured room says of an example, by the keys that examples expect."""

    def __init__(self, seen: Seen, given: Mapping[str, Any]) -> None:
        self.given, self.seen = given, seen
        self.tiers = resolve_contract(contracts_of(given)[0]).measures["uptime"].tiers  # type: ignore[union-attr]
        part = given.get("part")
        self.results = seen.rows("from measured.sla_results order by start_at, variant, reading", "service_id")
        starts = sorted({row["start_at"] for row in self.results if row["variant"] == "headline"})
        start_at = starts[part - 1] if part else starts[0]
        asked = (given.get("variant", "headline"), start_at)
        self.result = next(row for row in self.results if (row["variant"], row["start_at"]) == asked)
        lines = seen.rows("from measured.credits", "service_id")
        self.credit = next((row for row in lines if row["sla_result_ids"] == [self.result["result_id"]]), None)
        self.claimable = sum((row["claimable"] for row in lines if row["variant"] == "headline"), Decimal(0))

    def value(self) -> Fraction:
        return Fraction(int(self.result["value_num"]), int(self.result["value_den"]))

    def base_us(self) -> Fraction:
        """Return the denominator in µs; weighted results are scaled."""
        scale = 10**6 if self.given.get("options", {}).get("partial_outage", "binary") != "binary" else 1
        return Fraction(int(self.result["value_den"] or 0), scale)

    def of(self, key: str, wanted: Any) -> Any:
        """Return what was measured for an expected key, in the form of the expectation."""
        result = self.result
        match key:
            case "downtime_min" | "downtime_s":
                return in_unit(
                    (1 - self.value()) * self.base_us() if "partial_outage" in self.given.get("options", {}) else result["down_us"], key
                )
            case "user_minutes":
                return in_unit(self.base_us(), "_min")
            case "down_user_minutes":
                return in_unit((1 - self.value()) * self.base_us(), "_min")
            case "denominator_min":
                return in_unit(self.base_us(), key)
            case "allowance_s" | "excluded_min" | "unmeasured_min":
                return in_unit(result[key.rpartition("_")[0] + "_us"], key)
            case "uptime_fraction":
                return self.value()
            case "uptime_pct_floor6":
                return str(result["value_pct"])
            case "uptime_pct_floor3":
                return floor_pct(self.value(), 3)
            case "error_pct_floor6":
                return floor_pct(1 - self.value(), 6)
            case "unmeasured_pct_floor6":
                return floor_pct(Fraction(result["unmeasured_us"], result["agreed_us"]), 6)
            case "status" | "basis":
                return result[key]
            case "intervals":
                return result["outages"]
            case "overlap_min":
                return 0 if result["outages"] == 1 else None
            case "printed":
                return result["wording"]
            case "flags":
                return sorted(set(result["flags"]) & set(wanted))
            case "increment_min":
                return in_unit(self.total("increment_us"), key)
            case "exclusion_status":
                return [row["status"] for row in self.seen.rows("from reconciled.exclusions", "component_id")]
        return self.money(key)

    def money(self, key: str) -> Any:
        if key == "credit_pct" and self.credit is None:  # a bound on the value, on which no credit is computed
            reached = tier_for(self.value() * 100, self.tiers, "provider_favour").band
            return Fraction(reached.credit_pct if reached else 0)
        assert self.credit is not None
        match key:
            case "credit_pct":
                return Fraction(self.credit["pct"] or 0)
            case "credit":
                return euros(self.credit["after_caps"])
            case "fee_base":
                return euros(self.credit["basis_amount"])
            case "claimable":
                return euros(self.claimable)
            case "amount_at_stake":
                return euros(self.total("amount_at_stake"))
        raise KeyError(key)

    def total(self, column: str) -> Any:
        return sum(row[column] for row in self.seen.rows("from measured.dispute_effects", "dispute_id"))


def euros(amount: Any) -> str:
    return as_written(amount, "EUR")


def as_written(amount: Any, currency: str) -> str:
    """Return an amount as the examples write theirs: `1000.00 EUR`."""
    code, figures = money_words(Fraction(amount), currency).split()
    return f"{figures.replace(',', '')} {code}"


def as_wanted(key: str, wanted: Any) -> Any:
    """Return an expected value as numbers and texts that compare exactly."""
    if key.endswith(("_min", "_s", "_us", "fraction", "user_minutes")) or key == "credit_pct":
        return number(wanted)
    return sorted(wanted) if key == "flags" else wanted


@pytest.mark.parametrize("case", running("availability"))
def test_availability_is_as_worked_by_hand(levels: dict[str, Seen], case: Case) -> None:
    outcome = Outcome(levels[f"{case.example_id} {case.case}"], case.given)
    got = {key: outcome.of(key, wanted) for key, wanted in case.expected.items()}
    assert got == {key: as_wanted(key, wanted) for key, wanted in case.expected.items()}
    for key, mistake in case.naive.items():
        assert key == "uptime_pct_round2" or outcome.of(key, mistake) != as_wanted(key, mistake)


# ---- composites


DESIGNED = [case for case in running("composite") if "availabilities" in case.values[0].given]
MEASURED = [case for case in running("composite") if "availabilities" not in case.values[0].given]


@pytest.mark.parametrize("case", DESIGNED)
def test_a_design_value_combines_independent_parts(case: Case) -> None:
    given = case.given
    value = design_value(given["composite"], [Fraction(level) for level in given["availabilities"]], given.get("k"))
    assert {"value": value, "pct_floor6": floor_pct(value, 6)} == {**case.expected, "value": Fraction(case.expected["value"])}


def composed(case: Case) -> Case:
    return case._replace(given={"options": {}, "fee": "10000.00 EUR", "as_of": LATE} | case.given)


def parts_of(given: Mapping[str, Any]) -> dict[str, list[Row]]:
    root = {"dependency": given["composite"], "k": given.get("k")}
    return {
        "staged.service_catalogue": [root, *({"component_id": name, "parent_id": "shop"} for name in given["components"])],
        "staged.monitoring_rule": [{"component_id": name, "rule_id": name} for name in given["components"]],
        "reconciled.incidents": [{"incident_id": f"I-{name}", "occurred_at": "2026-06-10T10:00:00Z"} for name in given["components"]],
        "reconciled.outage_intervals": [
            {"incident_id": f"I-{name}", "component_id": name, "start_at": start_at, "end_at": end_at}
            for name, spans in given["components"].items()
            for start_at, end_at in spans
        ],
        **invoiced(given),
    }


@pytest.fixture(scope="module")
def composites() -> dict[str, Seen]:
    return measured_cases((composed(param.values[0]) for param in MEASURED), parts_of)


@pytest.mark.parametrize("case", MEASURED)
def test_a_composite_is_measured_by_interval_algebra(composites: dict[str, Seen], case: Case) -> None:
    outcome = Outcome(composites[f"{case.example_id} {case.case}"], composed(case).given)
    assert {key: outcome.of(key, wanted) for key, wanted in case.expected.items()} == {
        key: as_wanted(key, wanted) for key, wanted in case.expected.items()
    }
    assert str(outcome.result["value_pct"]) != case.naive.get("uptime_pct_floor6")


# ---- money


def money_terms(given: Mapping[str, Any], currency: str) -> Contract:
    """Return the contract of a money example."""
    measure = {"kind": "availability", "target": given["target"], "tiers_on": given["tiers_on"], "tiers": []}
    terms = {key: value for key, value in given["credits"].items() if key != "gap_policy" or given["credits"]["form"] == "tiers"}
    if terms["form"] == "tiers":
        measure["tiers"] = named_tiers(given["tiers"])
    return resolve_contract(contract_text({"uptime": measure}, credits={"currency": currency, **terms}))


def money_lines(given: Mapping[str, Any]) -> tuple[list[Line], Contract]:
    currencies = [amount_of(line, "basis", "hourly_rate", "computed")[1] for line in given["lines"]]
    lines = []
    for place, (line, currency) in enumerate(zip(given["lines"], currencies, strict=True)):
        contract = money_terms(given, currency)
        lines.append(money_line(place, line, currency, contract))
    return lines, contract


def money_line(place: int, line: Mapping[str, Any], currency: str, contract: Contract) -> Line:
    measure = contract.measures["uptime"]
    terms = measure.credits  # type: ignore[union-attr]
    basis, rate = amount_of(line, "basis")[0], amount_of(line, "hourly_rate")[0]
    base = Basis(currency, basis, "as given", hourly_rate=rate)
    causes = line.get("causes", [f"cause {place}"])
    service = line.get("service", f"service {place}")
    if "computed" in line:
        amount = amount_of(line, "computed")[0]
        assert amount is not None
        outcome = earned(terms, Facts("met", Fraction(1)), base, measure.tiers, measure.tiers_on)  # type: ignore[union-attr]
        return open_line(f"C-{place}", service, terms, base, replace(outcome, amount=amount), causes)
    facts = money_facts(line, contract)
    return open_line(f"C-{place}", service, terms, base, earned(terms, facts, base, measure.tiers, measure.tiers_on), causes)  # type: ignore[union-attr]


def money_facts(line: Mapping[str, Any], contract: Contract) -> Facts:
    weight = Fraction(line.get("weight", "1"))
    down_us = weight * line.get("downtime_min", 0) * MINUTE_US
    window_us = line.get("denominator_min", 43_200) * MINUTE_US
    value = Fraction(line["uptime_pct"]) / 100 if "uptime_pct" in line else 1 - Fraction(down_us, window_us)
    target = Fraction(contract.measures["uptime"].target) / 100  # type: ignore[union-attr]
    is_missed = line.get("breached", value < target)
    outages = tuple(minutes * MINUTE_US for minutes in line.get("outages_min", []))
    return Facts("breached" if is_missed else "met", value, Fraction(down_us), outages)


def amount_of(line: Mapping[str, Any], *keys: str) -> tuple[Fraction | None, str]:
    for key in keys:
        if key in line:
            amount, currency = line[key].split()
            return Fraction(amount), currency
    return None, "EUR"


class Account:
    """What the settled lines of a money example say, by the keys that examples expect."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.opened, contract = money_lines(given)
        self.target = Fraction(given["target"]) / 100
        self.given = given
        currencies = {line.basis.currency for line in self.opened}
        year_to_date = Decimal(given.get("year_to_date", "0 EUR").split()[0])
        caps = contract.credits.caps
        start_at = datetime(2026, 6, 1, tzinfo=UTC)
        bases = sum_of_bases((line.service_id, start_at, line.basis) for line in self.opened)
        ceilings = Ceilings(bases, year_to_date=year_to_date)
        self.lines = settled(self.opened, caps, ceilings) if len(currencies) == 1 else self.opened

    def amounts(self, name: str) -> list[str]:
        return [words(line.after[name], line) for line in self.lines]

    def step_amounts(self, step: str, otherwise: str) -> list[str]:
        found = []
        for line in self.lines:
            cut = [taken.amount for taken in line.steps if taken.step == step]
            found.append(words(Decimal(cut[0].numerator) / cut[0].denominator if cut else line.after[otherwise], line))
        return found

    def of(self, key: str) -> Any:
        match key:
            case "computed" | "after_cumulation" | "after_minimum":
                return self.amounts(key)
            case "payable":
                return self.amounts("after_caps")
            case "after_service_cap":
                return self.step_amounts("cap_service", "after_minimum")
            case "after_month_cap":
                return self.step_amounts("cap_month", "after_minimum")
            case "credit_pct":
                return [
                    str(Decimal((line.earned.pct or Fraction(0)).numerator) / (line.earned.pct or Fraction(0)).denominator)
                    for line in self.lines
                ]
            case "blocks":
                return [int(line.earned.quantity or 0) for line in self.lines]
            case "payable_total":
                return words(sum((line.due for line in self.lines), Decimal(0)), self.lines[0])
            case "forgone":
                lost = sum((line.after["after_minimum"] - line.due for line in self.lines), Decimal(0))  # type: ignore[operator]
                return words(lost, self.lines[0])
            case "commitment_met":
                return [Fraction(line["uptime_pct"]) / 100 >= self.target for line in self.given["lines"]]
        raise KeyError(key)


def words(amount: Decimal | None, line: Line) -> str:
    assert amount is not None
    currency = line.basis.currency
    return f"{amount:.{exponent(currency)}f} {currency}"


@pytest.mark.parametrize("case", [param for param in running("money") if not {"windows", "waiver"} & set(param.values[0].given)])
def test_money_is_as_worked_by_hand(case: Case) -> None:
    account = Account(case.given)
    assert {key: account.of(key) for key in case.expected} == case.expected
    for key, mistake in case.naive.items():
        assert account.of(key) != mistake


@pytest.mark.parametrize("case", [param for param in running("money") if "windows" in param.values[0].given])
def test_points_repeat_only_after_a_window_that_scored(case: Case) -> None:
    contract = money_terms(case.given, "GBP")
    terms = contract.measures["uptime"].credits  # type: ignore[union-attr]
    basis = Basis("GBP", amount_of(case.given, "basis")[0], "as given")
    scored: dict[str, bool] = {}
    points, amounts = [], []
    for window in case.given["windows"]:
        found = {
            name: earned(terms, Facts("breached", Fraction(value) / 100, was_missed_before=scored.get(name, False)), basis)
            for name, value in window.items()
        }
        scored = {name: bool(outcome.points) for name, outcome in found.items()}
        points.append({name: outcome.points for name, outcome in found.items()})
        amounts.append(sum((outcome.amount or Fraction(0) for outcome in found.values()), Fraction(0)))
    assert points == case.expected["points"]
    computed = [as_written(amount, "GBP") for amount in amounts]
    assert computed == case.expected.get("computed", computed)


@pytest.mark.parametrize("case", [param for param in running("money") if "waiver" in param.values[0].given])
def test_an_hour_with_too_much_downtime_is_free_and_never_claimed(case: Case) -> None:
    hours = [datetime(2026, 6, 10, place, tzinfo=UTC) for place in range(len(case.given["unavailable_min_per_clock_hour"]))]
    rate, currency = case.given["hourly_rate"].split()
    outages = [
        {"incident_id": "I-1", "start_at": start.isoformat(), "end_at": (start + timedelta(minutes=minutes)).isoformat()}
        for start, minutes in zip(hours, case.given["unavailable_min_per_clock_hour"], strict=True)
        if minutes
    ]
    bill = {"source_system": "erp", "invoice_id": "RE-1", "period": "2026-06", "currency": currency}
    line = {
        "line_no": 1,
        "fee_line_id": "F",
        "service_id": "shop",
        "amount": "1728.0000",
        "unit": "h",
        "unit_price": rate,
        "one_time": False,
        "tax": False,
    }
    tables = {
        "staged.monitoring_rule": [{}],
        "reconciled.incidents": [{"incident_id": "I-1", "occurred_at": hours[0].isoformat()}],
        "reconciled.outage_intervals": outages,
        "staged.invoice": [bill | {"provider_id": "acme", "total": "1728.0000"}],
        "staged.invoice_line": [bill | line],
    }
    waiver = {"kind": "waiver", "waiver": case.given["waiver"] | {"waives": "hourly_charge"}}
    engine = measured([contract_text({"hour": waiver}, credits={"currency": currency})], tables)
    (credit,) = engine.rows("from measured.credits")
    got = {"free_hours": int(credit["quantity"]), "waived": as_written(credit["payable"], currency)}
    assert got == case.expected
    assert (credit["claimable"], engine.rows("from measured.claims")) == (0, [])


# ---- deadlines


@pytest.mark.parametrize("case", running("deadline"))
def test_a_deadline_is_as_worked_by_hand(case: Case) -> None:
    given, zone = case.given, case.given["zone"]
    calendar = calendars()[given.get("calendar", "uk")]
    contract = resolve_contract(contract_text(clock={"timezone": zone, "business_calendar": "uk"}, claims={"deadline": given["deadline"]}))
    end_at = Period.parse(given["window"]["period"]).bounds(given["window"]["zone"])[1] if "window" in given else None
    incident = datetime.fromisoformat(given["incident"]) if "incident" in given else None
    report = datetime.fromisoformat(given["report_issued"]).replace(tzinfo=UTC) if "report_issued" in given else None
    occurrence = Occurrence(end_at or incident or report, [(incident, incident)] if incident else [], report)  # type: ignore[arg-type, list-item]
    dates = due_dates(contract, contract.claims, resolve_policy(), calendar, occurrence)
    got: dict[str, Any] = {"last_day": dates.last_day.isoformat(), "deadline_at": dates.deadline_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    received = [datetime.fromisoformat(instant) for instant in given.get("received", [])] or ([None] if "sent_at" in given else [])
    sent_at = datetime.fromisoformat(given["sent_at"]) if "sent_at" in given else None
    verdicts = [received_in_time(dates.deadline_at, instant, sent_at) for instant in received]
    got["in_time"] = [is_in_time for is_in_time, _ in verdicts]
    got["flags"] = sorted({flag for _, flags in verdicts for flag in flags})
    if "dispute" in given:
        got |= protective_claim(given)
    assert {key: got[key] for key in case.expected} == case.expected
    assert got["last_day"] != case.naive.get("last_day")


def protective_claim(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what the claim of a disputed breach is (E107): the dispute is open when the claim is drawn up."""
    outages = [["2026-06-10T10:00:00Z", "2026-06-10T10:30:00Z"], ["2026-06-10T14:00:00Z", "2026-06-10T14:40:00Z"]]
    dispute = {"raised_by": "provider", "state": "open", "spans": [outages[1]], "outage": 1}
    world = document()["defaults"]["availability"] | {"outages": outages, "disputes": [dispute], "as_of": "2026-07-20T00:00:00Z"}
    tables = estate_of(world)
    tables["staged.dispute"] = [row | {"raised_at": given["dispute"]["raised_at"]} for row in tables["staged.dispute"]]
    engine = measured([agreement(world)], tables, as_of=world["as_of"])
    (claim,) = engine.rows("from measured.claims")
    cited = engine.rows("select variant from measured.credits where credit_id in (select unnest(credit_ids) from measured.claims)")
    return {
        "claim_kind": claim["kind"],
        "credit_variant": cited[0]["variant"],
        "after_decision": "amend_or_withdraw_by_new_claim_version" if claim["version"] == 1 else "",
    }


def test_a_dispute_after_its_window_is_inadmissible() -> None:
    """E27 again, by the rule that decides disputes: ten business days after Sunday 5 July 2026 end with Friday the 17th."""
    contract = resolve_contract(contract_text(clock={"timezone": "Europe/London", "business_calendar": "uk"}))
    uk = make_calendar("uk", document()["calendars"]["uk"])
    terms = dispute_terms(contract, resolve_policy(), {"uk": uk})
    until = admissible_until(datetime(2026, 7, 5, tzinfo=UTC), terms)
    assert until == datetime(2026, 7, 17, 23, tzinfo=UTC)
    assert date(2026, 7, 17) == (until - US).date()


# ---- metrics


def recovered(case: Case) -> dict[str, Any]:
    """Return M-01 of an example's incidents by production."""
    rows = [
        {"incident_id": f"I-{place}", **{f"{anchor}_at": instant for anchor, instant in row.items()}}
        for place, row in enumerate(case.given["rows"])
    ]
    engine = measured([contract_text()], {"reconciled.incidents": rows})
    metrics = {row["metric_id"]: row for row in engine.rows("from measured.metrics where filter = '{}'")}
    found = {
        f"{name}_min": Fraction(metrics[name]["value"]) for name in ("mttd", "mtta", "mttr_restore", "detect_to_restore", "mttr_resolve")
    }
    return found | {"publication": metrics["mttd"]["publication"]}


def between_failures(case: Case) -> dict[str, Any]:
    intervals = [
        {"incident_id": f"I-{place}", "start_at": start, "end_at": end} for place, (start, end) in enumerate(case.given["outages"])
    ]
    engine = measured([contract_text()], {"reconciled.outage_intervals": intervals})
    metrics = {row["metric_id"]: row for row in engine.rows("from measured.metrics where filter = '{}'")}
    found = {f"{name}_min": Fraction(metrics[name]["value"]) for name in ("mtrs", "mtbf", "mean_time_between_starts")}
    availability = Fraction(int(metrics["availability"]["value_num"]), int(metrics["availability"]["value_den"]))
    return found | {"failures": metrics["outages"]["n"], "availability_pct_floor6": floor_pct(availability, 6)}


def recurring(case: Case) -> dict[str, Any]:
    tickets = [
        {"ticket_key": row["id"], "opened_at": row["occurred"], "restored_at": row["restored"], "cause_code": "disk"}
        for row in case.given["rows"]
    ]
    with reconciled({"ticket": tickets}, as_of="2026-10-01T00:00:00Z") as engine:
        found = engine.rows("""
            select ticket_key, is_recurrent, gap_us from reconciled.recurrences inner join reconciled.incidents using (incident_id)
            order by ticket_key
        """)
    recurrent = [row["ticket_key"] for row in found if row["is_recurrent"]]
    return {
        "recurrent": recurrent,
        "rate_pct_floor6": floor_pct(Fraction(len(recurrent), len(found)), 6),
        "gaps_days": [row["gap_us"] // (24 * 60 * MINUTE_US) for row in found if row["gap_us"] is not None],
    }


def disposed(case: Case) -> dict[str, Any]:
    """Return M-06 of an example's alerts by production, in percent: its rate, coverage and both bounds, which follow from counts alone."""
    verdicts = ("true_positive", "false_positive", "undispositioned")
    assert sum(case.given[verdict] for verdict in verdicts) == case.given["alerts"]
    alerts = [
        {"rule_id": "probe", "component_raw": "shop", "fired_at": "2026-06-10T10:00:00Z", "disposition": verdict}
        for verdict in verdicts
        for _ in range(case.given[verdict])
    ]
    engine = measured([contract_text()], {"staged.alert": alerts})
    found = {
        row["metric_id"]: row for row in engine.rows('from measured.metrics where filter = \'{"rule_id":"probe"}\' order by metric_id')
    }
    rate, coverage = (
        (int(row["value_num"]), int(row["value_den"])) for row in (found["false_positive_rate"], found["disposition_coverage"])
    )
    missing = found["false_positive_rate"]["missing_n"]
    bounds = (Fraction(rate[0], rate[1] + missing), Fraction(rate[0] + missing, rate[1] + missing))
    printed = tuple(Fraction(found["false_positive_rate"][name]) for name in ("low", "high"))
    assert all(abs(exact - shown) <= Fraction(1, 2 * 10**6) for exact, shown in zip(bounds, printed, strict=True))
    exact = {"rate": Fraction(*rate), "coverage": Fraction(*coverage), "low": bounds[0], "high": bounds[1]}
    return {f"{name}_pct_floor6": floor_pct(share, 6) for name, share in exact.items()}


def resampled(case: Case) -> dict[str, Any]:
    values = np.array(sorted(case.given["values"]))
    found = bootstrap(values, case.given["seed"], case.given["resamples"], Fraction(95, 100))
    return {
        "mean": str(int(values.mean())),
        "median": str(float(quantile(values, Fraction(1, 2)))),
        "low": f"{float(found.mean.low):.6f}",
        "high": f"{float(found.mean.high):.6f}",
    }


def proportion(case: Case) -> dict[str, Any]:
    low, high = wilson(case.given["x"], case.given["n"], resolve_policy().metrics.wilson_z)
    return {"low": f"{low:.6f}", "high": f"{high:.6f}"}


def published(case: Case) -> dict[str, Any]:
    small = resolve_policy().metrics.small_n
    return {"publication": [publication(n, small.list_only_below, small.flagged_below) for n in case.given["n"]]}


def compared(case: Case) -> dict[str, Any]:
    """Return M-10 of an example's counts: the exact test, its ratio, and what may be said of it."""
    counts, exposures = case.given["counts"], [int(exposure) for exposure in case.given["exposures"]]
    value, previous = (Fraction(count, exposure) for count, exposure in zip(counts, exposures, strict=True))
    p_value = rates_differ(tuple(counts), tuple(exposures))
    (verdict,) = judged([Compared("2026-Q2", "incidents", "{}", "all", value, previous, p_value)], resolve_policy().metrics.comparison)
    ratio = value / previous
    return {"p_value": f"{p_value:.6f}", "significant": verdict.verdict == "change", "rate_ratio": f"{float(ratio):.6f}"}


def normalised(case: Case) -> dict[str, Any]:
    """Return M-09 of an example's teams by production: service time in whole months is given as many services of that team."""
    catalogue, incidents, changes, touched = [], [], [], []
    for row in case.given["rows"]:
        team = row["team"]
        services = [f"{team}-{place}" for place in range(row["service_hours"] // 720)]
        catalogue += [{"service_id": service, "component_id": service, "owner_team": team} for service in services]
        incidents += [
            {"incident_id": f"I-{team}-{place}", "service_id": services[0], "occurred_at": "2026-06-10T10:00:00Z"}
            for place in range(row["incidents"])
        ]
        keys = [f"C-{team}-{place}" for place in range(row["deployments"])]
        changes += [{"change_key": key, "kind": "deployment", "started_at": "2026-06-09T10:00:00Z"} for key in keys]
        touched += [{"change_key": key, "component_id": services[0], "start_us": JUNE_9_US} for key in keys]
    tables = {"staged.service_catalogue": catalogue, "reconciled.incidents": incidents, "staged.change": changes}
    engine = measured([contract_text()], tables | {"reconciled.component_changes": touched})
    found = {
        (row["metric_id"], row["filter"]): f"{row['value']:.6f}"
        for row in engine.rows(
            "select metric_id, filter::varchar as filter, value from measured.metrics where exposure > 0 and unit <> 'count'"
        )
    }
    teams = [f'{{"team":"{row["team"]}"}}' for row in case.given["rows"]]
    return {
        "per_1000_h": [found["incidents_per_1000_service_hours", team] for team in teams],
        "per_100_deployments": [found["incidents_per_100_deployments", team] for team in teams],
    }


def closed(case: Case) -> dict[str, Any]:
    """Return M-13 of an example's actions by production."""
    due_at, late_at = "2026-06-10T10:00:00Z", "2026-06-12T10:00:00Z"
    kinds = {"closed_on_time": ("closed", due_at), "closed_late": ("closed", late_at), "open": ("open", None)}
    actions = [
        {"action_id": f"A-{kind}-{place}", "status": status, "due_at": due_at, "closed_at": closed_at, "raw_id": f"{kind}-{place}"}
        for kind, (status, closed_at) in kinds.items()
        for place in range(case.given[kind])
    ]
    assert len(actions) == case.given["due"]
    versions = [action | {"recorded_from": "2026-06-01T00:00:00Z"} for action in actions]
    engine = measured([contract_text()], {"staged.action_item": actions, "staged.action_item_versions": versions})
    found = {row["metric_id"]: row for row in engine.rows("from measured.metrics where filter = '{}'")}
    shares = {
        name: floor_pct(Fraction(int(found[f"action_{name}"]["value_num"]), int(found[f"action_{name}"]["value_den"])), 6)
        for name in ("on_time", "closed")
    }
    return {f"{name}_pct_floor6": share for name, share in shares.items()} | {"overdue_open": found["action_overdue"]["n"]}


ADAPTERS = {
    "M-09": normalised,
    "M-10": compared,
    "M-13": closed,
    "M-01": recovered,
    "M-05": between_failures,
    "M-03": recurring,
    "M-06": disposed,
    "bootstrap": resampled,
    "wilson": proportion,
    "publication": published,
}


@pytest.mark.parametrize("case", running("metric"))
def test_a_metric_is_as_worked_by_hand(case: Case) -> None:
    got = ADAPTERS[case.given["metric"]](case)
    assert {key: got[key] for key in case.expected} == {key: as_wanted(key, wanted) for key, wanted in case.expected.items()}
