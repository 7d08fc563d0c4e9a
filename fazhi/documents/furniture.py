"""What stands on pages beside the text: running heads, page numbers, the table of contents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

_EDGE = 0.12  # share of the page's height at top and at bottom
_SAME_HEIGHT_POINTS = 6
_SMALL_TYPE = 0.8
_NUMERAL = "[0-9０-９一二三四五六七八九十百〇]{1,4}"
_DASH = r"[-－—–―─~·•\s]*"
_PAGE_NUMBER = re.compile(
    rf"{_DASH}(?:第\s*)?{_NUMERAL}\s*页?\s*(?:[,，/／]?\s*共?\s*{_NUMERAL}\s*页)?(?:\s*[/／]\s*{_NUMERAL})?{_DASH}"
)
_CONTENTS_ENTRY = re.compile(r".*[.．…·‥⋯。]{4,}\s*[0-9０-９]{1,3}")
_CONTENTS_HEADING = re.compile(r"目\s*[录次]")


@dataclass(frozen=True)
class Line:
    """A line of a page: where it begins, ends and stands, in points from the lower left.

    `em` is the width of its characters; unless `is_measured` on Chinese ones, a guess.
    """

    text: str
    left: float
    right: float
    baseline: float
    em: float
    is_measured: bool = True


@dataclass(frozen=True)
class Page:
    """A page and its lines from top to bottom; width and height in points."""

    width: float
    height: float
    lines: tuple[Line, ...]


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """The same pages without what isn't their text."""
    heads: dict[str, list[tuple[int, float]]] = defaultdict(list)  # text → pages and heights
    for number, page in enumerate(pages):
        for line in page.lines:
            if _is_at_edge(line, page):
                heads[_pattern(line)].append((number, line.baseline))
    often = 2 if len(pages) < 6 else 3
    size = median([line.em for page in pages for line in page.lines] or [0])

    def is_text(line: Line, page: Page) -> bool:
        if _CONTENTS_ENTRY.fullmatch(line.text):
            return False
        if not _is_at_edge(line, page):
            return True
        if _PAGE_NUMBER.fullmatch(line.text):
            return False
        if len(pages) == 1:  # where nothing can repeat, the size of the type tells
            return line.em > _SMALL_TYPE * size
        like = {
            number
            for number, height in heads[_pattern(line)]
            if abs(height - line.baseline) < _SAME_HEIGHT_POINTS
        }
        return len(like) < often

    kept = []
    for page in pages:
        has_contents = any(_CONTENTS_ENTRY.fullmatch(line.text) for line in page.lines)
        kept.append(
            replace(
                page,
                lines=tuple(
                    line
                    for line in page.lines
                    if is_text(line, page)
                    and not (has_contents and _CONTENTS_HEADING.fullmatch(line.text))
                ),
            )
        )
    return kept


def _is_at_edge(line: Line, page: Page) -> bool:
    return not _EDGE * page.height < line.baseline < (1 - _EDGE) * page.height


def _pattern(line: Line) -> str:
    """The text of a running head, whatever its page number."""
    return re.sub(r"\d+", "0", re.sub(r"\s", "", line.text))
