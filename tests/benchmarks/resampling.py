"""How long intervals and tests of many durations take: `python -m tests.benchmarks.resampling [durations] [groups] [threads]`."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np

from tasks.measure.statistics import Whole, bootstrap, labels_matter, log_lengths

RESAMPLES = 10_000
LEVEL = Fraction(95, 100)


def groups_of(durations: int, groups: int) -> list[Whole]:
    """Return long-tailed durations in µs, ascending in each group, from a fixed seed."""
    lengths = np.random.default_rng(20260601).lognormal(8, 1.2, durations) * 1e6
    return [np.sort(part.astype(np.int64)) for part in np.array_split(lengths, groups)]


def interval(lengths: Whole) -> None:
    """Resample one group."""
    bootstrap(lengths, 1, RESAMPLES, LEVEL)


def change(lengths: Whole) -> None:
    """Test one half of a group against the other."""
    logs = log_lengths(lengths)
    labels_matter(logs[::2], logs[1::2], 1, RESAMPLES)


def main() -> None:
    """Print seconds of both, over all groups."""
    durations, groups, threads = (int(given) for given in [*sys.argv[1:], *("100000", "60", "2")[len(sys.argv) - 1 :]])
    parts = groups_of(durations, groups)
    for name, work in (("bootstrap of mean and median", interval), ("permutation test", change)):
        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, parts))
        taken = time.perf_counter() - began
        sys.stdout.write(f"{name}: {durations:,} durations in {groups} groups, {RESAMPLES:,} times, {threads} threads: {taken:.1f} s\n")


if __name__ == "__main__":
    main()
