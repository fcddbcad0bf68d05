"""The contract language `sla-contract/1` as frozen types, and the way from a document to a resolved contract.

What a text leaves open although it decides money stays known as `silent`, so that every reading can be computed (R-RD1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field

from tasks.model.contract_text import filled, is_stated, text_faults
from tasks.model.errors import FaultsError
from tasks.model.form import Flag, FormError, Id, Path, Positive, Slug, Strict, Text, ToldBy, ZoneName, read, refused
from tasks.model.identity import sha256_json
from tasks.model.measures import Exclusions, IncidentTargets, Measure, MeasureDefaults, Verification
from tasks.model.remedies import AtRiskCredits, Chronic, Claims, Credits, EarnBack, Exercise, NoCredits, PointCredits
from tasks.model.zones import local_midnight

DEFAULTS_FILE = FilePath(__file__).parent / "contract.defaults.yml"


def _is_date_or_instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise refused("WRONG_FORM", f"'{text}' is no date", fix='write "YYYY-MM-DD" or "YYYY-MM-DDThh:mm:ssZ"') from error
    return text


def _has_currency(credits_: Credits) -> Credits:
    if credits_.form != "none" and credits_.currency is None:
        raise refused(
            "CURRENCY_MISSING", "credits are money, but their currency is not stated", fix="add currency: EUR (ISO 4217), or form: none"
        )
    return credits_


INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z)?$"
DateOrInstant = Annotated[str, Field(pattern=INSTANT), AfterValidator(_is_date_or_instant)]


class Provider(Strict):
    """Who promises."""

    id: Id | None
    name: Text | None
    role: Literal["provider", "internal_team", "reseller"] = "provider"


class Customer(Strict):
    """To whom it is promised."""

    id: Id | None = None
    billing_entity: Text | None = None


class Document(Strict):
    """The paper, and how well it was read."""

    title: Text | None
    source_url: Text | None = None
    verification: Verification
    limits: Text | None = None


class Signature(Strict):
    """One party's signature."""

    party: Literal["customer", "provider"]
    role: Text
    signed_at: DateOrInstant


class Version(Strict):
    """One version of a contract; in force over the half-open `[effective_from, effective_to)`, dates being local to `clock.timezone`."""

    number: Positive
    effective_from: DateOrInstant | None
    effective_to: DateOrInstant | None = None
    signed_by: tuple[Signature, ...] = ()
    mid_window_switch: Literal["split", "version_at_window_start", "version_at_window_end"] = "split"


class RollingDays(Strict):
    """A window of some days."""

    kind: Literal["rolling_days"]
    days: Positive


Window = Annotated[Literal["calendar_month", "calendar_quarter", "billing_cycle"] | RollingDays, ToldBy("kind")]


class Clock(Strict):
    """How windows are cut (R-TM3)."""

    timezone: ZoneName = "UTC"
    window: Window = "calendar_month"
    billing_anchor_day: Annotated[int, Field(strict=True, ge=1, le=31)] = 1
    business_calendar: Id | None = None  # None = the policy's

    @property
    def window_kind(self) -> str:
        """Return the window's name whatever its form."""
        return self.window if isinstance(self.window, str) else self.window.kind

    @property
    def rolling_days(self) -> int | None:
        """Return the length of a rolling window in days; None for other windows."""
        return None if isinstance(self.window, str) else self.window.days


class Reporting(Strict):
    """What the text demands of incident reports (C-52)."""

    documentation_standard: Flag = False
    report_business_days: Positive | None = None


class Contract(Strict):
    """One version of a contract. `resolve_contract` makes it; its measures are whole."""

    schema_name: Literal["sla-contract/1"] = Field(alias="schema")
    kind: Literal["contract"] = "contract"
    contract_id: Id
    provider: Provider
    customer: Customer = Customer()
    document: Document
    version: Version
    clock: Clock = Clock()
    measure_defaults: MeasureDefaults = MeasureDefaults()
    measures: Annotated[Mapping[Slug, Measure], Field(min_length=1)]
    exclusions: Exclusions = Exclusions()
    incident_targets: IncidentTargets = IncidentTargets()
    credits: Annotated[Credits, AfterValidator(_has_currency)] = NoCredits()
    claims: Claims = Claims()
    reporting: Reporting = Reporting()
    earn_back: EarnBack | None = None
    chronic: tuple[Chronic, ...] = ()
    exercise: Exercise | None = None

    @property
    def contract_version_id(self) -> str:
        """Return `<contract_id>@<number>`."""
        return f"{self.contract_id}@{self.version.number}"

    @property
    def effective_from(self) -> datetime | None:
        """Return the UTC instant from which it is in force; None if the text names none."""
        return self._instant(self.version.effective_from)

    @property
    def effective_to(self) -> datetime | None:
        """Return the UTC instant at which it ends; None if it is open."""
        return self._instant(self.version.effective_to)

    @property
    def currency(self) -> str | None:
        """Return the currency of its credits; None if it promises no money."""
        return self.credits.currency

    @property
    def is_private(self) -> bool:
        """Tell a contract between two parties from public terms: it speaks of signatures (even of none so far) or names its customer."""
        return "signed_by" in self.version.model_fields_set or self.customer.id is not None

    @property
    def is_unsigned(self) -> bool:
        """Tell whether it is private and lacks a party's signature; then it cannot produce claims (flag UNSIGNED_CONTRACT)."""
        return self.is_private and {signature.party for signature in self.version.signed_by} != {"customer", "provider"}

    @property
    def silent(self) -> frozenset[str]:
        """Return the keys of R-RD1 outside measures that the text leaves out."""
        return frozenset({"mid_window_switch"} - self.version.model_fields_set)

    @property
    def resolved(self) -> dict[str, Any]:
        """Return the whole document as JSON: defaults filled in, decimals as text, and under `silent` what the text itself left open."""
        document = self.model_dump(mode="json", exclude={"measure_defaults"})
        for name, measure in self.measures.items():
            document["measures"][name]["silent"] = sorted(measure.silent)
        return {**document, "silent": sorted(self.silent)}

    @cached_property
    def content_sha256(self) -> str:
        """Return the hash of the resolved document's canonical JSON: equal for texts that mean the same."""
        return sha256_json(self.resolved)

    def _instant(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        if "T" in text:
            return datetime.fromisoformat(text).astimezone(UTC)
        return local_midnight(self.clock.timezone, date.fromisoformat(text))


@cache
def silent_readings() -> dict[str, tuple[str, ...]]:
    """Return the readings of each key that a text may leave open, the headline's first (R-RD1)."""
    language = yaml.load(DEFAULTS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {address.rpartition(".")[2]: tuple(readings) for address, readings in language["silent_readings"].items()}


def resolve_contract(document: Any) -> Contract:
    """Return the contract that a document states, every measure whole.

    Args:
        document: The mapping a contract file holds, as YAML 1.2 gives it: no floats, no dates.

    Raises:
        FaultsError: With a `FormError` for every fault of form, its path being that of the text; if there is none, for every contradiction.
    """
    faults = list(text_faults(document))
    try:
        contract = read(Contract, filled(document))
    except FaultsError as error:
        stated = [fault for fault in error.faults if isinstance(fault, FormError) and is_stated(fault, document)]
        raise FaultsError([*faults, *(stated or error.faults)]) from error
    faults.extend(_contradictions(contract))
    if faults:
        raise FaultsError(faults)
    return contract


def _contradictions(contract: Contract) -> Iterator[FormError]:
    yield from _dates(contract)
    yield from _chronic(contract)
    yield from _currencies(contract)
    yield from _at_risk(contract)


def _dates(contract: Contract) -> Iterator[FormError]:
    start_at, end_at = contract.effective_from, contract.effective_to
    if start_at and end_at and end_at <= start_at:
        what = f"{contract.version.effective_to} is not after effective_from {contract.version.effective_from}"
        yield FormError("END_BEFORE_START", ("version", "effective_to"), what, fix="state the day after the last one, or null")


def _chronic(contract: Contract) -> Iterator[FormError]:
    for index, clause in enumerate(contract.chronic):
        if clause.applies_to is not None and clause.applies_to not in contract.measures:
            path: Path = ("chronic", index, "applies_to")
            yield FormError.unknown(
                "UNKNOWN_MEASURE", path, "measure", clause.applies_to, contract.measures, "name a measure of this contract"
            )
        if clause.id in (earlier.id for earlier in contract.chronic[:index]):
            yield FormError("REPEATED", ("chronic", index, "id"), f"'{clause.id}' stands twice", fix="name each clause once")


def _currencies(contract: Contract) -> Iterator[FormError]:
    for name, credits_ in _credits_by_measure(contract).items():
        is_money = credits_.form != "none" and not (isinstance(credits_, PointCredits) and credits_.pct_per_point is None)
        if is_money and credits_.currency is None:
            path = ("measures", name, "credits")
            yield FormError(
                "CURRENCY_MISSING", path, "credits are money, but their currency is not stated", fix="add currency: EUR (ISO 4217)"
            )


def _credits_by_measure(contract: Contract) -> dict[str, Credits]:
    return {name: measure.credits for name, measure in contract.measures.items() if measure.kind != "waiver"}


def _at_risk(contract: Contract) -> Iterator[FormError]:
    """Yield what R-CR8 refuses: weights over 100 %, too many measures, one measure over its ceiling."""
    shares = {name: credits_ for name, credits_ in _credits_by_measure(contract).items() if isinstance(credits_, AtRiskCredits)}
    pool = contract.credits.at_risk
    weights_pct = sum((credits_.weight_pct for credits_ in shares.values()), Decimal(0))
    if weights_pct > 100:
        yield FormError(
            "AT_RISK_WEIGHTS", ("measures",), f"weights of {', '.join(shares)} add up to {weights_pct} %", fix="keep them within 100 %"
        )
    if pool and pool.max_measures is not None and len(shares) > pool.max_measures:
        what = f"{len(shares)} measures share a pool for {pool.max_measures}"
        yield FormError("AT_RISK_MEASURES", ("credits", "at_risk", "max_measures"), what, fix="raise max_measures, or take measures out")
    for name, credits_ in shares.items():
        ceiling_pct = credits_.at_risk.single_measure_max_pct_of_pool if credits_.at_risk else None
        share_pct = credits_.pool_pct * credits_.weight_pct / 100
        if ceiling_pct is not None and share_pct > ceiling_pct:
            what = f"{credits_.pool_pct} % × {credits_.weight_pct} % = {share_pct.normalize():f} % of the pool is over {ceiling_pct} %"
            yield FormError("AT_RISK_CEILING", ("measures", name, "credits", "weight_pct"), what, fix="lower weight_pct or pool_pct")
