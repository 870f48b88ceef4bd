"""Packing problems as arrays: nothing but the problem counts, sizes are linear, files are refused by schema."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gnn_cases import BITS, example, problem
from ilp_cases import model_of, model_of_body

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.errors import InputError
from slpvec.gnn.encode import Encoding, Problem, encode, joined, make_problem, with_chosen
from slpvec.gnn.examples import IGNORED, WRONG, load_examples, make_example, save_examples
from slpvec.gnn.infer import NumpyOperations, load_weights, random_weights
from slpvec.gnn.network import Shape
from slpvec.gnn.schema import SCHEMA
from slpvec.gnn.tensors import load_tensors, save_tensors
from slpvec.packing.packs import Pack
from slpvec.search.greedy import greedy
from slpvec.validate.generate import big_block, generate_function


def _renamed(text: str) -> str:
    """The same function with other local names."""
    head, brace, body = text.partition("{\n")
    names = dict.fromkeys(re.findall(r"%([\w.]+)", text))
    new = {name: f"other.{index}.{name}" for index, name in enumerate(names)}

    def rename(part: str) -> str:
        return re.sub(r"%([\w.]+)", lambda found: f"%{new[found[1]]}", part)

    labels = re.sub(r"^([\w.]+):", lambda found: f"{new.get(found[1], found[1])}:", rename(body), flags=re.MULTILINE)
    return rename(head) + brace + labels


def _reordered(model: CostModel, text: str, seed: int) -> str:
    """The same function with its instructions in another order that all dependences allow."""
    rng = random.Random(seed)
    found = text
    for block in model.graph.function.blocks:
        before = model.graph.dependences(block.index).before
        left = list(range(len(block.instructions)))
        order: list[int] = []
        done = 0
        while left:
            ready = [k for k in left if before[k] & ~done == 0]
            last = len(block.instructions) - 1
            phis = [k for k in ready if block.instructions[k].opcode == "phi"]
            k = phis[0] if phis else rng.choice([k for k in ready if k != last] or ready)
            left.remove(k)
            order.append(k)
            done |= 1 << k
        old = [f"  {i.text}\n" for i in block.instructions]
        assert "".join(old) in found
        found = found.replace("".join(old), "".join(old[k] for k in order), 1)
    return found


def _mapped(pack: Pack, ids: dict[int, int], graphs: tuple[CostModel, CostModel]) -> Pack:
    """A pack of the one function as a pack of the other. Constants may have other numbers there."""
    old, new = graphs[0].graph, graphs[1].graph

    def lane(value: int) -> int:
        return ids[value] if value >= 0 else new.lane(old.constant(value)) or 0

    changes: dict[str, object] = {"lanes": tuple(map(lane, pack.lanes))}
    for name in ("leaves", "elements", "rest", "made", "operands"):
        value = getattr(pack, name, None)
        if value is not None:
            changes[name] = tuple(tuple(map(lane, v)) if isinstance(v, tuple) else lane(v) for v in value)
    return replace(pack, **changes)  # type: ignore[arg-type]


def _bag(encoding: Encoding) -> dict[str, Counter[tuple[float, ...]]]:
    """Rows of nodes and edges, each edge with its ends' rows, in no order."""
    bags = {name: Counter(map(tuple, rows.round(4).tolist())) for name, rows in encoding.nodes.items()}
    for relation in SCHEMA.relations:
        edges = encoding.edges[relation.name]
        ends = (encoding.nodes[relation.source][edges.source], encoding.nodes[relation.target][edges.target])
        rows = np.concatenate([*ends, edges.features], axis=1).round(4)
        bags[relation.name] = Counter(map(tuple, rows.tolist()))
    return bags


@pytest.mark.parametrize("seed", range(4))
def test_names_do_not_count(seed: int) -> None:
    text = generate_function(seed, 60)
    one, other = model_of(text), model_of(_renamed(text))
    assert one.graph.instructions[3].text != other.graph.instructions[3].text
    first, second = make_problem(one, BITS), make_problem(other, BITS)
    assert first.packs == second.packs
    for name, rows in first.encoding.nodes.items():
        np.testing.assert_array_equal(rows, second.encoding.nodes[name])


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_instructions_does_not_count(seed: int) -> None:
    text = generate_function(seed, 60)
    one = model_of(text)
    other = model_of(_reordered(one, text, seed))
    assert [i.text for i in one.graph.instructions] != [i.text for i in other.graph.instructions]
    places = {i.text: i.id for i in other.graph.instructions}
    ids = {i.id: places[i.text] for i in one.graph.instructions}
    ids.update({argument.id: argument.id for argument in one.graph.function.arguments})
    packs = make_problem(one, BITS).packs
    mapped = [_mapped(pack, ids, (one, other)) for pack in packs]
    random.Random(seed).shuffle(mapped)
    first, second = encode(one, BITS, packs), encode(other, BITS, mapped)
    assert _bag(first) == _bag(second)
    weights = random_weights(Shape(16, 3), seed)
    np.testing.assert_allclose(np.sort(weights.score(first)), np.sort(weights.score(second)), atol=1e-4)


def test_rows_have_the_schema_s_columns_and_edges_their_ends() -> None:
    for seed in range(8):
        found = problem(seed).encoding
        for node in SCHEMA.nodes:
            assert found.nodes[node.name].shape[1] == node.size
            assert np.isfinite(found.nodes[node.name]).all()
        for relation in SCHEMA.relations:
            edges = found.edges[relation.name]
            assert edges.features.shape == (len(edges.source), relation.size)
            assert edges.source.max(initial=-1) < len(found.nodes[relation.source])
            assert edges.target.max(initial=-1) < len(found.nodes[relation.target])
        assert len(found.nodes["pack"]) == len(problem(seed).packs)


def test_size_is_linear() -> None:
    small, large = (make_problem(model_of(big_block(n)), BITS).encoding for n in (400, 1600))
    ratio = 1600 / 400
    assert large.size < 1.5 * ratio * small.size
    for name, edges in large.edges.items():
        assert len(edges.source) < 2 * ratio * len(small.edges[name].source) + 100, name


def test_encodings_side_by_side_score_as_they_do_alone() -> None:
    weights = random_weights(Shape(16, 3), 1)
    encodings = [problem(seed).encoding for seed in range(4)]
    apart = np.concatenate([weights.score(encoding) for encoding in encodings])
    np.testing.assert_allclose(weights.score(joined(encodings)), apart, atol=1e-5)


def test_chosen_packs_rule_out_those_that_share_their_lanes() -> None:
    found = problem(2)
    chosen = found.packs[0]
    rows = with_chosen(found, {chosen}).nodes["pack"]
    for pack, row in zip(found.packs, rows, strict=True):
        assert row[-2] == (pack == chosen)
        assert row[-1] == (pack != chosen and bool(set(pack.lanes) & set(chosen.lanes)))
    assert not found.encoding.nodes["pack"][:, -2:].any()


def _cost(model: CostModel, packs: list[Pack]) -> float:
    """What these packs cost, infinite where they can't all be added or some lane is useless."""
    state = PlanState(model)
    return state.cost if all(state.add(pack) for pack in packs) else math.inf


def test_examples_mark_what_was_chosen_and_what_is_as_good() -> None:
    seen: Counter[str] = Counter()
    for seed in range(8):
        found, labelled = problem(seed), example(seed)
        plan = list(greedy(found.model, BITS).packs)
        cost = _cost(found.model, plan)
        for pack, group in zip(found.packs, labelled.group, strict=True):
            free = [other for other in plan if not set(other.lanes) & set(pack.lanes)]
            if pack in plan:
                assert (_cost(found.model, free) > cost) == (group >= 0)
            elif group != WRONG:
                assert _cost(found.model, [*free, pack]) <= cost
            seen["chosen" if pack in plan else "right" if group >= 0 else "wrong" if group == WRONG else "tie"] += 1
        assert labelled.groups + labelled.missed <= len(plan)
    assert seen["chosen"] > 10
    assert seen["wrong"] > 10
    assert seen["tie"] > 0


def test_another_order_of_lanes_that_costs_the_same_is_no_error() -> None:
    body = """define void @f(ptr noalias %p, ptr noalias %q, double %x, double %y, double %z, double %w) #0 {
  %a = fdiv double %x, %y
  %b = fdiv double %z, %w
  store double %a, ptr %p, align 8
  store double %b, ptr %q, align 8
  ret void
}
"""
    model = model_of_body(body)
    first = model.graph.first
    packs = (model.graph.pack((first, first + 1)), model.graph.pack((first + 1, first)))
    found = Problem(model, packs, encode(model, BITS, packs))
    assert _cost(model, [packs[0]]) == _cost(model, [packs[1]]) < model.total
    assert make_example(found, [packs[0]]).group.tolist() == [0, 0]
    assert make_example(found, []).group.tolist() == [IGNORED, IGNORED]  # cheaper than the plan


def test_a_decision_weighs_what_it_costs_to_get_it_wrong() -> None:
    found = problem(2)
    plan = [pack for pack in greedy(problem(2).model, BITS).packs if pack in found.packs]
    labelled = make_example(found, plan)
    state = PlanState(found.model)
    assert all(state.add(pack) for pack in plan)
    decided = [row for row, pack in enumerate(found.packs) if pack in plan and labelled.group[row] >= 0]
    assert decided
    for row in decided:
        cost = state.cost
        state.remove(found.packs[row])
        lost = state.cost - cost
        assert state.add(found.packs[row])
        assert labelled.weight[row] >= np.float32(1 + np.log2(1 + lost)) > 1
    assert labelled.weight.min() >= 1


def test_what_is_decided_is_no_question_any_more() -> None:
    found = problem(2)
    packs = [pack for pack in greedy(found.model, BITS).packs if pack in found.packs]
    half = make_example(found, packs, chosen=packs[::2])
    chosen = half.encoding.nodes["pack"][:, -2] > 0
    assert 0 < chosen.sum() < len(packs)
    assert (half.group[chosen] == IGNORED).all()
    assert half.groups == len(packs) - chosen.sum()


def test_data_sets_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "examples.safetensors"
    written = [example(seed) for seed in range(5)]
    save_examples(path, written)
    read = load_examples(path)
    assert [e.name for e in read] == [e.name for e in written]
    for one, other in zip(written, read, strict=True):
        np.testing.assert_array_equal(one.group, other.group)
        assert one.missed == other.missed
        for name, rows in one.encoding.nodes.items():
            np.testing.assert_array_equal(rows, other.encoding.nodes[name])
        for name, edges in one.encoding.edges.items():
            np.testing.assert_array_equal(edges.source, other.encoding.edges[name].source)
            np.testing.assert_array_equal(edges.target, other.encoding.edges[name].target)
            np.testing.assert_array_equal(edges.features, other.encoding.edges[name].features)


def test_another_schema_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, weights = tmp_path / "examples.safetensors", tmp_path / "weights.safetensors"
    save_examples(data, [example(0)])
    random_weights(Shape(8, 1), 0).save(weights)
    assert load_weights(weights).shape == Shape(8, 1)
    newer = replace(SCHEMA, version=SCHEMA.version + 1)
    assert newer.digest != SCHEMA.digest
    for module in ("examples", "infer"):
        monkeypatch.setattr(f"slpvec.gnn.{module}.SCHEMA", newer)
    for load, path in ((load_examples, data), (load_weights, weights)):
        with pytest.raises(
            InputError, match=re.escape(f"schema {SCHEMA.name}, this slpvec has {newer.name}")
        ) as caught:
            load(path)
        assert str(path) in str(caught.value)
        assert caught.value.hint is not None


def test_the_schema_s_name_covers_every_feature() -> None:
    first = SCHEMA.nodes[0]
    fewer = replace(SCHEMA, nodes=(replace(first, features=first.features[1:]), *SCHEMA.nodes[1:]))
    renamed = replace(SCHEMA, relations=(replace(SCHEMA.relations[0], name="operands"), *SCHEMA.relations[1:]))
    assert len({SCHEMA.digest, fewer.digest, renamed.digest}) == 3
    assert replace(SCHEMA).digest == SCHEMA.digest
    features = [f for node in SCHEMA.nodes for f in node.features]
    features += [f for relation in SCHEMA.relations for f in relation.features]
    assert {feature.kind for feature in features} <= {"flag", "count", "price", "share", "choice"}


@pytest.mark.parametrize("damage", ["cut", "header", "type", "offsets", "empty", "missing"])
def test_damaged_files_are_one_line_errors(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "weights.safetensors"
    random_weights(Shape(8, 1), 0).save(path)
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    name = "score/output/bias"
    if damage == "type":
        header[name]["dtype"] = "OBJECT"
    elif damage == "offsets":
        header[name]["data_offsets"] = [0, 1 << 40]
    elif damage == "missing":
        del header[name]
    text = json.dumps(header).encode()
    damaged = {
        "cut": data[: len(data) // 2],
        "header": data[:8] + b"{" * size + data[8 + size :],
        "empty": b"",
    }.get(damage, len(text).to_bytes(8, "little") + text + data[8 + size :])
    path.write_bytes(damaged)
    with pytest.raises(InputError) as caught:
        load_weights(path)
    assert "\n" not in caught.value.headline()
    assert str(path) in caught.value.headline()


def test_tensors_are_written_as_others_read_them(tmp_path: Path) -> None:
    others = pytest.importorskip("safetensors.numpy", reason="needs the extra `learn`")
    path = tmp_path / "some.safetensors"
    tensors = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([1, -2]),
        "c": np.zeros((0, 4), np.float32),
    }
    save_tensors(path, tensors, {"key": "value"})
    read = others.load_file(path)
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor)
    others.save_file(tensors, tmp_path / "theirs.safetensors", metadata={"key": "value"})
    back, metadata = load_tensors(tmp_path / "theirs.safetensors")
    assert metadata == {"key": "value"}
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(back[name], tensor)


def test_means_leave_nodes_without_edges_at_zero() -> None:
    order, mean = NumpyOperations().means(np.array([2, 0, 2]), 4)
    rows = np.array([[1.0], [5.0], [3.0]], np.float32)
    np.testing.assert_array_equal(mean(rows[order])[:, 0], [5.0, 0.0, 2.0, 0.0])
