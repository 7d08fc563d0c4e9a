"""What one tagged report says: its facts, what it covers and leaves out, problems, plans, figures.

One module a question, and `analyze`, which asks them all. Knows neither files nor HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fazhi.analysis.arithmetic import Inconsistency, check_arithmetic
from fazhi.analysis.checklist import Checklist, check_topics
from fazhi.analysis.coverage import TopicCoverage, cover
from fazhi.analysis.facts import Facts, read_facts
from fazhi.analysis.figures import Figure, read_figures
from fazhi.analysis.problems import ProblemsAndPlans, pair_problems
from fazhi.report import Report
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy

__all__ = [
    "Analysis",
    "Checklist",
    "Facts",
    "Figure",
    "Inconsistency",
    "ProblemsAndPlans",
    "TopicCoverage",
    "analyze",
]


@dataclass(frozen=True)
class Analysis:
    """One report, read. Units are named by their ids, places are offsets into the source."""

    name: str
    facts: Facts
    units: tuple[TaggedUnit, ...]
    coverage: dict[str, TopicCoverage]
    checklist: Checklist | None
    problems_and_plans: tuple[ProblemsAndPlans, ...]
    figures: tuple[Figure, ...]
    inconsistencies: tuple[Inconsistency, ...]

    def to_json(self, model_id: str) -> dict[str, Any]:
        """The answer of `POST /v1/reports` but for `model`; units in the record format."""
        return {
            "report": {"name": self.name, **asdict(self.facts)},
            "units": [unit.to_json(model_id) for unit in self.units],
            "coverage": {label: asdict(row) for label, row in self.coverage.items()},
            "checklist": asdict(self.checklist) if self.checklist else None,
            "problems_and_plans": [asdict(row) for row in self.problems_and_plans],
            "figures": [asdict(figure) for figure in self.figures],
            "inconsistencies": [asdict(row) for row in self.inconsistencies],
        }


def analyze(name: str, report: Report, units: Sequence[TaggedUnit], taxonomy: Taxonomy) -> Analysis:
    """Read a report of which `units` are the tagged units, in order.

    With a taxonomy other than the released one, what rests on topics and roles that it lacks (items of
    checklists, figures, problems and plans) is left out.
    """
    facts = read_facts(report)
    known = taxonomy.label_by_id
    return Analysis(
        name=name,
        facts=facts,
        units=tuple(units),
        coverage=cover(units, taxonomy),
        checklist=check_topics(facts, units, taxonomy),
        problems_and_plans=pair_problems(units, taxonomy),
        figures=tuple(f for f in read_figures(units, report.source) if f.label in known),
        inconsistencies=check_arithmetic(units, report.source),
    )
