"""The units that a model gets wrong, the surest mistake first, as rows of a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import Corpus, report_of
from training.evaluation.metrics import Answers, role_indices, truth_of

Mistake = Literal["missed", "extra", "role"]


def find_errors(
    units: Sequence[Record],
    answers: Answers,
    taxonomy: Taxonomy,
    *,
    topic: str | None = None,
    mistake: Mistake | None = None,
    among: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """A row a unit with a mistake: id, missed, extra, role, distance, headings, text; names are Chinese.

    `distance`: how far the worst score of the mistakes shown is from the truth, 1 where the model was sure.
    `topic` (an id or a name) keeps mistakes about it, `mistake` those of one kind, `among` those of some
    unit ids, such as a part of `parts`. Where the system has no scores, every distance is 1.

    Raises:
        ValueError: the taxonomy lacks the topic.
    """
    truth = truth_of(units, taxonomy)
    wrong = _shown(truth != answers.given, truth, taxonomy, topic, mistake)
    roles = role_indices([unit.role or "" for unit in units], taxonomy)
    wrong_role = (answers.roles != roles) & (mistake in (None, "role")) & (topic is None)
    rows = []
    for i in np.flatnonzero(wrong.any(axis=1) | wrong_role).tolist():
        unit = units[i]
        if among is not None and unit.id not in among:
            continue
        row = {
            "id": unit.id,
            "missed": _names(wrong[i] & truth[i], taxonomy),
            "extra": _names(wrong[i] & ~truth[i], taxonomy),
            "role": f"{taxonomy.roles[roles[i]].name} → {taxonomy.roles[answers.roles[i]].name}"
            if wrong_role[i]
            else "",
            "distance": _distance(answers, i, wrong[i], truth[i], wrong_role[i], roles[i]),
            "headings": " > ".join(unit.heading_path),
            "text": unit.text,
        }
        rows.append(row)
    return sorted(rows, key=lambda row: -row["distance"])


def parts(units: Sequence[Record], corpus: Corpus) -> dict[str, dict[str, set[str]]]:
    """Unit ids by slice and part, for `among`: kind of issuing body, year, headings, length."""
    found: dict[str, dict[str, set[str]]] = {}
    for unit in units:
        facts = corpus.facts.get(report_of(unit))
        values = {
            "headings": "with" if unit.heading_path else "without",
            "length": "over 60 characters" if len(unit.text) > 60 else "up to 60 characters",
        }
        if facts:
            values |= {"issuer kind": facts.issuer_kind, "year": facts.year}
        for slice_, part in values.items():
            found.setdefault(slice_, {}).setdefault(part, set()).add(unit.id)
    return {slice_: dict(sorted(by_part.items())) for slice_, by_part in sorted(found.items())}


def _shown(
    wrong: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    taxonomy: Taxonomy,
    topic: str | None,
    mistake: Mistake | None,
) -> NDArray[np.bool_]:
    """The cells (units, labels) that are asked for."""
    if mistake is not None:
        wrong = wrong & {"missed": truth, "extra": ~truth, "role": np.zeros_like(truth)}[mistake]
    if topic is None:
        return wrong
    column = [topic in (label.id, label.name) for label in taxonomy.labels]
    if not any(column):
        raise ValueError(f"no topic `{topic}`; the taxonomy has {', '.join(taxonomy.label_ids)}")
    return np.asarray(wrong & np.array(column))


def _names(row: NDArray[np.bool_], taxonomy: Taxonomy) -> str:
    return "、".join(taxonomy.labels[j].name for j in np.flatnonzero(row))


def _distance(
    answers: Answers,
    i: int,
    wrong: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    wrong_role: bool,
    role: int,
) -> float:
    if answers.scores is None or answers.role_scores is None:
        return 1.0
    topics = np.abs(answers.scores[i] - truth)[wrong]
    return float(max([*topics, 1 - answers.role_scores[i, role] if wrong_role else 0.0]))
