"""The catalogue of metrics: every metric has its entry, and what a home writes goes over it (M-17)."""

import pytest

from tasks.model.dictionary import dictionary
from tasks.model.errors import FaultsError
from tasks.model.kpi import resolve_kpis


def test_every_metric_has_title_owner_purpose_and_the_decision_it_feeds() -> None:
    (listed,) = [column.enum for column in dictionary().tables["metrics"].columns if column.name == "metric_id"]
    assert list(resolve_kpis().metrics) == list(listed or ())


def test_no_title_says_a_plain_mttr_and_times_name_both_instants() -> None:
    titles = {name: kpi.title for name, kpi in resolve_kpis().metrics.items()}
    assert not [title for title in titles.values() if "MTTR" in title and "MTTR-re" not in title]
    assert all(" to " in titles[name] for name in ("mttd", "mtta", "mttm", "mttr_restore", "mttr_resolve", "detect_to_restore"))


def test_a_home_states_owner_and_review_over_the_defaults_and_is_told_what_was_never_reviewed() -> None:
    kpis = resolve_kpis(
        {"schema": "metrics/1", "metrics": {"mttd": {"owner_role": "sre_lead", "reviewed_on": "2026-10-01", "review_decision": "keep"}}}
    )
    mttd = kpis.metrics["mttd"]
    assert (mttd.owner_role, str(mttd.reviewed_on), mttd.review_decision) == ("sre_lead", "2026-10-01", "keep")
    assert [finding.label for finding in kpis.findings()] == ["NEVER_REVIEWED"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"metrics": {"mttr": {"owner_role": "x"}}}, id="a plain MTTR is no metric"),
        pytest.param({"metrics": {"mttd": {"review_decision": "maybe"}}}, id="a review keeps, changes or retires"),
        pytest.param(["mttd"], id="a list is no catalogue"),
    ],
)
def test_a_catalogue_that_says_something_else_is_refused(document: object) -> None:
    with pytest.raises(FaultsError):
        resolve_kpis(document)
