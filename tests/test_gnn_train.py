"""Imitation: torch and numpy agree, the loss falls, the same seed is the same model, stopped or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `learn`: make test-learn")

from gnn_cases import example, problem  # noqa: E402

from slpvec.cli.main import main  # noqa: E402
from slpvec.errors import InputError  # noqa: E402
from slpvec.gnn.encode import to_hetero  # noqa: E402
from slpvec.gnn.examples import IGNORED, WRONG, Example, batch, parts  # noqa: E402
from slpvec.gnn.infer import Weights, load_weights, random_weights  # noqa: E402
from slpvec.gnn.model import choice_loss, imitation_loss, to_parameters, to_weights, torch_score  # noqa: E402
from slpvec.gnn.network import Shape, Walk  # noqa: E402
from slpvec.gnn.schema import SCHEMA  # noqa: E402
from slpvec.gnn.train import METRICS, WEIGHTS, TrainOptions, _Tally, batches, evaluate, train  # noqa: E402
from slpvec.gnn.walk import decision  # noqa: E402
from slpvec.validate.generate import generate_function  # noqa: E402

_CPU = torch.device("cpu")
_SMALL = TrainOptions(epochs=4, nodes=600, width=8, steps=2, rate=1e-2)


def _set(first: int, count: int) -> list[Example]:
    return [example(seed) for seed in range(first, first + count)]


def test_torch_and_numpy_score_alike() -> None:
    weights = random_weights(Shape(32, 4), 3)
    parameters = to_parameters(weights, _CPU)
    for seed in range(4):
        encoding = problem(seed).encoding
        theirs = torch_score(parameters, weights, encoding, _CPU).detach().numpy()
        np.testing.assert_allclose(weights.score(encoding), theirs, atol=1e-4)
    back = to_weights(parameters, weights)
    assert all((back.tensors[name] == tensor).all() for name, tensor in weights.tensors.items())


def test_any_of_the_right_candidates_will_do() -> None:
    group = np.array([0, 0, -1, -2])

    def loss(*scores: float) -> float:
        return float(imitation_loss(torch.tensor(scores, dtype=torch.float32), group, np.ones(4, np.float32)))

    assert loss(5, -5, -5, 0) == loss(-5, 5, -5, 9) < 0.01
    assert loss(5, 5, -5, 0) == loss(5, -5, -5, 0)
    assert loss(-5, -5, -5, 0) > 2
    assert loss(5, -5, 5, 0) > 2
    assert float(imitation_loss(torch.zeros(2), np.array([-2, -2]), np.ones(2, np.float32))) == 0


def test_metrics_are_those_of_the_loss() -> None:
    weights = random_weights(Shape(8, 1), 0)
    whole = batch(_set(0, 4))
    scores = torch.from_numpy(weights.score(whole.encoding))
    measured = evaluate(weights, _set(0, 4), TrainOptions(nodes=500))
    assert measured["loss"] == pytest.approx(float(imitation_loss(scores, whole.group, whole.weight, 2.0)), abs=1e-4)
    sure = evaluate(weights, [], TrainOptions(nodes=500))
    assert sure == {"loss": 0.0, "precision": 0.0, "recall": 0.0}


def _choices() -> list[Example]:
    rng = np.random.default_rng(0)
    steps = (decision(example(seed % 5), Walk(), rng) for seed in range(20))
    return [step for step in steps if step is not None]


def test_metrics_of_a_walk_are_those_of_its_loss() -> None:
    weights = random_weights(Shape(8, 1), 0)
    tally, loss, total = _Tally(), 0.0, 0.0
    for step in _choices():
        scores = weights.score(step.encoding)
        tally.count_choice(scores, step)
        options = np.flatnonzero(step.group != IGNORED)
        shares = np.exp([0.0, *scores[options]]) / np.exp([0.0, *scores[options]]).sum()
        right = [k + 1 for k, row in enumerate(options) if step.group[row] == 0] or [0]
        weight = step.weight[step.group == 0].max() if step.groups else step.weight[step.group == WRONG].mean()
        loss -= weight * np.log(max(shares[right]))
        total += weight
    assert tally.metrics()["loss"] == pytest.approx(loss / total, rel=1e-4)
    whole = batch(_choices())
    scores = torch.from_numpy(weights.score(whole.encoding))
    found = choice_loss(scores, whole.group, whole.weight, parts(_choices()))
    assert float(found) == pytest.approx(loss / total, rel=1e-4)


def test_staying_scalar_is_a_choice() -> None:
    def loss(group: list[int], *scores: float) -> float:
        given, part = torch.tensor(scores, dtype=torch.float32), np.zeros(3, np.int64)
        return float(choice_loss(given, np.array(group), np.ones(3, np.float32), part))

    assert loss([-1, -1, -2], -9, -9, 9) < 0.01
    assert loss([-1, -1, -2], 5, -9, -9) > 4
    assert loss([0, -1, -2], 9, -9, 9) < 0.01
    assert loss([0, 0, -1], -9, 9, -9) < 0.01
    assert loss([0, -1, -2], -9, -9, -9) > 4


def test_batches_keep_the_order_and_the_limit() -> None:
    examples = _set(0, 8)
    found = batches(examples, 400)
    assert [e for some in found for e in some] == examples
    assert len(found) > 1
    assert all(len(some) == 1 or sum(e.encoding.size for e in some) <= 400 for some in found)


@pytest.mark.parametrize("walk", [None, Walk()])
def test_the_loss_falls_until_examples_are_known_by_heart(tmp_path: Path, walk: Walk | None) -> None:
    examples = _set(0, 6)
    options = replace(_SMALL, epochs=40, width=16, patience=40, walk=walk, decisions=12)
    weights = train(examples, examples, tmp_path, options)
    lines = [json.loads(line) for line in (tmp_path / METRICS).read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 41))
    assert lines[-1]["train_loss"] < 0.4 * lines[0]["train_loss"]
    measured = evaluate(weights, examples, replace(options, nodes=1000))
    assert measured["recall"] > 0.8
    assert measured["precision"] > 0.7


def test_same_seed_same_model(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        train(_set(0, 5), _set(5, 2), tmp_path / name, replace(_SMALL, seed=seed))
    one, two, other = ((tmp_path / name / WEIGHTS).read_bytes() for name in ("one", "two", "other"))
    assert one == two != other


class _StoppedError(Exception):
    pass


def _relabel(weights: Weights, epoch: int) -> Iterable[Example]:
    """A double of DAgger's expert: its examples depend on the learner."""
    best = int(weights.score(problem(epoch).encoding).argmax())
    found = example(epoch)
    group = found.group.copy()
    group[best] = -2
    return [replace(found, name=f"relabelled {epoch}", group=group)]


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    options = replace(_SMALL, epochs=6, relabel_every=2)

    def stop(line: Mapping[str, float]) -> None:
        if line["epoch"] in (1, 3):
            raise _StoppedError

    train(_set(0, 5), _set(5, 2), tmp_path / "whole", options, relabel=_relabel)
    for _ in range(2):
        with pytest.raises(_StoppedError):
            train(_set(0, 5), _set(5, 2), tmp_path / "parts", options, relabel=_relabel, report=stop)
    train(_set(0, 5), _set(5, 2), tmp_path / "parts", options, relabel=_relabel)
    whole, parts = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("whole", "parts"))
    assert whole == parts
    counts = [json.loads(line)["examples"] for line in whole[METRICS].splitlines()]
    assert counts == [5, 5, 6, 6, 7, 7]


def test_training_stops_when_it_does_not_get_better(tmp_path: Path) -> None:
    train(_set(0, 4), _set(5, 2), tmp_path, replace(_SMALL, epochs=50, rate=0.0, patience=3))
    assert len((tmp_path / METRICS).read_text().splitlines()) == 4


def test_other_options_and_empty_sets_are_refused(tmp_path: Path) -> None:
    train(_set(0, 3), _set(5, 1), tmp_path, replace(_SMALL, epochs=1))
    with pytest.raises(InputError, match="other options"):
        train(_set(0, 3), _set(5, 1), tmp_path, replace(_SMALL, epochs=1, seed=5))
    with pytest.raises(InputError, match="validate on"):
        train(_set(0, 3), [], tmp_path, _SMALL)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_asked_for_in_vain(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no CUDA device"):
        train(_set(0, 3), _set(5, 1), tmp_path, replace(_SMALL, device="cuda"))


def test_the_verb_trains_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = []
    for seed in range(4):
        inputs.append(str(tmp_path / f"f{seed}.ll"))
        Path(inputs[-1]).write_text(generate_function(seed, 40).replace("@f(", f"@f{seed}("))
    labels = str(tmp_path / "labels")
    assert main(["label", *inputs, "-o", labels, "--policy", "greedy", "-q"]) == 0
    capsys.readouterr()
    words = ["train", labels, "-o", str(tmp_path / "run"), "-q", "--epochs", "2", "--width", "8", "--steps", "1"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert json.loads(err)["train"] == 3
    weights = load_weights(Path(out.strip()))
    assert weights.shape == Shape(8, 1)
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    walking = [*words[:3], str(tmp_path / "walk"), *words[4:], "--walk", "forward", "--passes", "together"]
    assert main(walking) == 0
    assert load_weights(Path(capsys.readouterr().out.strip())).walk == Walk("forward", "together")
    again = [*words[:3], str(tmp_path / "two"), *words[4:], "-j", "2"]
    assert main(again) == 0
    one, two = ((tmp_path / run / "examples.safetensors").read_bytes() for run in ("run", "two"))
    assert one == two


def test_without_torch_the_verb_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "slpvec.gnn.train", None)
    assert main(["train", "none", "-o", str(tmp_path)]) == 2
    assert "pip install 'slpvec[learn]'" in capsys.readouterr().err


def test_encodings_as_hetero_data() -> None:
    pytest.importorskip("torch_geometric", reason="needs the extra `learn`: make test-learn")
    encoding = problem(2).encoding
    data = to_hetero(encoding)
    assert data.schema == SCHEMA.name
    assert set(data.node_types) == {node.name for node in SCHEMA.nodes}
    for relation in SCHEMA.relations:
        store = data[relation.source, relation.name, relation.target]
        assert store.edge_index.shape == (2, len(encoding.edges[relation.name].source))
        assert store.edge_attr.shape[1] == relation.size
    data.validate(raise_on_error=True)
