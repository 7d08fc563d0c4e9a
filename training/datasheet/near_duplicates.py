"""Sentences that stand in the corpus almost word for word already.

Likeness is the Jaccard index of the sets of character 5-grams (Broder, “On the resemblance and
containment of documents”, 1997). MinHash finds the candidates; the index itself is then computed, so that
no pair below the threshold is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datasketch import MinHash, MinHashLSH

from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from training.corpus import report_of

THRESHOLD = 0.6
_N_GRAM = 5
# Sentences of fewer characters (“特此报告。”) recur in honest reports and have too few 5-grams to compare.
MIN_CHARACTERS = 15
_PERMUTATIONS = 128
# Candidates are sought a little below the threshold, since MinHash only estimates.
_SOUGHT = 0.5


@dataclass(frozen=True)
class NearDuplicate:
    """Two units of different reports, and how alike they are (Jaccard index, above 0.6)."""

    one: Record
    other: Record
    likeness: float


class NearDuplicateIndex:
    """Body units, for finding those that a unit almost repeats; too short ones are passed over."""

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=_SOUGHT, num_perm=_PERMUTATIONS)
        self._indexed: dict[int, tuple[Record, frozenset[str]]] = {}

    def add(self, unit: Record) -> None:
        """Have the unit found from now on."""
        if _is_comparable(unit):
            shingles = _shingles(unit.text)
            key = len(self._indexed)
            self._indexed[key] = unit, shingles
            self._index.insert(key, _signature(shingles))

    def alike(self, unit: Record) -> list[tuple[Record, float]]:
        """Units that this one almost repeats, in the order of adding, and how alike they are."""
        if not _is_comparable(unit):
            return []
        shingles = _shingles(unit.text)
        candidates = (self._indexed[key] for key in sorted(self._index.query(_signature(shingles))))
        likenesses = ((other, _jaccard(shingles, theirs)) for other, theirs in candidates)
        return [(other, likeness) for other, likeness in likenesses if likeness > THRESHOLD]


def near_duplicates(units: Sequence[Record], among: Sequence[Record] = ()) -> list[NearDuplicate]:
    """Pairs of near-duplicate body units from different reports, most alike first.

    Without `among`, pairs within `units`; with it, pairs of a unit with one of `among`.
    """
    index = NearDuplicateIndex()
    for unit in among:
        index.add(unit)
    found = []
    for unit in units:
        found += [
            NearDuplicate(other, unit, likeness)
            for other, likeness in index.alike(unit)
            if report_of(unit) != report_of(other)
        ]
        if not among:
            index.add(unit)
    return sorted(found, key=lambda pair: -pair.likeness)


def share_of_near_duplicates(units: Sequence[Record], pairs: Sequence[NearDuplicate]) -> float:
    """Share of the body units that repeat, almost, a unit of another report that stands before them."""
    bodies = sum(unit.kind == "body" for unit in units)
    return len({pair.other.id for pair in pairs}) / bodies if bodies else 0.0


def _is_comparable(unit: Record) -> bool:
    return unit.kind == "body" and len(_plain(unit.text)) >= MIN_CHARACTERS


def _plain(text: str) -> str:
    return squeeze(normalize(text).text)


def _shingles(text: str) -> frozenset[str]:
    plain = _plain(text)
    return frozenset(plain[i : i + _N_GRAM] for i in range(len(plain) - _N_GRAM + 1))


def _signature(shingles: frozenset[str]) -> MinHash:
    signature = MinHash(num_perm=_PERMUTATIONS)
    signature.update_batch(_encoded(shingles))
    return signature


def _encoded(shingles: frozenset[str]) -> Iterator[bytes]:
    return (shingle.encode() for shingle in shingles)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
