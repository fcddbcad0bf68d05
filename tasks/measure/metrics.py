"""What SQL does not compute of metrics, as any language must repeat it to the last digit: intervals and tests (M-08 to M-10)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from tasks.measure.chances import funnel_limits, poisson_interval, rates_differ, ratio_interval, shares_differ
from tasks.measure.comparisons import Compared, judged
from tasks.measure.correlation import LAGS, shifted, spearman
from tasks.measure.statistics import Interval, Whole, bootstrap, labels_matter, log_lengths, median_with_open, within_budget
from tasks.model.money import round_whole
from tasks.model.policy import Policy
from tasks.model.proportion import wilson
from tasks.store.engine import Engine

Row = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")
MINUTE_US = 60_000_000
STATISTIC = "DECIMAL(18,6)"
PLACES = Decimal("0.000001")
DRAWS_OF_A_RUN = 500_000_000  # some seconds; the largest samples come first, what does not fit has no interval, and no test
KEY_COLUMNS = dict.fromkeys(("period", "metric_id", "filter"), "VARCHAR")
WANTED_COLUMNS = dict.fromkeys(("metric_id", "filter", "period"), "VARCHAR")
OBSERVATIONS = """
    select
        chosen.period,
        chosen.metric_id,
        chosen.filter,
        list(duration.length_us order by duration.length_us) as lengths_us,
        list(duration.incident_id order by duration.incident_id) as incident_ids
    from measured.resampled as chosen
    inner join measured.metric_durations as duration on chosen.period = duration.period and chosen.metric_id = duration.metric_id
    inner join measured.incident_filters as link
        on chosen.period = link.period and duration.incident_id = link.incident_id and chosen.filter = link.filter
    where duration.standing = 'observed' and not duration.is_excluded
    group by chosen.period, chosen.metric_id, chosen.filter
    order by chosen.period, chosen.metric_id, chosen.filter
"""
LISTED_SIZES = """
    select sample.period, sample.metric_id, sample.filter, sample.n
    from measured.metric_samples as sample
    inner join run.metric_windows as span on sample.period = span.period and span.is_listed
    where sample.n > 0
    order by sample.n desc, sample.period, sample.metric_id, sample.filter
"""
PAIRED_SIZES = """
    select
        pair.period, pair.previous_period, late.metric_id, late.filter, filters.dimension, late.n + early.n as n,
        late.total_us as num, late.n as den, early.total_us as previous_num, early.n as previous_den
    from measured.covered_windows as pair
    inner join measured.metric_samples as late on pair.period = late.period
    inner join measured.metric_samples as early
        on pair.previous_period = early.period and late.metric_id = early.metric_id and late.filter = early.filter
    inner join measured.metric_filters as filters on late.period = filters.period and late.filter = filters.filter
    where least(late.n, early.n) >= $least
    order by n desc, pair.period, late.metric_id, late.filter
"""
OPEN_SAMPLES = """
    select sample.period, sample.metric_id, sample.filter, lengths_us, reached_us, running_us
    from measured.metric_samples as sample
    inner join run.metric_windows as span on sample.period = span.period and span.is_listed
    where sample.censored_n > 0
    order by sample.period, sample.metric_id, sample.filter
"""
LISTED_RATIOS = """
    select ratio.*
    from measured.metric_ratios as ratio
    inner join run.metric_windows as span on ratio.period = span.period and span.is_listed
    where ratio.den > 0 and (ratio.is_count or ratio.is_proportion)
    order by ratio.period, ratio.metric_id, ratio.filter
"""
WEEKS = """
    select
        period,
        filter::varchar as filter,
        list(start_at::varchar order by start_at) as weeks,
        list(incidents order by start_at) as incidents,
        list(deployments order by start_at) as deployments
    from measured.weekly_activity
    group by period, filter
    order by period, filter
"""
INTERVAL_COLUMNS = KEY_COLUMNS | {
    **dict.fromkeys(("low", "high", "median_low", "median_high"), STATISTIC),
    "interval_method": "VARCHAR",
    "seed": "VARCHAR",
    "median_with_open": STATISTIC,
}
COMPARISON_COLUMNS = KEY_COLUMNS | dict.fromkeys(("p_value", "p_adjusted"), STATISTIC) | {"verdict": "VARCHAR"}
UNITS = {"count": 1, "per_1000_service_hours": 3_600_000_000_000, "per_100_deployments": 100}  # num of one incident
FUNNEL_OUTSIDE = {"95": 0.05, "998": 0.002}


@dataclass(frozen=True)
class Sample:
    """The observations of one window, metric and filter: lengths in µs, ascending, and the incidents they are of."""

    period: str
    metric_id: str
    filter: str
    lengths_us: Whole
    incident_ids: list[str]

    @property
    def key(self) -> Row:
        """Return what names it in tables."""
        return {"period": self.period, "metric_id": self.metric_id, "filter": self.filter}

    def seed(self, *others: Sample) -> str:
        """Return the seed that follows from the incidents of this sample and of those it is compared with."""
        ids = sorted({one for sample in (self, *others) for one in sample.incident_ids})
        return seed_of(self.metric_id, self.filter, self.period, ids)


def measure_statistics(engine: Engine, policy: Policy, draws: int = DRAWS_OF_A_RUN) -> None:
    """Create measured.metric_intervals, metric_comparisons, metric_funnel, deployment_lags and deployment_exposure.

    Args:
        engine: Holds the samples and ratios of every window, and what can be compared.
        policy: Resamples, permutations, levels.
        draws: How many values may be drawn for intervals, and as many for tests.
    """
    engine.create("measured.metric_intervals", INTERVAL_COLUMNS, _intervals(engine, policy, draws))
    engine.create("measured.metric_comparisons", COMPARISON_COLUMNS, _comparisons(engine, policy, draws))
    engine.create_like_dictionary("measured.metric_funnel", _funnel(engine))
    engine.create_like_dictionary("measured.deployment_lags", _lags(engine, policy))
    engine.create_like_dictionary("measured.deployment_exposure", _deployed(engine))


def seed_of(metric_id: str, filter_text: str, period: str, ids: list[str]) -> str:
    """Return the seed of a sample as 16 hex digits: of the sha256 of metric, filter, window and sorted ids, one after the other."""
    return hashlib.sha256("".join([metric_id, filter_text, period, *ids]).encode()).hexdigest()[:16]


# ---- intervals


def _intervals(engine: Engine, policy: Policy, draws: int) -> list[Row]:
    """Return bootstrap intervals of durations, Wilson intervals of shares, Poisson intervals of counts; and medians with open ones."""
    terms = policy.metrics.bootstrap
    chosen = _within(engine.rows(LISTED_SIZES), draws // terms.resamples)
    level = Fraction(terms.level)
    rows = _side_by_side(engine, lambda sample: _bootstrapped(sample, terms.resamples, level), _samples(engine, chosen))
    found = {(row["period"], row["metric_id"], row["filter"]): row for row in rows}
    for row in engine.rows(OPEN_SAMPLES):
        key = {name: row[name] for name in KEY_COLUMNS}
        ended, running = (np.array(lengths, np.int64) for lengths in (row["lengths_us"] + row["reached_us"], row["running_us"]))
        middle = median_with_open(ended, running)
        one = found.setdefault((row["period"], row["metric_id"], row["filter"]), key)
        one["median_with_open"] = None if middle is None else _statistic(middle / MINUTE_US)
    ratios = engine.rows(LISTED_RATIOS)
    return [*found.values(), *(_counted(row) if row["is_count"] else _proportion(row, policy.metrics.wilson_z) for row in ratios)]


def _within(sizes: list[Row], observations: int) -> list[Row]:
    """Return the first rows whose sizes together stay within a number of observations; one that does not fit is passed over."""
    return [row for row, fits in zip(sizes, within_budget((row["n"] for row in sizes), observations), strict=True) if fits]


def _samples(engine: Engine, chosen: Iterable[Row]) -> Iterator[Sample]:
    """Yield the observations of windows, metrics and filters."""
    engine.create("measured.resampled", WANTED_COLUMNS, chosen)
    table = engine.arrow(OBSERVATIONS)
    lengths = table.column("lengths_us").combine_chunks()
    offsets, values = lengths.offsets.to_numpy(), _flat(lengths)
    for place, row in enumerate(table.drop_columns(["lengths_us"]).to_pylist()):
        own = values[offsets[place] : offsets[place + 1]]
        yield Sample(row["period"], row["metric_id"], row["filter"], own, row["incident_ids"])


def _flat(lists: Any) -> Whole:
    flat: Whole = lists.values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return flat


def _side_by_side(engine: Engine, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what was made of each item, in order; numpy lets go of the interpreter, so threads help."""
    with ThreadPoolExecutor(engine.limits.threads or os.cpu_count()) as pool:
        return list(pool.map(work, items))


def _bootstrapped(sample: Sample, resamples: int, level: Fraction) -> Row:
    seed = sample.seed()
    found = bootstrap(sample.lengths_us, int(seed, 16), resamples, level)
    low, high = _minutes(found.mean)
    median_low, median_high = _minutes(found.median)
    bounds = {"low": low, "high": high, "median_low": median_low, "median_high": median_high}
    return sample.key | bounds | {"interval_method": "bootstrap", "seed": seed}


def _minutes(interval: Interval) -> tuple[Decimal, Decimal]:
    low, high = (_statistic(bound / MINUTE_US) for bound in (interval.low, interval.high))
    return low, high


def _statistic(value: Fraction) -> Decimal:
    """Return a number half up at six decimals, away from zero."""
    digits = round_whole(abs(value) * 10**6, "half_up")
    return Decimal(-digits if value < 0 else digits).scaleb(-6)


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(PLACES, ROUND_HALF_UP)


def _proportion(row: Row, z: Decimal) -> Row:
    low, high = (bound.quantize(PLACES, ROUND_HALF_UP) for bound in wilson(int(row["num"]), int(row["den"]), z))
    return {name: row[name] for name in KEY_COLUMNS} | {"low": low, "high": high, "interval_method": "wilson"}


def _counted(row: Row) -> Row:
    """Return the Poisson interval of a count, in the unit of its metric."""
    unit = Fraction(UNITS[row["unit"]], int(row["den"]))
    low, high = (_statistic(Fraction(bound) * unit) for bound in poisson_interval(row["n"]))
    return {name: row[name] for name in KEY_COLUMNS} | {"low": low, "high": high, "interval_method": "poisson"}


# ---- comparisons


def _comparisons(engine: Engine, policy: Policy, draws: int) -> list[Row]:
    """Return what may be said of each listed window against the one before it (M-10)."""
    terms = policy.metrics.comparison
    durations = _compared_durations(engine, policy, draws // terms.permutations)
    ratios = [_compared_ratio(row) for row in engine.rows("from measured.metric_pairs order by period, metric_id, filter")]
    return [
        {
            "period": one.period,
            "metric_id": one.metric_id,
            "filter": one.filter,
            "p_value": _rounded(one.p_value),
            "p_adjusted": _rounded(one.p_adjusted),
            "verdict": one.verdict,
        }
        for one in judged([*durations, *ratios], terms)
    ]


def _compared_durations(engine: Engine, policy: Policy, observations: int) -> list[Compared]:
    """Return durations of two windows, tested where both have enough to print a median; the largest that do not fit are left out."""
    sizes = engine.rows(PAIRED_SIZES, {"least": policy.metrics.small_n.list_only_below})
    chosen = _within(sizes, observations)
    both = [*chosen, *({**row, "period": row["previous_period"]} for row in chosen)]
    samples = {(sample.period, sample.metric_id, sample.filter): sample for sample in _samples(engine, both)}
    permutations = policy.metrics.comparison.permutations

    def tested(row: Row) -> Compared:
        late, early = (samples[period, row["metric_id"], row["filter"]] for period in (row["period"], row["previous_period"]))
        return _compared(row, late, early, permutations)

    return _side_by_side(engine, tested, chosen)


def _compared(row: Row, late: Sample, early: Sample, permutations: int) -> Compared:
    logs = log_lengths(late.lengths_us), log_lengths(early.lengths_us)
    p_value = labels_matter(*logs, int(late.seed(early), 16), permutations)
    value, previous = (Fraction(row[f"{part}num"], row[f"{part}den"] * MINUTE_US) for part in ("", "previous_"))
    rise = Fraction(int(logs[0].sum()), len(logs[0])) - Fraction(int(logs[1].sum()), len(logs[1]))
    agrees = rise * (value - previous) > 0
    return Compared(row["period"], row["metric_id"], row["filter"], row["dimension"], value, previous, p_value, agrees)


def _compared_ratio(row: Row) -> Compared:
    value, previous = (
        Fraction(int(row[f"{part}num"]), int(row[f"{part}den"])) if row[f"{part}den"] else None for part in ("", "previous_")
    )
    hits = row["hits"], row["previous_hits"]
    exposures = int(row["exposure"] or 0), int(row["previous_exposure"] or 0)
    p_value, agrees = None, True
    if min(exposures) > 0:
        p_value = (rates_differ if row["is_count"] else shares_differ)(hits, exposures)
        rise = Fraction(hits[0], exposures[0]) - Fraction(hits[1], exposures[1])
        agrees = value is not None and previous is not None and rise * (value - previous) > 0
    return Compared(row["period"], row["metric_id"], row["filter"], row["dimension"], value, previous, p_value, agrees)


# ---- funnel


def _funnel(engine: Engine) -> Iterator[Row]:
    """Yield each service, provider and team beside the organisation's rate, with what chance alone explains (M-09)."""
    for row in engine.rows("from measured.funnel_points order by all"):
        expected = Fraction(int(row["all_num"]) * int(row["den"]), int(row["all_den"]) * UNITS[row["unit"]])
        limits = {name: funnel_limits(float(expected), outside) for name, outside in FUNNEL_OUTSIDE.items()}
        per = Fraction(UNITS[row["unit"]], int(row["den"]))
        bounds = {
            f"{side}_{name}": _statistic(limits[name][at] * per) for name in FUNNEL_OUTSIDE for at, side in enumerate(("low", "high"))
        }
        yield {
            **{name: row[name] for name in (*KEY_COLUMNS, "dimension", "exposure", "exposure_unit")},
            "incidents": row["n"],
            "expected": _statistic(expected),
            "rate": _statistic(row["n"] * per),
            "organisation_rate": _statistic(Fraction(int(row["all_num"]), int(row["all_den"]))),
            **bounds,
            "standing": _standing(row["n"], limits),
        }


def _standing(count: int, limits: dict[str, tuple[int, int]]) -> str:
    """Return where a count stands: inside, or beyond the limits that lie farthest out."""
    for name in reversed(FUNNEL_OUTSIDE):
        if count > limits[name][1]:
            return f"above_{name}"
        if count < limits[name][0]:
            return f"below_{name}"
    return "inside"


# ---- deployments


def _lags(engine: Engine, policy: Policy) -> Iterator[Row]:
    """Yield how weekly incidents go with the deployments of the same week, and of those before and after (M-15)."""
    terms = policy.metrics
    for row in engine.rows(WEEKS):
        seed = seed_of("deployment_correlation", row["filter"], row["period"], row["weeks"])
        incidents, deployments = (np.array(row[name], np.int64) for name in ("incidents", "deployments"))
        for lag in LAGS:
            late, early = shifted(incidents, deployments, lag)
            is_enough = len(row["weeks"]) >= terms.correlation_min_weeks
            found = spearman(late, early, int(seed, 16), terms.bootstrap.resamples, Fraction(terms.bootstrap.level)) if is_enough else None
            yield {
                "period": row["period"],
                "filter": row["filter"],
                "lag": lag,
                "weeks": len(late),
                **{name: _rounded(getattr(found, part, None)) for name, part in (("rho", "value"), ("low", "low"), ("high", "high"))},
                "seed": seed if found else None,
            }


def _deployed(engine: Engine) -> Iterator[Row]:
    """Yield the rate of incidents while, or soon after, something was deployed, beside the rate of other times (M-15)."""
    for row in engine.rows("from measured.deployed_time order by period, filter"):
        counts, spans = (row["incidents_in"], row["incidents_out"]), (row["in_us"], row["out_us"])
        found: Row = dict.fromkeys(("rate_ratio", "low", "high", "p_value"))
        if min(spans) > 0 and sum(counts) > 0:
            low, high = ratio_interval(counts, spans)
            ratio = Fraction(counts[0] * spans[1], counts[1] * spans[0]) if counts[1] else None
            found = {"rate_ratio": None if ratio is None else _statistic(ratio), "low": _rounded(low), "high": _rounded(high)}
            found["p_value"] = _rounded(rates_differ(counts, spans))
        yield row | found
