"""What a run says of the units that it was measured on: a file for notebooks and ensembles.

A line is a body unit: id, split, labels and role as annotated, and the logits of the fp32 model in
the order of the run's taxonomy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fazhi.classifier import Logits
from fazhi.records import Record

_DECIMALS = 4


@dataclass(frozen=True)
class Predictions:
    """The units of one split in file order: `logits.topics` (units, labels), `logits.roles` (units, roles)."""

    ids: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]
    logits: Logits


def write_predictions(
    path: Path, units: dict[str, list[Record]], logits: dict[str, Logits]
) -> None:
    """Write the units and logits of each split."""
    with path.open("w", encoding="utf-8") as file:
        for split, records in units.items():
            rows = zip(records, logits[split].topics, logits[split].roles, strict=True)
            for record, topics, roles in rows:
                row = {
                    "id": record.id,
                    "split": split,
                    "labels": list(record.labels or ()),
                    "role": record.role,
                    "topic_logits": [round(float(x), _DECIMALS) for x in topics],
                    "role_logits": [round(float(x), _DECIMALS) for x in roles],
                }
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_predictions(path: Path, split: str) -> Predictions:
    """Read what `write_predictions` wrote of one split."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["split"] == split]
    return Predictions(
        ids=tuple(row["id"] for row in rows),
        labels=tuple(tuple(row["labels"]) for row in rows),
        roles=tuple(row["role"] for row in rows),
        logits=Logits(
            np.array([row["topic_logits"] for row in rows], np.float32),
            np.array([row["role_logits"] for row in rows], np.float32),
        ),
    )
