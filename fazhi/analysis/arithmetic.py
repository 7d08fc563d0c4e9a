"""Figures that don't add up. They are flagged, never corrected.

Rather none than a wrong one: approximate numbers are never held against others, numbers in 万 only
as far as they are rounded, and a rate only where the words before it name no special denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.analysis.changes import check_changes
from fazhi.analysis.passages import Finding, passages
from fazhi.analysis.ratios import check_ratios
from fazhi.analysis.sources import SourcePlaces
from fazhi.analysis.sums import check_sums
from fazhi.tagging import TaggedUnit


@dataclass(frozen=True)
class Inconsistency:
    """A stated number that other stated numbers contradict."""

    unit_ids: tuple[str, ...]  # the sentences, in order
    kind: str  # "ratio", "sum" or "change"
    stated: float
    computed: float
    message: str  # in Chinese, for a person: "1536÷1626=94.46%，文中为96.13%"
    start: int  # of the stated number in the source, or in its unit where there is no source
    end: int


def check_arithmetic(
    units: Sequence[TaggedUnit], source: str | None = None
) -> tuple[Inconsistency, ...]:
    """Where the numbers of a report contradict each other, in its order. Never raises.

    `source` is the text that the offsets of `units` count in, None for units of a table.
    """
    places = SourcePlaces(source)
    return tuple(
        _inconsistency(finding, places)
        for passage in passages(units)
        for check in (check_ratios, check_sums, check_changes)
        for finding in check(passage)
    )


def _inconsistency(finding: Finding, places: SourcePlaces) -> Inconsistency:
    number = finding.number
    origins, amount = number.sentence.origins, number.amount
    stated = places.stated(number.unit, origins[amount.start], origins[amount.end - 1] + 1)
    return Inconsistency(
        unit_ids=tuple(dict.fromkeys(unit.record.id for unit in finding.units)),
        kind=finding.kind,
        stated=number.value,
        computed=round(finding.computed, 2),
        message=finding.message,
        start=stated.start,
        end=stated.end,
    )
