"""Three ways to the same figures: the production SQL, the naive interval join in SQL, and vectorised pandas and numpy.

Each takes an estate as reconciliation leaves it and returns a few sums, which must be equal. Production does more than the others: every
severity, threshold, reading and verdict, not the bare sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from tasks.measure.measuring import prepare_measured
from tasks.model.calendar import open_spans
from tests.benchmarks.estates import Estate

Sums = tuple[int, ...]
WINDOW_US = 1_790_812_800_000_000  # the month begins; due instants are summed from there
HORIZON = "2027-03-01"  # no ticket of the month is due later

# ---- the business clock: counted time, and when the target is used up


def clock_in_production(estate: Estate) -> Sums:
    engine, reference = estate.engine, estate.reference
    by_version = {one.contract_version_id: one for one in reference.contracts}
    prepare_measured(engine, by_version, reference.policy, reference.calendars)
    engine.build("measured", only=["incident_targets", "target_thresholds"])
    # a ticket is listed in the month of its outcome; the clocks of all of them are judged
    return _one(estate, f"select count(*), sum(elapsed_us), sum(due_us - {WINDOW_US}) from measured.judged_targets")


def clock_by_join(estate: Estate) -> Sums:
    """Join every ticket and every pause with every opening that it meets; the due instant by a running sum over the openings after it."""
    _hours(estate)
    return _one(
        estate,
        """
        with clocks as (
            select ticket.*, 'hours-' || (right(service_id, 6)::bigint % 12) as calendar_id,
                [4, 8, 24, 40][right(severity, 1)::bigint] * 3600000000 as target_us
            from ticket
        ),
        openings as (
            select
                clocks.incident_id,
                clocks.target_us,
                greatest(hours.start_at, clocks.start_at) as from_at,
                hours.end_at as until_at,
                clocks.stop_at,
                clocks.pause_at,
                least(clocks.resumed_at, clocks.stop_at) as resumed_at,
                clocks.is_paused
            from clocks
            inner join hours
                on clocks.calendar_id = hours.calendar_id and clocks.start_at < hours.end_at
                and hours.start_at < clocks.start_at + to_days(80)
        ),
        pieces as (
            select incident_id, target_us, stop_at, from_at,
                if(is_paused, least(until_at, greatest(pause_at, from_at)), until_at) as until_at
            from openings
            union all
            select incident_id, target_us, stop_at, greatest(from_at, least(resumed_at, until_at)), until_at
            from openings where is_paused
        ),
        running as (
            select *, epoch_us(until_at) - epoch_us(from_at) as open_us,
                sum(epoch_us(until_at) - epoch_us(from_at)) over (partition by incident_id order by from_at, until_at) as reached_us
            from pieces
            where from_at < until_at
        ),
        totals as (
            select
                incident_id,
                sum(greatest(epoch_us(least(until_at, stop_at)) - epoch_us(from_at), 0)) as elapsed_us,
                min(epoch_us(from_at) + target_us - (reached_us - open_us)) filter (where reached_us >= target_us) as due_us
            from running
            group by incident_id
        )
        select count(*), sum(elapsed_us), sum(due_us - 1790812800000000) from totals
        """,
    )


def clock_in_pandas(estate: Estate) -> Sums:
    """Counted time of an instant by searchsorted over the running sums of its calendar, and the inverse of it for the due instant."""
    tickets = _frame(
        estate,
        """
        select right(service_id, 6)::bigint % 12 as place, [4, 8, 24, 40][right(severity, 1)::bigint] * 3600000000 as target_us,
            epoch_us(start_at) as start_us, epoch_us(stop_at) as stop_us, is_paused, epoch_us(pause_at) as pause_us,
            epoch_us(least(resumed_at, stop_at)) as resumed_us
        from ticket
        """,
    )
    elapsed, due = 0, 0
    for place, group in tickets.groupby("place"):
        starts, ends = _openings(estate, f"hours-{place}")
        before = np.concatenate([[0], np.cumsum(ends - starts)])

        def counted(instants: np.ndarray, starts: np.ndarray = starts, ends: np.ndarray = ends, before: np.ndarray = before) -> np.ndarray:
            spans = np.searchsorted(starts, instants, side="right") - 1
            inside = np.minimum(instants, ends[spans]) - starts[spans]
            return np.where(spans < 0, 0, before[spans] + inside)

        first, last = counted(group["start_us"].to_numpy()), counted(group["stop_us"].to_numpy())
        is_paused = group["is_paused"].to_numpy()
        pause, resumed = counted(group["pause_us"].to_numpy()), counted(group["resumed_us"].to_numpy())
        paused = np.where(is_paused, resumed - pause, 0)
        elapsed += int((last - first - paused).sum())
        target = group["target_us"].to_numpy()
        needed = first + target + np.where(is_paused & (target > pause - first), paused, 0)
        spans = np.searchsorted(before, needed, side="left") - 1
        due += int((starts[spans] + needed - before[spans] - WINDOW_US).sum())
    return len(tickets), elapsed, due


# ---- availability: agreed, excluded and counted time, by union


def level_in_production(estate: Estate) -> Sums:
    engine, reference = estate.engine, estate.reference
    by_version = {one.contract_version_id: one for one in reference.contracts}
    prepare_measured(engine, by_version, reference.policy, reference.calendars)
    engine.build("measured", only=["results"])
    return _one(estate, "select count(*), sum(agreed_us), sum(excluded_us), sum(down_us) from measured.results where variant = 'headline'")


def level_by_join(estate: Estate) -> Sums:
    """Cut every service wherever anything begins or ends, and ask of every piece what covers it."""
    _hours(estate)
    return _one(
        estate,
        """
        with spans as (
            select service_id, 'down' as kind, start_at, stop_at as end_at from outage
            union all
            select service_id, 'planned', start_at - to_minutes(30), start_at + to_minutes(30) from outage where is_planned
            union all
            select entry.service_id, 'hours', hours.start_at, hours.end_at
            from staged.service_catalogue as entry
            inner join hours on 'hours-' || (right(entry.service_id, 6)::bigint % 12) = hours.calendar_id
        ),
        clipped as (
            select service_id, kind, greatest(start_at, timestamptz '2026-10-01 00:00:00+00') as start_at,
                least(end_at, timestamptz '2026-11-01 00:00:00+00') as end_at
            from spans
            where start_at < timestamptz '2026-11-01 00:00:00+00' and end_at > timestamptz '2026-10-01 00:00:00+00'
        ),
        cuts as (select distinct service_id, unnest([start_at, end_at]) as cut_at from clipped),
        pieces as (select service_id, cut_at as start_at, lead(cut_at) over (partition by service_id order by cut_at) as end_at from cuts),
        states as (
            select
                piece.service_id, piece.start_at, epoch_us(piece.end_at) - epoch_us(piece.start_at) as length_us,
                bool_or(span.kind = 'hours') as is_open, bool_or(span.kind = 'down') as is_down,
                bool_or(span.kind = 'planned') as is_planned
            from pieces as piece
            inner join clipped as span
                on piece.service_id = span.service_id and piece.start_at >= span.start_at and piece.end_at <= span.end_at
            group by all
        )
        select
            count(distinct service_id),
            sum(length_us) filter (where is_open),
            coalesce(sum(length_us) filter (where is_open and is_down and is_planned), 0),
            sum(length_us) filter (where is_open and is_down and not is_planned)
        from states
        """,
    )


def level_in_pandas(estate: Estate) -> Sums:
    """One sweep over sorted edges of all services with running sums."""
    spans = _frame(
        estate,
        """
        select right(service_id, 6)::bigint as service, 0 as kind, epoch_us(start_at) as start_us, epoch_us(stop_at) as end_us from outage
        union all
        select right(service_id, 6)::bigint, 1, epoch_us(start_at - to_minutes(30)), epoch_us(start_at + to_minutes(30))
        from outage where is_planned
        """,
    )
    services = estate.engine.execute("select count(*) from staged.service_catalogue").fetchone()[0]  # type: ignore[index]
    window = [pd.Timestamp(text, tz="UTC").value // 1000 for text in ("2026-10-01", "2026-11-01")]
    frames = [spans]
    agreed = 0
    for place in range(12):
        starts, ends = (np.clip(edge, *window) for edge in _openings(estate, f"hours-{place}"))
        kept = starts < ends
        governed = np.arange(place, services, 12)
        agreed += int((ends - starts)[kept].sum()) * len(governed)
        size = int(kept.sum())
        columns = {"service": np.repeat(governed, size), "kind": 2}
        frames.append(
            pd.DataFrame(columns | {"start_us": np.tile(starts[kept], len(governed)), "end_us": np.tile(ends[kept], len(governed))})
        )
    every = pd.concat(frames, ignore_index=True)
    service = np.tile(every["service"].to_numpy(), 2)
    kind = np.tile(every["kind"].to_numpy(), 2)
    at = np.clip(np.concatenate([every["start_us"], every["end_us"]]), *window)
    step = np.repeat([1, -1], len(every))
    order = np.lexsort((at, service))
    service, kind, at, step = service[order], kind[order], at[order], step[order]
    is_down, is_planned, is_open = (np.cumsum(np.where(kind == one, step, 0)) > 0 for one in range(3))
    length = np.append(np.diff(at), 0)
    length[np.append(service[1:] != service[:-1], True)] = 0
    excluded, down = (int(length[is_open & is_down & mask].sum()) for mask in (is_planned, ~is_planned))
    return services, agreed, excluded, down


CONTENDERS: dict[str, dict[str, Callable[[Estate], Sums]]] = {
    "business clock": {"production": clock_in_production, "naive join": clock_by_join, "pandas": clock_in_pandas},
    "availability": {"production": level_in_production, "naive join": level_by_join, "pandas": level_in_pandas},
}


def _one(estate: Estate, sql: str) -> Sums:
    return tuple(int(value) for value in estate.engine.execute(sql).fetchall()[0])


def _frame(estate: Estate, sql: str) -> pd.DataFrame:
    return estate.engine.execute(sql).df()


def _rows_of_hours(estate: Estate) -> Iterator[dict[str, object]]:
    first, last = datetime(2026, 9, 1, tzinfo=UTC), datetime.fromisoformat(HORIZON).replace(tzinfo=UTC)
    for name, calendar in estate.reference.calendars.items():
        for span in open_spans(calendar, first, last):
            yield {"calendar_id": name, "start_at": span.start_at, "end_at": span.end_at}


def _hours(estate: Estate) -> None:
    kinds = {"calendar_id": "VARCHAR", "start_at": "TIMESTAMPTZ", "end_at": "TIMESTAMPTZ"}
    estate.engine.create("main.hours", kinds, _rows_of_hours(estate))


def _openings(estate: Estate, calendar_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends of a calendar's open time in microseconds."""
    if not estate.engine.has("main.hours"):
        _hours(estate)
    sql = f"select epoch_us(start_at) as a, epoch_us(end_at) as b from main.hours where calendar_id = '{calendar_id}' order by 1"
    frame = _frame(estate, sql)
    return frame["a"].to_numpy(), frame["b"].to_numpy()
