"""A local HTTP server that behaves like the products: pages, counts, tokens; and misbehaves as told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Server:
    """Answers with `app`, unless a fault is due: `faults` maps the number of a request, from 1, to what happens instead."""

    app: Callable[[Asked], Reply]
    faults: dict[int, Callable[[Reply], Reply | None]] = field(default_factory=dict)
    before: Callable[[int], None] = lambda number: None
    asked: list[Asked] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), {name.lower(): value for name, value in self.headers.items()})
            server.asked.append(asked)
            server.before(len(server.asked))
            reply = server.app(asked)
            fault = server.faults.get(len(server.asked))
            status, headers, body = fault(reply) if fault else reply
            if not fault:
                server.sent.append(body)
            self.send_response_only(status)
            for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
                if value:
                    self.send_header(name, value)
            if not headers.get("Content-Length", "x"):
                self.close_connection = True
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def failing(status: int, **headers: str) -> Callable[[Reply], Reply]:
    return lambda reply: (status, {name.replace("_", "-"): value for name, value in headers.items()}, b'{"error": "so it is"}')


def cut_short(reply: Reply) -> Reply:
    """Send half of what the length says: the connection ends early. A header's old value cannot stay, so it is stated."""
    status, headers, body = reply
    return status, headers | {"Content-Length": str(len(body)), "Connection": "close"}, body[: len(body) // 2]


def cut_silently(reply: Reply) -> Reply:
    """Send half, and no length that would tell."""
    status, headers, body = reply
    return status, headers | {"Content-Length": "", "Connection": "close"}, body[: len(body) // 2]


def saying(body: bytes) -> Callable[[Reply], Reply]:
    return lambda reply: (200, reply[1], body)


def _json(document: object, **headers: str) -> Reply:
    return 200, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(document, indent=1).encode()


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def servicenow(rows: list[dict[str, str]], hidden: frozenset[str] = frozenset()) -> Callable[[Asked], Reply]:
    """Table API: rows that the account may not see are counted and left out of the page."""

    def answer(asked: Asked) -> Reply:
        query = asked.query["sysparm_query"]
        start = re.search(r"sys_updated_on>=([^^]+)", query)
        end = re.search(r"sys_updated_on<([^=^][^^]*)", query)
        wanted = [row for row in rows if start[1] <= row["sys_updated_on"] and (end is None or row["sys_updated_on"] < end[1])]
        wanted.sort(key=lambda row: (row["sys_created_on"], row["sys_id"]))
        offset, limit = int(asked.query["sysparm_offset"]), int(asked.query["sysparm_limit"])
        page = [row for row in wanted[offset : offset + limit] if row["number"] not in hidden]
        links = '<https://elsewhere.invalid/?sysparm_offset=0>;rel="first"'
        links += f',<https://elsewhere.invalid/?sysparm_offset={offset + limit}>;rel="next"' if offset + limit < len(wanted) else ""
        return _json({"result": page}, X_Total_Count=str(len(wanted)), **({"Link": links} if len(wanted) > limit else {}))

    return answer


def jira(rows: list[dict[str, object]], longest: int = 100) -> Callable[[Asked], Reply]:
    """Search: Cloud by token, Data Center by offset; pages are never longer than `longest`, whatever is asked."""

    def answer(asked: Asked) -> Reply:
        jql = asked.query["jql"]
        start = re.search(r"updated >= (\d+)", jql)
        end = re.search(r"updated < (\d+)", jql)

        def ms(row):
            return _at(row["fields"]["updated"]).timestamp() * 1000

        wanted = [row for row in rows if int(start[1]) <= ms(row) and (end is None or ms(row) < int(end[1]))]
        wanted.sort(key=lambda row: (row["fields"]["created"], row["key"]))
        is_cloud = asked.path == "/rest/api/3/search/jql"
        offset = int(asked.query.get("nextPageToken" if is_cloud else "startAt", "0").removeprefix("t"))
        page = wanted[offset : offset + min(longest, int(asked.query["maxResults"]))]
        following = offset + len(page)
        if not is_cloud:
            return _json({"startAt": offset, "maxResults": longest, "total": len(wanted), "issues": page})
        return _json({"issues": page} | ({"nextPageToken": f"t{following}"} if following < len(wanted) else {"isLast": True}))

    return answer


def pagerduty(rows: list[dict[str, object]]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        since, until = _at(asked.query["since"]), _at(asked.query["until"])
        wanted = sorted((row for row in rows if since <= _at(row["created_at"]) < until), key=lambda row: row["incident_number"])
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        page = wanted[offset : offset + limit]
        more = offset + limit < len(wanted)
        return _json({"incidents": page, "limit": limit, "offset": offset, "total": len(wanted), "more": more})

    return answer


def statuspage(rows: list[dict[str, object]], size: int = 2, *, is_paged: bool = True) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        newest = sorted(rows, key=lambda row: row["created_at"], reverse=True)
        start = (int(asked.query["page"]) - 1) * size if is_paged else 0
        return _json({"page": {"id": "pg1", "name": "Acme", "time_zone": "Etc/UTC"}, "incidents": newest[start : start + size]})

    return answer


def alertmanager(rows: list[dict[str, object]]) -> Callable[[Asked], Reply]:
    return lambda asked: _json(rows)


def ticket(number: int, created: str, updated: str | None = None) -> dict[str, str]:
    """A row of the Table API (raw values: all text, no zones, empty for absent)."""
    return {
        "sys_id": f"{number * 7919 % 100_000:032d}",
        "number": f"INC{number:07d}",
        "short_description": f"Pages fail, no. {number}",
        "business_service": "checkout",
        "priority": "1",
        "state": "6",
        "opened_at": created,
        "resolved_at": updated or created,
        "closed_at": "",
        "sys_created_on": created,
        "sys_updated_on": updated or created,
        "sys_mod_count": "2",
    }


def issue(number: int, created: str, updated: str | None = None) -> dict[str, object]:
    """An issue of Jira Service Management."""
    fields = {"summary": f"Pages fail, no. {number}", "created": created, "updated": updated or created, "status": {"name": "Done"}}
    return {"id": str(10_000 + number), "key": f"OPS-{number}", "fields": fields, "changelog": {"startAt": 0, "total": 0, "histories": []}}


def incident(number: int, created: str) -> dict[str, object]:
    """An incident of PagerDuty."""
    return {
        "id": f"PINV{number}",
        "type": "incident",
        "incident_number": number,
        "title": f"Pages fail, no. {number}",
        "status": "resolved",
        "urgency": "high",
        "created_at": created,
        "service": {"id": "PSVC", "summary": "checkout"},
    }


def notice(number: int, created: str) -> dict[str, object]:
    """An incident of a status page."""
    update = {"id": f"u{number}", "status": "resolved", "body": "It works again.", "created_at": created, "display_at": created}
    return {
        "id": f"n{number}",
        "name": f"Errors, no. {number}",
        "status": "resolved",
        "impact": "major",
        "created_at": created,
        "updated_at": created,
        "resolved_at": created,
        "incident_updates": [update],
        "components": [],
    }


def alert(number: int, started: str) -> dict[str, object]:
    """An alert of Alertmanager's own interface: one that fires ends in the future."""
    return {
        "annotations": {},
        "endsAt": "2026-11-03T06:04:00.000Z",
        "fingerprint": f"{number:016x}",
        "receivers": [{"name": "sla"}],
        "startsAt": started,
        "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": started,
        "generatorURL": "http://p.invalid",
        "labels": {"alertname": "Down", "service": "checkout"},
    }
