"""Tensors of the Open Inference Protocol: sentences from them, and predictions into them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fazhi.classifier import Prediction
from fazhi.encoding import Sentence
from fazhi.taxonomy import Taxonomy
from serving.contracts.open_inference_schemas import InputTensor, OutputTensor
from serving.errors import ApiError, ErrorType
from serving.limits import check_lengths, check_number
from serving.settings import Settings


def sentences_of(inputs: Sequence[InputTensor], settings: Settings) -> list[Sentence]:
    """The sentences of the input tensors, one for each row of `text`.

    Raises:
        ApiError: INVALID or TOO_LARGE, naming the place.
    """
    places = {tensor.name: f"inputs[{i}]" for i, tensor in enumerate(inputs)}
    tensors = {tensor.name: tensor for tensor in inputs}
    if "text" not in tensors or len(tensors) < len(inputs):
        raise _invalid("inputs", "needs one tensor `text`, and at most one `heading_path`")
    text, place = tensors["text"], places["text"]
    number = text.shape[0]
    check_number(number, settings, place)
    if number == 0 or text.shape[1:] not in ([], [1]):
        raise _invalid(f"{place}.shape", "must be [n] or [n, 1], with n of at least 1")
    texts = [row[0] for row in text_rows(text, number, place)]
    for i, sentence in enumerate(texts):
        if not sentence.strip():
            raise _invalid(f"{place}.data[{i}]", "must not be empty")
    paths: list[list[str]] = [[]] * number
    if "heading_path" in tensors:
        paths = text_rows(tensors["heading_path"], number, places["heading_path"])
    sentences = [
        Sentence(sentence, tuple(heading for heading in path if heading.strip()))
        for sentence, path in zip(texts, paths, strict=True)
    ]
    check_lengths(((f"{place}.data[{i}]", s) for i, s in enumerate(sentences)), settings)
    return sentences


def output_tensor(name: str, predictions: Sequence[Prediction], taxonomy: Taxonomy) -> OutputTensor:
    """One of the outputs: `labels` and `role` (sentences), `scores` (sentences, labels)."""
    n = len(predictions)
    if name == "scores":
        scores = [p.scores[label] for p in predictions for label in taxonomy.label_ids]
        return OutputTensor(
            name=name, datatype="FP32", shape=[n, len(taxonomy.labels)], data=scores
        )
    texts = [p.role if name == "role" else _labels_json(p, taxonomy) for p in predictions]
    return OutputTensor(name=name, datatype="BYTES", shape=[n], data=texts)


def _labels_json(prediction: Prediction, taxonomy: Taxonomy) -> str:
    labels = [
        {"id": i, "name": taxonomy.label_by_id[i].name, "score": prediction.scores[i]}
        for i in prediction.labels
    ]
    return json.dumps(labels, ensure_ascii=False)


def text_rows(tensor: InputTensor, n_rows: int, place: str) -> list[list[str]]:
    """The texts of each row.

    Raises:
        ApiError: INVALID, the data doesn't fill the shape, or there aren't `n_rows` rows.
    """
    rows, width = tensor.shape[0], tensor.shape[1] if len(tensor.shape) == 2 else 1
    flat: list[str] = []
    is_ragged = False
    for element in tensor.data:
        if isinstance(element, str):
            flat.append(element)
        else:
            flat += element
            is_ragged |= len(tensor.shape) != 2 or len(element) != width
    if is_ragged or len(flat) != rows * width:
        raise _invalid(f"{place}.data", f"{len(flat)} texts don't fill the shape {tensor.shape}")
    if rows != n_rows:
        raise _invalid(f"{place}.shape", f"must have {n_rows} rows, as `text` has")
    return [flat[i : i + width] for i in range(0, len(flat), width)] if width else [[]] * rows


def _invalid(place: str, reason: str) -> ApiError:
    return ApiError(ErrorType.INVALID, f"{place}: {reason}.", place)
