"""From the text of a unit back to the source that it was cut from."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from fazhi.normalize import CleanText, normalize
from fazhi.tagging import TaggedUnit


class Stated(NamedTuple):
    """A piece of the source as printed, and its place there."""

    text: str
    start: int
    end: int


class SourcePlaces:
    """Places in the texts of units as places in `source`; without one, they stay as they are."""

    def __init__(self, source: str | None) -> None:
        self._source = source

    @cached_property
    def _clean(self) -> CleanText:
        return normalize(self._source or "")

    def stated(self, unit: TaggedUnit, start: int, end: int) -> Stated:
        """`unit.record.text[start:end]` as printed in the source. Needs `start < end`."""
        text = unit.record.text
        if self._source is None or unit.start is None or unit.end is None:
            return Stated(text[start:end], start, end)
        if self._source[unit.start : unit.end] == text:
            first, last = unit.start + start, unit.start + end - 1
        else:
            origins = self._origins(unit.start, unit.end)
            first, last = origins[_solid(text[:start])], origins[_solid(text[:end]) - 1]
        return Stated(self._source[first : last + 1], first, last + 1)

    def _origins(self, start: int, end: int) -> list[int]:
        """Where the characters of a unit stand in the source, white space left out.

        Between clean text and a unit's only white space differs (`fazhi.normalize.squeeze`).
        """
        offsets, text = self._clean.offsets, self._clean.text
        first, last = bisect_left(offsets, start), bisect_left(offsets, end)
        return [offsets[i] for i in range(first, last) if not text[i].isspace()]


def _solid(text: str) -> int:
    return sum(not char.isspace() for char in text)
