"""`sla vendor add`: a commented contract and a source for a new vendor, and the list of terms that are still unknown (DESIGN 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tasks.model.errors import LedgerError, UnknownReferenceError
from tasks.model.form import Finding, FormError
from tasks.start.starter import FORMS, contract_text, inbox_text
from tasks.store.blanks import CODE
from tasks.store.home import Home
from tasks.store.reference import check_reference
from tasks.store.whole import whole_file
from tasks.store.yaml_lines import read_yaml

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SOURCES = "reference/sources.yml"


@dataclass(frozen=True)
class Added:
    """A vendor's new files, and what `sla check` says of them; `source` is None if sources.yml has to be mended by hand."""

    vendor_id: str
    contract: str
    source: str | None
    lines: str
    found: tuple[FormError | Finding, ...]

    @property
    def blanks(self) -> tuple[FormError | Finding, ...]:
        """Return the terms that are still unknown."""
        return tuple(one for one in self.found if one.code == CODE)

    @property
    def others(self) -> tuple[FormError | Finding, ...]:
        """Return every other fault of the new contract."""
        return tuple(one for one in self.found if one.code != CODE and one.level == "fault")

    def in_words(self) -> str:
        """Return what was written, what is unknown, and what to do next."""
        source = f"added source {self.vendor_id} to {self.source}" if self.source else f"add to {SOURCES} by hand:\n{self.lines}"
        return "\n".join(
            [
                f"wrote {self.contract} and inbox/{self.vendor_id}/README.md",
                source.rstrip(),
                f"{len(self.blanks)} terms still unknown:" if self.blanks else "every term is stated",
                *(f"  {one.where}: {one.fix}" for one in self.blanks),
                *(f"  {one}" for one in self.others),
                "next, in this order:",
                "  1. fill them in, and remove the # of what else the paper says; then sla check",
                f"  2. write {self.vendor_id} as provider_id of its services in reference/services.csv",
                f"  3. drop the vendor's own records, if there are any, into inbox/{self.vendor_id}/",
            ]
        )

    def as_dict(self) -> dict[str, object]:
        """Return it for --json."""
        blanks = [one.as_dict() for one in self.blanks]
        return {"contract": self.contract, "source": self.source, "blanks": blanks, "faults": [one.as_dict() for one in self.others]}


def add_vendor(home: Home, vendor_id: str, form: str) -> Added:
    """Write a vendor's contract, its source and its inbox folder.

    Args:
        home: The home.
        vendor_id: Becomes contract_id, provider.id and the source's id.
        form: One of FORMS.

    Raises:
        LedgerError: If the form or the id is none, or a file or source of that name stands there already: nothing is then written.
    """
    if form not in FORMS:
        raise UnknownReferenceError(where="--like", kind="form", got=form, known=FORMS, fix="name one of these forms of credit")
    if not ID.fullmatch(vendor_id):
        fix = "use letters, digits, dots, hyphens and underscores, such as acme-cdn"
        raise LedgerError(f"'{vendor_id}' is no id", where="vendor add", fix=fix)
    contract = home.reference / "contracts" / f"{vendor_id}.yml"
    if contract.exists():
        raise LedgerError("stands there already", where=_name(home, contract), fix="edit it, or choose another id")
    sources, lines = home.root / SOURCES, _source_lines(vendor_id)
    _refuse_known(sources, vendor_id)
    _write(contract, contract_text(vendor_id, form))
    notice = home.inbox / vendor_id / "README.md"
    if not notice.exists():
        _write(notice, inbox_text(vendor_id))
    source = SOURCES if append_source(sources, lines, vendor_id) else None
    place = _name(home, contract)
    found = tuple(one for one in check_reference(home) if (one.where or "").startswith(place))
    return Added(vendor_id, place, source, lines, found)


def _source_lines(vendor_id: str) -> str:
    return (
        f"\n  # what {vendor_id} itself says about its incidents\n"
        f"  - id: {vendor_id}\n"
        "    adapter: canonical          # or statuspage, or mapping:<name> for a table of its own (sla map FILE)\n"
        "    entity: vendor_record\n"
        "    # timezone: Europe/Berlin   # the zone of times that are written without an offset\n"
    )


def append_source(file: Path, lines: str, source_id: str) -> bool:
    """Append a source to sources.yml, its comments kept; tell whether that could be done without changing anything else."""
    try:
        before = file.read_bytes()
    except OSError:
        return False
    after = before.rstrip() + b"\n" + lines.encode()
    old, new = read_yaml(before, file.name), read_yaml(after, file.name)
    if old.faults or new.faults or not isinstance(old.value, dict) or not isinstance(old.value.get("sources"), list):
        return False
    listed = new.value.get("sources") if isinstance(new.value, dict) else None
    is_added = isinstance(listed, list) and listed[:-1] == old.value["sources"] and listed[-1].get("id") == source_id
    if not is_added or {**new.value, "sources": None} != {**old.value, "sources": None}:
        return False
    with whole_file(file) as target:
        target.write(after)
    return True


def _refuse_known(file: Path, vendor_id: str) -> None:
    value = read_yaml(file.read_bytes(), file.name).value if file.is_file() else None
    listed = value.get("sources") if isinstance(value, dict) else None
    if any(isinstance(one, dict) and one.get("id") == vendor_id for one in listed or ()):
        raise LedgerError(f"source '{vendor_id}' stands there already", where=SOURCES, fix="choose another id")


def _write(file: Path, text: str) -> None:
    with whole_file(file) as target:
        target.write(text.encode())


def _name(home: Home, file: Path) -> str:
    return file.relative_to(home.root).as_posix()
