"""What the service answers, as frozen dataclasses, read from its JSON.

Fields that a newer service adds are left out. `from_answer` raises LookupError, TypeError or
ValueError where the JSON isn't such an answer. `model` is `name@version` of the model that
answered. `to_json` gives lists, dicts and plain values, in the names that `fazhi classify` uses:
`pandas.DataFrame(x.to_json() for x in results)` is a table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from fazhi.taxonomy import Group, Label, Role, Taxonomy

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D", bound="DataclassInstance")


@dataclass(frozen=True)
class LabelScore:
    """A topic that the sentence reports on; `score` is its probability."""

    id: str
    name: str
    group: str
    score: float


@dataclass(frozen=True)
class RoleScore:
    """The sentence's role; `score` is its probability among the roles."""

    id: str
    name: str
    score: float


@dataclass(frozen=True)
class SentenceResult:
    """The answer for one sentence; `labels` strongest first, `scores` for every label id.

    `id` is the sentence's own, None where it had none. `truncated`: the sentence was cut.
    """

    id: str | None
    labels: tuple[LabelScore, ...]
    role: RoleScore
    scores: dict[str, float]
    n_tokens: int
    truncated: bool
    model: str

    @classmethod
    def from_answer(cls, row: Any, model: str) -> SentenceResult:  # noqa: ANN401 (JSON)
        """Read one of the `results` of `POST /v1/classify`."""
        labels = tuple(pick(LabelScore, label) for label in row["labels"])
        role = pick(RoleScore, row["role"])
        return pick(cls, row, labels=labels, role=role, scores=dict(row["scores"]), model=model)

    def to_json(self) -> dict[str, Any]:
        """A flat row: `labels` are ids, `role` is an id beside its `role_score`."""
        return {
            "id": self.id,
            "labels": [label.id for label in self.labels],
            "role": self.role.id,
            "role_score": self.role.score,
            "scores": self.scores,
            "n_tokens": self.n_tokens,
            "truncated": self.truncated,
            "model": self.model,
        }


@dataclass(frozen=True)
class Limits:
    """What one request may hold; a sentence over `max_length_tokens` is cut."""

    max_body_bytes: int
    max_sentences: int
    max_sentence_characters: int
    max_report_characters: int
    max_units: int
    max_reports: int
    max_length_tokens: int


@dataclass(frozen=True)
class ModelFacts:
    """Facts of the model card, and the service's limits; thresholds and calibration by label id."""

    name: str
    version: str
    taxonomy_version: int
    thresholds: dict[str, float]
    calibration: dict[str, dict[str, float]]
    fallback_threshold: float
    role_temperature: float
    limits: Limits
    provenance: dict[str, Any]
    metrics: dict[str, Any]

    @classmethod
    def from_answer(cls, answer: Any) -> ModelFacts:  # noqa: ANN401 (JSON)
        """Read the answer of `GET /v1/model`."""
        limits = pick(Limits, answer["limits"])
        if not all(isinstance(limit, int) for limit in asdict(limits).values()):
            raise TypeError("limits must be whole numbers")  # requests are cut by them
        return pick(cls, answer, limits=limits)

    def to_json(self) -> dict[str, Any]:
        """The answer's JSON."""
        return asdict(self)


def read_taxonomy(answer: Any) -> Taxonomy:  # noqa: ANN401 (JSON)
    """Read the answer of `GET /v1/taxonomy`."""
    return Taxonomy(
        version=answer["version"],
        groups=tuple(pick(Group, row) for row in answer["groups"]),
        labels=tuple(pick(Label, row) for row in answer["labels"]),
        roles=tuple(pick(Role, row) for row in answer["roles"]),
    )


def model_id(answer: Any) -> str:  # noqa: ANN401 (JSON)
    """`name@version` of the model that answered."""
    return f"{answer['model']['name']}@{answer['model']['version']}"


def pick(cls: type[D], row: Any, **read: Any) -> D:  # noqa: ANN401 (JSON)
    """An instance of `cls`: fields as already read, the others from the row."""
    return cls(**{f.name: row[f.name] for f in fields(cls) if f.name not in read}, **read)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with lists for tuples, as JSON has them."""
    return {key: _listed(value) for key, value in row.items()}


def _listed(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return plain(value)
    return [_listed(inner) for inner in value] if isinstance(value, list | tuple) else value
