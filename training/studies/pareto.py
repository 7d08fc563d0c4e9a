"""`make pareto`: quality against speed and size of several runs, in fp32 and in int8, measured in one go.

F1 on the test split; speed with the classifier that serves, on the same units, in rounds that take
every model in turn, so that other load on the machine meets all of them alike.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fazhi.artifact import LAYOUT
from fazhi.classifier import Classifier
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from training.batches import body_units, sentence_of
from training.corpus import Corpus, load_corpus
from training.evaluation.metrics import measure
from training.evaluation.models import Model
from training.evaluation.trade_off import Point, draw_trade_off, write_points
from training.release.graph import calibration_inputs, fused_graph
from training.release.quantization import quantize
from training.run_folder import Run
from training.studies.quantization import classifier_of

_ROUNDS = 5


def study(runs: Sequence[Run], corpus: Corpus, threads: int | None = None) -> list[Point]:
    """Two points a run, fp32 and int8; sentences per second are medians over the rounds.

    Raises:
        FazhiError: a run can't be exported, or the corpus has no test split.
    """
    units = body_units(corpus.records_of("test"))
    if not units:
        raise RecordError("the corpus has no body units in its split test to measure on")
    training = body_units(corpus.records_of("train"))
    with tempfile.TemporaryDirectory() as scratch:
        exported: list[tuple[Run, str, Classifier]] = []
        for number, run in enumerate(runs):
            for precision in ("fp32", "int8"):
                folder = Path(scratch) / f"{number}-{precision}"
                folder.mkdir()
                fused = fused_graph(run.model, run.encoder(), folder)
                if precision == "fp32":
                    fused.rename(folder / LAYOUT.graph)
                else:
                    inputs = calibration_inputs(run.encoder(), training)
                    quantize(fused, folder / LAYOUT.graph, inputs)
                exported.append((run, precision, classifier_of(run, folder, threads)))
        speeds = _speeds([classifier for _, _, classifier in exported], units)
        return [_point(*row, units, speed) for row, speed in zip(exported, speeds, strict=True)]


def _point(
    run: Run, precision: str, classifier: Classifier, units: Sequence[Record], speed: float
) -> Point:
    metrics = measure(units, Model.of_classifier(classifier).answers(units), run.taxonomy)
    return Point(
        name=run.folder.name,
        layers=run.model.encoder.config.num_hidden_layers,
        precision=precision,
        micro_f1=metrics["micro_f1"],
        macro_f1=metrics["macro_f1"],
        none_f1=metrics["none_f1"],
        role_accuracy=metrics["role_accuracy"],
        sentences_per_s=round(speed, 1),
        megabytes=round(classifier.artifact.graph_file.stat().st_size / 1e6, 1),
    )


def _speeds(classifiers: Sequence[Classifier], units: Sequence[Record]) -> list[float]:
    """Median sentences per second of each, tokenisation included."""
    sentences = [sentence_of(unit) for unit in units]
    seconds: list[list[float]] = [[] for _ in classifiers]
    for _ in range(_ROUNDS):
        for taken, classifier in zip(seconds, classifiers, strict=True):
            began = time.perf_counter()
            classifier.logits(sentences)
            taken.append(time.perf_counter() - began)
    return [len(sentences) / statistics.median(taken) for taken in seconds]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run folders")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus")
    parser.add_argument("--output", type=Path, required=True, help="folder for table and plot")
    arguments = parser.parse_args()
    try:
        runs = [Run.load(folder) for folder in arguments.runs]
        if len({(run.taxonomy.label_ids, run.taxonomy.role_ids) for run in runs}) > 1:
            raise RecordError("the runs have different label sets; compare runs of one TAXONOMY")
        points = study(runs, load_corpus(arguments.data, runs[0].taxonomy))
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    arguments.output.mkdir(parents=True, exist_ok=True)
    write_points(arguments.output / "pareto.csv", points)
    draw_trade_off(points).savefig(arguments.output / "pareto.png", dpi=90)
    for point in points:
        print(", ".join(f"{key} {value}" for key, value in asdict(point).items()))
    print(f"table and plot: {arguments.output}")


if __name__ == "__main__":
    main()
