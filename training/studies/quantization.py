"""`make quantization-study`: what each way of quantising a run loses, weighs and saves, in one table.

Flips and F1 are measured against fp32 on the held-out units, as `make export` does; speed on this machine,
with the classifier that serves, on the same units.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from rich.console import Console
from rich.table import Table

from fazhi.artifact import LAYOUT, Artifact, ModelConfig
from fazhi.classifier import Classifier, Logits
from fazhi.errors import FazhiError
from fazhi.records import Record
from training.batches import body_units, sentence_of
from training.corpus import Corpus, load_corpus
from training.evaluation.models import Model
from training.release.export import held_out
from training.release.gates import agreement
from training.release.graph import calibration_inputs, fused_graph
from training.release.quantization import Scheme, quantize
from training.run_folder import TOKENIZER, Run

Calibration = Sequence[Mapping[str, NDArray[np.int64]]]
Variant = Callable[[Path, Path, Calibration], None]  # fp32 graph, file to write, inputs for ranges

_MULTIPLIED = ["MatMul", "Attention"]
_EMBEDDINGS = ["EmbedLayerNormalization", "Gather"]
RELEASED = "static, smoothed"


def _static(**changes: Any) -> Variant:  # noqa: ANN401 (fields of Scheme)
    return lambda source, target, inputs: quantize(source, target, inputs, Scheme(**changes))


def _dynamic(per_channel: bool, embeddings: bool) -> Variant:
    """Onnxruntime's own, with 7-bit weights as in the static schemes."""

    def write(source: Path, target: Path, inputs: Calibration) -> None:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=_MULTIPLIED + (_EMBEDDINGS if embeddings else []),
            per_channel=per_channel,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )

    return write


def _unchanged(source: Path, target: Path, inputs: Calibration) -> None:
    shutil.copy(source, target)


VARIANTS: dict[str, Variant] = {
    "fp32": _unchanged,
    "dynamic": _dynamic(per_channel=False, embeddings=True),
    "dynamic, per channel": _dynamic(per_channel=True, embeddings=True),
    "dynamic, per channel, fp32 embeddings": _dynamic(per_channel=True, embeddings=False),
    "static": _static(smoothing=0.0),
    "static, smoothed, one scale a weight": _static(per_channel=False),
    RELEASED: _static(),
    "static, smoothed, fp32 embeddings": _static(embeddings=False),
}


def study(run: Run, corpus: Corpus, threads: int | None = None) -> list[dict[str, Any]]:
    """A row a variant: variant, megabytes, sentences_per_second, and the fields of `Agreement`.

    Raises:
        FazhiError: the run can't be exported, or the corpus has no held-out units.
    """
    units = held_out(corpus)
    training = body_units(corpus.records_of("train"))
    inputs = calibration_inputs(run.encoder(), training)
    exact = Model.of_run(run).logits(units)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        fused = fused_graph(run.model, run.encoder(), Path(scratch))
        for name, write in VARIANTS.items():
            folder = Path(scratch) / f"variant-{len(rows)}"
            folder.mkdir()
            write(fused, folder / LAYOUT.graph, inputs)
            classifier = classifier_of(run, folder, threads)
            rows.append({"variant": name, **_row(classifier, run, units, exact)})
    return rows


def classifier_of(run: Run, folder: Path, threads: int | None) -> Classifier:
    """The classifier that serves, over the graph in `folder` and whatever else is `run`'s."""
    shutil.copy(run.folder / TOKENIZER, folder / LAYOUT.tokenizer)
    config = ModelConfig(
        name=folder.name,
        version="0",
        encoding=run.encoder().settings,
        thresholds=run.decision.thresholds,
        fallback_threshold=run.decision.fallback_threshold,
        calibration=run.decision.calibration,
        role_temperature=run.decision.role_temperature,
    )
    return Classifier(Artifact(folder, config, run.taxonomy, ()), threads)


def _row(
    classifier: Classifier, run: Run, units: Sequence[Record], exact: Logits
) -> dict[str, Any]:
    sentences = [sentence_of(unit) for unit in units]
    classifier.logits(sentences[:50])  # warm
    began = time.perf_counter()
    got = classifier.logits(sentences)
    seconds = time.perf_counter() - began
    return {
        "megabytes": round(classifier.artifact.graph_file.stat().st_size / 1e6, 1),
        "sentences_per_second": round(len(sentences) / seconds, 1),
        **asdict(agreement(exact, got, units, run.decision, run.taxonomy)),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="run folder of `make train`")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="corpus whose splits are measured"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables")
    arguments = parser.parse_args()
    try:
        run = Run.load(arguments.run)
        rows = study(run, load_corpus(arguments.data, run.taxonomy))
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    table = Table(*rows[0], title=f"{arguments.run}, against fp32")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)
    arguments.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rows, indent=1) + "\n"
    (arguments.output / "quantization.json").write_text(text, encoding="utf-8")
    with (arguments.output / "quantization.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    print(f"tables: {arguments.output}")


if __name__ == "__main__":
    main()
