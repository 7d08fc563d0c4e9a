"""Problems admitted and plans made, topic by topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy


@dataclass(frozen=True)
class ProblemsAndPlans:
    """What a report says of one topic; unit ids, in the order of the report.

    No plans beside problems: nothing is planned about them. No problems beside plans: none is
    admitted. Where `label` is None, sentences without a topic are listed and nothing is paired.
    """

    label: str | None
    problems: tuple[str, ...]
    plans: tuple[str, ...]


def pair_problems(units: Sequence[TaggedUnit], taxonomy: Taxonomy) -> tuple[ProblemsAndPlans, ...]:
    """One row for each topic that has a problem or a plan, in the taxonomy's order, None last.

    A sentence of two topics is in both rows. Only body units have roles.
    """
    rows = []
    for label in (*taxonomy.label_ids, None):
        problems, plans = _ids(units, "problem", label), _ids(units, "plan", label)
        if problems or plans:
            rows.append(ProblemsAndPlans(label, problems, plans))
    return tuple(rows)


def _ids(units: Sequence[TaggedUnit], role: str, label: str | None) -> tuple[str, ...]:
    return tuple(
        unit.record.id
        for unit in units
        if unit.role == role and (label in unit.labels if label else not unit.labels)
    )
