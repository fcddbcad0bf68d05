"""How well a provider's reports agree with what was reconciled: quartiles and sign test of the bias (DOMAIN 4.3 vendor accuracy)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from tasks.measure.statistics import Whole, quantile, sign_test
from tasks.model.money import round_whole
from tasks.store.engine import Engine

Row = dict[str, Any]
COUNTS = "select * exclude (deltas_us) from measured.accuracy_counts order by provider_id"
DELTAS = "select deltas_us from measured.accuracy_counts order by provider_id"
QUARTILES = {"bias_p25_us": Fraction(1, 4), "bias_median_us": Fraction(1, 2), "bias_p75_us": Fraction(3, 4)}
MILLION = 10**6


def write_accuracy(engine: Engine) -> None:
    """Create measured.vendor_accuracy from measured.accuracy_counts: a bias is told where a duration can be compared."""
    deltas = engine.arrow(DELTAS).column("deltas_us")
    rows = [row | _bias(values.values.to_numpy()) if len(values) else row for row, values in zip(engine.rows(COUNTS), deltas, strict=True)]
    engine.create_like_dictionary("measured.vendor_accuracy", rows)


def _bias(ordered: Whole) -> Row:
    """Return quartiles of ascending differences, half away from zero, and the p value of their signs."""
    quartiles = {name: _whole(quantile(ordered, share)) for name, share in QUARTILES.items()}
    p_value = sign_test(int(np.count_nonzero(ordered < 0)), int(np.count_nonzero(ordered > 0)))
    return quartiles | {"sign_p_value": Decimal(round_whole(p_value * MILLION, "half_up")).scaleb(-6)}


def _whole(value: Fraction) -> int:
    digits = round_whole(abs(value), "half_up")
    return -digits if value < 0 else digits
