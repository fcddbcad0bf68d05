"""What every command takes (DESIGN 3), written once: --home, --direct, --json, --threads, --memory, --clock."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tasks.model.errors import LedgerError

COMMON: dict[str, tuple[Any, Any]] = {
    "home": (Annotated[Path | None, typer.Option(help="The home's folder; else SLA_HOME, else the sample home.")], None),
    "direct": (Annotated[bool, typer.Option("--direct", help="Run without Prefect, as plain calls: same bytes.")], False),
    "as_json": (Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")], False),
    "threads": (Annotated[int | None, typer.Option(min=1, help="Threads DuckDB may use.")], None),
    "memory": (Annotated[str | None, typer.Option(help="DuckDB's memory limit, such as 512MB; beyond it spills to disk.")], None),
    "clock": (Annotated[str | None, typer.Option(help="A simulated now (ISO 8601 with offset): journalled and stamped on pages.")], None),
}


@dataclass(frozen=True)
class Options:
    """The common options of one call."""

    home: Path
    direct: bool
    as_json: bool
    threads: int | None
    memory: str | None
    clock: str | None

    def answer(self, result: Any, words: str) -> None:
        """Print the result on stdout: JSON if asked for, else words."""
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False, default=str) if self.as_json else words)


def with_options(command: Callable[..., int | None]) -> Callable[..., None]:
    """Give a command the common options; its first argument becomes `Options`, its result the exit code, its errors words."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in COMMON.items()
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        shared = {name: given.pop(name) for name in COMMON}
        try:
            code = command(_options(**shared), **given)
        except LedgerError as error:
            typer.echo(str(error), err=True)
            code = error.exit_code
        raise typer.Exit(code or 0)

    run.__signature__ = inspect.Signature([p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + common)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in own} | {name: kind for name, (kind, _) in COMMON.items()}
    return run


def _options(home: Path | None, direct: bool, as_json: bool, threads: int | None, memory: str | None, clock: str | None) -> Options:
    from tasks.store.home import SAMPLE_HOME

    place = home or Path(os.environ.get("SLA_HOME") or SAMPLE_HOME)
    return Options(place, direct, as_json, threads, memory, clock)


def choose_mode(options: Options, *, is_told: bool = True) -> None:
    """Set direct mode unless a Prefect server is named by PREFECT_API_URL; says so in one line. Call before importing a flow."""
    from tasks.orchestration import set_direct

    is_named = bool(os.environ.get("PREFECT_API_URL"))
    if is_told and not (options.direct or is_named):
        print("running direct: PREFECT_API_URL names no Prefect server (sla up starts one)", file=sys.stderr)  # noqa: T201
    if options.direct or not is_named:
        set_direct(quiet=options.as_json)
