from __future__ import annotations

import time

import pytest
from hypothesis import given

from fazhi.normalize import normalize
from fazhi.sentences import lead_colon, split_sentences
from tests.fazhi.samples import any_text


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in split_sentences(text)]


@given(any_text)
def test_spans_cover_the_text_in_order(source: str) -> None:
    text = normalize(source).text
    at = 0
    for start, end in split_sentences(text):
        assert at <= start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    "parts",
    [
        ["全年办案42件。", "组织培训3次!", "办得怎么样?", "群众心里有杆秤"],
        ["完成整改。。", "继续推进。”", "下一步"],
        ["查处超限车辆1107台次;", "责令整改违规站点12处。"],
        ["一是查处超限车辆;", "二是整治黑车;", "三是落实制度。"],
        ["①建立台账;", "②开展评查。"],
        ["一是抓学习,", "二是抓考核。"],
        ["压实责任。", "(一)加强领导"],
        ["一、工作情况", "(一)加强组织领导"],
        ["如下:", "一是学法。"],
        ["已办结。", "(注:不含上年结转。)", "组织培训3次。"],
    ],
)
def test_cuts_between(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts


@pytest.mark.parametrize(
    "text",
    [
        "承接1.5亿元资金,占81.6%,其中一类5件。",
        "主要领导那句“程序上欠的账,早晚要连本带息还。”被写进了意见。",
        "贯彻《纲要。(2021—2025年)》要求。",
        "反馈(问题见附件。整改见表!)意见。",
        "印发鹤政发〔2022〕3号;第2号文件。",
        "建成1+8公共法律服务中心。",
        "抓学习、抓考核、抓整改。",
        "律师6名;公证员3名。",
        "许可类29项;处罚类310项;强制类57项。",
        "见http://a.cn/?id=3!x公示。",
        "做到首先抓“关键少数”、其次抓青少年。",
        "第一、第二产业协同发展。",
        "覆盖二、三季度。",
        "权责清单(一)类事项。",
        "分类处置,(1)类案件12件,1.一般案件3件。",
    ],
)
def test_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


def test_bracket_without_partner_protects_nothing() -> None:
    assert sentences("他说“可以。还要(继续。完了。") == ["他说“可以。", "还要(继续。", "完了。"]


def test_white_space_at_a_cut_belongs_to_no_sentence() -> None:
    assert sentences("  完成。 \n 继续。 ") == ["完成。", "继续。"]


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("一是压实责任:明确分工。", "一是压实责任:"),
        ("加强(含:监督)领导:明确分工。", "加强(含:监督)领导:"),
        ("全年办案,其中:复议42件。", None),
        ("办结。另:复议42件。", None),
        ("没有冒号", None),
    ],
)
def test_lead_colon_comes_before_any_comma_or_stop(text: str, lead: str | None) -> None:
    end = lead_colon(text)
    assert (text[:end] if end else None) == lead


@pytest.mark.parametrize(
    "text", ["。" * 100_000, "一" * 100_000, "(" * 50_000 + "》" * 50_000, "!。”" * 30_000]
)
def test_time_grows_with_length_and_not_with_its_square(text: str) -> None:
    start = time.process_time()
    split_sentences(text)
    assert time.process_time() - start < 5
