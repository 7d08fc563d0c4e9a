"""Text of a report → `Report`: its units in order, their kinds, headings and source offsets.

The rules are §1 of `data/guideline.md`. Nothing is lost and nothing doubled: the units as
printed, with only white space between them, are the source. Knows nothing of topics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fazhi.headings import aspect_lead, is_numbered_heading, is_plain_heading, lead_in
from fazhi.markers import LEVELS, match_marker
from fazhi.normalize import CleanText, normalize, squeeze
from fazhi.page import read_page
from fazhi.records import Record
from fazhi.sentences import split_sentences

_ASPECT_LEVEL = LEVELS["ordinal"]  # “…方面：” ranks with 一是
_CHAPTER_LEVEL = 0  # an unnumbered line above numbered ones
_LEAF_LEVEL = max(LEVELS.values()) + 1  # an unnumbered line below numbered ones


@dataclass(frozen=True)
class Unit:
    """One unit; `source[start:end]` is it as printed, `text` is it cleaned and on one line."""

    kind: str
    heading_path: tuple[str, ...]
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Report:
    """A report cut into units, in order."""

    source: str
    units: tuple[Unit, ...]

    def records(self, name: str) -> list[Record]:
        """The units in the record format, with ids `name-001`, `name-002`, …"""
        return [
            Record(f"{name}-{number:03d}", unit.text, unit.kind, unit.heading_path)
            for number, unit in enumerate(self.units, start=1)
        ]


def parse_report(source: str) -> Report:
    """Cut a report into units. Never raises: any string is a report, if a strange one."""
    clean = normalize(source)
    pieces = list(_Parser(clean.text).pieces())
    spans = _source_spans(clean, [(piece.start, piece.end) for piece in pieces])
    units = tuple(
        Unit(p.kind, p.heading_path, squeeze(clean.text[p.start : p.end]), start, end)
        for p, (start, end) in zip(pieces, spans, strict=True)
    )
    if not units and source.strip():  # nothing but invisible characters
        left = len(source) - len(source.lstrip())
        units = (Unit("meta", (), "", left, left + len(source.strip())),)
    return Report(source, units)


@dataclass(frozen=True)
class _Piece:
    """A unit in clean coordinates."""

    kind: str
    heading_path: tuple[str, ...]
    start: int
    end: int


@dataclass
class _Parser:
    """One pass over the paragraphs of clean text, with a stack of open headings."""

    text: str
    open_headings: list[tuple[int, str]] = field(default_factory=list)  # (level, text)

    def pieces(self) -> Iterator[_Piece]:
        for paragraph in read_page(self.text):
            if paragraph.kind == "content":
                yield from self._paragraph(paragraph.start, paragraph.end, paragraph.following)
            else:
                yield _Piece(paragraph.kind, (), paragraph.start, paragraph.end)

    def _paragraph(self, start: int, end: int, following: str) -> Iterator[_Piece]:
        """Units of one paragraph; `following` is the text of the next one, "" at the end."""
        text = self.text[start:end]
        spans = split_sentences(text)
        for number, (a, b) in enumerate(spans):
            after = text[b:].strip() if number + 1 < len(spans) else ""
            yield from self._sentence(
                start + a, start + b, after, following, is_whole=len(spans) == 1
            )

    def _sentence(
        self, start: int, end: int, after: str, following: str, *, is_whole: bool
    ) -> Iterator[_Piece]:
        """One sentence: a heading, a run-in heading and its text, or body.

        `after` is what follows in the same paragraph, `is_whole` says that nothing else is in it.
        """
        text = self.text[start:end]
        marker = match_marker(text)
        if marker is None:
            yield from self._unnumbered(start, end, after, following, is_whole=is_whole)
            return
        colon = lead_in(text, marker)
        if colon:
            yield self._heading(start, start + colon, marker.level)
            if colon < len(text):
                yield self._body(start + colon, end, None)
        elif is_numbered_heading(text, marker, after, following, is_whole=is_whole):
            yield self._heading(start, end, marker.level)
        else:
            yield self._body(start, end, marker.level)

    def _unnumbered(
        self, start: int, end: int, after: str, following: str, *, is_whole: bool
    ) -> Iterator[_Piece]:
        text = self.text[start:end]
        aspect = aspect_lead(text)
        if aspect and (after or aspect < len(text)):
            yield self._heading(start, start + aspect, _ASPECT_LEVEL)
            if aspect < len(text):
                yield self._body(start + aspect, end, None)
        elif is_whole and is_plain_heading(text, following):
            is_chapter = not self.open_headings or self.open_headings[0][0] == _CHAPTER_LEVEL
            yield self._heading(start, end, _CHAPTER_LEVEL if is_chapter else _LEAF_LEVEL)
        else:
            yield self._body(start, end, None)

    def _heading(self, start: int, end: int, level: int) -> _Piece:
        self._close(level)
        piece = self._piece("heading", start, end)
        self.open_headings.append((level, squeeze(self.text[start:end])))
        return piece

    def _body(self, start: int, end: int, level: int | None) -> _Piece:
        if level is not None:  # a numbered sentence stands beside headings of its own level
            self._close(level)
        return self._piece("body", start, end)

    def _close(self, level: int) -> None:
        while self.open_headings and self.open_headings[-1][0] >= level:
            self.open_headings.pop()

    def _piece(self, kind: str, start: int, end: int) -> _Piece:
        text = self.text[start:end]
        left = len(text) - len(text.lstrip())
        path = tuple(heading for _, heading in self.open_headings)
        return _Piece(kind, path, start + left, start + len(text.rstrip()))


def _source_spans(clean: CleanText, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Clean spans → source spans; characters that cleaning dropped go to the unit they touch."""
    source, result = clean.source, []
    cursor = 0  # everything before it belongs to a unit or is white space
    for number, (a, b) in enumerate(spans):
        start = clean.offsets[a]
        limit = clean.offsets[spans[number + 1][0]] if number + 1 < len(spans) else len(source)
        end = clean.offsets[b - 1] + 1
        while end < limit and not source[end].isspace():
            end += 1
        while cursor < start and source[cursor].isspace():
            cursor += 1
        result.append((min(cursor, start), end))
        cursor = end
    if result and source[cursor:].strip():
        result[-1] = (result[-1][0], len(source.rstrip()))
    return result
