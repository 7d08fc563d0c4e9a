"""`make evaluate`: a model folder against labelled units, beside two baselines on the same units."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from fazhi.classifier import Classifier
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record, read_records
from fazhi.taxonomy import Taxonomy
from training.augmentation import disturb
from training.baselines import majority, tfidf_svm
from training.batches import sentence_of
from training.corpus import SPLITS, check_labels, load_corpus
from training.metrics import score

_SUMMARY = ("micro_f1", "macro_f1", "exact_match", "none_f1", "role_accuracy")
_NOISE_SEED = 0


def evaluate_classifier(classifier: Classifier, units: Sequence[Record]) -> dict[str, Any]:
    """Metrics of a model folder over body units."""
    predictions = classifier.predict([sentence_of(unit) for unit in units])
    return score(
        units,
        [p.labels for p in predictions],
        [p.role for p in predictions],
        classifier.artifact.taxonomy,
    )


def read_gold(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """The body units of an annotated file.

    Raises:
        RecordError: the file can't be used, or its labels aren't in the taxonomy.
    """
    records = read_records(path)
    for record in records:
        check_labels(record, taxonomy, f"{path}, unit {record.id}")
    return [record for record in records if record.kind == "body"]


def noised(units: Sequence[Record]) -> list[Record]:
    """The units with noise over their text and headings; the same noise on every call."""
    rng = random.Random(_NOISE_SEED)
    disturbed = [disturb(sentence_of(unit), rng) for unit in units]
    return [
        replace(unit, text=sentence.text, heading_path=sentence.heading_path)
        for unit, sentence in zip(units, disturbed, strict=True)
    ]


def print_metrics(rows: dict[str, dict[str, Any]], taxonomy: Taxonomy, title: str) -> None:
    """Two tables: a line a system, and a line a label for the last system."""
    console = Console()
    summary = Table("system", *_SUMMARY, title=title)
    for name, metrics in rows.items():
        summary.add_row(name, *(f"{metrics[key]:.3f}" for key in _SUMMARY))
    console.print(summary)
    name, metrics = list(rows.items())[-1]
    labels = Table(
        "label", "name", "precision", "recall", "f1", "support", title=f"{name}, by label"
    )
    for label in taxonomy.labels:
        row = metrics["per_label"][label.id]
        figures = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        labels.add_row(
            label.id, label.name, *(figures if row["support"] else ["–"] * 3), str(row["support"])
        )
    console.print(labels)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument(
        "--data", type=Path, required=True, help="corpus; the baselines learn from its train split"
    )
    parser.add_argument("--split", choices=SPLITS, default="test", help="split to measure on")
    parser.add_argument(
        "--gold",
        type=Path,
        nargs="*",
        default=[],
        help="measure on these annotated files instead of a split",
    )
    parser.add_argument(
        "--noise", action="store_true", help="disturb every unit as bad pages and scans do"
    )
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    try:
        classifier = Classifier.from_pretrained(arguments.model)
        taxonomy = classifier.artifact.taxonomy
        corpus = load_corpus(arguments.data, taxonomy)
        train = corpus.records_of("train")
        if arguments.gold:
            units = [unit for path in arguments.gold for unit in read_gold(path, taxonomy)]
        else:
            units = [r for r in corpus.records_of(arguments.split) if r.kind == "body"]
        place = (
            ", ".join(map(str, arguments.gold))
            if arguments.gold
            else f"{arguments.data}, split {arguments.split}"
        )
        if not units or not train:
            raise RecordError(f"{place}: no labelled body units to measure on")
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    if arguments.noise:
        units = noised(units)
        place += ", with noise"
    rows = {
        "majority": majority(train, units, taxonomy),
        "TF-IDF + linear SVM": tfidf_svm(train, units, taxonomy, seed=0),
        classifier.model_id: evaluate_classifier(classifier, units),
    }
    print_metrics(rows, taxonomy, f"{place}: {len(units)} body units")
    if arguments.json:
        arguments.json.write_text(
            json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
