"""The two-sided dispute sheet by cases worked by hand: who says down when, and what the credit would be by either side's word (K4).

All cases are one run; each has a service of its own. A minute of June down is worth EUR 1: the fee of a service is EUR 43,200, June has
43,200 minutes, and the credit is proportional. Times are of 10 June unless a day is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tasks.model.identity import short_id
from tasks.store.engine import Engine
from tests.measure.estate import MEASURE, TIERS, contract_text, reconciled_and_measured
from tests.reconcile.world import Row, at, up_around

JUNE = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")
TEN = at("10:00")
FEEDS = [
    ("acme", *JUNE),
    ("counter", *JUNE),
    ("twice", *JUNE),
    ("halfway", "2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z"),
    ("late", JUNE[0], "2026-06-30T23:45:00Z"),
]
PROPORTIONAL = {"form": "proportional", "multiplier": "1", "currency": "EUR"}
ROOT = "root"


@dataclass(frozen=True)
class Case:
    """One service.

    Attributes:
        ours: Spans in which our probe saw it down, by component; a component without a key here has no probe.
        theirs: Vendor records: component, start, end, further columns.
        rows: What the sheet must say: component, start, end, ours, theirs; lengths follow.
        money: The credit if ours held, if theirs held, on agreed time; None: cannot be computed.
        more: Rows of further entities; NAME stands for the service.
        until: End of the probe's samples.
        gaps: Spans in which the probe gave no sample.
        replies: What the vendor answered to rows of its sheet: component, start, end of the row, state of the dispute, its portion.
        dependency: How the components of the service combine.
    """

    ours: dict[str, list[tuple[str, str]]]
    theirs: list[tuple[str, str, str | None, Row]]
    rows: list[tuple[str, str, str, str, str]]
    money: tuple[str | None, str | None, str | None]
    more: dict[str, list[Row]] = field(default_factory=dict)
    provider: str = "acme"
    until: str = JUNE[1]
    gaps: list[tuple[str, str]] = field(default_factory=list)
    fee: bool = True
    replies: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    dependency: str = "serial"


def said(start: str, end: str | None, component: str = ROOT, **more: Any) -> tuple[str, str, str | None, Row]:
    return component, start, end, more


def ticket(start: str, end: str) -> Row:
    return {"ticket_key": "T-NAME", "service_raw": "NAME", "opened_at": start, "occurred_at": start, "restored_at": end, "closed_at": end}


def dispute(portion: str, **more: Any) -> Row:
    named = {"dispute_id": "D-NAME", "party": "provider", "subject_type": "ticket", "subject_id": "T-NAME", "scope": "portion"}
    return named | {"portion": portion, "raised_at": "2026-07-02T00:00:00Z", "state": "open"} | more


def span(start: str, end: str) -> str:
    return f'[{{"end_at":"{end}","start_at":"{start}"}}]'


HALF_PAST = '[{"start_at": "2026-06-10T10:30:00Z", "end_at": "2026-06-10T11:00:00Z"}]'
PLANNED = {"start_at": TEN, "end_at": at("10:30"), "notice_at": "2026-05-25T00:00:00Z", "approved_at": at("10:00", 1)}
CASES = {
    "ours inside theirs: they admit more than we saw": Case(
        {ROOT: [(at("10:10"), at("10:30"))]},
        [said(TEN, at("10:40"))],
        [
            (ROOT, TEN, at("10:10"), "up", "down"),
            (ROOT, at("10:10"), at("10:30"), "down", "down"),
            (ROOT, at("10:30"), at("10:40"), "up", "down"),
        ],
        ("20", "40", "20"),
    ),
    "theirs inside ours: they deny both ends": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(at("10:10"), at("10:50"))],
        [
            (ROOT, TEN, at("10:10"), "down", "up"),
            (ROOT, at("10:10"), at("10:50"), "down", "down"),
            (ROOT, at("10:50"), at("11:00"), "down", "up"),
        ],
        ("60", "40", "40"),
    ),
    "spans that touch share no time": Case(
        {ROOT: [(TEN, at("10:30"))]},
        [said(at("10:30"), at("11:00"))],
        [(ROOT, TEN, at("10:30"), "down", "up"), (ROOT, at("10:30"), at("11:00"), "up", "down")],
        ("30", "30", "0"),
    ),
    "two records of theirs that touch are one span": Case(
        {ROOT: [(TEN, at("10:40"))]},
        [said(TEN, at("10:20")), said(at("10:20"), at("10:40"))],
        [(ROOT, TEN, at("10:40"), "down", "down")],
        ("40", "40", "40"),
    ),
    "approved maintenance costs neither side anything: 43,200 × 30 / 43,170 is left": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(TEN, at("11:00"))],
        [(ROOT, TEN, at("11:00"), "down", "down")],
        ("30.02", "30.02", "30.02"),
        {"maintenance_window": [{"mw_key": "M-NAME", "components": ["NAME"], "approver_role": "change_manager"} | PLANNED]},
    ),
    "an open dispute is lost if ours holds, and holds its time out otherwise": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(TEN, at("11:00"))],
        [(ROOT, TEN, at("11:00"), "down", "down")],
        ("60", "30", "30"),
        {"ticket": [ticket(TEN, at("11:00"))], "dispute": [dispute(HALF_PAST)]},
    ),
    "what a decided dispute took out is off the sheet": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(TEN, at("10:20"))],
        [(ROOT, TEN, at("10:20"), "down", "down"), (ROOT, at("10:20"), at("10:30"), "down", "up")],
        ("30", "20", "20"),
        {
            "ticket": [ticket(TEN, at("11:00"))],
            "dispute": [dispute(HALF_PAST, state="accepted", decided_at="2026-07-09T00:00:00Z", decided_by_role="vendor_manager")],
        },
    ),
    "two components of one service are told apart and united for the money": Case(
        {"a": [(TEN, at("10:30"))], "b": [(at("10:15"), at("10:45"))]},
        [said(TEN, at("10:40"), "a")],
        [
            ("a", TEN, at("10:30"), "down", "down"),
            ("a", at("10:30"), at("10:40"), "up", "down"),
            ("b", at("10:15"), at("10:45"), "down", "up"),
        ],
        ("45", "40", "30"),
    ),
    "a feed that covers half the month says nothing of the other half": Case(
        {ROOT: [(TEN, at("11:00")), (at("10:00", 20), at("10:40", 20))]},
        [said(at("08:00", 2), at("08:05", 2))],
        [
            (ROOT, at("08:00", 2), at("08:05", 2), "up", "down"),
            (ROOT, TEN, at("11:00"), "down", "up"),
            (ROOT, at("10:00", 20), at("10:40", 20), "down", "unknown"),
        ],
        ("100", "45", "0"),
        provider="halfway",
    ),
    "open ends are cut at the window's end, and an open record says nothing after it was read": Case(
        {ROOT: [(at("23:00", 30), "2026-07-01T02:00:00Z")]},
        [said(at("23:30", 30), None, extracted_at="2026-06-30T23:45:00Z")],
        [
            (ROOT, at("23:00", 30), at("23:30", 30), "down", "up"),
            (ROOT, at("23:30", 30), at("23:45", 30), "down", "down"),
            (ROOT, at("23:45", 30), JUNE[1], "down", "unknown"),
        ],
        ("60", "30", "15"),
        provider="late",
        until="2026-07-01T02:00:00Z",
    ),
    "what only they call down counts if theirs holds, though our probe saw nothing": Case(
        {ROOT: []},
        [said(TEN, at("10:30"))],
        [(ROOT, TEN, at("10:30"), "up", "down")],
        ("0", "30", "0"),
    ),
    "an admission stands where our probe gave no sample": Case(
        {ROOT: []},
        [said(TEN, at("10:30"))],
        [(ROOT, TEN, at("10:30"), "unknown", "down")],
        ("30", "30", "0"),
        gaps=[(TEN, at("10:30"))],
    ),
    "a ticket is our word where no probe looks": Case(
        {},
        [said(at("09:30"), at("11:00"))],
        [(ROOT, at("09:30"), TEN, "up", "down"), (ROOT, TEN, at("11:00"), "down", "down")],
        ("60", "90", "60"),
        {"ticket": [ticket(TEN, at("11:00"))]},
    ),
    "a ticket of the service and a record of its component tell of one outage": Case(
        {},
        [said(at("09:30"), at("11:00"), "a")],
        [
            (ROOT, at("09:30"), TEN, "up", "down"),
            (ROOT, TEN, at("11:00"), "down", "down"),
            ("a", at("09:30"), TEN, "up", "down"),
            ("a", TEN, at("11:00"), "down", "down"),
        ],
        ("60", "90", "60"),
        {"ticket": [ticket(TEN, at("11:00"))]},
    ),
    "that one of two redundant components is down says nothing of the service": Case(
        {},
        [said(TEN, at("11:00"), "a")],
        [(ROOT, TEN, at("11:00"), "down", "up"), ("a", TEN, at("11:00"), "down", "down")],
        ("60", "60", "60"),  # this contract counts every component
        {"ticket": [ticket(TEN, at("11:00"))]},
        dependency="parallel",
    ),
    "without a fee nothing can be said of money": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(TEN, at("11:00"))],
        [(ROOT, TEN, at("11:00"), "down", "down")],
        (None, None, None),
        fee=False,
    ),
    "requests that failed are counted, so no span has an amount": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [said(TEN, at("10:30"))],
        [(ROOT, TEN, at("10:30"), "down", "down"), (ROOT, at("10:30"), at("11:00"), "down", "up")],
        (None, None, None),
        provider="counter",
    ),
    "one component contested": Case(
        {"a": [(TEN, at("11:00"))], "b": [(TEN, at("10:30"))]},
        [],
        [("a", TEN, at("11:00"), "down", "up"), ("b", TEN, at("10:30"), "down", "up")],
        ("60", "0", "0"),
        replies=[("a", TEN, at("11:00"), "open", span(TEN, at("11:00")))],
    ),
    "contested in part": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [],
        [(ROOT, TEN, at("11:00"), "down", "up")],
        ("60", "0", "0"),
        replies=[(ROOT, TEN, at("11:00"), "open", HALF_PAST)],
    ),
    "agreed to": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [],
        [(ROOT, TEN, at("11:00"), "down", "up")],
        ("60", "0", "0"),
        replies=[(ROOT, TEN, at("11:00"), "withdrawn", span(TEN, at("11:00")))],
    ),
    "contested in one result of two": Case(
        {ROOT: [(TEN, at("11:00"))]},
        [],
        [(ROOT, TEN, at("11:00"), "down", "up")],
        ("60", "0", "0"),
        provider="twice",
        replies=[(ROOT, TEN, at("11:00"), "open", span(TEN, at("11:00")))],
    ),
    "a quiet service has no row": Case({ROOT: []}, [], [], (None, None, None)),
}
NAMES = {name: f"s{place}" for place, name in enumerate(CASES)}


def component(name: str, place: str) -> str:
    return NAMES[name] if place == ROOT else f"{NAMES[name]}-{place}"


def without(samples: list[Row], gaps: list[tuple[str, str]]) -> list[Row]:
    """Return samples of which one covers each gap, cut around it."""
    for start, end in gaps:
        (hit,) = (row for row in samples if row["start_at"] < start and end < row["end_at"])
        samples = [row for row in samples if row is not hit] + [hit | {"end_at": start}, hit | {"start_at": end}]
    return samples


def staged_rows() -> dict[str, list[Row]]:
    staged: dict[str, list[Row]] = {"service_catalogue": [], "monitoring_rule": [], "monitoring_sample": [], "vendor_record": []}
    staged |= {"ticket": [], "dispute": [], "maintenance_window": [], "invoice": [], "invoice_line": []}
    for name, case in CASES.items():
        service = NAMES[name]
        staged["service_catalogue"].append(
            {"service_id": service, "component_id": service, "provider_id": case.provider, "dependency": case.dependency}
        )
        places = {*case.ours, *(place for place, *_ in case.theirs)} - {ROOT}
        staged["service_catalogue"] += [
            {"service_id": service, "component_id": component(name, place), "parent_id": service} for place in sorted(places)
        ]
        for place, spans in case.ours.items():
            own = component(name, place)
            staged["monitoring_rule"].append({"rule_id": f"probe {own}", "component_id": own})
            samples = up_around(spans, JUNE[0], case.until, rule_id=f"probe {own}", component_raw=own, extracted_at="2026-07-02T00:00:00Z")
            staged["monitoring_sample"] += without(samples, case.gaps)
        for number, (place, start, end, more) in enumerate(case.theirs):
            record = {"vendor_key": f"V-{service}-{number}", "provider_id": case.provider, "component_raw": component(name, place)}
            staged["vendor_record"].append(record | {"started_at": start, "ended_at": end} | more)
        for entity, rows in case.more.items():
            staged[entity] += [_named(row, service) for row in rows]
        staged["dispute"] += [reply(service, case.provider, component(name, place), *rest) for place, *rest in case.replies]
        bill = {"source_system": "erp", "invoice_id": f"B-{service}", "provider_id": case.provider, "period": "2026-06", "currency": "EUR"}
        charge = {"line_no": 1, "fee_line_id": "F", "amount": "43200.00", "one_time": False, "tax": False, "service_id": service}
        if case.fee:
            staged["invoice"].append(bill | {"total": "43200.00"})
            staged["invoice_line"].append(bill | charge)
    return staged


def reply(service: str, provider: str, name: str, start: str, end: str, state: str, portion: str) -> Row:
    """Return the dispute that an answer to a row of the reply sheet makes; its id is the row's."""
    result = short_id("R", [f"{provider.upper()}@1", "uptime", service, "service", JUNE[0], JUNE[0], "headline", "default"])
    named = {"dispute_id": short_id("P", [provider, name, start, end, result]), "party": "provider", "subject_type": "sla_result"}
    about = {"subject_id": result, "component_id": name, "scope": "portion", "portion": portion}
    return named | about | {"raised_at": "2026-07-02T00:00:00Z", "state": state}


def _named(row: Row, service: str) -> Row:
    return {
        column: [service if item == "NAME" else item for item in value]
        if isinstance(value, list)
        else value.replace("NAME", service)
        if isinstance(value, str)
        else value
        for column, value in row.items()
    }


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return June of all cases: one contract a provider."""
    of_time = MEASURE | {"credits": PROPORTIONAL, "tiers": []}
    of_requests = {"kind": "request_ratio", "target": "99.9", "failed_when": {"rule": "error_response"}, "denominator": "remove_from_both"}
    measures = {
        "counter": {"errors": of_requests | {"partial_period": "active_only", "tiers": TIERS}},
        "twice": {"uptime": of_time, "zusatz": of_time | {"credits": PROPORTIONAL | {"multiplier": "0.5"}}},  # uptime is worth more
    }
    contracts = [
        contract_text(
            measures.get(provider, {"uptime": of_time}),
            contract_id=provider.upper(),
            provider={"id": provider, "name": provider},
        )
        for provider, _, _ in FEEDS
    ]
    feeds = [{"provider_id": provider, "start_at": start, "end_at": end} for provider, start, end in FEEDS]
    with reconciled_and_measured(contracts, staged_rows(), feeds=feeds, as_of="2026-08-01T00:00:00Z") as engine:
        yield engine


def instant(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.parametrize("name", CASES)
def test_the_sheet_says_who_calls_it_down_when_and_what_either_word_is_worth(name: str, engine: Engine) -> None:
    case = CASES[name]
    rows = engine.rows("from measured.dispute_sheet where service_id = ? order by component_id, start_at", [NAMES[name]])
    told = [(row["component_id"], instant(row["start_at"]), instant(row["end_at"]), row["ours"], row["theirs"]) for row in rows]
    assert told == [(component(name, place), *rest) for place, *rest in case.rows]
    money = {tuple(row[f"payable_{position}"] for position in ("ours", "theirs", "agreed")) for row in rows}
    assert money <= {tuple(None if amount is None else Decimal(amount) for amount in case.money)}


def test_rows_name_who_says_down_their_length_their_records_and_their_result(engine: Engine) -> None:
    """The three spans of the first case: the probe's down sample stands behind the agreed one only."""
    first, both, last = engine.rows("from measured.dispute_sheet where service_id = 's0' order by start_at")
    assert [row["agreement"] for row in (first, both, last)] == ["theirs_only", "agreed", "theirs_only"]
    assert [row["length_us"] // 60_000_000 for row in (first, both, last)] == [10, 20, 10]
    assert first["raw_ids"] == ["vendor_record:V-s0-0"]
    assert set(first["raw_ids"]) < set(both["raw_ids"])
    (headline,) = engine.rows("from measured.sla_results where service_id = 's0' and variant = 'headline'")
    assert {row["result_id"] for row in (first, both, last)} == {headline["result_id"]}


def test_positions_are_no_results_of_their_own_and_move_no_credit(engine: Engine) -> None:
    """Headline of the first case: 40 minutes, as an admission stands; no variant of a position is published."""
    (credit,) = engine.rows("select payable from measured.credits where service_id = 's0' and variant = 'headline'")
    assert credit["payable"] == Decimal(40)
    assert not engine.rows("from measured.sla_results where variant in ('ours', 'theirs', 'agreed')")
    assert not engine.rows("from measured.credits where variant in ('ours', 'theirs', 'agreed')")


@pytest.mark.parametrize(
    ("name", "answers", "down", "increments"),
    [
        pytest.param("one component contested", ["contested", None], [30], [30], id="the other component's half hour still counts"),
        pytest.param("contested in part", ["partly_contested"], [30], [30], id="only the part is held out"),
        pytest.param("agreed to", ["agreed"], [60], [0], id="what is agreed to counts"),
        pytest.param("contested in one result of two", ["contested"], [0, 0], [60, 60], id="in every result that counts it"),
    ],
)
def test_an_answer_stands_in_its_row_and_a_contest_holds_its_time_out(
    engine: Engine, name: str, answers: list[str | None], down: list[int], increments: list[int]
) -> None:
    rows = engine.rows("select answer from measured.dispute_sheet where service_id = ? order by component_id", [NAMES[name]])
    assert [row["answer"] for row in rows] == answers
    headlines = engine.rows(
        "select result_id, down_us from measured.sla_results where service_id = ? and variant = 'headline' order by measure_id",
        [NAMES[name]],
    )
    assert [row["down_us"] // 60_000_000 for row in headlines] == down
    effects = {row["result_id"]: row["increment_us"] // 60_000_000 for row in engine.rows("from measured.dispute_effects")}
    assert [effects.get(row["result_id"], 0) for row in headlines] == increments


def test_rows_name_the_tickets_and_the_vendors_own_records_behind_them(engine: Engine) -> None:
    """Of "a ticket is our word where no probe looks": the first half hour is the vendor's alone, of the same incident."""
    rows = engine.rows(
        "from measured.dispute_sheet where service_id = ? order by start_at", [NAMES["a ticket is our word where no probe looks"]]
    )
    assert [(row["vendor_keys"], row["ticket_keys"]) for row in rows] == [
        ([f"V-{row['service_id']}-0"], [f"T-{row['service_id']}"]) for row in rows
    ]


def test_a_row_on_which_the_provider_agrees_is_no_dispute(engine: Engine) -> None:
    answers = {row["state"]: row["n"] for row in engine.rows("select state, count(*) as n from staged.dispute group by state")}
    assert answers["withdrawn"] == 1
    assert "withdrawn" not in {row["state"] for row in engine.rows("select state from measured.dispute_effects")}
