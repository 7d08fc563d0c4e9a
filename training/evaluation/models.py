"""A model folder or a run folder, asked alike: logits, and how they become answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazhi.artifact import LAYOUT
from fazhi.classifier import Classifier, Logits
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import predict_logits, sentence_of
from training.decision import Decision
from training.evaluation.metrics import Answers
from training.model import SentenceClassifier
from training.run_folder import Run


@dataclass(frozen=True)
class Model:
    """`logits` gives a row a unit, in order; `network` is that of a run, None for a model folder."""

    name: str
    taxonomy: Taxonomy
    decision: Decision
    logits: Callable[[Sequence[Record]], Logits]
    network: SentenceClassifier | None = None

    @classmethod
    def of_run(cls, run: Run) -> Model:
        """A run, in fp32."""
        encoder = run.encoder()
        return cls(
            run.folder.name,
            run.taxonomy,
            run.decision,
            lambda units: predict_logits(run.model, encoder, [sentence_of(u) for u in units]),
            run.model,
        )

    @classmethod
    def of_classifier(cls, classifier: Classifier) -> Model:
        """A model folder, as it serves."""
        config = classifier.artifact.config
        return cls(
            classifier.model_id,
            classifier.artifact.taxonomy,
            Decision(
                config.calibration,
                config.thresholds,
                config.role_temperature,
                config.fallback_threshold,
            ),
            lambda units: classifier.logits([sentence_of(u) for u in units]),
        )

    def answers(self, units: Sequence[Record]) -> Answers:
        """What it says of units, a row each."""
        return self.decision.answers(self.logits(units), units, self.taxonomy)


def open_model(folder: Path) -> Model:
    """Open what `make export` (int8) or `make train` (fp32) wrote.

    Raises:
        ArtifactError: the folder is neither, or damaged.
    """
    if not (folder / LAYOUT.graph).exists() and (folder / "provenance.json").exists():
        return Model.of_run(Run.load(folder))
    return Model.of_classifier(Classifier.from_pretrained(folder))
