"""Sentences that a body's report has from its last one, unchanged or nearly so.

Method. Two sentences are compared without their numbering (一是, 1.), white space and punctuation.
They are the same where they state the same numbers in the same order – a sentence with new figures
is news – and at least `THRESHOLD` of their characters: `similarity` is twice the length of their
longest common subsequence by the sum of their lengths. Years aren't compared, since “2023年” becomes
“2024年” in a sentence that is otherwise copied.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel

from fazhi.analysis import Analysis
from fazhi.markers import strip_marker
from fazhi.tagging import TaggedUnit

THRESHOLD = 0.9
_YEAR = re.compile(
    r"(?:(?:19|20)\d\d|[一二][〇零九][〇零一二三四五六七八九]{2})(?=年|[-—–~至](?:19|20)\d\d年)"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NO_LETTER = re.compile(r"[\W_]+")


_Numbers = tuple[str, ...]


@dataclass(frozen=True)
class CarriedOver:
    """A body unit and the most similar one of the body's last report."""

    report: str
    unit_id: str
    text: str
    from_report: str
    from_unit_id: str
    from_text: str
    similarity: float  # THRESHOLD…1


def find_carried_over(report: Analysis, last: Analysis) -> list[CarriedOver]:
    """The body units of `report` that `last` has as well, in order."""
    candidates: dict[_Numbers, dict[str, TaggedUnit]] = defaultdict(dict)
    for unit in _body_units(last):
        letters, numbers = _compared(unit.record.text)
        candidates[numbers].setdefault(letters, unit)
    found = []
    for unit in _body_units(report):
        letters, numbers = _compared(unit.record.text)
        of_these_numbers = candidates.get(numbers, {})
        best = process.extractOne(
            letters,
            of_these_numbers.keys(),
            scorer=Indel.normalized_similarity,
            score_cutoff=THRESHOLD,
        )
        if best and letters:
            source = of_these_numbers[best[0]].record
            found.append(
                CarriedOver(
                    report=report.name,
                    unit_id=unit.record.id,
                    text=unit.record.text,
                    from_report=last.name,
                    from_unit_id=source.id,
                    from_text=source.text,
                    similarity=round(best[1], 4),
                )
            )
    return found


def _compared(text: str) -> tuple[str, _Numbers]:
    """What is compared of a sentence: its letters and digits, and its numbers, both without years."""
    text = _YEAR.sub("", strip_marker(text))
    return _NO_LETTER.sub("", text), tuple(_NUMBER.findall(text))


def _body_units(analysis: Analysis) -> Iterator[TaggedUnit]:
    return (unit for unit in analysis.units if unit.record.kind == "body")
