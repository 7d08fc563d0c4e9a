"""Fixtures of every package: a tiny base model, corpus, run and model folder, made once a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fazhi.classifier import Classifier
from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS, TAXONOMY, save_tiny_base, save_tiny_corpus

if TYPE_CHECKING:
    from tests.foreign import Foreign


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.from_file(TAXONOMY)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_corpus(tmp_path_factory.mktemp("data") / "corpus")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, tiny_corpus: Path) -> Path:
    """A finished run folder."""
    from training.config import TrainingConfig
    from training.fit import train

    return train(
        TrainingConfig(
            base_model=str(tiny_base),
            data=[str(tiny_corpus)],
            taxonomy=str(TAXONOMY),
            output=str(tmp_path_factory.mktemp("work") / "run"),
            epochs=4,
            learning_rate=1e-3,
            max_length_tokens=128,
        )
    )


@pytest.fixture(scope="session")
def tiny_artifact(
    tmp_path_factory: pytest.TempPathFactory, tiny_run: Path, tiny_corpus: Path
) -> Path:
    """A model folder exported from the tiny run; treat it as read-only."""
    from training.corpus import load_corpus
    from training.release.export import export
    from training.run_folder import Run

    run = Run.load(tiny_run)
    output = tmp_path_factory.mktemp("models") / "tiny"
    export(run, load_corpus(tiny_corpus, run.taxonomy), output, "tiny", "1.2.3")
    return output


@pytest.fixture(scope="session")
def tiny_classifier(tiny_artifact: Path) -> Classifier:
    return Classifier.from_pretrained(tiny_artifact, threads=1)


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Foreign:
    """A label set of its own, units annotated by it in Label Studio, and a model of them."""
    from tests.foreign import Foreign, save_foreign_export, save_foreign_taxonomy
    from training.config import TrainingConfig
    from training.corpus import load_corpus
    from training.fit import train
    from training.release.export import export
    from training.run_folder import Run

    folder = tmp_path_factory.mktemp("foreign")
    taxonomy = save_foreign_taxonomy(folder / "taxonomy.yaml")
    data = save_foreign_export(folder / "mine.json", CORPUS / "town-01.jsonl")
    config = TrainingConfig(
        base_model=str(tiny_base),
        data=[str(data)],
        taxonomy=str(taxonomy),
        output=str(folder / "run"),
        epochs=1,
        max_length_tokens=64,
    )
    run = Run.load(train(config))
    export(run, load_corpus(data, run.taxonomy), folder / "model", "foreign", "1.0.0")
    return Foreign(taxonomy, data, folder / "model")
