"""Amounts in clean text: `1,626件`, `3.2万余人次`, `一百二十份`, `96.13%`. Knows no measures.

Numbers that are no amounts are left out: dates and times, ordinals, ranges, ratios, document
numbers, telephone lines, titles in 《》, parts of words and of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

UNITS = (
    # longest first where one begins with another
    *("工作日", "小时", "平方米", "平方公里", "公里", "公斤", "公顷", "学时", "课时", "分钟"),
    *("人次", "件次", "户次", "家次", "场次", "处次", "篇次", "项次", "条次", "台次", "车次", "份次"),
    *("个百分点", "批次", "班次", "艘次", "个次", "专题", "元", "%"),
    *"件份人位场次条宗起户家个项部名期讲堂班篇处本册张枚套卷批通单轮台支笔",
)  # fmt: skip
_UNIT = "|".join(map(re.escape, UNITS))
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMERAL = "一二两三四五六七八九十百千万亿零〇"

_AMOUNT = re.compile(
    rf"""
    (?P<before>将近|接近|大约|超过|近|约|超|逾|达到)?
    (?P<percent>百分之)?
    (?P<core>{_DIGITS}(?P<myriad>[百千]?[万亿]|百|千)?|[{_NUMERAL}]+)
    (?P<after>余|多|来|几)?
    (?:(?<=[余多来几])(?P<late_myriad>[万亿]))?
    \s?(?P<unit>{_UNIT})?
    (?P<more>以上|左右|上下|以内|以下|之多|余)?
    """,
    re.VERBOSE,
)
_TITLE = re.compile(
    r"《[^》]{1,80}》|〔[^〕]{1,10}〕|\[[^\]]{1,10}\]|https?://[!-~]+|[\w.-]+@[\w.-]+"
)
_NOT_BEFORE = re.compile(r"[A-Za-z\d.+:/第每—–~～-]$|[\d几][至到]$|[第每]\s?$|零下$")
_NOT_AFTER = re.compile(
    r"^(?:[A-Za-z\d+:/〔]|[—–~～-]\d|[至到]\d|\.\d|分之|工作日|月|小时|星期|学时|点)"
)
_ORDINARY = {"以上", "左右", "上下", "余", "之多"}


@dataclass(frozen=True)
class Amount:
    """One number as it stands in a text; `text[start:end]` is it with its unit."""

    start: int
    end: int
    value: float  # in `unit`; 3.2万 is 32000
    unit: str  # "" where none of `UNITS` follows
    approximate: bool  # 余, 多, 近, 约, 超, 以上…
    decimals: int  # digits after the point as printed, for rounding; -4 for 3万, -3 for 3.2万


def read_amounts(text: str) -> Iterator[Amount]:
    """The amounts of clean text, from left to right."""
    hidden = _TITLE.sub(lambda title: "\x00" * len(title.group()), text)
    for match in _AMOUNT.finditer(hidden):
        amount = _amount(match, hidden)
        if amount is not None:
            yield amount


def _amount(match: re.Match[str], text: str) -> Amount | None:
    core, myriad = match["core"], match["myriad"] or ""
    digits = core.removesuffix(myriad).replace(",", "")
    start, end = match.start("percent" if match["percent"] else "core"), match.end("unit")
    if end < 0:
        end = max(match.end("late_myriad"), match.end("after"), match.end("core"))
    if _NOT_BEFORE.search(text[max(0, start - 3) : start]) or _NOT_AFTER.match(text[end:]):
        return None
    if match["more"] in ("以内", "以下"):  # a limit, not a count
        return None
    if core == "一" and match["unit"] not in ("名", "位"):  # 一件事, 一次办好, 一起
        return None
    is_printed = digits[0].isascii()
    value = float(digits) if is_printed else numeral_value(core)
    if value is None:
        return None
    scale = _scale(myriad) * _scale(match["late_myriad"] or "")
    decimals = len(digits.partition(".")[2]) if is_printed else 0
    approximate = bool(match["before"] and match["before"] != "达到") or bool(
        match["after"] or match["more"] in _ORDINARY
    )
    unit = "%" if match["percent"] else match["unit"] or ""
    return Amount(
        start,
        end,
        round(value * scale, 6),
        unit,
        approximate,
        decimals - (len(str(scale)) - 1),
    )


def numeral_value(numeral: str) -> float | None:
    """The value of a number in Chinese characters, None where it isn't one (`二三`, `万一`)."""
    total = section = digit = 0.0
    last_unit = float("inf")
    for char in numeral:
        value = 2.0 if char == "两" else unicodedata.numeric(char)
        if value < 10:
            if digit:
                return None  # 三四件 is a range, 二〇二三 a year
            digit = value
        elif value < 10_000:
            if value >= last_unit or (not digit and value > 10):
                return None
            section += (digit or 1) * value
            digit, last_unit = 0.0, value
        else:
            if not section + digit:
                return None
            total = (total + section + digit) * value
            section, digit, last_unit = 0.0, 0.0, float("inf")
    return total + section + digit or None


def _scale(suffix: str) -> int:
    scale = 1
    for char in suffix:
        scale *= int(unicodedata.numeric(char))
    return scale
