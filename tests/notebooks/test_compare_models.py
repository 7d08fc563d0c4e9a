"""The notebook that compares models runs on two runs and a table; without either it says so."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from fazhi.classifier import Logits
from fazhi.taxonomy import Taxonomy
from tests.notebooks.execute import execute, pictures, text
from tests.tiny import TAXONOMY
from training.batches import body_units
from training.config import TrainingConfig
from training.corpus import load_corpus
from training.decision import Decision
from training.evaluation.metrics import role_indices, truth_of
from training.evaluation.trade_off import Point, write_points
from training.predictions import write_predictions

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # zmq and ipykernel's own


def save_run(folder: Path, corpus: Path, taxonomy: Taxonomy, noise: float) -> Path:
    """A run folder without weights, whose answers are the truth with noise."""
    folder.mkdir(parents=True)
    units = body_units(load_corpus(corpus, taxonomy).records)
    random = np.random.default_rng(0)
    topics = truth_of(units, taxonomy) * 8.0 - 4
    roles = np.eye(len(taxonomy.roles))[role_indices([u.role or "" for u in units], taxonomy)] * 4
    noised = [
        (x + noise * random.standard_normal(x.shape)).astype(np.float32) for x in (topics, roles)
    ]
    write_predictions(folder / "predictions.jsonl", {"test": units}, {"test": Logits(*noised)})
    decision = asdict(Decision.neutral(taxonomy))
    (folder / "decision.json").write_text(json.dumps(decision), "utf-8")
    config = asdict(TrainingConfig(noise=noise))  # whole: some of its fields are lists
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    log = [
        {"loss": 3.0 / epoch, "epoch": epoch, "step": epoch}
        | {f"validation_{figure}_f1": 0.5 + 0.1 * epoch for figure in ("micro", "macro")}
        for epoch in (1, 2, 3)
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log), "utf-8")
    shutil.copy(TAXONOMY, folder / "taxonomy.yaml")
    return folder


def test_shows_what_it_promises(
    tiny_corpus: Path, taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [save_run(tmp_path / f"noise-{n}", tiny_corpus, taxonomy, n) for n in (2.0, 3.5)]
    table = tmp_path / "pareto.csv"
    points = [
        Point("base", 12, "fp32", 0.94, 0.93, 0.9, 0.99, 40, 110),
        Point("base", 12, "int8", 0.935, 0.93, 0.9, 0.99, 90, 29),
        Point("student", 4, "int8", 0.93, 0.92, 0.9, 0.99, 260, 14),
    ]
    write_points(table, points)
    monkeypatch.setenv("FAZHI_RUNS", os.pathsep.join(map(str, runs)))
    monkeypatch.setenv("FAZHI_CORPUS", str(tiny_corpus))
    monkeypatch.setenv("FAZHI_PARETO", str(table))
    notebook = execute("compare_models")
    shown = text(notebook)
    assert "noise-2.0, noise-3.5" in shown and "units are answered differently" in shown
    assert "smallest_of_its_quality" in shown
    assert pictures(notebook) == 4


def test_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAZHI_WORK", str(tmp_path))
    monkeypatch.setenv("FAZHI_PARETO", str(tmp_path / "pareto.csv"))
    notebook = execute("compare_models")
    assert "no finished run" in text(notebook) and "pareto.csv: not measured yet" in text(notebook)
    assert pictures(notebook) == 0
