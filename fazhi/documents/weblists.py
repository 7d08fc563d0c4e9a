"""Lists of web pages → plain blocks, with the numbers that a browser draws put into their text."""

from __future__ import annotations

import re
from typing import Any

from fazhi.documents.numerals import draw

# `type` of a list, or a style of CSS → format of `numerals`, and what stands behind the number.
_FORMATS = {
    "1": ("decimal", "."),
    "a": ("lowerLetter", "."),
    "A": ("upperLetter", "."),
    "i": ("lowerRoman", "."),
    "I": ("upperRoman", "."),
    "cjk-ideographic": ("chineseCounting", "、"),
    "simp-chinese-informal": ("chineseCounting", "、"),
    "trad-chinese-informal": ("chineseCounting", "、"),
}
_UNNUMBERED = {"none", "disc", "circle", "square"}
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)")


def dissolve_lists(page: Any) -> None:  # noqa: ANN401 (lxml has no types)
    """Turn lists into blocks in place; those with links are navigation and stay as they are."""
    for list_ in list(page.iter("ol", "ul")):
        if list_.find(".//a") is not None:
            continue
        number = _number(list_.get("start"), 1)
        for item in list_.findall("li"):
            number = _number(item.get("value"), number)
            if list_.tag == "ol":
                _prefix(item, _label(list_, number))
            number += 1
            item.tag = "div"
        list_.tag = "div"


def _label(list_: Any, number: int) -> str:  # noqa: ANN401
    style = _STYLE.search(list_.get("style") or "")
    name = style.group(1) if style else list_.get("type") or "1"
    if name in _UNNUMBERED:
        return ""
    format_, stop = _FORMATS.get(name, _FORMATS["1"])
    return draw(number, format_) + stop


def _prefix(item: Any, label: str) -> None:  # noqa: ANN401
    """Put `label` before the first text of an item, inside of the paragraph that it may hold."""
    while not (item.text or "").strip() and len(item):
        item = item[0]
    item.text = label + (item.text or "").lstrip()


def _number(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"\d{1,4}", value) else default
