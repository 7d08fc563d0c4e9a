"""What the service says of whole reports, as frozen dataclasses, read from its JSON; see `results`.

Rows of what a report says (figures, problems, a comparison) stay the service's own JSON, whose
fields stand in its `/docs`: `pandas.DataFrame(report.figures)` is a table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fazhi.client.results import model_id, pick, plain

Row = dict[str, Any]


@dataclass(frozen=True)
class ReportUnit:
    """A unit of a report in the record format; `source[start:end]` is the unit as printed.

    `labels` are ids, strongest first; `role` is None where `kind` isn't `body`.
    """

    id: str
    kind: str
    heading_path: tuple[str, ...]
    text: str
    labels: tuple[str, ...]
    role: str | None
    start: int
    end: int
    scores: dict[str, float]
    role_scores: dict[str, float]
    n_tokens: int
    truncated: bool
    model: str

    @classmethod
    def from_answer(cls, row: Any, model: str) -> ReportUnit:  # noqa: ANN401 (JSON)
        """Read one of the `units` of `POST /v1/reports`."""
        path, labels = tuple(row["heading_path"]), tuple(row["labels"])
        return pick(cls, row, heading_path=path, labels=labels, model=model)

    def to_json(self) -> dict[str, Any]:
        """The row that `fazhi classify` writes for this unit."""
        return plain(asdict(self))


@dataclass(frozen=True)
class TopicCoverage:
    """How much of a report's body is about a topic; `first` and `strongest` are ids of units."""

    units: int
    characters: int
    roles: dict[str, dict[str, int]]  # role id → units and characters
    first: str | None
    strongest: tuple[str, ...]


@dataclass(frozen=True)
class ReportResult:
    """A report cut into tagged units, and what it says; None for what it doesn't say of itself.

    `coverage` has every label id, with zeros for topics that the report leaves out. `checklist` is
    None where the kind of issuer isn't known. `source` is the text of a file, which offsets count;
    None for a report that was sent as text.
    """

    name: str
    title: str | None
    issuer: str | None
    issuer_kind: str | None
    issuer_level: str | None
    region: str | None
    year: int | None
    date: str | None
    units: tuple[ReportUnit, ...]
    coverage: dict[str, TopicCoverage]
    checklist: Row | None
    problems_and_plans: tuple[Row, ...]
    figures: tuple[Row, ...]
    inconsistencies: tuple[Row, ...]
    source: str | None
    model: str

    @classmethod
    def from_answer(cls, answer: Any) -> ReportResult:  # noqa: ANN401 (JSON)
        """Read the answer of `POST /v1/reports`."""
        model = model_id(answer)
        return pick(
            cls,
            answer["report"],
            units=tuple(ReportUnit.from_answer(row, model) for row in answer["units"]),
            coverage={label: _coverage(row) for label, row in answer["coverage"].items()},
            checklist=None if answer["checklist"] is None else dict(answer["checklist"]),
            problems_and_plans=_rows(answer["problems_and_plans"]),
            figures=_rows(answer["figures"]),
            inconsistencies=_rows(answer["inconsistencies"]),
            source=answer.get("source"),
            model=model,
        )

    def to_json(self) -> dict[str, Any]:
        """Everything; for a table take the `units`' own, or one of the lists."""
        return plain(asdict(self))


@dataclass(frozen=True)
class ComparisonResult:
    """Reports beside each other, by their names; `topics` are label ids, `groups` by fact.

    `failed` are the reports that couldn't be read, each with its `name` and `reason`.
    """

    topics: tuple[str, ...]
    reports: tuple[Row, ...]
    groups: dict[str, tuple[Row, ...]]
    series: tuple[Row, ...]
    carried_over: tuple[Row, ...]
    failed: tuple[Row, ...]
    model: str

    @classmethod
    def from_answer(cls, answer: Any) -> ComparisonResult:  # noqa: ANN401 (JSON)
        """Read the answer of `POST /v1/compare`."""
        return cls(
            topics=tuple(answer["topics"]),
            reports=_rows(answer["reports"]),
            groups={fact: _rows(rows) for fact, rows in answer["groups"].items()},
            series=_rows(answer["series"]),
            carried_over=_rows(answer["carried_over"]),
            failed=_rows(answer["failed"]),
            model=model_id(answer),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything; for a table take `reports`, `series` or `carried_over`."""
        return plain(asdict(self))


def _coverage(row: Any) -> TopicCoverage:  # noqa: ANN401 (JSON)
    return pick(TopicCoverage, row, strongest=tuple(row["strongest"]))


def _rows(rows: Any) -> tuple[Row, ...]:  # noqa: ANN401 (JSON)
    return tuple(dict(row) for row in rows)
