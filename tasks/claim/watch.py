"""What the claims watch tells: deadlines that come, money at risk, claims that are red, lapsed, unanswered, credited or never credited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.claim.desk import Claim, ClaimDesk
from tasks.claim.told import next_step
from tasks.model.money import money_words

MOST_LINES = 40


@dataclass(frozen=True)
class Due:
    """One thing due. `parts` make it this thing and no other: who was told of it is not told again."""

    claim: Claim
    parts: tuple[str, ...]
    words: str

    @property
    def line(self) -> str:
        """Return it as one line."""
        row = self.claim.row
        amount = money_words(row["amount"], row["currency"])
        which = f"{amount} {row['service_id']} {row['period']}, {row['contract_id']} ({self.claim.claim_id})"
        return f"{self.words}: {which}: {next_step(self.claim)}"


def due(desk: ClaimDesk) -> list[Due]:
    """Return what is due, the most pressing first."""
    found = [one for claim in desk.claims for one in _of(claim)]
    return sorted(found, key=lambda one: (RANK.index(one.parts[2]), one.claim.row["deadline_at"], one.claim.claim_id))


RANK = ("red", "no receipt", "file", "prepare", "credit", "missing credit", "answer", "lapsed")


def _of(claim: Claim) -> Iterator[Due]:
    def one(what: str, words: str, *more: str) -> Due:
        return Due(claim, (claim.claim_id, str(claim.row["version"]), what, *more), words)

    row, today = claim.row, claim.today.isoformat()
    left = f"last day {row['last_day']}, {claim.days_left} days left"
    match claim.lane:
        case "red":
            yield one("red", f"RED, {left}", today)  # told every day until it is filed
        case "file now":
            yield one("file", f"File now, {left}")
        case "prepare now":
            yield one("prepare", f"Prepare now, {left}")
    if claim.state == "filed" and "NO_RECEIPT" in row["flags"] and claim.today >= row["red_from"]:
        yield one("no receipt", f"No receipt, {left}")
    if claim.state == "lapsed":
        yield one("lapsed", f"Lapsed on {row['last_day']}")
    for line in claim.credits_found:
        yield one("credit", f"Credit found, {line}", line.invoice_id, str(line.line_no))
    if claim.is_credit_missing:
        yield one("missing credit", f"Never credited, {len(claim.invoices_since)} invoices since it was granted", *claim.invoices_since)
    if claim.answer_by and claim.today > claim.answer_by:
        yield one("answer", f"No answer, due by {claim.answer_by}")
