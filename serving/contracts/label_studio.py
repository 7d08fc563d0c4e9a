"""`/integrations/label-studio`: a machine-learning backend for Label Studio's pre-annotations.

What Label Studio sends of itself (its access token, a project's login) is neither kept nor
logged.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, FailFast, Field, TypeAdapter, ValidationError

from fazhi.classifier import Prediction
from fazhi.encoding import Sentence
from fazhi.taxonomy import Taxonomy
from serving.contracts.labeling_config import (
    Choices,
    LabelingConfig,
    LabelingConfigError,
    read_labeling_config,
)
from serving.errors import BODY_ERRORS, MESSAGE, ApiError, ErrorType
from serving.inference import Inference, Service
from serving.limits import AppSettings, RequireJson, check_lengths, check_number
from serving.schemas import FilledText, ForeignRequest, Text

_PREFIX = "/integrations/label-studio"
_MAX_KEY_CHARACTERS = 100  # of a data key that an error repeats
_FILLED_TEXT: TypeAdapter[str] = TypeAdapter(FilledText)
_HEADINGS_KEY = "heading_path"
_HEADINGS: TypeAdapter[list[str]] = TypeAdapter(Annotated[list[Text], FailFast()])
_EXAMPLE_CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Choices name="topics" toName="text" choice="multiple">
    <Choice value="放管服"/>
    <Choice value="复议" alias="reconsideration"/>
  </Choices>
  <Choices name="role" toName="text" choice="single">
    <Choice value="成效举措"/>
    <Choice value="存在问题"/>
  </Choices>
</View>"""

ERRORS = MESSAGE
router = APIRouter(
    prefix=_PREFIX, tags=["Label Studio"], responses=ERRORS.responses(ErrorType.INTERNAL)
)


def owns(path: str) -> bool:
    """Whether errors of `path` look as this contract says."""
    return path == _PREFIX or path.startswith(f"{_PREFIX}/")


class LabelStudioTask(ForeignRequest):
    """A task; the labelling configuration says which of its data is the text."""

    data: dict[str, Any]


ConfigXml = Annotated[Text, Field(max_length=200_000)]


class LabelStudioPredictRequest(ForeignRequest):
    """Tasks to pre-annotate."""

    tasks: Annotated[list[LabelStudioTask], FailFast()] = Field(
        min_length=1, examples=[[{"data": {"text": "全年办理行政复议案件42件。"}}]]
    )
    label_config: ConfigXml = Field(examples=[_EXAMPLE_CONFIG])


class LabelStudioSetupRequest(ForeignRequest):
    """A project that is being connected; `schema` is its labelling configuration."""

    label_config: ConfigXml = Field(alias="schema", examples=[_EXAMPLE_CONFIG])


class ChoicesValue(BaseModel):
    """The chosen ones, as annotations hold them."""

    choices: list[str]


class Region(BaseModel):
    """What is filled into one `<Choices>`."""

    from_name: str
    to_name: str
    type: Literal["choices"] = "choices"
    value: ChoicesValue


class LabelStudioPrediction(BaseModel):
    """One task's annotation. `score` is that of the least certain choice."""

    result: list[Region]
    score: float
    model_version: str


class LabelStudioPredictResponse(BaseModel):
    """Predictions in the order of the tasks."""

    results: list[LabelStudioPrediction]


class LabelStudioHealth(BaseModel):
    """The backend answers."""

    status: Literal["UP"] = "UP"
    model_class: str


class LabelStudioVersion(BaseModel):
    """The model that will answer."""

    model_version: str


class WebhookAnswer(BaseModel):
    """What became of an event."""

    status: Literal["ignored"] = "ignored"


@router.post("/predict", dependencies=[RequireJson], responses=ERRORS.responses(*BODY_ERRORS))
async def predict(
    body: LabelStudioPredictRequest, inference: Inference, settings: AppSettings
) -> LabelStudioPredictResponse:
    """Pre-annotate tasks: the first `<Choices>` tied to a `<Text>`, and one beside it.

    One holds topics, the other roles; choices are ids or Chinese names of `/v1/taxonomy`, as
    value or alias. A list of headings in a task's `heading_path` is read with its text. `score` is the lowest among the choices filled in; where no topic is chosen,
    1 less the strongest topic's score stands for that.
    """
    check_number(len(body.tasks), settings, "tasks")
    classifier = inference.classifier
    taxonomy = classifier.artifact.taxonomy
    config = _config(body.label_config, taxonomy, "label_config")
    places = [
        f"tasks[{i}].data.{config.data_key[:_MAX_KEY_CHARACTERS]}" for i in range(len(body.tasks))
    ]
    sentences = [
        Sentence(_text(task.data.get(config.data_key), place), _headings(task.data))
        for task, place in zip(body.tasks, places, strict=True)
    ]
    check_lengths(zip(places, sentences, strict=True), settings)
    predictions = await inference.classify(sentences)
    return LabelStudioPredictResponse(
        results=[_annotate(prediction, config, classifier.model_id) for prediction in predictions]
    )


@router.post(
    "/setup",
    dependencies=[RequireJson],
    responses=ERRORS.responses(
        ErrorType.MALFORMED,
        ErrorType.TOO_LARGE,
        ErrorType.UNSUPPORTED_MEDIA_TYPE,
        ErrorType.INVALID,
    ),
)
async def setup(body: LabelStudioSetupRequest, inference: Service) -> LabelStudioVersion:
    """Check a project's labelling configuration when the backend is connected to it."""
    classifier = inference.classifier
    _config(body.label_config, classifier.artifact.taxonomy, "schema")
    return LabelStudioVersion(model_version=classifier.model_id)


@router.get("/health", responses=ERRORS.responses(ErrorType.NOT_READY))
async def health(inference: Service) -> LabelStudioHealth:
    """The backend is up and takes tasks."""
    if not inference.is_ready:
        raise ApiError(ErrorType.NOT_READY, "The service is stopping.")
    return LabelStudioHealth(model_class=inference.classifier.artifact.config.name)


@router.post("/webhook", status_code=201)
async def webhook() -> WebhookAnswer:
    """Take an event and do nothing: the model doesn't learn while it serves."""
    return WebhookAnswer()


def _config(xml: str, taxonomy: Taxonomy, param: str) -> LabelingConfig:
    try:
        return read_labeling_config(xml, taxonomy)
    except LabelingConfigError as error:
        raise ApiError(ErrorType.INVALID, f"{param}: {error}.", param) from None


def _text(value: object, place: str) -> str:
    try:
        return _FILLED_TEXT.validate_python(value, strict=True)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ApiError(ErrorType.INVALID, f"{place}: {reason}.", place) from None


def _headings(data: dict[str, Any]) -> tuple[str, ...]:
    """The headings above a sentence, where a task has them as `make annotate-export` writes them."""
    try:
        return tuple(_HEADINGS.validate_python(data.get(_HEADINGS_KEY, []), strict=True))
    except ValidationError:  # a project's own field by that name
        return ()


def _annotate(
    prediction: Prediction, config: LabelingConfig, model_version: str
) -> LabelStudioPrediction:
    regions, scores = [], []
    if config.topics:
        offered = {i: s for i, s in prediction.scores.items() if i in config.topics.value_of}
        chosen = [i for i in prediction.labels if i in offered]
        if not config.topics.is_multiple:
            chosen = chosen[:1]
        if chosen:
            regions.append(_region(config.topics, chosen, config.to_name))
        scores += [offered[i] for i in chosen] or [1 - max(offered.values())]
    if config.role:
        offered = {i: s for i, s in prediction.role_scores.items() if i in config.role.value_of}
        role = max(offered, key=offered.__getitem__)
        regions.append(_region(config.role, [role], config.to_name))
        scores.append(offered[role])
    return LabelStudioPrediction(result=regions, score=min(scores), model_version=model_version)


def _region(choices: Choices, ids: list[str], to_name: str) -> Region:
    value = ChoicesValue(choices=[choices.value_of[i] for i in ids])
    return Region(from_name=choices.name, to_name=to_name, value=value)
