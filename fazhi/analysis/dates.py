"""Years and dates as reports write them: 2023年1月5日, 二〇二三年一月五日, 2023-01-05 16:20.

Works on clean text (half-width, simplified).
"""

from __future__ import annotations

import re
from datetime import date

_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | dict.fromkeys("零○Oo", "0")
_YEAR = r"(?:19|20)\d\d|(?:一九|二[〇零○Oo0])[〇零○Oo一二三四五六七八九]{2}"
_DAY = r"[〇零一二三四五六七八九十]{1,3}|\d{1,2}"
_DATE = re.compile(
    rf"(?<!\d)(?P<year>{_YEAR})\s*(?:年|[-./])\s*(?P<month>{_DAY})"
    rf"(?:\s*(?:月|[-./])\s*(?P<day>{_DAY})(?=\s*日|\D|$)|\s*月|(?![-./\d]))"
)
# 2021—2025年 and 2022/2023年 are spans, 〔2023〕 numbers a document.
_REPORTED = re.compile(rf"(?<![\d—–\-~至/])(?P<year>{_YEAR})(?=\s*(?:年|财年))(?!年?\s*[—–\-~至])")


def read_years(text: str) -> list[int]:
    """The years that `text` names, in order; those of a span of years are left out."""
    return [_number(match["year"]) for match in _REPORTED.finditer(text)]


def read_date(text: str) -> str | None:
    """The first date in `text`, ISO 8601, to the day or to the month; None where it isn't one."""
    for match in _DATE.finditer(text):
        year, month = _number(match["year"]), _number(match["month"])
        day = _number(match["day"]) if match["day"] else None
        try:
            whole = date(year, month, day or 1)
        except ValueError:
            continue
        return whole.isoformat() if day else whole.isoformat()[:7]
    return None


def _number(text: str) -> int:
    """2023, 二〇二三, 十二, 二十, 三十一 → int."""
    if "十" in text:
        tens, _, ones = text.partition("十")
        return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0"))
    return int("".join(_DIGITS.get(c, c) for c in text))
