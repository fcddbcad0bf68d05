"""Requests: tried again where that may help, never elsewhere; polite, bounded, and silent about secrets."""

import logging
from dataclasses import dataclass, field

import pytest

from tasks.store import http
from tasks.store.http import HttpError, Patience, Site
from tests.extract.server import Server, cut_short, cut_silently, failing, saying, serving

SECRET = "Bearer hush-hush-4711"
GOOD = (200, {}, b'{"result": []}')


@dataclass
class Watch:
    """Counts time without waiting; a drawn wait is always its upper bound."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, **how):
        return Patience(**({"sleep": self.sleep, "seconds": lambda: self.now, "draw": lambda low, high: high} | how))


@pytest.fixture
def server():
    with serving(Server(lambda asked: GOOD)) as running:
        yield running


def site(server, watch, **how):
    return Site(server.url + "/base", "source desk", SECRET, **({"per_minute": 600_000, "patience": watch.patience()} | how))


def get(server, watch, **how):
    with site(server, watch, **how) as here:
        return here.get("/list", {"jql": "project = SECRET_PROJECT"})


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(failing(500), id="the server failed"),
        pytest.param(failing(503), id="the server is away"),
        pytest.param(failing(408), id="the server waited too long"),
        pytest.param(failing(429), id="throttled without a word how long"),
        pytest.param(failing(420), id="throttled as Statuspage does it"),
        pytest.param(failing(429, Retry_After="soon"), id="throttled with a word that is no time"),
        pytest.param(cut_short, id="the connection ends before the body does"),
        pytest.param(cut_silently, id="the body ends early and nothing tells but its JSON"),
        pytest.param(saying(b""), id="an empty body"),
    ],
)
def test_what_may_pass_is_tried_again_with_waits_that_double(server, fault):
    server.faults = {1: fault, 2: fault, 3: fault}
    watch = Watch()
    assert get(server, watch).document == {"result": []}
    assert [round(seconds, 3) for seconds in watch.slept] == [1, 2, 4]


def test_waits_are_drawn_below_their_bound_so_that_clients_do_not_come_back_together(server):
    server.faults = {1: failing(500), 2: failing(500)}
    watch, drawn = Watch(), []
    patience = watch.patience(draw=lambda low, high: drawn.append((low, high)) or high / 4)
    get(server, watch, patience=patience)
    assert (drawn, [round(seconds, 3) for seconds in watch.slept]) == ([(0, 1.0), (0, 2.0)], [0.25, 0.5])


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        pytest.param({"Retry_After": "7"}, 8, id="seconds, and a little more"),
        pytest.param({"Retry_After": "0"}, 1, id="no seconds"),
        pytest.param({"ratelimit_reset": "5"}, 6, id="PagerDuty's header"),
        pytest.param(
            {"Date": "Tue, 03 Nov 2026 06:00:00 GMT", "Retry_After": "Tue, 03 Nov 2026 06:00:20 GMT"},
            21,
            id="a date, by the server's clock",
        ),
    ],
)
def test_a_server_that_says_how_long_to_wait_is_obeyed(server, headers, waited):
    server.faults = {1: failing(429, **headers)}
    watch = Watch()
    get(server, watch)
    assert [round(seconds, 3) for seconds in watch.slept] == [waited]


def test_a_server_that_asks_for_more_patience_than_there_is_is_left_alone(server):
    server.faults = {1: failing(429, Retry_After="3600")}
    watch = Watch()
    with pytest.raises(HttpError, match="asks to wait 3600 s"):
        get(server, watch)
    assert (len(server.asked), watch.slept) == (1, [])


def test_what_keeps_failing_is_given_up_after_six_tries(server):
    server.faults = dict.fromkeys(range(1, 9), failing(502))
    with pytest.raises(HttpError, match=r"the server failed \(502\) \(tried 6 times\)"):
        get(server, Watch())
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(failing(400), "answered 400", id="a request that is not understood"),
        pytest.param(failing(401), "look at the secret", id="a secret that is not accepted"),
        pytest.param(failing(403), "read access", id="an account that may not read"),
        pytest.param(failing(404), "nothing of that name", id="a wrong address"),
        pytest.param(saying(b"<!doctype html><title>Log in</title>"), "such as a login page", id="a login page with status 200"),
        pytest.param(failing(302, Location="/base/list?again"), "redirected 5 times", id="a redirect in a circle"),
    ],
)
def test_what_would_be_the_same_again_is_not_tried_again(server, fault, words):
    server.faults = dict.fromkeys(range(1, 9), fault)
    watch = Watch()
    with pytest.raises(HttpError, match=words):
        get(server, watch)
    assert watch.slept == []


def test_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there(server):
    with serving(Server(lambda asked: GOOD)) as other:
        server.faults = {1: failing(302, Location=f"{other.url}/list")}
        with pytest.raises(HttpError, match="another host"):
            get(server, Watch())
        assert other.asked == []


def test_a_redirect_on_the_same_host_is_followed_with_the_secret(server):
    server.faults = {1: failing(307, Location="/elsewhere")}
    get(server, Watch())
    assert [(asked.path, asked.headers["authorization"]) for asked in server.asked] == [("/base/list", SECRET), ("/elsewhere", SECRET)]


def test_requests_keep_their_distance(server):
    watch = Watch()
    with site(server, watch, per_minute=30) as here:
        for _ in range(3):
            here.get("/list", {})
    assert watch.slept == [2, 2]


def test_a_quota_that_is_used_up_is_waited_for_before_the_next_request(server):
    server.faults = {1: lambda reply: (200, {"ratelimit-remaining": "0", "ratelimit-reset": "12"}, reply[2])}
    watch = Watch()
    with site(server, watch) as here:
        here.get("/list", {})
        here.get("/list", {})
    assert [round(seconds, 3) for seconds in watch.slept] == [12]


def test_a_run_ends_when_its_time_is_up_instead_of_waiting_beyond_it(server):
    watch = Watch()
    with site(server, watch, per_minute=1, run_s=150) as here, pytest.raises(HttpError, match="the time of this run is up"):
        for _ in range(9):
            here.get("/list", {})
    assert len(server.asked) == 3


def test_an_answer_beyond_the_limit_is_refused(server, monkeypatch):
    monkeypatch.setattr(http, "BODY_LIMIT", 10)
    with pytest.raises(HttpError, match="larger than"):
        get(server, Watch())


def test_an_answer_that_trickles_is_cut_off_and_tried_again(server):
    watch = Watch()

    def trickle(number):
        watch.now += 999 if number == 1 else 0

    server.before = trickle
    assert get(server, watch, run_s=10_000).document == {"result": []}
    assert len(server.asked) == 2


def test_a_host_that_does_not_answer_is_given_up_with_its_name(unused_port):
    here = Site(f"http://127.0.0.1:{unused_port}", "source desk", SECRET, patience=Watch().patience())
    words = r"source desk, 127\.0\.0\.1/list: the connection failed \(ConnectError\) \(tried 6 times\)"
    with here, pytest.raises(HttpError, match=words):
        here.get("/list", {})


@pytest.fixture
def unused_port():
    with serving(Server(lambda asked: GOOD)) as gone:
        return gone.url.rpartition(":")[2]


@pytest.mark.parametrize(
    "fault", [failing(500), failing(401), cut_silently, cut_short, failing(302, Location="http://other.invalid/?x=hush-hush-4711")]
)
def test_no_error_and_no_log_quotes_a_secret_or_a_parameter(server, fault, caplog):
    caplog.set_level(logging.DEBUG)
    server.faults = dict.fromkeys(range(1, 9), fault)
    with pytest.raises(HttpError) as caught:
        get(server, Watch())
    told = f"{caught.value!s} {caught.value!r} {caught.getrepr(style='short')} {caplog.text} {site(server, Watch())!r}"
    assert "hush-hush" not in told
    assert "SECRET_PROJECT" not in str(caught.value) + caplog.text
