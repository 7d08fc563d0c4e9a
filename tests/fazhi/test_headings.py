from __future__ import annotations

import pytest

from fazhi.headings import aspect_lead, is_numbered_heading, is_plain_heading, lead_in
from fazhi.markers import match_marker


def numbered(text: str, after: str = "", following: str = "", *, is_whole: bool = False) -> bool:
    marker = match_marker(text)
    assert marker is not None
    return is_numbered_heading(text, marker, after, following, is_whole=is_whole)


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("一是压实主体责任:签订责任书。", "一是压实主体责任:"),
        ("(一)加强领导:", "(一)加强领导:"),
        ("一是主要做法如下:签订责任书。", None),
        ("一是会议强调:要压实责任。", None),
        ("一是签订责任书12份:逐级压实。", None),
        ("一是压实责任,主要是:签订责任书。", None),
        (f"一是{'压实责任' * 7}:签订责任书。", None),
        ("一是压实责任。", None),
    ],
)
def test_lead_in_ends_with_a_colon_and_introduces_no_speech(text: str, lead: str | None) -> None:
    marker = match_marker(text)
    assert marker is not None
    end = lead_in(text, marker)
    assert (text[:end] if end else None) == lead


def test_aspect_is_a_lead_in_without_number() -> None:
    end = aspect_lead("信访工作方面:办理来信12件。")
    assert end == len("信访工作方面:")
    assert aspect_lead("在多方面,继续努力。") is None
    assert aspect_lead("办理来信12件。") is None


def test_heading_is_elaborated_upon_by_what_follows_it() -> None:
    assert numbered("(一)加强组织领导。", after="召开会议2次。")
    assert numbered("1.加强组织领导。", after="(1)召开会议2次。")
    assert numbered("1.加强组织领导。", following="召开会议2次。", is_whole=True)
    assert not numbered("1.加强组织领导。", following="2.强化监督。", is_whole=True)
    assert not numbered("1.加强组织领导。", following="召开会议2次。")
    assert not numbered("1.加强组织领导。", is_whole=True)


def test_heading_of_a_high_level_stands_alone_on_its_line() -> None:
    assert numbered("一、工作情况", is_whole=True)
    assert numbered("(一)加强组织领导", is_whole=True)


@pytest.mark.parametrize(
    "text",
    [
        "1.召开会议2次。",
        "1.加强组织领导;",
        f"1.{'加强组织领导' * 7}。",
        f"一是{'加强组织领导' * 5}。",
        "1.",
    ],
)
def test_figure_list_entry_and_long_sentence_are_no_headings(text: str) -> None:
    assert not numbered(text, after="持续推进。")


def test_plain_heading_is_short_without_stop_and_above_text() -> None:
    assert is_plain_heading("存在的主要问题", "执法力量不足。")
    assert is_plain_heading("“放管服”改革情况(2022年)", "减证便民。")
    assert not is_plain_heading("存在的主要问题", "")
    assert not is_plain_heading("存在的主要问题。", "执法力量不足。")
    assert not is_plain_heading("加强领导,落实责任", "召开会议。")
    assert not is_plain_heading("2022", "召开会议。")
    assert not is_plain_heading("存在的主要问题" * 5, "召开会议。")
