"""The whole chain on a tiny model: train → export → classify, and its refusals."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from fazhi.artifact import LAYOUT, Artifact
from fazhi.classifier import Classifier
from fazhi.errors import ArtifactError, FazhiError, RecordError
from tests.tiny import ROOT, TAXONOMY
from training.batches import predict_logits
from training.config import TrainingConfig
from training.corpus import load_corpus
from training.fit import train
from training.release.export import export
from training.release.graph import FLOAT_TOLERANCE, PROBES, check_float, export_graph
from training.run_folder import Run


def test_run_folder_says_everything(tiny_run: Path) -> None:
    run = Run.load(tiny_run)
    assert run.config.epochs == 4
    assert set(run.metrics) == {"validation", "test"}
    assert len(run.provenance["data_sha256"]) == 5
    assert len(run.provenance["reports"]["train"]) == 3
    log = [json.loads(line) for line in (tiny_run / "log.jsonl").read_text().splitlines()]
    assert sum("validation_micro_f1" in row for row in log) == 8
    assert not list(tiny_run.parent.glob(".*partial"))


def test_training_lowers_the_loss(tiny_run: Path) -> None:
    rows = [json.loads(line) for line in (tiny_run / "log.jsonl").read_text().splitlines()]
    losses = [float(row["loss"]) for row in rows if "loss" in row]
    third = len(losses) // 3
    assert sum(losses[-third:]) < sum(losses[:third])


def test_same_seed_same_weights(tiny_run: Path, tmp_path: Path) -> None:
    first = Run.load(tiny_run)
    again = Run.load(
        train(TrainingConfig(**{**vars(first.config), "output": str(tmp_path / "again")}))
    )
    for name, tensor in first.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name]), name


def test_pooled_vectors_are_standardised(tiny_run: Path) -> None:
    model = Run.load(tiny_run).model
    assert model.pooled_mean.abs().max() > 0
    assert not torch.equal(model.pooled_scale, torch.ones_like(model.pooled_scale))


def test_torch_and_onnx_agree_on_short_long_and_mixed_text(tiny_run: Path, tmp_path: Path) -> None:
    run = Run.load(tiny_run)
    graph = tmp_path / "model.onnx"
    export_graph(run.model, run.encoder(), graph)
    check_float(run.model, run.encoder(), graph)
    lengths = [e.n_tokens for e in run.encoder().encode(PROBES)]
    assert min(lengths) < 10 and max(lengths) == run.config.max_length_tokens


def test_export_refuses_a_graph_that_disagrees(tiny_run: Path, tmp_path: Path) -> None:
    run = Run.load(tiny_run)
    graph = tmp_path / "model.onnx"
    export_graph(run.model, run.encoder(), graph)
    proto = onnx.load(graph)
    bias = next(t for t in proto.graph.initializer if t.name.endswith("head.bias"))
    values = onnx.numpy_helper.to_array(bias) + 2 * FLOAT_TOLERANCE
    bias.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), bias.name))
    onnx.save(proto, graph)
    with pytest.raises(ArtifactError, match="differ from torch"):
        check_float(run.model, run.encoder(), graph)


def test_artifact_answers_like_the_run(tiny_run: Path, tiny_classifier: Classifier) -> None:
    run = Run.load(tiny_run)
    expected = predict_logits(run.model, run.encoder(), PROBES)
    got = tiny_classifier.logits(PROBES)
    assert np.abs(expected.topics - got.topics).mean() < 0.1
    assert np.abs(expected.roles - got.roles).mean() < 0.1


def test_artifact_is_complete(tiny_artifact: Path) -> None:
    artifact = Artifact.load(tiny_artifact)
    assert {p.name for p in tiny_artifact.iterdir()} == {*LAYOUT.files(), LAYOUT.manifest}
    assert artifact.config.version == "1.2.3"
    assert artifact.golden
    assert set(artifact.metrics) == {
        "validation",
        "test",
        "calibration",
        "comparison",
        "slices",
        "export",
    }
    card = (tiny_artifact / LAYOUT.card).read_text("utf-8")
    assert f"{artifact.metrics['test']['micro_f1']:.3f}" in card
    for system in (
        "majority",
        "TF-IDF + linear SVM",
        "frozen encoder",
        "fine-tuned fp32",
        "tiny@1.2.3",
    ):
        assert f"| {system}" in card, system


def test_failed_export_leaves_the_old_folder_alone(
    tiny_run: Path, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "model"
    output.mkdir()
    (output / "keep").write_text("old")
    monkeypatch.setattr("training.release.gates.MAX_FLIPS", -1.0)
    run = Run.load(tiny_run)
    with pytest.raises(ArtifactError):
        export(run, load_corpus(tiny_corpus, run.taxonomy), output, "x", "0")
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert (output / "keep").read_text() == "old"


def test_unknown_base_model_is_one_line(tiny_corpus: Path, tmp_path: Path) -> None:
    config = TrainingConfig(
        base_model=str(tmp_path / "nothing"), data=[str(tiny_corpus)], output=str(tmp_path / "run")
    )
    with pytest.raises(FazhiError, match="make base"):
        train(config)
    assert not list(tmp_path.iterdir())


def test_a_tokenizer_that_tells_no_pair_apart_is_refused(
    tiny_base: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    text = (base / "tokenizer.json").read_text("utf-8").replace('"type_id": 1', '"type_id": 0')
    (base / "tokenizer.json").write_text(text, "utf-8")
    with pytest.raises(FazhiError, match="doesn't mark the second text"):
        train(
            TrainingConfig(
                base_model=str(base), data=[str(tiny_corpus)], output=str(tmp_path / "r")
            )
        )


def test_corpus_without_validation_is_refused(
    tiny_corpus: Path, tiny_base: Path, tmp_path: Path
) -> None:
    one = tmp_path / "one.jsonl"
    lines = sorted(tiny_corpus.glob("*.jsonl"))[0].read_text("utf-8").splitlines(keepends=True)
    one.write_text("".join(lines[:2]), "utf-8")
    with pytest.raises(RecordError, match="splits train and validation"):
        train(
            TrainingConfig(base_model=str(tiny_base), data=[str(one)], output=str(tmp_path / "run"))
        )


def test_command_lines(tiny_corpus: Path, tmp_path: Path) -> None:
    def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", f"training.{module}", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
            check=False,
        )

    refused = run("fit", "--data", tmp_path / "none", "--taxonomy", TAXONOMY)
    assert refused.returncode == 2
    assert refused.stderr.strip().splitlines()[-1].startswith("error: ")

    refused = run(
        "release.export", "--run", tmp_path, "--data", tiny_corpus, "--output", tmp_path / "x"
    )
    assert refused.returncode == 2
    assert "not a finished run folder" in refused.stderr
