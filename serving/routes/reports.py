"""`POST /v1/reports`: a whole report → its units, tagged, and what it says."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fazhi.analysis import analyze
from fazhi.classifier import Classifier, Prediction
from fazhi.tagging import join, sentences_of, with_offsets
from serving.document import FILE, long_answer, submission_body
from serving.errors import BODY_ERRORS, responses
from serving.events import Progress, answer
from serving.inference import Inference
from serving.reading import AppReaders, ReadReport
from serving.report_schemas import ReportRequest, ReportResponse
from serving.schemas import ModelName
from serving.submissions import OneReport

router = APIRouter(tags=["reports"])


@router.post(
    "/v1/reports",
    response_class=Response,
    responses=long_answer(ReportResponse) | responses(*BODY_ERRORS),
    openapi_extra=submission_body(ReportRequest, FILE),
)
async def tag(
    submission: OneReport, inference: Inference, readers: AppReaders, request: Request
) -> Response:
    """Read a report, sent as text or as a file, and tag its units. `source[start:end]` is a unit as printed.

    With `Accept: application/x-ndjson` the answer is lines that tell its progress, and last itself.
    """

    async def work(progress: Progress) -> bytes:
        with readers.admitted():
            read = await inference.in_time(readers.read(submission))
        records = read.report.records(read.name)
        sentences = sentences_of(records)
        predictions = await inference.classify(
            sentences, on_progress=lambda done: progress.tell("tagging", done, len(sentences))
        )
        return await inference.in_time(
            readers.run(_answer, read, predictions, inference.classifier)
        )

    return await answer(request, work)


def _answer(read: ReadReport, predictions: list[Prediction], classifier: Classifier) -> bytes:
    """The answer's JSON; made in a thread, since it takes long for a long report."""
    artifact = classifier.artifact
    tagged = join(read.report.records(read.name), predictions)
    units = with_offsets(read.report, tagged)
    analysis = analyze(read.name, read.report, units, artifact.taxonomy)
    model = ModelName(name=artifact.config.name, version=artifact.config.version)
    body: dict[str, Any] = {"model": model, **analysis.to_json(classifier.model_id)}
    if read.source is not None:
        body["source"] = read.source
    return ReportResponse.model_validate(body).model_dump_json().encode()
