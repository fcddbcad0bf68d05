"""Eight quarters of an invented estate, worked into the tables that the trend report reads; the arithmetic is the shortest there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.measure.chances import funnel_limits, poisson_interval, rates_differ
from tasks.model.identity import short_id
from tasks.model.period import Period
from tasks.model.proportion import wilson
from tasks.model.run import Run
from tasks.publish.pack import Pack, Terms
from tasks.publish.trends.draft import Coverage, quarters_of
from tasks.publish.trends.report import publish_trends
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tests.publish.estate import CONTRACTS, SERVICES, Contract, Estate, Service, contract_texts, load, origins_of, with_defaults
from tests.publish.estate import _contract as add_contract

Row = dict[str, Any]
ZONE = "Europe/Berlin"
QUARTER = Period.parse("2026-Q3")
START, END = QUARTER.bounds(ZONE)
RUN = Run("7b0c4de19f3a5268", "trends", QUARTER.name, START, END, datetime(2026, 10, 14, 6, tzinfo=UTC), "eu-west", ZONE)
HOUR_US = 3_600_000_000
MONTHS = [month for quarter in quarters_of(QUARTER.name, {}) for month in quarter.periods[:-1]]
TABLES = (
    "metrics",
    "metric_funnel",
    "weekly_activity",
    "deployment_lags",
    "deployment_exposure",
    "chronic_patterns",
    "chronic_triggers",
    "metric_catalogue",
)
TITLES = (
    *("mttd", "mtta", "mttm", "mttr_restore", "detect_to_restore", "mttr_resolve", "downtime", "incidents", "recurrence_rate"),
    *("incidents_per_1000_service_hours", "incidents_per_100_deployments", "change_confirmed_share", "change_candidate_share"),
    *("change_failure_rate", "unmeasured_share", "monitoring_coverage", "cause_key_coverage"),
)
INCIDENTS = (31, 44, 38, 41, 29, 36, 33, 58)  # by quarter, oldest first
DOWN_MIN = (410, 1275, 690, 820, 388, 905, 560, 1864)
OWED = {"EUR": ("1840.00", "5520", "0", "920", "0", "2760.50", "730", "6145.75"), "GBP": ("0", "925", "0", "0", "0", "0", "0", "1387.5")}
WHOLE: Coverage = "whole"


def statistic(value: Fraction | float) -> Decimal:
    return Decimal(str(round(float(value), 6))).quantize(Decimal("0.000001"))


def rows_of(period: str, metric_id: str, **columns: Any) -> Row:
    """Return a row of metrics with what most rows say."""
    quarter = Period.parse(period)
    start, end = quarter.bounds(ZONE)
    common = {
        "definition_version": "1",
        "filter": "{}",
        "period": period,
        "start_at": start,
        "end_at": end,
        "publication": "mean_median_interval",
    }
    return with_defaults("metrics", {"metric_id": metric_id, "verdict": "not_tested", "n": 0} | common | columns)


def published(n: int) -> str:
    return "none" if n == 0 else "list_only" if n < 5 else "median_range_flagged" if n < 20 else "mean_median_interval"


def rate(period: str, n: int, hours: int, before: int | None) -> Row:
    """Return incidents per 1,000 service-hours with the Poisson interval, tested against as many hours before."""
    unit = Fraction(1000, hours)
    low, high = (statistic(bound * float(unit)) for bound in poisson_interval(n))
    p_value = None if before is None else rates_differ((n, before), (hours, hours))
    is_change = p_value is not None and p_value < 0.05 and abs(n - (before or 0)) * 10 >= (before or 0)
    verdict = "not_tested" if p_value is None else "change" if is_change else "no_clear_change"
    previous = None if before is None else statistic(before * unit)
    more = {"value": statistic(n * unit), "value_num": n * 1000, "value_den": hours, "low": low, "high": high, "interval_method": "poisson"}
    told = {"publication": "mean_median_interval", "verdict": verdict, "previous_value": previous}
    return rows_of(period, "incidents_per_1000_service_hours", unit="per_1000_service_hours", n=n, **more, **told)


def share(period: str, metric_id: str, hits: int, n: int, **more: Any) -> Row:
    """Return a share with its Wilson interval."""
    low, high = wilson(hits, n, Decimal("1.959963984540054")) if n else (None, None)
    value = {"value_num": hits, "value_den": n, "value": statistic(Fraction(hits, n)) if n else None}
    bounds = {"low": None if low is None else statistic(low), "high": None if high is None else statistic(high)}
    return rows_of(period, metric_id, unit="share", n=n, **value, **bounds, interval_method="wilson", publication=published(n), **more)


def length(period: str, metric_id: str, n: int, mean: float, median: float, **more: Any) -> Row:
    """Return a time in minutes; what surrounds median and mean is plausible, no more."""
    told = {"mean": statistic(mean), "value": statistic(mean), "median": statistic(median), "p90": statistic(mean * 2.6)}
    told |= {
        "smallest": statistic(median / 12),
        "largest": statistic(mean * 7),
        "low": statistic(mean * 0.72),
        "high": statistic(mean * 1.34),
    }
    told |= {"median_low": statistic(median * 0.8), "median_high": statistic(median * 1.25)}
    exact = {"value_num": int(mean * n * 60_000_000), "value_den": n * 60_000_000}
    told = told if n else dict.fromkeys(told)
    return rows_of(period, metric_id, unit="min", n=n, **exact, **told, interval_method="bootstrap", publication=published(n), **more)


def add_metrics(estate: Estate, services: int, incidents: Sequence[int], down: Sequence[int]) -> None:
    """Add what eight quarters are measured by."""
    hours = services * 2208
    for place, quarter in enumerate(quarters_of(QUARTER.name, {})):
        period, n = quarter.name, incidents[place]
        before = incidents[place - 1] if place else None
        deployments = 180 + 13 * place
        previous = {"previous_value": Decimal("41.5"), "verdict": "no_clear_change"} if place else {}
        worse = {"previous_value": Decimal("52.0"), "verdict": "change"} if place == 7 else previous
        found = [
            rate(period, n, hours, before),
            rows_of(period, "incidents", unit="count", n=n, value=Decimal(n), value_num=n, value_den=1, publication=published(n)),
            rows_of(
                period,
                "downtime",
                unit="min",
                n=n // 3,
                value=Decimal(down[place]),
                value_num=down[place] * 60_000_000,
                value_den=60_000_000,
                publication=published(n // 3),
            ),
            length(period, "mttd", n - 2 if n else 0, 11.4, 6.2, **previous, missing_n=2 if n else 0),
            length(period, "mtta", n - 2 if n else 0, 9.1, 5.5, **previous),
            length(period, "mttm", min(n, 12), 64.0, 41.0, **previous),
            length(period, "detect_to_restore", n - 3 if n else 0, 88.0, 37.0, **previous),
            length(period, "mttr_restore", n - 1 if n else 0, 98.0 + 6 * place, 44.0 + 2 * place, **worse, censored_n=1 if n else 0),
            length(period, "mttr_resolve", min(n, 4), 2900.0, 1500.0),
            share(period, "recurrence_rate", n // 6, n - n // 5, **previous),
            share(period, "cause_key_coverage", n - n // 5, n),
            share(period, "change_confirmed_share", n // 7, n - 3 if n else 0, missing_n=3 if n else 0, **previous),
            share(period, "change_candidate_share", n // 9, n - 3 if n else 0, missing_n=3 if n else 0, **previous),
            share(period, "change_failure_rate", n // 7, deployments, **previous),
            share(period, "unmeasured_share", 7, 1000),
            share(period, "monitoring_coverage", 9, 10),
        ]
        low, high = (statistic(bound * 100 / deployments) for bound in poisson_interval(n))
        per = {"value": statistic(Fraction(n * 100, deployments)), "value_num": n * 100, "value_den": deployments, "low": low, "high": high}
        found.append(
            rows_of(
                period,
                "incidents_per_100_deployments",
                unit="per_100_deployments",
                n=n,
                **per,
                interval_method="poisson",
                publication=published(n),
                **previous,
            )
        )
        for row in found:
            estate.add("measured.metrics", **row)
    for name in TITLES:
        kpi = {"title": name, "definition": "-", "anchors": "-", "owner_role": "service_manager", "purpose": "-", "decision_fed": "-"}
        standing = "due" if name == "mtta" else "current"
        estate.add(
            "measured.metric_catalogue",
            metric_id=name,
            **kpi,
            reviewed_on=date(2026, 7, 1),
            review_due_on=date(2026, 10, 1),
            standing=standing,
        )


def add_funnel(estate: Estate, counts: Mapping[tuple[str, str], tuple[int, int]], total: tuple[int, int]) -> None:
    """Add funnel points: incidents and service-hours by dimension and name, beside those of all together."""
    keys = {"service": "service_id", "provider": "provider_id", "team": "team"}
    for (dimension, name), (n, hours) in counts.items():
        expected = Fraction(total[0] * hours, total[1])
        limits = {level: funnel_limits(float(expected), outside) for level, outside in (("95", 0.05), ("998", 0.002))}
        bounds = {
            f"{side}_{level}": statistic(Fraction(limits[level][at] * 1000, hours))
            for level in limits
            for at, side in enumerate(("low", "high"))
        }
        standing = next(
            (
                f"{word}_{level}"
                for level in ("998", "95")
                for word, is_so in (("above", n > limits[level][1]), ("below", n < limits[level][0]))
                if is_so
            ),
            "inside",
        )
        estate.add(
            "measured.metric_funnel",
            metric_id="incidents_per_1000_service_hours",
            filter=f'{{"{keys[dimension]}":"{name}"}}',
            period=QUARTER.name,
            dimension=dimension,
            incidents=n,
            exposure=Decimal(hours),
            exposure_unit="service_hours",
            expected=statistic(expected),
            rate=statistic(Fraction(n * 1000, hours)),
            organisation_rate=statistic(Fraction(total[0] * 1000, total[1])),
            **bounds,
            standing=standing,
        )


def add_weeks(estate: Estate) -> None:
    """Add thirteen weeks of deployments and incidents, what they have in common, and the hours around deployments."""
    incidents = (3, 5, 2, 6, 4, 4, 7, 3, 5, 6, 4, 5, 4)
    deployments = (14, 22, 11, 25, 19, 17, 31, 12, 24, 26, 18, 29, 23)
    for place, (n, changed) in enumerate(zip(incidents, deployments, strict=True)):
        start = START + timedelta(days=7 * place)
        estate.add("measured.weekly_activity", period=QUARTER.name, filter="{}", start_at=start, incidents=n, deployments=changed)
    for lag, rho in ((-1, "-0.110000"), (0, "0.842105"), (1, "0.052632")):
        bounds = {"low": Decimal("0.412000"), "high": Decimal("0.961000")} if lag == 0 else {"low": Decimal("-0.6"), "high": Decimal("0.6")}
        estate.add(
            "measured.deployment_lags",
            period=QUARTER.name,
            filter="{}",
            lag=lag,
            weeks=13 - abs(lag),
            rho=Decimal(rho),
            **bounds,
            seed="0" * 16,
        )
    spans = {"incidents_in": 17, "in_us": 1200 * HOUR_US, "incidents_out": 41, "out_us": 20880 * HOUR_US}
    ratio = {"rate_ratio": Decimal("7.214634"), "low": Decimal("3.840000"), "high": Decimal("13.010000"), "p_value": Decimal("0.000001")}
    estate.add("measured.deployment_exposure", period=QUARTER.name, filter="{}", **spans, **ratio)


def add_patterns(estate: Estate) -> None:
    """Add a pattern that wants a redesign, one without a problem record, and one whose risk was accepted."""
    told = [
        ("checkout", "db_failover", 7, 31_560, ["2026-Q1", "2026-Q2", "2026-Q3"], "PRB0040017", "fix", True, 3, "decide_redesign"),
        ("branch-north", "bgp_route_flap", 4, 18_400, ["2026-Q3"], None, None, False, 0, "open_problem"),
        ("mail", "queue_backlog", 3, 2_700, ["2026-Q2"], "PRB0039820", "accept_risk", False, 0, "risk_accepted"),
    ]
    for service, cause, n, seconds, quarters, problem, decision, lasting, since, said in told:
        span = {"start_at": START - timedelta(days=150), "end_at": END - timedelta(days=9)}
        ids = [f"I-{service}-{number}" for number in range(n)]
        known = {"problem_key": problem, "decision": decision, "is_lasting": lasting, "incidents_since": since, "recommendation": said}
        estate.add(
            "measured.chronic_patterns",
            service_id=service,
            cause_key=cause,
            incident_ids=ids,
            **span,
            down_us=seconds * 1_000_000,
            quarters=quarters,
            **known,
        )


def add_triggers(estate: Estate) -> None:
    """Add a right that arose, one that hangs on disputes, one that is near, and one that has seen nothing."""
    told = [
        ("acme-cloud@3", "three_in_a_row", "checkout", "3 breached windows in a row", "3 of 3 windows breached", True, True),
        ("payproc@2", "rolling", "payments", "3 breached windows of any 6", "2 of 6 windows breached", False, True),
        (
            "fastlane-wan@1",
            "long",
            "branch-north",
            "3 outages longer than 240 min within 90 days",
            "1 outages longer than 240 min within 90 days",
            False,
            False,
        ),
        ("acme-cloud@3", "three_in_a_row", "mail", "3 breached windows in a row", "0 of 3 windows breached", False, False),
    ]
    for version, trigger, service, rule, observed, headline, counted in told:
        at = {"triggered_at": END, "exercise_by_at": END + timedelta(days=61)} if headline else {}
        row = {"contract_version_id": version, "trigger_id": trigger, "service_id": service, "rule": rule, "observed": observed}
        own = {
            "subject_ids": [] if observed.startswith("0") else ["R-ONE"],
            "right_given": "termination" if headline else "improvement_plan",
        }
        estate.add("measured.chronic_triggers", **row, **own, is_headline=headline, is_if_counted=counted, **at)


def add_level(
    estate: Estate,
    service: Service,
    contract: Contract,
    month: str,
    used: Fraction,
    *,
    status: str | None = None,
    kind: str = "availability",
) -> str:
    """Add a month's level that used so much of its allowance, and return its id."""
    low, high = Period.parse(month).bounds(contract.timezone)
    agreed = (high - low) // timedelta(microseconds=1)
    target = Decimal(service.target)
    allowed = int(agreed * (100 - target) / 100)
    down = int(allowed * used)
    verdict = status or ("breached" if down > allowed else "met")
    name = short_id("R", [contract.version_id, service.service_id, month])
    estate.add(
        "measured.sla_results",
        result_id=name,
        result_version=1,
        contract_id=contract.contract_id,
        contract_version_id=contract.version_id,
        measure_id="availability",
        kind=kind,
        service_id=service.service_id,
        scope="service",
        period=month,
        window_start_at=low,
        window_end_at=high,
        start_at=low,
        end_at=high,
        variant="headline",
        reading="default",
        comparator="gte",
        target=target,
        value_num=agreed - down,
        value_den=agreed,
        value_pct=Decimal(100_000_000 * (agreed - down) // agreed) / 1_000_000,
        status=verdict,
        wording=verdict.replace("_", " "),
        agreed_us=agreed,
        down_us=down,
        allowance_us=allowed,
        basis="monitoring",
    )
    return name


def add_credit(estate: Estate, contract: Contract, service: str, month: str, amount: str | None, currency: str) -> str:
    """Add what a contract owes for a month, and return the credit's id."""
    name = short_id("C", [contract.version_id, service, month, currency])
    owed = None if amount is None else Decimal(amount)
    sums = dict.fromkeys(("computed", "after_cumulation", "after_minimum", "after_caps", "payable", "claimable"), owed)
    who = {
        "contract_id": contract.contract_id,
        "contract_version_id": contract.version_id,
        "measure_id": "availability",
        "service_id": service,
    }
    which = {"variant": "headline", "reading": "default", "period": month, "form": "tiers", "currency": currency}
    estate.add("measured.credits", credit_id=name, **who, **which, **sums, forgone=None if owed is None else Decimal(0))
    return name


def add_claim(
    estate: Estate, contract: Contract, service: str, month: str, credit: str, amount: str, currency: str, last_day: date
) -> None:
    """Add a claim that nobody has filed yet."""
    dates = {"last_day": last_day, "prepare_by": last_day, "file_by": last_day, "red_from": last_day}
    estate.add(
        "measured.claims",
        claim_id=short_id("K", [contract.contract_id, service, month]),
        version=1,
        contract_id=contract.contract_id,
        contract_version_id=contract.version_id,
        service_id=service,
        period=month,
        kind="normal",
        credit_ids=[credit],
        amount=Decimal(amount),
        disputed_amount=Decimal(0),
        currency=currency,
        state="draft",
        deadline_rule="30 days after the window (MSA 7.2)",
        deadline_at=datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + timedelta(days=1),
        **dates,
        leakage=Decimal(0),
    )


USED = {
    "checkout": ("1.9", "1.1", "4.4"),
    "payments": ("0.2", "1.3", "0.9"),
    "branch-north": ("0.4", "0.72", "0.55"),
    "crm": ("0.1", "0.3", "0.61"),
    "search": ("0", "0.2", "0.1"),
}


def base(services: Sequence[Service] = SERVICES) -> Estate:
    """Return contracts and the catalogue alone."""
    estate = Estate()
    for contract in CONTRACTS:
        add_contract(estate, contract)
    for service in services:
        row = {"service_id": service.service_id, "component_id": service.service_id, "name": service.name, "aliases": []}
        estate.add(
            "staged.service_catalogue", **row, valid_from=datetime(2024, 1, 1, tzinfo=UTC), sla_governed=True, raw_id=service.service_id
        )
    return estate


def lifelike() -> Estate:
    """Return eight quarters of ten services."""
    estate, contracts = base(), {contract.contract_id: contract for contract in CONTRACTS}
    for service in SERVICES:
        for place, month in enumerate(MONTHS):
            used = (
                USED.get(service.service_id, ("0", "0", "0"))[place - 21] if place >= 21 else str(((place * 7 + len(service.name)) % 5) / 4)
            )
            status = "insufficient_evidence" if (service.service_id, month) == ("orders", "2026-08") else None
            add_level(estate, service, contracts[service.contract], month, Fraction(used), status=status)
    for currency, amounts in OWED.items():
        contract, service = (contracts["acme-cloud"], "checkout") if currency == "EUR" else (contracts["payproc"], "payments")
        for quarter, amount in zip(quarters_of(QUARTER.name, {}), amounts, strict=True):
            if Decimal(amount):
                credit = add_credit(estate, contract, service, quarter.periods[2], amount, currency)
                if quarter.name == QUARTER.name:
                    add_claim(estate, contract, service, quarter.periods[2], credit, amount, currency, date(2026, 10, 30))
    add_metrics(estate, len(SERVICES), INCIDENTS, DOWN_MIN)
    counts = {
        "checkout": 19,
        "payments": 6,
        "branch-north": 12,
        "orders": 3,
        "crm": 4,
        "search": 5,
        "warehouse": 3,
        "sign-in": 4,
        "mail": 1,
        "reporting": 1,
    }
    points = {("service", name): (n, 2208) for name, n in counts.items()}
    points |= {
        ("provider", "Acme Cloud"): (32, 5 * 2208),
        ("provider", "Fastlane Networks"): (15, 2 * 2208),
        ("provider", "PayProc"): (6, 2208),
        ("provider", "Platform team"): (5, 2 * 2208),
    }
    points |= {("team", "commerce"): (28, 3 * 2208), ("team", "network"): (15, 2 * 2208), ("team", "platform"): (15, 5 * 2208)}
    add_funnel(estate, points, (sum(counts.values()), len(counts) * 2208))
    add_weeks(estate)
    add_patterns(estate)
    add_triggers(estate)
    return estate


def coverage_of(first: int = 0) -> dict[str, Coverage]:
    """Return quarters as wholly on record, but for the first ones."""
    return {quarter.name: "whole" if place >= first else "none" for place, quarter in enumerate(quarters_of(QUARTER.name, {}))}


def publish(home: Home, estate: Estate, coverage: Mapping[str, Coverage] | None = None, run: Run = RUN, **terms: Any) -> Pack:
    """Publish a report as the flow would."""

    @contextmanager
    def rooms() -> Iterator[Engine]:
        with Engine(Limits()) as engine:
            load(engine, estate, run)
            for name in TABLES:
                engine.create_like_dictionary(
                    f"measured.{name}", [with_defaults(name, row) for row in estate.tables.get(f"measured.{name}", [])]
                )
            yield engine

    given = {"contracts": contract_texts(), "signoff": {"content": "head_of_service"}} | terms
    return publish_trends(home, run, origins_of(home), Terms(**given), coverage_of() if coverage is None else coverage, rooms)
