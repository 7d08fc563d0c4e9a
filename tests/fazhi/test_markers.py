from __future__ import annotations

import pytest

from fazhi.markers import LEVELS, match_marker, strip_marker


@pytest.mark.parametrize(
    ("text", "style", "marker"),
    [
        ("第一部分 工作情况", "part", "第一部分 "),
        ("第三章、监督", "part", "第三章、"),
        ("一、工作情况", "chinese", "一、"),
        ("十二、其他", "chinese", "十二、"),
        ("二.存在问题", "chinese", "二."),
        ("(一)加强领导", "chinese_bracketed", "(一)"),
        ("(十一)、 强化监督", "chinese_bracketed", "(十一)、 "),
        ("1.线上办", "arabic", "1."),
        ("2、就近办", "arabic", "2、"),
        ("3 .马上办", "arabic", "3 ."),
        ("1.2022年，我局", "arabic", "1."),
        ("(1)人民调解", "arabic_bracketed", "(1)"),
        ("12)热线办理", "arabic_bracketed", "12)"),
        ("①公共法律服务", "circled", "①"),
        ("一是压实责任", "ordinal", "一是"),
        ("三是，强化", "ordinal", "三是"),
        ("第二,抓执法", "ordinal", "第二,"),
    ],
)
def test_marker_is_matched_with_its_style_and_length(text: str, style: str, marker: str) -> None:
    found = match_marker(text)
    assert found is not None
    assert (found.style, text[: found.length]) == (style, marker)
    assert strip_marker(text) == text[len(marker) :]


@pytest.mark.parametrize(
    "text",
    [
        "1.5亿元惠企资金",
        "2022年,我局",
        "二、三季度",
        "一、二审案件",
        "第一、第二产业",
        "一是一,二是二",
        "一网通办",
        "第一责任人",
        "1+8公共法律服务",
        "8:30至12:00",
        "123.编号",
        "(2022)3号",
        "全年",
        "",
    ],
)
def test_figures_and_lists_are_no_markers(text: str) -> None:
    assert match_marker(text) is None
    assert strip_marker(text) == text


def test_marker_is_found_at_a_position() -> None:
    text = "总结。(二) 监督"
    found = match_marker(text, 3)
    assert found is not None and text[3 : 3 + found.length] == "(二) "
    assert match_marker(text, 2) is None


def test_levels_follow_the_usual_order() -> None:
    markers = ["第一部分", "一、", "(一)", "1.", "(1)", "①", "一是"]
    levels = [m.level for text in markers if (m := match_marker(text + "工作"))]
    assert levels == sorted(LEVELS.values()) == list(range(1, 8))


def test_a_marker_alone_is_not_stripped_to_nothing() -> None:
    assert strip_marker("一、") == "一、"
