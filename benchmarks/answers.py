"""Whether an answer is right: compared with what the same artifact says offline.

Dynamic int8 takes the scale of the activations from the whole batch, so the score of a doubtful
sentence depends on what it was batched with (by 0.6 at most, among 240 sentences of the corpus).
Each sentence is therefore predicted in several batches beforehand: an answer's scores must lie
between the lowest and the highest, or near by, and on average much nearer than those of another
sentence would (0.02 at most for the right sentence, 0.035 and more for 95 % of the others).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence

TOLERANCE = 0.3  # of one score beyond the range seen offline
MEAN_TOLERANCE = 0.02  # of all scores of a sentence
_BATCH_SIZES = (1, 3, 8, 16, 256)
_ROUNDING = 1e-4  # scores are rounded to so many digits


class Reference:
    """Offline predictions of every sentence that may be asked for."""

    def __init__(self, classifier: Classifier, sentences: Sequence[Sentence]) -> None:
        self._thresholds = classifier.artifact.config.thresholds
        self._row_of = {sentence: i for i, sentence in enumerate(dict.fromkeys(sentences))}
        distinct = list(self._row_of)
        runs = [_predict(classifier, distinct, size) for size in _BATCH_SIZES]
        self._first = runs[0]
        self._columns = list(_scores(self._first[0]))
        values = np.array([[list(_scores(p).values()) for p in run] for run in runs])
        self._lowest: NDArray[np.float64] = values.min(axis=0)  # (sentences, scores)
        self._highest: NDArray[np.float64] = values.max(axis=0)

    def fault(self, sentence: Sentence, answer: Mapping[str, Any]) -> str | None:
        """What is wrong with an answer, a result of `/v1/classify` or a unit of `/v1/reports`."""
        row = self._row_of[sentence]
        expected = self._first[row]
        if (answer["n_tokens"], answer["truncated"]) != (expected.n_tokens, expected.truncated):
            return f"n_tokens {answer['n_tokens']} instead of {expected.n_tokens}"
        return self._wrong_labels(answer) or self._wrong_scores(row, answer)

    def _wrong_labels(self, answer: Mapping[str, Any]) -> str | None:
        labels = {x if isinstance(x, str) else x["id"] for x in answer["labels"]}
        for label, score in answer["scores"].items():
            distance = score - self._thresholds[label]
            if abs(distance) > _ROUNDING and (label in labels) != (distance > 0):
                return f"`{label}` scores {score}, but is{'' if label in labels else ' not'} given"
        return None

    def _wrong_scores(self, row: int, answer: Mapping[str, Any]) -> str | None:
        beyond = []
        got = _answer_scores(answer)
        for column, name in enumerate(self._columns):
            if name not in got:
                continue
            low, high = self._lowest[row, column], self._highest[row, column]
            beyond.append(max(low - got[name], got[name] - high, 0.0))
            if beyond[-1] > TOLERANCE:
                return f"`{name}` scores {got[name]}; offline it is {low:.2f} to {high:.2f}"
        mean = sum(beyond) / len(beyond)
        return f"scores are {mean:.3f} off on average" if mean > MEAN_TOLERANCE else None


def _predict(classifier: Classifier, sentences: list[Sentence], size: int) -> list[Prediction]:
    """Predictions in order, from batches of `size` random sentences."""
    order = random.Random(size).sample(range(len(sentences)), len(sentences))
    predictions: dict[int, Prediction] = {}
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        predictions |= zip(rows, classifier.predict([sentences[i] for i in rows]), strict=True)
    return [predictions[i] for i in range(len(sentences))]


def _scores(prediction: Prediction) -> dict[str, float]:
    return prediction.scores | _named_roles(prediction.role_scores)


def _answer_scores(answer: Mapping[str, Any]) -> dict[str, float]:
    """Topics, and as many roles as the answer tells the scores of."""
    if isinstance(answer["role"], dict):  # of `/v1/classify`
        roles = {answer["role"]["id"]: answer["role"]["score"]}
    else:
        roles = answer["role_scores"]
    return {**answer["scores"], **_named_roles(roles)}


def _named_roles(scores: Mapping[str, float]) -> dict[str, float]:
    return {f"role {role}": score for role, score in scores.items()}
