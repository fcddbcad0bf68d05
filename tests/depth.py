"""How many random examples a dear property looks at: few in `make test`; `make soak` looks at ten times as many (SLA_DEPTH)."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("SLA_DEPTH", "1"))


def dear(examples: int) -> settings:
    """Return the settings of a property whose every example builds a whole estate."""
    too_much = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples * TIMES, deadline=None, suppress_health_check=too_much)
