"""Bodies of requests and responses. Limits that settings hold are checked by the routes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    FailFast,
    Field,
    Tag,
    model_validator,
)

# What pydantic puts into the place of an error for a member of a union; never a field's name.
TEXT_TAG, SENTENCE_TAG, LIST_TAG, BATCH_TAG = "<text>", "<sentence>", "<list>", "<batch>"
UNION_TAGS = frozenset({TEXT_TAG, SENTENCE_TAG, LIST_TAG, BATCH_TAG})


def _valid_unicode(text: str) -> str:
    """Refuse half of a surrogate pair, which JSON can carry (as an escape) and no encoding can."""
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains half of a surrogate pair")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Text = Annotated[str, AfterValidator(_valid_unicode)]
FilledText = Annotated[  # pydantic's own `pattern` would complain in other words
    Text, AfterValidator(_not_blank), Field(json_schema_extra={"minLength": 1, "pattern": r"\S"})
]


class StrictRequest(BaseModel):
    """Pydantic makes an object of every error, and a body has room for millions: one is enough."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _one_unknown_field(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        known = {key: value for key, value in raw.items() if key in cls.model_fields}
        unknown = next((key for key in raw if key not in known), None)
        return known if unknown is None else {**known, unknown: None}


class SentenceIn(StrictRequest):
    """A sentence with its headings, topmost first."""

    text: FilledText
    id: Text | None = Field(default=None, description="Comes back with the result.")
    heading_path: Annotated[list[Text], FailFast()] = Field(
        default=[], description="Headings above the sentence, topmost first."
    )


class ForeignRequest(BaseModel):
    """A request of another server's contract. Such servers pass over fields they don't know."""

    model_config = ConfigDict(strict=True, extra="ignore")


def _sentence_form(value: object) -> str:
    return TEXT_TAG if isinstance(value, str) else SENTENCE_TAG


SentenceForm = Annotated[
    Annotated[FilledText, Tag(TEXT_TAG)] | Annotated[SentenceIn, Tag(SENTENCE_TAG)],
    Discriminator(_sentence_form),
]


class ClassifyRequest(StrictRequest):
    """Sentences to classify, as plain texts or with headings."""

    sentences: Annotated[list[SentenceForm], FailFast()] = Field(
        min_length=1, examples=[["全年办理行政复议案件42件，纠错率7.1%。"]]
    )
    threshold: float | None = Field(
        None, ge=0, le=1, description="Instead of the model's own thresholds."
    )


class ReportRequest(StrictRequest):
    """A whole report as text."""

    text: FilledText = Field(examples=["一、工作情况\n（一）深化“放管服”改革。压减申报材料61份。"])
    name: Text = Field("report", min_length=1, max_length=200, description="Ids begin with it.")


class ModelName(BaseModel):
    """Which model answered."""

    name: str
    version: str


class LabelScore(BaseModel):
    """A topic that the sentence reports on."""

    id: str
    name: str
    group: str
    score: float


class RoleScore(BaseModel):
    """The sentence's role."""

    id: str
    name: str
    score: float


class SentenceResult(BaseModel):
    """The answer for one sentence; `labels` strongest first, `scores` for every topic."""

    id: str | None
    labels: list[LabelScore]
    role: RoleScore
    scores: dict[str, float]
    n_tokens: int
    truncated: bool


class ClassifyResponse(BaseModel):
    """Answers in the order of the sentences."""

    model: ModelName
    results: list[SentenceResult]


class ReportFacts(BaseModel):
    """What the report says of itself; null where it doesn't."""

    name: str
    title: str | None
    issuer: str | None
    year: int | None


class ReportUnit(BaseModel):
    """A unit in the record format; `text[start:end]` of the request is the unit as printed."""

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


class TopicCoverage(BaseModel):
    """How much of a report's body is about a topic."""

    units: int
    characters: int
    roles: dict[str, int]
    first: str | None = Field(description="Id of the first unit.")


class ReportResponse(BaseModel):
    """A report cut into tagged units."""

    model: ModelName
    report: ReportFacts
    units: list[ReportUnit]
    coverage: dict[str, TopicCoverage] = Field(description="By topic; zeros for what is left out.")


class Named(BaseModel):
    """An id and its Chinese name."""

    id: str
    name: str


class GroupOut(Named):
    """A family of topics."""

    source: str


class LabelOut(Named):
    """A topic."""

    group: str


class TaxonomyResponse(BaseModel):
    """The label set."""

    version: int
    groups: list[GroupOut]
    labels: list[LabelOut]
    roles: list[Named]


class Limits(BaseModel):
    """What one request may hold."""

    max_body_bytes: int
    max_sentences: int
    max_sentence_characters: int
    max_report_characters: int
    max_length_tokens: int = Field(description="A longer sentence is cut and says `truncated`.")


class ModelResponse(ModelName):
    """Facts of the model card."""

    taxonomy_version: int
    thresholds: dict[str, float]
    limits: Limits
    provenance: dict[str, Any]
    metrics: dict[str, Any]


class Health(BaseModel):
    """Answer of a health check."""

    status: str


class ErrorDetail(BaseModel):
    """One error; `param` names the field."""

    type: str
    message: str
    param: str | None = None


class ErrorBody(BaseModel):
    """Body of every error."""

    error: ErrorDetail


class ErrorMessage(BaseModel):
    """Body of every error on paths whose clients expect one line of text."""

    error: str
