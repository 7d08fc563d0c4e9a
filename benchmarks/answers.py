"""Whether an answer is right: compared with what the same artifact says offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence

_ROUNDING = (
    2e-4  # scores are rounded to four digits; sums of floats depend on the batch in the seventh
)


class Reference:
    """Offline predictions of every sentence that may be asked for."""

    def __init__(self, classifier: Classifier, sentences: Sequence[Sentence]) -> None:
        distinct = list(dict.fromkeys(sentences))
        predictions = classifier.predict(distinct)
        config = classifier.artifact.config
        self._cuts = {
            label: (threshold, config.fallback_threshold)
            for label, threshold in config.thresholds.items()
        }
        self._expected = dict(zip(distinct, predictions, strict=True))

    def fault(self, sentence: Sentence, answer: Mapping[str, Any]) -> str | None:
        """What is wrong with an answer, a result of `/v1/classify` or a unit of `/v1/reports`."""
        expected = self._expected[sentence]
        if (answer["n_tokens"], answer["truncated"]) != (expected.n_tokens, expected.truncated):
            return f"n_tokens {answer['n_tokens']} instead of {expected.n_tokens}"
        return self._wrong_labels(expected, answer) or _wrong_scores(expected, answer)

    def _wrong_labels(self, expected: Prediction, answer: Mapping[str, Any]) -> str | None:
        """Labels are those given offline; where a score lies on a threshold, either is right."""
        labels = {x if isinstance(x, str) else x["id"] for x in answer["labels"]}
        for label in sorted(labels ^ set(expected.labels)):
            score = answer["scores"][label]
            if all(abs(score - cut) > _ROUNDING for cut in self._cuts[label]):
                return f"`{label}` scores {score}, but is{'' if label in labels else ' not'} given"
        return None


def _wrong_scores(expected: Prediction, answer: Mapping[str, Any]) -> str | None:
    offline = expected.scores | _named_roles(expected.role_scores)
    for name, score in _answer_scores(answer).items():
        if abs(score - offline[name]) > _ROUNDING:
            return f"`{name}` scores {score}; offline it is {offline[name]}"
    return None


def _answer_scores(answer: Mapping[str, Any]) -> dict[str, float]:
    """Topics, and as many roles as the answer tells the scores of."""
    if isinstance(answer["role"], dict):  # of `/v1/classify`
        roles = {answer["role"]["id"]: answer["role"]["score"]}
    else:
        roles = answer["role_scores"]
    return {**answer["scores"], **_named_roles(roles)}


def _named_roles(scores: Mapping[str, float]) -> dict[str, float]:
    return {f"role {role}": score for role, score in scores.items()}
