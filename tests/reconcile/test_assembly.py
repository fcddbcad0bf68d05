"""Assembly on whole arrays against a loop over the pairs by strength, and the guards one by one (DOMAIN 4.1 step 7)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reconcile.assembly import NONE, Clusters, Pairs, Records, assemble
from tasks.reconcile.components import connected

NOBODY = np.empty((0, 2), dtype=np.int64)


def records(*nodes: tuple[str, int, int]) -> Records:
    """Return nodes written as (kind, start, end); the kind is `episode`, `ticket`, or a provider's number for its record."""
    kinds = [kind for kind, _, _ in nodes]
    return Records(
        np.array([start for _, start, _ in nodes], dtype=np.int64),
        np.array([end for _, _, end in nodes], dtype=np.int64),
        np.array([kind != "episode" for kind in kinds]),
        np.array([int(kind) if kind.isdigit() else NONE for kind in kinds], dtype=np.int64),
    )


def pairs(*ends: tuple[int, int], binding: int = 0) -> Pairs:
    """Return pairs, the strongest first, of which the first ones bind."""
    left, right = (np.array([pair[side] for pair in ends], dtype=np.int64) for side in (0, 1))
    return Pairs(left, right, np.arange(len(ends)) < binding)


def loop(nodes: Records, links: Pairs, apart: list[tuple[int, int]]) -> list[int]:
    """Join pair by pair, each against every member of both clusters: what the rounds must equal."""
    label = list(range(len(nodes)))
    ends = list(zip(links.left.tolist(), links.right.tolist(), strict=True))
    episodes = {node: {b for a, b in [*ends, *(end[::-1] for end in ends)] if a == node and not nodes.is_claim[b]} for node in label}

    def near(one: int, other: int) -> bool:
        is_overlap = nodes.start_us[one] <= nodes.end_us[other] and nodes.start_us[other] <= nodes.end_us[one]
        return bool(is_overlap or episodes[one] & episodes[other] or (one, other) in ends or (other, one) in ends)

    for (left, right), is_binding in zip(ends, links.is_binding, strict=True):
        one, other = label[left], label[right]
        mine, theirs = ([node for node in range(len(nodes)) if label[node] == root] for root in (one, other))
        claims = [[node for node in side if nodes.is_claim[node]] for side in (mine, theirs)]
        providers = [{int(nodes.provider[node]) for node in side} - {NONE} for side in (mine, theirs)]
        is_free = is_binding or (
            all(near(a, b) for a in claims[0] for b in claims[1])
            and (not providers[0] or not providers[1] or len(providers[0] | providers[1]) == 1)
        )
        if one != other and is_free and not any({label[a], label[b]} == {one, other} for a, b in apart):
            label = [min(one, other) if root in (one, other) else root for root in label]
    return label


@st.composite
def graphs(draw: st.DrawFn, kinds_of: tuple[str, ...]) -> tuple[Records, Pairs, list[tuple[int, int]]]:
    count = draw(st.integers(2, 9))
    kinds = draw(st.lists(st.sampled_from(kinds_of), min_size=count, max_size=count))
    starts = draw(st.lists(st.integers(0, 12), min_size=count, max_size=count))
    lengths = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    nodes = records(*((kind, start, start + length) for kind, start, length in zip(kinds, starts, lengths, strict=True)))
    possible = [(a, b) for a in range(count) for b in range(count) if a != b and "episode" not in {kinds[a]} & {kinds[b]}]
    chosen = draw(st.lists(st.sampled_from(possible), max_size=14, unique_by=frozenset)) if possible else []
    apart = draw(
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1]), max_size=2)
    )
    return nodes, pairs(*chosen, binding=draw(st.integers(0, 3))), apart


@given(graphs(("episode", "ticket", "0", "1")) | graphs(("episode", "ticket", "ticket")))
def test_rounds_on_arrays_join_what_a_loop_by_strength_joins(graph):
    nodes, links, apart = graph
    kept_apart = np.array(apart, dtype=np.int64).reshape(-1, 2)
    assert assemble(nodes, links, kept_apart).tolist() == loop(nodes, links, apart)


EPISODE, MORNING, NOON = ("episode", 0, 100), ("ticket", 0, 40), ("ticket", 60, 100)


@pytest.mark.parametrize(
    ("nodes", "links", "expected"),
    [
        pytest.param([EPISODE, MORNING, NOON], pairs((0, 1), (0, 2)), [0, 0, 0], id="apart, but both match one episode"),
        pytest.param(
            [("0", 0, 100), MORNING, NOON], pairs((0, 1), (0, 2)), [0, 0, 2], id="no transitive join of records that never overlap"
        ),
        pytest.param([MORNING, NOON], pairs((0, 1)), [0, 0], id="a match of their own is no transitive join: it needs no overlap"),
        pytest.param([("0", 0, 100), MORNING, NOON], pairs((0, 2), (0, 1)), [0, 1, 0], id="the stronger pair comes first"),
        pytest.param([("0", 0, 100), MORNING, NOON], pairs((0, 1), (0, 2), binding=2), [0, 0, 0], id="references need no overlap"),
        pytest.param(
            [("0", 0, 9), ("1", 0, 9), ("ticket", 0, 9)], pairs((0, 2), (1, 2)), [0, 1, 0], id="two providers by score stay apart"
        ),
        pytest.param([("0", 0, 9), ("1", 0, 9), ("ticket", 0, 9)], pairs((0, 2), (1, 2), binding=2), [0, 0, 0], id="two by reference join"),
        pytest.param(
            [("0", 0, 9), ("1", 0, 9), ("ticket", 0, 9), ("episode", 0, 9)],
            pairs((0, 2), (1, 2), (2, 3), binding=2),
            [0, 0, 0, 0],
            id="an episode joins where two providers already are",
        ),
        pytest.param(
            [EPISODE, ("episode", 50, 80), MORNING], pairs((0, 2), (1, 2)), [0, 0, 0], id="one ticket over two episodes holds both"
        ),
    ],
)
def test_guards(nodes, links, expected):
    assert assemble(records(*nodes), links, NOBODY).tolist() == expected


def test_what_a_person_kept_apart_is_not_joined_through_a_third_record():
    nodes = records(EPISODE, ("ticket", 0, 100), ("ticket", 0, 100))
    assert assemble(nodes, pairs((0, 1), (0, 2)), np.array([[1, 2]])).tolist() == [0, 0, 2]


def test_an_outage_with_a_thousand_tickets_is_one_incident():
    tickets = [("ticket", place, place + 1) for place in range(1000)]
    groups = assemble(records(("episode", 0, 1000), *tickets), pairs(*((0, place + 1) for place in range(1000))), NOBODY)
    assert set(groups.tolist()) == {0}


def test_a_long_alert_over_tickets_that_found_each_other_first_is_decided_without_comparing_them_all(monkeypatch):
    """Neighbours overlap and join first; what they share with the long episode must not be forgotten over that."""

    def refuse(clusters: Clusters, root: int) -> None:
        raise AssertionError(f"claims of cluster {root} were compared one by one")

    monkeypatch.setattr(Clusters, "members", refuse)
    count = 4000
    tickets = [("ticket", 10 * place, 10 * place + 12) for place in range(count)]
    strangers = [("ticket", 10 * place, 10 * place + 12) for place in range(count)]
    nodes = records(("episode", 0, 10 * count), *tickets, *strangers)
    chain = [(place, place + 1) for place in range(1, count)]
    beside = [(place, place + count) for place in range(1, count + 1)]
    links = pairs(*chain[::2], *((0, place) for place in range(1, count + 1)), *chain[1::2], *beside)
    groups = assemble(nodes, links, NOBODY)
    assert groups[: count + 1].max() == 0
    assert (groups[count + 1 :] > 0).all()


@given(st.integers(1, 12), st.data())
def test_connected_nodes_share_their_smallest_number(count, data):
    ends = st.integers(0, count - 1)
    links = data.draw(st.lists(st.tuples(ends, ends), max_size=20))
    left, right = (np.array([link[side] for link in links], dtype=np.int64) for side in (0, 1))
    label = list(range(count))
    for one, other in links:
        low, high = sorted((label[one], label[other]))
        label = [low if root == high else root for root in label]
    assert connected(count, left, right).tolist() == label


def test_a_long_chain_is_one_component():
    numbers = np.arange(9999, dtype=np.int64)
    assert set(connected(10_000, numbers[::-1], numbers[::-1] + 1).tolist()) == {0}
