"""Options of the contract language that this version cannot measure yet: refused by name, never measured as something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from tasks.model.contract import Contract
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.measures import (
    Availability,
    ErrorRate,
    IncidentTargets,
    KOfN,
    Overrides,
    RequestRatio,
    Waiver,
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
        if isinstance(measure, Availability):
            refused = [*_of_outages(measure), *_of_weights(measure), *_of_terms(measure, contract)]
        if isinstance(measure, ErrorRate | RequestRatio | Waiver):
            refused = [*_of_terms(measure, contract)]
        if isinstance(measure, IncidentTargets):
            refused = [*_of_clocks(measure)]
        for option, fix in refused:
            where = f"contract {contract.contract_version_id}, measures.{name}"
            yield LedgerError(f"{option} cannot be measured in this version", where=where, fix=fix)


def _of_outages(measure: Availability) -> Iterator[Refused]:
    if measure.measured_by:
        yield "measured_by", "leave it out: down if any conforming rule says down"
    if measure.confirmed_by > 1:
        yield f"confirmed_by: {measure.confirmed_by}", "state confirmed_by: 1"


def _of_weights(measure: Availability) -> Iterator[Refused]:
    if measure.partial_outage == "binary":
        return
    if measure.partial_outage == "user_minutes":
        yield "partial_outage: user_minutes", "state partial_outage: affected_fraction"
    if measure.granularity != "exact" or measure.min_consecutive.s or measure.bridge_gap_s:
        yield f"partial_outage: {measure.partial_outage} with runs or whole minutes", "count weighted time exactly"
    if measure.overlap_weight == "sum_capped" and (isinstance(measure.composite, KOfN) or measure.composite == "parallel_intersection"):
        yield "overlap_weight: sum_capped with redundant components", "state overlap_weight: max"


def _of_clocks(measure: IncidentTargets) -> Iterator[Refused]:
    in_days = any(target.target_business_days(clock) for target in measure.per_severity.values() for clock in CLOCKS)
    if measure.severity_change == "segment" and in_days:
        yield "severity_change: segment with targets in business days", "state the targets in hours"


def _of_terms(measure: Overrides, contract: Contract) -> Iterator[Refused]:
    if measure.exclusions != contract.exclusions:
        yield "exclusions of a single measure", "state them for the whole contract"
