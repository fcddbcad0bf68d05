"""One published month for every test that only reads it."""

import pytest

from tests.publish.estate import home_at, lifelike, publish


@pytest.fixture(scope="session")
def month_home(tmp_path_factory):
    """The home in which the lifelike October is published."""
    return home_at(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def month(month_home):
    """The lifelike October, published once."""
    return publish(month_home, lifelike())


@pytest.fixture(scope="session")
def html(month):
    return month.folder.page("compliance.html").read_text(encoding="utf-8")
