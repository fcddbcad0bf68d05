"""The reference files of a home, read strictly: every fault of every file at once, with file, line and mend (DESIGN 2).

`load_reference` gives them typed or raises all faults together; `check_reference` gives faults and findings side by side, for `sla check`.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tasks.model.calendar import Calendar
from tasks.model.contract import Contract, resolve_contract
from tasks.model.contract_findings import contract_findings
from tasks.model.dictionary import dictionary
from tasks.model.errors import FaultsError, IntegrityError
from tasks.model.form import Finding, FormError, overlay, read
from tasks.model.identity import sha256_file
from tasks.model.kpi import KpiCatalogue, resolve_kpis
from tasks.model.letters import ClaimLetters, Letter
from tasks.model.mapping import TableMapping, read_mapping
from tasks.model.notify import Notify, Wish
from tasks.model.own_rule import OwnRule
from tasks.model.policy import Policy, policy_defaults, resolve_policy
from tasks.model.reference import People, Person, Source, Sources
from tasks.store.blanks import without_shadows
from tasks.store.catalogue_checks import faults_of_catalogue
from tasks.store.home import Home
from tasks.store.knowledge import REFERENCE, Known
from tasks.store.reference_checks import faults_across
from tasks.store.reference_desk import FOLDERS, MISSING, RULES, SINGLE, TABLES, Desk, content_of
from tasks.store.reference_rows import Rows, rows_of

BUILT_IN_ADAPTERS = frozenset(
    {
        *("canonical", "servicenow_incident", "servicenow_history", "jira_sm", "pagerduty", "alertmanager"),
        *("statuspage", "google_cloud_status", "aws_health", "reply_sheet"),
    }
)
READ_LATER = ("controls", "corrections", "runbooks")  # by the verbs they belong to; here only as YAML


@dataclass(frozen=True)
class Reference:
    """What people wrote about an estate, typed and whole.

    Attributes:
        sources: In the order of sources.yml.
        contracts: Resolved versions, by contract and number.
        calendars: By id: the policy's, and over them the files of `reference/calendars`.
        policy: policy.yml over the defaults.
        people: In the order of people.yml; none without the file.
        notify: Who is told what, in the order of notify.yml; none without the file.
        files: `{path, sha256}` of every reference file, relative to the home, by path.
        findings: What is allowed but worth knowing, warnings first.
        mappings: Adapters that people wrote, by name.
        rules: Quality rules that people wrote, by id.
        rows: Rows of the reference tables as they are written, by table.
        letters: What claim letters say that nothing else holds, by contract_id; none without claims.yml.
        kpis: metrics.yml over the defaults.
    """

    sources: tuple[Source, ...]
    contracts: tuple[Contract, ...]
    calendars: Mapping[str, Calendar]
    policy: Policy
    people: tuple[Person, ...]
    notify: tuple[Wish, ...]
    files: tuple[dict[str, str], ...]
    findings: tuple[Finding, ...]
    mappings: Mapping[str, TableMapping] = field(default_factory=dict)
    rules: tuple[OwnRule, ...] = ()
    rows: Mapping[str, Rows] = field(default_factory=dict)
    letters: Mapping[str, Letter] = field(default_factory=dict)
    kpis: KpiCatalogue = field(default_factory=resolve_kpis)


def load_reference(home: Home, adapters: Collection[str] = BUILT_IN_ADAPTERS) -> Reference:
    """Return the reference files of a home.

    Args:
        home: The home.
        adapters: Names of built-in adapters that sources may use.

    Raises:
        FaultsError: With a `FormError` for every fault of every file, with its file and line.
    """
    desk = read_all(home, adapters)
    if desk.faults or desk.sources is None or desk.policy is None:
        raise FaultsError(desk.faults)
    contracts = sorted((sheet.value for sheet in desk.contracts), key=lambda one: (one.contract_id, one.version.number))
    return Reference(
        sources=desk.sources.value.sources,
        contracts=tuple(contracts),
        calendars={name: desk.calendars[name] for name in sorted(desk.calendars)},
        policy=desk.policy,
        mappings={name: desk.mappings[name] for name in sorted(desk.mappings)},
        people=desk.people.value if desk.people else (),
        notify=desk.notify.value.audiences if desk.notify else (),
        files=tuple({"path": desk.name(file), "sha256": sha256_file(file)} for file in desk.files()),
        findings=_in_order(desk.findings),
        rules=desk.rules,
        rows=rows_of(desk),
        letters={letter.contract_id: letter for letter in (desk.letters.value.letters if desk.letters else ())},
        kpis=desk.kpis or resolve_kpis(),
    )


def reference_files(home: Home) -> list[Path]:
    """Return every reference file of a home, by path."""
    return Desk(home).files()


def reference_at(home: Home, known: Known, current: Reference) -> Reference:
    """Return the reference files as they were recorded by as_of; `current` where they are still the same.

    A home whose files were never recorded (they are since the first landing by this program) has only the current ones.
    """
    tables = [row for row in known.landings if (row.body or {})["source_id"] == REFERENCE]
    bodies = [row.body or {} for row in (*known.reference, *tables)]
    digests = {f"reference/{body['file']}": body["file_sha256"] for body in bodies}  # the last of a name is in force
    if not known.reference or digests == {file["path"]: file["sha256"] for file in current.files}:
        return current
    with tempfile.TemporaryDirectory(prefix="sla-reference-") as folder:
        then = replace(home, root=Path(folder).resolve())
        for name, sha256 in digests.items():
            _put(home.raw_file(sha256, name.removeprefix("reference/")), then.root / name)
        return load_reference(then)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError as error:
        raise IntegrityError("a recorded reference file is missing", where=str(source), fix="restore it from a backup") from error


def load_people(home: Home) -> tuple[Person, ...]:
    """Return people.yml alone, whatever the other files say; nobody if it cannot be read."""
    desk = Desk(home)
    people = next(iter(desk.sheets("people", lambda value: read(People, value))), None)
    return people.value if people else ()


def check_reference(home: Home, adapters: Collection[str] = BUILT_IN_ADAPTERS) -> tuple[FormError | Finding, ...]:
    """Return all faults, then warnings, then notes; each has `code`, `level`, `where`, `what`, `fix` and `as_dict()`.

    What promises lack behind them is noted where there is no fault: names that point nowhere hide it.
    """
    desk = read_all(home, adapters)
    if not desk.faults:
        from tasks.store.backing import notes_of_backing
        from tasks.store.rule_checks import findings_of_rules

        desk.findings.extend(notes_of_backing(desk))
        desk.findings.extend(findings_of_rules(home, desk))
    return (*sorted(desk.faults, key=lambda fault: (*_line_of(fault.place), fault.where or "", fault.what)), *_in_order(desk.findings))


def _line_of(place: str | None) -> tuple[str, int]:
    """Return a place's file and line, so that line 8 stands before line 10."""
    file, _, line = (place or "").rpartition(":")
    return (file, int(line)) if line.isdecimal() else (place or "", 0)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.level != "warning", finding.where or "", finding.label, finding.what)))


def read_all(home: Home, adapters: Collection[str] = BUILT_IN_ADAPTERS, instead: Callable[[Desk], None] = lambda desk: None) -> Desk:
    """Return the desk on which all files of a home were read and held against each other; `instead` may put other contracts there first."""
    desk = Desk(home)
    desk.sources = next(iter(desk.sheets("sources", lambda value: read(Sources, value))), None)
    desk.people = next(iter(desk.sheets("people", lambda value: read(People, value))), None)
    desk.notify = next(iter(desk.sheets("notify", lambda value: read(Notify, value))), None)
    desk.letters = next(iter(desk.sheets("claims", lambda value: read(ClaimLetters, value))), None)
    policies = desk.sheets("policy", resolve_policy)
    desk.policy = policies[0].value if policies else resolve_policy()
    for kpis in desk.sheets("metrics", resolve_kpis):
        desk.kpis = kpis.value
        desk.findings.extend(finding.at_place(kpis.document.place(finding.path)) for finding in kpis.value.findings())
    _read_calendars(desk)
    desk.contracts = desk.sheets("contracts", resolve_contract)
    instead(desk)
    for sheet in desk.contracts:
        findings = contract_findings(sheet.value)
        desk.findings.extend(finding.at_place(sheet.document.place(finding.path)) for finding in findings)
    desk.mappings = {_stem(sheet.document.file): sheet.value for sheet in desk.sheets("mappings", read_mapping)}
    for kind in READ_LATER:
        desk.sheets(kind, lambda value: value)
    for stem, entity in TABLES.items():
        _check_header(desk, stem, entity)
    _read_rules(desk)
    _name_unread_files(desk)
    desk.faults.extend(faults_across(desk, adapters))
    desk.faults.extend(faults_of_catalogue(desk))
    desk.faults = without_shadows(desk.faults)
    return desk


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]


def _read_calendars(desk: Desk) -> None:
    """Read the policy's calendars, then the files, of which one of the same id replaces a built-in one."""
    stated: Mapping[str, Any] = {}
    for document in desk.texts["policy"]:
        stated = document.value.get("calendars", {}) if isinstance(document.value, Mapping) else {}
    bodies = overlay(policy_defaults()["calendars"], stated if isinstance(stated, Mapping) else {})
    for name, body in bodies.items():
        if isinstance(body, Mapping):
            _read_built_in(desk, name, body)
    for sheet in desk.sheets("calendars", lambda value: read(Calendar, value)):
        desk.calendars[sheet.value.id] = sheet.value


def _read_built_in(desk: Desk, name: str, body: Mapping[str, Any]) -> None:
    try:
        desk.calendars[name] = read(Calendar, {"schema": "calendar/1", "id": name, **body})
    except FaultsError as error:
        for document in desk.texts["policy"]:
            desk.faults.extend(document.located(fault.under("calendars", name)) for fault in error.faults if isinstance(fault, FormError))


def _read_rules(desk: Desk) -> None:
    """Read the quality rules that people wrote; the engine that tries them is only started if there are any."""
    files = desk.rule_files()
    if files:
        from tasks.store.own_rules import read_own_rules

        desk.rules, faults = read_own_rules({desk.name(file): content_of(file) for file in files})
        desk.faults.extend(faults)


def _check_header(desk: Desk, stem: str, entity: str) -> None:
    """Check a CSV file's header against its entity; its rows are staged like those of any source."""
    file = desk.home.reference / f"{stem}.csv"
    place = f"{desk.name(file)}:1"
    if not file.is_file():
        if stem in MISSING:
            desk.lack(stem, file.name)
        return
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            names = [name.strip() for name in next(csv.reader(lines), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        desk.faults.append(FormError("NOT_CSV", (), f"the header is no CSV in UTF-8: {error}", fix="save it as UTF-8 CSV", place=place))
        return
    columns = dictionary().entities[entity].columns
    missing = [column.name for column in columns if column.required and column.name not in names]
    if missing:
        what = f"columns of {entity} are missing: {', '.join(missing)}"
        fix = "add them to the header; columns are separated by commas"
        desk.faults.append(FormError("MISSING_COLUMN", (), what, known=names, fix=fix, place=place))
    for name in sorted(set(names) - {column.name for column in columns}):
        what = f"'{name}' is no column of {entity} and is not read"
        desk.findings.append(Finding("UNKNOWN_COLUMN", (), what, name, fix="rename or remove it", place=place))


def _name_unread_files(desk: Desk) -> None:
    """Warn of files that nothing reads, so that a misspelt folder does not pass for an empty one."""
    read_files = {file for kind in (*SINGLE, *FOLDERS) for file in desk.files_of(kind)} | set(desk.rule_files())
    read_files |= {desk.home.reference / f"{stem}.csv" for stem in TABLES}
    for file in desk.files():
        if file not in read_files:
            fix = f"name it one of {', '.join((*SINGLE, *TABLES))}, or move it to one of {', '.join((*FOLDERS, RULES))}"
            desk.findings.append(Finding("UNREAD_FILE", (), "nothing reads this file", fix=fix, place=desk.name(file)))
