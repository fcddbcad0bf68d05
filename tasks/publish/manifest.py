"""`manifest.json`: what went in, what came out, and by which program; what a signature covers (tables.yml `manifest`)."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.model.dictionary import FOLDER
from tasks.model.identity import canonical_json, sha256_file
from tasks.model.instants import exact_instant
from tasks.model.run import Run
from tasks.publish.pdf import pdf_versions
from tasks.store.code import code_version, library_version, lock_sha256, tree_sha256
from tasks.store.packs import PackFolder

SCHEMA = "manifest/1"
LIBRARIES = ("duckdb", "tzdata", "plotly")
MEDIA_TYPES = {
    ".html": "text/html",
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Origins:
    """Where a run's content comes from, in the manifest's own words; each list in its order."""

    home: Mapping[str, str]
    inputs_head: Mapping[str, Any]
    inputs: Sequence[Mapping[str, Any]]
    reference: Sequence[Mapping[str, Any]]
    contracts: Sequence[Mapping[str, str]]
    policy_sha256: str
    supersedes: str | None = None


def versions(has_pdf: bool = False) -> dict[str, str]:
    """Return the versions that can change a byte of a pack, or of one with a PDF."""
    drawn = pdf_versions() if has_pdf else {}
    return {"python": platform.python_version()} | {name: library_version(name) for name in LIBRARIES} | drawn


def code() -> dict[str, str]:
    """Return what the program itself is."""
    return {"version": code_version(), "tree_sha256": tree_sha256(), "lock_sha256": lock_sha256()}


def page_entry(folder: PackFolder, name: str) -> dict[str, Any]:
    """Return a page's part of the manifest."""
    file = folder.page(name)
    return {"path": name, "media_type": MEDIA_TYPES[file.suffix], "bytes": file.stat().st_size, "sha256": sha256_file(file)}


def write_manifest(
    folder: PackFolder,
    run: Run,
    origins: Origins,
    gates: Sequence[Mapping[str, Any]],
    tables: Sequence[Mapping[str, Any]],
    content_sha256: str,
    pages: Sequence[Mapping[str, Any]],
) -> None:
    """Write the manifest as canonical JSON: the last file of a pack."""
    content = {
        "schema": SCHEMA,
        "run_id": run.run_id,
        "occasion": run.occasion,
        "period": run.period,
        "vendor_id": run.vendor_id,
        "edition": run.edition,
        "is_preview": run.is_preview,
        "is_simulated": run.is_simulated,
        "home": dict(origins.home),
        "as_of": exact_instant(run.as_of),
        "inputs_head": dict(origins.inputs_head),
        "inputs": [dict(row) for row in origins.inputs],
        "reference": [dict(row) for row in origins.reference],
        "contracts": [dict(row) for row in origins.contracts],
        "policy_sha256": origins.policy_sha256,
        "schemas": {name: sha256_file(FOLDER / f"{name}.yml") for name in ("entities", "tables")},
        "code": code(),
        "versions": versions(has_pdf=any(page["media_type"] == MEDIA_TYPES[".pdf"] for page in pages)),
        "seed_rule": "M-08",
        "gates": [{name: gate[name] for name in ("rule_id", "verdict", "checked", "failed")} for gate in gates],
        "tables": sorted((dict(entry) for entry in tables), key=lambda entry: entry["path"]),
        "content_sha256": content_sha256,
        "pages": [dict(page) for page in pages],
        "supersedes": origins.supersedes,
    }
    folder.manifest.write_text(canonical_json(content), encoding="utf-8", newline="")
