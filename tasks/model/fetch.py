"""What sources.yml says about a source that is read over HTTP: its `fetch` block, one type a product.

A secret is only named here. Its value stands in the environment or in a Prefect block, never in a file of the home.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from tasks.model.form import Positive, Stated, Strict, Text, ToldBy, Whole, refused, shown

Scheme = Literal["basic", "bearer", "token", "oauth"]


def _is_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
        parts.port  # noqa: B018 - refuses a port that is none
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise refused("WRONG_FORM", "this is no address", fix='write it like "https://example.service-now.com"')
    if "@" in parts.netloc:
        raise refused("SECRET_IN_FILE", "the address holds a login", fix="take it out, and name it with secret:")
    if parts.query or parts.fragment:
        raise refused("WRONG_FORM", "the address goes on after its path", fix="write what stands behind ? as parameters:")
    return text.rstrip("/")


def is_loopback(url: str) -> bool:
    """Tell whether an address is this machine's own, which no other can listen in on."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise refused("WRONG_FORM", f"{shown(text)} is no date", fix='write "YYYY-MM-DD"') from error
    return text


def _is_secret_name(text: str) -> str:
    if re.fullmatch(r"[A-Z][A-Z0-9_]*", text) is None:  # never quoted: somebody may have written the secret itself
        raise refused("NOT_A_NAME", "this is no name of a secret", fix="write a name such as SERVICENOW_LOGIN, and put the secret there")
    return text


Address = Annotated[Text, AfterValidator(_is_address)]
Day = Annotated[Text, AfterValidator(_is_day)]  # begins at midnight UTC
SecretName = Annotated[str, AfterValidator(_is_secret_name)]


class Fetched(Strict):
    """What all products share.

    `secret` names an environment variable, `scheme` how its value is shown to the server: `basic` (value `user:password`), `bearer`,
    `token` (PagerDuty's form) or `oauth` (Statuspage's). `parameters` go into every request. `minutes` is how long one run may take.
    """

    default_scheme: ClassVar[Scheme]
    paging: ClassVar[frozenset[str]]  # parameters that paging itself sets

    url: Address
    secret: Stated[SecretName] = None
    scheme: Stated[Scheme] = None
    parameters: Mapping[Text, str] = Field(default_factory=dict)
    per_minute: Positive = 60
    minutes: Positive = 60

    @model_validator(mode="after")
    def _keeps_secrets_and_pages(self) -> Fetched:
        if self.secret and urlsplit(self.url).scheme == "http" and not is_loopback(self.url):
            raise refused("SECRET_IN_THE_CLEAR", "http would show the secret to everyone on the way", fix="write https")
        taken = sorted(self.paging & self.parameters.keys())
        if taken:
            raise refused("TAKEN", f"parameter '{taken[0]}' is set by paging", fix="take it out; page_size, since and query set it")
        return self

    @property
    def scheme_or_default(self) -> Scheme:
        """Return how the secret is shown to the server."""
        return self.scheme or self.default_scheme


class Dated(Fetched):
    """A product whose records are asked for by time. `overlap_h` is how far behind its cursor a run reads again, for late updates."""

    since: Day
    overlap_h: Whole = 24


class Sliced(Dated):
    """A product whose records are asked for slice by slice; each slice becomes one file."""

    page_size: Annotated[int, Field(strict=True, ge=2, le=100)] = 100
    slice_days: Positive = 30


class ServiceNow(Sliced):
    """A table by the Table API, raw values. `query` is an encoded query that narrows it."""

    default_scheme = "basic"
    paging = frozenset({"sysparm_query", "sysparm_offset", "sysparm_limit", "sysparm_display_value", "sysparm_exclude_reference_link"})

    kind: Literal["servicenow"]
    table: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "incident"
    page_size: Annotated[int, Field(strict=True, ge=2, le=10_000)] = 1000
    slice_days: Positive = 7
    query: Stated[Text] = None


class Jira(Sliced):
    """Issues by JQL: of Jira Cloud by page token, of Jira Data Center (`edition: server`) by offset. `query` is JQL that narrows it."""

    default_scheme = "basic"
    paging = frozenset({"jql", "startAt", "maxResults", "nextPageToken"})

    kind: Literal["jira"]
    edition: Literal["cloud", "server"] = "cloud"
    page_size: Annotated[int, Field(strict=True, ge=2, le=5000)] = 100
    query: Stated[Text] = None


class PagerDuty(Sliced):
    """Incidents by the REST API, which knows when they were created and not when they changed: hence the long overlap."""

    default_scheme = "token"
    paging = frozenset({"since", "until", "offset", "limit", "total", "sort_by", "date_range"})

    kind: Literal["pagerduty"]
    url: Address = "https://api.pagerduty.com"
    overlap_h: Whole = 30 * 24


class Statuspage(Dated):
    """A public status page's list: incidents, newest first, or scheduled maintenances."""

    default_scheme = "oauth"
    paging = frozenset({"page"})

    kind: Literal["statuspage"]
    list_name: Annotated[Literal["incidents", "scheduled_maintenances"], Field(alias="list")] = "incidents"
    overlap_h: Whole = 90 * 24


class Alertmanager(Fetched):
    """The alerts that are active now; those between two runs are not seen."""

    default_scheme = "bearer"
    paging = frozenset({"active", "silenced", "inhibited"})

    kind: Literal["alertmanager"]


Fetch = Annotated[ServiceNow | Jira | PagerDuty | Statuspage | Alertmanager, ToldBy("kind")]
