"""Months that tests run are not printed: a PDF costs seconds a pack. What is printed is tested in tests/publish."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def unprinted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLA_PDF", "off")
        yield
