"""From a profile to a proposed mapping: which column fills which field, how dates are written, which word means what, what is unsure.

Names are judged by the word list, contents by what stands in them; nothing is decided in silence: every guess has its reason, every doubt
is marked, and what only a person can know is a blank (`TODO`) that `sla check` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.model.dictionary import Column, Entity, dictionary
from tasks.stage.propose.contents import FEW, Judged, Order, judge
from tasks.stage.propose.profile import Profile
from tasks.stage.propose.synonyms import name_likeness, severity_of_word, value_of_word, words
from tasks.stage.sql_text import quoted
from tasks.store.blanks import BLANK
from tasks.store.engine import Engine

LEAST = 0.45  # likeness below which a column is not proposed for a field
SURE = 0.75  # and below which it is marked as unsure
BY_CONTENT = 0.5
EXPLAINED = 8  # columns of a file that one entity may well explain
SEVERITY = "severity_raw"
MOSTLY = 0.8
PAIRS = (
    ("opened_at", "resolved_at"),
    ("opened_at", "closed_at"),
    ("occurred_at", "restored_at"),
    ("started_at", "ended_at"),
    ("start_at", "end_at"),
)
STAND_INS = {"opened_at": ("occurred_at", "detected_at")}  # field: whose column may serve for it where it has none
MANY_VERSIONS = 0.9  # share of distinct keys below which a file is taken for a log of changes


@dataclass(frozen=True)
class Choice:
    """A field and the column proposed for it."""

    column: Column
    judged: Judged
    likeness: float
    reason: str

    @property
    def is_unsure(self) -> bool:
        """Tell whether a person should look."""
        return self.likeness < SURE


@dataclass
class Proposal:
    """A mapping as proposed. `orders` holds the order of day and month by column name; `doubts` and `gaps` are sentences."""

    entity: Entity
    profile: Profile
    choices: dict[str, Choice]
    judged: tuple[Judged, ...]
    timezone: str | None
    orders: dict[str, Order] = field(default_factory=dict)
    enumerations: dict[str, dict[str, tuple[str | None, int]]] = field(default_factory=dict)
    key_repeats: bool = False
    order_by: str | None = None
    doubts: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def missing(self) -> tuple[Column, ...]:
        """Return the obligatory fields that no column fills."""
        return tuple(column for column in self.entity.columns if column.required and column.name not in self.choices)

    @property
    def unused(self) -> tuple[Judged, ...]:
        """Return the columns that fill nothing."""
        used = {choice.judged.name for choice in self.choices.values()}
        return tuple(one for one in self.judged if one.name not in used)

    @property
    def null_words(self) -> tuple[str, ...]:
        """Return the words that stand for nothing in any column used."""
        found = (word for choice in self.choices.values() for word in choice.judged.nulls)
        return tuple(dict.fromkeys(found))

    @property
    def dates(self) -> dict[str, Choice]:
        """Return the choices whose column holds dates."""
        return {
            name: choice for name, choice in self.choices.items() if choice.judged.dates and choice.column.type in ("TIMESTAMPTZ", "DATE")
        }

    @property
    def has_decimal_comma(self) -> bool:
        """Tell whether numbers are written with a comma."""
        return any(choice.judged.kind == "decimal comma" for choice in self.choices.values())

    @property
    def severities(self) -> dict[str, tuple[str | None, int]]:
        """Return the file's words for severity with the class each is taken for."""
        choice = self.choices.get(SEVERITY)
        if choice is None:
            return {}
        return {
            word: (severity_of_word(word), count) for word, count in choice.judged.content.words[:FEW] if word not in choice.judged.nulls
        }

    @property
    def services(self) -> tuple[tuple[str, int], ...]:
        """Return the names of services in the file with their counts."""
        choice = self.choices.get("service_raw")
        return tuple(pair for pair in choice.judged.content.words if pair[0] not in choice.judged.nulls) if choice else ()


def propose(engine: Engine, profile: Profile, entity_name: str | None, timezone: str | None) -> Proposal:
    """Return the mapping proposed for a profiled file.

    Args:
        engine: Still holds payload.lines of the profile.
        profile: The file's columns.
        entity_name: What its rows are; guessed if None.
        timezone: Zone of times without offset: as stated, or the home's; None if nobody knows.
    """
    judged = tuple(judge(content) for content in profile.contents)
    names = [entity_name] if entity_name else list(words().fields)
    proposal = max((_proposal(name, profile, judged, timezone) for name in names), key=_fit)
    if entity_name is None:
        needed = sum(column.required is True for column in proposal.entity.columns)
        found = needed - len(proposal.missing)
        proposal.doubts.append(
            f"taken for {proposal.entity.name}: {found} of its {needed} obligatory fields were found; --entity says otherwise"
        )
    _note_gaps(proposal)
    _read_orders(engine, proposal)
    _note_zone(proposal)
    _note_key(proposal)
    _read_enumerations(proposal)
    return proposal


def _fit(proposal: Proposal) -> float:
    """Return how well an entity fits a file: half by its obligatory fields, half by how many columns it explains."""
    needed = [column.name for column in proposal.entity.columns if column.required]
    found = sum(proposal.choices[name].likeness for name in needed if name in proposal.choices)
    explained = sum(choice.likeness for choice in proposal.choices.values())
    return found / len(needed) + min(explained / EXPLAINED, 1.0)


def _proposal(entity_name: str, profile: Profile, judged: tuple[Judged, ...], timezone: str | None) -> Proposal:
    entity = dictionary().entities[entity_name]
    landing = [column.model_copy(update={"required": False}) for column in dictionary().landing_columns if column.canonical]
    fields = [*entity.columns, *(column for column in landing if column.name != "extracted_at")]
    return Proposal(entity, profile, _choices(entity, fields, judged), judged, timezone)


def _choices(entity: Entity, fields: Sequence[Column], judged: Sequence[Judged]) -> dict[str, Choice]:
    """Return the likeliest column for each field, each column used once: by name first, then by content for obligatory fields."""
    pairs = [
        (likeness, bool(column.required), column, one)
        for column in fields
        for one in judged
        if (likeness := name_likeness(entity.name, column.name, one.name) * _suits(entity, column, one)) >= LEAST
    ]
    chosen: dict[str, Choice] = {}
    taken: set[str] = set()
    for likeness, _, column, one in sorted(pairs, key=lambda pair: (-pair[0], not pair[1])):
        if column.name not in chosen and one.name not in taken:
            chosen[column.name] = Choice(column, one, likeness, "by its name" if likeness >= SURE else "its name is alike")
            taken.add(one.name)
    for column in fields:
        if column.required and column.name not in chosen:
            free = [one for one in judged if one.name not in taken]
            found = next((one for one in free if _looks_like(entity, column, one)), None)
            if found:
                chosen[column.name] = Choice(column, found, BY_CONTENT, "by its content alone")
                taken.add(found.name)
    for name, others in STAND_INS.items():
        column = next((one for one in fields if one.name == name), None)
        other = next((chosen[one] for one in others if one in chosen), None)
        if column and column.required and name not in chosen and other:
            chosen[name] = Choice(column, other.judged, BY_CONTENT, f"no column of its own: that of {other.column.name} serves")
    return {column.name: chosen[column.name] for column in fields if column.name in chosen}


def _suits(entity: Entity, column: Column, one: Judged) -> float:
    """Return from 0 to 1 how well what stands in a column goes with a field."""
    if one.kind == "empty":
        return 0.3
    if column.type in ("TIMESTAMPTZ", "DATE"):
        return 1.0 if one.is_date else 0.0
    if one.kind in ("instant", "day", "duration"):
        return 0.0
    if column.type.startswith("DECIMAL") or column.type == "BIGINT":
        return 1.0 if one.kind in ("number", "decimal comma", "epoch") else 0.0
    if column.name == entity.key[0]:
        return 1.0 if one.content.is_unique else 0.8
    if column.enum or column.type == "BOOLEAN" or column.name == SEVERITY:
        return 1.0 if one.content.distinct <= FEW else 0.3
    return 1.0


def _looks_like(entity: Entity, column: Column, one: Judged) -> bool:
    """Tell whether a column's content alone makes it likely for an obligatory field."""
    kept = [(word, count) for word, count in one.content.words if word not in one.nulls]
    total = sum(count for _, count in kept)
    if column.type == "TIMESTAMPTZ":
        return one.kind == "instant" and one.content.filled == total and total > 0
    if column.name == entity.key[0]:
        return one.kind == "text" and one.content.is_unique and all(" " not in word for word, _ in kept)
    if column.enum and kept:
        return sum(count for word, count in kept if value_of_word(word, column.enum)) >= MOSTLY * total
    if column.name == SEVERITY and kept:
        return one.kind == "words" and sum(count for word, count in kept if severity_of_word(word)) >= MOSTLY * total
    return False


def _note_gaps(proposal: Proposal) -> None:
    for choice in proposal.choices.values():
        if choice.is_unsure:
            proposal.doubts.append(f"{choice.column.name} from '{choice.judged.name}': {choice.reason}")
    for column in proposal.missing:
        proposal.gaps.append(f"{column.name}: {column.meaning}; name a column in fields, or state one value for all rows in defaults")
    if proposal.entity.name == "ticket" and not {"restored_at", "resolved_at"} & proposal.choices.keys():
        lasting = [one.name for one in proposal.unused if one.kind == "duration"]
        hint = f" ('{lasting[0]}' holds lengths of time: export them as seconds, and write plus: {lasting[0]})" if lasting else ""
        proposal.gaps.append(f"no end of an incident (restored_at or resolved_at){hint}: without one every incident stays open")
    for one in proposal.unused:
        if one.kind == "epoch" and one.dates:
            proposal.doubts.append(f"'{one.name}' may hold {one.dates.templates[0]}; if it does, name that as its format")
    if proposal.profile.broken:
        proposal.doubts.append(f"{proposal.profile.broken} lines do not have the fields of the header and will be set aside")
    if "encoding" in proposal.profile.read:
        proposal.doubts.append(
            f"the text is not UTF-8; it is read as {proposal.profile.read['encoding']}: look at the umlauts and accents below"
        )


def _read_orders(engine: Engine, proposal: Proposal) -> None:
    """Decide the order of day and month of every date column by evidence: its own, that of the others, that ends follow starts."""
    every = {one.name: one.dates.order for one in proposal.judged if one.dates}
    decided = {order: name for name, order in every.items() if order in ("day first", "month first")}
    for name in dict.fromkeys(choice.judged.name for choice in proposal.dates.values()):
        order = every[name]
        if order == "unclear" and len(decided) == 1:
            ((order, by),) = decided.items()
            proposal.doubts.append(f"'{name}' does not show whether the day comes first; {order}, as in '{by}'")
        elif order == "unclear" and (found := _by_sequence(engine, proposal)):
            order = found
            proposal.doubts.append(
                f"'{name}' does not show whether the day comes first; {order}, because else ends stand before their starts"
            )
        elif order == "unclear":
            proposal.doubts.append(f"'{name}' does not show whether the day or the month comes first, and nothing else does: say it")
        elif order == "contradictory":
            proposal.doubts.append(f"'{name}' holds dates with the day first and dates with the month first: export it anew, in one order")
        proposal.orders[name] = order
    for choice in proposal.dates.values():
        if choice.judged.kind == "day" and choice.column.type == "TIMESTAMPTZ":
            proposal.doubts.append(f"'{choice.judged.name}' holds days without a time: midnight is taken for {choice.column.name}")
        if choice.judged.dates and choice.judged.dates.odd:
            shown = ", ".join(f"'{word}'" for word in choice.judged.dates.odd[:3])
            proposal.doubts.append(f"'{choice.judged.name}' also holds what is no date: {shown}; such rows will be set aside")


def _by_sequence(engine: Engine, proposal: Proposal) -> Order | None:
    """Return the one order in which no end stands before its start, or None if both or neither are so."""
    wrong: dict[Order, int] = {"day first": 0, "month first": 0}
    for start, end in PAIRS:
        if not {start, end} <= proposal.dates.keys():
            continue
        for order in wrong:
            times = [_moment(proposal.choices[name].judged, order) for name in (start, end)]
            query = f"select count(*) from payload.lines where malformed is null and {times[1]} < {times[0]}"
            wrong[order] += int(engine.execute(query).fetchall()[0][0])
    sound: list[Order] = [order for order, count in wrong.items() if not count]
    return sound[0] if len(sound) == 1 else None


def _moment(one: Judged, order: Order) -> str:
    formats = one.dates.formats(order) if one.dates else ()
    tried = [f"try_strptime(trimmed({one.content.sql}), {quoted(form)})" for form in formats]
    return f"coalesce({', '.join([*tried, f'try_cast(trimmed({one.content.sql}) as timestamp)'])})"


def _note_zone(proposal: Proposal) -> None:
    unzoned = [choice.judged.name for choice in proposal.dates.values() if choice.judged.dates and not choice.judged.dates.has_zone]
    if unzoned and proposal.timezone:
        proposal.doubts.append(f"times carry no offset and are read in {proposal.timezone}: is that the zone they were exported in?")
    elif unzoned:
        proposal.doubts.append("times carry no offset, and no zone is known: say it in dates.timezone")


def _note_key(proposal: Proposal) -> None:
    key = proposal.choices.get(proposal.entity.key[0])
    if key is None or len(proposal.entity.key) > 1 or not key.judged.content.filled:
        return
    content = key.judged.content
    if content.distinct < MANY_VERSIONS * content.filled:
        times = [one for one in proposal.judged if one.kind == "instant"]
        latest = max(times, key=lambda one: one.content.distinct, default=None)
        proposal.key_repeats, proposal.order_by = True, latest.name if latest else None
        shown = f"ordered by '{latest.name}'" if latest else "but no column tells their order"
        counts = f"'{key.judged.name}' holds {content.distinct} values in {content.filled} rows"
        proposal.doubts.append(f"{counts}: taken for a log of changes, {shown}; the last row of each counts")
    elif not content.is_unique:
        again = [word for word, count in content.words if count > 1][:3]
        proposal.doubts.append(f"'{key.judged.name}' repeats {', '.join(again)}: rows that differ will be set aside")


def _read_enumerations(proposal: Proposal) -> None:
    for name, choice in proposal.choices.items():
        allowed = choice.column.enum or (("true", "false") if choice.column.type == "BOOLEAN" else ())
        if allowed:
            kept = [(word, count) for word, count in choice.judged.content.words[:FEW] if word not in choice.judged.nulls]
            proposal.enumerations[name] = {word: (value_of_word(word, allowed), count) for word, count in kept}
            unknown = [word for word, (value, _) in proposal.enumerations[name].items() if value is None]
            if unknown:
                proposal.gaps.append(f"{name}: what do {_listed(unknown)} mean? one of {', '.join(allowed)}")
    unknown = [word for word, (severity, _) in proposal.severities.items() if severity is None]
    if unknown:
        proposal.gaps.append(f"severity: which class are {_listed(unknown)}? one of P1, P2, P3, P4")


def _listed(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(f"'{name}'" for name in names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def document(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Yield the lines of the mapping's file, each with the comment that belongs behind it (or nothing)."""
    yield "schema: mapping/1", ""
    yield f"entity: {proposal.entity.name}", proposal.entity.grain
    yield from _rows_lines(proposal)
    yield from _read_lines(proposal)
    if proposal.null_words:
        yield f"null_words: [{', '.join(map(as_yaml, proposal.null_words))}]", "they stand for nothing"
    yield from _dates_lines(proposal)
    yield "fields:", ""
    for name, choice in proposal.choices.items():
        yield from _field_lines(proposal, name, choice)
    yield from _missing_lines(proposal)
    yield from _enumeration_lines(proposal)
    if proposal.unused:
        yield "ignore_other_columns: true", f"not read: {', '.join(one.name for one in proposal.unused)}"


def _rows_lines(proposal: Proposal) -> Iterator[tuple[str, str]]:
    if not proposal.key_repeats:
        return
    yield "rows:", "UNSURE: one key stands in many rows"
    yield "  kind: event_log", ""
    yield f"  key: [{as_yaml(proposal.choices[proposal.entity.key[0]].judged.name)}]", ""
    if proposal.order_by:
        yield f"  order_by: [{as_yaml(proposal.order_by)}]", "the last row of a key counts"
    else:
        yield f"  order_by: {BLANK}", "the column that tells which row came later"


def _read_lines(proposal: Proposal) -> Iterator[tuple[str, str]]:
    read = proposal.profile.read | ({"decimal": ","} if proposal.has_decimal_comma else {})
    if read:
        yield "read:", ""
    for key, value in read.items():
        yield f"  {key}: {as_yaml(value)}", "UNSURE: it is not UTF-8" if key == "encoding" else ""


def _dates_lines(proposal: Proposal) -> Iterator[tuple[str, str]]:
    unzoned = any(choice.judged.dates and not choice.judged.dates.has_zone for choice in proposal.dates.values())
    if unzoned:
        yield "dates:", ""
        yield f"  timezone: {proposal.timezone or BLANK}", "UNSURE: the zone in which the export writes its times, such as Europe/Berlin"


def _field_lines(proposal: Proposal, name: str, choice: Choice) -> Iterator[tuple[str, str]]:
    reason = f"UNSURE: {choice.reason}" if choice.is_unsure else ""
    dates = choice.judged.dates if name in proposal.dates else None
    if dates is None or not dates.templates:
        yield f"  {name}: {as_yaml(choice.judged.name)}", reason
        return
    yield f"  {name}:", reason
    yield f"    from: {as_yaml(choice.judged.name)}", ""
    order = proposal.orders[choice.judged.name]
    if order in ("unclear", "contradictory"):
        ways = " or ".join(as_yaml(dates.formats(one)[0]) + f" ({one})" for one in ("day first", "month first"))
        yield f"    format: {BLANK}", f"which: {ways}"
    else:
        formats = dates.formats(order)
        yield f"    format: {as_yaml(formats[0] if len(formats) == 1 else list(formats))}", "" if order == "named" else order


def _missing_lines(proposal: Proposal) -> Iterator[tuple[str, str]]:
    if proposal.missing:
        yield "defaults:", "or name a column above, in fields, and remove the line here"
    for column in proposal.missing:
        allowed = f": {', '.join(column.enum)}" if column.enum else ""
        yield f"  {column.name}: {BLANK}", f"{column.meaning}, the same for every row{allowed}"


def _enumeration_lines(proposal: Proposal) -> Iterator[tuple[str, str]]:
    if any(proposal.enumerations.values()):
        yield "enumerations:", ""
    for name, meanings in proposal.enumerations.items():
        column = proposal.choices[name].column
        allowed = ", ".join(column.enum or ("true", "false"))
        if meanings:
            yield f"  {name}:", ""
        for word, (value, count) in meanings.items():
            rows = f"{count} row{'s' if count != 1 else ''}"
            yield f"    {as_yaml(word)}: {as_yaml(value) if value else BLANK}", rows if value else f"{rows}; one of {allowed}"


def as_yaml(value: object) -> str:
    """Return a text, or a list of texts, as YAML on one line."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_yaml(item) for item in value)}]"
    text = str(value)
    if isinstance(value, int) or (
        text.replace("_", "").isalpha() and text.isascii() and text.lower() not in ("true", "false", "null", "yes", "no")
    ):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def text_of(proposal: Proposal, title: str) -> str:
    """Return the mapping's file."""
    lines = [(line, f"# {comment}" if comment else "") for line, comment in document(proposal)]
    width = min(max((len(line) for line, comment in lines if comment), default=0), 60)
    body = [f"{line:<{width}}  {comment}".rstrip() if comment else line for line, comment in lines]
    next_steps = f"Look at every UNSURE, fill in every {BLANK}, then sla check."
    head = [f"# Proposed by `sla map {title}`. {next_steps} All keys: tasks/model/mapping.py."]
    return "\n".join([*head, *body]) + "\n"


def assumed(proposal: Proposal) -> Mapping[str, object]:
    """Return the mapping with its blanks left out or taken at their likeliest, so that rows can be shown before a person has decided."""
    fields: dict[str, object] = {}
    for name, choice in proposal.choices.items():
        dates = choice.judged.dates if name in proposal.dates else None
        if dates and dates.templates:
            fields[name] = {"from": choice.judged.name, "format": list(dates.formats(proposal.orders[choice.judged.name]))}
        else:
            fields[name] = choice.judged.name
    known = {name: {word: value for word, (value, _) in meanings.items() if value} for name, meanings in proposal.enumerations.items()}
    is_log = proposal.key_repeats and proposal.order_by
    rows = {"kind": "event_log", "key": [fields[proposal.entity.key[0]]], "order_by": [proposal.order_by]} if is_log else {"kind": "table"}
    return {
        "schema": "mapping/1",
        "entity": proposal.entity.name,
        "rows": rows,
        "read": proposal.profile.read | ({"decimal": ","} if proposal.has_decimal_comma else {}),
        "null_words": list(proposal.null_words),
        "dates": {"timezone": proposal.timezone or "UTC"},
        "fields": fields,
        "enumerations": {name: meanings for name, meanings in known.items() if meanings},
        "ignore_other_columns": True,
    }
