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


def near_duplicates(units: Sequence[Record], among: Sequence[Record] = ()) -> list[NearDuplicate]:
    """Pairs of near-duplicate body units from different reports, most alike first.

    Without `among`, pairs within `units`; with it, pairs of a unit with one of `among`.
    """
    units, among = _comparable(units), _comparable(among)
    shingles = {id(unit): _shingles(unit.text) for unit in (*units, *among)}
    index = MinHashLSH(threshold=_SOUGHT, num_perm=_PERMUTATIONS)
    signatures = {id(unit): _signature(shingles[id(unit)]) for unit in (*units, *among)}
    indexed: dict[int, Record] = {}
    found = []
    for unit in among:
        index.insert(id(unit), signatures[id(unit)])
        indexed[id(unit)] = unit
    for unit in units:
        for other in (indexed[key] for key in index.query(signatures[id(unit)])):
            likeness = _jaccard(shingles[id(unit)], shingles[id(other)])
            if likeness > THRESHOLD and report_of(unit) != report_of(other):
                found.append(NearDuplicate(other, unit, likeness))
        if not among:
            index.insert(id(unit), signatures[id(unit)])
            indexed[id(unit)] = unit
    return sorted(found, key=lambda pair: -pair.likeness)


def share_of_near_duplicates(units: Sequence[Record], pairs: Sequence[NearDuplicate]) -> float:
    """Share of the body units that repeat, almost, a unit of another report that stands before them."""
    bodies = sum(unit.kind == "body" for unit in units)
    return len({pair.other.id for pair in pairs}) / bodies if bodies else 0.0


def _comparable(units: Sequence[Record]) -> list[Record]:
    return [u for u in units if u.kind == "body" and len(_plain(u.text)) >= MIN_CHARACTERS]


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
