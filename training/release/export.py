"""`make export`: a run folder → an int8 ONNX model folder, or a refusal when the two disagree."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fazhi.artifact import LAYOUT, Artifact, ModelConfig, write_manifest
from fazhi.classifier import Classifier, Prediction
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from training.batches import body_units, sentence_of
from training.corpus import Corpus, load_corpus
from training.decision import Decision
from training.evaluation.comparison import CALIBRATION, compare
from training.evaluation.metrics import measure
from training.evaluation.models import Model
from training.evaluation.slices import slice_rows
from training.evaluation.systems import VECTORS, all_answers
from training.release.gates import Agreement, agreement, check
from training.release.graph import calibration_inputs, fused_graph
from training.release.model_card import write_card
from training.release.quantization import quantize
from training.run_folder import TAXONOMY, TOKENIZER, Run

_N_GOLDEN = 12


def export(run: Run, corpus: Corpus, output: Path, name: str, version: str) -> Agreement:
    """Write the model folder `output`, whole or not at all.

    Raises:
        ArtifactError: the graph disagrees with the torch model beyond the stated tolerances.
        RecordError: the corpus has no held-out units to measure on.
    """
    folder = output.with_name(f".{output.name}.partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            fused = fused_graph(run.model, run.encoder(), Path(scratch))
            training = body_units(corpus.records_of("train"))
            quantize(fused, folder / LAYOUT.graph, calibration_inputs(run.encoder(), training))
        _write_config(folder, run, name, version)
        found = _finish(folder, run, corpus)
        shutil.rmtree(output, ignore_errors=True)
        folder.rename(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def held_out(corpus: Corpus) -> list[Record]:
    """The body units that no weight was learnt from: validation and test split.

    Raises:
        RecordError: there are none.
    """
    units = body_units([*corpus.records_of("validation"), *corpus.records_of("test")])
    if not units:
        raise RecordError(
            "the corpus has no body units in the splits validation and test to measure int8 on; "
            "add reports of more issuing bodies, or a reports.csv that names the splits"
        )
    return units


def _write_config(folder: Path, run: Run, name: str, version: str) -> None:
    shutil.copy(run.folder / TOKENIZER, folder / LAYOUT.tokenizer)
    shutil.copy(run.folder / TAXONOMY, folder / LAYOUT.taxonomy)
    config = ModelConfig(
        name=name,
        version=version,
        encoding=run.encoder().settings,
        thresholds=run.decision.thresholds,
        fallback_threshold=run.decision.fallback_threshold,
        calibration=run.decision.calibration,
        role_temperature=run.decision.role_temperature,
        provenance=run.provenance | {"base_model": run.config.base_model},
    )
    write_json(folder / LAYOUT.config, config.to_json())
    (folder / LAYOUT.golden).write_text("", encoding="utf-8")


def _finish(folder: Path, run: Run, corpus: Corpus) -> Agreement:
    """Compare, measure, pin golden sentences, write card and manifest."""
    artifact = Artifact(folder, _read_config(folder), run.taxonomy, ())
    classifier = Classifier(artifact)
    units = held_out(corpus)
    fp32, int8 = Model.of_run(run), Model.of_classifier(classifier)
    found = agreement(fp32.logits(units), int8.logits(units), units, run.decision, run.taxonomy)
    check(found)
    metrics = _metrics(int8, fp32, run, corpus) | {"export": asdict(found)}
    write_json(folder / LAYOUT.metrics, metrics)
    _write_golden(folder / LAYOUT.golden, classifier, units)
    write_card(folder / LAYOUT.card, artifact, metrics)
    write_manifest(folder)
    Classifier.from_pretrained(folder)  # what was written can be loaded
    return found


def _metrics(int8: Model, fp32: Model, run: Run, corpus: Corpus) -> dict[str, Any]:
    """Figures of both held-out splits; on the test split beside other systems, and by slice."""
    taxonomy, decision = run.taxonomy, run.decision
    metrics: dict[str, Any] = {
        "calibration": {"method": decision.method, "log_loss": decision.log_loss}
    }
    neutral = Decision.neutral(taxonomy)
    for split in ("validation", "test"):
        units = body_units(corpus.records_of(split))
        if not units:
            continue
        logits = int8.logits(units)
        metrics[split] = measure(units, int8.decision.answers(logits, units, taxonomy), taxonomy)
        raw = measure(units, neutral.answers(logits, units, taxonomy), taxonomy)
        metrics["calibration"][split] = {
            key: {"before": raw[key], "after": metrics[split][key]} for key in CALIBRATION
        }
    if "test" in metrics:
        cache = run.folder.with_name(VECTORS)
        base_model = run.config.base_model
        systems = all_answers(int8, [fp32], corpus, units, base_model, cache)
        metrics["comparison"] = compare(systems, units, taxonomy)
        metrics["slices"] = slice_rows(
            int8.answers,
            units,
            [r for r in corpus.records_of("test") if r.kind in ("title", "heading")],
            corpus.facts,
            taxonomy,
        )
    return metrics


def _write_golden(path: Path, classifier: Classifier, units: list[Record]) -> None:
    """Pin the sentences that the model is surest of, each with other labels.

    Sure scores move least between kinds of CPU.
    """
    sentences = [sentence_of(unit) for unit in units]
    pairs = list(zip(sentences, classifier.predict(sentences), strict=True))
    chosen: dict[tuple[str, ...], dict[str, Any]] = {}
    for sentence, prediction in sorted(pairs, key=lambda pair: _doubt(pair[1])):
        row = {"scores": prediction.scores, "role_scores": prediction.role_scores}
        sentence_row = {"text": sentence.text, "heading_path": list(sentence.heading_path)}
        chosen.setdefault(prediction.labels, sentence_row | row)
    lines = [json.dumps(row, ensure_ascii=False) for row in list(chosen.values())[:_N_GOLDEN]]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _doubt(prediction: Prediction) -> float:
    """How near the least sure score is to one half."""
    return max(
        min(v, 1 - v) for v in (*prediction.scores.values(), *prediction.role_scores.values())
    )


def _read_config(folder: Path) -> ModelConfig:
    return ModelConfig.from_json(json.loads((folder / LAYOUT.config).read_text(encoding="utf-8")))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """As the JSON files of a model folder are written."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="run folder of `make train`")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="corpus whose splits are measured"
    )
    parser.add_argument("--output", type=Path, required=True, help="model folder to write")
    parser.add_argument("--name", default="fazhi-small", help="name of the model")
    parser.add_argument("--version", default="0.0.0", help="version of the model")
    arguments = parser.parse_args()
    try:
        run = Run.load(arguments.run)
        corpus = load_corpus(arguments.data, run.taxonomy)
        found = export(run, corpus, arguments.output, arguments.name, arguments.version)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    size = sum(file.stat().st_size for file in arguments.output.iterdir())
    print(
        f"model folder: {arguments.output} ({size / 1e6:.1f} MB); int8 against fp32 on "
        f"{found.n_units} units: micro F1 {-found.f1_loss:+.2%}, changed decisions {found.flips:.2%}, "
        f"mean logit difference {found.mean_logit_difference:.3f}"
    )


if __name__ == "__main__":
    main()
