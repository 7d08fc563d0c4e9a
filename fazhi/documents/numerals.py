"""A number as Word draws it in automatic numbering, by the names of ISO/IEC 29500-1, 17.18.59.

Formats that aren't known here are drawn as plain digits, as Word does with most of them.
"""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def draw(number: int, format_: str) -> str:
    """`number`, 0 or more, in a format such as `chineseCounting`; "" for bullets and `none`."""
    if format_ in ("bullet", "none"):
        return ""
    drawer = _FORMATS.get(format_)
    drawn = drawer(number) if drawer and number > 0 else None
    return str(number) if drawn is None else drawn


def _chinese(number: int) -> str | None:
    """一 … 十 十一 … 二十 … 一百〇一 … 九千九百九十九"""
    return _counted(number, _DIGITS, "千百十", is_ten_short=True)


def _legal(number: int) -> str | None:
    """壹 … 壹拾 …, as on cheques."""
    return _counted(number, _LEGAL_DIGITS, "仟佰拾", is_ten_short=False)


def _counted(number: int, digits: str, units: str, *, is_ten_short: bool) -> str | None:
    if number > 9999:
        return None
    written, is_gap = "", False
    for digit, unit in zip(f"{number:04d}", (*units, ""), strict=True):
        if digit == "0":
            is_gap = bool(written)
            continue
        written += (digits[0] if is_gap else "") + digits[int(digit)] + unit
        is_gap = False
    ten = digits[1] + units[2]
    return written[1:] if is_ten_short and written.startswith(ten) else written


def _chinese_digits(number: int) -> str:
    """一 … 九 一〇 一一 …"""
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _letters(number: int) -> str:
    """A … z aa bb …"""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str | None:
    if number > 3999:
        return None
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def _one_of(characters: str) -> Callable[[int], str | None]:
    return lambda number: characters[number - 1] if number <= len(characters) else None


def _run(first: int, count: int) -> str:
    return "".join(chr(first + i) for i in range(count))


def _upper(drawer: Callable[[int], str | None]) -> Callable[[int], str | None]:
    return lambda number: None if (drawn := drawer(number)) is None else drawn.upper()


_CIRCLED = _one_of(_run(0x2460, 20) + _run(0x3251, 15) + _run(0x32B1, 15))
_FORMATS: dict[str, Callable[[int], str | None]] = {
    **dict.fromkeys(
        (
            "chineseCounting",
            "chineseCountingThousand",
            "japaneseCounting",
            "taiwaneseCounting",
            "taiwaneseCountingThousand",
        ),
        _chinese,
    ),
    **dict.fromkeys(
        ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"), _chinese_digits
    ),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _CIRCLED),
    "chineseLegalSimplified": _legal,
    "decimalEnclosedFullstop": _one_of(_run(0x2488, 20)),
    "decimalEnclosedParen": _one_of(_run(0x2474, 20)),
    "decimalFullWidth": lambda number: "".join(chr(ord(d) + 0xFEE0) for d in str(number)),
    "decimalZero": lambda number: f"{number:02d}",
    "ideographEnclosedCircle": _one_of(_run(0x3280, 10)),
    "ideographTraditional": _one_of(_STEMS),
    "ideographZodiac": _one_of(_BRANCHES),
    "lowerLetter": _letters,
    "upperLetter": _upper(_letters),
    "lowerRoman": _roman,
    "upperRoman": _upper(_roman),
}
