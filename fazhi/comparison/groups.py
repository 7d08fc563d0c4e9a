"""Mean topic shares of the reports of a region, a year, a kind of issuer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.comparison.rows import ReportRow

GROUPINGS = ("region", "year", "issuer_kind")


@dataclass(frozen=True)
class Group:
    """Reports that have a fact in common; each report weighs the same, however long."""

    key: str | int | None  # None: the reports that don't state it; stands last
    reports: int
    topics: dict[str, float]  # every label: mean share, 0…1


def group_rows(rows: Sequence[ReportRow]) -> dict[str, tuple[Group, ...]]:
    """Groups by fact, sorted by key."""
    return {fact: _groups(fact, rows) for fact in GROUPINGS}


def _groups(fact: str, rows: Sequence[ReportRow]) -> tuple[Group, ...]:
    by_key: dict[str | int | None, list[ReportRow]] = defaultdict(list)
    for row in rows:
        by_key[getattr(row.facts, fact)].append(row)
    keys = sorted(by_key, key=lambda key: (key is None, key if key is not None else 0))
    return tuple(Group(key, len(by_key[key]), _means(by_key[key])) for key in keys)


def _means(rows: Sequence[ReportRow]) -> dict[str, float]:
    return {
        label: round(sum(row.topics[label].share for row in rows) / len(rows), 4)
        for label in rows[0].topics
    }
