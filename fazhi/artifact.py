"""A model folder: its layout, and loading it only when nothing has been changed.

    model.onnx       int8 graph: input_ids, attention_mask, token_type_ids → topic_logits, role_logits
    tokenizer.json   fast tokenizer
    taxonomy.yaml    labels, groups and roles, in logit order
    config.json      name, version, encoding settings, thresholds, calibration, provenance
    golden.jsonl     sentences with the scores that the model gave them when it was exported
    metrics.json     what was measured, on which data
    README.md        model card
    manifest.json    SHA-256 of every other file

Serving reads nothing else. Knows nothing of onnxruntime.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fazhi.encoding import EncodingSettings
from fazhi.errors import ArtifactError, TaxonomyError
from fazhi.taxonomy import Taxonomy

FORMAT = 2

# The release that a checkout carries; the variable names another one.
RELEASED_MODEL = Path(__file__).parents[1] / "models" / "fazhi-small"
MODEL_VARIABLE = "FAZHI_MODEL"


@dataclass(frozen=True)
class Layout:
    """File names inside a model folder."""

    graph: str = "model.onnx"
    tokenizer: str = "tokenizer.json"
    taxonomy: str = "taxonomy.yaml"
    config: str = "config.json"
    golden: str = "golden.jsonl"
    metrics: str = "metrics.json"
    card: str = "README.md"
    manifest: str = "manifest.json"

    def files(self) -> tuple[str, ...]:
        """Every file that the manifest vouches for."""
        return tuple(name for key, name in asdict(self).items() if key != "manifest")


LAYOUT = Layout()


@dataclass(frozen=True)
class Calibration:
    """A topic's log-odds are `scale * logit + offset`, so that its score reads as a probability."""

    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class ModelConfig:
    """What the classifier must know besides graph, tokenizer and taxonomy.

    `thresholds`: probability from which a topic is given, by label id. `calibration`: by label
    id. `role_temperature` divides the role logits. `fallback_threshold`: probability from which a
    sentence below headings, when no topic reaches its threshold, is given the likeliest one.
    """

    name: str
    version: str
    encoding: EncodingSettings
    thresholds: dict[str, float]
    calibration: dict[str, Calibration]
    role_temperature: float = 1.0
    fallback_threshold: float = 1.0
    provenance: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> ModelConfig:
        """Read what `to_json` wrote; raises KeyError or TypeError on anything else."""
        fields = dict(raw)
        if fields.pop("format") != FORMAT:
            raise KeyError("format")
        fields["encoding"] = EncodingSettings(**fields["encoding"])
        fields["calibration"] = {
            label: Calibration(**values) for label, values in fields["calibration"].items()
        }
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """The configuration as it stands in `config.json`."""
        return {"format": FORMAT, **asdict(self)}


@dataclass(frozen=True)
class GoldenSentence:
    """A sentence and the scores that it had at export, by label id and role id."""

    text: str
    heading_path: tuple[str, ...]
    scores: dict[str, float]
    role_scores: dict[str, float]


@dataclass(frozen=True)
class Artifact:
    """A verified model folder."""

    folder: Path
    config: ModelConfig
    taxonomy: Taxonomy
    golden: tuple[GoldenSentence, ...]

    @classmethod
    def load(cls, folder: Path) -> Artifact:
        """Open a model folder, checking the hash of every file.

        Raises:
            ArtifactError: the folder is missing, incomplete, of another format, or a file
                isn't the one that the manifest names.
        """
        verify(folder)
        try:
            config = ModelConfig.from_json(_read_json(folder / LAYOUT.config))
            taxonomy = Taxonomy.from_file(folder / LAYOUT.taxonomy)
            golden = tuple(
                GoldenSentence(**{**row, "heading_path": tuple(row["heading_path"])})
                for row in map(json.loads, _read(folder / LAYOUT.golden).splitlines())
            )
        except (AttributeError, KeyError, TypeError, ValueError, TaxonomyError) as error:
            raise ArtifactError(
                f"{folder}: not a model folder of format {FORMAT} ({error}); export it again"
            ) from None
        for name, values in (
            ("threshold", config.thresholds),
            ("calibration", config.calibration),
        ):
            missing = [label for label in taxonomy.label_ids if label not in values]
            if missing:
                raise ArtifactError(f"{folder}: {LAYOUT.config} lacks a {name} for `{missing[0]}`")
        return cls(folder, config, taxonomy, golden)

    @property
    def metrics(self) -> dict[str, Any]:
        """What was measured before release."""
        metrics: dict[str, Any] = _read_json(self.folder / LAYOUT.metrics)
        return metrics

    @property
    def tokenizer_file(self) -> Path:
        """The fast tokenizer's file."""
        return self.folder / LAYOUT.tokenizer

    @property
    def graph_file(self) -> Path:
        """The ONNX graph's file."""
        return self.folder / LAYOUT.graph


def write_manifest(folder: Path) -> None:
    """Hash every file of a finished model folder; the last step of an export.

    Raises:
        ArtifactError: a file of the layout is missing.
    """
    missing = [name for name in LAYOUT.files() if not (folder / name).is_file()]
    if missing:
        raise ArtifactError(f"{folder}: the export is incomplete, {missing[0]} is missing")
    manifest = {
        "format": FORMAT,
        "sha256": {name: _sha256(folder / name) for name in LAYOUT.files()},
    }
    (folder / LAYOUT.manifest).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def verify(folder: Path) -> None:
    """Check the layout and every hash.

    Raises:
        ArtifactError: names the folder and the file.
    """
    if not os.path.isdir(folder):
        raise ArtifactError(f"{folder}: no such model folder")
    manifest = _read_json(folder / LAYOUT.manifest)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(f"{folder}: {LAYOUT.manifest} is of another format than {FORMAT}")
    hashes = manifest.get("sha256")
    if not isinstance(hashes, dict) or set(hashes) != set(LAYOUT.files()):
        raise ArtifactError(
            f"{folder}: {LAYOUT.manifest} names other files than a model folder has"
        )
    for name, expected in hashes.items():
        if not (folder / name).is_file():
            raise ArtifactError(f"{folder}: {name} is missing")
        if _sha256(folder / name) != expected:
            raise ArtifactError(
                f"{folder}: {name} has been changed since the export; restore the folder or export again"
            )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(f"{path.parent}: {path.name}: {error.strerror}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ArtifactError(f"{path.parent}: {path.name} is missing or unreadable") from None


def _read_json(path: Path) -> Any:  # noqa: ANN401 (whatever the file holds)
    try:
        return json.loads(_read(path))
    except (ValueError, RecursionError):
        raise ArtifactError(f"{path.parent}: {path.name} isn't valid JSON") from None
