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
    max_units: int
    max_reports: int
    max_length_tokens: int = Field(description="A longer sentence is cut and says `truncated`.")


class CalibrationOut(BaseModel):
    """A topic's log-odds are `scale` times the model's raw output plus `offset`."""

    scale: float
    offset: float


class ModelResponse(ModelName):
    """Facts of the model card."""

    taxonomy_version: int
    thresholds: dict[str, float]
    calibration: dict[str, CalibrationOut]
    fallback_threshold: float = Field(
        description="Score from which a sentence below headings that reaches no threshold is given its "
        "likeliest topic."
    )
    role_temperature: float = Field(description="Divides the raw outputs of the roles.")
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
