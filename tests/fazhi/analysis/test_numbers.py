from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.analysis.numbers import numeral_value, read_amounts

DIGITS = "零一二三四五六七八九"


def spelled(number: int) -> str:
    """A number from 1 to 99,999,999 in Chinese characters."""
    if number >= 10_000:
        rest = number % 10_000
        gap = "零" if 0 < rest < 1000 else ""
        return spelled(number // 10_000) + "万" + gap + (spelled(rest) if rest else "")
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
        gap = not digit
    return text


@pytest.mark.parametrize(
    ("text", "value", "unit", "printed", "approximate"),
    [
        ("受理1626件", 1626, "件", "1626件", False),
        ("受理1,626件", 1626, "件", "1,626件", False),
        ("受理１６２６件", 1626, "件", "１６２６件", False),
        ("培训3.2万余人次", 32_000, "人次", "3.2万余人次", True),
        ("培训3万多人次", 30_000, "人次", "3万多人次", True),
        ("审结率96.13％", 96.13, "%", "96.13％", False),
        ("占百分之三十", 30, "%", "百分之三十", False),
        ("罚没4.86亿元", 486_000_000, "元", "4.86亿元", False),
        ("审查一百二十份", 120, "份", "一百二十份", False),
        ("聘请两名律师", 2, "名", "两名", False),
        ("受理近300件", 300, "件", "300件", True),
        ("检查1200家次以上", 1200, "家次", "1200家次", True),
    ],
)
def test_amounts(text: str, value: float, unit: str, printed: str, approximate: bool) -> None:
    from fazhi.analysis.masking import mask

    sentence = mask(text)
    (amount,) = sentence.amounts
    start, end = sentence.origins[amount.start], sentence.origins[amount.end - 1] + 1
    assert (amount.value, amount.unit, text[start:end]) == (value, unit, printed)
    assert amount.approximate is approximate


@pytest.mark.parametrize(
    "text",
    [
        "2023年1月5日",
        "上午9:30",
        "第3次",
        "3至5件",
        "3-5件",
        "比例为3:1",
        "双政〔2023〕11号",
        "《民法典》第12条",
        "《2021年版100项清单》",
        "12345热线",
        "5个工作日",
        "三四件",
        "二〇二三",
        "“1+8+N”",
        "20人以内",
        "www.example.cn/12件",
    ],
)
def test_other_numbers_are_no_amounts(text: str) -> None:
    assert [amount for amount in read_amounts(text) if amount.unit] == []


def test_digits_that_were_stated_are_known() -> None:
    printed = {"3.2万件": -3, "3万件": -4, "96.13%": 2, "96%": 0, "320件": 0, "1.5亿元": -7}
    for text, decimals in printed.items():
        (amount,) = read_amounts(text)
        assert amount.decimals == decimals, text


@given(st.integers(min_value=1, max_value=99_999_999))
def test_numerals_are_read_back(number: int) -> None:
    assert numeral_value(spelled(number)) == number


@given(st.text(alphabet="一二两三十百千万亿零〇", min_size=1, max_size=12))
def test_no_numeral_raises(numeral: str) -> None:
    value = numeral_value(numeral)
    assert value is None or value > 0


@given(
    st.integers(min_value=1, max_value=10**7),
    st.sampled_from("件 份 人次 家次 元 %".split()),
    st.text(alphabet="受理，。的（", max_size=6),
)
def test_printed_integers_are_read_back(number: int, unit: str, around: str) -> None:
    text = f"{around}{number}{unit}{around}"
    (amount,) = read_amounts(text)
    assert (amount.value, amount.unit) == (number, unit)
    assert text[amount.start : amount.end] == f"{number}{unit}"
