"""One row a report: its facts, and how much of it is about what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fazhi.analysis import Analysis, Facts
from fazhi.comparison.carried_over import CarriedOver


@dataclass(frozen=True)
class TopicShare:
    """Body units about a topic; `share` is of all body units, 0…1, 0 in a report without any.

    A unit may have several topics or none, so that the shares of a report needn't sum to 1.
    """

    units: int
    share: float


@dataclass(frozen=True)
class CarriedOverShare:
    """Body units that the body's last report has as well; `share` is of all body units, 0…1."""

    from_report: str
    units: int
    share: float


@dataclass(frozen=True)
class ReportRow:
    """One report. `units` are body units, `characters` theirs."""

    name: str
    facts: Facts
    units: int
    characters: int
    topics: dict[str, TopicShare]  # every label
    roles: dict[str, int]  # every role: body units
    problems: int  # body units
    plans: int  # body units
    figures: int
    missing: tuple[str, ...] | None  # label ids; None without a checklist for this kind of issuer
    carried_over: CarriedOverShare | None  # None without an earlier report of the same body

    def to_json(self) -> dict[str, Any]:
        """The facts stand beside the numbers, the earlier report's name under `from`."""
        answer = {"name": self.name, **asdict(self.facts), **asdict(self)}
        del answer["facts"]
        if carried := self.carried_over:
            answer["carried_over"] = {
                "from": carried.from_report,
                "units": carried.units,
                "share": carried.share,
            }
        return answer


def report_row(
    analysis: Analysis, last: Analysis | None, carried_over: Sequence[CarriedOver]
) -> ReportRow:
    """The row of a report; `carried_over` are its units that are in `last`, its body's last one."""
    body_units = [unit for unit in analysis.units if unit.record.kind == "body"]
    n = len(body_units)
    counted = Counter(unit.role for unit in body_units)
    roles = {role: counted[role] for topic in analysis.coverage.values() for role in topic.roles}
    return ReportRow(
        name=analysis.name,
        facts=analysis.facts,
        units=n,
        characters=sum(len(unit.record.text) for unit in body_units),
        topics={
            label: TopicShare(topic.units, _share(topic.units, n))
            for label, topic in analysis.coverage.items()
        },
        roles=roles,
        problems=counted["problem"],
        plans=counted["plan"],
        figures=len(analysis.figures),
        missing=analysis.checklist.missing if analysis.checklist else None,
        carried_over=CarriedOverShare(last.name, len(carried_over), _share(len(carried_over), n))
        if last
        else None,
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
