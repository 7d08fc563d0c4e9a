from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.analysis.dates import read_date, read_years

_NUMERALS = "〇一二三四五六七八九"


def numeral(number: int) -> str:
    """12 → 十二, 20 → 二十, 31 → 三十一."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _NUMERALS[tens]) + "十" if tens else ""
    return head + (_NUMERALS[ones] if ones else "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年1月5日", "2023-01-05"),
        ("二〇二三年十二月三十一日", "2023-12-31"),
        ("二○二○年一月十日", "2020-01-10"),
        ("二0一七年二月二十日", "2017-02-20"),
        ("2021-12-28 17:05", "2021-12-28"),
        ("2022.1.18", "2022-01-18"),
        ("2023/1/5", "2023-01-05"),
        ("2022年 3月 5 日", "2022-03-05"),
        ("索引号:YX0015/2022-00037 发布日期:2022-01-28", "2022-01-28"),
        ("2020年9月", "2020-09"),
        ("2024-02", "2024-02"),
    ],
)
def test_dates_in_every_notation(text: str, expected: str) -> None:
    assert read_date(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2023年", "2023年13月1日", "2023年2月30日", "20230105", "1/5"]
)
def test_no_date_is_made_up(text: str) -> None:
    assert read_date(text) is None


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_digits_and_numerals_say_the_same(day: date) -> None:
    assert read_date(f"{day.year}年{day.month}月{day.day}日") == day.isoformat()
    year = "".join(_NUMERALS[int(digit)] for digit in str(day.year))
    assert read_date(f"{year}年{numeral(day.month)}月{numeral(day.day)}日") == day.isoformat()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("云溪县2023年度法治政府建设报告", [2023]),
        ("二〇二三年法治政府建设报告", [2023]),
        ("2021年工作总结及2022年工作打算", [2021, 2022]),
        ("《法治政府建设实施纲要(2021—2025年)》", []),
        ("2021年—2025年规划", []),
        ("2016—2017学年度总结", []),
        ("云政发〔2023〕5号", []),
        ("热线12023年", []),
    ],
)
def test_years_reported_on(text: str, years: list[int]) -> None:
    assert read_years(text) == years


@given(st.text(st.sampled_from("〇零○Oo一二三十129年月日-./— 0"), max_size=20))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = read_date(text)
    assert found is None or len(found) in (7, 10)
    assert all(1900 <= year <= 2099 for year in read_years(text))
