"""How far two annotators agree who have not seen each other's labels.

The two passes are kept as they were given, in a table beside the corpus (columns id, first_labels,
first_role, second_labels, second_role; labels parted by spaces); the corpus holds what was settled
afterwards.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score

from fazhi.errors import RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.evaluation.metrics import label_matrix

_COLUMNS = ("id", "first_labels", "first_role", "second_labels", "second_role")


@dataclass(frozen=True)
class Annotation:
    """What one annotator gave a unit; headings have no role."""

    labels: frozenset[str]
    role: str | None


@dataclass(frozen=True)
class TwoPasses:
    """A unit and what its two annotators gave it."""

    id: str
    first: Annotation
    second: Annotation


@dataclass(frozen=True)
class LabelAgreement:
    """F1 of one pass against the other (symmetric), Cohen's kappa, and how often each gave the label."""

    label: str
    f1: float
    kappa: float
    first: int
    second: int


@dataclass(frozen=True)
class Agreement:
    """Over all units of two passes; figures of roles over body units alone."""

    units: int
    micro_f1: float
    same_labels: float
    mean_kappa: float
    same_role: float
    role_kappa: float
    by_label: tuple[LabelAgreement, ...]


def read_passes(path: Path, taxonomy: Taxonomy) -> list[TwoPasses]:
    """Read the table of both passes.

    Raises:
        RecordError: a column is missing or a label or role unknown; names the line.
    """
    passes = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise RecordError(f"{path}, line 1: the header lacks the column `{missing[0]}`")
        for row in reader:
            place = f"{path}, line {reader.line_num}"
            first, second = (
                _annotation(row[f"{name}_labels"], row[f"{name}_role"], taxonomy, place)
                for name in ("first", "second")
            )
            passes.append(TwoPasses(row["id"], first, second))
    return passes


def _annotation(labels: str, role: str, taxonomy: Taxonomy, place: str) -> Annotation:
    given = labels.split()
    unknown = [*taxonomy.unknown_labels(given), *({role} - {"", *taxonomy.role_by_id})]
    if unknown:
        raise RecordError(f"{place}: `{unknown[0]}` is no label or role of the taxonomy")
    return Annotation(frozenset(given), role or None)


def agreement(passes: Sequence[TwoPasses], taxonomy: Taxonomy) -> Agreement:
    """Agreement of two non-empty passes; labels that neither gave are left out of `by_label`."""
    first, second = (
        label_matrix([sorted(a.labels) for a in annotations], taxonomy)
        for annotations in ([p.first for p in passes], [p.second for p in passes])
    )
    by_label = tuple(
        LabelAgreement(
            label,
            float(f1_score(first[:, j], second[:, j])),
            float(cohen_kappa_score(first[:, j], second[:, j])),
            int(first[:, j].sum()),
            int(second[:, j].sum()),
        )
        for j, label in enumerate(taxonomy.label_ids)
        if first[:, j].any() or second[:, j].any()
    )
    roles = [(p.first.role, p.second.role) for p in passes if p.first.role and p.second.role]
    return Agreement(
        units=len(passes),
        micro_f1=float(f1_score(first, second, average="micro")),
        same_labels=float((first == second).all(axis=1).mean()),
        mean_kappa=float(np.mean([label.kappa for label in by_label])),
        same_role=float(np.mean([a == b for a, b in roles])),
        role_kappa=float(cohen_kappa_score(*zip(*roles, strict=True))),
        by_label=by_label,
    )


def settlements(passes: Sequence[TwoPasses], corpus: Mapping[str, Record]) -> Counter[str]:
    """How the units that the passes differ on stand in the corpus now, by unit id.

    Keys: `agreed`, `first`, `second`, `neither`, and `gone` for units that were cut anew.
    """
    counts: Counter[str] = Counter()
    for unit in passes:
        record = corpus.get(unit.id)
        if unit.first == unit.second:
            counts["agreed"] += 1
        elif record is None:
            counts["gone"] += 1
        else:
            settled = Annotation(frozenset(record.labels or ()), record.role)
            name = {unit.first: "first", unit.second: "second"}.get(settled, "neither")
            counts[name] += 1
    return counts
