"""Moves of outages that turn a level where no closed form holds (weights, runs, whole minutes, gaps): found by measuring again (K6).

Each probe is a headline once more, with one end of one outage moved. The production models judge all probes at once in an engine of their
own, from segments on; a move is found by trying so many lengths at a time between one that does not turn the verdict and one that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tasks.store.engine import Engine, Model, models_of

SHIFT_COLUMNS = {"scope_no": "BIGINT", "change_kind": "VARCHAR", "change_us": "BIGINT"}
PROBE_COLUMNS = {
    "probe_no": "BIGINT",
    "scope_no": "BIGINT",
    "part_no": "BIGINT",
    "status": "VARCHAR",
    "change_kind": "VARCHAR",
} | dict.fromkeys(("start_us", "end_us", "shift_us"), "BIGINT")
SCOPES, SEGMENTS = "measured.scopes", "measured.scope_segments"
REMADE = tuple(  # in this order
    f"measured.{name}" for name in ("counted_runs", "weight_spans", "counted_weights", "downtime", "user_minutes", "results")
)
TRIED_AT_ONCE = 16  # lengths between two bounds: the ninth round tells microseconds of a day apart
PROBED_SCOPES = """
    select scope.* replace (probe.probe_no as scope_no, 'headline' as variant, '' as result_id)
    from run.probes as probe
    inner join run.probe_scopes as scope on probe.scope_no = scope.scope_no
"""


@dataclass(frozen=True)
class _Probe:
    """One end of one outage. The verdict stands when it moves by `too_little_us`, and turns when it moves by `enough_us`."""

    row: Mapping[str, Any]
    too_little_us: int
    enough_us: int

    def tried(self) -> list[int]:
        """Return lengths between the bounds, evenly apart."""
        gap = self.enough_us - self.too_little_us
        return sorted({self.too_little_us + gap * step // TRIED_AT_ONCE for step in range(1, TRIED_AT_ONCE)} - {self.too_little_us})

    def narrowed(self, turned: Mapping[int, bool]) -> _Probe:
        """Return it with the bounds that the lengths tried leave: the first that turned, and the one before."""
        enough_us = min((length for length, is_turned in turned.items() if is_turned), default=self.enough_us)
        stood = [length for length, is_turned in turned.items() if not is_turned and length < enough_us]
        return replace(self, too_little_us=max(stood, default=self.too_little_us), enough_us=enough_us)


def write_probed_shifts(engine: Engine) -> None:
    """Write measured.probed_shifts, rows as measured.level_shifts has them, for the outages in measured.probed_outages."""
    outages = engine.rows("from measured.probed_outages order by probe_no")
    engine.create("measured.probed_shifts", SHIFT_COLUMNS, smallest_shifts(engine, outages) if outages else ())


def smallest_shifts(engine: Engine, outages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return per headline and kind of change the smallest move that turns its verdict; none where no outage alone does.

    Args:
        engine: Holds the room measured as far as results.
        outages: Rows of measured.probed_outages.
    """
    with Engine(engine.limits) as again:
        _copy(engine, again, {row["scope_no"] for row in outages})
        whole = _turned(again, [(row, row["most_us"]) for row in outages])
        probes = [_Probe(row, 0, row["most_us"]) for row in outages if whole[row["probe_no"], row["most_us"]]]
        while wide := [probe for probe in probes if probe.enough_us - probe.too_little_us > 1]:
            turned = _turned(again, [(probe.row, length) for probe in wide for length in probe.tried()])
            found = {
                probe.row["probe_no"]: probe.narrowed({length: turned[probe.row["probe_no"], length] for length in probe.tried()})
                for probe in wide
            }
            probes = [found.get(probe.row["probe_no"], probe) for probe in probes]
    smallest: dict[tuple[int, str], int | None] = {(row["scope_no"], row["change_kind"]): None for row in outages}
    for probe in sorted(probes, key=lambda one: one.enough_us, reverse=True):
        smallest[probe.row["scope_no"], probe.row["change_kind"]] = probe.enough_us
    return [{"scope_no": scope, "change_kind": kind, "change_us": length} for (scope, kind), length in sorted(smallest.items())]


def _copy(engine: Engine, again: Engine, scope_nos: Iterable[int]) -> None:
    """Copy what the models from segments to results read and do not make, and the segments of the headlines probed."""
    chosen = ", ".join(map(str, sorted(scope_nos)))
    shown = {"run.probe_scopes": f"from {SCOPES} where scope_no in ({chosen})"}
    shown["run.probe_segments"] = f"from {SEGMENTS} where scope_no in ({chosen})"
    shown["run.probe_exclusions"] = "from measured.part_exclusions where status = 'applied'"
    for address in sorted({read for name in REMADE for read in _models()[name].reads} | {"measured.strata"}):
        if address not in (*REMADE, SCOPES, SEGMENTS):  # what hangs on scopes by itself is about other measures than availability
            shown[address] = f"from {address}" + (" where false" if _follows(address, SCOPES) else "")
    for address, sql in shown.items():
        again.connection.register("copied", engine.arrow(sql))
        again.execute(f"create table {address} as from copied")
        again.connection.unregister("copied")


@cache
def _models() -> dict[str, Model]:
    return {f"measured.{model.table}": model for model in models_of("measured")}


def _follows(address: str, source: str) -> bool:
    """Tell whether a model reads another, near or far."""
    return address == source or (address in _models() and any(_follows(read, source) for read in _models()[address].reads))


def _turned(again: Engine, tries: Sequence[tuple[Mapping[str, Any], int]]) -> dict[tuple[int, int], bool]:
    """Return for each probe and length whether the verdict turns when the end moves by as much."""
    rows = [dict(row) | {"probe_no": number, "shift_us": length} for number, (row, length) in enumerate(tries)]
    again.create("run.probes", PROBE_COLUMNS, rows)
    again.execute(f"create or replace table {SCOPES} as {PROBED_SCOPES}")
    again.execute(f"create or replace table {SEGMENTS} as {_models()['measured.probe__segments'].sql}")
    for address in REMADE:
        again.execute(f"create or replace table {address} as {_models()[address].sql}")
    judged = {row["scope_no"]: row["status"] for row in again.rows("select scope_no, status from measured.results")}
    return {
        (row["probe_no"], length): (judged[number] == "breached") != (row["status"] == "breached")
        for number, (row, length) in enumerate(tries)
    }
