"""`Classifier.predict(sentences) → list[Prediction]` on onnxruntime.

Knows artifacts and tensors, not reports or HTTP. Thread-safe.

Two sessions over one graph: batches that run side by side take one thread each, which wastes none on
waiting for one another; a batch that runs alone takes all threads, which is sooner.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# Since 1.29 its wheels report to their maker unless told otherwise before they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fazhi.artifact import Artifact
from fazhi.cpus import available_cpus
from fazhi.encoding import EncodedSentence, Encoder, Sentence, collate
from fazhi.errors import ArtifactError

# Padding included. Beyond this the matrices leave the cache and throughput falls.
MAX_BATCH_TOKENS = 512

# int8 kernels differ between CPUs (with and without VNNI): scores may move by this much.
GOLDEN_TOLERANCE = 0.1

_LARGEST = 700.0  # whose exponential a float holds


class Logits(NamedTuple):
    """Raw outputs, float32: `topics` (sentences, labels), `roles` (sentences, roles)."""

    topics: NDArray[np.float32]
    roles: NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """What the model says of one sentence.

    `scores` are independent probabilities by label id; `labels` are those at or above their
    threshold, strongest first, or the likeliest alone (`ModelConfig.fallback_threshold`). `role_scores` sum to 1. `truncated`: the sentence was cut.
    """

    labels: tuple[str, ...]
    role: str
    scores: dict[str, float]
    role_scores: dict[str, float]
    n_tokens: int
    truncated: bool


class Classifier:
    """A verified model folder, ready to answer."""

    def __init__(self, artifact: Artifact, threads: int | None = None) -> None:
        """Open the graph of `artifact` with `threads` (default: the CPUs this process may use).

        Raises:
            ArtifactError: onnxruntime can't run the graph, or a golden sentence is answered
                differently than at export.
        """
        self.artifact = artifact
        self.threads = threads or available_cpus()
        try:
            self._wide = _session(artifact, self.threads)
            self._narrow = _session(artifact, 1) if self.threads > 1 else self._wide
            self._encoder = Encoder(
                Tokenizer.from_file(str(artifact.tokenizer_file)), artifact.config.encoding
            )
        except Exception as error:  # both libraries raise bare Exceptions of their own
            raise self._unusable(error) from None
        config, ids = artifact.config, artifact.taxonomy.label_ids
        self._thresholds = [config.thresholds[label] for label in ids]
        self._calibration = [
            (config.calibration[label].scale, config.calibration[label].offset) for label in ids
        ]
        self._replay_golden()

    @classmethod
    def from_pretrained(cls, folder: str | Path, threads: int | None = None) -> Classifier:
        """Load and verify a model folder.

        Raises:
            ArtifactError: see `Artifact.load` and the constructor.
        """
        return cls(Artifact.load(Path(folder)), threads)

    @property
    def model_id(self) -> str:
        """Name and version of the artifact, as predictions carry it."""
        return f"{self.artifact.config.name}@{self.artifact.config.version}"

    def predict(
        self, sentences: Sequence[Sentence], threshold: float | None = None
    ) -> list[Prediction]:
        """Classify sentences, in order; `threshold` replaces the artifact's own for every label."""
        encoded = self.encode(sentences)
        return self.decide(encoded, self._logits(encoded), threshold)

    def logits(self, sentences: Sequence[Sentence]) -> Logits:
        """Raw outputs for sentences, in order; for calibration and for comparing exports."""
        return self._logits(self.encode(sentences))

    def encode(self, sentences: Sequence[Sentence]) -> list[EncodedSentence]:
        """First step of `predict`: token ids, in order."""
        return self._encoder.encode(sentences)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Spans `(start, end)` of the tokenizer's pieces in a text; often whole words."""
        return self._encoder.pieces(text)

    def infer(self, batch: Sequence[EncodedSentence], alone: bool) -> Logits:
        """Second step: raw outputs of one batch, padded to its longest; with all threads if `alone`."""
        session = self._wide if alone else self._narrow
        inputs = collate(batch, self._encoder.pad_id)
        return Logits(*session.run(["topic_logits", "role_logits"], inputs))

    def decide(
        self, encoded: Sequence[EncodedSentence], logits: Logits, threshold: float | None = None
    ) -> list[Prediction]:
        """Last step: calibrated scores, labels and roles; a row of `logits` for each sentence."""
        if threshold is None:
            thresholds, fallback = self._thresholds, self.artifact.config.fallback_threshold
        else:
            thresholds, fallback = [threshold] * len(self._thresholds), threshold
        rows = zip(encoded, logits.topics.tolist(), logits.roles.tolist(), strict=True)
        return [self._decide(*row, thresholds, fallback) for row in rows]

    def _decide(
        self,
        sentence: EncodedSentence,
        topics: list[float],
        roles: list[float],
        thresholds: Sequence[float],
        fallback: float,
    ) -> Prediction:
        """Plain numbers: numpy takes four times as long for one sentence, which most requests are."""
        config, taxonomy = self.artifact.config, self.artifact.taxonomy
        scores = [
            _sigmoid(scale * logit + offset)
            for logit, (scale, offset) in zip(topics, self._calibration, strict=True)
        ]
        role_scores = _softmax([logit / config.role_temperature for logit in roles])
        chosen = [i for i, score in enumerate(scores) if score >= thresholds[i]]
        if not chosen and sentence.has_headings and (best := max(scores)) >= fallback:
            chosen = [scores.index(best)]
        return Prediction(
            labels=tuple(taxonomy.label_ids[i] for i in sorted(chosen, key=lambda i: -scores[i])),
            role=taxonomy.role_ids[role_scores.index(max(role_scores))],
            scores=_by_id(taxonomy.label_ids, scores),
            role_scores=_by_id(taxonomy.role_ids, role_scores),
            n_tokens=sentence.n_tokens,
            truncated=sentence.truncated,
        )

    def _logits(self, encoded: Sequence[EncodedSentence]) -> Logits:
        taxonomy = self.artifact.taxonomy
        topics = np.zeros((len(encoded), len(taxonomy.labels)), dtype=np.float32)
        roles = np.zeros((len(encoded), len(taxonomy.roles)), dtype=np.float32)
        batches = list(_batches([sentence.n_tokens for sentence in encoded]))

        def run(rows: list[int]) -> None:
            batch = [encoded[i] for i in rows]
            topics[rows], roles[rows] = self.infer(batch, alone=len(batches) == 1)

        with ThreadPoolExecutor(self.threads) as lanes:
            list(lanes.map(run, batches))
        return Logits(topics, roles)

    def _unusable(self, error: Exception) -> ArtifactError:
        reason = " ".join(str(error).split())[:200]
        return ArtifactError(f"{self.artifact.folder}: the model can't be loaded: {reason}")

    def _replay_golden(self) -> None:
        golden = self.artifact.golden
        try:
            answers = self.predict([Sentence(g.text, g.heading_path) for g in golden])
        except Exception as error:  # other inputs, outputs or shapes than a model folder's
            raise self._unusable(error) from None
        for expected, answer in zip(golden, answers, strict=True):
            for scores, got in (
                (expected.scores, answer.scores),
                (expected.role_scores, answer.role_scores),
            ):
                for key, score in scores.items():
                    if not abs(got.get(key, -1.0) - score) <= GOLDEN_TOLERANCE:  # NaN is no answer
                        raise ArtifactError(
                            f"{self.artifact.folder}: on this machine the model scores `{key}` at "
                            f"{got.get(key, -1.0):.2f} instead of {score:.2f} for the golden sentence "
                            f"“{expected.text[:20]}…”; export it again on a machine of this kind"
                        )


def _session(artifact: Artifact, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph has been fused at export. What this would still fuse, additions with the layer
    # normalisation behind them, has a slower kernel than its parts.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # Threads that wait by spinning are quick within a call; after it they must leave the CPU to others.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return ort.InferenceSession(
        str(artifact.graph_file), options, providers=["CPUExecutionProvider"]
    )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches of similar length, each at most `MAX_BATCH_TOKENS` with padding."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and lengths[i] * (len(batch) + 1) > MAX_BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _by_id(ids: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    return {id_: round(value, 4) for id_, value in zip(ids, values, strict=True)}


def _sigmoid(x: float) -> float:
    return 0.0 if x < -_LARGEST else 1 / (1 + math.exp(-x))  # NaN stays NaN


def _softmax(x: Sequence[float]) -> list[float]:
    largest = max(x)
    e = [math.exp(value - largest) for value in x]
    total = sum(e)
    return [value / total for value in e]
