"""How sure a share of few observations is."""

from __future__ import annotations

from decimal import Decimal, localcontext


def wilson(hits: int, n: int, z: Decimal) -> tuple[Decimal, Decimal]:
    """Return the Wilson interval of a proportion (E93); n at least 1."""
    with localcontext() as context:
        context.prec = 40
        share, z2 = Decimal(hits) / n, z * z
        middle = share + z2 / (2 * n)
        reach = z * (share * (1 - share) / n + z2 / (4 * n * n)).sqrt()
        scale = 1 + z2 / n
        return max((middle - reach) / scale, Decimal(0)), min((middle + reach) / scale, Decimal(1))
