"""`sla up` and `sla down`: a Prefect server and worker on this machine, kept running so that flows start in about a second.

Their state and their process ids lie in `.prefect/` of the checkout. Nothing here computes a figure.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from tasks.model.errors import LedgerError
from tasks.store.home import CHECKOUT

STATE = CHECKOUT / ".prefect"
POOL = "local"
READY_WITHIN_S = 120


def up(*, with_worker: bool = True) -> dict[str, str]:
    """Start a server, and a worker for the deployments of prefect.yaml, unless they run already; return their addresses.

    Raises:
        LedgerError: If the server is not ready in time, with the place of its log.
    """
    running = read_state()
    if not running or not _is_alive(running["api_url"]):
        running = _start_server()
    if with_worker and not running.get("worker_pid"):
        running |= _start_worker(running["api_url"])
    (STATE / "server.json").write_text(json.dumps(running), encoding="utf-8")
    return running


def down() -> bool:
    """Stop what `up` started; tell whether there was anything."""
    running = read_state()
    if not running:
        return False
    for name in ("worker_pid", "server_pid"):
        if running.get(name):
            _stop(int(running[name]))
    (STATE / "server.json").unlink()
    return True


def read_state() -> dict[str, str]:
    """Return what `up` noted down, or an empty mapping."""
    file = STATE / "server.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def environment(api_url: str | None = None) -> dict[str, str]:
    """Return the environment for Prefect's own processes: state in the checkout, no telemetry."""
    ours = {
        "PREFECT_HOME": str(STATE),
        "SLA_CHECKOUT": str(CHECKOUT),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    return os.environ | ours | ({"PREFECT_API_URL": api_url} if api_url else {})


def _start_server() -> dict[str, str]:
    STATE.mkdir(exist_ok=True)
    port = _free_port()
    api_url = f"http://127.0.0.1:{port}/api"
    process = _spawn("server", ["server", "start", "--host", "127.0.0.1", "--port", str(port)], environment())
    deadline = time.monotonic() + READY_WITHIN_S
    while not _is_alive(api_url):
        if process.poll() is not None or time.monotonic() > deadline:
            _stop(process.pid)
            raise LedgerError(
                "the Prefect server did not become ready", where=str(STATE / "server.log"), fix="read that log, or run with --direct"
            )
        time.sleep(0.2)
    return {"api_url": api_url, "ui_url": f"http://127.0.0.1:{port}", "server_pid": str(process.pid)}


def _start_worker(api_url: str) -> dict[str, str]:
    env = environment(api_url)
    command = [sys.executable, "-m", "prefect"]
    pool = [*command, "work-pool", "create", POOL, "--type", "process", "--overwrite"]
    deploy = [*command, "--no-prompt", "deploy", "--all"]
    for step in (pool, deploy):
        done = subprocess.run(step, env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode:
            raise LedgerError(
                f"prefect {step[-2]} failed: {done.stderr.strip()[-400:]}", where="prefect.yaml", fix="mend it, or run with --direct"
            )
    return {"worker_pid": str(_spawn("worker", ["worker", "start", "--pool", POOL], env).pid)}


def _spawn(name: str, words: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    with (STATE / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "prefect", *words]
        return subprocess.Popen(command, env=env, cwd=CHECKOUT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def _is_alive(api_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=2) as answer:  # noqa: S310 - a loopback address of ours
            return answer.status == 200
    except OSError:
        return False


def _stop(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
