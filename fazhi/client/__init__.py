"""A typed client of the REST service, for programs that hold no model.

from fazhi.client import Client

with Client("http://127.0.0.1:8000") as client:
for result in client.classify(["全年办理行政复议案件42件，纠错率7.1%。"]):
print(result.role.name, [label.name for label in result.labels])

Loads neither the model runtime nor the tokenizer. Which steps a call takes stands in `calls`
and `retries`, as generators that do no I/O; `clients` does it, blocking or not.
"""

try:
    from fazhi.client.clients import AsyncClient, Client
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error}; the client needs more packages: pip install 'fazhi[client]'", name=error.name
    ) from None
from fazhi.client.reports import ComparisonResult, ReportResult, ReportUnit, TopicCoverage
from fazhi.client.results import LabelScore, Limits, ModelFacts, RoleScore, SentenceResult
from fazhi.client.sentences import SentenceLike
from fazhi.errors import ServiceError

__all__ = [
    "AsyncClient",
    "Client",
    "ComparisonResult",
    "LabelScore",
    "Limits",
    "ModelFacts",
    "ReportResult",
    "ReportUnit",
    "RoleScore",
    "SentenceLike",
    "SentenceResult",
    "ServiceError",
    "TopicCoverage",
]
