"""What a report says of itself: title, issuing body, region, year and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.analysis.dates import read_date, read_years
from fazhi.analysis.front_matter import FrontMatter, read_front_matter
from fazhi.analysis.issuer import find_issuer, place_under, settle_city, settle_office
from fazhi.analysis.places import complete
from fazhi.report import Report, Unit

_TITLE = r"(?:信息|文件)?名\s*称|标\s*题"
# In order of trust: when it was written, when it was put on the page.
_DATES = (
    r"(?:成文|生成|制发|发文|印发)(?:日期|时间)",
    r"(?:发布|公开)(?:日期|时间)",
    r"日\s*期|时\s*间",
)

_SPRING = 6  # the last month in which reports of last year are issued


@dataclass(frozen=True)
class Facts:
    """None where the report doesn't say it."""

    title: str | None
    issuer: str | None  # as named: "云岭市青河县人民政府办公室"; "青河县" where no more is said
    issuer_kind: str | None  # "government", "department", "town" (乡镇街道) or "other"
    issuer_level: str | None  # "province", "city", "county" or "town"
    region: str | None  # as far as named or, of real places, known: "云岭省云岭市青河县"
    year: int | None  # that is reported on
    date: str | None  # of issue, ISO 8601, as far as stated: "2024-01-15", "2024-01"


def read_facts(report: Report) -> Facts:
    """The facts that a report states. Never raises."""
    matter = read_front_matter(report.units)
    title = next((unit.text for unit in report.units if unit.kind == "title"), None)
    title = title or next(iter(matter.labelled(_TITLE)), None)
    body = find_issuer(title, matter)
    if body:
        body = place_under(body, matter.addressee())
        text = "\n".join(unit.text for unit in report.units if unit.kind == "body")
        body = settle_office(settle_city(body, text), text)
    places = complete(body.places) if body else ()
    date = _date(matter)
    return Facts(
        title=title,
        issuer=body.name if body else None,
        issuer_kind=body.kind if body else None,
        issuer_level=body.level if body else None,
        region="".join(place.name for place in places) or None,
        year=_year(title, report.units, date),
        date=date,
    )


def _date(matter: FrontMatter) -> str | None:
    """The date that the report is signed with, else that of its metadata."""
    sources = [matter.dates(), *(matter.labelled(labels) for labels in _DATES)]
    return next((date for texts in sources for text in texts if (date := read_date(text))), None)


def _year(title: str | None, units: Sequence[Unit], date: str | None) -> int | None:
    """The year in the title, else the first in the text that a report of `date` can be about."""
    if title and (years := read_years(title)):
        return years[0]
    texts = [unit.text for unit in units if unit.kind in ("heading", "body")]
    named = [year for text in texts for year in read_years(text)]
    if date:  # reports of spring are about last year; the year that they are issued in is planned
        issued, month = int(date[:4]), int(date[5:7])
        about = issued - 1 if month <= _SPRING else issued
        return about if about in named else None
    return named[0] if named else None
