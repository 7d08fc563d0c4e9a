"""What int8 may lose, on logits made for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fazhi.classifier import Logits
from fazhi.errors import ArtifactError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import Corpus, load_corpus
from training.decision import Decision
from training.model import SentenceClassifier
from training.release.export import export, held_out
from training.release.gates import agreement, check
from training.release.graph import fused_graph
from training.run_folder import Run

N = 1000


def logits_of(units: list[Record], taxonomy: Taxonomy) -> Logits:
    topics = np.full((len(units), len(taxonomy.labels)), -5.0, dtype=np.float32)
    for row, unit in enumerate(units):
        for label in unit.labels or ():
            topics[row, taxonomy.label_ids.index(label)] = 5.0
    return Logits(topics, np.zeros((len(units), len(taxonomy.roles)), dtype=np.float32))


@pytest.fixture
def units() -> list[Record]:
    return [Record(f"a-{i:04}", "句", "body", (), ("hotline",), "plan") for i in range(N)]


def test_equal_answers_pass(units: list[Record], taxonomy: Taxonomy) -> None:
    logits = logits_of(units, taxonomy)
    found = agreement(logits, logits, units, Decision.neutral(taxonomy), taxonomy)
    assert (found.f1_loss, found.flips, found.changed_units) == (0, 0, 0)
    assert found.micro_f1 == 1
    check(found)


def test_lost_f1_is_refused_though_few_decisions_changed(
    units: list[Record], taxonomy: Taxonomy
) -> None:
    exact, rounded = logits_of(units, taxonomy), logits_of(units, taxonomy)
    rounded.topics[:10, taxonomy.label_ids.index("hotline")] = -0.1
    found = agreement(exact, rounded, units, Decision.neutral(taxonomy), taxonomy)
    assert found.flips < 0.001 and found.changed_units == 0.01
    assert found.f1_loss == pytest.approx(1 - 2 * 990 / 1990, abs=1e-4)
    with pytest.raises(ArtifactError, match=r"loses 0\.50% of micro F1 .* more than 0\.30%"):
        check(found)


def test_changed_decisions_are_refused_though_f1_is_the_same(
    units: list[Record], taxonomy: Taxonomy
) -> None:
    """Mistakes move from one label to another: as many as before, but not the same."""
    exact, rounded = logits_of(units, taxonomy), logits_of(units, taxonomy)
    exact.topics[:, 0], rounded.topics[:, 1] = 0.1, 0.1
    found = agreement(exact, rounded, units, Decision.neutral(taxonomy), taxonomy)
    assert found.f1_loss == 0
    with pytest.raises(ArtifactError, match=r"changes 7\.69% of the label decisions"):
        check(found)


def test_logits_far_away_are_refused(units: list[Record], taxonomy: Taxonomy) -> None:
    exact = logits_of(units, taxonomy)
    rounded = Logits(exact.topics * 1.2, exact.roles)
    found = agreement(exact, rounded, units, Decision.neutral(taxonomy), taxonomy)
    with pytest.raises(ArtifactError, match="logits differ from fp32 by 1.000"):
        check(found)


def test_no_answer_is_refused(units: list[Record], taxonomy: Taxonomy) -> None:
    exact = logits_of(units, taxonomy)
    rounded = Logits(np.full_like(exact.topics, np.nan), exact.roles)
    with pytest.raises(ArtifactError):
        check(agreement(exact, rounded, units, Decision.neutral(taxonomy), taxonomy))


def test_export_refuses_a_graph_that_was_spoilt(
    tiny_run: Path,
    tiny_corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The gates are asked about the graph that is written, against the torch model."""
    run = Run.load(tiny_run)
    corpus = load_corpus(tiny_corpus, run.taxonomy)

    def shifted(model: SentenceClassifier, *rest: object) -> Path:
        model.head.bias.data += 8.0
        try:
            return fused_graph(model, *rest)  # type: ignore[arg-type]
        finally:
            model.head.bias.data -= 8.0

    monkeypatch.setattr("training.release.export.fused_graph", shifted)
    with pytest.raises(ArtifactError, match="int8 (changes|loses)"):
        export(run, corpus, tmp_path / "model", "x", "0")
    assert not list(tmp_path.iterdir())


def test_a_corpus_without_held_out_units_is_refused(taxonomy: Taxonomy) -> None:
    record = Record("a-1", "句", "body", (), (), "plan")
    with pytest.raises(RecordError, match="no body units in the splits validation and test"):
        held_out(Corpus((record,), {"a": "train"}, {}, ()))
