"""The twelve fictional reports beside this file, and strategies for text that is like them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.tiny import REPORTS

SOURCES = {path.stem: path.read_bytes().decode("utf-8") for path in sorted(REPORTS.glob("*.txt"))}

_SPACE = [
    " ",
    "\t",
    "\u3000",
    "\u00a0",
    "\n",
    "\r",
    "\r\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
]
_INVISIBLE = ["\u200b", "\u200d", "\ufeff", "\u00ad", "\x00", "\x1b", "\ud800"]
_PINYIN = ["(zhōng)", "（ｆａ）", "(fa)(fǎ)", "發(fā)展", "(a)", "(nǚ"]
_BRACKETS = list("()（）[]《》“”‘’【】〔〕「」")
_MARKERS = ["一、", "（一）", "1.", "１．", "(1)", "①", "一是", "第一，", "第一部分 ", "附件：1."]
_STOPS = list("。！？；：，、.!?;:")
_SCRIPT = list("後於乾藉縣發監⼀⽴﹙﹚𠮷〇é")
NOISE = _SPACE + _INVISIBLE + _PINYIN + _BRACKETS + _MARKERS + _STOPS + _SCRIPT

any_text = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(st.sampled_from([*NOISE, *"中文法治工作2a"]), max_size=60).map("".join),
)


def expected_units(name: str) -> list[dict[str, Any]]:
    """The units of a report as a person cut them, with `start` and `end` in its source."""
    source, at = SOURCES[name], 0
    units = []
    for line in (REPORTS / f"{name}.jsonl").read_text("utf-8").splitlines():
        unit = json.loads(line)
        start = source.index(unit["text"], at)
        assert not source[at:start].strip()
        at = start + len(unit["text"])
        units.append({**unit, "start": start, "end": at})
    assert not source[at:].strip()
    return units


@st.composite
def mutated_reports(draw: st.DrawFn) -> str:
    """A report, or a stretch of one, after deletions, duplications, insertions and width changes."""
    text = draw(st.sampled_from(list(SOURCES.values())))
    start = draw(st.integers(0, 500))
    text = text[start : start + draw(st.sampled_from([150, 5000]))]
    operations = st.tuples(
        st.sampled_from(["delete", "duplicate", "insert", "insert", "widen", "narrow"]),
        st.integers(0, 1600),
        st.integers(1, 30),
        st.sampled_from(NOISE),
    )
    for operation, at, length, noise in draw(st.lists(operations, min_size=1, max_size=25)):
        at %= len(text) + 1
        head, piece, tail = text[:at], text[at : at + length], text[at + length :]
        text = head + _CHANGES[operation](piece, noise) + tail
    return text


def widen(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def narrow(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)


_CHANGES = {
    "delete": lambda piece, _: "",
    "duplicate": lambda piece, _: piece * 2,
    "insert": lambda piece, noise: noise + piece,
    "widen": lambda piece, _: widen(piece),
    "narrow": lambda piece, _: narrow(piece),
}
