"""The claim desk: how every claim of the published months stands now (DOMAIN 3.9, K5).

What may be asked for is read from the months' latest packs; what was done since follows from the events, by the same rules that the
measured room keeps (`tasks/model/claim_state.py`): filing makes no new run of the month it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from tasks.claim.credited import Credited, InvoiceBook
from tasks.model.claim_state import UNDECIDED, UNSENT, Asking, histories, versions_of
from tasks.model.contract import Contract
from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.remedies import Claims
from tasks.model.zones import local_wall
from tasks.store.engine import Engine
from tasks.store.home import Home
from tasks.store.packs import PackFolder, Shelved, shelf
from tasks.store.reference import Reference
from tasks.store.staged import Staged

Row = dict[str, Any]
Lane = Literal["in time", "prepare now", "file now", "red"]
ZERO = Decimal(0)
GRANTED = ("approved", "partly_approved", "settled")
CYCLES = 2  # RC-D12: invoices after an approval, by which its credit must have come
STAGED = ("claim_event", "invoice", "invoice_line")
LASTING = (  # columns that no event changes
    *("claim_id", "contract_id", "contract_version_id", "service_id", "period", "kind", "credit_ids", "currency"),
    *("deadline_rule", "last_day", "deadline_at", "prepare_by", "file_by", "red_from", "run_id", "run_period", "as_of"),
)
CLAIMS = """
    from measured.claims
    qualify row_number() over (partition by claim_id order by as_of desc, run_id, version desc) = 1
    order by deadline_at, claim_id
"""


@dataclass(frozen=True)
class Claim:
    """One claim as it stands at `now`.

    Attributes:
        versions: Columns of table claims for each version, oldest first; the last one stands.
        contract: The version that promises it.
        terms: The claim terms of the measure behind it.
        events: What was done about it, in order.
        pack: The month's pack that it is read from.
        is_rehearsed: That pack was made under a simulated clock.
        book: Invoices of its provider.
        now: Aware UTC.
    """

    versions: Sequence[Row]
    contract: Contract
    terms: Claims
    events: Sequence[Row]
    pack: PackFolder
    is_rehearsed: bool
    book: InvoiceBook
    now: datetime

    @property
    def row(self) -> Row:
        """Return the version that stands."""
        return self.versions[-1]

    @property
    def claim_id(self) -> str:
        """Return its id."""
        return str(self.row["claim_id"])

    @property
    def state(self) -> str:
        """Return its state."""
        return str(self.row["state"])

    @property
    def own_events(self) -> list[Row]:
        """Return the events of the version that stands."""
        return [event for event in self.events if event["claim_version"] == self.row["version"]]

    @property
    def prepared_at(self) -> datetime | None:
        """Return when its letter was last prepared; None if it was not."""
        return next((event["happened_at"] for event in reversed(self.own_events) if event["event"] == "prepared"), None)

    @property
    def prepared_content(self) -> tuple[str, ...]:
        """Return the entries of what was last prepared."""
        return next((tuple(event["content"] or ()) for event in reversed(self.own_events) if event["event"] == "prepared"), ())

    def local_day(self, at: datetime) -> date:
        """Return a day as the contract counts it."""
        return local_wall(self.contract.clock.timezone, at).date()

    @property
    def today(self) -> date:
        """Return the contract's day now."""
        return self.local_day(self.now)

    @property
    def days_left(self) -> int:
        """Return how many days there are to the last one; 0 on that day, negative after it."""
        return int((self.row["last_day"] - self.today).days)

    @property
    def lane(self) -> Lane | None:
        """Return how pressing it is by the desk's own dates; None once it was sent or has lapsed."""
        if self.state not in UNSENT:
            return None
        if self.today >= self.row["red_from"]:
            return "red"
        if self.today >= self.row["file_by"]:
            return "file now"
        return "prepare now" if self.today >= self.row["prepare_by"] and self.state == "draft" else "in time"

    @property
    def sent(self) -> Row | None:
        """Return the newest version that went to the provider; None if none did, or it was refused, came late or was taken back."""
        newest = next((row for row in reversed(self.versions) if row["filed_at"]), None)
        return newest if newest and newest["state"] in (*UNDECIDED, *GRANTED) else None

    @property
    def more(self) -> Decimal:
        """Return what the version that stands asks for beyond what went to the provider before: of an amendment not yet sent."""
        return max(self.row["amount"] - (self.sent["amount"] if self.sent else ZERO), ZERO)

    @property
    def at_risk(self) -> Decimal:
        """Return the money that lapses if nobody files: of an amendment what it asks for more."""
        return self.more if self.state in UNSENT else ZERO

    @property
    def asked(self) -> Decimal:
        """Return what was asked for and is not decided."""
        return self.sent["amount"] if self.sent and self.sent["state"] in UNDECIDED else ZERO

    @property
    def awaited(self) -> Decimal:
        """Return what was granted and is not credited yet."""
        granted = self.sent.get("approved_amount") if self.sent and self.sent["state"] in GRANTED else None
        return ZERO if granted is None else max(granted - self.credited, ZERO)

    @property
    def credited(self) -> Decimal:
        """Return what was credited of any version: an amendment asks for all of it anew."""
        return sum((row.get("settled_amount") or ZERO for row in self.versions), ZERO)

    @cached_property
    def credits_found(self) -> list[Credited]:
        """Return lines of invoices that settle it and are not noted yet."""
        noted = {(event["invoice_id"], event["line_no"]) for event in self.events if event["event"] == "settled"}
        refs = {self.claim_id, *(event["provider_ref"] for event in self.events if event["provider_ref"])}
        return [line for line in self.book.credits_of(refs) if (line.invoice_id, line.line_no) not in noted]

    def credits_on(self, invoice_id: str, line_no: int | None) -> list[Credited]:
        """Return the lines of one invoice that credit something and are not noted yet; whether they name the claim or not."""
        noted = {(event["invoice_id"], event["line_no"]) for event in self.events if event["event"] == "settled"}
        lines = self.book.credits_on(self.contract.provider.id, invoice_id, line_no)
        return [line for line in lines if (line.invoice_id, line.line_no) not in noted]

    @cached_property
    def invoices_since(self) -> list[str]:
        """Return the provider's invoices after the approval, none before it."""
        decided = [event["happened_at"] for event in self.own_events if event["event"] in ("approved", "partly_approved")]
        return self.book.issued_after(self.contract.provider.id, self.local_day(decided[-1])) if decided else []

    @property
    def is_credit_missing(self) -> bool:
        """Tell whether what was granted should have been credited by now, and no invoice shows it (RC-D12)."""
        return self.awaited > 0 and len(self.invoices_since) >= CYCLES and not self.credits_found

    @property
    def leaked(self) -> Decimal:
        """Return the money that was owed and will not come as things stand: lapsed, waived, refused, short, or never credited."""
        leakage = self.row["leakage"] if self.row["filed_at"] else min(self.row["leakage"], self.more)
        return leakage if not self.is_credit_missing else max(leakage, self.awaited)

    @property
    def answer_by(self) -> date | None:
        """Return the day by which the contract wants the provider to decide; None if it says nothing, or nothing waits for it."""
        days, received = self.terms.provider_decision_days, self.row.get("received_at")
        return self.local_day(received) + timedelta(days=days) if days and received and self.state in ("filed", "acknowledged") else None


@dataclass(frozen=True)
class ClaimDesk:
    """All claims of a home at one instant, the earliest deadline first. `findings` say what of the published months cannot be read."""

    home: Home
    reference: Reference
    now: datetime
    claims: Sequence[Claim]
    findings: Sequence[str] = field(default_factory=tuple)

    def claim(self, claim_id: str) -> Claim:
        """Return one claim, by its id or the beginning of it.

        Raises:
            LedgerError: If there is none, or several.
        """
        found = [claim for claim in self.claims if claim.claim_id == claim_id]
        found = found or [claim for claim in self.claims if claim.claim_id.startswith(claim_id)]
        names = [claim.claim_id for claim in self.claims]
        if not found:
            fix = "use an id that sla claims lists; of a month without a pack run sla month first"
            raise UnknownReferenceError(where="CLAIM", kind="claim", got=claim_id, known=names, fix=fix)
        if len(found) > 1:
            raise LedgerError(f"'{claim_id}' begins several", where="CLAIM", known=[one.claim_id for one in found], fix="write more of it")
        return found[0]

    def sums(self) -> dict[str, dict[str, Decimal]]:
        """Return by currency what is at risk, red, asked for, awaited, credited and leaked; a currency without a claim is not there."""
        sums: dict[str, dict[str, Decimal]] = {}
        for claim in self.claims:
            own = sums.setdefault(claim.row["currency"], dict.fromkeys(("at_risk", "red", "asked", "awaited", "credited", "leaked"), ZERO))
            own["at_risk"] += claim.at_risk
            own["red"] += claim.at_risk if claim.lane == "red" else ZERO
            own["asked"] += claim.asked
            own["awaited"] += ZERO if claim.is_credit_missing else claim.awaited
            own["credited"] += claim.credited
            own["leaked"] += claim.leaked
        return dict(sorted(sums.items()))


def open_desk(home: Home, reference: Reference, staged: Staged, now: datetime) -> ClaimDesk:
    """Return every claim of the months' latest packs as it stands.

    Args:
        home: The home.
        reference: Contracts and people as they are now.
        staged: With every claim event and invoice known.
        now: Aware UTC.
    """
    packs = {pack.folder.root.name: pack for pack in shelf(home) if pack.occasion == "month" and pack.is_latest}
    with Engine() as engine:
        staged.show(engine, STAGED)
        events = histories(engine.rows("from staged.claim_event order by all"))
        book = InvoiceBook.read(engine)
        rows, measures = _published(engine, packs.values())
    contracts = {contract.contract_version_id: contract for contract in reference.contracts}
    unknown = sorted({row["contract_version_id"] for row in rows} - set(contracts))
    findings = [f"{name} is no longer in reference/contracts: its claims are not shown" for name in unknown]
    claims = [
        _claim(row, contracts[row["contract_version_id"]], measures, packs[row["run_id"]], events.get(row["claim_id"], ()), book, now)
        for row in rows
        if row["contract_version_id"] in contracts
    ]
    return ClaimDesk(home, reference, now, claims, findings)


def _published(engine: Engine, packs: Iterable[Shelved]) -> tuple[list[Row], Mapping[str, str]]:
    """Return the newest published row of each claim, and the measure behind each credit that one cites."""
    folders = [pack.folder for pack in packs]
    if not folders:
        return [], {}
    for name in ("claims", "credits"):
        engine.view(f"measured.{name}", [folder.parquet(name) for folder in folders])
    measures = engine.rows("select distinct credit_id, measure_id from measured.credits")
    return engine.rows(CLAIMS), {row["credit_id"]: row["measure_id"] for row in measures}


def _claim(
    row: Row, contract: Contract, measures: Mapping[str, str], shelved: Shelved, events: Sequence[Row], book: InvoiceBook, now: datetime
) -> Claim:
    terms = contract.measures[measures[row["credit_ids"][0]]].claims
    is_rehearsed = shelved.folder.read_manifest()["is_simulated"]
    return Claim(standing(row, contract, events, now), contract, terms, events, shelved.folder, is_rehearsed, book, now)


def standing(row: Row, contract: Contract, events: Sequence[Row], now: datetime) -> list[Row]:
    """Return the versions of a claim as they stand now: columns of table claims.

    Args:
        row: The newest that the month's pack says of it.
        contract: The version that promises it.
        events: What was done about it, in order.
        now: Aware UTC.
    """
    asking = Asking(
        row["amount"],
        row["disputed_amount"],
        row["deadline_at"],
        contract.clock.timezone,
        frozenset(row["missing_content"]),
        frozenset(row["flags"]) - {"NO_RECEIPT"},
    )
    blank = dict.fromkeys(row) | {name: row[name] for name in LASTING}
    return [blank | version for version in versions_of(asking, events, now)]
