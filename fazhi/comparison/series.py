"""The same body over the years: topics that come and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fazhi.analysis import Analysis
from fazhi.comparison.bodies import Body


@dataclass(frozen=True)
class Change:
    """A topic that came with the report of `year`, or went with it."""

    year: int
    label: str


@dataclass(frozen=True)
class Series:
    """A body's reports by year; `years` and `reports` are of the same length.

    A report has a topic where at least one of its body units has it. Each year is compared with the
    one before it in the series, be it last year or not; several reports of one year count as one.
    """

    issuer: str
    years: tuple[int, ...]
    reports: tuple[str, ...]  # names
    appeared: tuple[Change, ...]
    disappeared: tuple[Change, ...]


def body_series(bodies: Sequence[Body]) -> tuple[Series, ...]:
    """Series of the bodies that have reports of at least two years."""
    return tuple(_series(body) for body in bodies if len({year for year, _ in _dated(body)}) > 1)


def _series(body: Body) -> Series:
    topics: dict[int, dict[str, bool]] = {}  # year → label → whether it's there
    for year, report in _dated(body):
        of_year = topics.setdefault(year, {})
        for label, topic in report.coverage.items():
            of_year[label] = of_year.get(label, False) or topic.units > 0
    changes = [
        (Change(year, label), is_there)
        for (_, before), (year, now) in pairwise(topics.items())
        for label, is_there in now.items()
        if is_there != before[label]
    ]
    return Series(
        issuer=body.name,
        years=tuple(year for year, _ in _dated(body)),
        reports=tuple(report.name for report in body.reports),
        appeared=tuple(change for change, is_there in changes if is_there),
        disappeared=tuple(change for change, is_there in changes if not is_there),
    )


def _dated(body: Body) -> Iterator[tuple[int, Analysis]]:
    return ((report.facts.year or 0, report) for report in body.reports)
