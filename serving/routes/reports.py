"""`POST /v1/reports`: a whole report → its units, tagged, and what it covers."""

from __future__ import annotations

from fastapi import APIRouter

from fazhi.classifier import Classifier
from fazhi.documents import check_text
from fazhi.errors import DocumentError
from fazhi.report import parse_report
from fazhi.tagging import coverage, tag_report
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

    return await inference.run(lambda classifier: _answer(body, classifier))


def _answer(body: ReportRequest, classifier: Classifier) -> ReportResponse:
    report = parse_report(body.text)
    units = tag_report(report, body.name, classifier)
    artifact = classifier.artifact
    return ReportResponse(
        model=ModelName(name=artifact.config.name, version=artifact.config.version),
        report=ReportFacts(
            name=body.name, title=report.title, issuer=report.issuer, year=report.year
        ),
        units=[ReportUnit.model_validate(unit.to_json(classifier.model_id)) for unit in units],
        coverage={
            label: TopicCoverage.model_validate(row)
            for label, row in coverage(units, artifact.taxonomy).items()
        },
    )
