"""The story as typed rows, and the diary that keeps noise away from it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

import yaml

from telling.basics import DAY, EXTRACTED, FIRST, HOUR, TWICE, between, draw, instant, month_start, token

HAND_WORKED = ("checkout", datetime(2026, 9, 29, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC))  # no noise where figures are fixed
MARGIN = HOUR  # noise keeps this far from the story and from itself, so that it never joins an incident
LATE_S = {"monitoring": (60, 150), "provider": (90, 150), "user": (600, 840)}  # from failure to alert, by who notices


@dataclass(frozen=True)
class Component:
    """A row of services.csv: what watches it and what sources call it."""

    service: str
    name: str
    aliases: tuple[str, ...]
    provider: str
    team: str
    title: str

    @property
    def is_root(self) -> bool:
        """Tell whether it stands for the whole service."""
        return self.name == self.service

    @property
    def rule(self) -> str:
        """Return the probe that watches it."""
        return f"{'journey' if self.is_root else 'probe'}-{self.name}"


@dataclass(frozen=True)
class Span:
    """What the probe of a component saw over [start, end)."""

    component: str
    start: datetime
    end: datetime
    state: str
    affected: str = ""


@dataclass(frozen=True)
class Outage:
    """One row of the story, every instant filled in. `down` is empty where probes saw nothing."""

    key: str
    component: Component
    severity: str
    cause: str | None
    seen: str
    title: str
    down: tuple[tuple[datetime, datetime], ...]
    fired: datetime | None
    opened: datetime | None
    acknowledged: datetime | None
    resolved: datetime | None
    says: tuple[datetime, datetime | None] | None
    robot: datetime | None = None
    reopened: datetime | None = None
    resolved_again: datetime | None = None
    change: str = ""
    parent: str = ""
    is_linked: bool = True
    is_customer_caused: bool = False

    @property
    def vendor_key(self) -> str:
        """Return the provider's own id for it."""
        return {"kitewire": "kw", "fjordwerk": "FJ-", "talerbridge": "TB-"}[self.component.provider] + token(f"vendor/{self.key}", 10)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return the widest span in which any record of it lies."""
        known = [*sum(self.down, ()), *(self.says or ()), self.opened, self.resolved, self.resolved_again]
        instants = [instant for instant in known if instant]
        return min(instants), max(instants)


def clock(day: date, text: str | None) -> datetime | None:
    """Return the UTC instant at which a day's clock shows `HH:MM[:SS]`; None for nothing."""
    return datetime.combine(day, time.fromisoformat(text), UTC) if text else None


def clock_spans(day: date, text: str) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return the spans `HH:MM-HH:MM HH:MM-` of a day; an open one has no end."""
    halves = [part.split("-") for part in text.split()]
    return tuple((clock(day, start), clock(day, end)) for start, end in halves)  # type: ignore[misc]


def read_outage(row: dict[str, Any], components: dict[str, Component], others: dict[str, Outage]) -> Outage:
    """Return a story row with the instants it leaves out drawn: alert, ticket, acknowledgement, resolution."""
    numbers, day, seen = draw(f"outage/{row['key']}"), row["day"], row["seen"]
    down = tuple((start, end or EXTRACTED) for start, end in clock_spans(day, row.get("down", "")))
    is_over = not row.get("down", "").endswith("-")
    late = LATE_S.get(seen)
    fired = clock(day, row.get("fired")) or (down[0][0] + between(numbers, *late) if down and late else None)
    opened = clock(day, row.get("opened"))
    if opened is None and seen in ("monitoring", "user"):
        opened = fired + between(numbers, 60, 240) if seen == "monitoring" else down[0][0] + between(numbers, 240, 540)
    acknowledged = clock(day, row.get("acknowledged")) or (opened and opened + between(numbers, 180, 840))
    last = down[-1][1] if down else others[row["same_as"]].down[-1][1] if "same_as" in row else opened
    resolved = clock(day, row.get("resolved")) or (max(last, acknowledged) + between(numbers, 600, 4200) if opened and is_over else None)
    return Outage(
        key=row["key"],
        component=components[row["component"]],
        severity=row["severity"],
        cause=row["cause"],
        seen=seen,
        title=row["title"],
        down=down,
        fired=fired,
        opened=opened,
        acknowledged=acknowledged,
        resolved=resolved,
        says=clock_spans(day, row["says"])[0] if "says" in row else None,
        robot=clock(day, row.get("robot")),
        reopened=clock(day, row.get("reopened")),
        resolved_again=clock(day, row.get("resolved_again")),
        change=row.get("change", ""),
        parent=row.get("same_as", ""),
        is_linked=not row.get("unlinked", False),
        is_customer_caused=row.get("our_fault", False),
    )


@dataclass(frozen=True)
class Story:
    """story.yml: `rows` as written, the outages with every instant filled in, and the catalogue they speak of."""

    rows: dict[str, Any]
    components: dict[str, Component]
    outages: dict[str, Outage]


def read_story(folder: Path) -> Story:
    """Return the story and the catalogue of a home."""
    rows = yaml.safe_load((folder / "story.yml").read_text(encoding="utf-8"))
    components = read_components(folder / "reference" / "services.csv")
    outages: dict[str, Outage] = {}
    for row in rows["outages"]:
        outages[row["key"]] = read_outage(row, components, outages)
    return Story(rows, components, outages)


def read_components(file: Path) -> dict[str, Component]:
    """Return the catalogue by component id."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        row["component_id"]: Component(
            row["service_id"], row["component_id"], tuple(row["aliases"].split(";")), row["provider_id"], row["owner_team"], row["name"]
        )
        for row in rows
    }


class Diary:
    """What is already going on in a service; services that lean on each other share a page."""

    def __init__(self, story: Story) -> None:
        self._page = {component.service: component.service for component in story.components.values()} | {"app-api": "web-shop"}
        self._spans: dict[str, list[tuple[datetime, datetime]]] = {page: [] for page in self._page.values()}
        self.enter(*HAND_WORKED)
        for outage in story.outages.values():
            self.enter(outage.component.service, *outage.span)
        for gap in story.rows["gaps"]:
            self.enter(story.components[gap["component"]].service, instant(gap["start"]), instant(gap["end"]))

    def enter(self, service: str, start: datetime, end: datetime) -> None:
        """Note a span."""
        self._spans[self._page[service]].append((start, end))

    def is_free(self, service: str, start: datetime, end: datetime) -> bool:
        """Tell whether a span keeps its distance from all that is noted, from the extract's ends and from the hour that comes twice."""
        spans = [*self._spans[self._page[service]], TWICE]
        return start > FIRST + DAY and end < EXTRACTED - DAY and all(end + MARGIN <= low or high + MARGIN <= start for low, high in spans)

    def find(self, service: str, propose: Callable[[], tuple[datetime, datetime]], tries: int = 60) -> tuple[datetime, datetime] | None:
        """Return and note the first free span of those proposed; None if there was none."""
        for _ in range(tries):
            start, end = propose()
            if self.is_free(service, start, end):
                self.enter(service, start, end)
                return start, end
        return None

    def find_moment(self, numbers: Random, month: int, service: str, low_s: int, high_s: int) -> tuple[datetime, datetime] | None:
        """Return and note a free span of drawn length at any hour of a month; None if there was none."""

        def propose() -> tuple[datetime, datetime]:
            start = month_start(month) + between(numbers, 0, 30 * 86400)
            return start, start + between(numbers, low_s, high_s)

        return self.find(service, propose)
