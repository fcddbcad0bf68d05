"""The one file that imports Prefect: `flow`, `task`, artifacts and progress.

Direct mode (`set_direct()` before any flow is imported) makes all of them plain calls and Prefect is not even imported: an auditor needs no
orchestrator. Otherwise flows and tasks are Prefect's. Nothing that computes is retried: a second try cannot change the answer.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from tasks.model.errors import LedgerError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class _Mode:
    direct = False
    quiet = False


class _Progress:
    """How far a flow has come, as one progress artifact in Prefect's UI."""

    def __init__(self, steps: int) -> None:
        from prefect.artifacts import create_progress_artifact

        self.steps = steps
        self.done = 0
        self.artifact_id = create_progress_artifact(progress=0.0, key="progress", description="steps done")

    def step(self, name: str) -> None:
        from prefect.artifacts import update_progress_artifact

        self.done = min(self.done + 1, self.steps)
        update_progress_artifact(self.artifact_id, progress=100 * self.done / self.steps, description=f"done: {name}")


_progress: ContextVar[_Progress | None] = ContextVar("progress", default=None)


def set_direct(*, quiet: bool = False) -> None:
    """Make every flow and task a plain call. To be called before a flow is imported; `quiet` hides progress on stderr."""
    _Mode.direct = True
    _Mode.quiet = quiet


def flow(name: str, steps: int) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a function an occasion: a Prefect flow of that name which shows its progress over so many steps, or itself in direct mode."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        if _Mode.direct:
            return function
        import prefect

        @functools.wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            token = _progress.set(_Progress(steps))
            try:
                return function(*args, **kwargs)
            finally:
                _progress.reset(token)

        return prefect.flow(name=name, validate_parameters=False, persist_result=False)(run)  # type: ignore[return-value]

    return decorate


def task(name: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Make a function a step: a Prefect task without retries and without Prefect's cache (rooms are the cache), or a plain call."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        step = function if _Mode.direct else _prefect_task(name, function)

        @functools.wraps(function)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if _Mode.direct and not _Mode.quiet:
                print(f"  · {name}", file=sys.stderr, flush=True)  # noqa: T201 - the command line's progress
            result = step(*args, **kwargs)
            if (shown := _progress.get()) is not None:
                shown.step(name)
            return result

        return call

    return decorate


def _prefect_task(name: str, function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    import prefect
    from prefect.cache_policies import NO_CACHE

    return prefect.task(name=name, retries=0, cache_policy=NO_CACHE, persist_result=False)(function)  # type: ignore[return-value]


def secret(name: str) -> str | None:
    """Return a secret: the environment variable of that name, else, under Prefect, the secret block; None if there is neither.

    Raises:
        LedgerError: If the server that holds the blocks does not answer.
    """
    if (found := os.environ.get(name)) or _Mode.direct:
        return found or None
    import httpx
    from prefect.blocks.system import Secret

    try:
        return str(Secret.load(name.lower().replace("_", "-")).get())  # type: ignore[union-attr]
    except ValueError:  # no such block
        return None
    except httpx.HTTPError as error:  # its words may name an address with a login
        what = f"the Prefect server, which may hold secret {name}, does not answer ({type(error).__name__})"
        raise LedgerError(what, where="PREFECT_API_URL", fix=f"start it with sla up, or set {name} in the environment") from None


def table_artifact(key: str, rows: Sequence[Mapping[str, Any]], words: str) -> None:
    """Show a bounded table in Prefect's UI; nothing in direct mode. `key` holds lower-case letters, digits and dashes."""
    if _Mode.direct:
        return
    from prefect.artifacts import create_table_artifact

    create_table_artifact(table=[{name: str(value) for name, value in row.items()} for row in rows], key=key, description=words)


def markdown_artifact(key: str, text: str) -> None:
    """Show Markdown in Prefect's UI; nothing in direct mode."""
    if _Mode.direct:
        return
    from prefect.artifacts import create_markdown_artifact

    create_markdown_artifact(markdown=text, key=key)


def link_artifact(key: str, link: str, words: str) -> None:
    """Show a link in Prefect's UI; nothing in direct mode."""
    if _Mode.direct:
        return
    from prefect.artifacts import create_link_artifact

    create_link_artifact(link=link, link_text=words, key=key)
