"""What reports count, and how they word it: the table in `measures.yaml`, read and compiled.

Knows no reports: it says where in one masked sentence (`fazhi.analysis.masking`) a number is
worded like a measure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

NUMBER = "#"  # what stands for a number in a masked sentence

# A part is no whole: of “承接权限241项，其中53项…” only what stands behind 其中 may explain the 53.
_GAP = rf"((?:(?!其中|中有)[^{NUMBER}，；。：]){{0,25}}?)"
_CLAUSE_START = rf"(?:(?<=[，；。：（）、{NUMBER}])|\A)"
# “由上年的38%提高到82.7%” stands where one number could; the former counts where its year is said.
_NUMBER = (
    r"(?:[由从](?:(?:[上去]年|(?:19|20)\d\d年)的?(?P<former>#)|[^#，；。]{0,6}#)[^#，；。]{0,8}[到至为])?"
    r"(?P<number>#)"
)
_GROUP = re.compile(r"\((?!\?)")
# A number at the end of a phrase must end its noun phrase: “办结#个单位” counts something else.
_END = (
    r"(?=[^\u4e00-\u9fff]|\Z|均|全|已|都|其中|并|和|及|与|同比|同期|同时|按|未|无一|没|在|由|经|被|占|达|为"
    r"|予|的|集中|进行|实行|交叉|分别|先后|免费|面向|后[，、]|中[，、的]|中有|系因|因|以上|就|又|涉及|较|比|通过|逐|当场|得到|获|责令|办理|组成)"
)


class Match(NamedTuple):
    """A number that a phrase has found: its place, and how many characters say so."""

    at: int  # of the number in the masked sentence
    strength: int


@dataclass(frozen=True)
class Phrase:
    """One way to word a number; the language is told at the top of `measures.yaml`."""

    pattern: re.Pattern[str]

    @classmethod
    def compile(cls, phrase: str, *, is_whole: bool = True) -> Phrase:
        """Compile a phrase with exactly one `#`; `is_whole`: a last `#` ends its noun phrase.

        Raises:
            ValueError: there is no `#`, or more than one, or it's no regular expression.
        """
        if phrase.count(NUMBER) != 1:
            raise ValueError(f"phrase `{phrase}`: needs exactly one `{NUMBER}`")
        before, _, after = phrase.partition(NUMBER)
        pattern = f"{_regex(before)}{_NUMBER}{_regex(after) or (_END if is_whole else '')}"
        try:
            return cls(re.compile(pattern))
        except re.error as error:
            raise ValueError(f"phrase `{phrase}`: {error}") from None

    def matches(self, masked: str) -> Iterator[Match]:
        """The numbers of a masked sentence that are worded so."""
        for match in self.pattern.finditer(masked):
            gaps = sum(map(len, filter(None, match.groups()))) - len(match["number"])
            strength = match.end() - match.start() - gaps
            if match["former"]:
                yield Match(match.start("former"), strength)
            yield Match(match.start("number"), strength)


def _regex(words: str) -> str:
    signs = {"N": NUMBER, "^": _CLAUSE_START, "…": _GAP}
    return "".join(signs.get(char, char) for char in _GROUP.sub("(?:", words))


class SubjectWords:
    """The matters that sentences speak of, known by their words; a word may stand for several."""

    def __init__(self, subjects: Mapping[str, Sequence[str]]) -> None:
        self._subjects: dict[str, frozenset[str]] = {}
        for id_, words in subjects.items():
            for word in words:
                self._subjects[word] = self._subjects.get(word, frozenset()) | {id_}
        longest_first = sorted(self._subjects, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def first(self, text: str) -> frozenset[str]:
        """Ids of the subjects named first; none where no word stands."""
        match = self._pattern.search(text)
        return self._subjects[match.group()] if match else frozenset()

    def all(self, text: str) -> frozenset[str]:
        """Ids of all subjects named."""
        return frozenset().union(*map(self._subjects.__getitem__, self._pattern.findall(text)))

    def last(self, text: str, ignored: frozenset[str] = frozenset()) -> frozenset[str]:
        """Ids of the subjects named last, but for `ignored`; none where no word stands."""
        for word in reversed(self._pattern.findall(text)):
            if left := self._subjects[word] - ignored:
                return left
        return frozenset()


@dataclass(frozen=True)
class Measure:
    """One kind of number."""

    id: str
    name: str
    label: str  # topic id
    topics: frozenset[str]  # a sentence about none of these doesn't state it
    units: frozenset[str]
    phrases: tuple[Phrase, ...]
    inherited: tuple[Phrase, ...]  # that count only where `about` is spoken of
    about: str | None  # id of a subject
    not_about: frozenset[str]  # ids of subjects that rule it out
    unless: re.Pattern[str] | None  # words near the number that rule it out
    untagged: bool  # sentences without any topic state it too


@dataclass(frozen=True)
class MeasureTable:
    """All measures and subjects, and the phrases whose numbers are never a level."""

    measures: Mapping[str, Measure]  # by id
    subjects: SubjectWords
    weak_subjects: SubjectWords  # for sentences where no other word stands
    mentions: SubjectWords  # that are spoken of wherever in a sentence they have been named
    subject_of_label: Mapping[str, str]  # what a sentence of that topic speaks of by itself
    never: tuple[Phrase, ...]

    def untagged(self, labels: Collection[str]) -> frozenset[str]:
        """Subjects of their own topics, none of which is in `labels`."""
        tagged = {
            self.subject_of_label[label] for label in labels if label in self.subject_of_label
        }
        return frozenset(self.subject_of_label.values()) - tagged


@lru_cache(maxsize=1)
def load_measures() -> MeasureTable:
    """The table that comes with the package."""
    text = files("fazhi.analysis").joinpath("measures.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    subjects = raw["subjects"]
    return MeasureTable(
        measures={row["id"]: _measure(row, raw["related"]) for row in raw["measures"]},
        subjects=SubjectWords({id_: row.get("words", ()) for id_, row in subjects.items()}),
        weak_subjects=SubjectWords({id_: row.get("weak", ()) for id_, row in subjects.items()}),
        mentions=SubjectWords({id_: row.get("anywhere", ()) for id_, row in subjects.items()}),
        subject_of_label={
            label: id_ for id_, row in subjects.items() for label in row.get("labels", ())
        },
        never=tuple(Phrase.compile(phrase, is_whole=False) for phrase in raw["never"]),
    )


def _measure(row: dict[str, Any], related: dict[str, list[str]]) -> Measure:
    return Measure(
        id=row["id"],
        name=row["name"],
        label=row["label"],
        topics=frozenset((row["label"], *related[row["label"]])),
        units=frozenset(row["units"]),
        phrases=tuple(map(Phrase.compile, row.get("phrases", ()))),
        inherited=tuple(map(Phrase.compile, row.get("inherited", ()))),
        about=row.get("about"),
        not_about=frozenset(row.get("not_about", ())),
        unless=re.compile("|".join(row["not"])) if "not" in row else None,
        untagged=row.get("untagged", False),
    )
