"""Many reports beside each other: one row a report, groups of them, and a body over the years.

`compare` puts together what one module a question finds. Knows neither files nor HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fazhi.analysis import Analysis
from fazhi.comparison.bodies import Body, group_by_body, last_reports
from fazhi.comparison.carried_over import CarriedOver, find_carried_over
from fazhi.comparison.groups import Group, group_rows
from fazhi.comparison.rows import CarriedOverShare, ReportRow, TopicShare, report_row
from fazhi.comparison.series import Change, Series, body_series
from fazhi.inputs import Failed

__all__ = [
    "Body",
    "CarriedOver",
    "CarriedOverShare",
    "Change",
    "Comparison",
    "Failed",
    "Group",
    "ReportRow",
    "Series",
    "TopicShare",
    "compare",
]


@dataclass(frozen=True)
class Comparison:
    """Reports compared; reports are named by their unique names, topics by label ids."""

    topics: tuple[str, ...]  # in the taxonomy's order
    reports: tuple[ReportRow, ...]  # in the order in which they were given
    groups: dict[str, tuple[Group, ...]]  # by "region", "year" and "issuer_kind"
    series: tuple[Series, ...]  # bodies with reports of at least two years
    carried_over: tuple[CarriedOver, ...]  # in the order of the reports and their units
    failed: tuple[Failed, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer of `POST /v1/compare` but for `model`."""
        answer = asdict(self)
        answer["reports"] = [row.to_json() for row in self.reports]
        return answer


def compare(analyses: Sequence[Analysis], failed: Sequence[Failed] = ()) -> Comparison:
    """Compare reports of one model.

    Raises:
        ValueError: two reports share a name.
    """
    names = [analysis.name for analysis in analyses]
    if len(set(names)) < len(names):
        raise ValueError("two reports share a name; a comparison names reports by it")
    bodies = group_by_body(analyses)
    last = last_reports(bodies)
    carried_over = {
        analysis.name: find_carried_over(analysis, last[analysis.name])
        for analysis in analyses
        if analysis.name in last
    }
    rows = tuple(
        report_row(analysis, last.get(analysis.name), carried_over.get(analysis.name, []))
        for analysis in analyses
    )
    return Comparison(
        topics=tuple(analyses[0].coverage) if analyses else (),
        reports=rows,
        groups=group_rows(rows),
        series=body_series(bodies),
        carried_over=tuple(unit for units in carried_over.values() for unit in units),
        failed=tuple(failed),
    )
