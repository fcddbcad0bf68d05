"""Other terms for a contract of the home: a contract file that is replayed in its place (K7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tasks.model.contract import Contract, resolve_contract
from tasks.model.errors import FaultsError, LedgerError
from tasks.model.form import Finding
from tasks.model.identity import sha256_json
from tasks.model.instants import exact_instant
from tasks.store.blanks import blanks_of
from tasks.store.home import Home
from tasks.store.reference import Reference, read_all
from tasks.store.reference_desk import Desk, Sheet, content_of
from tasks.store.yaml_lines import read_yaml

WHERE = "sla what-if"


@dataclass(frozen=True)
class OtherTerms:
    """A contract file in the place of a contract of the home.

    Attributes:
        contract_id: The contract replayed.
        baseline_version_id: Its newest version.
        sha256: Hash of the other terms as they are written, resolved.
        file_name: Of the contract file.
        content: Its bytes.
        reference: The home's reference with the other terms in place of every version of the contract.
        findings: What is odd about the other terms, warnings first.
    """

    contract_id: str
    baseline_version_id: str
    sha256: str
    file_name: str
    content: bytes
    reference: Reference
    findings: tuple[Finding, ...]


def read_other_terms(home: Home, reference: Reference, file: Path, replaces: str | None = None) -> OtherTerms:
    """Return the other terms, checked like a contract of the home.

    They are in force whenever a version of the contract is, whatever dates they state, and the provider stays the same: what is asked is
    what the same services would have been judged by.

    Args:
        home: The home, whose other files the contract must fit.
        reference: The reference files of the run.
        file: The contract file; it may lie anywhere.
        replaces: The contract it stands in for; the one of its own contract_id if left out.

    Raises:
        FaultsError: With a `FormError` for every fault of the file, with its line.
        LedgerError: If there is no such file or no such contract.
    """
    try:
        content = content_of(file)
    except OSError as error:
        raise LedgerError(f"{file} cannot be read", where=WHERE, fix="name a contract file") from error
    document = read_yaml(content, str(file))
    found: list[Contract] = []

    def put_in_place(desk: Desk) -> None:
        desk.faults.extend(document.faults or blanks_of(document, content))
        sheet = None if document.faults else desk.sheet(document, resolve_contract)
        gone: set[str] = set()
        if sheet is not None:
            found.append(sheet.value)
            replaced = _versions(reference, replaces or sheet.value.contract_id)
            other = _in_place_of(replaced, sheet.value)
            kept = [one for one in desk.contracts if one.value.contract_id != other.contract_id]
            gone = {one.document.file for one in desk.contracts} - {one.document.file for one in kept}
            desk.contracts = [*kept, Sheet(document, other)]
        desk.texts["contracts"] = [*(text for text in desk.texts["contracts"] if text.file not in gone), document]

    desk = read_all(home, instead=put_in_place)
    own = [fault for fault in desk.faults if (fault.place or "").startswith(document.file)]
    if own or not found:
        raise FaultsError(own or desk.faults)
    stated = found[0]
    replaced = _versions(reference, replaces or stated.contract_id)
    return OtherTerms(
        reference=_with(reference, replaced, stated),
        contract_id=replaced[0].contract_id,
        baseline_version_id=replaced[-1].contract_version_id,
        sha256=stated.content_sha256,
        file_name=file.name,
        content=content,
        findings=tuple(one for one in desk.findings if (one.place or "").startswith(document.file)),
    )


def _versions(reference: Reference, contract_id: str) -> list[Contract]:
    versions = [one for one in reference.contracts if one.contract_id == contract_id]
    if not versions:
        known = {one.contract_id for one in reference.contracts}
        fix = "name with --replaces the contract whose place the file takes"
        raise LedgerError(f"the home has no contract '{contract_id}'", where=WHERE, known=known, fix=fix)
    return versions


def _in_place_of(versions: Sequence[Contract], other: Contract) -> Contract:
    """Return other terms under the name, provider and dates of the versions they replace."""
    dates = {
        "effective_from": _instant_text(None if any(one.effective_from is None for one in versions) else versions[0].effective_from),
        "effective_to": _instant_text(versions[-1].effective_to),
    }
    return other.model_copy(
        update={
            "contract_id": versions[-1].contract_id,
            "provider": versions[-1].provider,
            "version": other.version.model_copy(update=dates),
        }
    )


def _instant_text(at: datetime | None) -> str | None:
    return None if at is None else exact_instant(at)


def _with(reference: Reference, replaced: Sequence[Contract], stated: Contract) -> Reference:
    """Return the reference with other terms in place; their hash stands among the files, so that rooms made from them are others."""
    other = _in_place_of(replaced, stated)
    kept = [one for one in reference.contracts if one.contract_id != other.contract_id]
    contracts = sorted([*kept, other], key=lambda one: (one.contract_id, one.version.number))
    entry = {"path": f"what-if/{other.contract_id}", "sha256": sha256_json(other.resolved)}
    return replace(reference, contracts=tuple(contracts), files=(*reference.files, entry))
