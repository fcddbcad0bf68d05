"""Intervals of metrics: what SQL does not compute, because it must be repeatable in any language to the last digit (M-08)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tasks.measure.statistics import Interval, Whole, bootstrap, within_budget
from tasks.model.money import round_whole
from tasks.model.policy import Policy
from tasks.model.proportion import wilson
from tasks.store.engine import Engine

Row = dict[str, Any]
MINUTE_US = 60_000_000
STATISTIC = "DECIMAL(18,6)"
PLACES = Decimal("0.000001")
DRAWS_OF_A_RUN = 200_000_000  # some seconds; the largest samples come first, what does not fit has no interval
OBSERVATIONS = """
    select
        chosen.metric_id,
        chosen.filter,
        list(duration.length_us order by duration.length_us) as lengths_us,
        list(duration.incident_id order by duration.incident_id) as incident_ids
    from measured.resampled as chosen
    inner join measured.metric_durations as duration on chosen.metric_id = duration.metric_id
    inner join measured.incident_filters as link on duration.incident_id = link.incident_id and chosen.filter = link.filter
    where duration.standing = 'observed'
    group by chosen.metric_id, chosen.filter
    order by chosen.metric_id, chosen.filter
"""
INTERVAL_COLUMNS = {
    "metric_id": "VARCHAR",
    "filter": "VARCHAR",
    **dict.fromkeys(("low", "high", "median_low", "median_high"), STATISTIC),
    "interval_method": "VARCHAR",
    "seed": "VARCHAR",
}


@dataclass(frozen=True)
class Sample:
    """The observations of one metric and filter: lengths in µs, ascending, and the seed that follows from their ids."""

    metric_id: str
    filter: str
    lengths_us: Whole
    seed: str


def measure_intervals(engine: Engine, policy: Policy, draws: int = DRAWS_OF_A_RUN) -> None:
    """Create measured.metric_intervals: bootstrap intervals of durations, Wilson intervals of proportions.

    Args:
        engine: Holds measured.metric_samples and measured.metric_ratios.
        policy: Resamples, level and z.
        draws: How many values may be drawn in all.
    """
    terms = policy.metrics.bootstrap
    rows = [_bootstrapped(sample, terms.resamples, Fraction(terms.level)) for sample in _samples(engine, draws // terms.resamples)]
    proportions = engine.rows("from measured.metric_ratios where is_proportion and den > 0 order by metric_id, filter")
    rows += [_proportion(row, policy.metrics.wilson_z) for row in proportions]
    engine.create("measured.metric_intervals", INTERVAL_COLUMNS, rows)


def seed_of(metric_id: str, filter_text: str, period: str, ids: list[str]) -> str:
    """Return the seed of a sample as 16 hex digits: of the sha256 of metric, filter, window and sorted ids, one after the other."""
    return hashlib.sha256("".join([metric_id, filter_text, period, *ids]).encode()).hexdigest()[:16]


def _samples(engine: Engine, observations: int) -> Iterator[Sample]:
    """Yield the samples to be resampled, the largest first, as long as their observations together stay within a number."""
    period = engine.rows("select period from run.context")[0]["period"]
    sizes = engine.rows("select metric_id, filter, n from measured.metric_samples where n > 0 order by n desc, metric_id, filter")
    fitting = within_budget((row["n"] for row in sizes), observations)
    chosen = [row for row, fits in zip(sizes, fitting, strict=True) if fits]
    engine.create("measured.resampled", {"metric_id": "VARCHAR", "filter": "VARCHAR"}, chosen)
    table = engine.arrow(OBSERVATIONS)
    lengths = table.column("lengths_us").combine_chunks()
    offsets, values = lengths.offsets.to_numpy(), _flat(lengths)
    for place, row in enumerate(table.drop_columns(["lengths_us"]).to_pylist()):
        seed = seed_of(row["metric_id"], row["filter"], period, row["incident_ids"])
        yield Sample(row["metric_id"], row["filter"], values[offsets[place] : offsets[place + 1]], seed)


def _flat(lists: Any) -> Whole:
    flat: Whole = lists.values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return flat


def _bootstrapped(sample: Sample, resamples: int, level: Fraction) -> Row:
    found = bootstrap(sample.lengths_us, int(sample.seed, 16), resamples, level)
    low, high = _minutes(found.mean)
    median_low, median_high = _minutes(found.median)
    return {
        "metric_id": sample.metric_id,
        "filter": sample.filter,
        "low": low,
        "high": high,
        "median_low": median_low,
        "median_high": median_high,
        "interval_method": "bootstrap",
        "seed": sample.seed,
    }


def _minutes(interval: Interval) -> tuple[Decimal, Decimal]:
    low, high = (_statistic(bound / MINUTE_US) for bound in (interval.low, interval.high))
    return low, high


def _statistic(value: Fraction) -> Decimal:
    """Return a number half up at six decimals, away from zero."""
    digits = round_whole(abs(value) * 10**6, "half_up")
    return Decimal(-digits if value < 0 else digits).scaleb(-6)


def _proportion(row: Row, z: Decimal) -> Row:
    low, high = (bound.quantize(PLACES, ROUND_HALF_UP) for bound in wilson(int(row["num"]), int(row["den"]), z))
    return {"metric_id": row["metric_id"], "filter": row["filter"], "low": low, "high": high, "interval_method": "wilson"}
