"""What our probes say: rules, samples, alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from telling.basics import DAY, EXTRACTED, FIRST, MINUTE, MONTHS, draw, instant, token, zulu
from telling.story import Component, Diary, Outage, Span, Story

VERDICTS = ("transient_no_impact", "transient_no_impact", "false_positive", "undispositioned", "duplicate")


def rule_rows(components: dict[str, Component]) -> Iterator[dict[str, str]]:
    """Yield one probe for each component, and a log rule that only raises alerts."""
    for component in components.values():
        kind, interval = ("synthetic", 60) if component.is_root else ("probe", 30)
        yield rule_row(component.rule, component, kind, interval)
    yield rule_row("log-card-gateway", components["card-gateway"], "log", 60)


def rule_row(rule: str, component: Component, kind: str, interval_s: int) -> dict[str, str]:
    """Return a line of the rule list."""
    return {
        "rule_id": rule,
        "component_id": component.name,
        "kind": kind,
        "interval_s": str(interval_s),
        "duration_s": "60",
        "signals_required": "2",
        "signals": "synthetic;errors",
        "threshold": "2 of 3 locations fail",
        "opens_tickets": "true",
        "independent_of_provider": "true",
        "owner_team": component.team,
        "reviewed_at": "2026-05-04T09:00:00Z",
        "active_from": zulu(FIRST),
    }


def slow_spans(components: dict[str, Component], diary: Diary) -> Iterator[Span]:
    """Yield everyday slowness: two degraded spans a month and component, which count for nothing."""
    for component in components.values():
        for month in MONTHS:
            numbers = draw(f"slow/{component.name}/{month}")
            for _ in range(2):
                span = diary.find_moment(numbers, month, component.service, 120, 2400)
                if span:
                    yield Span(component.name, *span, "degraded", f"0.{numbers.randint(2, 30):02}")


def story_spans(story: Story) -> Iterator[Span]:
    """Yield all that a probe saw besides up: outages, the slow refunds, gaps."""
    for outage in story.outages.values():
        for start, end in outage.down:
            yield Span(outage.component.name, start, end, "down")
    for row in story.rows["open_tickets"]:
        yield Span(row["component"], instant(row["degraded_from"]), EXTRACTED, "degraded", row["affected"])
    for row in story.rows["gaps"]:
        yield Span(row["component"], instant(row["start"]), instant(row["end"]), "no_data")


def adjoining(component: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the whole record of a component: its spans in order, up in between, from the first probe to the extract.

    Raises:
        ValueError: If two spans overlap: the story contradicts itself.
    """
    at = FIRST
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < at:
            raise ValueError(f"{component} has two states at {zulu(span.start)}")
        if at < span.start:
            yield Span(component, at, span.start, "up")
        yield span
        at = span.end
    if at < EXTRACTED:
        yield Span(component, at, EXTRACTED, "up")


def sample_rows(story: Story, diary: Diary) -> Iterator[dict[str, str]]:
    """Yield the samples of every probe; one is empty, as exporters write at a restart."""
    spans = [*story_spans(story), *slow_spans(story.components, diary)]
    for component in story.components.values():
        for span in adjoining(component.name, (span for span in spans if span.component == component.name)):
            yield sample_row(component, span)
        if component.name == "edge-media":
            restart = FIRST + 3 * DAY
            yield sample_row(component, Span(component.name, restart, restart, "paused"))


def sample_row(component: Component, span: Span) -> dict[str, str]:
    """Return a line of the samples."""
    return {
        "rule_id": component.rule,
        "component_raw": component.name,
        "start_at": zulu(span.start),
        "end_at": zulu(span.end),
        "state": span.state,
        "affected_fraction": span.affected,
    }


def alert_rows(story: Story, number_of: dict[str, str], diary: Diary) -> list[dict[str, str]]:
    """Return all alerts by time; those that opened a ticket name it."""
    told = [
        row
        for outage in story.outages.values()
        for row in outage_alerts(outage, number_of[outage.key] if outage.is_linked and outage.seen == "monitoring" else "")
    ]
    return sorted([*told, *noise_alerts(story.components, diary)], key=lambda row: (row["fired_at"], row["alert_key"]))


def outage_alerts(outage: Outage, number: str) -> Iterator[dict[str, str]]:
    """Yield one firing for each span that was down; it clears a minute after the end."""
    if outage.fired is None or not outage.down:
        return
    delay = outage.fired - outage.down[0][0]
    for index, (start, end) in enumerate(outage.down):
        fired = outage.fired if index == 0 else start + min(delay, MINUTE)
        cleared = None if end == EXTRACTED else end + MINUTE
        yield alert_row(f"{outage.key}/{index}", outage.component, fired, cleared, "true_positive", number)


def alert_row(
    key: str, component: Component, fired: datetime, cleared: datetime | None, disposition: str, number: str = "", rule: str = ""
) -> dict[str, str]:
    """Return a line of the alert export; someone judges an alert the next morning."""
    rule = rule or component.rule
    is_judged = cleared is not None and disposition != "undispositioned"
    judged = datetime.combine(fired.date() + DAY, time(8, 30), UTC)
    return {
        "alert_key": f"AL-{token(f'alert/{key}', 12)}",
        "rule_id": rule,
        "component_raw": component.aliases[0],
        "fired_at": zulu(fired),
        "cleared_at": zulu(cleared),
        "signal": "log" if rule.startswith("log-") else "synthetic",
        "disposition": disposition if is_judged else "undispositioned",
        "disposed_at": zulu(judged) if is_judged and judged < EXTRACTED else "",
        "fingerprint": token(f"fingerprint/{rule}", 16),
        "incident_ref": number,
    }


def noise_alerts(components: dict[str, Component], diary: Diary) -> Iterator[dict[str, str]]:
    """Yield everyday alerts: short, most of them without any effect."""
    for component in components.values():
        for month in MONTHS:
            numbers = draw(f"alerts/{component.name}/{month}")
            for index in range(numbers.randint(3, 6)):
                span = diary.find_moment(numbers, month, component.service, 40, 240)
                rule = "log-card-gateway" if component.name == "card-gateway" and index == 0 else ""
                if span:
                    yield alert_row(f"{component.name}/{month}/{index}", component, *span, numbers.choice(VERDICTS), rule=rule)
