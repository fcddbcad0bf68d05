"""Metrics of any span of days, by the SQL that a month's pack uses: only the windows are others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tasks.measure.measuring import SIDE_COLUMNS, History, prepare_measured, write_judged_levels
from tasks.measure.metrics import measure_statistics
from tasks.model.run import Run
from tasks.model.span import Span
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Row as JournalRow
from tasks.store.reference import Reference
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.run_columns import COLUMNS, GATE_COLUMNS
from tasks.store.run_rows import landing_rows
from tasks.store.run_tables import create_run_tables
from tasks.store.staged import Staged

BEFORE_STATISTICS = (
    *("metric_samples", "metric_ratios", "metric_pairs", "covered_windows", "funnel_points", "weekly_activity", "deployed_time"),
    *("overdue_actions", "classification_agreement"),
)
TABLES = (
    *("metrics", "metric_funnel", "metric_catalogue", "weekly_activity", "deployment_lags", "deployment_exposure", "outliers"),
    *("duties", "escalations", "recurrence", "recurrence_quarters", "chronic_patterns"),
)
WRITTEN_BY_STATISTICS = ("metric_funnel", "deployment_lags", "deployment_exposure")


def measure_spans(
    home: Home,
    staged: Staged,
    reconciled: Room,
    reference: Reference,
    run: Run,
    spans: Sequence[Span],
    limits: Limits,
    quality_blocks: Sequence[Mapping[str, str]],
    landings: Iterable[JournalRow],
) -> Room:
    """Return a room with the metrics of spans of days and what stands beside them, built if it is not there yet.

    Attainments count the months and quarters that lie wholly in a span.

    Args:
        home: The home.
        staged: Records as known.
        reconciled: Incidents, outages.
        reference: Contracts, policy, catalogue of metrics.
        run: Its as_of ends what is open, and it names the zone whose midnights cut days.
        spans: What is asked for; each is compared with the one before it.
        limits: What may be used of the machine.
        quality_blocks: Rows of run.quality_blocks.
        landings: The journal's rows of the files that are staged.
    """
    stated = landing_rows(landings)
    inputs = {
        "step": "metrics",
        "reconciled": reconciled.key,
        "staged": staged.key,
        "reference": [[file["path"], file["sha256"]] for file in reference.files],
        "spans": [span.name for span in spans],
        "as_of": run.as_of.isoformat(),
        "quality_blocks": sorted([block[name] for name in COLUMNS["run.quality_blocks"]] for block in quality_blocks),
        "landings": [[row.get(name) for name in GATE_COLUMNS["run.landings"]] for row in stated],
        "code": code_sha256(),
    }
    key = room_key(inputs)
    if find_room(home, "measured", key) is None:
        with Engine(limits) as engine, building(home, "measured", key, inputs) as room:
            staged.show(engine)
            reconciled.show(engine)
            months = sorted({month for span in (*spans, *(one.previous() for one in spans)) for month in span.periods() if month.is_month})
            create_run_tables(engine, run, reference, months, spans)
            engine.create("run.quality_blocks", COLUMNS["run.quality_blocks"], quality_blocks)
            engine.create("run.landings", GATE_COLUMNS["run.landings"], stated)
            engine.create("measured.side_pieces", SIDE_COLUMNS)  # nobody asks who said what
            build_metrics(engine, reference)
            for table in TABLES:
                room.write(engine, table)
    done = find_room(home, "measured", key)
    assert done is not None
    return done


def build_metrics(engine: Engine, reference: Reference) -> None:
    """Build what belongs to metrics, and nothing else of the room measured."""
    prepare_measured(engine, {one.contract_version_id: one for one in reference.contracts}, reference.policy, reference.calendars)
    engine.build("measured", only=["level_verdicts"])
    write_judged_levels(engine, History())
    engine.build("measured", only=BEFORE_STATISTICS)
    measure_statistics(engine, reference.policy)
    engine.build("measured", only=[table for table in TABLES if table not in WRITTEN_BY_STATISTICS])
