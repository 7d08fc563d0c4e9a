"""What a student learns from: the labels of people and the answers of teachers, blended into one target.

Cross-entropy is linear in its target, so that learning from both at once is learning from their
mean (Hinton et al., “Distilling the Knowledge in a Neural Network”, 2015, at temperature 1, with logits
calibrated beforehand). Where nobody labelled – a sentence without its headings, or under those of
another – the teachers' answer stands alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fazhi.encoding import Sentence
from fazhi.errors import ArtifactError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units, example_of, predict_logits, sentence_of
from training.run_folder import Run

_SOFT_SHARE = 0.5  # weight of the teachers' answer where there are labels

# Views that nobody labelled, as shares of the labelled units.
_BARE_SHARE = 0.15
_MOVED_SHARE = 0.5


def load_teachers(folders: str, taxonomy: Taxonomy) -> list[Run]:
    """The runs that are named, separated by commas.

    Raises:
        ArtifactError: one isn't a finished run, or has another label set.
    """
    teachers = [Run.load(Path(folder.strip())) for folder in folders.split(",")]
    for teacher in teachers:
        known, wanted = teacher.taxonomy, taxonomy
        if (known.label_ids, known.role_ids) != (wanted.label_ids, wanted.role_ids):
            raise ArtifactError(
                f"{teacher.folder}: can't teach this label set; train a teacher with the same TAXONOMY"
            )
    return teachers


def soft_examples(
    teachers: Sequence[Run], units: Sequence[Record], taxonomy: Taxonomy, seed: int
) -> list[dict[str, Any]]:
    """Rows of the training dataset with blended targets: `units`, then views that nobody labelled."""
    rng = random.Random(seed)
    bodies = body_units(units)
    bare = rng.sample(bodies, round(_BARE_SHARE * len(bodies)))
    moved = rng.sample(bodies, round(_MOVED_SHARE * len(bodies)))
    views = [Sentence(unit.text) for unit in bare]
    views += [Sentence(unit.text, rng.choice(bodies).heading_path) for unit in moved]
    rows = [example_of(unit, taxonomy) for unit in units]
    rows += [example_of(Record("", v.text, heading_path=v.heading_path), taxonomy) for v in views]
    topics, roles = _answers(teachers, [*map(sentence_of, units), *views])
    for index, (row, topic, role) in enumerate(zip(rows, topics, roles, strict=True)):
        share = _SOFT_SHARE if index < len(units) else 1.0
        row["topics"] = list(share * topic + (1 - share) * np.array(row["topics"]))
        if index >= len(units) or any(row["role"]):  # headings teach no role
            row["role"] = list(share * role + (1 - share) * np.array(row["role"]))
    return rows


def _answers(
    teachers: Sequence[Run], sentences: Sequence[Sentence]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean calibrated probabilities: topics (sentences, labels), roles (sentences, roles)."""
    answers = []
    for teacher in teachers:
        logits = predict_logits(teacher.model, teacher.encoder(), sentences)
        answers.append(teacher.decision.probabilities(logits, teacher.taxonomy))
    topics, roles = zip(*answers, strict=True)
    return np.mean(topics, axis=0), np.mean(roles, axis=0)
