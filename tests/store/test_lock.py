"""One writer a home at a time; who holds the lock is named; a dead writer holds nothing."""

import subprocess
import sys

import pytest

from tasks.model.errors import LedgerError
from tasks.store.home import CHECKOUT, Home
from tasks.store.lock import locked

HOLDER = """
import os, sys
from pathlib import Path
from tasks.store.home import Home
from tasks.store.lock import locked
with locked(Home(Path(sys.argv[1]), "Test", "eu", "UTC"), "month"):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, "Test", "eu", "UTC")


@pytest.fixture
def holder(home):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        pid = int(process.stdout.readline())
        yield process, pid
        process.kill()


def test_a_second_writer_waits_a_little_and_is_told_who_works_here(home, holder):
    _, pid = holder
    with pytest.raises(LedgerError, match=f"process {pid}, sla month"), locked(home, "land", wait_s=0.2):
        pass


def test_a_killed_writer_holds_nothing(home, holder):
    process, _ = holder
    process.kill()
    process.wait()
    with locked(home, "land", wait_s=0.2):
        pass


def test_the_lock_is_free_again_even_after_an_error(home):
    with pytest.raises(ZeroDivisionError), locked(home, "month"):
        raise ZeroDivisionError
    with locked(home, "land", wait_s=0.2):
        pass
