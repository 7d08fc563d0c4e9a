"""Bodies of the calls that read whole reports, and of the call for evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field

from fazhi.analysis import (
    Checklist,
    Facts,
    Figure,
    Inconsistency,
    ProblemsAndPlans,
    TopicCoverage,
)
from fazhi.comparison import CarriedOver, Failed, Group, Series, TopicShare
from serving.schemas import FilledText, ModelName, Named, SentenceForm, StrictRequest, Text

MAX_NAME_CHARACTERS = 200
_EXAMPLE = "一、工作情况\n（一）深化“放管服”改革。压减申报材料61份。"
_EXAMPLE_OF_NEXT_YEAR = "一、工作情况\n（一）深化“放管服”改革。压减申报材料48份。"


class ReportRequest(StrictRequest):
    """A whole report as text."""

    text: FilledText = Field(examples=[_EXAMPLE])
    name: Text = Field(
        "report", min_length=1, max_length=MAX_NAME_CHARACTERS, description="Ids begin with it."
    )


class CompareRequest(StrictRequest):
    """Reports as texts. Names that come again get a number."""

    reports: Annotated[list[ReportRequest], FailFast()] = Field(
        min_length=1,
        examples=[
            [
                {"name": "2022", "text": _EXAMPLE},
                {"name": "2023", "text": _EXAMPLE_OF_NEXT_YEAR},
            ]
        ],
    )


@dataclass(frozen=True)
class ReportFacts(Facts):
    """What the report says of itself; null where it doesn't."""

    name: str = Field(kw_only=True)


class ReportUnit(BaseModel):
    """A unit in the record format; `source[start:end]` is the unit as printed."""

    id: str
    kind: str
    heading_path: list[str]
    text: str
    start: int
    end: int
    labels: list[str]
    role: str | None
    scores: dict[str, float]
    role_scores: dict[str, float]
    n_tokens: int
    truncated: bool


class ReportResponse(BaseModel):
    """A report cut into tagged units, and what it says."""

    model: ModelName
    report: ReportFacts
    units: list[ReportUnit]
    coverage: dict[str, TopicCoverage] = Field(description="By topic; zeros for what is left out.")
    checklist: Checklist | None = Field(description="Null where the kind of issuer isn't known.")
    problems_and_plans: list[ProblemsAndPlans]
    figures: list[Figure]
    inconsistencies: list[Inconsistency]
    source: str = Field(
        "",
        exclude_if=lambda source: not source,
        description="The text of a file, which offsets count; not there for a report sent as text.",
    )


class CarriedOverShare(BaseModel):
    """Body units that stand in the body's report before as well, and their share."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(alias="from", description="Name of that report.")
    units: int
    share: float


@dataclass(frozen=True, kw_only=True)
class ComparedReport(ReportFacts):
    """One report: its facts, and how much of it is about what. Units are body units."""

    units: int
    characters: int
    topics: dict[str, TopicShare]
    roles: dict[str, int]
    problems: int
    plans: int
    figures: int
    missing: list[str] | None = Field(description="Null where the kind of issuer isn't known.")
    carried_over: CarriedOverShare | None


class CompareResponse(BaseModel):
    """Reports beside each other, by name."""

    model: ModelName
    topics: list[str] = Field(description="Every topic's id.")
    reports: list[ComparedReport]
    groups: dict[str, list[Group]] = Field(description="Mean shares by region, year, issuer_kind.")
    series: list[Series] = Field(description="Bodies with reports of at least two years.")
    carried_over: list[CarriedOver]
    failed: list[Failed] = Field(description="Reports that couldn't be read, and why.")


class EvidenceRequest(StrictRequest):
    """A sentence, and topics or roles to explain."""

    sentence: SentenceForm = Field(examples=["全年办理行政复议案件42件，纠错率7.1%。"])
    labels: Annotated[list[Text], FailFast()] = Field(
        default=[], description="Ids of topics or roles; none: those that the sentence is given."
    )


class PhraseOut(BaseModel):
    """What a phrase carried; `[start:end]` is its place in the text, or in that heading."""

    where: Literal["text", "heading"]
    heading: int | None = Field(description="Place in `heading_path`.")
    start: int
    end: int
    text: str
    drop: float = Field(description="Of the label's log-odds, without the phrase.")
    score: float = Field(description="The label's score without the phrase.")


class LabelEvidence(Named):
    """A topic or role with its score; phrases that carried it, greatest drop first."""

    score: float
    phrases: list[PhraseOut]


class EvidenceResponse(BaseModel):
    """The phrases that carried each label."""

    model: ModelName
    id: str | None
    evidence: list[LabelEvidence]
