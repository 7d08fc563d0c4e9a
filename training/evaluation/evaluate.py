"""`make evaluate`: a model folder against labelled units, beside other systems on the same units.

The others: the commonest answer, keyword rules, TF-IDF with a linear SVM, the base encoder frozen
under logistic regression, and run folders of `make train` in fp32 (several: mean and spread over
seeds).
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fazhi.classifier import Classifier
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units
from training.corpus import SPLITS, Corpus, load_corpus
from training.evaluation.comparison import compare, to_markdown
from training.evaluation.models import Model
from training.evaluation.slices import noised, slice_rows
from training.evaluation.systems import VECTORS, all_answers
from training.evaluation.tables import print_comparison, print_labels, print_slices
from training.run_folder import Run
from training.sources import read_units


@dataclass(frozen=True)
class Measured:
    """What is measured on: body units, and the headings of the same reports."""

    place: str
    units: list[Record]
    headings: list[Record]


def read_gold(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """The body units of an annotated file.

    Raises:
        RecordError: the file can't be used, or its labels aren't in the taxonomy.
    """
    return body_units(read_units(path, taxonomy))


def _measured(arguments: argparse.Namespace, corpus: Corpus, taxonomy: Taxonomy) -> Measured:
    """The units that the command line asks for.

    Raises:
        RecordError: there are none, or nothing to learn the baselines from.
    """
    if arguments.gold:
        place = ", ".join(map(str, arguments.gold))
        records = [r for path in arguments.gold for r in read_units(path, taxonomy)]
    else:
        place = f"{', '.join(map(str, arguments.data))}, split {arguments.split}"
        records = corpus.records_of(arguments.split)
    units = body_units(records)
    if not units:
        raise RecordError(f"{place}: no labelled body units to measure on")
    if not body_units(corpus.records_of("train")):
        raise RecordError(
            f"{', '.join(map(str, arguments.data))}: its split train has no body units to learn from"
        )
    if arguments.noise:
        units, place = noised(units), f"{place}, with noise"
    headings = [record for record in records if record.kind in ("title", "heading")]
    return Measured(place, units, headings)


def _load_runs(folders: Sequence[Path], taxonomy: Taxonomy) -> list[Model]:
    """Run folders.

    Raises:
        FazhiError: one isn't finished, or has other labels or roles than the model folder.
    """
    runs = [Run.load(folder) for folder in folders]
    for run in runs:
        theirs = (run.taxonomy.label_ids, run.taxonomy.role_ids)
        if theirs != (taxonomy.label_ids, taxonomy.role_ids):
            raise RecordError(
                f"{run.folder}: has other labels or roles than the model; compare models of one taxonomy (RUNS= names others, or none)"
            )
    return [Model.of_run(run) for run in runs]


def write_tables(
    folder: Path,
    place: str,
    rows: Sequence[Mapping[str, Any]],
    slices: Sequence[Mapping[str, Any]],
) -> None:
    """Write `comparison.json`, `comparison.md` and `per-label.csv` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"measured_on": place, "systems": rows, "slices": slices}
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / "comparison.json").write_text(text, encoding="utf-8")
    (folder / "comparison.md").write_text(to_markdown(rows), encoding="utf-8")
    with (folder / "per-label.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "support", *(row["system"] for row in rows)])
        for label, figures in rows[-1]["per_label"].items():
            f1 = [row["per_label"][label]["f1"] for row in rows]
            writer.writerow([label, figures["support"], *f1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        help="corpus; the baselines learn from its train split",
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
        "--runs", type=Path, nargs="*", default=[], help="run folders to measure in fp32"
    )
    parser.add_argument("--base_model", required=True, help="encoder to measure frozen")
    parser.add_argument(
        "--noise", action="store_true", help="disturb every unit as bad pages and scans do"
    )
    parser.add_argument(
        "--slices", action="store_true", help="also measure the model on parts of the units"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables")
    return parser.parse_args()


def main() -> None:
    """Command line."""
    arguments = _arguments()
    try:
        model = Model.of_classifier(Classifier.from_pretrained(arguments.model))
        taxonomy = model.taxonomy
        corpus = load_corpus(arguments.data, taxonomy)
        measured = _measured(arguments, corpus, taxonomy)
        runs = _load_runs(arguments.runs, taxonomy)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    units = measured.units
    cache = arguments.output.with_name(VECTORS)
    systems = all_answers(model, runs, corpus, units, arguments.base_model, cache)
    rows = compare(systems, units, taxonomy)
    slices = (
        slice_rows(model.answers, units, measured.headings, corpus.facts, taxonomy)
        if arguments.slices
        else []
    )
    print_comparison(rows, f"{measured.place}: {len(units)} body units")
    print_labels(rows[-1], taxonomy)
    if slices:
        print_slices(slices, model.name)
    write_tables(arguments.output, measured.place, rows, slices)
    print(f"tables: {arguments.output}")


if __name__ == "__main__":
    main()
