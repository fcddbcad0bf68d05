"""Matching on generated estates: time, memory, growth, quality: `python -m tests.benchmarks.matching [LARGEST]` (see README.md)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

from tasks.reconcile.reconciliation import build_reconciled
from tasks.store.engine import Limits
from tests.reconcile.estate import JUDGED, load, make_estate
from tests.reconcile.judge import bands, judge

LARGEST = 100_000
STEPS = (10, 1)  # the largest size divided by these
DENSITIES = (14.4, 144.0)  # outages of a service in the month
SEED = 101  # the thresholds were set on other seeds
LIMITS = Limits(threads=2, memory="6GB")


def once(tickets: int, per_service: float) -> None:
    """Reconcile one estate and print what it took and how good it is: in a process of its own, so that its peak of memory is its own."""
    with load(make_estate(tickets, per_service, SEED, JUDGED), LIMITS) as engine:
        started, started_cpu = time.perf_counter(), time.process_time()
        build_reconciled(engine)
        took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - started_cpu}
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = judge(engine)
        shares = {"precision": found.precision, "recall": found.recall, "with_review": found.recall_with_review}
        scores = [{**band, "band": float(band["band"])} for band in bands(engine) if not band["is_episode"]]
    print(json.dumps({**took, **shares, "peak_mb": peak_kb // 1024, "bands": scores}))  # noqa: T201


def asked(tickets: int, per_service: float) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.benchmarks.matching", "once", str(tickets), str(per_service)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(largest: int) -> None:
    """Print every density and size."""
    heading = f"{'outages a service':>17} {'tickets':>9} {'seconds':>8} {'of processors':>13} {'× for 10 × rows':>15} {'peak MB':>8}"
    print(f"{heading} precision recall  with review")  # noqa: T201
    for density in DENSITIES:
        before = None
        for tickets in (largest // step for step in STEPS):
            told = asked(tickets, density)
            growth = f"{told['cpu'] / before:15.1f}" if before else f"{'':15}"
            took = f"{told['seconds']:8.1f} {told['cpu']:13.1f} {growth} {told['peak_mb']:8}"
            shares = f"{told['precision']:9.4f} {told['recall']:6.4f} {told['with_review']:12.4f}"
            print(f"{density:17} {tickets:9,} {took} {shares}", flush=True)  # noqa: T201
            before = told["cpu"]
        for band in told["bands"]:
            pairs = "{right} of {pairs} pairs right, of {matched} matched {matched_right}".format_map(band)
            print(f"  score from {band['band']:.2f}: {pairs}")  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:2] == ["once"]:
        once(int(sys.argv[2]), float(sys.argv[3]))
    else:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST)
