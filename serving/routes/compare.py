"""`POST /v1/compare`: several reports → one row each, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fazhi.analysis import analyze
from fazhi.classifier import Classifier, Prediction
from fazhi.comparison import Failed, compare
from fazhi.tagging import join, sentences_of, with_offsets
from serving.document import FILE, long_answer, submission_body
from serving.errors import BODY_ERRORS, responses
from serving.events import Progress, answer
from serving.inference import Inference
from serving.limits import AppSettings
from serving.reading import AppReaders, ReadReport, UnreadableError, check_units
from serving.report_schemas import CompareRequest, CompareResponse
from serving.schemas import ModelName
from serving.submissions import ManyReports

router = APIRouter(tags=["reports"])


@router.post(
    "/v1/compare",
    response_class=Response,
    responses=long_answer(CompareResponse) | responses(*BODY_ERRORS),
    openapi_extra=submission_body(CompareRequest, {"type": "array", "items": FILE, "minItems": 1}),
)
async def compare_reports(
    submissions: ManyReports,
    inference: Inference,
    readers: AppReaders,
    settings: AppSettings,
    request: Request,
) -> Response:
    """Compare reports, sent as texts or as files. One that can't be read is listed in `failed`.

    With `Accept: application/x-ndjson` the answer is lines that tell its progress, and last itself.
    """

    async def work(progress: Progress) -> bytes:
        reports: dict[str, ReadReport] = {}  # by unique name
        failed: list[Failed] = []
        with readers.admitted():
            for number, submission in enumerate(submissions):
                progress.tell("reading", number, len(submissions))
                try:
                    report = await inference.in_time(readers.read(submission))
                    reports[_unique(report.name, reports)] = report
                except UnreadableError as error:
                    failed.append(Failed(submission.name, error.message))
        check_units(sum(len(read.report.units) for read in reports.values()), settings)
        sentences = [sentences_of(read.report.records(name)) for name, read in reports.items()]
        together = list(chain.from_iterable(sentences))
        predictions = await inference.classify(
            together, on_progress=lambda done: progress.tell("tagging", done, len(together))
        )
        of_each = iter(predictions)
        by_report = [list(islice(of_each, len(of_report))) for of_report in sentences]
        return await inference.in_time(
            readers.run(_answer, reports, by_report, failed, inference.classifier)
        )

    return await answer(request, work)


def _unique(name: str, taken: dict[str, ReadReport]) -> str:
    """The name, or with the first number that makes it another one."""
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def _answer(
    reports: dict[str, ReadReport],
    predictions: Sequence[list[Prediction]],
    failed: list[Failed],
    classifier: Classifier,
) -> bytes:
    """The answer's JSON; made in a thread, since it takes long for many reports."""
    artifact = classifier.artifact
    analyses = []
    for (name, read), of_report in zip(reports.items(), predictions, strict=True):
        units = with_offsets(read.report, join(read.report.records(name), of_report))
        analyses.append(analyze(name, read.report, units, artifact.taxonomy))
    model = ModelName(name=artifact.config.name, version=artifact.config.version)
    body = {"model": model, **compare(analyses, failed).to_json()}
    return CompareResponse.model_validate(body).model_dump_json().encode()
