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

from fazhi.errors import ArtifactError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units, example_of
from training.evaluation.models import Model, open_model

_SOFT_SHARE = 0.5  # weight of the teachers' answer where there are labels

# Views that nobody labelled, as shares of the labelled units.
_BARE_SHARE = 0.15
_MOVED_SHARE = 0.5


def load_teachers(folders: str, taxonomy: Taxonomy) -> list[Model]:
    """The model and run folders that are named, separated by commas.

    Raises:
        ArtifactError: one is neither, or has another label set.
    """
    teachers = []
    for folder in folders.split(","):
        teacher = open_model(Path(folder.strip()))
        known, wanted = teacher.taxonomy, taxonomy
        if (known.label_ids, known.role_ids) != (wanted.label_ids, wanted.role_ids):
            raise ArtifactError(
                f"{folder.strip()}: can't teach this label set; train a teacher with the same TAXONOMY"
            )
        teachers.append(teacher)
    return teachers


def soft_examples(
    teachers: Sequence[Model], units: Sequence[Record], taxonomy: Taxonomy, seed: int
) -> list[dict[str, Any]]:
    """Rows of the training dataset with blended targets: `units`, then views that nobody labelled."""
    rng = random.Random(seed)
    bodies = body_units(units)
    bare = rng.sample(bodies, round(_BARE_SHARE * len(bodies)))
    moved = rng.sample(bodies, round(_MOVED_SHARE * len(bodies)))
    views = [Record("", unit.text) for unit in bare]
    views += [Record("", u.text, heading_path=rng.choice(bodies).heading_path) for u in moved]
    rows = [example_of(unit, taxonomy) for unit in [*units, *views]]
    topics, roles = _answers(teachers, [*units, *views])
    for index, (row, topic, role) in enumerate(zip(rows, topics, roles, strict=True)):
        share = _SOFT_SHARE if index < len(units) else 1.0
        row["topics"] = list(share * topic + (1 - share) * np.array(row["topics"]))
        if index >= len(units) or any(row["role"]):  # headings teach no role
            row["role"] = list(share * role + (1 - share) * np.array(row["role"]))
    return rows


def _answers(
    teachers: Sequence[Model], units: Sequence[Record]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean calibrated probabilities: topics (units, labels), roles (units, roles)."""
    answers = [t.decision.probabilities(t.logits(units), t.taxonomy) for t in teachers]
    topics, roles = zip(*answers, strict=True)
    return np.mean(topics, axis=0), np.mean(roles, axis=0)
