"""Options of the contract language that this version cannot measure yet: refused by name, never measured as something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from tasks.model.contract import Contract
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.measures import (
    IncidentTargets,
)

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
        if isinstance(measure, IncidentTargets):
            refused = [*_of_clocks(measure)]
        for option, fix in refused:
            where = f"contract {contract.contract_version_id}, measures.{name}"
            yield LedgerError(f"{option} cannot be measured in this version", where=where, fix=fix)


def _of_clocks(measure: IncidentTargets) -> Iterator[Refused]:
    in_days = any(target.target_business_days(clock) for target in measure.per_severity.values() for clock in CLOCKS)
    if measure.severity_change == "segment" and in_days:
        yield "severity_change: segment with targets in business days", "state the targets in hours"
