"""A real PostgreSQL for tests: a cluster of its own in a temporary folder, reached through a socket there, stopped at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = "postgres"  # PostgreSQL refuses to run as root; Debian's package brings this account


def binaries() -> Path | None:
    """Return the folder of the newest server programs; None if none is installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    return max(found, key=lambda folder: int(folder.parent.name), default=Path(on_path).parent if on_path else None)


def why_not() -> str | None:
    """Return why no server can be started here, or None."""
    if binaries() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and OWNER not in {user.pw_name for user in pwd.getpwall()}:
        return f"running as root, and there is no account {OWNER} to run PostgreSQL as"
    return None


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the address of a running server without the database's name: `postgresql://postgres@/{}?host=...`."""
    folder = Path(tempfile.mkdtemp(prefix="sla-postgres-"))
    as_owner = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    if as_owner:
        shutil.chown(folder, OWNER, OWNER)
    data, programs = folder / "data", binaries()
    assert programs is not None

    def run(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True, cwd=folder, **as_owner)

    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=20 -c shared_buffers=16MB"
    run(str(programs / "initdb"), "-D", str(data), "-U", OWNER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    try:
        run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
        yield f"postgresql://{OWNER}@/{{}}?host={folder}"
    finally:
        subprocess.run(
            [str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], check=False, capture_output=True, cwd=folder, **as_owner
        )
        shutil.rmtree(folder, ignore_errors=True)
