"""A paragraph of clean text → spans of sentences and enumerated items.

Cuts after 。！？, after ； between full statements, and before enumeration markers; never inside
brackets, quotation marks or book-title marks. Knows nothing of headings or reports.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from fazhi.markers import match_marker

_PAIRS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "《": "》",
    "〈": "〉",
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
} | {
    "【": "】",
    "〔": "〕",
}
_STOPS = "。!?"
_CLOSERS = "".join(_PAIRS.values())
_BEFORE_ITEM = _STOPS + ";:…"

# Predicates that make even a short clause a statement; a clause without one ("律师6名") is an entry of a list.
_PREDICATE = re.compile(
    "是|有|为|已|未|不|被|把|将|要|达|办|开展|完成|建|制定|修订|出台|印发|推|加强|落实|实现|组织|受理|审结|"
    "审查|审核|查处|立案|检查|化解|调解|培训|公开|发布|清理|备案|废止|取消|下放|压减|纠正|整改|强化|规范|"
    "深化|提升|提高|参加|旁听|健全|完善|严格|配备|聘请|发放|举办|召开|签订|设立|明确|优化|编制|升级|纳入|缺|弱|滞后|单一|脱节|突出|偏|较|还|难|没|少|跟|会"
)
_LIST_ENTRY = re.compile(r"[类型级档]\d+[^\d,]{1,2}$")
_SHORT_STATEMENT_CHARACTERS = 6
_LONG_CLAUSE_CHARACTERS = 16
_MAX_HEADING_CHARACTERS = 40


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans `(start, end)` that cover `text` in order; white space at a cut belongs to no span."""
    nesting = _nesting(text)
    cuts = {0, len(text)} | _after_stops(text, nesting) | _before_markers(text, nesting)
    for start, end in pairwise(sorted(cuts)):
        cuts |= _between_statements(text, start, end, nesting)
    spans = []
    for start, end in pairwise(sorted(cuts)):
        piece = text[start:end]
        if piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, left + len(piece.strip())))
    return spans


def lead_colon(text: str) -> int | None:
    """Position after the first colon outside brackets when no comma or stop comes before it."""
    nesting = _nesting(text)
    for i, char in enumerate(text):
        if nesting[i]:
            continue
        if char == ":":
            return i + 1
        if char in ",;" + _STOPS:
            return None
    return None


def _nesting(text: str) -> list[bool]:
    """Whether each character stands inside a matched pair of brackets or quotes.

    A bracket without its partner, common on web pages, opens nothing.
    """
    inside = [0] * (len(text) + 1)
    open_: list[tuple[str, int]] = []  # (awaited closer, position)
    awaited: Counter[str] = Counter()
    for i, char in enumerate(text):
        if char in _PAIRS:
            open_.append((_PAIRS[char], i))
            awaited[_PAIRS[char]] += 1
        while awaited[char]:  # pops up to the partner, with what was left open inside it
            closer, start = open_.pop()
            awaited[closer] -= 1
            if closer == char:
                inside[start + 1] += 1
                inside[i] -= 1
                break
    total, result = 0, []
    for change in inside[:-1]:
        total += change
        result.append(total > 0)
    return result


def _after_stops(text: str, nesting: list[bool]) -> set[int]:
    cuts: set[int] = set()
    end = 0
    for i, char in enumerate(text):
        if i < end or char not in _STOPS or nesting[i] or _inside_latin(text, i):
            continue
        end = i + 1
        while end < len(text) and text[end] in _STOPS + _CLOSERS:
            end += 1
        cuts.add(end)
        # "……。(注:……。)" – a bracket that is a sentence of its own ends with its closer.
        if end < len(text) and text[end] in _PAIRS:
            close = end + 1
            while close < len(text) and nesting[close]:
                close += 1
            if close < len(text) and text[close - 1] in _STOPS:
                cuts.add(close + 1)
    return cuts


def _inside_latin(text: str, i: int) -> bool:
    """Whether `?` or `!` is no stop, because a Latin letter or digit follows.

    It is part of an address, or what is left of a lost character (`貓?bào)`).
    """
    return text[i] != "。" and text[i + 1 : i + 2].isalnum() and text[i + 1] < "\u2e80"


def _before_markers(text: str, nesting: list[bool]) -> set[int]:
    cuts = set()
    previous, start = "", 0  # last character that isn't white space; where the current item began
    for i, char in enumerate(text):
        if char.isspace():
            continue
        after_space = i > 0 and text[i - 1].isspace()
        may_start = after_space or previous in _BEFORE_ITEM + "," or char == "("
        if i and may_start and not nesting[i] and (marker := match_marker(text, i)):
            comma = marker.style == "ordinal" and previous == ","
            if previous in _BEFORE_ITEM or after_space or comma or _ends_heading(text, start, i):
                cuts.add(i)
                start = i
        previous = char
    return cuts


def _ends_heading(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a numbered heading run into a deeper one: 一、工作情况(一)加强领导。"""
    if end - start > _MAX_HEADING_CHARACTERS:
        return False
    outer, inner = match_marker(text, start), match_marker(text, end)
    if (
        outer is None
        or inner is None
        or inner.style != "chinese_bracketed"
        or outer.level >= inner.level
    ):
        return False
    return not re.search("[,。;:]|第$", text[start:end])


def _between_statements(text: str, start: int, end: int, nesting: list[bool]) -> set[int]:
    """Cuts after those semicolons of one sentence that have a full statement on both sides."""
    semicolons = [i + 1 for i in range(start, end) if text[i] == ";" and not nesting[i]]
    bounds = [start, *(i for i in semicolons if i < end), end]
    statements = [_is_statement(text[a:b]) for a, b in pairwise(bounds)]
    return {bounds[i + 1] for i, (left, right) in enumerate(pairwise(statements)) if left and right}


def _is_statement(clause: str) -> bool:
    clause = clause.strip(" \n;。")
    if marker := match_marker(clause):
        clause = clause[marker.length :]
    if len(clause) < _SHORT_STATEMENT_CHARACTERS or _LIST_ENTRY.search(clause):
        return False
    return len(clause) >= _LONG_CLAUSE_CHARACTERS or bool(_PREDICATE.search(clause))
