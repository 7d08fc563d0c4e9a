"""The torch model as an fp32 ONNX graph, fused for transformers, and the check that both say the same."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

from fazhi.classifier import Logits
from fazhi.encoding import Encoder, Sentence, collate
from fazhi.errors import ArtifactError
from fazhi.records import Record
from training.batches import predict_logits, sentence_of, to_tensors
from training.model import SentenceClassifier

OPSET = 17
FLOAT_TOLERANCE = 1e-3  # largest difference of a logit, torch against the fused fp32 graph
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("topic_logits", "role_logits")
_N_CALIBRATION = 500

_LONG = "持续深化“放管服”改革，全面推行政务服务“一网通办”，压减申报材料61份、办理环节22个，" * 8
PROBES = [
    Sentence("办复率100%。"),
    Sentence("全年办理行政复议案件42件，纠错3件。", ("一、工作情况", "(二)依法化解争议")),
    Sentence(_LONG + "群众满意度98.6%。", ("一、主要举措和成效",)),
    Sentence("推行“APP+二维码”双渠道，e办理12,345件（VIP通道3条）①。", ("三、下一步打算",)),
    Sentence("监督"),
]


def fused_graph(model: SentenceClassifier, encoder: Encoder, folder: Path) -> Path:
    """Write the model into `folder` as a fused fp32 graph, checked against torch; returns its path.

    Raises:
        ArtifactError: the graph answers differently.
    """
    graph, fused = folder / "float.onnx", folder / "fused.onnx"
    export_graph(model, encoder, graph)
    _fuse(graph, fused, model)
    for path in (graph, fused):
        check_float(model, encoder, path)
    return fused


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
            tuple(batch[key] for key in INPUTS),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=dict.fromkeys(INPUTS, axes) | dict.fromkeys(OUTPUTS, {0: "batch"}),
        )


def calibration_inputs(
    encoder: Encoder, units: Sequence[Record]
) -> list[dict[str, NDArray[np.int64]]]:
    """What the ranges of int8 are taken from: the probes and a sample of `units`, one by one."""
    sample = random.Random(0).sample(units, min(len(units), _N_CALIBRATION))
    sentences = PROBES + [sentence_of(unit) for unit in sample]
    return [collate([encoded], encoder.pad_id) for encoded in encoder.encode(sentences)]


def check_float(model: SentenceClassifier, encoder: Encoder, graph: Path) -> None:
    """Compare an fp32 graph with the torch model on long, short and mixed text.

    Raises:
        ArtifactError: a logit differs by more than `FLOAT_TOLERANCE`.
    """
    session = ort.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    expected = predict_logits(model, encoder, PROBES)
    inputs = collate(encoder.encode(PROBES), encoder.pad_id)
    got = Logits(*session.run(list(OUTPUTS), inputs))
    difference = max(float(np.abs(a - b).max()) for a, b in zip(expected, got, strict=True))
    if not difference <= FLOAT_TOLERANCE:
        raise ArtifactError(
            f"{graph.name}: logits differ from torch by {difference:.2g}, more than {FLOAT_TOLERANCE}"
        )


def _fuse(source: Path, target: Path, model: SentenceClassifier) -> None:
    config = model.encoder.config
    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False  # its CPU kernel is a fifth as fast as its parts
    fused = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    fused.save_model_to_file(str(target))
