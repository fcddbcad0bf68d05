"""What sources.yml may say about fetching: no secret in the file, no secret in the clear, nothing that paging sets itself."""

import re

import pytest

from tasks.model.errors import FaultsError
from tasks.model.form import read
from tasks.model.reference import Source, Sources
from tasks.store.home import CHECKOUT
from tasks.store.yaml_lines import read_yaml

GOOD = {"kind": "servicenow", "url": "https://example.service-now.com", "since": "2026-01-01"}


def source(**block):
    return read(Source, {"id": "desk", "adapter": "servicenow_incident", "fetch": GOOD | block})


@pytest.mark.parametrize(
    ("block", "words"),
    [
        pytest.param({"kind": "servicenew"}, "did you mean 'servicenow'", id="a product that is none"),
        pytest.param({"url": "example.service-now.com"}, "this is no address", id="an address without scheme"),
        pytest.param({"url": "ftp://example.invalid"}, "this is no address", id="another protocol"),
        pytest.param({"url": "https://a.invalid:port"}, "this is no address", id="a port that is none"),
        pytest.param({"url": "https://robot:4711@a.invalid"}, "the address holds a login", id="a login in the address"),
        pytest.param({"url": "https://a.invalid/x?api_key=4711"}, "goes on after its path", id="a key in the address"),
        pytest.param({"url": "http://a.invalid", "secret": "LOGIN"}, "http would show the secret", id="a secret in the clear"),
        pytest.param({"secret": "hush-4711"}, "no name of a secret", id="the secret itself instead of its name"),
        pytest.param({"since": "2026-13-01"}, "is no date", id="a day that is none"),
        pytest.param({"parameters": {"sysparm_limit": "9"}}, "'sysparm_limit' is set by paging", id="a parameter that paging sets"),
        pytest.param({"page_size": 1}, "page_size", id="a page that cannot overlap the next"),
        pytest.param({"pagesize": 100}, "did you mean 'page_size'", id="a typo"),
        pytest.param({"edition": "server"}, "no key 'edition'", id="a key of another product"),
    ],
)
def test_a_fetch_block_that_cannot_work_is_refused_with_its_mend_and_quotes_no_secret(block, words):
    with pytest.raises(FaultsError) as caught:
        source(**block)
    assert words in str(caught.value)
    assert "fix:" in str(caught.value)
    assert "4711" not in str(caught.value)


def test_the_least_that_must_be_said_is_kind_url_and_since():
    form = source().fetch
    assert (form.page_size, form.slice_days, form.overlap_h, form.per_minute, form.scheme_or_default) == (1000, 7, 24, 60, "basic")


def test_this_machine_itself_may_be_asked_without_https():
    for host in ("127.0.0.1:9093", "localhost:9093", "[::1]:9093"):
        assert source(url=f"http://{host}", secret="LOGIN").fetch.url == f"http://{host}"


def test_the_handbooks_examples_are_of_the_form_that_is_read():
    (example,) = re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "reports/handbook/fetching.md").read_text(), re.DOTALL)
    document = read_yaml(f"schema: sources/1\nsources:\n{example}".encode(), "fetching.md")
    assert not document.faults
    kinds = [one.fetch.kind for one in read(Sources, document.value).sources]
    assert kinds == ["servicenow", "jira", "pagerduty", "statuspage", "alertmanager"]
