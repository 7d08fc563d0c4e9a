"""`make annotate-export`: the most useful unlabelled units of a folder of reports, for annotators.

    label-studio.json   tasks with the model's answers as predictions
    label-studio.xml    labelling configuration of the project, from the model's taxonomy
    doccano.jsonl       the same units for doccano
    units.jsonl         the same units in the record format, with scores and why they were chosen

What the model answers is a proposal: `units.jsonl` is to train on only when somebody has corrected it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from fazhi.artifact import Artifact
from fazhi.classifier import Classifier
from fazhi.errors import FazhiError, InputError
from fazhi.records import Record
from fazhi.tagging import TaggedUnit, tag_records
from training.annotation.candidates import candidates
from training.annotation.doccano import write_doccano
from training.annotation.files import check_free, write_whole
from training.annotation.label_studio import labelling_config, write_label_studio
from training.annotation.reports import read_reports
from training.annotation.selection import (
    ROLE,
    UNLIKE,
    Choice,
    choose,
    label_uncertainty,
    role_uncertainty,
)
from training.corpus import load_corpus


def uncertainties(
    tagged: Sequence[TaggedUnit], artifact: Artifact, labelled: Sequence[Record]
) -> dict[str, NDArray[np.float64]]:
    """How unsure the model is of each unit, by label – the rarest in the labelled units first – and role."""
    taxonomy = artifact.taxonomy
    answers = [unit.prediction for unit in tagged if unit.prediction]
    scores = np.array([[a.scores[label] for label in taxonomy.label_ids] for a in answers])
    roles = np.array([[a.role_scores[role] for role in taxonomy.role_ids] for a in answers])
    thresholds = np.array([artifact.config.thresholds[label] for label in taxonomy.label_ids])
    columns = dict(zip(taxonomy.label_ids, label_uncertainty(scores, thresholds).T, strict=True))
    counts = Counter(label for unit in labelled for label in unit.labels or ())
    ordered = sorted(columns, key=lambda label: counts[label])
    return {**{label: columns[label] for label in ordered}, ROLE: role_uncertainty(roles)}


def write_units(
    folder: Path, tagged: Sequence[TaggedUnit], choices: Sequence[Choice], classifier: Classifier
) -> None:
    """Write the four files into a new folder, most useful unit first; all of them or none.

    Raises:
        FazhiError: they can't be written.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        _write_into(partial, tagged, choices, classifier)
        partial.replace(folder)
    except OSError as error:
        raise FazhiError(f"{folder}: can't be written: {error.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_into(
    folder: Path, tagged: Sequence[TaggedUnit], choices: Sequence[Choice], classifier: Classifier
) -> None:
    model = classifier.model_id
    chosen = [tagged[choice.unit] for choice in choices]
    answered = [replace(u.record, labels=u.labels, role=u.role) for u in chosen]
    # Label Studio's sampling by score begins with the lowest one.
    scores = [1 - choice.uncertainty for choice in choices]
    write_label_studio(folder / "label-studio.json", answered, model, scores)
    write_whole(folder / "label-studio.xml", labelling_config(classifier.artifact.taxonomy))
    write_doccano(folder / "doccano.jsonl", answered)
    rows = (
        {**unit.to_json(model), "why": choice.why, "uncertainty": choice.uncertainty}
        for unit, choice in zip(chosen, choices, strict=True)
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(folder / "units.jsonl", "".join(lines))


def summary(
    tagged: Sequence[TaggedUnit],
    choices: Sequence[Choice],
    artifact: Artifact,
    labelled: Sequence[Record],
) -> Table:
    """A line a reason: units chosen for it, units that the model gives the label, labelled units so far."""
    reasons = Counter(choice.why for choice in choices)
    given = Counter(label for choice in choices for label in tagged[choice.unit].labels)
    known = Counter(label for unit in labelled for label in unit.labels or ())
    columns = ("", "unsure of it", "proposed", "labelled so far")
    table = Table(*columns, title=f"{len(choices)} units, and why")
    for label in artifact.taxonomy.labels:
        figures = (reasons[label.id], given[label.id], known[label.id])
        table.add_row(label.name, *map(str, figures))
    table.add_section()
    table.add_row("the role", str(reasons[ROLE]))
    table.add_row("unlike the others", str(reasons[UNLIKE]))
    return table


def main() -> None:
    """Command line; exit code 2 when nothing is written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=Path, required=True, help="folder of reports")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="labelled already")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument("--number", type=int, default=200, help="units to choose")
    arguments = parser.parse_args()
    if arguments.number < 1:
        parser.error("--number must be at least 1")
    try:
        check_free(arguments.output)
        classifier = Classifier.from_pretrained(arguments.model)
        artifact = classifier.artifact
        folder = read_reports(arguments.reports)
        corpus = load_corpus(arguments.data, artifact.taxonomy)
        labelled = [unit for unit in corpus.records if unit.kind == "body"]
        fresh = candidates(folder.units, labelled)
        if not fresh.units:
            raise InputError(f"{arguments.reports}: holds no sentence that isn't labelled already")
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("classifying", total=len(fresh.units))
            tagged = tag_records(fresh.units, classifier, lambda n: progress.advance(task, n))
        unsure = uncertainties(tagged, artifact, labelled)
        choices = choose(fresh.units, unsure, arguments.number)
        write_units(arguments.output, tagged, choices, classifier)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    print(folder.failures(), end="", file=sys.stderr)
    Console().print(summary(tagged, choices, artifact, labelled))
    print(
        f"{folder.n_reports} reports; of their body units {fresh.n_known} are labelled already, "
        f"{fresh.n_repeated} repeat others, {len(fresh.units)} were left to choose from"
    )
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
