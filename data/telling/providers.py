"""What the providers say: monthly reports and a status page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from telling.basics import DAY, EXTRACTED, HOUR, LONDON, MINUTE, NEW_YORK, between, draw, token, wall, zulu
from telling.story import Outage, Story

IMPACT = {"P1": "critical", "P2": "major", "P3": "minor", "P4": "none"}


def report_rows(story: Story, provider: str, number_of: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield a provider's incident reports as it sends them each month."""
    write = partial(wall, place=LONDON) if provider == "talerbridge" else zulu
    for outage in story.outages.values():
        if outage.component.provider == provider and outage.says and outage.says[1]:
            yield report_row(outage, number_of.get(outage.key, "") if outage.is_linked else "", write)


def report_row(outage: Outage, number: str, write: Callable[[datetime | None], str]) -> dict[str, str]:
    """Return one report; it arrives two to nine days later."""
    numbers = draw(f"report/{outage.key}")
    start, end = outage.says or (None, None)
    if start is None or end is None:
        raise ValueError(f"{outage.key} has no report")
    received = outage.opened + between(numbers, 120, 400) if outage.opened and number else None
    return {
        "vendor_key": outage.vendor_key,
        "provider_id": outage.component.provider,
        "title": f"{outage.component.title}: service interruption",
        "component_raw": outage.component.aliases[-1],
        "started_at": write(start),
        "ended_at": write(end),
        "detected_at": write(start + between(numbers, 30, 120)),
        "received_at": write(received),
        "acknowledged_at": write(received and received + between(numbers, 240, 1200)),
        "severity_raw": IMPACT[outage.severity],
        "cause": (outage.cause or "under investigation").replace("_", " "),
        "responsibility": "provider",
        "corrective_action": numbers.choice(("Threshold lowered", "Second path tested", "Runbook changed", "")),
        "evidence_ref": f"report-{outage.vendor_key}.pdf",
        "accepted_us": str((end - start) // timedelta(microseconds=1)),
        "our_ref": number,
        "report_issued_at": write(min(end + numbers.randint(2, 9) * DAY, EXTRACTED - HOUR)),
        "status": "final",
    }


def status_page(story: Story) -> dict[str, Any]:
    """Return Kitewire's incidents.json, newest first, in its own time zone."""
    incidents = [status_incident(outage) for outage in story.outages.values() if outage.component.provider == "kitewire" and outage.says]
    page = {"id": "kitewire", "name": "Kitewire CDN", "url": "https://status.kitewire.example", "time_zone": "America/New_York"}
    incidents.sort(key=lambda incident: incident["started_at"], reverse=True)
    return {"page": page | {"updated_at": new_york(EXTRACTED)}, "incidents": [*incidents, status_maintenance()]}


def new_york(moment: datetime | None) -> str | None:
    """Return local time in New York with offset and milliseconds, as the page shows it."""
    return moment.astimezone(NEW_YORK).isoformat(timespec="milliseconds") if moment else None


def status_incident(outage: Outage) -> dict[str, Any]:
    """Return an incident of the page: posted minutes after it began, back-dated to the start the provider admits."""
    numbers = draw(f"status/{outage.key}")
    start, end = outage.says or (None, None)
    if start is None:
        raise ValueError(f"{outage.key} is not on the page")
    posted = start + between(numbers, 90, 400)
    key = outage.vendor_key
    component = {"code": token(f"page/{outage.component.name}", 12), "name": outage.component.aliases[-1]}
    steps = [("investigating", "We are investigating elevated errors.", start, posted)]
    if end:
        steps.append(("resolved", "This incident has been resolved.", end, max(end, posted) + between(numbers, 60, 900)))
    return {
        "id": key,
        "name": f"Elevated errors in {component['name']}",
        "status": "resolved" if end else "investigating",
        "impact": IMPACT[outage.severity],
        "created_at": new_york(posted),
        "started_at": new_york(start),
        "monitoring_at": None,
        "resolved_at": new_york(end),
        "updated_at": new_york(steps[-1][3]),
        "shortlink": f"https://stspg.example/{key}",
        "components": [{**component, "status": "operational" if end else "major_outage"}],
        "incident_updates": [status_update(key, component, *step) for step in reversed(steps)],
    }


def status_update(key: str, component: dict[str, str], status: str, body: str, shown: datetime, written: datetime) -> dict[str, Any]:
    """Return one posting under an incident."""
    change = {**component, "old_status": "operational", "new_status": "partial_outage"}
    return {
        "id": token(f"update/{key}/{status}", 12),
        "status": status,
        "body": body,
        "created_at": new_york(written),
        "display_at": new_york(shown),
        "affected_components": [change],
    }


def status_maintenance() -> dict[str, Any]:
    """Return the planned work that stands among the incidents of such a page."""
    start = datetime(2026, 8, 30, 2, tzinfo=UTC)
    return {
        "id": f"kw{token('page/maintenance', 10)}",
        "name": "Emergency certificate rotation",
        "status": "completed",
        "impact": "maintenance",
        "created_at": new_york(start - 25 * MINUTE),
        "started_at": new_york(start),
        "scheduled_for": new_york(start),
        "scheduled_until": new_york(start + 20 * MINUTE),
        "monitoring_at": None,
        "resolved_at": new_york(start + 20 * MINUTE),
        "updated_at": new_york(start + 20 * MINUTE),
        "shortlink": "https://stspg.example/maintenance",
        "components": [{"code": token("page/edge-media", 12), "name": "Image Resizing", "status": "operational"}],
        "incident_updates": [],
    }
