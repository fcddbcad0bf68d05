"""YAML that people write, read by the rules of YAML 1.2 and with the line of every value.

Only plain data comes out: mappings with text keys, lists, text, whole numbers, floats, true, false, null. `on` and `2026-10-01` are text.
A key that stands twice, a tag, an alias bomb and a file beyond the limits are faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tasks.model.form import FormError, Path

MAX_BYTES = 4_000_000
MAX_VALUES = 200_000
MAX_DEPTH = 50
TAG = "tag:yaml.org,2002:"
CORE: dict[str, tuple[str, str, Callable[[str], Any]]] = {  # tag: form, first characters, meaning (YAML 1.2, core schema)
    "null": (r"~|null|Null|NULL|", "~nN\0", lambda text: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]{1,4000}", "-+0123456789", int),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+.0123456789", float),
}


class Yaml12Loader(yaml.CSafeLoader):
    """Resolves plain scalars by the core schema of YAML 1.2 alone."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 PyYAML's own form


for _name, (_form, _first, _) in CORE.items():
    Yaml12Loader.add_implicit_resolver(TAG + _name, re.compile(rf"^(?:{_form})$"), [letter.strip("\0") for letter in _first])


@dataclass
class Document:
    """A file's value, the line of every path in it (from 1), and what is wrong with the file as YAML."""

    file: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[FormError] = field(default_factory=list)

    def place(self, path: Path) -> str:
        """Return `file:line` of a path, or of the nearest thing around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"

    def located(self, fault: FormError) -> FormError:
        """Return a fault of this document with its file and line."""
        return fault.at(self.place(fault.path))


def read_yaml(content: bytes, file: str) -> Document:
    """Return the one document of a file. Its faults are collected, never raised.

    Args:
        content: The file's bytes: UTF-8, at most MAX_BYTES.
        file: Its name as errors print it.
    """
    document = Document(file)
    try:
        _Builder(document).build(_compose(content))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        what = f"this is not YAML: {error.problem or error.context}"
        document.faults.append(FormError("NOT_YAML", (), what, fix="mend the line, often its indentation or a quote", place=place))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        document.faults.append(
            FormError("NOT_YAML", (), f"this is not YAML in UTF-8: {error}", fix="save the file as UTF-8 text", place=file)
        )
    except _OverLimitError as error:
        document.faults.append(FormError("TOO_LARGE", (), str(error), fix="split the file, or write aliases out", place=file))
    return document


class _OverLimitError(Exception):
    """A file that is larger or deeper than reference files may be."""


def _compose(content: bytes) -> yaml.Node | None:
    if len(content) > MAX_BYTES:
        raise _OverLimitError(f"the file has {len(content)} bytes, at most {MAX_BYTES} are read")
    text = content.decode("utf-8-sig")
    _refuse_depth(text)
    loader = Yaml12Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


def _refuse_depth(text: str) -> None:
    """Refuse nesting that would exhaust the parser's stack, before a tree is built."""
    depth = 0
    for event in yaml.parse(text, Loader=Yaml12Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _OverLimitError(f"the file nests deeper than {MAX_DEPTH} levels")


class _Builder:
    """Turns nodes into values and keeps their lines."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def build(self, node: yaml.Node | None) -> None:
        if node is not None:
            self.document.lines[()] = node.start_mark.line + 1
            self.document.value = self._value(node, ())

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        if self.count > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _OverLimitError(f"the file has more than {MAX_VALUES} values, or nests deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
            return [self._item(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault("WRONG_TYPE", path, "a key is a list or mapping", "write keys as text", key)
                continue
            name = key.value  # as written, so that `1: P1` and `"1": P1` are one
            if name in values:
                self._fault("REPEATED", (*path, name), f"key '{name}' stands twice in one mapping", "keep one of them", key)
            self.document.lines[(*path, name)] = key.start_mark.line + 1
            values[name] = self._value(child, (*path, name))
        return values

    def _item(self, node: yaml.Node, path: Path) -> Any:
        self.document.lines[path] = node.start_mark.line + 1
        return self._value(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if node.tag == f"{TAG}str":
            return node.value
        name = node.tag.removeprefix(TAG)
        if isinstance(node, yaml.ScalarNode) and name in CORE and re.fullmatch(CORE[name][0], node.value):
            return CORE[name][2](node.value)
        self._fault("TAGGED", path, f"the tag {node.tag} is not read", "remove the tag", node)
        return None

    def _fault(self, code: str, path: Path, what: str, fix: str, node: yaml.Node) -> None:
        place = f"{self.document.file}:{node.start_mark.line + 1}"
        self.document.faults.append(FormError(code, path, what, fix=fix, place=place))
