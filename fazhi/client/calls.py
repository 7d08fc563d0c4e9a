"""The calls of the client as plans: what is sent, and how the answer is read. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import httpx

from fazhi.client.reports import ComparisonResult, ReportResult
from fazhi.client.results import (
    Limits,
    ModelFacts,
    SentenceResult,
    model_id,
    read_taxonomy,
)
from fazhi.client.retries import failure, unreadable, with_retries
from fazhi.client.sentences import AnySentence, bodies, encode_sentences, to_json
from fazhi.client.steps import OnProgress, Outcome, Plan, Request, Together, Upload
from fazhi.errors import ServiceError
from fazhi.taxonomy import Taxonomy

T = TypeVar("T")
_POSITION = re.compile(r"^sentences\[(\d+)\]")
_TOO_LARGE = 413


class Calls:
    """The calls to one service, whose limits it learns when it first needs them.

    Every plan raises ServiceError where the service doesn't answer as wanted, and InputError
    where its arguments can't be sent.
    """

    def __init__(self, retry_seconds: float, now: Callable[[], float]) -> None:
        self._retry_seconds, self._now = retry_seconds, now
        self._limits: Limits | None = None

    def classify(
        self, sentences: Iterable[AnySentence], threshold: float | None
    ) -> Plan[list[SentenceResult]]:
        """Results in the order of the sentences."""
        encoded = encode_sentences(sentences)
        if len(encoded) > 1 and self._limits is None:
            self._limits = (yield from self.model()).limits
        plans = [
            self._classify_part(positions, body)
            for positions, body in bodies(encoded, threshold, self._limits)
        ]
        answers: list[list[SentenceResult]] = yield Together(plans)
        return [result for answer in answers for result in answer]

    def report(self, text: str, name: str, on_progress: OnProgress | None) -> Plan[ReportResult]:
        """A report's units, tagged, and what it says."""
        body = to_json({"text": text, "name": name}, "report")
        request = Request("POST", "/v1/reports", body, on_progress=on_progress)
        return self._answer(request, ReportResult.from_answer)

    def report_file(self, file: Upload, on_progress: OnProgress | None) -> Plan[ReportResult]:
        """As `report`, of a file."""
        request = Request("POST", "/v1/reports", files=[file], on_progress=on_progress)
        return self._answer(request, ReportResult.from_answer)

    def compare(
        self, files: Sequence[Upload], on_progress: OnProgress | None
    ) -> Plan[ComparisonResult]:
        """Reports beside each other."""
        request = Request("POST", "/v1/compare", files=files, on_progress=on_progress)
        return self._answer(request, ComparisonResult.from_answer)

    def taxonomy(self) -> Plan[Taxonomy]:
        """The label set of the model."""
        return self._answer(Request("GET", "/v1/taxonomy"), read_taxonomy)

    def model(self) -> Plan[ModelFacts]:
        """The model card's facts, thresholds and limits."""
        return self._answer(Request("GET", "/v1/model"), ModelFacts.from_answer)

    def is_ready(self) -> Plan[bool]:
        """Whether the service takes work now; asked once. Raises only where it refuses to say."""
        request = Request("GET", "/health/ready")
        outcome: Outcome = yield request
        if isinstance(outcome, httpx.RequestError) or outcome.is_server_error:
            return False
        return _read(outcome, lambda answer: bool(answer["status"] == "ready"))

    def _classify_part(self, positions: range, body: bytes) -> Plan[list[SentenceResult]]:
        """One request of a call. Errors give positions among all sentences of the call."""

        def read(answer: Any) -> list[SentenceResult]:  # noqa: ANN401 (JSON)
            model = model_id(answer)
            results = [SentenceResult.from_answer(row, model) for row in answer["results"]]
            if len(results) != len(positions):
                raise ValueError(f"{len(results)} results for {len(positions)} sentences")
            return results

        try:
            return (yield from self._answer(Request("POST", "/v1/classify", body), read))
        except ServiceError as error:
            if error.status == _TOO_LARGE:
                self._limits = None  # the service may have been started again with others
            raise _moved(error, positions.start) from None

    def _answer(self, request: Request, read: Callable[[Any], T]) -> Plan[T]:
        outcome = yield from with_retries(request, self._retry_seconds, self._now)
        return _read(outcome, read)


def _read(outcome: Outcome, read: Callable[[Any], T]) -> T:
    """The answer as `read` makes it from its JSON.

    Raises:
        ServiceError: there is none, it is an error, or `read` doesn't take it.
    """
    if isinstance(outcome, httpx.RequestError) or not outcome.is_success:
        raise failure(outcome)
    try:
        return read(outcome.json())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable(outcome, f"{type(error).__name__}: {error}") from None


def _moved(error: ServiceError, start: int) -> ServiceError:
    """The error with `sentences[i]` counted from the first sentence of the call."""

    def move(text: str) -> str:
        return _POSITION.sub(lambda found: f"sentences[{int(found[1]) + start}]", text)

    param = None if error.param is None else move(error.param)
    return ServiceError(error.status, error.type, move(error.message), param)
