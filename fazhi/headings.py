"""Which sentence is a heading: numbered, run-in, ended by a colon, or a short line by itself.

Works on clean text. Knows nothing of units or of the page around.
"""

from __future__ import annotations

import re

from fazhi.markers import LEVELS, Marker, match_marker
from fazhi.sentences import lead_colon

# Lengths in characters without the marker. A longer numbered sentence says something of its own.
_MAX_HEADING = {"ordinal": 26, "circled": 26}
_MAX_NUMBERED_HEADING = 40
_MAX_COLON_HEADING = 24
_MAX_PLAIN_HEADING = 30
_FIGURE = re.compile(
    r"\d(?:余|多)?(?:万|亿|千)?(?:余|多)?(?:件|次|人|份|个|项|场|条|%|起|家|户|名|期|篇|批|宗|元|小时|天|页|处|座|台|套|本|册|幅|块|案)"
)
_NO_LEAD = re.compile(
    "如下|以下|要求|强调|指出|提出|认为|明确|规定|包括|分别是|即|做到|坚持以|(?<!行)为$|是$"
)
_ASPECT = re.compile(r"[^,。;:()]{2,14}方面(?:的问题)?[:。]")


def aspect_lead(text: str) -> int | None:
    """End of an unnumbered lead-in such as 信访方面: – None when the sentence has none."""
    match = _ASPECT.match(text)
    return match.end() if match else None


def lead_in(text: str, marker: Marker) -> int | None:
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


def is_numbered_heading(
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


def is_plain_heading(text: str, following: str) -> bool:
    """A short line without number or stop, above text: 存在的主要问题"""
    return (
        bool(following)
        and len(text) <= _MAX_PLAIN_HEADING
        and bool(re.fullmatch(r"[\u4e00-\u9fff“”《》、0-9A-Za-z()—\s]+", text))
        and bool(re.search(r"[\u4e00-\u9fff]{2}", text))
    )
