"""Matching on generated estates: seconds, growth, precision, recall: `python -m tests.benchmarks.matching [LARGEST]` (see README.md)."""

from __future__ import annotations

import sys
import time
from typing import Any

from tasks.reconcile.reconciliation import build_reconciled
from tasks.store.engine import Limits
from tests.reconcile.estate import JUDGED, load, make_estate
from tests.reconcile.judge import Judgement, bands, judge

LARGEST = 100_000
STEPS = (10, 1)  # the largest size divided by these
DENSITIES = (14.4, 144.0)  # outages of a service in the month
SEED = 101  # the thresholds were set on other seeds


def once(tickets: int, per_service: float) -> tuple[float, Judgement, list[dict[str, Any]]]:
    """Return the seconds that reconciling takes, how good it is, and how reliable scores are."""
    with load(make_estate(tickets, per_service, SEED, JUDGED), Limits(threads=2)) as engine:
        started = time.perf_counter()
        build_reconciled(engine)
        return time.perf_counter() - started, judge(engine), bands(engine)


def compare(largest: int) -> None:
    """Print every density and size."""
    print(f"{'outages a service':>17} {'tickets':>9} {'seconds':>8} {'× for 10 × rows':>15} precision recall  with review")  # noqa: T201
    for density in DENSITIES:
        before = None
        for tickets in (largest // step for step in STEPS):
            seconds, found, reliability = once(tickets, density)
            growth = f"{seconds / before:15.1f}" if before else f"{'':15}"
            shares = f"{found.precision:9.4f} {found.recall:6.4f} {found.recall_with_review:12.4f}"
            print(f"{density:17} {tickets:9,} {seconds:8.1f} {growth} {shares}", flush=True)  # noqa: T201
            before = seconds
        for band in reliability:
            if not band["is_episode"]:
                pairs = "{right} of {pairs} pairs right, of {matched} matched {matched_right}".format_map(band)
                print(f"  score from {band['band']:.2f}: {pairs}")  # noqa: T201


if __name__ == "__main__":
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST)
