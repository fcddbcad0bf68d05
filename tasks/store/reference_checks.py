"""What must fit between reference files: names that point across them, and versions of one contract (DOMAIN 2.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tasks.model.calendar import AROUND_THE_CLOCK
from tasks.model.contract import Contract
from tasks.model.dictionary import dictionary
from tasks.model.errors import UnknownReferenceError
from tasks.model.form import Finding, FormError, Path
from tasks.model.policy import policy_defaults
from tasks.model.reference import CANONICAL, MAPPING
from tasks.model.zones import zone
from tasks.store.blanks import blanks_of
from tasks.store.reference_desk import Desk, Sheet
from tasks.store.yaml_lines import Document, read_yaml

HOME_FILE = "home.yml"
NAMES_HOURS = "service_hours"
NAMES_DAYS = ("business_calendar", "calendar")
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


def faults_across(desk: Desk, adapters: Collection[str]) -> Iterator[FormError]:
    """Yield what is wrong between files; a gap between versions goes to the desk's findings."""
    yield from _home(desk)
    yield from _mapping_names(desk)
    for document in desk.texts["sources"]:
        yield from _sources(desk, document, adapters)
    yield from _calendar_ids(desk)
    yield from _calendar_names(desk)
    yield from _letters(desk)
    by_contract: dict[str, list[Sheet[Contract]]] = defaultdict(list)
    for sheet in desk.contracts:
        by_contract[sheet.value.contract_id].append(sheet)
    for sheets in by_contract.values():
        yield from _numbers(sheets)
        yield from _spans(desk, sorted(sheets, key=lambda one: (_start(one.value), one.value.version.number)))


def _home(desk: Desk) -> Iterator[FormError]:
    content = (desk.home.root / HOME_FILE).read_bytes() if (desk.home.root / HOME_FILE).is_file() else b""
    blanks = list(blanks_of(read_yaml(content, HOME_FILE), content))
    yield from blanks
    if ("display_timezone",) not in {fault.path for fault in blanks}:
        yield from _home_zone(desk)


def _home_zone(desk: Desk) -> Iterator[FormError]:
    try:
        zone(desk.home.display_timezone)
    except UnknownReferenceError as error:
        yield FormError("UNKNOWN_ZONE", ("display_timezone",), error.what, known=error.known, fix=error.fix, place=HOME_FILE)


def _sources(desk: Desk, document: Document, adapters: Collection[str]) -> Iterator[FormError]:
    known = {*adapters, *(f"{MAPPING}{file.stem}" for file in desk.files_of("mappings"))}
    entities = dictionary().entities
    seen: set[str] = set()
    for path, source in _items(document.value, "sources"):
        name, adapter, entity = (source.get(key) for key in ("id", "adapter", "entity"))
        if isinstance(name, str) and name in seen:
            yield _fault(document, "REPEATED", (*path, "id"), f"source '{name}' stands twice", "give each source its own id")
        seen.add(str(name))
        if isinstance(adapter, str) and adapter not in known:
            fix = "use a known adapter, or write reference/mappings/<name>.yml and adapter: mapping:<name>"
            yield _unknown(document, "UNKNOWN_ADAPTER", (*path, "adapter"), "adapter", adapter, known, fix)
        if adapter == CANONICAL and entity is None:
            yield _fault(document, "MISSING_KEY", (*path, "entity"), "a canonical source says what its rows are", "add entity: ticket")
        mapping = desk.mappings.get(adapter.removeprefix(MAPPING)) if isinstance(adapter, str) and adapter.startswith(MAPPING) else None
        if mapping and entity not in (None, mapping.entity):
            what = f"the mapping makes rows of {mapping.entity}, not of {entity}"
            yield _fault(document, "TWO_ENTITIES", (*path, "entity"), what, "leave entity out")
        if isinstance(entity, str) and entity not in entities:
            yield _unknown(document, "UNKNOWN_ENTITY", (*path, "entity"), "entity", entity, entities, "name an entity of entities.yml")


def _mapping_names(desk: Desk) -> Iterator[FormError]:
    files: dict[str, str] = {}
    for file in desk.files_of("mappings"):
        if files.setdefault(file.stem, desk.name(file)) != desk.name(file):
            yield FormError("TWO_FILES", (), f"{desk.name(file)} stands beside it", fix="keep one of them", place=files[file.stem])


def _items(value: Any, key: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the mappings in a list of a document, whatever else is wrong with it."""
    items = value.get(key) if isinstance(value, Mapping) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield (key, index), item


def _calendar_ids(desk: Desk) -> Iterator[FormError]:
    files: dict[str, str] = {}
    for document in desk.texts["calendars"]:
        name = document.value.get("id") if isinstance(document.value, Mapping) else None
        if isinstance(name, str) and files.setdefault(name, document.file) != document.file:
            what = f"calendar '{name}' stands in {files[name]} too"
            yield _fault(document, "REPEATED", ("id",), what, "give each calendar its own id")


def _calendar_names(desk: Desk) -> Iterator[FormError]:
    """Yield every name of a calendar that is none. A calendar with faults has been reported and counts as known."""
    known = {*policy_defaults()["calendars"], *desk.calendars, *(file.stem for file in desk.files_of("calendars"))}
    for document in (*desk.texts["policy"], *desk.texts["contracts"]):
        calendars = document.value.get("calendars") if isinstance(document.value, Mapping) else None
        known |= set(calendars) if isinstance(calendars, Mapping) else set()
        for path, name in _mentions(document.value):
            allowed = known | {AROUND_THE_CLOCK} if path[-1] == NAMES_HOURS else known
            if name not in allowed:
                fix = f"add reference/calendars/{name}.yml or use a known name"
                yield _unknown(document, "UNKNOWN_CALENDAR", path, "calendar", name, allowed, fix)


def _mentions(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield where a text names a calendar, and the name."""
    for key, child in value.items() if isinstance(value, Mapping) else ():
        if key in (NAMES_HOURS, *NAMES_DAYS) and isinstance(child, str):
            yield (*path, key), child
        else:
            yield from _mentions(child, (*path, key))


def _letters(desk: Desk) -> Iterator[FormError]:
    """Yield every letter of a contract that is none. A contract with faults has been reported; then nothing is said."""
    known = {sheet.value.contract_id for sheet in desk.contracts}
    is_whole = len(desk.contracts) == len(desk.files_of("contracts"))
    for document in desk.texts["claims"] if is_whole else ():
        for path, letter in _items(document.value, "letters"):
            name = letter.get("contract_id")
            if isinstance(name, str) and name not in known:
                fix = "use a contract_id of reference/contracts"
                yield _unknown(document, "UNKNOWN_CONTRACT", (*path, "contract_id"), "contract", name, known, fix)


def _numbers(sheets: list[Sheet[Contract]]) -> Iterator[FormError]:
    files: dict[int, str] = {}
    for sheet in sheets:
        file = files.setdefault(sheet.value.version.number, sheet.document.file)
        if file != sheet.document.file:
            what = f"{sheet.value.contract_version_id} stands in {file} too"
            yield _fault(sheet.document, "REPEATED", ("version", "number"), what, "give each version its own number")


def _spans(desk: Desk, sheets: list[Sheet[Contract]]) -> Iterator[FormError]:
    """Yield versions in force at once; keep a gap between two as a finding. The versions come by their start."""
    path: Path = ("version", "effective_from")
    last = sheets[0]  # of the versions so far the one that ends last
    for sheet in sheets[1:]:
        ends, starts = _end(last.value), _start(sheet.value)
        name, before = sheet.value.contract_version_id, f"version {last.value.version.number} ({last.document.file})"
        if starts < ends:
            until = "without end" if last.value.effective_to is None else f"until {ends.isoformat()}"
            fix = f"set version.effective_to of {last.document.file} to the effective_from of {sheet.document.file}"
            yield _fault(sheet.document, "VERSIONS_OVERLAP", path, f"{name} begins while {before} is in force {until}", fix)
        elif starts > ends:
            what = f"between {before} and {name} no text is in force: nothing is judged from {ends.isoformat()} to {starts.isoformat()}"
            fix = "let the versions meet, unless the contract really lapsed"
            desk.findings.append(Finding("VERSION_GAP", path, what, fix=fix, place=sheet.document.place(path)))
        last = max(last, sheet, key=lambda one: _end(one.value))


def _start(contract: Contract) -> datetime:
    return contract.effective_from or BEGINNING


def _end(contract: Contract) -> datetime:
    return contract.effective_to or END


def _fault(document: Document, code: str, path: Path, what: str, fix: str) -> FormError:
    return document.located(FormError(code, path, what, fix=fix))


def _unknown(document: Document, code: str, path: Path, kind: str, got: str, known: Collection[str], fix: str) -> FormError:
    return document.located(FormError.unknown(code, path, kind, got, known, fix))
