"""A run folder: everything that one training run leaves behind, and how to read it back.

config.json             resolved configuration
classifier.safetensors  weights; encoder/ and sizes.json describe them
tokenizer.json          the base model's fast tokenizer
taxonomy.yaml           label set
decision.json           temperatures and threshold
metrics.json            validation and test figures
provenance.json         data hashes, reports by split, package versions
log.jsonl               loss and validation figures by step
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from fazhi.encoding import Encoder, EncodingSettings
from fazhi.errors import ArtifactError
from fazhi.taxonomy import Taxonomy
from training.config import TrainingConfig
from training.decision import Decision
from training.model import SentenceClassifier

TOKENIZER = "tokenizer.json"
TAXONOMY = "taxonomy.yaml"
LOG = "log.jsonl"


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
                decision=Decision(**_read(folder / "decision.json")),
                metrics=_read(folder / "metrics.json"),
                provenance=_read(folder / "provenance.json"),
                taxonomy=Taxonomy.from_file(folder / TAXONOMY),
                model=SentenceClassifier.from_pretrained(folder),
            )
        except (OSError, ValueError, TypeError) as error:
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
