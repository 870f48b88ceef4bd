"""Packs contracted in a dependence graph, against a search for circles from scratch."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpvec.analysis.dependence import BlockDependences
from slpvec.packing.contraction import Contraction
from slpvec.packing.journal import Journal

Groups = dict[int, tuple[int, ...]]
"""Merged positions by their head."""


def dependences(predecessors: list[list[int]]) -> BlockDependences:
    successors: list[list[int]] = [[] for _ in predecessors]
    for later, row in enumerate(predecessors):
        for earlier in row:
            successors[earlier].append(later)
    return cast(BlockDependences, SimpleNamespace(predecessors=predecessors, successors=successors))


def random_graph(rng: random.Random, count: int, share: float) -> list[list[int]]:
    return [[k for k in range(position) if rng.random() < share] for position in range(count)]


def node_of(groups: Groups, count: int) -> list[int]:
    nodes = list(range(count))
    for head, lanes in groups.items():
        for lane in lanes:
            nodes[lane] = head
    return nodes


def is_acyclic(predecessors: list[list[int]], groups: Groups, *, trees: bool = False) -> bool:
    """Takes out nodes that wait for nothing until none is left, or none can go. Lanes of trees wait for each other."""
    node = node_of(groups, len(predecessors))
    before: dict[int, set[int]] = {n: set() for n in set(node)}
    for later, row in enumerate(predecessors):
        before[node[later]].update(node[earlier] for earlier in row)
    if trees:
        before = {n: row - {n} for n, row in before.items()}
    while before:
        free = [n for n, row in before.items() if not row & before.keys() - {n}]
        if not free or any(n in before[n] for n in free):
            return False
        for n in free:
            del before[n]
    return True


def check_order(contraction: Contraction, predecessors: list[list[int]], groups: Groups) -> None:
    node = node_of(groups, len(predecessors))
    order = contraction.order()
    assert sorted(order) == sorted(set(node))
    place = {n: k for k, n in enumerate(order)}
    for later, row in enumerate(predecessors):
        for earlier in row:
            assert node[earlier] == node[later] or place[node[earlier]] < place[node[later]]


@settings(max_examples=80)
@given(st.randoms(use_true_random=False), st.integers(2, 24), st.sampled_from((0.05, 0.15, 0.4)), st.booleans())
def test_random_merges_and_splits(rng: random.Random, count: int, share: float, trees: bool) -> None:
    predecessors = random_graph(rng, count, share)
    contraction = Contraction(dependences(predecessors))
    groups: Groups = {}
    for _ in range(30):
        if groups and rng.random() < 0.35:
            head = rng.choice(list(groups))
            contraction.split(groups.pop(head))
        else:
            taken = {lane for lanes in groups.values() for lane in lanes}
            free = [k for k in range(count) if k not in taken]
            if len(free) < 2:
                continue
            lanes = tuple(rng.sample(free, min(len(free), rng.choice((2, 2, 3, 4)))))
            wanted = is_acyclic(predecessors, {**groups, lanes[0]: lanes}, trees=trees)
            assert contraction.merge(lanes, tree=trees) == wanted
            if wanted:
                groups[lanes[0]] = lanes
        check_order(contraction, predecessors, groups)


@settings(max_examples=80)
@given(st.randoms(use_true_random=False), st.integers(2, 16), st.sampled_from((0.05, 0.15, 0.4)))
def test_merges_and_splits_are_undone(rng: random.Random, count: int, share: float) -> None:
    predecessors = random_graph(rng, count, share)
    journal = Journal()
    contraction = Contraction(dependences(predecessors), journal)
    groups: Groups = {}
    marks: list[tuple[int, Groups, list[int]]] = []
    for _ in range(60):
        action = rng.random()
        taken = {lane for lanes in groups.values() for lane in lanes}
        free = [k for k in range(count) if k not in taken]
        if action < 0.2:
            marks.append((journal.mark(), dict(groups), contraction.order()))
        elif action < 0.4 and marks:
            mark, before, order = marks.pop()
            if rng.random() < 0.5:
                journal.forget()
            else:
                journal.undo(mark)
                groups = before
                assert contraction.order() == order
        elif action < 0.65 and groups:
            contraction.split(groups.pop(rng.choice(list(groups))))
        elif len(free) > 2:
            *lanes, waited = rng.sample(free, 3)
            waits = [waited] if rng.random() < 0.3 else []
            if contraction.merge(lanes, waits=waits):
                groups[lanes[0]] = tuple(lanes)
        check_order(contraction, predecessors, groups)
    assert marks or not journal.steps


def test_a_renumbering_is_undone() -> None:
    journal = Journal()
    contraction = Contraction(dependences([[], [], [0, 1]]), journal)
    mark = journal.mark()
    for _ in range(100):
        assert contraction.merge((0, 1))
        contraction.split((0, 1))
    journal.undo(mark)
    check_order(contraction, [[], [], [0, 1]], {})
    assert contraction.merge((1, 0))


def test_a_circle_of_two_packs() -> None:
    # 0 -> 1 and 2 -> 3: {0, 3} and {1, 2} wait for each other.
    predecessors: list[list[int]] = [[], [0], [], [2]]
    contraction = Contraction(dependences(predecessors))
    assert contraction.merge((0, 3))
    assert not contraction.merge((1, 2))
    assert not contraction.merge((2, 1))
    contraction.split((0, 3))
    assert contraction.merge((2, 1))
    check_order(contraction, predecessors, {2: (2, 1)})


def test_lanes_that_depend_on_each_other() -> None:
    contraction = Contraction(dependences([[], [0], [1]]))
    assert not contraction.merge((0, 1))
    assert not contraction.merge((2, 0))
    assert contraction.order() == [0, 1, 2]


@pytest.mark.parametrize("lanes", [(0, 1), (1, 0)])
def test_places_never_run_out_of_digits(lanes: tuple[int, ...]) -> None:
    """Each split halves the room between two places; fractions would be equal after some fifty."""
    predecessors: list[list[int]] = [[], [], [0, 1]]
    contraction = Contraction(dependences(predecessors))
    for _ in range(400):
        assert contraction.merge(lanes)
        check_order(contraction, predecessors, {lanes[0]: lanes})
        contraction.split(lanes)
        check_order(contraction, predecessors, {})
