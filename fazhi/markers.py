"""Enumeration markers of official Chinese documents: 一、 (一) 1. (1) ① 一是.

Works on clean text (half-width brackets and digits). Knows nothing of units or reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMERAL = "[一二三四五六七八九十百零〇]+"
_CIRCLED = "[\u2460-\u2473\u2776-\u277f\u3251-\u325f\u32b1-\u32bf]"

# In the usual order of depth. What follows a marker tells it from a figure or a list:
# 1.5亿元, 二、三季度, 第一、第二产业, 一是一.
_STYLES: tuple[tuple[str, str], ...] = (
    ("part", rf"第{_NUMERAL}(?:部分|章|篇)[、,:.]?"),
    ("chinese", rf"{_NUMERAL}(?:、|\.(?!\d))(?![一二三四五六七八九十])"),
    ("chinese_bracketed", rf"\({_NUMERAL}\)[、.,]?"),
    ("arabic", r"\d{1,2}(?:、(?!\d)|\s?\.(?!\d)|\.(?=20\d\d年))"),
    ("arabic_bracketed", r"\(\d{1,2}\)[、.]?|\d{1,2}\)[、.]?"),
    ("circled", rf"{_CIRCLED}[、.]?"),
    ("ordinal", rf"{_NUMERAL}是(?!{_NUMERAL}[、,。;])[,:]?|第{_NUMERAL}[,、:](?!第)"),
)
LEVELS = {style: level for level, (style, _) in enumerate(_STYLES, start=1)}
_MARKER = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _STYLES))


@dataclass(frozen=True)
class Marker:
    """An enumeration marker: its style (a key of `LEVELS`) and its length in characters."""

    style: str
    length: int

    @property
    def level(self) -> int:
        """Depth of the style in the usual order, 1 the highest."""
        return LEVELS[self.style]


def match_marker(text: str, position: int = 0) -> Marker | None:
    """The marker that stands at `position` of `text`, white space after it included, or None."""
    match = _MARKER.match(text, position)
    if match is None or match.lastgroup is None:
        return None
    end = match.end()
    while end < len(text) and text[end] == " ":
        end += 1
    return Marker(match.lastgroup, end - position)


def strip_marker(text: str) -> str:
    """`text` without its leading marker; unchanged when it has none or nothing else."""
    marker = match_marker(text)
    return text[marker.length :] or text if marker else text
