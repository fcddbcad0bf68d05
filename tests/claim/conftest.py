"""Letters of these tests are not printed: a PDF costs seconds. What is printed is tested in tests/publish."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def unprinted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.publish.claim_papers.can_draw", lambda: False)
        yield
