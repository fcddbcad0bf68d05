"""A process killed at any step of landing: the next call completes it, with nothing lost and nothing doubled (DESIGN 1.3)."""

import json
import subprocess
import sys

from tasks.store.home import CHECKOUT

# Counts every step that touches the disk or the journal, and dies at the n-th: n = 1, 2, ... until a landing survives. After each death the
# next landing is made whole and told. Children are forks, so that nothing is flushed, rolled back or cleaned up when they die.
SCRIPT = """
import itertools, json, os, sys
from pathlib import Path
import sqlalchemy as sa
import tasks.store.whole
from tasks.land.landing import SETTLE, land
from tasks.model.identity import sha256_file
from tasks.store.home import Home
from tasks.store.journal import Journal
from tests.land.exports import DESK, LATER, NOON, PROBES, drop

def fork(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def deadly(steps):
    left = itertools.count(steps, -1)
    def step():
        if next(left) == 1:
            os._exit(9)
    def dying(work):
        def call(*args, **kwargs):
            step()
            return work(*args, **kwargs)
        return call
    os.fsync, os.replace, os.unlink = dying(os.fsync), dying(os.replace), dying(os.unlink)
    writes = ("begin", "insert", "commit")
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *given: step() if given[2].lower().startswith(writes) else None)

def landing(home, now):
    return land(home, [DESK, PROBES], Journal.open(home), now=now, settle=SETTLE * 0)

def told(home):
    journal = Journal.open(home)
    bodies = [row.body for row in journal.rows()]
    kept = [sha256_file(home.raw_file(body["file_sha256"], body["file"])) == body["file_sha256"] for body in bodies]
    raw = [path.name for path in home.room("raw").rglob("*") if path.is_file()]
    instants = {row.recorded_from for row in journal.rows()}
    return {"landed": sorted(body["file"] for body in bodies), "kept": all(kept), "raw": sorted(raw), "instants": len(instants),
            "faults": journal.verify()}

for steps in itertools.count(1):
    home = Home(Path(sys.argv[1]) / str(steps), "Test", "eu", "UTC")
    drop(home, "a.csv", "k\\n1\\n"), drop(home, "b.csv", "k\\n2\\n", source="probes")
    died = fork(lambda: (deadly(steps), landing(home, NOON)))
    fork(lambda: (landing(home, LATER), print(json.dumps({"died": died, **told(home)}), flush=True)))
    if died == 0:
        break
"""


def test_a_landing_killed_at_any_step_is_completed_by_the_next(tmp_path):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) > 15, "too few steps were found to die at"
    assert {end["died"] for end in told[:-1]} == {9}
    whole = {"landed": ["a.csv", "b.csv"], "kept": True, "raw": ["a.csv", "b.csv"], "instants": 1, "faults": []}
    assert [end | {"died": 0} for end in told] == [{"died": 0} | whole] * len(told)
