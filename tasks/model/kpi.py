"""The catalogue of metrics: what each is, who owns it, which decision it feeds, when it was last reviewed (M-17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from tasks.model.errors import FaultsError
from tasks.model.form import Finding, FormError, Positive, Slug, Stated, Strict, Text, overlay, read, shown

DEFAULTS_FILE = Path(__file__).with_name("metrics.defaults.yml")


class Kpi(Strict):
    """One metric. A review keeps, changes or retires it; a retired one is no longer printed."""

    title: Text
    definition: Text
    anchors: Text
    owner_role: Slug
    purpose: Text
    decision_fed: Text
    reviewed_on: Stated[date] = None
    review_decision: Stated[Literal["keep", "change", "retire"]] = None


class KpiCatalogue(Strict):
    """`metrics.yml` over `metrics.defaults.yml`."""

    schema_name: Literal["metrics/1"] = Field(alias="schema")
    review_days: Positive
    metrics: Mapping[Slug, Kpi]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of run.kpis."""
        for metric_id, kpi in self.metrics.items():
            yield {"metric_id": metric_id, **kpi.model_dump(), "review_days": self.review_days}

    def findings(self) -> Iterator[Finding]:
        """Yield what `sla check` says of a catalogue that people wrote: which metrics were never reviewed."""
        never = [metric_id for metric_id, kpi in self.metrics.items() if kpi.reviewed_on is None]
        if never:
            what = f"{len(never)} of {len(self.metrics)} metrics have no review on record: {', '.join(never)}"
            fix = "write reviewed_on and review_decision (keep, change or retire) once the review was held"
            yield Finding("NEVER_REVIEWED", ("metrics",), what, fix=fix)


@cache
def kpi_defaults() -> Mapping[str, Any]:
    """Return `metrics.defaults.yml`, read once in a process."""
    defaults: dict[str, Any] = yaml.load(DEFAULTS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return defaults


def resolve_kpis(document: Any = None) -> KpiCatalogue:
    """Return the catalogue that a document states over the defaults.

    Raises:
        FaultsError: With a `FormError` for every unknown key, metric and wrong value.
    """
    own = {} if document is None else document
    if not isinstance(own, Mapping):
        raise FaultsError([FormError("WRONG_TYPE", (), f"{shown(own)} is not a mapping", fix="write schema: metrics/1 and metrics: {…}")])
    metrics = own.get("metrics", {})
    known = kpi_defaults()["metrics"]
    unknown = [name for name in (metrics if isinstance(metrics, Mapping) else ()) if name not in known]
    if unknown:
        fix = "use a metric_id of tables.yml; what we do not compute has no place here"
        raise FaultsError([FormError.unknown("UNKNOWN_METRIC", ("metrics", name), "metric", str(name), known, fix) for name in unknown])
    return read(KpiCatalogue, overlay(kpi_defaults(), own))
