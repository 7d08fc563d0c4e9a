from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from fazhi.artifact import LAYOUT
from training.corpus import load_corpus
from training.release.quantization import Scheme, quantize
from training.run_folder import Run
from training.studies.quantization import RELEASED, VARIANTS, study

CHANNELS, OUTPUTS = 32, 24


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """x @ weight; of the activation's channels one is much wider than the others."""
    weight = np.random.default_rng(0).normal(size=(CHANNELS, OUTPUTS)).astype(np.float32)
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "length", size])
        for name, size in (("x", CHANNELS), ("y", OUTPUTS))
    )
    node = helper.make_node("MatMul", ["x", "weight"], ["y"], "multiply")
    body = helper.make_graph([node], "graph", [x], [y], [numpy_helper.from_array(weight, "weight")])
    path = tmp_path / "float.onnx"
    onnx.save(helper.make_model(body, opset_imports=[helper.make_opsetid("", 17),
                                                     helper.make_opsetid("com.microsoft", 1)],
                                ir_version=9), path)  # fmt: skip
    return path


def activations(seed: int, batch: int = 1) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(batch, 5, CHANNELS)).astype(np.float32)
    x[..., 3] *= 100
    return x


def run(path: Path, x: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": x})[0])


def test_one_wide_channel_doesnt_spoil_the_others(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "int8.onnx"
    quantize(graph, target, [{"x": activations(seed)} for seed in range(20)])
    x = activations(99)
    expected, got = run(graph, x), run(target, x)
    assert np.abs(got - expected).mean() < 0.02 * np.abs(expected).mean()
    narrow = x.copy()
    narrow[..., 3] = 0.0  # one range for all channels would leave them no resolution
    expected, got = run(graph, narrow), run(target, narrow)
    assert np.abs(got - expected).mean() < 0.2 * np.abs(expected).mean()


def test_a_row_doesnt_depend_on_the_rest_of_the_batch(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "int8.onnx"
    quantize(graph, target, [{"x": activations(seed)} for seed in range(20)])
    x = activations(7, batch=3)
    x[0] *= 50  # beyond every range
    together = run(target, x)
    assert np.isfinite(together).all()
    for row in range(3):
        np.testing.assert_allclose(together[row], run(target, x[row : row + 1])[0], rtol=1e-6)


def test_activations_that_are_always_zero_stay_zero(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "int8.onnx"
    zero = np.zeros((1, 2, CHANNELS), np.float32)
    quantize(graph, target, [{"x": zero}])
    assert (run(target, zero) == 0).all()


def test_weights_leave_room_for_the_sums_of_older_cpus(tiny_artifact: Path) -> None:
    model = onnx.load(tiny_artifact / LAYOUT.graph)
    integers = [i for i in model.graph.initializer if i.name.endswith("/integers")]
    assert len(integers) == 2 * 4  # attention's two and the feed-forward's two, in each layer
    assert max(np.abs(numpy_helper.to_array(i)).max() for i in integers) == 63
    kinds = {node.op_type for node in model.graph.node}
    assert "DynamicQuantizeLinear" not in kinds and "QEmbedLayerNormalization" in kinds


@pytest.mark.parametrize(
    ("scheme", "worse"),
    [(Scheme(smoothing=0.0), 3.0), (Scheme(per_channel=False), 1.0), (Scheme(), 0.0)],
)
def test_smoothing_and_scales_by_channel_pay(
    scheme: Scheme, worse: float, graph: Path, tmp_path: Path
) -> None:
    inputs = [{"x": activations(seed)} for seed in range(20)]
    x = activations(99)
    x[..., 3] = 0.0
    errors = []
    for number, tried in enumerate((Scheme(), scheme)):
        quantize(graph, tmp_path / f"{number}.onnx", inputs, tried)
        errors.append(np.abs(run(tmp_path / f"{number}.onnx", x) - run(graph, x)).mean())
    assert errors[1] >= worse * errors[0]


def test_the_study_has_a_row_a_scheme(tiny_run: Path, tiny_corpus: Path) -> None:
    loaded = Run.load(tiny_run)
    rows = study(loaded, load_corpus(tiny_corpus, loaded.taxonomy), threads=1)
    assert [row["variant"] for row in rows] == list(VARIANTS)
    by_name = {row["variant"]: row for row in rows}
    assert by_name["fp32"]["flips"] == 0 and by_name["fp32"]["mean_logit_difference"] < 1e-3
    assert by_name[RELEASED]["megabytes"] < by_name["fp32"]["megabytes"]
    small, large = (
        by_name[k]["megabytes"] for k in (RELEASED, "static, smoothed, fp32 embeddings")
    )
    assert small < large
