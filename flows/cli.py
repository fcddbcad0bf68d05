"""The command line `sla`: thin, one verb each. Heavy modules are imported by the command that needs them, so that `sla --help` is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.options import Options, choose_mode, with_options

app = typer.Typer(
    help="Which incidents hurt us, what did the contract promise, what are we owed, and can we prove it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
EXIT_CODES = "Exit codes: 0 done; 1 done, but a gate or check found faults; 2 usage or configuration; 3 verification failed."


@app.command(epilog=EXIT_CODES)
@with_options
def land(
    options: Options,
    source: Annotated[str | None, typer.Option(help="Only this source of sources.yml.")] = None,
    withdraw: Annotated[str | None, typer.Option(metavar="DIGEST", help="Take a landed file back, by its sha256 or the beginning.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is taken back.")] = "",
) -> int:
    """Take new exports from inbox/<source>/ into the raw room: idempotent by digest, with control totals. Or take one back."""
    choose_mode(options)
    if withdraw is not None:
        from flows.withdraw import withdraw as take_back

        withdrawal = take_back(str(options.home), withdraw, reason, source, clock=options.clock)
        options.answer(withdrawal.as_dict(), str(withdrawal))
        return 0
    from flows.daily import daily

    report = daily(str(options.home), source, clock=options.clock)
    options.answer(report.as_dict(), str(report))
    return 1 if report.refused else 0


@app.command(epilog=EXIT_CODES)
@with_options
def month(
    options: Options,
    period: Annotated[str, typer.Argument(help="The month, such as 2026-10.")],
    as_of: Annotated[str | None, typer.Option(help="Use only what was recorded by this instant (ISO 8601 with offset).")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="A month that is not over: marked provisional, never LATEST.")] = False,
) -> int:
    """Build, check and seal the monthly compliance pack: land, stage, gate, reconcile, measure, publish, seal."""
    choose_mode(options)
    from flows.month import month as monthly_compliance

    outcome = monthly_compliance(
        str(options.home), period, as_of, preview, clock=options.clock, threads=options.threads, memory=options.memory
    )
    options.answer(outcome.as_dict(), outcome.in_words())
    return 1 if outcome.is_blocked else 0


@app.command(epilog=EXIT_CODES)
@with_options
def check(options: Options) -> int:
    """Check the reference files alone: every fault at once, with file, line and mend."""
    from tasks.store.home import open_home
    from tasks.store.reference import check_reference

    found = check_reference(open_home(options.home))
    faults = [one for one in found if one.level == "fault"]
    words = [f"{one.level}: {one}" for one in found]
    options.answer([one.as_dict() for one in found], "\n".join([*words, f"{len(faults)} faults, {len(found) - len(faults)} findings"]))
    return 2 if faults else 0


@app.command(epilog=EXIT_CODES)
@with_options
def explain(options: Options, subject: Annotated[str, typer.Argument(help="A figure (F-…) or incident (I-…) of a published pack.")]) -> int:
    """Show what is behind a figure or an incident: intervals, clause, formula, SQL file and source rows."""
    from tasks.publish.explain import explain as proof_of
    from tasks.store.home import open_home

    proof = proof_of(open_home(options.home), subject)
    options.answer(proof.as_dict(), proof.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def verify(
    options: Options, pack: Annotated[str | None, typer.Argument(help="A bundle's file, a run_id or occasion/period.")] = None
) -> int:
    """Check the journal's chain, or a sealed pack's every byte; offline, nothing is recomputed."""
    from flows.clock import clock_at
    from tasks.archive.verify import verify as findings_of
    from tasks.store.home import open_home

    verified = findings_of(open_home(options.home), pack, now=clock_at(options.clock), is_simulated=options.clock is not None)
    options.answer(verified.as_dict(), str(verified))
    return 3 if verified.faults else 0


@app.command(epilog=EXIT_CODES)
@with_options
def up(options: Options) -> int:
    """Start a local Prefect server and worker and keep them running."""
    from flows.server import up as start

    running = start()
    options.answer(running, f"Prefect server ready: {running['ui_url']}\n  export PREFECT_API_URL={running['api_url']}")
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def down(options: Options) -> int:
    """Stop what `sla up` started."""
    from flows.server import down as stop

    stopped = stop()
    options.answer({"stopped": stopped}, "stopped" if stopped else "nothing was running")
    return 0


def main() -> None:
    """Run the command line."""
    app()
