"""A run folder: everything that one training run leaves behind, and how to read it back.

config.json             resolved configuration
classifier.safetensors  weights; encoder/ and sizes.json describe them
tokenizer.json          the base model's fast tokenizer
taxonomy.yaml           label set
decision.json           calibration and thresholds
metrics.json            validation and test figures
provenance.json         hashes of what went in, reports by split, versions, machine, commit, time taken
predictions.jsonl       logits of validation and test units
log.jsonl               loss and validation figures by step; the last line sums up
curves.png, labels.png  loss and validation figures by epoch; F1 by label
tensorboard/            the log as TensorBoard reads it
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from tokenizers import Tokenizer

from fazhi.classifier import Logits
from fazhi.encoding import Encoder, EncodingSettings
from fazhi.errors import ArtifactError, FazhiError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.checkpoints import discard, last_checkpoint
from training.config import TrainingConfig
from training.decision import Decision
from training.model import SentenceClassifier
from training.plots import plot_curves, plot_labels
from training.predictions import write_predictions

TOKENIZER = "tokenizer.json"
TAXONOMY = "taxonomy.yaml"
LOG = "log.jsonl"
PREDICTIONS = "predictions.jsonl"
_LOCK = "lock"


@dataclass(frozen=True)
class Run:
    """A finished run, loaded."""

    folder: Path
    config: TrainingConfig
    decision: Decision
    metrics: dict[str, Any]
    provenance: dict[str, Any]
    taxonomy: Taxonomy
    model: SentenceClassifier

    @classmethod
    def load(cls, folder: Path) -> Run:
        """Read a run folder.

        Raises:
            ArtifactError: the folder isn't a finished run.
        """
        try:
            return cls(
                folder=folder,
                config=TrainingConfig(**_read(folder / "config.json")),
                decision=Decision.from_json(_read(folder / "decision.json")),
                metrics=_read(folder / "metrics.json"),
                provenance=_read(folder / "provenance.json"),
                taxonomy=Taxonomy.from_file(folder / TAXONOMY),
                model=SentenceClassifier.from_pretrained(folder),
            )
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise ArtifactError(
                f"{folder}: not a finished run folder ({error}); make train"
            ) from None

    def encoder(self) -> Encoder:
        """The encoder that the run was trained with."""
        return load_encoder(self.folder / TOKENIZER, self.config.max_length_tokens)


def load_encoder(tokenizer_file: Path, max_length_tokens: int) -> Encoder:
    """An encoder over a `tokenizer.json`."""
    settings = EncodingSettings(max_length_tokens=max_length_tokens)
    return Encoder(Tokenizer.from_file(str(tokenizer_file)), settings)


@contextmanager
def unfinished(output: Path) -> Iterator[Path]:
    """The folder beside `output` that a run grows in; it takes the place of `output` at the end.

    It stays where it is when the run was stopped and has a checkpoint to go on from.

    Raises:
        FazhiError: another run is growing there.
    """
    work = output.with_name(f".{output.name}.partial")
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise FazhiError(
            f"{output}: another training is at work on this run folder; wait for it, or choose another RUN"
        ) from None
    try:
        yield work
        discard(work)
        (work / _LOCK).unlink(missing_ok=True)
        shutil.rmtree(output, ignore_errors=True)
        work.rename(output)
    finally:
        lock.release()
        if work.exists() and not last_checkpoint(work):
            shutil.rmtree(work)


def write_results(
    folder: Path,
    log: Sequence[dict[str, Any]],
    units: dict[str, list[Record]],
    logits: dict[str, Logits],
    metrics: dict[str, Any],
    taxonomy: Taxonomy,
) -> None:
    """Write the log, what the model says of the measured units, and the pictures."""
    lines = "".join(json.dumps(row) + "\n" for row in log)
    (folder / LOG).write_text(lines, encoding="utf-8")
    write_predictions(folder / PREDICTIONS, units, logits)
    if log:  # averaged runs have none of their own
        plot_curves(log, folder / "curves.png")
    plot_labels(metrics, taxonomy, folder / "labels.png")


def write_facts(
    folder: Path,
    config: TrainingConfig,
    decision: Decision,
    metrics: dict[str, Any],
    provenance: dict[str, Any],
) -> None:
    """Write the JSON files of a run."""
    for name, content in (
        ("config", asdict(config)),
        ("decision", asdict(decision)),
        ("metrics", metrics),
        ("provenance", provenance),
    ):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
