"""Units of reports that nobody has labelled yet, neither they nor what is almost the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from training.datasheet.near_duplicates import NearDuplicateIndex


@dataclass(frozen=True)
class Candidates:
    """Body units nobody has labelled yet, and how many of those read were left out."""

    units: list[Record]
    n_known: int  # stand in the labelled units, word for word or almost
    n_repeated: int  # stand in the reports once more


def candidates(units: Sequence[Record], labelled: Sequence[Record]) -> Candidates:
    """The body units that neither the labelled ones nor units before them say already."""
    known, seen = _Seen(), _Seen()
    for unit in labelled:
        known.add(unit)
    found, n_known, n_repeated = [], 0, 0
    for unit in units:
        if unit.kind != "body":
            continue
        if known.has(unit):
            n_known += 1
        elif seen.has(unit):
            n_repeated += 1
        else:
            seen.add(unit)
            found.append(unit)
    return Candidates(found, n_known, n_repeated)


class _Seen:
    """Texts word for word, and by likeness those long enough to be compared."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._index = NearDuplicateIndex()

    def add(self, unit: Record) -> None:
        self._texts.add(_plain(unit))
        self._index.add(unit)

    def has(self, unit: Record) -> bool:
        return _plain(unit) in self._texts or bool(self._index.alike(unit))


def _plain(unit: Record) -> str:
    return squeeze(normalize(unit.text).text)
