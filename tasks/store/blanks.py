"""Blanks: values that are just `TODO`, left by `sla init`, `sla vendor add` and `sla map` for a person to fill in.

Each is a fault of its own that repeats the comment beside it, and stands for whatever else its form has to say against the word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tasks.model.form import FormError, Path
from tasks.store.yaml_lines import Document

BLANK = "TODO"
CODE = "BLANK"
WHAT = "still blank"


def blanks_of(document: Document, content: bytes) -> Iterator[FormError]:
    """Yield the blanks of a YAML file; each says what the comment in its line asks for."""
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    for path in _paths(document.value):
        place = document.place(path)
        asked = lines[int(place.rpartition(":")[2]) - 1].partition(" #")[2].strip()
        yield blank(path, place, asked or "write its value")


def blank(path: Path, place: str, asked: str) -> FormError:
    """Return the fault of one blank."""
    return FormError(CODE, path, WHAT, fix=asked, place=place)


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    match value:
        case str() if value == BLANK:
            yield path
        case Mapping():
            for key, child in value.items():
                yield from _paths(child, (*path, key))
        case list():
            for index, child in enumerate(value):
                yield from _paths(child, (*path, index))


def without_shadows(faults: Collection[FormError]) -> list[FormError]:
    """Return the faults without those that only say that a blank is not yet what it must be."""
    blanks = [fault for fault in faults if fault.code == CODE]
    return [fault for fault in faults if fault.code == CODE or not any(_is_about(fault, one) for one in blanks)]


def _is_about(fault: FormError, one: FormError) -> bool:
    """Tell whether a fault is that of a blank, of what was made of it, or of the thing that holds it; what is missing there stays."""
    if not fault.path or _file(fault) != _file(one):
        return False
    holds = one.path[: len(fault.path)] == fault.path and not fault.code.startswith("MISSING")
    return holds or fault.path[: len(one.path)] == one.path


def _file(fault: FormError) -> str:
    return (fault.place or "").rpartition(":")[0]
