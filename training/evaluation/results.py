"""What run folders say of themselves, without loading their weights: log, settings, answers.

Runs are compared on the units that all of them were measured on, in the order of the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fazhi.classifier import Logits
from fazhi.errors import ArtifactError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.decision import Decision
from training.evaluation.metrics import Answers
from training.predictions import Predictions, read_predictions
from training.run_folder import LOG, PREDICTIONS, TAXONOMY


@dataclass(frozen=True)
class Results:
    """A finished run; `log` has a dictionary an entry, `config` the resolved settings."""

    name: str
    config: dict[str, Any]
    log: list[dict[str, Any]]
    taxonomy: Taxonomy
    decision: Decision
    predictions: Predictions


def read_results(folder: Path, split: str) -> Results:
    """Read a run folder, and what the run says of the units of one split.

    Raises:
        ArtifactError: the folder isn't a finished run, or it has no units of that split.
    """
    try:
        config, decision = (
            json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("config", "decision")
        )
        log = (folder / LOG).read_text(encoding="utf-8").splitlines()
        results = Results(
            name=folder.name,
            config=config,
            log=[json.loads(line) for line in log],
            taxonomy=Taxonomy.from_file(folder / TAXONOMY),
            decision=Decision.from_json(decision),
            predictions=read_predictions(folder / PREDICTIONS, split),
        )
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ArtifactError(f"{folder}: not a finished run folder ({error}); make train") from None
    if not results.predictions.ids:
        raise ArtifactError(f"{folder}: was not measured on the split {split}; choose another")
    return results


def finished_runs(folder: Path) -> list[Path]:
    """Run folders in a folder, oldest first."""
    found = [path.parent for path in folder.glob(f"*/{PREDICTIONS}")]
    return sorted(found, key=lambda run: (run / PREDICTIONS).stat().st_mtime)


def common_answers(
    runs: Sequence[Results], known: Mapping[str, Record]
) -> tuple[list[Record], dict[str, Answers]]:
    """The units that all runs were measured on, and what each run says of them, by its name.

    Labels and role are those that the runs were measured against; text and headings are those of
    `known`, by unit id, and empty where it lacks the unit.

    Raises:
        RecordError: the runs have no unit in common, other label sets, or other labels for a unit.
    """
    first = runs[0]
    shared = set(first.predictions.ids).intersection(*(run.predictions.ids for run in runs))
    if not shared:
        raise RecordError("the runs have no measured unit in common; compare runs on the same data")
    units = _units(first.predictions, shared, known)
    answers = {}
    for run in runs:
        theirs = (run.taxonomy.label_ids, run.taxonomy.role_ids)
        if theirs != (first.taxonomy.label_ids, first.taxonomy.role_ids):
            raise RecordError(f"{run.name}: has other labels or roles than {first.name}")
        found = run.predictions
        row = {unit: i for i, unit in enumerate(found.ids)}
        rows = [row[unit.id] for unit in units]
        for unit, i in zip(units, rows, strict=True):
            if (set(found.labels[i]), found.roles[i]) != (set(unit.labels or ()), unit.role):
                raise RecordError(
                    f"{run.name}: unit {unit.id} has other labels than in {first.name}; "
                    "train both on the same data"
                )
        logits = Logits(found.logits.topics[rows], found.logits.roles[rows])
        answers[run.name] = run.decision.answers(logits, units, first.taxonomy)
    return units, answers


def _units(found: Predictions, shared: set[str], known: Mapping[str, Record]) -> list[Record]:
    units = []
    for id_, labels, role in zip(found.ids, found.labels, found.roles, strict=True):
        if id_ in shared:
            text, headings = (
                (known[id_].text, known[id_].heading_path) if id_ in known else ("", ())
            )
            units.append(Record(id_, text, "body", headings, labels, role))
    return units
