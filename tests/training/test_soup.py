"""Averaged runs: the middle of their weights, measured anew, and what can't be averaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from fazhi.errors import ArtifactError
from training.batches import body_units
from training.config import TrainingConfig
from training.corpus import load_corpus
from training.evaluation.metrics import measure
from training.evaluation.models import Model
from training.fit import train
from training.run_folder import Run
from training.soup import make_soup


@pytest.fixture(scope="module")
def other_run(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = vars(Run.load(tiny_run).config)
    output = tmp_path_factory.mktemp("soup") / "other"
    return train(TrainingConfig(**{**config, "seed": 99, "epochs": 1.0, "output": str(output)}))


def test_the_middle_is_measured_anew(
    tiny_run: Path, other_run: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    runs = [Run.load(tiny_run), Run.load(other_run)]
    weights = [run.model.state_dict()["head.weight"].clone() for run in runs]
    assert not torch.equal(*weights)
    corpus = load_corpus(tiny_corpus, runs[0].taxonomy)
    soup = Run.load(make_soup(runs, corpus, tmp_path / "soup"))
    assert torch.allclose(soup.model.state_dict()["head.weight"], sum(weights) / 2)
    units = body_units(corpus.records_of("test"))
    assert soup.metrics["test"] == measure(units, Model.of_run(soup).answers(units), soup.taxonomy)
    one, other = soup.provenance["averaged"]
    assert one["weights_sha256"] != other["weights_sha256"]
    assert [one["seed"], other["seed"]] == [run.config.seed for run in runs]
    assert one["timing"] == runs[0].provenance["timing"] != other["timing"]
    assert soup.provenance["data_sha256"] == runs[0].provenance["data_sha256"]
    assert soup.provenance["reports"] == runs[0].provenance["reports"]
    runs[1].provenance["data_sha256"] = {"more.jsonl": "0"}  # each then keeps its own
    facts = Run.load(make_soup(runs, corpus, tmp_path / "grown")).provenance
    assert "data_sha256" not in facts
    assert [len(run["data_sha256"]) for run in facts["averaged"]] == [5, 1]
    shutil.rmtree(tmp_path / "grown")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["soup"]


def test_what_is_not_alike_is_refused(
    tiny_run: Path, other_run: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    run = Run.load(tiny_run)
    corpus = load_corpus(tiny_corpus, run.taxonomy)
    with pytest.raises(ArtifactError, match="needs two runs or more"):
        make_soup([run], corpus, tmp_path / "soup")
    foreign = Path(shutil.copytree(other_run, tmp_path / "foreign"))
    (foreign / "tokenizer.json").write_text(
        json.dumps(json.loads((foreign / "tokenizer.json").read_text("utf-8")) | {"padding": None}),
        "utf-8",
    )
    with pytest.raises(ArtifactError, match="has another encoder"):
        make_soup([run, Run.load(foreign)], corpus, tmp_path / "soup")
    labels = Path(shutil.copytree(other_run, tmp_path / "labels"))
    for name in ("taxonomy.yaml", "decision.json"):
        text = (labels / name).read_text("utf-8")
        (labels / name).write_text(text.replace("hotline", "calls"), "utf-8")
    with pytest.raises(ArtifactError, match="has other labels or roles"):
        make_soup([run, Run.load(labels)], corpus, tmp_path / "soup")
    assert not (tmp_path / "soup").exists()
