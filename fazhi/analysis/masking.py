"""One sentence made ready for phrases: clean, full-width punctuation, `#` for every number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.analysis.measures import NUMBER, SubjectWords
from fazhi.analysis.numbers import Amount, read_amounts
from fazhi.normalize import normalize

_UP_TO_STOP = re.compile(rf"[^{NUMBER}，；。、（]*")
_AND = ("、", "和", "及")
_EACH_ITS_OWN = re.compile("分别(?:为|是|达到?|有)?$")
_MAX_CHARACTERS = 2_000  # the work grows with the square of it
_TITLE = re.compile("《[^《》]*》")
_WIDE = str.maketrans(",;:()!?#", "，；：（）！？＃")


@dataclass(frozen=True)
class MaskedSentence:
    """`text[places[i]]` is the `#` that stands for `amounts[i]`, with its unit.

    `amounts` have offsets into `clean`; `origins[k]` is where its character k stands in the
    sentence as given.
    """

    clean: str
    origins: Sequence[int]
    amounts: tuple[Amount, ...]
    text: str
    places: tuple[int, ...]

    def clause(self, place: int) -> tuple[int, int]:
        """Start and end of the clause around a place of `text`, between commas and stops."""
        start = max(self.text.rfind(mark, 0, place) for mark in "，；。：") + 1
        ends = [at for mark in "，；。" if (at := self.text.find(mark, place)) >= 0]
        return start, min(ends, default=len(self.text))

    def near(self, place: int) -> str:
        """What stands around a place of `text`: back to the number or stop before, on to the next."""
        start, end = self.clause(place)
        before = self.text[start:place].rpartition(NUMBER)[2]
        after = _UP_TO_STOP.match(self.text, place + 1, end)
        return f"{before}{NUMBER}{after.group() if after else ''}"

    def listed_before(self, place: int) -> int | None:
        """The place of the number that one merely goes on from: “分别主持研究5次、7次”.

        None where words stand between, the units differ, or each has its own: “分别为5件、7件”.
        """
        at = self.places.index(place)
        if at == 0:
            return None
        last = self.places[at - 1]
        own = self.text[self.clause(place)[0] : last]
        if self.amounts[at - 1].unit != self.amounts[at].unit or self.amounts[at].unit == "%":
            return None
        if self.text[last + 1 : place] not in _AND or _EACH_ITS_OWN.search(own):
            return None
        return last

    def subjects(self, place: int, words: SubjectWords, ignored: frozenset[str]) -> frozenset[str]:
        """Ids of the subjects spoken of at a place of `text`.

        The words nearest before it in its clause say so, else those right behind it, else those
        before it in the sentence; `ignored` subjects count there only where there are no others.
        """
        start, end = self.clause(place)
        behind = _UP_TO_STOP.match(self.text, place + 1, end)
        return (
            words.last(self.text[start:place])
            or words.first(behind.group() if behind else "")
            or words.last(self.text[:start], ignored)
            or words.last(self.text[:start])
        )


def mask(sentence: str) -> MaskedSentence:
    """Make a sentence ready; one too long to be a sentence has no numbers. Never raises."""
    cleaned = normalize(sentence if len(sentence) <= _MAX_CHARACTERS else "")
    clean = cleaned.text
    amounts = tuple(amount for amount in read_amounts(clean) if amount.unit)
    text, places, last = "", [], 0
    for amount in amounts:
        text += _words(clean[last : amount.start])
        places.append(len(text))
        text += NUMBER
        last = amount.end
    text += _words(clean[last:])
    return MaskedSentence(clean, cleaned.offsets, amounts, text, tuple(places))


def _words(text: str) -> str:
    """Text between numbers as phrases see it; of titles only the brackets are left."""
    return _TITLE.sub("《》", text.translate(_WIDE))
