"""What holds for every test: where `SLA_NOTHING_SKIPS` is set (in CI), a test that would skip fails."""

import os

import pytest

ABSENT_BY_RIGHT = "beside the"  # documents and samples that lie beside the project, not in it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and "SLA_NOTHING_SKIPS" in os.environ and ABSENT_BY_RIGHT not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be: {report.longrepr}"
    return report
