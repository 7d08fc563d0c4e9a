"""Which reports are of the same issuing body, and in which order of years."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.analysis import Analysis

_NO_LETTER = re.compile(r"[\W_]+")
_OFFICE = re.compile(r"(?<=政府)(?:办公室|办公厅|办)$")  # it signs for its government
_GOVERNMENT = re.compile(r"(?:人民)?政府$|(?<=街道)办事处$")  # a place alone stands for it
_REGION = re.compile(r"^.{1,12}?[省市县区旗州盟]")


@dataclass(frozen=True)
class Body:
    """An issuing body with its reports, by year; `name` is the fullest that the reports give it."""

    name: str
    reports: tuple[Analysis, ...]


def last_reports(bodies: Sequence[Body]) -> dict[str, Analysis]:
    """By a report's name, the same body's report of the latest year before; first ones lack it."""
    last = {}
    for body in bodies:
        for report in body.reports:
            before = [r for r in body.reports if _year(r) < _year(report)]
            if before:  # of several reports of one year, the first given
                last[report.name] = next(r for r in before if _year(r) == _year(before[-1]))
    return last


def group_by_body(analyses: Sequence[Analysis]) -> list[Body]:
    """Reports that state their issuer and year, by issuer, in the order of first appearance."""
    dated = [a for a in analyses if a.facts.issuer and a.facts.year is not None]
    names = {a.name: _OFFICE.sub("", _NO_LETTER.sub("", a.facts.issuer or "")) for a in dated}
    places = {name: _GOVERNMENT.sub("", name) for name in names.values()}
    full = {place: _full_name(place, list(places.values())) for place in places.values()}
    reports: dict[str, list[Analysis]] = defaultdict(list)
    for analysis in dated:
        reports[full[places[names[analysis.name]]]].append(analysis)
    return [
        Body(max((names[a.name] for a in of_body), key=len), tuple(sorted(of_body, key=_year)))
        for of_body in reports.values()
    ]


def _full_name(name: str, names: Sequence[str]) -> str:
    """“青河县司法局” beside “云岭市青河县司法局” is the same body, unless two such are there."""
    if not _REGION.match(name):  # plain “司法局” is the end of many names
        return name
    fuller = {n for n in names if n.endswith(name) and _REGION.match(n.removesuffix(name))}
    fullest = [n for n in fuller if not any(m != n and m.endswith(n) for m in fuller)]
    return fullest[0] if len(fullest) == 1 else name


def _year(analysis: Analysis) -> int:
    return analysis.facts.year or 0
