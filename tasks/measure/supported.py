"""Options of the contract language that this version cannot measure yet: refused by name, never measured as something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from tasks.model.contract import Contract
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.measures import (
    Attainment,
    IncidentTargets,
    Resolve,
    Response,
    Restore,
)
from tasks.model.remedies import AtRiskCredits, Credits, PointCredits

CLOCKS: tuple[Literal["response", "restore", "resolve"], ...] = ("response", "restore", "resolve")
Refused = tuple[str, str]  # the option, and what could be written instead


def refuse_unsupported(contracts: Iterable[Contract]) -> None:
    """Refuse contracts whose measures use an option that this version cannot measure.

    Raises:
        FaultsError: Naming every contract, measure and option, all at once.
    """
    faults = [fault for contract in contracts for fault in _faults(contract)]
    if faults:
        raise FaultsError(faults)


def _faults(contract: Contract) -> Iterator[LedgerError]:
    for name, measure in contract.measures.items():
        refused: list[Refused] = []
        if isinstance(measure, Attainment):
            refused = [*_of_clocks(measure)]
        if isinstance(measure, Response | Restore | Resolve):
            refused = [*_of_clocks(measure), *_of_single_incidents(measure.credits)]
        for option, fix in refused:
            where = f"contract {contract.contract_version_id}, measures.{name}"
            yield LedgerError(f"{option} cannot be measured in this version", where=where, fix=fix)


def _of_clocks(measure: IncidentTargets) -> Iterator[Refused]:
    in_days = any(target.target_business_days(clock) for target in measure.per_severity.values() for clock in CLOCKS)
    if measure.severity_change == "segment" and in_days:
        yield "severity_change: segment with targets in business days", "state the targets in hours"


def _of_single_incidents(terms: Credits) -> Iterator[Refused]:
    if isinstance(terms, AtRiskCredits | PointCredits):
        yield f"credits of form {terms.form} for single incidents", "state them on a measure of kind attainment"
