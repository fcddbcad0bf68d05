"""Metrics of any span of days: means with their medians, counts over exposure, and what may be said against the span before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flows.occasion import open_occasion
from tasks.gate.steps import gate, judge
from tasks.measure.steps import measure_metrics
from tasks.model.dictionary import dictionary
from tasks.model.period import Period
from tasks.model.run import Run
from tasks.model.span import Span
from tasks.orchestration import flow
from tasks.publish.metric_words import metric_lines
from tasks.reconcile.steps import reconcile_records
from tasks.stage.steps import stage_files
from tasks.store.engine import Engine
from tasks.store.room import Room

DIMENSIONS = {"all": "{}", "service": '{"service_id":', "provider": '{"provider_id":', "team": '{"team":', "severity": '{"severity":'}


@dataclass(frozen=True)
class MetricsOutcome:
    """The metrics of one span; `by` is the dimension asked for, None for every one."""

    run: Run
    room: Room
    by: str | None

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of table metrics, of the dimension asked for."""
        names = ", ".join(f'"{column.name}"' for column in dictionary().tables["metrics"].columns)
        with Engine() as engine:
            engine.view("measured.metrics", [self.room.file("metrics")])
            rows = engine.rows(f"select {names} from measured.metrics order by metric_id, filter, period")
        start = DIMENSIONS[self.by] if self.by else ""
        return [row for row in rows if row["filter"] == start or (start != "{}" and row["filter"].startswith(start))]

    def as_dict(self) -> dict[str, Any]:
        """Return the rows as data for --json."""
        return {"metrics": self.rows()}

    def in_words(self) -> str:
        """Return a line a metric with what may be said of it; those without an observation are left out."""
        with Engine() as engine:
            engine.view("measured.metric_catalogue", [self.room.file("metric_catalogue")])
            kpis = engine.rows("select metric_id, title from measured.metric_catalogue where standing <> 'retired'")
        order = {row["metric_id"]: row["title"] for row in kpis}
        titles = {name: order[name] for name in _metric_ids() if name in order}
        rows = [row for row in self.rows() if row["metric_id"] in titles and (self.by or row["filter"] == "{}")]
        return "\n".join(metric_lines(rows, titles)) or f"nothing was observed in {self.run.period}"


def _metric_ids() -> tuple[str, ...]:
    return next(column.enum or () for column in dictionary().tables["metrics"].columns if column.name == "metric_id")


@flow(name="metrics", steps=8)
def metrics(
    home: str,
    first: str,
    last: str,
    by: str | None = None,
    clock: str | None = None,
    threads: int | None = None,
    memory: str | None = None,
) -> MetricsOutcome:
    """Measure the metrics of any days, from what was landed; no pack changes.

    Args:
        home: The home's folder.
        first: The first day, YYYY-MM-DD; or a month or quarter.
        last: The last one, which is in it.
        by: Only rows of this dimension: all, service, provider, team or severity.
        clock: A simulated now; the machine's clock if left out.
        threads: Threads DuckDB may use.
        memory: DuckDB's memory limit, such as "512MB".
    """
    span = Span.parse(first, last)
    with open_occasion("metrics", home, clock=clock, threads=threads, memory=memory) as occasion:
        known = occasion.know(None)
        reference = occasion.reference_at(known)
        staged = stage_files(occasion.home, known, reference, occasion.limits)
        month = occasion.name_run(Period.month_of(span.last_day).name, known, reference, staged, is_preview=False)
        start_at, end_at = span.bounds(occasion.home.display_timezone)
        run = replace(month, period=span.name, start_at=start_at, end_at=end_at)
        reconciled = gate(reconcile_records(occasion.home, staged, reference, month, occasion.limits), occasion.limits)
        door = judge(occasion.home, known, staged, reconciled, reference, month, occasion.limits)
        room = measure_metrics(occasion.home, staged, reconciled, reference, run, [span], occasion.limits, door.blocks, known.landings)
        occasion.note_run(run, "done")
        return MetricsOutcome(run, room, by)
