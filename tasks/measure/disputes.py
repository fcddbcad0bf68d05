"""Disputes: which are open and admissible at as_of, and which time they hold out of the headline (R-DI1 to R-DI4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from tasks.model.calendar import Calendar
from tasks.model.contract import Contract
from tasks.model.dispute_terms import DAY, DisputeTerms, admissible_until, dispute_terms
from tasks.model.instants import epoch_us
from tasks.model.policy import Policy
from tasks.model.zones import local_midnight, local_wall

Row = dict[str, Any]
Span = tuple[int, int]
Standing = Literal["open", "conceded", "none"]
EPOCH_END_US = 2**62
STANDING_COLUMNS = {
    "dispute_id": "VARCHAR",
    "party": "VARCHAR",
    "scope": "VARCHAR",
    "state": "VARCHAR",
    "raised_at": "TIMESTAMPTZ",
    "decide_by": "DATE",
}
SPAN_COLUMNS = {
    "dispute_id": "VARCHAR",
    "incident_id": "VARCHAR",
    "part_no": "BIGINT",
    "component_id": "VARCHAR",
    "scope": "VARCHAR",
    "standing": "VARCHAR",
    "start_us": "BIGINT",
    "end_us": "BIGINT",
}


def state_at(dispute: Row, terms: DisputeTerms, as_of: datetime) -> str:
    """Return the state of a dispute at as_of: as recorded, or inadmissible or lapsed by its dates (R-DI4, E27).

    A dispute about a report not yet issued is in time.
    """
    if dispute["state"] != "open":
        return str(dispute["state"])
    if dispute["report_issued_at"] is not None and dispute["raised_at"] >= admissible_until(dispute["report_issued_at"], terms):
        return "inadmissible"
    return "lapsed" if as_of >= local_midnight(terms.timezone, decide_by(dispute, terms) + DAY) else "open"


def decide_by(dispute: Row, terms: DisputeTerms) -> date:
    """Return the last day on which a dispute may be decided before it lapses."""
    return local_wall(terms.timezone, dispute["raised_at"]).date() + timedelta(days=terms.decision_days)


def spans_of(dispute: Row, state: str, policy: Policy) -> list[tuple[Standing, Span]]:
    """Return the spans of one incident that a dispute is about, with what becomes of them.

    `open` time is held out of the headline, `conceded` time of every column; `none` counts.
    """
    disputed = _disputed(dispute)
    lapsed = policy.disputes.lapsed_raised_by_customer if dispute["party"] == "customer" else policy.disputes.lapsed_raised_by_provider
    match state:
        case "open":
            return [("open", span) for span in disputed]
        case "accepted":
            return [("conceded", span) for span in disputed]
        case "partly_accepted":
            return [("conceded", span) for span in _spans(dispute["accepted_portion"])]
        case "lapsed" if lapsed == "excluded":
            return [("conceded", span) for span in disputed]
    return [("none", span) for span in disputed]


def _disputed(dispute: Row) -> list[Span]:
    """Return all time, the spans named, or a length counted from the end of the subject."""
    if dispute["scope"] != "portion":
        return [(0, EPOCH_END_US)]
    if dispute["portion"] is not None:
        return _spans(dispute["portion"])
    end_us = dispute["subject_end_us"]
    return [(end_us - dispute["portion_us"], end_us)]


def _spans(portion: str | None) -> list[Span]:
    spans = json.loads(portion or "[]")
    return [(epoch_us(datetime.fromisoformat(span["start_at"])), epoch_us(datetime.fromisoformat(span["end_at"]))) for span in spans]


def standings(
    subjects: Iterable[Row], contracts: Mapping[str, Contract], policy: Policy, calendars: Mapping[str, Calendar], as_of: datetime
) -> tuple[list[Row], list[Row]]:
    """Return the rows of measured.dispute_standings and measured.dispute_spans.

    Args:
        subjects: Rows of measured.dispute_subjects: a dispute and an incident it is about.
        contracts: By contract_version_id.
        policy: For contracts that are silent.
        calendars: By id.
        as_of: Of the run.
    """
    disputes: dict[str, Row] = {}
    spans = []
    for subject in subjects:
        terms = dispute_terms(contracts[subject["contract_version_id"]], policy, calendars)
        state = state_at(subject, terms, as_of)
        kept = {name: subject[name] for name in ("dispute_id", "party", "scope", "raised_at")}
        disputes[subject["dispute_id"]] = kept | {"state": state, "decide_by": decide_by(subject, terms)}
        for standing, (start_us, end_us) in spans_of(subject, state, policy):
            named = {name: subject[name] for name in ("dispute_id", "incident_id", "part_no", "component_id", "scope")}
            spans.append(named | {"standing": standing, "start_us": start_us, "end_us": end_us})
    return list(disputes.values()), spans
