"""`POST /v1/reports`: a whole report → its units, tagged, and what it covers."""

from __future__ import annotations

from fastapi import APIRouter

from fazhi.classifier import Classifier
from fazhi.documents import check_text
from fazhi.errors import DocumentError
from fazhi.report import Report, parse_report
from fazhi.tagging import TaggedUnit, coverage, join, sentences_of, with_offsets
from serving.errors import BODY_ERRORS, ApiError, ErrorType, responses
from serving.inference import Inference
from serving.limits import AppSettings, RequireJson
from serving.schemas import (
    ModelName,
    ReportFacts,
    ReportRequest,
    ReportResponse,
    ReportUnit,
    TopicCoverage,
)

router = APIRouter(tags=["classification"])


@router.post("/v1/reports", dependencies=[RequireJson], responses=responses(*BODY_ERRORS))
async def tag(body: ReportRequest, inference: Inference, settings: AppSettings) -> ReportResponse:
    """Cut a report into units and tag them. `text[start:end]` is a unit as printed."""
    if len(body.text) > settings.max_report_characters:
        raise ApiError(
            ErrorType.TOO_LARGE,
            f"{len(body.text)} characters; a report has at most {settings.max_report_characters} "
            "(max_report_characters).",
            "text",
        )
    try:
        check_text(body.text, "text")
    except DocumentError as error:
        raise ApiError(ErrorType.INVALID, f"{error}.", "text") from None

    report = await inference.in_thread(parse_report, body.text)
    records = report.records(body.name)
    predictions = await inference.classify(sentences_of(records))
    units = with_offsets(report, join(records, predictions))
    return await inference.in_thread(_answer, body.name, report, units, inference.classifier)


def _answer(
    name: str, report: Report, units: list[TaggedUnit], classifier: Classifier
) -> ReportResponse:
    artifact = classifier.artifact
    return ReportResponse(
        model=ModelName(name=artifact.config.name, version=artifact.config.version),
        report=ReportFacts(name=name, title=report.title, issuer=report.issuer, year=report.year),
        units=[ReportUnit.model_validate(unit.to_json(classifier.model_id)) for unit in units],
        coverage={
            label: TopicCoverage.model_validate(row)
            for label, row in coverage(units, artifact.taxonomy).items()
        },
    )
