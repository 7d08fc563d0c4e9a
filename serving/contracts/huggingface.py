"""`POST /`: Hugging Face's text-classification task, for `huggingface_hub.InferenceClient`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Discriminator, FailFast, Field, Tag
from typing_extensions import TypeAliasType

from fazhi.encoding import Sentence
from serving.contracts.ranking import ScoredLabel, ranked
from serving.errors import BODY_ERRORS, MESSAGE, ErrorType
from serving.inference import Inference
from serving.limits import AppSettings, RequireJson, check_lengths, check_number
from serving.schemas import LIST_TAG, TEXT_TAG, FilledText, ForeignRequest, StrictRequest

ERRORS = MESSAGE
router = APIRouter(tags=["Hugging Face"], responses=ERRORS.responses(ErrorType.INTERNAL))


def owns(path: str) -> bool:
    """Whether errors of `path` look as this contract says."""
    return path == "/"


def _form(value: object) -> str:
    return TEXT_TAG if isinstance(value, str) else LIST_TAG


# A named type, since members of a union must be hashable and `FailFast()` isn't.
TextBatch = TypeAliasType("TextBatch", Annotated[list[FilledText], FailFast(), Field(min_length=1)])
Inputs = Annotated[
    Annotated[FilledText, Tag(TEXT_TAG)] | Annotated[TextBatch, Tag(LIST_TAG)],
    Discriminator(_form),
]


class HuggingFaceParameters(StrictRequest):
    """What a client may ask of the answer."""

    top_k: int | None = Field(None, ge=1, description="Only so many labels; default: all.")
    function_to_apply: Literal["sigmoid"] | None = Field(
        None,
        description="Labels are independent of each other, so that `softmax` would mean nothing; "
        "logits, which `none` asks for, aren't kept.",
    )


class HuggingFaceRequest(ForeignRequest):
    """One text, or a batch of them."""

    inputs: Inputs = Field(examples=["全年办理行政复议案件42件，纠错率7.1%。"])
    parameters: HuggingFaceParameters | None = None


@router.post("/", dependencies=[RequireJson], responses=ERRORS.responses(*BODY_ERRORS))
async def text_classification(
    body: HuggingFaceRequest, inference: Inference, settings: AppSettings
) -> list[list[ScoredLabel]]:
    """Scores of each text's labels, strongest first; nested for a single text too.

    Scores are independent probabilities, since a sentence may have several labels or none.
    """
    is_batch = isinstance(body.inputs, list)
    texts = body.inputs if isinstance(body.inputs, list) else [body.inputs]
    check_number(len(texts), settings, "inputs")
    sentences = [Sentence(text) for text in texts]
    places = (f"inputs[{i}]" if is_batch else "inputs" for i in range(len(texts)))
    check_lengths(zip(places, sentences, strict=True), settings)
    predictions = await inference.classify(sentences)
    top_k = body.parameters.top_k if body.parameters else None
    return [ranked(prediction)[:top_k] for prediction in predictions]
