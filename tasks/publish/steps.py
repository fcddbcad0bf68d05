"""The step that flows call: from measured rooms to a published pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from tasks.model.calendar import add_business_days
from tasks.model.contract import Contract
from tasks.model.dispute_terms import admissible_until, dispute_terms
from tasks.model.period import Period
from tasks.model.run import Run, pack_id_of
from tasks.orchestration import task
from tasks.publish.front import front_page
from tasks.publish.manifest import Origins
from tasks.publish.method import ContractText
from tasks.publish.pack import Pack, Terms, publish_pack
from tasks.publish.review.edition import Reader, reader_of
from tasks.publish.review.pack import ReviewTerms, publish_review
from tasks.publish.signoff import write_sheet
from tasks.publish.since import Since, since
from tasks.publish.trends.draft import Coverage
from tasks.publish.trends.report import OF_EVERY_QUARTER, publish_trends
from tasks.publish.what_if import WhatIf, publish_what_if
from tasks.store.engine import Engine, Limits
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.knowledge import Known
from tasks.store.other_terms import OtherTerms
from tasks.store.packs import write_front
from tasks.store.reference import Reference
from tasks.store.replayed import Replayed, show_both
from tasks.store.room import Room
from tasks.store.run_columns import BASE_TABLES
from tasks.store.run_tables import create_run_tables
from tasks.store.sealed import read_said, sealed_packs
from tasks.store.signoffs import of_pack, pack_signoffs
from tasks.store.staged import Staged


class Judged(Protocol):
    """What the gate hands on: a room with `data_quality`."""

    @property
    def room(self) -> Room:
        """The room of verdicts."""


@task(name="publish the month")
def publish_month(
    home: Home,
    run: Run,
    journal: Journal,
    known: Known,
    staged: Staged,
    door: Judged,
    reconciled: Room,
    measured: Room,
    reference: Reference,
    limits: Limits,
) -> Pack:
    """Publish the monthly compliance pack; running again with the same inputs returns it as it stands."""

    @contextmanager
    def rooms() -> Iterator[Engine]:
        with Engine(limits) as engine:
            staged.show(engine)
            door.room.show(engine)
            create_run_tables(engine, run, reference)
            reconciled.show(engine)
            measured.show(engine)
            yield engine

    def read_since() -> Since | None:
        base = next((pack for pack in sealed_packs(journal, run.occasion, run.period) if pack.run_id == run.base_run_id), None)
        return since(read_said(home, base, BASE_TABLES), run, known, reference) if base else None

    return publish_pack(home, run, origins_of(home, known, reference), terms_of(reference, run), rooms, read_since)


@task(name="publish the vendor reviews")
def publish_reviews(
    home: Home, runs: Sequence[Run], known: Known, staged: Staged, reconciled: Room, measured: Room, reference: Reference, limits: Limits
) -> list[Pack]:
    """Publish one pack for each run of a vendor and edition; those that stand already are returned as they are."""
    return [_publish_review(home, run, known, staged, reconciled, measured, reference, limits) for run in runs]


def _publish_review(
    home: Home, run: Run, known: Known, staged: Staged, reconciled: Room, measured: Room, reference: Reference, limits: Limits
) -> Pack:
    own = [contract for contract in reference.contracts if contract.provider.id == run.vendor_id]

    @contextmanager
    def rooms() -> Iterator[tuple[Engine, Reader]]:
        with Engine(limits) as engine:
            staged.show(engine)
            create_run_tables(engine, run, replace(reference, contracts=tuple(own)))
            reconciled.show(engine)
            measured.show(engine)
            yield engine, reader_of(engine, reference, str(run.vendor_id), run.edition)

    in_force = [contract for contract in own if is_in_force(contract, run.start_at, run.end_at)]
    signoff = reference.policy.signoff.packs.of(run.occasion, run.edition)
    terms = ReviewTerms(in_force, signoff, reference.policy.display.pdf)
    return publish_review(home, run, origins_of(home, known, replace(reference, contracts=tuple(own))), terms, rooms)


@task(name="publish the trends")
def publish_leadership(
    home: Home,
    run: Run,
    known: Known,
    staged: Staged,
    door: Judged,
    reconciled: Room,
    measured: Sequence[Room],
    coverage: Mapping[str, Coverage],
    reference: Reference,
    limits: Limits,
) -> Pack:
    """Publish the leadership trend report; running again with the same inputs returns it as it stands.

    Args:
        home: The home.
        run: The run of the report's own quarter.
        known: What was recorded by as_of.
        staged: The staged room.
        door: The gate's verdicts.
        reconciled: The quarter's.
        measured: The rooms of all quarters with records, the report's own one last.
        coverage: How much of each quarter shown the records cover.
        reference: Contracts and policy as known.
        limits: What may be used of the machine.
    """

    @contextmanager
    def rooms() -> Iterator[Engine]:
        with Engine(limits) as engine:
            staged.show(engine)
            door.room.show(engine)
            create_run_tables(engine, run, reference)
            reconciled.show(engine)
            measured[-1].show(engine)
            for table in OF_EVERY_QUARTER:
                engine.view(f"measured.{table}", [room.file(table) for room in measured])
            yield engine

    texts = [ContractText(one.contract_version_id, one.resolved, one.content_sha256) for one in reference.contracts]
    terms = Terms(texts, reference.policy.signoff.packs.of(run.occasion), has_pdf=reference.policy.display.pdf)
    return publish_trends(home, run, origins_of(home, known, reference), terms, coverage, rooms)


def vendors_of(reference: Reference, start_at: datetime, end_at: datetime) -> list[str]:
    """Return the vendors with a contract in force in a span, by id; teams of our own are none."""
    found = [one for one in reference.contracts if one.provider.id and one.provider.role != "internal_team"]
    return sorted({str(one.provider.id) for one in found if is_in_force(one, start_at, end_at)})


def is_in_force(contract: Contract, start_at: datetime, end_at: datetime) -> bool:
    """Tell whether a contract version is in force at any instant of a span."""
    begins = contract.effective_from is None or contract.effective_from < end_at
    return begins and (contract.effective_to is None or contract.effective_to > start_at)


@task(name="show the home page")
def show_home(home: Home, journal: Journal, reference: Reference, claims: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Write the published room's home page from the packs that stand, who signed them, and claims as they stand now; return its path."""
    return str(write_front(home, front_page(home, reference.policy.signoff.packs, pack_signoffs(journal), claims, now)))


@task(name="show the signatures")
def show_signatures(home: Home, journal: Journal, reference: Reference, manifest: Mapping[str, Any], sha256: str) -> str:
    """Write the sign-off sheet of a pack, whose manifest has that sha256; return its path inside the home."""
    roles = reference.policy.signoff.packs.of(manifest["occasion"], manifest["edition"])
    signed = of_pack(pack_signoffs(journal), pack_id_of(manifest), sha256)
    return write_sheet(home, manifest, sha256, roles, signed, reference.people)


@task(name="publish the comparison")
def publish_comparison(
    home: Home, asked: Sequence[Run], months: Sequence[Replayed], other: OtherTerms, room: Room, quiet: Sequence[str], limits: Limits
) -> WhatIf:
    """Publish what months would have been under other terms; running again with the same inputs returns it as it stands.

    Args:
        home: The home.
        asked: A run for every month asked for, by period.
        months: Those with data, under both terms.
        other: The terms replayed.
        room: Both side by side.
        quiet: Months of which nothing is on record.
        limits: What may be used of the machine.
    """
    period = f"{asked[0].period}_{asked[-1].period}"
    as_of = max(run.as_of for run in asked)
    run = replace(asked[0], run_id=room.key[:16], occasion="what-if", period=period, end_at=asked[-1].end_at, as_of=as_of)
    with Engine(limits) as engine:
        room.show(engine)
        show_both(engine, months, other)
        return publish_what_if(home, run, other, engine, quiet)


def origins_of(home: Home, known: Known, reference: Reference) -> Origins:
    """Return what the manifest says about where the content comes from."""
    return Origins(
        home={"name": home.name, "region": home.region, "display_timezone": home.display_timezone},
        inputs_head={"seq": known.head.seq, "hash": known.head.hash},
        inputs=known.inputs,
        reference=reference.files,
        contracts=[{"contract_version_id": one.contract_version_id, "content_sha256": one.content_sha256} for one in reference.contracts],
        policy_sha256=reference.policy.sha256,
    )


def terms_of(reference: Reference, run: Run) -> Terms:
    """Return the contract texts, who signs which part of a month's pack until when, who decides what, how old rates may be, reply dates."""
    texts = [ContractText(one.contract_version_id, one.resolved, one.content_sha256) for one in reference.contracts]
    signoff = reference.policy.signoff
    max_age = reference.policy.fx.max_age_days
    by, pdf, until = sign_by(reference, run.period), reference.policy.display.pdf, _answer_before(reference, run)
    return Terms(texts, dict(signoff.packs.month), dict(signoff.exclusions), by, max_age, answer_before=until, has_pdf=pdf)


def _answer_before(reference: Reference, run: Run) -> dict[str, datetime]:
    """Return, by contract version, the instant before which the report of a run must be disputed: it counts as issued at its as_of."""
    return {
        contract.contract_version_id: admissible_until(run.as_of, dispute_terms(contract, reference.policy, reference.calendars))
        for contract in reference.contracts
    }


def sign_by(reference: Reference, period: str) -> date:
    """Return the day by which the policy wants a month signed: so many business days after its last day (DOMAIN 7.1)."""
    calendar = reference.calendars[reference.policy.business_calendar]
    return add_business_days(calendar, Period.parse(period).end_day - timedelta(days=1), reference.policy.signoff.signed_business_day)
