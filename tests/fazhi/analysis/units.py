"""Tagged units for tests of what is read in them."""

from __future__ import annotations

from fazhi.classifier import Prediction
from fazhi.records import Record
from fazhi.report import parse_report
from fazhi.tagging import TaggedUnit


def sentence(
    text: str,
    *labels: str,
    role: str = "achievement",
    headings: tuple[str, ...] = (),
    id_: str = "x-001",
) -> TaggedUnit:
    """One body unit of a table."""
    return TaggedUnit(Record(id_, text, "body", headings), prediction(*labels, role=role))


def report_units(source: str, *labels: str) -> list[TaggedUnit]:
    """The units of a report, all body units achievements with the same topics."""
    report = parse_report(source)
    return [
        TaggedUnit(
            record, None if record.kind == "meta" else prediction(*labels), unit.start, unit.end
        )
        for record, unit in zip(report.records("x"), report.units, strict=True)
    ]


def prediction(*labels: str, role: str = "achievement") -> Prediction:
    """A prediction without scores."""
    return Prediction(labels, role, {}, {}, 0, False)
