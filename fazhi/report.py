"""Text of a report → `Report`: its units in order, their kinds, headings and source offsets.

The rules are §1 of `data/guideline.md`. Nothing is lost and nothing doubled: the units as
printed, with only white space between them, are the source. Knows nothing of topics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fazhi.lines import is_addressee, is_attachment, is_date, is_metadata, is_sign_off, join_wrapped
from fazhi.markers import LEVELS, Marker, match_marker
from fazhi.normalize import CleanText, normalize, squeeze
from fazhi.records import Record
from fazhi.sentences import lead_colon, split_sentences

_TITLE_END = re.compile(
    r"(?:报告|总结|汇报|情况|年报|自查|述职|工作思路|工作要点|要点|计划)(?:\(.{1,20}\)|\[.{1,20}\])?$"
)
_TITLE_TOPIC = re.compile("法治|依法行政|依法治|法制")
_MAX_TITLE = 80
_ISSUER = re.compile(
    r"^(?:关于)?(.{2,40}?)(?:关于|(?:19|20)\d\d|二〇|二0|法治|依法|推进|落实|贯彻|开展|年度)"
)
_YEAR = re.compile(r"(20\d\d)\s*年")

# Lengths in characters without the marker. A longer numbered sentence says something of its own.
_MAX_HEADING = {"ordinal": 26, "circled": 26}
_MAX_NUMBERED_HEADING = 40
_MAX_COLON_HEADING = 24
_MAX_PLAIN_HEADING = 30
_FIGURE = re.compile(
    r"\d(?:余|多)?(?:万|亿|千)?(?:余|多)?(?:件|次|人|份|个|项|场|条|%|起|家|户|名|期|篇|批|宗|元|小时|天|页|处|座|台|套|本|册|幅|块|案)"
)
_NO_LEAD = re.compile(
    "如下|以下|要求|强调|指出|提出|认为|明确|规定|包括|分别是|即|做到|坚持以|[为是]$"
)
_ASPECT = re.compile(r"[^,。;:()]{2,14}方面(?:的问题)?[:。]")
_OPEN_ASPECT_LEVEL = LEVELS["ordinal"]  # “…方面：” ranks with 一是
_UNNUMBERED_LEVEL = 0


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
    """A report cut into units; facts are None where the report doesn't say them."""

    source: str
    units: tuple[Unit, ...]
    title: str | None
    issuer: str | None
    year: int | None

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
    title = next((unit.text for unit in units if unit.kind == "title"), None)
    return Report(source, units, title, _issuer(title, units), _year(title, units))


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
        paragraphs = _paragraphs(self.text)
        lines = [squeeze(self.text[a:b]) for a, b in paragraphs]
        title = _find_title(lines)
        first_content = _first_content(lines, title)
        last_content = _last_content(lines, first_content)
        skip = 0
        for i, (start, end) in enumerate(paragraphs):
            if skip:
                skip -= 1
            elif title and i == title[0]:
                skip = title[1] - 1
                yield _Piece("title", (), start, paragraphs[title[1] + i - 1][1])
            elif i < first_content or i > last_content or is_metadata(lines[i]):
                yield _Piece("meta", (), start, end)
            elif i == first_content and is_addressee(lines[i]):
                first_content += 1
                yield _Piece("meta", (), start, end)
            else:
                following = next(
                    (line for line in lines[i + 1 : last_content + 1] if not is_metadata(line)), ""
                )
                yield from self._paragraph(start, end, following)

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
        level = marker.level if marker else None
        if marker is None:
            aspect = _ASPECT.match(text)
            if aspect and (after or aspect.end() < len(text)):
                yield self._heading(start, start + aspect.end(), _OPEN_ASPECT_LEVEL)
                if aspect.end() < len(text):
                    yield self._body(start + aspect.end(), end, None)
            elif is_whole and _is_plain_heading(text, following):
                yield self._heading(start, end, _UNNUMBERED_LEVEL)
            else:
                yield self._body(start, end, None)
            return
        colon = _heading_colon(text, marker)
        if colon:
            yield self._heading(start, start + colon, marker.level)
            if colon < len(text):
                yield self._body(start + colon, end, None)
        elif _is_numbered_heading(text, marker, after, following, is_whole=is_whole):
            yield self._heading(start, end, marker.level)
        else:
            yield self._body(start, end, level)

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


def _heading_colon(text: str, marker: Marker) -> int | None:
    """End of a numbered lead-in such as 一是压实主体责任: – None when the colon introduces a list or speech."""
    colon = lead_colon(text)
    if (
        colon is None
        or colon - marker.length - 1 > _MAX_COLON_HEADING
        or _FIGURE.search(text[:colon])
    ):
        return None
    if colon < len(text) and _NO_LEAD.search(text[marker.length : colon - 1]):
        return None
    return colon


def _is_numbered_heading(
    text: str, marker: Marker, after: str, following: str, *, is_whole: bool
) -> bool:
    """Whether a numbered sentence is a heading: short, without figures, and elaborated upon."""
    words = text[marker.length :].rstrip("。:; ")
    stopped = text[-1] in "。!?"
    if not words or text.endswith(";") or ";" in words:
        return False
    if len(words) > _MAX_HEADING.get(marker.style, _MAX_NUMBERED_HEADING):
        return False
    if marker.style in ("part", "chinese") and is_whole:
        return True
    if not stopped and is_whole and marker.level <= LEVELS["chinese_bracketed"]:
        return True
    if _FIGURE.search(words):
        return False
    rest = after or (following if is_whole else "")
    sibling = match_marker(rest)
    return bool(rest) and (sibling is None or sibling.level > marker.level)


def _is_plain_heading(text: str, following: str) -> bool:
    """A short line without number or stop, above text: 存在的主要问题"""
    return (
        bool(following)
        and len(text) <= _MAX_PLAIN_HEADING
        and bool(re.fullmatch(r"[\u4e00-\u9fff“”《》、0-9A-Za-z()—\s]+", text))
        and bool(re.search(r"[\u4e00-\u9fff]{2}", text))
    )


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Paragraph spans; a page whose line breaks were lost is cut at the spaces left in their place."""
    spans = join_wrapped(text)
    if len(spans) > 3 or not spans or max(b - a for a, b in spans) < 500:
        return spans
    broken = []
    for a, b in spans:
        at = a
        for match in re.finditer(r"\s+", text[a:b]):
            left, right = text[at : a + match.start()], text[a + match.end() : b]
            if left and _breaks_line(left, right):
                broken.append((at, a + match.start()))
                at = a + match.end()
        broken.append((at, b))
    return broken


def _breaks_line(left: str, right: str) -> bool:
    if left[-1] in "。!?;:" or match_marker(right):
        return True
    short = len(left) <= _MAX_TITLE and not re.search("[,。;]", left)
    marker = match_marker(left)
    is_marker_only = marker is not None and marker.length >= len(left)
    return short and not is_marker_only and not (left[-1].isascii() and right[:1].isascii())


def _find_title(lines: Sequence[str]) -> tuple[int, int] | None:
    """(first line, number of lines) of the title, looked for above the first sentence."""
    for i, line in enumerate(lines[:30]):
        if "。" in line or match_marker(line):
            return None
        if is_metadata(line):
            continue
        if _is_title(line):
            return i, 1
        if i + 1 < len(lines) and not is_metadata(lines[i + 1]) and "。" not in line + lines[i + 1]:
            if _is_title(line + lines[i + 1]) and not re.search("[:,>]", line):
                return i, 2
    return None


def _is_title(line: str) -> bool:
    return (
        len(line) <= _MAX_TITLE
        and bool(_TITLE_END.search(line))
        and bool(_TITLE_TOPIC.search(line))
        and not re.search("[。;:|>]", line)
    )


def _first_content(lines: Sequence[str], title: tuple[int, int] | None) -> int:
    """Index of the first paragraph that isn't page head.

    What stands above the title is, and below it the body's name and bracketed dates.
    """
    i = title[0] + title[1] if title else 0
    while i < len(lines) and _is_page_head(lines[i], has_title=title is not None):
        i += 1
    return i


def _is_page_head(line: str, *, has_title: bool) -> bool:
    if is_metadata(line):
        return True
    if match_marker(line) or re.search("[。;,]", line) or line.endswith(":"):
        return False
    return (
        has_title
        and len(line) <= 40
        and bool(is_sign_off(line) or re.fullmatch(r"[(\[【—].*", line))
    )


def _last_content(lines: Sequence[str], first: int) -> int:
    """Index of the last paragraph that isn't page foot: sign-off, date, attachments, navigation."""
    last = len(lines) - 1
    for i in range(len(lines) - 1, first, -1):
        if _is_page_foot(lines, i):
            last = i - 1
        elif re.search("[。;]$", lines[i]) or len(lines[i]) > 60:
            break
    return last


def _is_page_foot(lines: Sequence[str], i: int) -> bool:
    line = lines[i]
    if is_metadata(line) or is_date(line) or is_sign_off(line):
        return True
    marker = match_marker(line)
    if marker:  # 2.…统计表 below 附件：1.…表
        above = next((x for x in reversed(lines[:i]) if match_marker(x) is None), "")
        return is_attachment(above) and "。" not in line
    return False


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


def _issuer(title: str | None, units: Sequence[Unit]) -> str | None:
    """The issuing body: from the title, else from the sign-off or a metadata line."""
    if title and (match := _ISSUER.match(title)):
        return match.group(1)
    for unit in reversed(units):
        if unit.kind == "meta" and is_sign_off(unit.text):
            return re.sub(r"\s*[\d二〇年月日.\-/]+$", "", unit.text) or None
    for unit in units:
        if unit.kind == "meta" and (
            match := re.search(
                r"发(?:布|文)(?:机构|机关|单位)[:\s|]+([\u4e00-\u9fff]{3,30})", unit.text
            )
        ):
            return match.group(1)
    return None


def _year(title: str | None, units: Sequence[Unit]) -> int | None:
    """The year reported on: from the title, else the first year that a body unit names."""
    texts = ([title] if title else []) + [unit.text for unit in units if unit.kind == "body"]
    for text in texts:
        if match := _YEAR.search(text):
            return int(match.group(1))
    return None
