"""Every test of staging gets a desk of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return an empty estate that lands and stages."""
    return Desk(tmp_path)
