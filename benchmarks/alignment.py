"""How well a report was cut into units: beside units cut by a person, whatever file it came from.

Both are laid over each other character by character; white space, width and script are ignored,
since files change them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from fazhi.normalize import normalize


@dataclass(frozen=True)
class Cut:
    """One unit: its kind (title, heading, body, meta) and its text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Scores:
    """How alike two ways to cut a report are, each from 0 to 1.

    `boundary_f1`: of places where units begin; `kind_accuracy`: share of the gold units that a
    unit of the same kind covers by half of the shorter of the two; `text_kept`: share of the
    gold's characters that are there.
    """

    boundary_f1: float
    kind_accuracy: float
    text_kept: float


def score(gold: Sequence[Cut], predicted: Sequence[Cut]) -> Scores:
    """Compare two ways to cut the same report.

    Raises:
        ValueError: one of them has no units.
    """
    if not gold or not predicted:
        raise ValueError("both reports need units")
    ours, theirs = _Stream(gold), _Stream(predicted)
    overlap: Counter[tuple[int, int]] = Counter()
    place: dict[int, int] = {}  # character of the prediction → character of the gold
    matcher = SequenceMatcher(None, ours.text, theirs.text, autojunk=False)
    for a, b, length in matcher.get_matching_blocks():
        for k in range(length):
            overlap[ours.owner[a + k], theirs.owner[b + k]] += 1
            place[b + k] = a + k
    same_kind = {
        i
        for (i, j), shared in overlap.items()
        if shared * 2 >= min(ours.lengths[i], theirs.lengths[j])
        and gold[i].kind == predicted[j].kind
    }
    hits = {place[start] for start in theirs.starts if start in place} & set(ours.starts)
    return Scores(
        boundary_f1=2 * len(hits) / (len(set(ours.starts)) + len(theirs.starts)),
        kind_accuracy=len(same_kind) / len(gold),
        text_kept=len(place) / max(len(ours.text), 1),
    )


class _Stream:
    """All characters of some units in a row."""

    def __init__(self, units: Sequence[Cut]) -> None:
        texts = ["".join(normalize(unit.text).text.split()) for unit in units]
        self.text = "".join(texts)
        self.lengths = [max(len(text), 1) for text in texts]
        self.owner = [i for i, text in enumerate(texts) for _ in text]
        self.starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
