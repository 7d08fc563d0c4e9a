"""Sentences whose numbers belong together, and what these numbers can be before rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from fazhi.analysis.masking import MaskedSentence, mask
from fazhi.analysis.numbers import Amount
from fazhi.tagging import TaggedUnit

_ROLES = ("achievement", "background", "problem")
# The sentence goes on with the numbers of the one before: parts, nothing but rates, or this year's.
_PARTS = re.compile("其中|[^，。]{0,20}率(?:均|为|达|达到)?[0-9.]+%[^0-9]*$")
_YEAR = re.compile(r"(?:20\d\d年|上年|去年|今年)")
_LEAD_BREAK = re.compile("[，；。：、（）]")
_CASES = frozenset("件宗起")


@dataclass(frozen=True)
class Number:
    """A number of a passage; `place` is its `#` there."""

    unit: TaggedUnit
    sentence: MaskedSentence
    amount: Amount
    place: int

    @property
    def value(self) -> float:
        """The value as stated, in its unit."""
        return self.amount.value

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values the number was before it was rounded: 1.2万 is 11500 to 12500."""
        is_exact = self.amount.decimals == 0 and self.amount.unit != "%"
        half = 0.0 if is_exact else 0.5 * 10.0**-self.amount.decimals
        return self.value - half, self.value + half

    def counts_like(self, other: Number) -> bool:
        """Whether both count the same kind of thing, as far as their units tell."""
        ours, theirs = self.amount.unit, other.amount.unit
        return ours == theirs or {ours, theirs} <= _CASES


@dataclass(frozen=True)
class Passage:
    """One sentence, or two where the second goes on with the numbers of the first; `text` is masked."""

    text: str
    numbers: tuple[Number, ...]

    def at(self, place: int) -> Number:
        """The number whose `#` stands there."""
        return next(number for number in self.numbers if number.place == place)

    @cached_property
    def _leads(self) -> tuple[str, ...]:
        ends = [-1, *(number.place for number in self.numbers)]
        return tuple(_LEAD_BREAK.split(self.text[a + 1 : b])[-1] for a, b in pairwise(ends))

    def lead(self, index: int) -> str:
        """The words before a number, back to the number or punctuation mark before it."""
        return self._leads[index]


class Finding(NamedTuple):
    """A stated number that others of its passage contradict."""

    kind: str
    number: Number
    computed: float
    message: str
    others: tuple[Number, ...]

    @property
    def units(self) -> list[TaggedUnit]:
        """The sentences of these numbers, in order."""
        return [n.unit for n in sorted((self.number, *self.others), key=lambda n: n.place)]


def passages(units: Sequence[TaggedUnit]) -> Iterator[Passage]:
    """The passages of a report, in order; every sentence is in exactly one."""
    group: list[TaggedUnit] = []
    for unit in units:
        if unit.role not in _ROLES:
            continue
        if group and not (len(group) == 1 and _continues(group[0], unit)):
            yield _passage(group)
            group = []
        group.append(unit)
    if group:
        yield _passage(group)


def _continues(first: TaggedUnit, second: TaggedUnit) -> bool:
    """Whether the second sentence goes on with the numbers of the first."""
    if first.record.heading_path != second.record.heading_path:
        return False
    texts = (first.record.text, second.record.text)
    return bool(_PARTS.match(texts[1])) or all(map(_YEAR.match, texts))


def _passage(units: Sequence[TaggedUnit]) -> Passage:
    text, numbers = "", []
    for unit in units:
        sentence = mask(unit.record.text)
        numbers += [
            Number(unit, sentence, amount, len(text) + place)
            for amount, place in zip(sentence.amounts, sentence.places, strict=True)
        ]
        text += sentence.text
    return Passage(text, tuple(numbers))


def plain(value: float) -> str:
    """A number for a person: no exponent, no trailing zeros, at most two digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
