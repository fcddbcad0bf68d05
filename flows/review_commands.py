"""`sla quarter` and `sla trends`: the commands of a quarter's packs."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.options import Options, choose_mode


def quarter(
    options: Options,
    period: Annotated[str, typer.Argument(help="The quarter, such as 2026-Q3.")],
    vendor: Annotated[str | None, typer.Option(metavar="ID", help="Only this vendor; else every one with a contract in force.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Use only what was recorded by this instant (ISO 8601 with offset).")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="A quarter that is not over: marked provisional, never LATEST.")] = False,
) -> int:
    """Build, check and seal the vendor review packs of a quarter: each vendor in our edition and in the vendor's own."""
    choose_mode(options)
    from flows.quarter import quarter as quarterly_review

    outcome = quarterly_review(
        str(options.home), period, vendor, as_of, preview, clock=options.clock, threads=options.threads, memory=options.memory
    )
    options.answer(outcome.as_dict(), outcome.in_words())
    return 1 if outcome.is_blocked else 0


def trends(
    options: Options,
    period: Annotated[str, typer.Argument(help="The quarter, such as 2026-Q3.")],
    as_of: Annotated[str | None, typer.Option(help="Use only what was recorded by this instant (ISO 8601 with offset).")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="A quarter that is not over: marked provisional, never LATEST.")] = False,
) -> int:
    """Build, check and seal the leadership trend report of a quarter: it and the seven before it, what is a trend and what is none."""
    choose_mode(options)
    from flows.trends import trends as leadership_trends

    outcome = leadership_trends(
        str(options.home), period, as_of, preview, clock=options.clock, threads=options.threads, memory=options.memory
    )
    options.answer(outcome.as_dict(), outcome.in_words())
    return 1 if outcome.is_blocked else 0
