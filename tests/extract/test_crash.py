"""A process killed at any step of fetching: the next one has everything, and nothing half-written is ever seen (DESIGN 1.3)."""

import itertools
import os
from datetime import datetime

from tasks.store.raw import sidecar_of, sidecars_alone
from tests.extract import server as fake
from tests.extract.server import Server, serving
from tests.extract.test_fetching import NOW, SERVICENOW, Desk, tickets


def dying(steps):
    """Die at the n-th write, rename or removal: nothing is flushed, rolled back or cleaned up."""
    left = itertools.count(steps, -1)

    def deadly(work):
        def call(*args, **kwargs):
            if next(left) == 1:
                os._exit(9)
            return work(*args, **kwargs)

        return call

    os.fsync, os.replace, os.unlink = deadly(os.fsync), deadly(os.replace), deadly(os.unlink)


def fork(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_fetch_killed_at_any_step_is_completed_by_the_next(tmp_path):
    with serving(Server(fake.servicenow(tickets(20)))) as server:
        for steps in itertools.count(1):
            here = Desk(tmp_path / str(steps), server, **(SERVICENOW | {"since": "2026-10-15", "slice_days": 10, "overlap_h": 0}))
            died = fork(lambda here=here, steps=steps: (dying(steps), here.visit()))
            for name in here.files():
                assert sidecar_of(here.home.inbox / "desk" / name), "a file is never there without what it covers"
            assert here.visit().fault is None
            assert sidecars_alone(here.home, "desk") == []
            assert not [name for name in here.left() if name.startswith(".")]
            bodies = [row.body for row in here.land()]
            spans = sorted((body["covers_start_at"], body["covers_end_at"]) for body in bodies)
            assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
            assert datetime.fromisoformat(spans[-1][1]) == NOW
            assert here.keys() == {f"INC{number:07d}" for number in range(14, 21)}  # made on 15 to 21 October
            if died == 0:
                break
    assert steps > 8, "too few steps were found to die at"
