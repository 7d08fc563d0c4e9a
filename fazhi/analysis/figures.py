"""The numbers that a report states, typed by what they measure.

Rather none than a wrong one: a number that no phrase of `measures.yaml` explains, or two explain
equally well, is left out. So are plans, changes, averages and limits: they are no levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fazhi.analysis.masking import MaskedSentence, mask
from fazhi.analysis.measures import Match, Measure, MeasureTable, load_measures
from fazhi.analysis.sources import SourcePlaces
from fazhi.analysis.surroundings import period_at, scope_at
from fazhi.tagging import TaggedUnit

_OWN_TOPIC = 2  # characters' worth of evidence: the sentence is tagged with the measure's topic
_ROLES = ("achievement", "background", "problem")  # plans state targets


@dataclass(frozen=True)
class Figure:
    """One number as stated; `source[start:end]` is it as printed, with its unit.

    Where the units come from a table, `start` and `end` are places in the text of the unit.
    """

    unit_id: str  # of the sentence
    measure: str  # id: "reconsideration_cases", …
    name: str  # of the measure, in Chinese: "行政复议收案数"
    label: str  # the topic that the measure belongs to
    value: float  # in `unit`: 32000 for "3.2万人次"
    unit: str  # "件", "%", "元", …
    approximate: bool  # said to be: 余, 多, 近, 约, 超, 以上…
    decimals: int  # digits after the point in `value` that are stated; -3 for "3.2万"
    period: str | None  # as stated, "2023年" or "1—9月"; None = the year reported on
    scope: str | None  # as stated, whose number it is ("全市", "市公安局"), None where not said
    stated: str  # as printed: "1626件"
    start: int
    end: int


def read_figures(units: Sequence[TaggedUnit], source: str | None = None) -> tuple[Figure, ...]:
    """The figures of a report, in its order. Never raises.

    `source` is the text that the offsets of `units` count in, None for units of a table.
    """
    table = load_measures()
    places = SourcePlaces(source)
    return tuple(
        figure
        for unit in units
        if unit.role in _ROLES
        for figure in _figures_of(unit, table, places)
    )


def _figures_of(unit: TaggedUnit, table: MeasureTable, places: SourcePlaces) -> Iterator[Figure]:
    sentence = mask(unit.record.text)
    if not sentence.amounts:
        return
    levels = _measures_in(sentence, unit, table)
    for place, amount in zip(sentence.places, sentence.amounts, strict=True):
        measure = levels.get(place)
        if measure is None:
            continue
        start, end = sentence.origins[amount.start], sentence.origins[amount.end - 1] + 1
        stated = places.stated(unit, start, end)
        yield Figure(
            unit_id=unit.record.id,
            measure=measure.id,
            name=measure.name,
            label=measure.label,
            value=amount.value,
            unit=amount.unit,
            approximate=amount.approximate,
            decimals=amount.decimals,
            period=period_at(sentence, place),
            scope=scope_at(sentence, place),
            stated=stated.text,
            start=stated.start,
            end=stated.end,
        )


def _measures_in(
    sentence: MaskedSentence, unit: TaggedUnit, table: MeasureTable
) -> dict[int, Measure]:
    """The measure of each number that has exactly one best, by its place in the masked text."""
    never = {m.at for phrase in table.never for m in phrase.matches(sentence.text)}
    units = {
        place: amount.unit
        for place, amount in zip(sentence.places, sentence.amounts, strict=True)
        if place not in never
    }
    spoken_of = _SpokenOf(sentence, unit, table)
    found: dict[int, dict[str, int]] = {place: {} for place in units}  # strength by measure
    for measure in table.measures.values():
        if measure.units.isdisjoint(units.values()):
            continue
        if unit.labels and measure.topics.isdisjoint(unit.labels):
            continue
        for match in _matches(measure, sentence, spoken_of, is_tagged=bool(unit.labels)):
            if units.get(match.at) in measure.units:
                bonus = _OWN_TOPIC if measure.label in unit.labels else 0
                strengths = found[match.at]
                strengths[measure.id] = max(match.strength + bonus, strengths.get(measure.id, 0))
    for place, strengths in found.items():
        if not strengths and (before := sentence.listed_before(place)) in found:
            strengths.update(found[before])
    return {
        place: table.measures[best]
        for place, strengths in found.items()
        if (best := _strongest(strengths)) is not None
    }


def _matches(
    measure: Measure, sentence: MaskedSentence, spoken_of: _SpokenOf, *, is_tagged: bool
) -> Iterator[Match]:
    """The numbers that are worded like `measure`, where nothing near rules it out.

    Without a topic wording alone doesn't tell: a hospital's 业务培训22场 teaches no law.
    """
    worded = measure.phrases if is_tagged or measure.untagged else ()
    for phrases, needs_subject in ((worded, False), (measure.inherited, True)):
        for match in (m for phrase in phrases for m in phrase.matches(sentence.text)):
            if measure.unless and measure.unless.search(sentence.near(match.at)):
                continue
            if needs_subject and measure.about not in spoken_of.at(match.at):
                continue
            if measure.not_about and measure.not_about & spoken_of.at(match.at):
                continue
            yield match


def _strongest(strengths: dict[str, int]) -> str | None:
    ranked = sorted(strengths.items(), key=lambda pair: -pair[1])
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


class _SpokenOf:
    """The subjects spoken of at each place of one sentence, found out when asked."""

    def __init__(self, sentence: MaskedSentence, unit: TaggedUnit, table: MeasureTable) -> None:
        self._sentence, self._unit, self._table = sentence, unit, table
        self._known: dict[int, frozenset[str]] = {}

    def at(self, place: int) -> frozenset[str]:
        if place not in self._known:
            mentioned = self._table.mentions.all(self._sentence.text[:place])
            self._known[place] = self._find(place) | mentioned
        return self._known[place]

    def _find(self, place: int) -> frozenset[str]:
        table, labels = self._table, self._unit.labels
        ignored = table.untagged(labels)
        if named := self._sentence.subjects(place, table.subjects, ignored):
            return named
        if named := self._sentence.subjects(place, table.weak_subjects, ignored) - ignored:
            return named
        for heading in reversed(self._unit.record.heading_path):
            if named := table.subjects.last(heading, ignored) or table.subjects.last(heading):
                return named
        of_label = table.subject_of_label
        return frozenset(of_label[label] for label in labels if label in of_label)
