"""The numbers that Word draws before paragraphs, such as 一、 and （二）, and keeps nowhere as text.

Follows ISO/IEC 29500-1, 17.9: a paragraph, or its style, names a list (`w:num`) and a level; the
list points to a definition (`w:abstractNum`) and may override levels; counters belong to the
definition, so that lists which share one go on counting. No library resolves this for the number
formats of Chinese documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn

from fazhi.documents.numerals import draw
from fazhi.documents.wordxml import Element, is_on, value

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")  # in a template such as 第%1章


@dataclass(frozen=True)
class _Level:
    """A level of a list: `template` holds %1 … %9 where the numbers of levels go."""

    format: str
    template: str
    start: int
    restart: int | None  # the level, from 1, whose next number restarts this one; None: any above
    is_legal: bool  # numbers of all levels in plain digits
    has_suffix: bool  # a tab or space between number and text
    style: str | None


@dataclass(frozen=True)
class _List:
    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int]  # levels that begin anew where this list begins


@dataclass
class Numbering:
    """Draws the number of one paragraph after another; call it in document order.

    `numbering` and `styles` are the roots of those parts of the document; no numbering: None.
    """

    numbering: Element
    styles: Element
    _lists: dict[str, _List | None] = field(default_factory=dict)
    _counters: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._styles = {s.get(qn("w:styleId")): s for s in self.styles.iter(qn("w:style"))}
        self._default_style = next(
            (
                id_
                for id_, style in self._styles.items()
                if style.get(qn("w:type")) == "paragraph"
                and style.get(qn("w:default")) in ("1", "true", "on")
            ),
            None,
        )

    def label(self, paragraph: Element) -> str:
        """The number of a `w:p` with the space after it, "" for none; counts the paragraph."""
        found = self._place(paragraph)
        list_ = self._list(found[0]) if found else None
        if found is None or list_ is None:
            return ""
        level = list_.levels.get(found[1])
        if level is None:
            return ""
        counters = self._count(found[0], list_, found[1])

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            other = list_.levels.get(at)
            if other is None:
                return ""
            current = counters.get(at, other.start)
            return draw(current, "decimal" if level.is_legal else other.format)

        if level.format == "bullet":
            return ""
        drawn = _PLACE.sub(number, level.template).strip()
        # Behind 一、 and （一） the tab is only air; 1. and 第一章 would run into the text.
        is_open = level.has_suffix and drawn and (drawn[-1].isascii() or drawn[-1].isalnum())
        return f"{drawn} " if is_open else drawn

    def _count(self, num_id: str, list_: _List, at: int) -> dict[int, int]:
        """Counters of the definition after a paragraph on level `at`."""
        counters = self._counters.setdefault(list_.definition, {})
        if num_id not in self._begun:
            self._begun.add(num_id)
            for overridden in list_.starts:
                counters.pop(overridden, None)
        start = list_.starts.get(at, list_.levels[at].start)
        counters[at] = counters[at] + 1 if at in counters else start
        for deeper in [k for k in counters if k > at]:
            level = list_.levels.get(deeper)
            restart = deeper if level is None or level.restart is None else level.restart
            if at < restart:  # 0 never restarts
                del counters[deeper]
        return counters

    def _place(self, paragraph: Element) -> tuple[str, int] | None:
        """(list, level) of a paragraph, from itself or its style."""
        properties = paragraph.find(qn("w:pPr"))
        style = value(paragraph, "w:pPr", "w:pStyle") or self._default_style
        own_id, own_level = _place_of(properties)
        num_id, level = own_id, own_level
        if num_id is None:
            for ancestor in self._ancestry(style):
                num_id, styled_level = _place_of(ancestor.find(qn("w:pPr")))
                if num_id is not None:
                    level = styled_level if level is None else level
                    if level is None:
                        level = self._level_of_style(num_id, ancestor.get(qn("w:styleId")))
                    break
        if num_id is None or num_id == "0":  # 0 takes away what the style gave
            return None
        return num_id, min(level or 0, _LEVELS - 1)

    def _ancestry(self, style: str | None) -> Iterator[Element]:
        """A style and those it is based on."""
        seen = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            yield self._styles[style]
            style = value(self._styles[style], "w:basedOn")

    def _level_of_style(self, num_id: str, style: str) -> int | None:
        list_ = self._list(num_id)
        levels = list_.levels.items() if list_ else ()
        return next((at for at, level in levels if level.style == style), None)

    def _list(self, num_id: str) -> _List | None:
        if num_id not in self._lists:
            self._lists[num_id] = self._build(num_id, frozenset())
        return self._lists[num_id]

    def _build(self, num_id: str, seen: frozenset[str]) -> _List | None:
        num = _child(self.numbering, "w:num", "w:numId", num_id)
        definition = None if num is None else value(num, "w:abstractNumId")
        abstract = _child(self.numbering, "w:abstractNum", "w:abstractNumId", definition)
        if num is None or abstract is None or definition is None:
            return None
        linked = value(abstract, "w:numStyleLink")
        if linked in self._styles and num_id not in seen:
            other, _ = _place_of(self._styles[linked].find(qn("w:pPr")))
            if other is not None:
                return self._build(other, seen | {num_id})
        levels = {int(e.get(qn("w:ilvl"))): _level(e) for e in abstract.findall(qn("w:lvl"))}
        starts = {}
        for override in num.findall(qn("w:lvlOverride")):
            at = int(override.get(qn("w:ilvl")))
            if (own := override.find(qn("w:lvl"))) is not None:
                levels[at] = _level(own)
            if (start := value(override, "w:startOverride")) is not None:
                starts[at] = int(start)
        return _List(definition, levels, starts)


def _level(element: Element) -> _Level:
    restart = value(element, "w:lvlRestart")
    return _Level(
        format=value(element, "w:numFmt") or "decimal",
        template=value(element, "w:lvlText") or "",
        start=int(value(element, "w:start") or 0),
        restart=None if restart is None else int(restart),
        is_legal=is_on(element, "w:isLgl"),
        has_suffix=value(element, "w:suff") != "nothing",
        style=value(element, "w:pStyle"),
    )


def _place_of(properties: Element) -> tuple[str | None, int | None]:
    """(list, level) that a `w:pPr` itself names."""
    numbered = None if properties is None else properties.find(qn("w:numPr"))
    if numbered is None:
        return None, None
    level = value(numbered, "w:ilvl")
    return value(numbered, "w:numId"), None if level is None else int(level)


def _child(parent: Element, tag: str, attribute: str, wanted: str | None) -> Element:
    children = () if parent is None else parent.findall(qn(tag))
    return next((c for c in children if c.get(qn(attribute)) == wanted), None)
