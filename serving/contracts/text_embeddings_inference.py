"""`POST /predict`, `GET /health` and `GET /info` as text-embeddings-inference has them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, Discriminator, FailFast, Field, Tag
from typing_extensions import TypeAliasType

from fazhi.classifier import Prediction
from fazhi.encoding import Sentence
from serving.contracts.ranking import ScoredLabel, ranked
from serving.errors import BODY_ERRORS, ApiError, ErrorShape, ErrorType, one_line
from serving.inference import Inference, Service
from serving.limits import AppSettings, RequireJson, check_lengths, check_number
from serving.schemas import BATCH_TAG, LIST_TAG, TEXT_TAG, ForeignRequest, Text

_PATHS = ("/predict", "/health", "/info")
_ERROR_TYPES = {
    ErrorType.INTERNAL: "backend",
    ErrorType.TIMEOUT: "backend",
    ErrorType.OVERLOADED: "overloaded",
    ErrorType.NOT_READY: "unhealthy",
}


class EmptyInputs(ApiError):
    """There is nothing to classify: 400 here, as in the server whose contract this is."""

    def __init__(self, param: str) -> None:
        super().__init__(ErrorType.MALFORMED, f"{param}: must not be empty.", param)


class TeiError(BaseModel):
    """Body of every error."""

    error: str
    error_type: Literal["backend", "empty", "overloaded", "unhealthy", "validation"]


def _render(error: ApiError) -> TeiError:
    name = _ERROR_TYPES.get(error.type, "validation")
    if isinstance(error, EmptyInputs):
        name = "empty"
    return TeiError.model_validate({"error": one_line(error), "error_type": name})


ERRORS = ErrorShape(TeiError, _render, {ErrorType.INTERNAL: 424})
router = APIRouter(
    tags=["text-embeddings-inference"], responses=ERRORS.responses(ErrorType.INTERNAL)
)


def owns(path: str) -> bool:
    """Whether errors of `path` look as this contract says."""
    return path in _PATHS


def _form(value: object) -> str:
    if isinstance(value, str):
        return TEXT_TAG
    is_batch = isinstance(value, list) and bool(value) and isinstance(value[0], list)
    return BATCH_TAG if is_batch else LIST_TAG


def _no_logits(value: bool) -> bool:
    if value:
        raise ValueError("logits aren't kept; only `false` is possible")
    return value


# Named types, since members of a union must be hashable and `FailFast()` isn't. An empty list is
# refused later, with the status that this contract has for it.
TeiInput = TypeAliasType(
    "TeiInput",
    Annotated[list[Text], FailFast(), Field(max_length=2, json_schema_extra={"minItems": 1})],
)  # (text) or (heading, text)
TeiBatch = TypeAliasType(
    "TeiBatch",
    Annotated[list[TeiInput], FailFast(), Field(json_schema_extra={"minItems": 1})],
)
Inputs = Annotated[
    Annotated[Text, Tag(TEXT_TAG)]
    | Annotated[TeiInput, Tag(LIST_TAG)]
    | Annotated[TeiBatch, Tag(BATCH_TAG)],
    Discriminator(_form),
]


class TeiPredictRequest(ForeignRequest):
    """A text, a pair or a batch of both: `"a"`, `["a"]`, `["heading", "a"]`, `[["a"], …]`."""

    inputs: Inputs = Field(
        examples=[[["压减申报材料61份。"], ["二、存在的问题", "执法人员法治意识有待提高。"]]]
    )
    truncate: bool | None = Field(False, description="Cut texts that are too long.")
    truncation_direction: Literal["right", "Right"] = Field(
        "right", description="Texts are cut at their end."
    )
    raw_scores: Annotated[bool, AfterValidator(_no_logits)] = Field(
        False,
        description="Scores are always probabilities.",
        json_schema_extra={"const": False},
    )


class TeiClassifier(BaseModel):
    """Labels by their position, and back."""

    id2label: dict[str, str]
    label2id: dict[str, int]


class TeiModelType(BaseModel):
    """The kind of the model."""

    classifier: TeiClassifier


class TeiInfo(BaseModel):
    """Model and limits; `version` is the service's."""

    model_id: str
    model_dtype: str
    model_type: TeiModelType
    max_input_length: int
    max_batch_tokens: int
    max_client_batch_size: int
    auto_truncate: bool
    version: str


_PREDICT_ERRORS = ERRORS.responses(*BODY_ERRORS)
_PREDICT_ERRORS[400]["description"] += " Or `inputs` is empty."


@router.post("/predict", dependencies=[RequireJson], responses=_PREDICT_ERRORS)
async def predict(
    body: TeiPredictRequest, inference: Inference, settings: AppSettings
) -> list[ScoredLabel] | list[list[ScoredLabel]]:
    """Scores of every label, strongest first; flat for one input, nested for a batch.

    Scores are sigmoids of each label by itself, not a softmax: the model is multi-label, and a
    sentence may have several labels or none. The first text of a pair is the heading above the
    second.
    """
    is_batch = _form(body.inputs) == BATCH_TAG
    batch = _batch(body.inputs)
    check_number(len(batch), settings, "inputs")
    places = [f"inputs[{i}]" if is_batch else "inputs" for i in range(len(batch))]
    sentences = [_sentence(*pair) for pair in zip(places, batch, strict=True)]
    check_lengths(zip(places, sentences, strict=True), settings)
    limit = inference.classifier.artifact.config.encoding.max_length_tokens
    predictions = await inference.classify(sentences)
    if not body.truncate:
        _check_whole(places, predictions, limit)
    answers = [ranked(prediction) for prediction in predictions]
    return answers if is_batch else answers[0]


def _batch(inputs: str | list[str] | list[list[str]]) -> list[list[str]]:
    if isinstance(inputs, str):
        return [[inputs]]
    batch = [item for item in inputs if isinstance(item, list)]
    return batch or [[item for item in inputs if isinstance(item, str)]]


def _sentence(place: str, texts: list[str]) -> Sentence:
    if not texts or not texts[-1].strip():
        raise EmptyInputs(place)
    return Sentence(texts[-1], tuple(texts[:-1]))


def _check_whole(places: list[str], predictions: list[Prediction], limit: int) -> None:
    """Only now, since a sentence's tokens are counted on the way through the model."""
    for place, prediction in zip(places, predictions, strict=True):
        if prediction.truncated:
            raise ApiError(
                ErrorType.INVALID,
                f"{place}: longer than {limit} tokens; shorten it or set `truncate`.",
                place,
            )


@router.get("/health", response_class=Response, responses=ERRORS.responses(ErrorType.NOT_READY))
async def health(inference: Service) -> Response:
    """Ready to answer; the body is empty."""
    if not inference.is_ready:
        raise ApiError(ErrorType.NOT_READY, "The service is stopping.")
    return Response()


@router.get("/info")
async def info(inference: Service, settings: AppSettings) -> TeiInfo:
    """Labels and limits."""
    classifier = inference.classifier
    labels = classifier.artifact.taxonomy.label_ids
    return TeiInfo(
        model_id=classifier.model_id,
        model_dtype="int8",
        model_type=TeiModelType(
            classifier=TeiClassifier(
                id2label={str(i): label for i, label in enumerate(labels)},
                label2id={label: i for i, label in enumerate(labels)},
            )
        ),
        max_input_length=classifier.artifact.config.encoding.max_length_tokens,
        max_batch_tokens=settings.max_batch_tokens,
        max_client_batch_size=settings.max_sentences,
        auto_truncate=False,
        version=version("fazhi"),
    )
