"""The engine against its rivals on the same estates: `python -m tests.benchmarks.engine [LARGEST]` (see README.md beside it)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from tasks.store.engine import Limits
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.estates import Size, fill

LARGEST = 1_000_000
STEPS = (100, 10, 1)  # the largest size divided by these
PER_SERVICE = 100
TOO_SLOW_S = 120  # a contender that took longer is not asked for the next size


def size_of(kind: str, rows: int) -> Size:
    services = max(rows // PER_SERVICE, 12)
    return Size(services, tickets=rows) if kind == "business clock" else Size(services, outages=rows)


def once(kind: str, contender: str, rows: int) -> None:
    """Run one contender and print what it took: in a process of its own, so that its peak of memory is its own."""
    estate = fill(size_of(kind, rows), Limits(threads=2))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    sums = CONTENDERS[kind][contender](estate)
    seconds = time.perf_counter() - started
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"sums": sums, "seconds": seconds, "before_mb": before_kb // 1024, "peak_mb": peak_kb // 1024}))  # noqa: T201


def asked(kind: str, contender: str, rows: int) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.benchmarks.engine", "once", kind, contender, str(rows)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(largest: int) -> None:
    """Print every kind, size and contender: seconds, how many times production's, growth for ten times the rows, peak memory."""
    heading = f"{'':15} {'rows':>9} {'contender':12} {'seconds':>8} {'× production':>12}"
    heading += f" {'× for 10 × rows':>15} {'peak MB':>8} {'of it data':>10}"
    print(heading)  # noqa: T201
    for kind, contenders in CONTENDERS.items():
        before: dict[str, float] = {}
        for rows in (largest // step for step in STEPS):
            results: dict[str, dict[str, float]] = {}
            for name in contenders:
                if before.get(name, 0) < TOO_SLOW_S:
                    results[name] = asked(kind, name, rows)
            different = {name: told["sums"] for name, told in results.items() if told["sums"] != results["production"]["sums"]}
            assert not different, f"{kind} of {rows} rows: production says {results['production']['sums']}, but {different}"
            for name, told in results.items():
                ratio = told["seconds"] / results["production"]["seconds"]
                growth = f"{told['seconds'] / before[name]:15.1f}" if name in before else f"{'':15}"
                figures = f"{told['seconds']:8.2f} {ratio:12.2f} {growth} {told['peak_mb']:8} {told['before_mb']:10}"
                print(f"{kind:15} {rows:9,} {name:12} {figures}", flush=True)  # noqa: T201
                before[name] = told["seconds"]


if __name__ == "__main__":
    if sys.argv[1:2] == ["once"]:
        once(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST)
