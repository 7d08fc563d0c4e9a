"""Units and their predictions, as the records that every interface gives out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence
from fazhi.records import Record
from fazhi.report import Report

_CHUNK = 64  # sentences between two reports of progress


@dataclass(frozen=True)
class TaggedUnit:
    """A unit with its prediction, None for metadata; offsets only where there is a source."""

    record: Record
    prediction: Prediction | None
    start: int | None = None
    end: int | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Label ids, strongest first; none for metadata."""
        return self.prediction.labels if self.prediction else ()

    @property
    def role(self) -> str | None:
        """Role id; only body units have one."""
        return self.prediction.role if self.prediction and self.record.kind == "body" else None

    def to_json(self, model_id: str) -> dict[str, Any]:
        """The record format with what a prediction adds."""
        prediction = self.prediction
        has_role = self.role is not None
        return {
            **self.record.to_json(),
            "start": self.start,
            "end": self.end,
            "labels": list(self.labels),
            "role": self.role,
            "scores": prediction.scores if prediction else {},
            "role_scores": prediction.role_scores if prediction and has_role else {},
            "n_tokens": prediction.n_tokens if prediction else 0,
            "truncated": prediction.truncated if prediction else False,
            "model": model_id,
        }


def tag_records(
    records: Sequence[Record],
    classifier: Classifier,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[TaggedUnit]:
    """Tag units, in order. `on_progress` is told how many units have been dealt with since."""
    tagged: list[TaggedUnit] = []
    for at in range(0, len(records), _CHUNK):
        chunk = records[at : at + _CHUNK]
        tagged += join(chunk, classifier.predict(sentences_of(chunk)))
        on_progress(len(chunk))
    return tagged


def tag_report(
    report: Report,
    name: str,
    classifier: Classifier,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[TaggedUnit]:
    """Tag the units of a report; their ids are `name-001`, `name-002`, …"""
    return with_offsets(report, tag_records(report.records(name), classifier, on_progress))


def sentences_of(records: Sequence[Record]) -> list[Sentence]:
    """What the classifier is asked of units, in order.

    Body units are read with their headings; headings and titles by their own words, as the
    guideline has them labelled; metadata isn't tagged.
    """
    return [
        Sentence(r.text, r.heading_path if r.kind == "body" else ())
        for r in records
        if r.kind != "meta"
    ]


def join(records: Sequence[Record], predictions: Sequence[Prediction]) -> list[TaggedUnit]:
    """Units with the predictions for their `sentences_of`."""
    rest = iter(predictions)
    return [TaggedUnit(r, None if r.kind == "meta" else next(rest)) for r in records]


def with_offsets(report: Report, tagged: Sequence[TaggedUnit]) -> list[TaggedUnit]:
    """The tagged units of a report with their places in its source."""
    return [
        TaggedUnit(t.record, t.prediction, unit.start, unit.end)
        for t, unit in zip(tagged, report.units, strict=True)
    ]
