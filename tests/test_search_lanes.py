"""Lane orders: never worse, the same packs, and the order that loads and stores ask for."""

from __future__ import annotations

import random

import pytest
from ilp_cases import generated, model_of_body

from slpvec.cost.model import CostModel
from slpvec.cost.state import PlanState
from slpvec.packing.candidates import Candidates
from slpvec.packing.legality import check_plan
from slpvec.packing.packs import GapLoadPack, LoadPack, Pack, StorePack, swaps_of
from slpvec.search.greedy import greedy
from slpvec.search.lanes import improve_lane_orders

CHAIN = """define void @f(ptr noalias %p, ptr noalias %q) #0 {
  %p1 = getelementptr i8, ptr %p, i64 8
  %p2 = getelementptr i8, ptr %p, i64 16
  %p3 = getelementptr i8, ptr %p, i64 24
  %q1 = getelementptr i8, ptr %q, i64 8
  %q2 = getelementptr i8, ptr %q, i64 16
  %q3 = getelementptr i8, ptr %q, i64 24
  %a0 = load double, ptr %p, align 8
  %a1 = load double, ptr %p1, align 8
  %a2 = load double, ptr %p2, align 8
  %a3 = load double, ptr %p3, align 8
  %b0 = fmul double %a0, 3.0
  %b1 = fmul double %a1, 3.0
  %b2 = fmul double %a2, 3.0
  %b3 = fmul double %a3, 3.0
  %c0 = fsub double %b0, 1.0
  %c1 = fsub double %b1, 1.0
  %c2 = fsub double %b2, 1.0
  %c3 = fsub double %b3, 1.0
  store double %c0, ptr %q, align 8
  store double %c1, ptr %q1, align 8
  store double %c2, ptr %q2, align 8
  store double %c3, ptr %q3, align 8
  ret void
}
"""


def cost_of(model: CostModel, packs: list[Pack]) -> int:
    state = PlanState(model)
    for pack in packs:
        assert state.add(pack)
    assert check_plan(model.graph, state.plan()) == []
    return state.cost


def shuffled(model: CostModel, pack: Pack, rng: random.Random) -> Pack:
    """The pack with its lanes in another order, swaps with them; memory stays as it is."""
    if isinstance(pack, LoadPack | GapLoadPack | StorePack):
        return pack
    order = list(range(len(pack.lanes)))
    rng.shuffle(order)
    swaps = swaps_of(pack)
    return model.graph.pack(tuple(pack.lanes[k] for k in order), tuple(swaps[k] for k in order))


def straight(model: CostModel) -> list[Pack]:
    names = {value.name: value.id for value in model.graph.function.values}
    stores = tuple(i.id for i in model.graph.instructions if i.opcode == "store")
    rows = [tuple(names[f"{letter}{k}"] for k in range(4)) for letter in "abc"]
    return [model.graph.pack(lanes) for lanes in (*rows, stores)]


@pytest.mark.parametrize("seed", range(6))
def test_a_chain_gets_the_order_of_its_memory_back(seed: int) -> None:
    model = model_of_body(CHAIN)
    packs = straight(model)
    turned = [shuffled(model, pack, random.Random(seed + k)) for k, pack in enumerate(packs)]
    state = PlanState(model)
    improved = improve_lane_orders(state, Candidates(model.graph, 0), turned)
    assert cost_of(model, improved) == cost_of(model, packs)
    assert state.cost == model.total


@pytest.mark.parametrize("seed", range(40))
def test_never_worse_and_the_same_packs(seed: int) -> None:
    model = generated(seed)
    rng = random.Random(seed)
    packs = [shuffled(model, pack, rng) for pack in greedy(model, 256).packs]
    by_block: dict[int, list[Pack]] = {}
    for pack in packs:
        by_block.setdefault(model.graph.block_of(pack), []).append(pack)
    for block, row in by_block.items():
        before = cost_of(model, row)
        improved = improve_lane_orders(PlanState(model), Candidates(model.graph, block), row)
        assert cost_of(model, improved) <= before
        assert [frozenset(pack.lanes) for pack in improved] == [frozenset(pack.lanes) for pack in row]
        assert [p for p in improved if isinstance(p, LoadPack | GapLoadPack | StorePack)] == [
            p for p in row if isinstance(p, LoadPack | GapLoadPack | StorePack)
        ]
