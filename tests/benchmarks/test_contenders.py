"""What the benchmark compares says the same: production, the naive join and numpy give equal sums."""

import pytest

from tasks.store.engine import Limits
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.engine import size_of
from tests.benchmarks.estates import fill


@pytest.mark.parametrize("kind", CONTENDERS)
def test_every_contender_gives_the_same_sums(kind):
    estate = fill(size_of(kind, 600), Limits())
    sums = {name: contender(estate) for name, contender in CONTENDERS[kind].items()}
    assert len(set(sums.values())) == 1, sums
    assert all(sums["production"])
