"""Lines of pages → paragraphs, by where lines begin and end. Coordinates are points.

A Chinese report indents the first line of a paragraph by two characters and fills every line but
the last up to the margin; that says where paragraphs end, whatever the words. Knows nothing of
file formats.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median, quantiles

from fazhi.documents.furniture import Line, Page, without_furniture

__all__ = ["Line", "Page", "paragraphs"]

_TERMINAL = "。！？；：”）》…!?;:)"
_NO_LINE_START = "。，、；：？！”’）》〉】〕」』…—～%％"  # moved down with the character before
_NO_LINE_END = "“‘（《〈【〔「『"
_MARKER = re.compile(
    r"[（(]?[一二三四五六七八九十\d]{1,3}(?:[)）、]|[.．](?!\d))|第[一二三四五六七八九十]+[章部，、]|[一二三四五六七八九十]是|[①-⑳]"
)
_UNBREAKABLE = re.compile(rf"[{_NO_LINE_END}]*(?:[!-~]+|.)[{_NO_LINE_START}]*")
_MIN_LINES = 8  # to know the margins of odd or even pages by themselves

# In widths of a character.
_INDENT = 1.2
_ROOM = 0.8  # at the end of a line, besides what would have fitted there
_EVEN = 0.1
_UNEVEN = 0.4
_LARGER = 1.15
_BLOCKS = 0.25  # share of the lines that go on; a heading may just fill its line


@dataclass(frozen=True)
class _Margins:
    """The text area of some pages; `pitch` is the usual distance of two baselines."""

    left: float
    right: float
    em: float
    pitch: float
    is_indented: bool  # first lines of paragraphs stand further in
    is_justified: bool  # all lines but the last of a paragraph end at the margin
    has_blocks: bool = False  # paragraphs whose lines all stand further in, such as Word's lists


def paragraphs(pages: Sequence[Page]) -> list[str]:
    """The paragraphs of a document, in order, without running heads, page numbers and contents."""
    pages = without_furniture(pages)
    everywhere = _margins([page.lines for page in pages])
    groups: dict[tuple[int, int], list[Sequence[Line]]] = {}
    for number, page in enumerate(pages):
        groups.setdefault(_side(number, page), []).append(page.lines)
    margins = {
        side: _margins(lines) if sum(map(len, lines)) >= _MIN_LINES else everywhere
        for side, lines in groups.items()
    }
    result: list[str] = []
    last: tuple[int, Line, _Margins | None] | None = None
    for number, page in enumerate(pages):
        here = margins[_side(number, page)]
        for line in page.lines:
            if here and last and last[2]:
                drop = last[1].baseline - line.baseline if last[0] == number else None
                if not _begins(last[1], last[2], line, here, drop):
                    result.append(_joined(result.pop(), line.text))
                    last = number, line, here
                    continue
            result.append(line.text)
            last = number, line, here
    return result


def _side(number: int, page: Page) -> tuple[int, int]:
    """Left-hand and right-hand pages, and pages of another width, have margins of their own."""
    return number % 2, round(page.width)


def _margins(pages: Iterable[Sequence[Line]]) -> _Margins | None:
    pages = list(pages)
    lines = [line for page in pages for line in page]
    if not lines:
        return None
    em = median([line.em for line in lines if line.is_measured] or [line.em for line in lines])
    em = max(em, 1.0)  # of characters without a width
    body = [line for line in lines if line.em < _LARGER * em] or lines
    lefts = Counter(round(line.left / em * 2) for line in body)
    often = max(2, 0.05 * len(body))
    left = min((place for place, n in lefts.items() if n >= often), default=min(lefts)) * em / 2
    widest = max(line.right - line.left for line in body)
    wide = [line for line in body if line.right - line.left >= 0.6 * widest]
    rights = Counter(round(line.right / em * 2) for line in wide)
    place = max(rights, key=lambda place: (rights[place], place))
    right = median(line.right for line in body if round(line.right / em * 2) == place)
    indented = sum(_INDENT < (line.left - left) / em < 3 for line in body)
    drops = [a.baseline - b.baseline for page in pages for a, b in pairwise(page)]
    # Where most paragraphs are short, most drops are those between paragraphs.
    pitch = quantiles(drops, n=4)[0] if len(drops) > 1 else 2 * em
    even = sum(abs(line.right - right) < _EVEN * em for line in wide)
    margins = _Margins(left, right, em, pitch, indented >= often, even >= 0.6 * len(wide))
    pairs = [pair for page in pages for pair in pairwise(page)]
    going_on = [b for a, b in pairs if _is_full(a, margins) and not _MARKER.match(b.text)]
    blocks = sum(b.left - left > _INDENT * em for b in going_on)
    return replace(margins, has_blocks=blocks >= max(3, _BLOCKS * len(going_on)))


def _is_full(line: Line, margins: _Margins) -> bool:
    """Whether a line fills its width with words that go on."""
    return margins.right - line.right < _ROOM * margins.em and line.text[-1] not in _TERMINAL


def _begins(a: Line, at: _Margins, b: Line, here: _Margins, drop: float | None) -> bool:
    """Whether `b` begins a paragraph; `drop` is how far it stands below `a`, None on a new page."""
    if drop is not None and _is_title(a, at) and _is_title(b, here) and drop < 2.5 * a.em:
        return abs(a.em - b.em) > 0.05 * a.em
    if a.is_measured and b.is_measured and max(a.em, b.em) > _LARGER * min(a.em, b.em):
        return True
    if drop is not None and drop > 1.8 * here.pitch:
        return True
    room = at.right - a.right
    fitted = _UNBREAKABLE.match(b.text)
    if room > (_width(fitted.group()) if fitted else 1) * a.em + _ROOM * a.em:
        return True
    is_marked = bool(_MARKER.match(b.text))
    if (b.left - here.left) / here.em > _INDENT:
        return not here.has_blocks or a.text[-1] in _TERMINAL or is_marked
    if here.is_indented:
        return False
    if at.is_justified and room > _UNEVEN * at.em:
        return True
    is_spaced = drop is not None and drop > 1.3 * here.pitch
    return is_spaced or (a.text[-1] in _TERMINAL and is_marked)


def _is_title(line: Line, margins: _Margins) -> bool:
    """Whether a line is set larger than the text, and in the middle."""
    middle = (line.left + line.right) / 2
    is_centred = abs(middle - (margins.left + margins.right) / 2) < margins.em
    return is_centred and line.is_measured and line.em > _LARGER * margins.em


def _width(text: str) -> float:
    """In widths of a Chinese character."""
    return sum(0.5 if char.isascii() else 1 for char in text)


def _joined(text: str, line: str) -> str:
    """Two lines of a paragraph; words need a space, Chinese and figures none."""
    needs_space = text[-1].isascii() and line[0].isascii() and (text[-1] + line[0]).isalpha()
    return f"{text} {line}" if needs_space else text + line
