"""`/v2`: the Open Inference Protocol of KServe and Triton over HTTP, for `tritonclient`."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from serving.contracts.binary_tensors import EXTENSION, BinaryTensorRoute, tensor_response
from serving.contracts.open_inference_schemas import (
    OUTPUTS,
    InferRequest,
    InferResponse,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
    TensorMetadata,
)
from serving.contracts.tensors import output_tensor, sentences_of
from serving.errors import BODY_ERRORS, MESSAGE, ApiError, ErrorShape, ErrorType
from serving.inference import Inference, Service
from serving.limits import AppSettings, RequireJson

_PREFIX = "/v2"
_MAX_NAME_CHARACTERS = 100  # of an unknown model that an error repeats
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
ERRORS = ErrorShape(MESSAGE.body, MESSAGE.render, {ErrorType.INVALID: 400})
router = APIRouter(
    prefix=_PREFIX,
    tags=["Open Inference Protocol"],
    responses=ERRORS.responses(ErrorType.INTERNAL),
)
_model_routes = APIRouter(route_class=BinaryTensorRoute)


def owns(path: str) -> bool:
    """Whether errors of `path` look as this contract says."""
    return path == _PREFIX or path.startswith(f"{_PREFIX}/")


async def _check_model(model: Annotated[str, Path()], inference: Service) -> None:
    name = inference.classifier.artifact.config.name
    if model != name:
        asked = model[:_MAX_NAME_CHARACTERS]
        raise ApiError(ErrorType.NOT_FOUND, f"There is no model {asked}; this service has {name}.")


async def _check_version(version: Annotated[str, Path()], inference: Service) -> None:
    served = inference.classifier.artifact.config.version
    if version != served:
        asked = version[:_MAX_NAME_CHARACTERS]
        raise ApiError(
            ErrorType.NOT_IMPLEMENTED, f"There is no version {asked}; this service has {served}."
        )


@router.get("")
async def server_metadata() -> ServerMetadata:
    """Name and version of the service."""
    return ServerMetadata(name="fazhi", version=installed_version("fazhi"), extensions=[EXTENSION])


@router.get("/health/live")
async def live() -> Live:
    """The process answers."""
    return Live(live=True)


@router.get("/health/ready", responses=ERRORS.responses(ErrorType.NOT_READY))
async def ready(inference: Service) -> Ready:
    """The model is loaded and verified, and the service isn't stopping."""
    if not inference.is_ready:
        raise ApiError(ErrorType.NOT_READY, "The service is stopping.")
    return Ready(ready=True)


@_model_routes.get("/ready", responses=ERRORS.responses(ErrorType.NOT_READY))
async def model_ready(inference: Service) -> ModelReady:
    """The model is loaded and verified, and the service isn't stopping."""
    answer = await ready(inference)
    return ModelReady(name=inference.classifier.artifact.config.name, ready=answer.ready)


@_model_routes.get("")
async def model_metadata(inference: Service) -> ModelMetadata:
    """The model's tensors. Columns of `scores` are the labels of `/v1/taxonomy`, in its order."""
    artifact = inference.classifier.artifact
    return ModelMetadata(
        name=artifact.config.name,
        versions=[artifact.config.version],
        platform="onnxruntime_onnx",
        inputs=[
            TensorMetadata(name="text", datatype="BYTES", shape=[-1]),
            TensorMetadata(name="heading_path", datatype="BYTES", shape=[-1, -1]),
        ],
        outputs=[
            TensorMetadata(name="labels", datatype="BYTES", shape=[-1]),
            TensorMetadata(
                name="scores", datatype="FP32", shape=[-1, len(artifact.taxonomy.labels)]
            ),
            TensorMetadata(name="role", datatype="BYTES", shape=[-1]),
        ],
    )


@_model_routes.post(
    "/infer",
    dependencies=[RequireJson],
    response_model=InferResponse,
    responses={200: {"content": _BINARY}, **ERRORS.responses(*BODY_ERRORS)},
    openapi_extra={"requestBody": {"content": _BINARY}},
)
async def infer(body: InferRequest, inference: Inference, settings: AppSettings) -> Response:
    """Tag sentences. `labels` are JSON: a list of `{"id", "name", "score"}` for each row.

    `scores` are independent probabilities, one for each topic; `role` is a role id. Bodies may
    carry binary tensors, in both directions.
    """
    sentences = sentences_of(body.inputs, settings)
    artifact = inference.classifier.artifact
    predictions = await inference.classify(sentences)
    head = {"model_name": artifact.config.name, "model_version": artifact.config.version}
    outputs = [
        (output_tensor(name, predictions, artifact.taxonomy), is_binary)
        for name, is_binary in _wanted(body).items()
    ]
    return tensor_response(head if body.id is None else {**head, "id": body.id}, outputs)


def _wanted(body: InferRequest) -> dict[str, bool]:
    """The outputs to give, in order, and whether as bytes."""
    by_default = bool(body.parameters and body.parameters.binary_data_output)
    wanted = dict.fromkeys(() if body.outputs else OUTPUTS, by_default)
    for output in body.outputs:
        own = output.parameters.binary_data if output.parameters else None
        wanted[output.name] = by_default if own is None else own
    return wanted


router.include_router(
    _model_routes,
    prefix="/models/{model}",
    dependencies=[Depends(_check_model)],
    responses=ERRORS.responses(ErrorType.NOT_FOUND),
)
router.include_router(
    _model_routes,
    prefix="/models/{model}/versions/{version}",
    dependencies=[Depends(_check_model), Depends(_check_version)],
    responses=ERRORS.responses(ErrorType.NOT_FOUND, ErrorType.NOT_IMPLEMENTED),
)
