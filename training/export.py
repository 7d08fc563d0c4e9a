"""`make export`: a run folder → an int8 ONNX model folder, or a refusal when the two disagree."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

from fazhi.artifact import LAYOUT, Artifact, ModelConfig, write_manifest
from fazhi.classifier import Classifier, Logits, Prediction
from fazhi.encoding import Encoder, Sentence, collate
from fazhi.errors import ArtifactError, FazhiError
from fazhi.records import Record
from training.batches import predict_logits, sentence_of, to_tensors
from training.corpus import Corpus, load_corpus
from training.evaluate import evaluate_classifier
from training.model import SentenceClassifier
from training.model_card import write_card
from training.run_folder import TAXONOMY, TOKENIZER, Run

OPSET = 17
FLOAT_TOLERANCE = 1e-3  # largest difference of a logit, torch against the fused fp32 graph
INT8_TOLERANCE = 0.6  # mean difference of a logit, torch against int8; they span about 20
MAX_FLIPS = 0.01  # share of (unit, label) decisions that int8 may change
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUTS = ("topic_logits", "role_logits")
_N_GOLDEN = 12

_LONG = "持续深化“放管服”改革，全面推行政务服务“一网通办”，压减申报材料61份、办理环节22个，" * 8
PROBES = [
    Sentence("办复率100%。"),
    Sentence("全年办理行政复议案件42件，纠错3件。", ("一、工作情况", "(二)依法化解争议")),
    Sentence(_LONG + "群众满意度98.6%。", ("一、主要举措和成效",)),
    Sentence("推行“APP+二维码”双渠道，e办理12,345件（VIP通道3条）①。", ("三、下一步打算",)),
    Sentence("监督"),
]


@dataclass(frozen=True)
class Agreement:
    """How far the int8 graph is from the torch model, over the probes and the validation units."""

    mean_logit_difference: float
    flips: float


def export(run: Run, corpus: Corpus, output: Path, name: str, version: str) -> Agreement:
    """Write the model folder `output`, whole or not at all.

    Raises:
        ArtifactError: the graph disagrees with the torch model beyond the stated tolerances.
    """
    with tempfile.TemporaryDirectory() as scratch:
        graph = Path(scratch) / "float.onnx"
        export_graph(run.model, run.encoder(), graph)
        fused = Path(scratch) / "fused.onnx"
        _fuse(graph, fused, run.model)
        for path in (graph, fused):
            check_float(run.model, run.encoder(), path)
        folder = output.with_name(f".{output.name}.partial")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            quantize(fused, folder / LAYOUT.graph)
            _write_config(folder, run, name, version)
            agreement = _finish(folder, run, corpus)
            shutil.rmtree(output, ignore_errors=True)
            folder.rename(output)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return agreement


def export_graph(model: SentenceClassifier, encoder: Encoder, path: Path) -> None:
    """Trace the model into an fp32 ONNX graph with free batch and length."""
    model.eval()
    batch = to_tensors(encoder, PROBES[:2])
    axes = {0: "batch", 1: "length"}
    with warnings.catch_warnings():
        # The tracer warns of the Python branches in transformers' mask code, which depend on the
        # configuration and not on the input; `check_float` holds what they are worth.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            tuple(batch[key] for key in _INPUTS),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(_INPUTS),
            output_names=list(_OUTPUTS),
            dynamic_axes=dict.fromkeys(_INPUTS, axes) | dict.fromkeys(_OUTPUTS, {0: "batch"}),
        )


def quantize(source: Path, target: Path) -> None:
    """Dynamic int8, one scale a channel.

    Seven bits a weight: eight overflow the 16-bit sums of CPUs without VNNI, whose answers would
    then differ from those of CPUs with it.
    """
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": 1},
    )


def check_float(model: SentenceClassifier, encoder: Encoder, graph: Path) -> None:
    """Compare an fp32 graph with the torch model on long, short and mixed text.

    Raises:
        ArtifactError: a logit differs by more than `FLOAT_TOLERANCE`.
    """
    session = ort.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    expected = predict_logits(model, encoder, PROBES)
    inputs = collate(encoder.encode(PROBES), encoder.pad_id)
    got = Logits(*session.run(list(_OUTPUTS), inputs))
    difference = max(float(np.abs(a - b).max()) for a, b in zip(expected, got, strict=True))
    if not difference <= FLOAT_TOLERANCE:
        raise ArtifactError(
            f"{graph.name}: logits differ from torch by {difference:.2g}, more than {FLOAT_TOLERANCE}"
        )


def check_int8(
    model: SentenceClassifier, encoder: Encoder, classifier: Classifier, units: list[Record]
) -> Agreement:
    """Compare the int8 graph with the torch model on the probes and on `units`.

    Raises:
        ArtifactError: the mean logit difference or the share of changed decisions is too large.
    """
    sentences = PROBES + [sentence_of(unit) for unit in units]
    expected = predict_logits(model, encoder, sentences)
    got = classifier.logits(sentences)
    config = classifier.artifact.config
    cut = np.array([config.thresholds[i] for i in classifier.artifact.taxonomy.label_ids])
    bounds = config.topic_temperature * np.log(cut / (1 - cut))  # thresholds as logits
    agreement = Agreement(
        round(float(np.abs(expected.topics - got.topics).mean()), 4),
        round(float(((expected.topics >= bounds) != (got.topics >= bounds)).mean()), 5),
    )
    if agreement.mean_logit_difference > INT8_TOLERANCE or agreement.flips > MAX_FLIPS:
        raise ArtifactError(
            f"int8 disagrees with torch: mean logit difference {agreement.mean_logit_difference} "
            f"(at most {INT8_TOLERANCE}), changed decisions {agreement.flips:.2%} (at most {MAX_FLIPS:.0%})"
        )
    return agreement


def _fuse(source: Path, target: Path, model: SentenceClassifier) -> None:
    config = model.encoder.config
    fused = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
    )
    fused.save_model_to_file(str(target))


def _write_config(folder: Path, run: Run, name: str, version: str) -> None:
    shutil.copy(run.folder / TOKENIZER, folder / LAYOUT.tokenizer)
    shutil.copy(run.folder / TAXONOMY, folder / LAYOUT.taxonomy)
    config = ModelConfig(
        name=name,
        version=version,
        encoding=run.encoder().settings,
        thresholds=dict.fromkeys(run.taxonomy.label_ids, run.decision.threshold),
        topic_temperature=run.decision.topic_temperature,
        role_temperature=run.decision.role_temperature,
        provenance=run.provenance | {"base_model": run.config.base_model},
    )
    _write_json(folder / LAYOUT.config, config.to_json())
    (folder / LAYOUT.golden).write_text("", encoding="utf-8")


def _finish(folder: Path, run: Run, corpus: Corpus) -> Agreement:
    """Compare, measure, pin golden sentences, write card and manifest."""
    artifact = Artifact(folder, _read_config(folder), run.taxonomy, ())
    classifier = Classifier(artifact)
    validation = [r for r in corpus.records_of("validation") if r.kind == "body"]
    agreement = check_int8(run.model, run.encoder(), classifier, validation)
    metrics: dict[str, Any] = {
        split: evaluate_classifier(classifier, units)
        for split in ("validation", "test")
        if (units := [r for r in corpus.records_of(split) if r.kind == "body"])
    }
    metrics["export"] = {
        "mean_logit_difference": agreement.mean_logit_difference,
        "changed_decisions": agreement.flips,
        "float32": {split: run.metrics[split] for split in metrics if split in run.metrics},
    }
    _write_json(folder / LAYOUT.metrics, metrics)
    _write_golden(folder / LAYOUT.golden, classifier, validation)
    write_card(folder / LAYOUT.card, artifact, metrics)
    write_manifest(folder)
    Classifier.from_pretrained(folder)  # what was written can be loaded
    return agreement


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


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="run folder of `make train`")
    parser.add_argument("--data", type=Path, required=True, help="corpus whose splits are measured")
    parser.add_argument("--output", type=Path, required=True, help="model folder to write")
    parser.add_argument("--name", default="fazhi-small", help="name of the model")
    parser.add_argument("--version", default="0.0.0", help="version of the model")
    arguments = parser.parse_args()
    try:
        run = Run.load(arguments.run)
        corpus = load_corpus(arguments.data, run.taxonomy)
        agreement = export(run, corpus, arguments.output, arguments.name, arguments.version)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    size = sum(file.stat().st_size for file in arguments.output.iterdir())
    print(
        f"model folder: {arguments.output} ({size / 1e6:.1f} MB); int8 against torch: mean logit "
        f"difference {agreement.mean_logit_difference:.3f}, changed decisions {agreement.flips:.2%}"
    )


if __name__ == "__main__":
    main()
