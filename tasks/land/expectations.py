"""What a source and a sidecar say about an export, and whether the export keeps the word (DESIGN 2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tasks.model.errors import FaultsError, LedgerError
from tasks.model.form import FormError, read
from tasks.model.reference import Expects, Source
from tasks.store.home import Home
from tasks.store.raw import place_of, sidecar_of
from tasks.store.yaml_lines import read_yaml

CLOCK_SKEW = timedelta(minutes=5)  # as in DQ-06


def expected(home: Home, source: Source, export: Path) -> Expects:
    """Return what is expected of an export: the sidecar's word goes before the source's, key by key.

    Raises:
        FaultsError: If the sidecar is not of its form; each fault has its line.
    """
    sidecar = sidecar_of(export)
    if sidecar is None:
        return source.expects
    document = read_yaml(sidecar.read_bytes(), place_of(home, sidecar))
    if document.faults:
        raise FaultsError(document.faults)
    try:
        own = read(Expects, document.value)
    except FaultsError as error:
        raise FaultsError(document.located(fault) for fault in error.faults if isinstance(fault, FormError)) from error
    return source.expects.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def refuse_difference(expects: Expects, where: str, *, rows: int, size: int, now: datetime) -> None:
    """Hold an export against what is expected of it.

    Raises:
        LedgerError: If its totals differ, if it has no rows and nobody said so, or if it was extracted in the future.
    """
    mend = "export it again, or mend what is expected in its sidecar or in reference/sources.yml"
    for name, want, got in (("rows", expects.rows, rows), ("bytes", expects.bytes, size)):
        if want is not None and want != got:
            raise LedgerError(f"{got} {name} where {want} are expected", where=where, fix=mend)
    if rows == 0 and expects.rows is None:
        raise LedgerError("there are no rows", where=where, fix="export it again; if that is right, state rows: 0 in its sidecar")
    if expects.extracted_at and expects.extracted_at > now + CLOCK_SKEW:
        raise LedgerError(f"extracted_at {expects.extracted_at.isoformat()} lies in the future", where=where, fix=mend)
