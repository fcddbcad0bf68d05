"""A slow, obvious oracle of availability: sets of ticks, and the formulas of DOMAIN 3.2 and 3.6 written down as they stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

Ticks = frozenset[int]
Span = tuple[int, int]  # [start, end) in ticks
NEEDED = 2  # k of every k_of_n


def ticks(spans: Iterable[Span]) -> Ticks:
    """Return every tick in any of the spans."""
    return frozenset(tick for start, end in spans for tick in range(start, end))


@dataclass(frozen=True)
class Node:
    """A component: what happened to it, in spans, and how those below it combine; with k_of_n two of them are needed."""

    name: str
    dependency: str = "serial"
    outages: tuple[Span, ...] = ()
    disputed: tuple[Span, ...] = ()
    maintenance: tuple[Span, ...] = ()
    customer_caused: tuple[Span, ...] = ()
    unmeasured: tuple[Span, ...] = ()
    children: tuple[Node, ...] = ()

    def is_brought_down(self, down: int) -> bool:
        """Tell whether that many children down bring it down."""
        count = len(self.children)
        up = count - down
        return down > 0 and {"serial": up < count, "parallel": up < 1, "k_of_n": up < min(NEEDED, count)}[self.dependency]


@dataclass(frozen=True)
class Terms:
    """Options of a measure, in ticks."""

    denominator: str = "remove_from_both"
    unmeasured_time: str = "unknown"
    partial_period: str = "active_only"
    min_consecutive: int = 0
    min_comparator: str = "gte"
    bridge: int = 0
    are_disputes_counted: bool = False


@dataclass(frozen=True)
class Service:
    """One service with its hours, active span and components."""

    root: Node
    window: Span
    hours: tuple[Span, ...]
    active: Span
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True)
class Answer:
    """What a result must say, in ticks."""

    agreed: int
    down: int
    excluded: int
    disputed: int
    unmeasured: int
    outages: int
    value: Fraction | None


def answer(service: Service) -> Answer:
    """Return the answer of 3.2: A = (AST - EXCL' - DOWN) / (AST - EXCL'), or with AST below if excluded time counts as up."""
    terms = service.terms
    active = ticks([service.active])
    agreed = ticks([service.window]) & ticks(service.hours)
    if terms.partial_period == "active_only":
        agreed &= active
    inside = agreed & active
    potential = combined(service.root, inside, lambda node, above: raw(node) | ticks(node.maintenance) | above_maintenance(above))
    gross = combined(service.root, inside, lambda node, above: raw(node))
    unexcluded = combined(service.root, inside, lambda node, above: raw(node) - excluded(node, above))
    counted = combined(service.root, inside, lambda node, above: undisputed(node, terms) - excluded(node, above))
    known_or_not = combined(
        service.root, inside, lambda node, above: raw(node) | ticks(node.maintenance) | above_maintenance(above) | ticks(node.unmeasured)
    )
    unmeasured = known_or_not - potential
    down = counted | unmeasured if terms.unmeasured_time == "down" else counted
    bridgeable = agreed - potential if terms.unmeasured_time != "remove_from_base" else agreed - known_or_not
    kept = runs(down, bridgeable, terms)
    base = len(agreed)
    if terms.denominator == "remove_from_both":
        base -= len(potential - unexcluded)
    if terms.unmeasured_time == "remove_from_base":
        base -= len(unmeasured)
    lost = sum(end - start for start, end in kept)
    value = Fraction(base - lost, base) if base else None
    return Answer(len(agreed), lost, len(gross - unexcluded), len(unexcluded - counted), len(unmeasured), len(kept), value)


def raw(node: Node) -> Ticks:
    return ticks(node.outages) | ticks(node.disputed)


def undisputed(node: Node, terms: Terms) -> Ticks:
    return raw(node) if terms.are_disputes_counted else ticks(node.outages)


def excluded(node: Node, above: tuple[Node, ...]) -> Ticks:
    """Return what is excluded for a component: its own exclusions and those of the components above it."""
    return ticks(span for one in (*above, node) for span in (*one.maintenance, *one.customer_caused))


def above_maintenance(above: tuple[Node, ...]) -> Ticks:
    return ticks(span for node in above for span in node.maintenance)


def combined(node: Node, inside: Ticks, state: Callable[[Node, tuple[Node, ...]], Ticks], above: tuple[Node, ...] = ()) -> Ticks:
    """Return the ticks in which a component is in a state: by itself, or because enough of those below it are."""
    below = [combined(child, inside, state, (*above, node)) for child in node.children]
    own = state(node, above) & inside
    return own | frozenset(tick for tick in inside if node.is_brought_down(sum(tick in child for child in below)))


def runs(down: Ticks, bridgeable: Ticks, terms: Terms) -> list[Span]:
    """Return the counted runs: bridged, then long enough (R-GR1)."""
    found: list[Span] = []
    for tick in sorted(down):
        if found and all(between in bridgeable for between in range(found[-1][1], tick)) and tick - found[-1][1] <= terms.bridge:
            found[-1] = (found[-1][0], tick + 1)
        else:
            found.append((tick, tick + 1))
    shortest = terms.min_consecutive + (1 if terms.min_comparator == "gt" else 0)
    return [(start, end) for start, end in found if end - start >= shortest]
