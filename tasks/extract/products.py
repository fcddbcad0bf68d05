"""The five products: how each is asked, how its pages go on, and what identifies a record. Nothing else of a record is looked at here."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from tasks.extract.spans import Span
from tasks.model import fetch as model
from tasks.model.errors import LedgerError
from tasks.store.http import Answer

Form = TypeVar("Form", bound=model.Fetched)
PAGERDUTY_REACH = 10_000  # offset and limit together, at most


class TooMuchError(Exception):
    """A slice holds more than can be had at once: it is to be asked for in parts."""


@dataclass(frozen=True)
class Record:
    """What identifies a record.

    Attributes:
        id: Its key.
        number: What the product counts up, with its prefix; empty if it does not count.
        created_at: When it was made.
        asked_at: The instant by which the product is asked: of its last change, or of its creation.
    """

    id: str
    number: str
    created_at: datetime | None
    asked_at: datetime | None


@dataclass(frozen=True)
class Request:
    """One page to ask for. By offset, it begins with the last record of the page before (`seam`): else rows moved between the two."""

    path: str
    parameters: Mapping[str, str]
    seam: str | None = None


@dataclass(frozen=True)
class Page:
    """What a page holds, where the list goes on, and how many records the server counts in all, if it says."""

    records: tuple[Record, ...]
    next: Request | None
    total: int | None = None


class Product(ABC, Generic[Form]):
    """One product as one source is to be asked for it."""

    accept = "application/json"
    member: str | None  # of the answer, which holds the records; None if the answer is the list
    may_stand_still = False  # answers every page number with the same page

    def __init__(self, form: Form) -> None:
        self.form = form

    @property
    def is_counted(self) -> bool:
        """Tell whether the numbers of its records leave no gaps: a filtered list has some by nature."""
        return False

    @abstractmethod
    def first(self, span: Span) -> Request:
        """Return the request for the first page."""

    @abstractmethod
    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer."""

    @abstractmethod
    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies a record; KeyError if it has no key."""

    def records(self, document: Any) -> tuple[Record, ...]:
        """Return the records of an answer.

        Raises:
            LedgerError: If the answer is not of the product's form.
        """
        rows = document.get(self.member) if self.member and isinstance(document, Mapping) else None if self.member else document
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            what = f"the answer holds no list '{self.member}'" if self.member else "the answer is no list"
            raise LedgerError(what, where=self.form.url, fix="look at kind and url of the source")
        try:
            return tuple(self.record(row) for row in rows)
        except KeyError as error:
            fix = "let the product send it: take out parameters that choose fields, or add it to them"
            raise LedgerError(f"the records have no {error}", where=self.form.url, fix=fix) from error


class ServiceNowTable(Product[model.ServiceNow]):
    """Table API, by offset in the order of creation. The Link header says if there is more: rows hidden from the account shorten pages."""

    member = "result"

    @property
    def is_counted(self) -> bool:
        """Numbers are counted up by table."""
        return self.form.query is None

    def first(self, span: Span) -> Request:
        """Return the request for the first page."""
        bounds = [f"sys_updated_on>={span.start_at:%Y-%m-%d %H:%M:%S}"]
        if not span.is_open:
            bounds.append(f"sys_updated_on<{span.end_at:%Y-%m-%d %H:%M:%S}")
        own = [self.form.query] if self.form.query else []
        parameters = {
            **self.form.parameters,
            "sysparm_query": "^".join([*bounds, *own, "ORDERBYsys_created_on", "ORDERBYsys_id"]),
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_limit": str(self.form.page_size),
            "sysparm_offset": "0",
        }
        return Request(f"/api/now/table/{self.form.table}", parameters)

    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer."""
        records, size = self.records(answer.document), self.form.page_size
        link, total = answer.headers.get("link"), answer.headers.get("x-total-count", "")
        is_full = len(records) == size
        has_more = re.search(r'rel="?next\b', link) is not None if link else is_full
        step = size - 1 if is_full else size
        following = _moved(request, "sysparm_offset", step, records[-1].id if is_full else None) if has_more else None
        return Page(records, following, int(total) if total.isdecimal() else None)

    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies a record; its instants have no zone and are UTC."""
        return Record(row["sys_id"], row.get("number", ""), _instant(row.get("sys_created_on")), _instant(row.get("sys_updated_on")))


class JiraIssues(Product[model.Jira]):
    """Search by JQL, oldest first. Instants go as milliseconds since 1970: as text they would be read in the account's zone."""

    member = "issues"

    @property
    def is_counted(self) -> bool:
        """Keys are counted up by project."""
        return self.form.query is None

    def first(self, span: Span) -> Request:
        """Return the request for the first page."""
        bounds = [f"updated >= {_milliseconds(span.start_at)}"]
        if not span.is_open:
            bounds.append(f"updated < {_milliseconds(span.end_at)}")
        own = [f"({self.form.query})"] if self.form.query else []
        parameters = {
            "fields": "*all",
            "expand": "changelog",
            **self.form.parameters,
            "jql": " AND ".join([*own, *bounds]) + " ORDER BY created ASC, key ASC",
            "maxResults": str(self.form.page_size),
        }
        if self.form.edition == "cloud":
            return Request("/rest/api/3/search/jql", parameters)
        return Request("/rest/api/2/search", parameters | {"startAt": "0"})

    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer; a page may be shorter than asked for."""
        records = self.records(answer.document)
        if self.form.edition == "cloud":
            token = None if answer.document.get("isLast") is True else answer.document.get("nextPageToken")
            return Page(records, Request(request.path, {**request.parameters, "nextPageToken": str(token)}) if token else None)
        total = int(answer.document.get("total", 0))
        has_more = bool(records) and int(request.parameters["startAt"]) + len(records) < total
        following = _moved(request, "startAt", max(1, len(records) - 1), _seam(records)) if has_more else None
        return Page(records, following, total)

    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies an issue."""
        fields = row.get("fields") or {}
        return Record(str(row["id"]), str(row.get("key", "")), _instant(fields.get("created")), _instant(fields.get("updated")))


class PagerDutyIncidents(Product[model.PagerDuty]):
    """Incidents by the time of their creation, by offset; beyond 10,000 the product goes no further, so that the slice is halved."""

    accept = "application/vnd.pagerduty+json;version=2"
    member = "incidents"

    @property
    def is_counted(self) -> bool:
        """Incidents are counted up by account; parameters may narrow the list."""
        return not self.form.parameters

    def first(self, span: Span) -> Request:
        """Return the request for the first page."""
        parameters = {
            **self.form.parameters,
            "since": span.start_at.isoformat(),
            "until": span.end_at.isoformat(),
            "sort_by": "incident_number:asc",
            "total": "true",
            "limit": str(self.form.page_size),
            "offset": "0",
        }
        return Request("/incidents", parameters)

    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer."""
        records = self.records(answer.document)
        following = None
        if answer.document.get("more") is True:
            following = _moved(request, "offset", max(1, len(records) - 1), _seam(records))
            if int(following.parameters["offset"]) + self.form.page_size > PAGERDUTY_REACH:
                raise TooMuchError
        total = answer.document.get("total")
        return Page(records, following, total if isinstance(total, int) else None)

    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies an incident."""
        created_at = _instant(row.get("created_at"))
        return Record(row["id"], str(row.get("incident_number", "")), created_at, created_at)


class StatuspageList(Product[model.Statuspage]):
    """A public page's list, newest first. Some pages know page numbers, others send the newest fifty whatever is asked."""

    may_stand_still = True

    @property
    def member(self) -> str:  # type: ignore[override]
        """Return the member that holds the records."""
        return self.form.list_name

    def first(self, span: Span) -> Request:
        """Return the request for the first page."""
        return Request(f"/api/v2/{self.form.list_name.replace('_', '-')}.json", {**self.form.parameters, "page": "1"})

    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer; the list goes on until a page reaches back behind the span."""
        records = self.records(answer.document)
        made = [record.created_at for record in records if record.created_at]
        is_behind = bool(made) and min(made) < span.start_at
        return Page(records, None if is_behind or not records else _moved(request, "page", 1, None))

    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies an incident."""
        created_at = _instant(row.get("created_at"))
        return Record(row["id"], "", created_at, created_at)


class AlertmanagerAlerts(Product[model.Alertmanager]):
    """The alerts of this moment, silenced and inhibited ones too, in one answer."""

    member = None

    def first(self, span: Span) -> Request:
        """Return the request for the first page."""
        parameters = {**self.form.parameters, "active": "true", "silenced": "true", "inhibited": "true"}
        return Request("/api/v2/alerts", parameters)

    def page(self, request: Request, answer: Answer, span: Span) -> Page:
        """Read an answer."""
        return Page(self.records(answer.document), None)

    def record(self, row: Mapping[str, Any]) -> Record:
        """Read what identifies an alert's episode."""
        started_at = _instant(row.get("startsAt"))
        return Record(f"{row['fingerprint']} {row['startsAt']}", "", started_at, started_at)


def product_of(form: model.Fetched) -> Product[Any]:
    """Return the product that a source's `fetch` block describes."""
    kinds: dict[type[model.Fetched], type[Product[Any]]] = {
        model.ServiceNow: ServiceNowTable,
        model.Jira: JiraIssues,
        model.PagerDuty: PagerDutyIncidents,
        model.Statuspage: StatuspageList,
        model.Alertmanager: AlertmanagerAlerts,
    }
    return kinds[type(form)](form)


def _moved(request: Request, name: str, step: int, seam: str | None) -> Request:
    """Return the request for the page that begins so many records, or pages, later."""
    return Request(request.path, {**request.parameters, name: str(int(request.parameters[name]) + step)}, seam)


def _seam(records: tuple[Record, ...]) -> str | None:
    """Return the record that the next page begins with again; a page of one record cannot be told from the next in this way."""
    return records[-1].id if len(records) > 1 else None


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _instant(words: Any) -> datetime | None:
    """Return an instant as the products write it; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(words)
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
