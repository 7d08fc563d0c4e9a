"""The page around a report: where title and content stand, and what is head or foot of the page.

Works on clean text. Knows nothing of sentences or headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.lines import is_addressee, is_attachment, is_date, is_metadata, is_sign_off, join_wrapped
from fazhi.markers import match_marker
from fazhi.normalize import squeeze

_TITLE_END = re.compile(
    r"(?:报告|总结|汇报|情况|年报|自查|述职|工作思路|工作打算|工作安排|要点|计划)(?:\(.{1,20}\)|\[.{1,20}\])?$"
)
_TITLE_TOPIC = re.compile("法治|依法行政|依法治|法制")
_MAX_TITLE = 80


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of clean text, `text[start:end]`, and what it is: title, meta or content.

    `following` is the next content paragraph on one line, "" at the end.
    """

    start: int
    end: int
    kind: str
    following: str


def read_page(text: str) -> list[Paragraph]:
    """Paragraphs of clean text, in order; a title over two lines is one paragraph."""
    spans = _paragraphs(text)
    lines = [squeeze(text[a:b]) for a, b in spans]
    title = _find_title(lines)
    first = _first_content(lines, title)
    last = _last_content(lines, first)
    is_meta = [is_metadata(line) for line in lines]
    following = _following(lines, is_meta, last)
    paragraphs: list[Paragraph] = []
    i = 0
    while i < len(spans):
        start, end = spans[i]
        kind = "content"
        if title and i == title[0]:
            kind = "title"
            i += title[1] - 1
            end = spans[i][1]
        elif not first <= i <= last or is_meta[i]:
            kind = "meta"
        elif i == first and is_addressee(lines[i]):
            kind = "meta"
            first += 1
        paragraphs.append(Paragraph(start, end, kind, following[i]))
        i += 1
    return paragraphs


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
            if _is_title(line + lines[i + 1]) and not re.search(r"[:,>]|\d号$", line):
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
    attachments = _numbered_attachments(lines)
    last = len(lines) - 1
    for i in range(len(lines) - 1, first, -1):
        line = lines[i]
        if i in attachments or is_metadata(line) or is_date(line) or is_sign_off(line):
            last = i - 1
        elif re.search("[。;]$", line) or len(line) > 60:
            break
    return last


def _numbered_attachments(lines: Sequence[str]) -> set[int]:
    """Indices of lines such as 2.…统计表 below 附件：1.…表"""
    found, is_below = set(), False
    for i, line in enumerate(lines):
        if match_marker(line) is None:
            is_below = is_attachment(line)
        elif is_below and "。" not in line:
            found.add(i)
    return found


def _following(lines: Sequence[str], is_meta: Sequence[bool], last: int) -> list[str]:
    """For each paragraph the next one up to `last` that isn't metadata, "" at the end."""
    result, following = [""] * len(lines), ""
    for i in range(last, -1, -1):
        result[i] = following
        if not is_meta[i]:
            following = lines[i]
    return result
