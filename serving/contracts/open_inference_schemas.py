"""Bodies of the Open Inference Protocol."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, FailFast, Field, Tag
from typing_extensions import TypeAliasType

from serving.schemas import LIST_TAG, TEXT_TAG, ForeignRequest, StrictRequest, Text

OUTPUTS = ("labels", "scores", "role")
_TEXT = {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["压减申报材料61份。"]}
_HEADINGS = {
    "name": "heading_path",
    "shape": [1, 2],
    "datatype": "BYTES",
    "data": [["一、主要举措和成效", "（一）放管服"]],
}


def _form(value: object) -> str:
    return TEXT_TAG if isinstance(value, str) else LIST_TAG


# A named type, since members of a union must be hashable and `FailFast()` isn't.
TensorRow = TypeAliasType("TensorRow", Annotated[list[Text], FailFast()])
Element = Annotated[
    Annotated[Text, Tag(TEXT_TAG)] | Annotated[TensorRow, Tag(LIST_TAG)], Discriminator(_form)
]
Dimension = Annotated[int, Field(ge=0)]


class InputTensor(ForeignRequest):
    """Texts, row by row: `data` is flat or has one list a row."""

    name: Literal["text", "heading_path"]
    shape: Annotated[list[Dimension], FailFast(), Field(min_length=1, max_length=2)]
    datatype: Literal["BYTES"]
    data: Annotated[list[Element], FailFast()]


class OutputParameters(StrictRequest):
    """How one output comes back. Neither shared memory nor the classification extension exist."""

    binary_data: bool | None = None


class RequestedOutput(ForeignRequest):
    """An output by its name."""

    name: Literal["labels", "scores", "role"]
    parameters: OutputParameters | None = None


class OutputTensor(BaseModel):
    """A result; `data` is flat, row by row, and missing where it follows the JSON as bytes."""

    name: str
    datatype: Literal["BYTES", "FP32"]
    shape: list[int]
    data: list[str] | list[float] | None = None
    parameters: dict[str, Any] | None = None


class ServerMetadata(BaseModel):
    """The server; `version` is the service's, not the model's."""

    name: str
    version: str
    extensions: list[str]


class Live(BaseModel):
    """The process answers."""

    live: bool


class Ready(BaseModel):
    """The model answers."""

    ready: bool


class ModelReady(Ready):
    """The model answers."""

    name: str


class TensorMetadata(BaseModel):
    """A tensor's form; -1 is any size."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """The model and its tensors."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InferParameters(ForeignRequest):
    """Of the whole request."""

    binary_data_output: bool = Field(False, description="For outputs that don't say themselves.")


class InferRequest(ForeignRequest):
    """`text`, one a row, and perhaps `heading_path`: a row's headings, topmost first.

    Empty headings are passed over, so that paths of different lengths fit into one tensor.
    """

    id: Text | None = Field(None, description="Comes back with the answer.", examples=["42"])
    parameters: InferParameters | None = None
    inputs: Annotated[list[InputTensor], FailFast()] = Field(
        min_length=1, max_length=2, examples=[[_TEXT], [_TEXT, _HEADINGS]]
    )
    outputs: Annotated[list[RequestedOutput], FailFast()] = Field(
        default=[], max_length=3, description="Default: all."
    )


class InferResponse(BaseModel):
    """Outputs in the order of the request."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[OutputTensor]
