"""How a document that people write is read: strictly, every fault at once, each with its place, and nothing taken for granted.

A `Strict` type says what may stand where. `read` gives the typed value or all faults together; `overlay` lays what one text says over what
another said before. Numbers that must be exact are quoted strings, because YAML reads `99.9` as a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from tasks.model.errors import FaultsError, LedgerError, UnknownReferenceError
from tasks.model.zones import zone

T = TypeVar("T")
Path = tuple[str | int, ...]
DECIMALS = 6
MEMBER = "\0"  # begins the name of a union's member in pydantic's paths; no document can hold it
BARE, UNNAMED = "bare name", "mapping without key"  # members that no key names


class FormError(LedgerError):
    """One fault of a document. `code` is for machines, `path` leads into the document, `place` is the file and line if known."""

    level = "fault"

    def __init__(
        self,
        code: str,
        path: Sequence[str | int],
        what: str,
        *,
        known: Iterable[str] = (),
        fix: str | None = None,
        place: str | None = None,
    ) -> None:
        self.code = code
        self.path = tuple(path)
        self.place = place
        super().__init__(what, where=joined(place, self.path), known=known, fix=fix)

    @classmethod
    def unknown(cls, code: str, path: Sequence[str | int], kind: str, got: str, known: Iterable[str], fix: str) -> FormError:
        """Return the fault of a name that points nowhere, with the nearest known one."""
        nearest = UnknownReferenceError(where="", kind=kind, got=got, known=known, fix=fix)
        return cls(code, path, nearest.what, known=nearest.known, fix=fix)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"level": self.level, "code": self.code, "where": self.where, "what": self.what, "known": self.known, "fix": self.fix}

    def at(self, place: str) -> FormError:
        """Return the same fault with its file and line."""
        return FormError(self.code, self.path, self.what, known=self.known, fix=self.fix, place=place)

    def under(self, *path: str) -> FormError:
        """Return the same fault of a document that stands deeper in another."""
        return FormError(self.code, (*path, *self.path), self.what, known=self.known, fix=self.fix)


@dataclass(frozen=True)
class Finding:
    """What is allowed but worth knowing. A `warning` says that the text itself is odd, a `note` what is done where it is silent.

    `at` is the value it is about, `what` says it with its effect.
    """

    code: str
    path: Path
    what: str
    at: str | None = None
    level: Literal["warning", "note"] = "warning"
    fix: str | None = None
    place: str | None = None

    @property
    def label(self) -> str:
        """Return the code with its value: `TIER_GAP@99.0`."""
        return f"{self.code}@{self.at}" if self.at else self.code

    @property
    def where(self) -> str | None:
        """Return file, line and path as errors print them."""
        return joined(self.place, self.path)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"level": self.level, "code": self.label, "where": self.where, "what": self.what, "known": [], "fix": self.fix}

    def at_place(self, place: str) -> Finding:
        """Return the same finding with its file and line."""
        return replace(self, place=place)

    def __str__(self) -> str:
        first = f"{self.where}: {self.label}, {self.what}" if self.where else f"{self.label}, {self.what}"
        return f"{first}\n  fix:   {self.fix}" if self.fix else first


def joined(place: str | None, path: Path) -> str | None:
    """Return `reference/contracts/x.yml:14, measures.api.tiers[0].below`, or the part of it that is known."""
    return ", ".join(part for part in (place, dotted(path)) if part) or None


def dotted(path: Path) -> str:
    """Return a path as people write it: `measures.api.tiers[0].below`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def refused(code: str, what: str, *, known: Iterable[str] = (), fix: str | None = None) -> PydanticCustomError:
    """Return what a validator raises: a code, words, and how to mend it."""
    return PydanticCustomError(code, "{what}", {"what": what, "known": _in_one(sorted(known)), "fix": fix or ""})


def _in_one(names: Iterable[str]) -> str:
    """Return names as one text: pydantic's contexts hold no lists."""
    return "\n".join(names)


def _in_parts(names: str) -> list[str]:
    return names.split("\n") if names else []


class Strict(BaseModel):
    """A frozen type whose unknown keys fail; nulls that say nothing are left out when it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    @model_validator(mode="wrap")
    @classmethod
    def _tell_known_keys(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            lines = error.errors(include_url=False)
            if not any(line["type"] == "extra_forbidden" and len(line["loc"]) == 1 for line in lines):
                raise
            known = [field.alias or name for name, field in cls.model_fields.items()]
            raise ValidationError.from_exception_data(cls.__name__, [_with_known_keys(line, known) for line in lines]) from error

    @model_serializer(mode="wrap")
    def _leave_nulls_out(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        obligatory = {name for name, field in type(self).model_fields.items() if field.is_required()}
        return {name: value for name, value in handler(self).items() if value is not None or name in obligatory}


def _with_known_keys(line: ErrorDetails, known: list[str]) -> InitErrorDetails:
    kind: str | PydanticCustomError = line["type"]
    context = line.get("ctx", {})
    if kind == "extra_forbidden" and len(line["loc"]) == 1:
        kind = PydanticCustomError("UNKNOWN_KEY", "unknown key", {"known": _in_one(known)})
    elif _is_code(line["type"]):
        kind = PydanticCustomError(line["type"], "{what}", context)
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"], ctx=context)


def _is_code(kind: str) -> bool:
    """Tell our codes (upper case) from pydantic's own kinds of error."""
    return kind.isupper()


@dataclass(frozen=True)
class Quoted:
    """An exact number that is written as a quoted string of a certain form."""

    pattern: str
    meaning: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(lambda number: format(number, "f"))
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.pattern}$"}

    def _read(self, value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if not isinstance(value, str):
            raise refused("NOT_A_STRING", f"{shown(value)} is not a quoted string", fix=f'quote it: "{value}", so that it stays exact')
        if re.fullmatch(self.pattern, value) is None:
            raise refused("WRONG_FORM", f"{shown(value)} is not {self.meaning}", fix=f"write {self.meaning}")
        return Decimal(value)


class NotNull:
    """Marks a key that may be left out, but not be null: its None means that nothing was stated."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_refuse_null, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        stated: dict[str, Any] = handler(schema)["anyOf"][0]
        return stated


def _refuse_null(value: Any) -> Any:
    if value is None:
        raise refused("WRONG_TYPE", "null says nothing here", fix="state a value, or leave the key out")
    return value


@dataclass(frozen=True)
class ToldBy:
    """Marks a union whose members are told apart by one key (`kind`, `form`, `rule`), or by being a bare name.

    `default` is the value of a document that leaves the key out. Without a key there is one mapping and a bare name.
    """

    key: str | None = None
    default: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = {name: member for member in get_args(source) for name in self._names(member)}
        bare = [name for member in get_args(source) if get_origin(member) is Literal for name in get_args(member)]
        known = [name for name in members if name not in (BARE, UNNAMED)]

        def member_of(value: Any) -> str | None:
            return self._member_of(value, is_bare_allowed=bool(bare))

        return core_schema.tagged_union_schema(
            {MEMBER + name: handler.generate_schema(member) for name, member in members.items()},
            discriminator=member_of,
            custom_error_type=f"UNKNOWN_{(self.key or 'form').upper()}",
            custom_error_message="unknown",
            custom_error_context={"known": _in_one([*known, *bare]), "key": self.key or ""},
        )

    def _names(self, member: Any) -> tuple[str, ...]:
        if get_origin(member) is Literal:
            return (BARE,)
        return get_args(member.model_fields[self.key].annotation) if self.key else (UNNAMED,)

    def _member_of(self, value: Any, *, is_bare_allowed: bool) -> str | None:
        if not isinstance(value, Mapping | Strict):
            return MEMBER + BARE if is_bare_allowed else None
        if self.key is None:
            return MEMBER + UNNAMED
        name = value.get(self.key, self.default) if isinstance(value, Mapping) else getattr(value, self.key)
        return MEMBER + name if isinstance(name, str) else None


def _without_repeats(values: tuple[T, ...]) -> tuple[T, ...]:
    repeated = [value for index, value in enumerate(values) if value in values[:index]]
    if repeated:
        raise refused("REPEATED", f"{shown(repeated[0])} stands twice", fix="name each once")
    return values


def _sized(least: int, most: int | None = None) -> Any:
    return Field(strict=True, ge=least, le=most)


def _is_zone(name: str) -> str:
    try:
        return zone(name).key
    except UnknownReferenceError as error:
        raise refused("UNKNOWN_ZONE", error.what, known=error.known, fix=error.fix) from error


def _in_millionths(value: Decimal) -> Decimal:
    """Refuse what the columns of targets and shares, DECIMAL(9,6), would round."""
    if value != round(value, DECIMALS):
        raise refused(
            "TOO_PRECISE", f"has more than {DECIMALS} decimals", fix=f"write at most {DECIMALS}: finer ones could not be judged exactly"
        )
    return value


Stated = Annotated[T | None, NotNull()]
Several = Annotated[tuple[T, ...], AfterValidator(_without_repeats)]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, _sized(0)]
Positive = Annotated[int, _sized(1)]
Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Amount = Annotated[Decimal, Quoted(r"[0-9]+(\.[0-9]+)?", 'a decimal such as "12.50"')]
MILLIONTHS = AfterValidator(_in_millionths)
Percent = Annotated[
    Decimal, Quoted(r"(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)", 'a percentage from "0" to "100"'), AfterValidator(_in_millionths)
]
Share = Annotated[Decimal, Quoted(r"(1(\.0+)?|0(\.[0-9]+)?)", 'a share from "0" to "1"'), MILLIONTHS]
Factor = Annotated[Decimal, Quoted(r"(?=.*[1-9])[0-9]{1,3}(\.[0-9]+)?", 'a decimal above "0" and below "1000"'), MILLIONTHS]
ZoneName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"), AfterValidator(_is_zone)]
Severity = Literal["P1", "P2", "P3", "P4"]


def read(kind: type[T], document: Any) -> T:
    """Return the document as a value of that type.

    Raises:
        FaultsError: With one `FormError` for every fault of its form.
    """
    try:
        return TypeAdapter(kind).validate_python(document)
    except ValidationError as error:
        root_keys = list(getattr(kind, "model_fields", {}))
        lines = [line for line in error.errors(include_url=False) if line["type"] != "default_factory_not_called"]  # follows another
        raise FaultsError(_fault(line, root_keys) for line in lines) from error


def _fault(line: ErrorDetails, root_keys: list[str]) -> FormError:
    path = tuple(part for part in line["loc"] if not str(part).startswith(MEMBER) and part != "[key]")
    got, kind, context = line["input"], line["type"], line.get("ctx", {})
    known = _in_parts(context["known"]) if "known" in context else root_keys
    if kind in ("UNKNOWN_KEY", "extra_forbidden"):
        return FormError.unknown("UNKNOWN_KEY", path, "key", str(path[-1]), known, "use a known key, or remove it")
    if "key" in context and kind.startswith("UNKNOWN_"):
        return _fault_of_member(kind, path, got, context["key"], known)
    if _is_code(kind):
        return FormError(kind, path, context["what"], known=known, fix=context["fix"] or None)
    if kind == "literal_error":
        return _fault_of_value(path, got, re.findall(r"'([^']*)'", context["expected"]))
    return _fault_of_form(kind, path, got, line["msg"], context)


def _fault_of_member(code: str, path: Path, got: Any, key: str, known: list[str]) -> FormError:
    if not isinstance(got, Mapping):
        return FormError("WRONG_TYPE", path, f"{shown(got)} is not a mapping with {key}", known=known, fix=f"write {key}: one of the known")
    if key not in got:
        return FormError("MISSING_KEY", (*path, key), f"key '{key}' is missing", known=known, fix="state it")
    name = got[key] if isinstance(got[key], str) else shown(got[key])
    return FormError.unknown(code, (*path, key), key, name, known, f"use a known {key}")


def _fault_of_value(path: Path, got: Any, known: list[str]) -> FormError:
    if isinstance(got, str):
        return FormError.unknown("UNKNOWN_VALUE", path, "value", got, known, "use a known value")
    return FormError("UNKNOWN_VALUE", path, f"{shown(got)} is not among the known values", known=known, fix="use a known value")


def _fault_of_form(kind: str, path: Path, got: Any, message: str, context: Mapping[str, Any]) -> FormError:
    if kind == "missing":
        return FormError("MISSING_KEY", path, f"key '{path[-1]}' is missing", fix="state it")
    if kind == "value_error":
        return FormError("WRONG_FORM", path, message.removeprefix("Value error, "))
    code, wanted = WANTED.get(kind, ("WRONG_FORM", message.removeprefix("Input should be ")))
    wanted = wanted.format(**context)
    return FormError(code, path, f"{shown(got)} is not {wanted}", fix=f"write {wanted}")


WANTED = {  # pydantic's kinds of error: our code, and what was wanted
    "string_type": ("NOT_A_STRING", "quoted text"),
    "int_type": ("WRONG_TYPE", "a whole number"),
    "bool_type": ("WRONG_TYPE", "true or false"),
    "model_type": ("WRONG_TYPE", "a mapping"),
    "mapping_type": ("WRONG_TYPE", "a mapping"),
    "tuple_type": ("WRONG_TYPE", "a list"),
    "greater_than_equal": ("OUT_OF_RANGE", "{ge} or more"),
    "less_than_equal": ("OUT_OF_RANGE", "{le} or less"),
    "too_short": ("OUT_OF_RANGE", "a list or mapping of at least {min_length}"),
    "string_too_short": ("WRONG_FORM", "text of at least {min_length} characters"),
    "string_pattern_mismatch": ("WRONG_FORM", "text of the form {pattern}"),
}


def shown(value: Any) -> str:
    """Return a value as an error may quote it: scalars in short, others by their kind."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


ALTERNATIVES = tuple(  # ways to say one thing: stating one of them displaces the others
    frozenset(f"{clock}_{unit}" for unit in ("s", "min", "h", "business_days")) for clock in ("response", "restore", "resolve")
)


def overlay(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return `own` over `base`, key by key and mapping by mapping; anything else replaces as a whole.

    So does a union told apart by `kind` or `rule`, and a way to say a thing displaces the other ways to say it.
    """
    displaced = {name for key in own for group in ALTERNATIVES if key in group for name in group}
    kept = {key: value for key, value in base.items() if key not in displaced}
    return kept | {key: _one_over_another(kept.get(key), value) for key, value in own.items()}


def _one_over_another(base: Any, own: Any) -> Any:
    are_mappings = isinstance(base, Mapping) and isinstance(own, Mapping)
    if not are_mappings or (base.keys() | own.keys()) & {"kind", "rule"}:
        return own
    return overlay(base, own)
