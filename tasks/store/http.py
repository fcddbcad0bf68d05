"""The one place that speaks HTTP: JSON read politely from one host, tried again where that may help, and nothing told to any other.

A request is repeated after faults of the line, throttling, faults of the server and bodies that are cut off; never after an answer that
would be the same again. Redirects to another host are refused, and no error quotes a header, a parameter or a body: they may hold secrets.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tasks.model.errors import LedgerError

THROTTLED = frozenset({420, 429})  # 420 is Statuspage's
PASSING = frozenset({408, 425, 500, 502, 503, 504}) | THROTTLED
REDIRECTS = 5
BODY_LIMIT = 64 * 1024 * 1024  # bytes of one answer, unpacked
AGENT = "sla-ledger"
for _library in ("httpx", "httpcore"):  # below warnings they write addresses with their parameters
    logging.getLogger(_library).setLevel(logging.WARNING)
FIXES = {
    400: "look at query and parameters of the source: the server does not understand them",
    401: "look at the secret and its scheme: the server does not accept them",
    403: "give the account read access to these records",
    404: "look at the address: there is nothing of that name",
    410: "look at the address: the server has given it up",
}


@dataclass(frozen=True)
class Patience:
    """How often and how long is waited. What counts time and rolls dice stands here, so that tests neither wait nor roll.

    Attributes:
        tries: Of one request, the first included.
        first_wait_s: Upper bound of the first wait; each further one doubles it, and the wait is drawn from below the bound.
        longest_wait_s: No wait is longer; a server that asks for more is left alone.
        line_s: Silence after which a connection counts as broken.
        answer_s: One answer, from asking to its last byte.
    """

    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0
    line_s: float = 30.0
    answer_s: float = 180.0
    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic
    draw: Callable[[float, float], float] = random.SystemRandom().uniform


class HttpError(LedgerError):
    """A request that failed for good."""


class _PassingError(Exception):
    """A failure that may pass. `wait_s` is what the server asks for, if it says."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Answer:
    """What a server said: the body byte for byte (transport packing undone), what it means, and the headers, their names in lower case."""

    body: bytes
    document: Any
    headers: Mapping[str, str]


@dataclass
class Site:
    """One host, asked for JSON.

    Attributes:
        url: Address that paths are appended to.
        where: Who asks, for errors.
        authorization: The header's value.
        accept: What the server is asked to send.
        per_minute: Requests at most.
        run_s: All requests together; the next one after that fails.
    """

    url: str
    where: str
    authorization: str | None = field(default=None, repr=False)
    accept: str = "application/json"
    per_minute: int = 60
    run_s: float = 3600.0
    patience: Patience = Patience()
    _client: httpx.Client = field(init=False, repr=False)
    _free_at: float = field(init=False, default=0.0)
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Accept": self.accept, "User-Agent": AGENT}
        if self.authorization:
            headers["Authorization"] = self.authorization
        self._client = httpx.Client(headers=headers, timeout=self.patience.line_s, follow_redirects=False)
        self._free_at = self.patience.seconds()
        self._ends_at = self._free_at + self.run_s

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        """Return the JSON at a path.

        Raises:
            HttpError: If the server refuses, keeps failing, or asks for more patience than there is.
        """
        bound = self.patience.first_wait_s
        for attempt in range(1, self.patience.tries + 1):
            self._wait_for_turn(path)
            try:
                answer = self._ask(path, parameters)
            except _PassingError as error:
                if attempt == self.patience.tries:
                    often = f" (tried {attempt} times)" if attempt > 1 else ""
                    raise self._refusal(
                        path, f"{error}{often}", "look at the address and the line, or try again later: what is whole stays"
                    ) from error
                self._back_off(path, error, bound)
                bound = min(2 * bound, self.patience.longest_wait_s)
            else:
                self._mind_quota(answer.headers)
                return answer
        raise AssertionError("unreachable")

    def _wait_for_turn(self, path: str) -> None:
        now = self.patience.seconds()
        if max(now, self._free_at) > self._ends_at:
            fix = "run again to go on where it stopped, or raise minutes of the source"
            raise self._refusal(path, f"the time of this run is up ({self.run_s / 60:g} minutes)", fix)
        if self._free_at > now:
            self.patience.sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + 60 / self.per_minute

    def _back_off(self, path: str, error: _PassingError, bound: float) -> None:
        """Wait as long as the server asks, or a random part of the bound, so that many clients do not come back at once."""
        if error.wait_s is not None and error.wait_s > self.patience.longest_wait_s:
            raise self._refusal(path, f"{error}, and the server asks to wait {error.wait_s:g} s", "run again after that") from error
        wait_s = self.patience.draw(0, bound) if error.wait_s is None else error.wait_s + self.patience.draw(0, self.patience.first_wait_s)
        self._free_at = max(self._free_at, self.patience.seconds() + wait_s)

    def _mind_quota(self, headers: Mapping[str, str]) -> None:
        """Wait for a new quota before the next request if the server says that this one is used up."""
        reset = headers.get("ratelimit-reset", "")
        if headers.get("ratelimit-remaining") == "0" and reset.isdecimal():
            self._free_at = max(self._free_at, self.patience.seconds() + min(int(reset), self.patience.longest_wait_s))

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Answer:
        url = str(httpx.URL(self.url + path, params=dict(parameters)))
        for _ in range(REDIRECTS):
            status, headers, body = self._exchange(path, url)
            if status not in (301, 302, 303, 307, 308):
                return self._judged(path, status, headers, body)
            url = self._redirected(path, url, headers.get("location", ""))
        raise self._refusal(path, f"redirected {REDIRECTS} times", "look at the address")

    def _exchange(self, path: str, url: str) -> tuple[int, dict[str, str], bytes]:
        """Ask once and read the body to its end, within size and time."""
        ends_at = self.patience.seconds() + self.patience.answer_s
        parts, size = [], 0
        try:
            with self._client.stream("GET", url) as response:
                for part in response.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > BODY_LIMIT:
                        raise self._refusal(path, f"the answer is larger than {BODY_LIMIT // 1024**2} MiB", "lower page_size of the source")
                    if self.patience.seconds() > ends_at:
                        raise _PassingError(f"the answer took longer than {self.patience.answer_s:g} s")
                return response.status_code, {name.lower(): value for name, value in response.headers.items()}, b"".join(parts)
        except (httpx.TransportError, httpx.DecodingError) as error:  # its words may name the address with its parameters
            raise _PassingError(f"the connection failed ({type(error).__name__})") from None

    def _redirected(self, path: str, url: str, target: str) -> str:
        there = urljoin(url, target)
        if _origin(there) != _origin(url):
            what = f"the server sends us to another host ({urlsplit(there).hostname})"
            raise self._refusal(path, what, "write the address that is meant, if it is the right one: nothing was sent there")
        return there

    def _judged(self, path: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        if status in PASSING:
            what = "the server throttles us" if status in THROTTLED else "the server failed"
            raise _PassingError(f"{what} ({status})", _asked_wait_s(headers, is_throttled=status in THROTTLED))
        if status != 200:
            raise self._refusal(path, f"the server answered {status}", FIXES.get(status, "look at the address and the account"))
        if body.lstrip()[:1] == b"<":
            raise self._refusal(path, "the answer is an HTML or XML page, such as a login page", "look at the address and the secret")
        try:
            return Answer(body, json.loads(body), headers)
        except ValueError as error:
            raise _PassingError("the answer is no whole JSON") from error

    def _refusal(self, path: str, what: str, fix: str) -> HttpError:
        return HttpError(what, where=f"{self.where}, {urlsplit(self.url).hostname}{urlsplit(self.url).path}{path}", fix=fix)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _asked_wait_s(headers: Mapping[str, str], *, is_throttled: bool) -> float | None:
    """Return how long the server asks to wait; a date is read against the server's own clock."""
    asked = headers.get("retry-after") or (headers.get("ratelimit-reset") if is_throttled else None) or ""
    if asked.isdecimal():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None
