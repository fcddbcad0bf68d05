"""Reconciling: many sources, one truth, every choice on record (the room reconciled, DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.model.policy import Policy
from tasks.model.run import Run
from tasks.reconcile.assembly import Pairs, Records, assemble
from tasks.reconcile.components import Numbers, connected
from tasks.store.code import code_sha256
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.reference import Reference
from tasks.store.room import Room, building, find_room, room_key
from tasks.store.run_tables import create_run_tables
from tasks.store.staged import Staged

# roles that must sign an exception, or may decide an exclusion request: policy.signoff by object and rule
SIGNOFF_COLUMNS = {"object_type": "VARCHAR", "rule": "VARCHAR", "role": "VARCHAR"}


def reconcile(home: Home, staged: Staged, reference: Reference, run: Run, limits: Limits) -> Room:
    """Return the reconciled room of everything recorded by as_of, built if it is not there yet. Runs of any period share it.

    Args:
        home: The home.
        staged: Records and decisions as known.
        reference: Contracts and policy.
        run: Its as_of ends what is open.
        limits: What may be used of the machine.
    """
    inputs = {
        "staged": staged.key,
        "reference": [[file["path"], file["sha256"]] for file in reference.files],
        "as_of": run.as_of.isoformat(),
        "code": code_sha256(),
    }
    key = room_key(inputs)
    found = find_room(home, "reconciled", key)
    if found is not None:
        return found
    with Engine(limits) as engine, building(home, "reconciled", key, inputs) as room:
        staged.show(engine)
        create_run_tables(engine, run, reference)
        engine.create("run.signoff_roles", SIGNOFF_COLUMNS, signoff_rows(reference.policy))
        build_reconciled(engine)
        room.write_all(engine)
    done = find_room(home, "reconciled", key)
    assert done is not None
    return done


def signoff_rows(policy: Policy) -> Iterator[dict[str, str]]:
    """Yield the rows of run.signoff_roles: who must sign exceptions, who may decide exclusion requests."""
    for object_type, rules in (("exception", policy.signoff.exceptions), ("exclusion_request", policy.signoff.exclusions)):
        for rule, roles in rules:
            yield from ({"object_type": object_type, "rule": rule, "role": role} for role in roles)


def build_reconciled(engine: Engine) -> None:
    """Build every table of schema `reconciled` from `run` and `staged`. SQL does sets; between, two graphs are walked on whole arrays."""
    engine.build("reconciled", complete=False)
    _group_islands(engine)
    engine.build("reconciled", complete=False)
    _group_records(engine)
    engine.build("reconciled")


def _group_islands(engine: Engine) -> None:
    """Write reconciled.island_groups: islands that hang together along dependency paths are one episode (DOMAIN 4.1 step 3)."""
    links = _arrays(engine, "select left_no, right_no from reconciled.island_links order by left_no, right_no")
    islands = engine.rows("select count(*) as islands from reconciled.component_islands")[0]["islands"]
    groups = connected(islands, links["left_no"], links["right_no"])
    _write_groups(engine, "reconciled.island_groups", "island_no", groups)


def _group_records(engine: Engine) -> None:
    """Write reconciled.record_groups: matched records, assembled under the guards (DOMAIN 4.1 step 7)."""
    nodes = _arrays(
        engine,
        """
        select
            start_us,
            end_us,
            entity <> 'episode' as is_claim,
            if(provider_id is null, 0, dense_rank() over (order by provider_id nulls last)) - 1 as provider_no
        from reconciled.records
        order by record_no
        """,
    )
    records = Records(nodes["start_us"], nodes["end_us"], nodes["is_claim"], nodes["provider_no"])
    links = _arrays(engine, "select left_no, right_no, is_binding from reconciled.match_links order by strength_no")
    apart = _arrays(engine, "select left_no, right_no from reconciled.pair_reviews where decision = 'no_match' order by all")
    groups = assemble(
        records,
        Pairs(links["left_no"], links["right_no"], links["is_binding"]),
        np.stack([apart["left_no"], apart["right_no"]], axis=1),
    )
    _write_groups(engine, "reconciled.record_groups", "record_no", groups)


def _arrays(engine: Engine, sql: str) -> dict[str, Any]:
    """Return the columns of a result without nulls as numpy arrays."""
    return dict(engine.connection.sql(sql).fetchnumpy())


def _write_groups(engine: Engine, address: str, name: str, groups: Numbers) -> None:
    """Write one row per number from 0, with the smallest number of its group."""
    columns = [_arrow(np.arange(len(groups), dtype=np.int64)), _arrow(groups)]
    engine.connection.register("groups", pa.Table.from_arrays(columns, names=[name, "group_no"]))
    engine.execute(f"create table {address} as select {name}, group_no from groups")
    engine.connection.unregister("groups")


def _arrow(numbers: Numbers) -> pa.Array:
    """Return an array as Arrow sees it, without a copy (`pa.array` would import pandas)."""
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])
