"""The command line `sla`: thin, one verb each. Heavy modules are imported by the command that needs them, so that `sla --help` is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flows import review_commands
from flows.options import Options, choose_mode, with_options
from tasks.model.errors import LedgerError

app = typer.Typer(
    help="Which incidents hurt us, what did the contract promise, what are we owed, and can we prove it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
EXIT_CODES = "Exit codes: 0 done; 1 done, but a gate or check found faults; 2 usage or configuration; 3 verification failed."


@app.command(epilog=EXIT_CODES)
@with_options
def fetch(options: Options, source: Annotated[str | None, typer.Option(help="Only this source of sources.yml.")] = None) -> int:
    """Fetch what is new from every source with a fetch block, over HTTP, into inbox/<source>/; sla land takes it from there."""
    choose_mode(options)
    from flows.fetch import fetch as bring_in

    report = bring_in(str(options.home), source, clock=options.clock)
    options.answer(report.as_dict(), str(report))
    return 1 if report.faults else 0


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
    from flows.land import land as take_in

    report = take_in(str(options.home), source, clock=options.clock)
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


app.command("quarter", epilog=EXIT_CODES)(with_options(review_commands.quarter))
app.command("trends", epilog=EXIT_CODES)(with_options(review_commands.trends))


@app.command("what-if", epilog=EXIT_CODES)
@with_options
def what_if(
    options: Options,
    contract_file: Annotated[Path, typer.Argument(help="The other terms: a contract file, wherever it lies.")],
    first: Annotated[str, typer.Option("--from", help="The first month, such as 2026-07.")],
    last: Annotated[str, typer.Option("--to", help="The last month.")],
    replaces: Annotated[
        str | None, typer.Option(metavar="CONTRACT", help="The contract it stands in for; else the one of its own contract_id.")
    ] = None,
) -> int:
    """Judge past months under other terms: verdicts and money side by side, into published/what-if/; no pack changes."""
    choose_mode(options)
    from flows.what_if import what_if as replay

    outcome = replay(
        str(options.home),
        str(contract_file),
        first,
        last,
        replaces,
        clock=options.clock,
        threads=options.threads,
        memory=options.memory,
    )
    options.answer(outcome.as_dict(), outcome.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def metrics(
    options: Options,
    first: Annotated[str, typer.Option("--from", metavar="D", help="The first day, such as 2026-10-01; or a month or quarter.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="The last day, which is in it.")],
    by: Annotated[str | None, typer.Option(help="Only rows by all, service, provider, team or severity.")] = None,
) -> int:
    """MTTD, MTTR, recurrence and the rest over any days: what may be said of each, and against the days before."""
    choose_mode(options)
    from flows.metrics import DIMENSIONS
    from flows.metrics import metrics as measure_days

    if by is not None and by not in DIMENSIONS:
        raise LedgerError(f"'{by}' is no dimension", where="sla metrics --by", known=list(DIMENSIONS), fix="use one of these")
    outcome = measure_days(str(options.home), first, last, by, clock=options.clock, threads=options.threads, memory=options.memory)
    options.answer(outcome.as_dict(), outcome.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def check(options: Options) -> int:
    """Check the reference files alone: every fault at once, with file, line and mend."""
    from tasks.store.home import open_home
    from tasks.store.reference import check_reference

    found = check_reference(open_home(options.home))
    faults = [one for one in found if one.level == "fault"]
    words = [f"{one.level}: {one}" for one in found]
    next_step = "next: mend these, then sla check" if faults else "next: sla land, or sla month YYYY-MM"
    counts = f"{len(faults)} faults, {len(found) - len(faults)} findings; {next_step}"
    options.answer([one.as_dict() for one in found], "\n".join([*words, counts]))
    return 2 if faults else 0


@app.command(epilog=EXIT_CODES)
@with_options
def init(
    options: Options,
    folder: Annotated[Path, typer.Argument(help="The new home's folder: not there yet, or empty.")],
    name: Annotated[str | None, typer.Option(help="What pages call the estate.")] = None,
    region: Annotated[str | None, typer.Option(help="One word for where its data lives, such as eu.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone its months begin in, such as Europe/Berlin.")] = None,
) -> int:
    """Scaffold a home: reference files with their blanks marked TODO, inbox folders, and what to do next."""
    from tasks.start.scaffold import init as scaffold

    made = scaffold(folder, {"name": name, "region": region, "display_timezone": timezone})
    options.answer(made.as_dict(), made.in_words())
    return 0


@app.command("map", epilog=EXIT_CODES)
@with_options
def map_(
    options: Options,
    file: Annotated[Path, typer.Argument(help="An export: csv, tsv, xlsx, json, ndjson or parquet.")],
    entity: Annotated[str | None, typer.Option(help="What its rows are, such as ticket; guessed if left out.")] = None,
    name: Annotated[str | None, typer.Option(help="The mapping's name; the source's if left out.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without offset; the home's if left out.")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    header_row: Annotated[int | None, typer.Option(min=1, help="The row of the header, as the spreadsheet counts.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of its text, such as cp1252.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write reference/mappings/<name>.yml; never over one that is there.")] = False,
) -> int:
    """Profile an unknown export and propose a mapping, with ten mapped rows, what is unsure and what is missing."""
    from tasks.stage.propose.map_file import Asked, map_file
    from tasks.store.home import open_home

    mapped = map_file(open_home(options.home), file, Asked(entity, name, timezone, sheet, header_row, encoding), is_written=write)
    options.answer(mapped.as_dict(), mapped.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def doctor(
    options: Options,
    online: Annotated[bool, typer.Option("--online", help="Ask each server that is fetched from for one small page.")] = False,
) -> int:
    """Look whether machine, home and sources are well, with a mend for each thing that is not; writes nothing."""
    from flows.doctor import look_at

    choose_mode(options, is_told=False)
    diagnosis = look_at(options.home, clock=options.clock, is_online=online)
    options.answer(diagnosis.as_dict(), diagnosis.in_words())
    return diagnosis.exit_code


vendor = typer.Typer(help="Vendors: contracts and sources.", no_args_is_help=True)
app.add_typer(vendor, name="vendor")


@vendor.command("add", epilog=EXIT_CODES)
@with_options
def vendor_add(
    options: Options,
    vendor_id: Annotated[str, typer.Argument(metavar="ID", help="Its id: of the contract, the provider and the source.")],
    like: Annotated[str, typer.Option(help="Form of its credits: tiers, per_block, proportional, hourly, at_risk, points or none.")],
) -> int:
    """Write a commented contract and a source for a new vendor, and list the terms that are still unknown."""
    from tasks.start.vendor import add_vendor
    from tasks.store.home import open_home

    added = add_vendor(open_home(options.home), vendor_id, like)
    options.answer(added.as_dict(), added.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def decide(
    options: Options,
    action: Annotated[str | None, typer.Argument(metavar="[list]", help="list: show what was decided. Left out: decide.")] = None,
    kind: Annotated[str | None, typer.Option(help="What is decided: an entity such as exclusion_request, dispute, override.")] = None,
    by: Annotated[str | None, typer.Option(metavar="PERSON", help="Who decides: a person_ref of people.yml.")] = None,
    role: Annotated[str | None, typer.Option(help="The role they decide in, if they hold several.")] = None,
    file: Annotated[Path | None, typer.Option(help="YAML with the columns of the entity.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="One column; goes before --file.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key; else the one sla key new made for that person.")] = None,
) -> int:
    """Append a decision to the journal: the next run reads it, as of its date. What is left out is taken from the version before."""
    from flows.decide import decide_on, decisions

    if action not in (None, "list"):
        raise LedgerError(
            f"no such word '{action}'", where="sla decide", known=["list"], fix="write sla decide list, or sla decide --kind …"
        )
    if action == "list":
        found = decisions(options.home, kind)
        options.answer([one.as_dict() for one in found], "\n".join(map(str, found)) or "nothing was decided yet")
        return 0
    row = decide_on(options, kind, by=by, role=role, file=file, sets=set_ or [], key=key)
    options.answer(row.as_dict(), str(row))
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def sign(
    options: Options,
    pack: Annotated[str, typer.Argument(help="A run_id, or its newest pack: month/2026-10, quarter/2026-Q3/VENDOR/EDITION.")],
    role: Annotated[str | None, typer.Option(help="The role to sign in: one that the policy asks for.")] = None,
    by: Annotated[str | None, typer.Option(metavar="PERSON", help="Who signs; not needed where one person alone holds the role.")] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no: the pack stays open, and the sheet shows it.")] = False,
    key: Annotated[Path | None, typer.Option(help="Private key; else the one sla key new made for that person.")] = None,
) -> int:
    """Sign a sealed pack after every byte of it was checked; a month is closed when all the policy's roles have signed."""
    from flows.sign import sign as sign_off

    signed = sign_off(options, pack, role=role, by=by, key=key, is_approved=not refuse)
    options.answer(signed.as_dict(), str(signed))
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def sql(
    options: Options,
    question: Annotated[str, typer.Argument(help='One SELECT, such as "select service_id, value_pct, status from sla_results".')],
) -> int:
    """Ask the published tables in SQL, read-only: sla_results is the newest month's, every_month.sla_results every month's."""
    from flows.words import as_columns
    from tasks.publish.asking import ask
    from tasks.store.engine import Limits
    from tasks.store.home import open_home

    columns, rows = ask(open_home(options.home), question, Limits(threads=options.threads, memory=options.memory))
    options.answer(rows, as_columns(columns, rows))
    return 0


class ListFirst(TyperGroup):
    """A group that lists if no command of its own is named: `sla claims --json` is `sla claims list --json`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` before options that stand alone."""
        is_named = args and (not args[0].startswith("-") or args[0] == "--help")
        return super().parse_args(ctx, args if is_named else ["list", *args])


claims = typer.Typer(cls=ListFirst, help="The claim desk. Alone: all claims with deadlines, money at risk and what to do next.")
app.add_typer(claims, name="claims")
ClaimId = Annotated[str, typer.Argument(metavar="CLAIM", help="Its id, or the beginning of it, as sla claims lists it.")]
By = Annotated[str | None, typer.Option("--by", metavar="PERSON", help="Who acts: a person_ref of people.yml.")]
Role = Annotated[str | None, typer.Option("--role", help="The role they act in, if they hold several.")]
Key = Annotated[Path | None, typer.Option("--key", help="Private key; else the one sla key new made for that person.")]
At = Annotated[str | None, typer.Option("--at", help="When it happened (ISO 8601 with offset); now if left out.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in the provider's words if they are theirs; no names of people.")]
Ref = Annotated[str | None, typer.Option("--provider-ref", help="The provider's own number of the case; credit notes may name it.")]


@claims.command("list", epilog=EXIT_CODES)
@with_options
def claims_list(options: Options) -> int:
    """List claims, the earliest deadline first: dates, amount, state, money at risk, what is missing, what to do next."""
    from flows.claims import claims_now

    told = claims_now(options)
    options.answer(told.as_dict(), told.in_words())
    return 0


@claims.command("watch", epilog=EXIT_CODES)
@with_options
def claims_watch(options: Options) -> int:
    """Tell the audiences of notify.yml (on: [claims]) what is due, each thing once: what the daily deployment does."""
    choose_mode(options)
    from flows.claims_watch import claims_watch as watch

    found = watch(str(options.home), clock=options.clock)
    options.answer(found.as_dict(), found.in_words())
    return 0


@claims.command("prepare", epilog=EXIT_CODES)
@with_options
def claims_prepare(
    options: Options,
    claim: ClaimId,
    by: By = None,
    role: Role = None,
    attach: Annotated[list[str] | None, typer.Option(metavar="CONTENT=FILE", help="A file that holds what the contract demands.")] = None,
    signatory: Annotated[str | None, typer.Option(metavar="PERSON", help="Who signs the letter; else the first with that role.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Show the pre-flight list alone; write nothing.")] = False,
    key: Key = None,
) -> int:
    """Check what the contract demands, write letter and worksheet, and note that the claim is ready. Another person files it."""
    from flows.claims import Person, prepare

    told = prepare(options, claim, attach or [], signatory, Person(by, role, key), is_check=check)
    options.answer(told.as_dict(), told.in_words())
    return 0 if told.is_whole else 1


@claims.command("file", epilog=EXIT_CODES)
@with_options
def claims_file(
    options: Options,
    claim: ClaimId,
    by: By = None,
    role: Role = None,
    at: At = None,
    sent: Annotated[list[Path] | None, typer.Option(help="What was sent, if not the letter; its hash is kept: keep the file.")] = None,
    receipt: Annotated[Path | None, typer.Option(help="The provider's receipt, if it came at once; its hash is kept.")] = None,
    provider_ref: Ref = None,
    key: Key = None,
) -> int:
    """Note that the claim was sent, with the hash of what was sent and of the receipt. Whoever prepared it may not file it."""
    from flows.claims import Person, file

    told = file(options, claim, sent or [], receipt, provider_ref, at, Person(by, role, key))
    options.answer(told.as_dict(), told.in_words())
    return 0


@claims.command("receipt", epilog=EXIT_CODES)
@with_options
def claims_receipt(
    options: Options,
    claim: ClaimId,
    file: Annotated[Path | None, typer.Option(help="The provider's receipt; its hash is kept, keep the file.")] = None,
    by: By = None,
    role: Role = None,
    at: At = None,
    provider_ref: Ref = None,
    key: Key = None,
) -> int:
    """Note that the provider received the claim: that instant, not our sending, is held against the deadline."""
    from flows.claims import Person, receive

    told = receive(options, claim, file, provider_ref, at, Person(by, role, key))
    options.answer(told.as_dict(), told.in_words())
    return 0


@claims.command("decision", epilog=EXIT_CODES)
@with_options
def claims_decision(
    options: Options,
    claim: ClaimId,
    result: Annotated[str, typer.Option(help="approved, partly_approved or rejected.")] = "",
    amount: Annotated[str | None, typer.Option(help="What was granted, if not all.")] = None,
    reason: Reason = "",
    by: By = None,
    role: Role = None,
    at: At = None,
    provider_ref: Ref = None,
    key: Key = None,
) -> int:
    """Note what the provider decided: granted, granted in part, or refused, and why."""
    from flows.claims import Person, decide_claim

    told = decide_claim(options, claim, result, amount, reason, provider_ref, at, Person(by, role, key))
    options.answer(told.as_dict(), told.in_words())
    return 0


@claims.command("settlement", epilog=EXIT_CODES)
@claims.command("settle", hidden=True)
@with_options
def claims_settlement(
    options: Options,
    claim: ClaimId,
    invoice: Annotated[str | None, typer.Option(help="The invoice or credit note; else every staged line that names the claim.")] = None,
    line: Annotated[int | None, typer.Option(help="Its line.")] = None,
    by: By = None,
    role: Role = None,
    at: At = None,
    key: Key = None,
) -> int:
    """Note the credit: matched to a line of a landed invoice; another currency, a charge or more than is open is refused."""
    from flows.claims import Person, settle

    told = settle(options, claim, invoice, line, at, Person(by, role, key))
    options.answer(told.as_dict(), told.in_words())
    return 0


@claims.command("waive", epilog=EXIT_CODES)
@with_options
def claims_waive(
    options: Options, claim: ClaimId, reason: Reason = "", by: By = None, role: Role = None, at: At = None, key: Key = None
) -> int:
    """Give a claim up, with the reason: one that was sent is withdrawn. Roles that may are in the policy (signoff.waive_credit)."""
    from flows.claims import Person, give_up

    told = give_up(options, claim, reason, at, Person(by, role, key))
    options.answer(told.as_dict(), told.in_words())
    return 0


keys = typer.Typer(help="Keys of people who decide and sign.", no_args_is_help=True)
app.add_typer(keys, name="key")


@keys.command("new", epilog=EXIT_CODES)
@with_options
def key_new(
    options: Options,
    person: Annotated[str, typer.Option(metavar="PERSON", help="Whose key it is: a person_ref.")],
    out: Annotated[Path | None, typer.Option(help="The private key's file; else in that person's configuration folder.")] = None,
) -> int:
    """Make an Ed25519 key: the private half in a file of the owner's outside the home, the public half printed for people.yml."""
    from tasks.store.home import open_home
    from tasks.store.keys import default_key_file, new_key

    place = out or default_key_file(person)
    public = new_key(place, outside=open_home(options.home).root)
    words = f"private key: {place} (keep it; nothing else can sign)\nfor reference/people.yml, person {person}:\n  public_key: {public}"
    options.answer({"person_ref": person, "public_key": public, "private_key_file": str(place)}, words)
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def explain(
    options: Options,
    subject: Annotated[str, typer.Argument(help="A figure (F-…), an incident (I-…), a target of one (T-…) or a ticket's own key.")],
) -> int:
    """Show what is behind a figure, an incident, one of its targets or a ticket: intervals, clause, formula, SQL file and source rows."""
    from tasks.publish.explain import explain as proof_of
    from tasks.store.home import open_home

    proof = proof_of(open_home(options.home), subject)
    options.answer(proof.as_dict(), proof.in_words())
    return 0


@app.command(epilog=EXIT_CODES)
@with_options
def verify(
    options: Options,
    pack: Annotated[
        str | None, typer.Argument(help="A bundle's file, a run_id, occasion/period, or quarter/2026-Q3/VENDOR/EDITION.")
    ] = None,
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
