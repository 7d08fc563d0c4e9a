"""Students: targets from labels and teachers, fewer layers, and what is refused."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from fazhi.errors import ArtifactError, FazhiError
from fazhi.taxonomy import Taxonomy
from training.batches import learnable, predict_logits, sentence_of
from training.config import TrainingConfig
from training.corpus import load_corpus
from training.distillation import load_teachers, soft_examples
from training.evaluation.models import Model, open_model
from training.fit import train
from training.run_folder import Run


def test_targets_are_halfway_between_labels_and_teacher(tiny_run: Path, tiny_corpus: Path) -> None:
    teacher = Run.load(tiny_run)
    taxonomy = teacher.taxonomy
    units = learnable(load_corpus(tiny_corpus, taxonomy).records_of("train"))
    model = Model.of_run(teacher)
    rows = soft_examples([model], units, taxonomy, seed=0)
    logits = predict_logits(teacher.model, teacher.encoder(), [sentence_of(u) for u in units])
    answers, _ = teacher.decision.probabilities(logits, taxonomy)
    for unit, row, answer in zip(units, rows, answers, strict=False):
        labels = [float(label in (unit.labels or ())) for label in taxonomy.label_ids]
        np.testing.assert_allclose(row["topics"], (np.array(labels) + answer) / 2, atol=1e-6)
        assert sum(row["role"]) == pytest.approx(1.0 if unit.kind == "body" else 0.0, abs=1e-6)
    unlabelled = rows[len(units) :]
    assert len(unlabelled) == round(0.15 * _bodies(units)) + round(0.5 * _bodies(units))
    assert {tuple(row["heading_path"]) for row in unlabelled} > {()}
    assert soft_examples([model], units, taxonomy, seed=0) == rows


def _bodies(units: list) -> int:
    return sum(unit.kind == "body" for unit in units)


def test_student_has_fewer_layers_and_answers_like_its_teacher(
    tiny_run: Path, tmp_path: Path
) -> None:
    teacher = Run.load(tiny_run)
    config = {**vars(teacher.config), "teachers": str(tiny_run), "layers": 2, "epochs": 2}
    student = Run.load(train(TrainingConfig(**{**config, "output": str(tmp_path / "student")})))
    assert student.model.encoder.config.num_hidden_layers == 2
    assert student.provenance["teachers_sha256"] != []
    sentences = [sentence_of(u) for u in _test_units(teacher)]
    ours, theirs = (
        predict_logits(run.model, run.encoder(), sentences).topics for run in (student, teacher)
    )
    strangers = np.roll(theirs, 1, axis=0)
    assert np.abs(ours - theirs).mean() < np.abs(ours - strangers).mean()


def test_model_folder_teaches_a_student_that_begins_as_the_base(
    tiny_run: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    config = {**vars(Run.load(tiny_run).config), "teachers": str(tiny_artifact), "layers": 2}
    config |= {"epochs": 2, "output": str(tmp_path / "student")}
    taught = Run.load(train(TrainingConfig(**config)))
    alone = Run.load(
        train(TrainingConfig(**{**config, "teachers": "", "output": str(tmp_path / "alone")}))
    )
    units = _test_units(taught)
    theirs = open_model(tiny_artifact).logits(units).topics
    near, far = (np.abs(Model.of_run(run).logits(units).topics - theirs) for run in (taught, alone))
    assert near.mean() < far.mean()
    (digest,) = taught.provenance["teachers_sha256"]
    assert digest == sha256((tiny_artifact / "model.onnx").read_bytes()).hexdigest()


def _test_units(run: Run) -> list:
    corpus = load_corpus([Path(path) for path in run.config.data], run.taxonomy)
    return [unit for unit in corpus.records_of("test") if unit.kind == "body"]


@pytest.mark.parametrize("layers", [1, 99])
def test_layers_that_arent_there_are_refused(tiny_run: Path, tmp_path: Path, layers: int) -> None:
    config = {**vars(Run.load(tiny_run).config), "layers": layers, "output": str(tmp_path / "x")}
    with pytest.raises(FazhiError, match=f"--layers {layers}: the encoder has"):
        train(TrainingConfig(**config))
    assert not (tmp_path / "x").exists()


def test_teacher_of_another_label_set_is_refused(tiny_run: Path, tmp_path: Path) -> None:
    run = Run.load(tiny_run)
    text = (tiny_run / "taxonomy.yaml").read_text("utf-8")
    first = run.taxonomy.label_ids[0]
    other = tmp_path / "other.yaml"
    other.write_text(text.replace(f"id: {first}", "id: another_id", 1), "utf-8")
    with pytest.raises(ArtifactError, match="can't teach this label set"):
        load_teachers(str(tiny_run), Taxonomy.from_file(other))
    with pytest.raises(ArtifactError, match=str(tmp_path)):
        load_teachers(str(tmp_path), run.taxonomy)
    assert json.loads((tiny_run / "config.json").read_text("utf-8"))["teachers"] == ""
