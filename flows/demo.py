"""`make demo`: a local Prefect server, the sample home's last month as a flow under it, and the server stopped again.

The sample's story is told on one morning, so the demo sets the clock to it: the same run, to the byte, on every machine and day.
"""

from __future__ import annotations

import os

from flows.server import down, environment, up
from tasks.store.home import SAMPLE_HOME

PERIOD = "2026-10"
MORNING = "2026-11-03T09:00:00Z"


def main() -> None:
    """Run the demo and print what the month looks like."""
    print("starting a local Prefect server …", flush=True)  # noqa: T201 - the demo talks to a person
    running = up(with_worker=False)
    os.environ.update(environment(running["api_url"]))
    try:
        from flows.month import month

        outcome = month(str(SAMPLE_HOME), PERIOD, clock=MORNING)
        print(outcome.in_words())  # noqa: T201
    finally:
        down()


if __name__ == "__main__":
    main()
