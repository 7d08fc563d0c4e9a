from __future__ import annotations

import pytest

from fazhi.lines import (
    is_addressee,
    is_attachment,
    is_date,
    is_metadata,
    is_sign_off,
    join_wrapped,
)


@pytest.mark.parametrize(
    "line",
    [
        "索引号:0112/2022-00031 主题分类:综合政务",
        "【发布机构】:洛汀区交通运输局",
        "发布时间:2020-01-14 16:08 来源:区住房和城乡建设局",
        "名 称:2021年法治政府建设情况的报告",
        "| 索引号: | 0112/2022-00031 |",
        "|---|---|",
        "首页 > 政务公开 > 法治政府建设",
        "首页 / 政务公开 / 法治政府建设年度报告",
        "您当前所在的位置:首页 > 政府信息公开",
        "鹤政呈〔2022〕3号",
        "(洛交发[2020]5号)",
        "【打印】【关闭】",
        "[打印本页]",
        "扫一扫在手机打开当前页",
        "分享到: 微信 微博 QQ空间",
        "版权所有:白砾渡街道办事处 ICP备案号:渡ICP备00000009号-2",
        "— 12 —",
        "第3页 共8页",
        "* * *",
        "2022-01-18 09:30",
        "二〇二二年一月十日",
        "附件:1.行政执法事项清单",
        "(此件公开发布)",
        "洛汀区交通运输局办公室 2020年1月10日印发",
        "上一篇:某某公告",
    ],
)
def test_page_furniture_is_metadata(line: str) -> None:
    assert is_metadata(line)


@pytest.mark.parametrize(
    "line",
    [
        "全年办理行政复议案件42件。",
        "一、工作情况",
        "(一)来源治理",
        "存在的主要问题",
        "发布时间公开率达到100%,较上年提高3个百分点。",
        "2022年,全区法治政府建设取得新进展。",
        "电话回访群众1200人次,满意率98%。",
        "下载量突破10万次。",
        "附件清理工作已完成。",
    ],
)
def test_sentences_and_headings_are_no_metadata(line: str) -> None:
    assert not is_metadata(line)


@pytest.mark.parametrize(
    "line", ["2022年1月18日", "2022 年 1 月 18 日", "(2022-01-18)", "二○二二年十二月三十一日"]
)
def test_date_alone_on_its_line(line: str) -> None:
    assert is_date(line)


@pytest.mark.parametrize("line", ["2022年", "2022年1月18日起施行", "1月18日", ""])
def test_no_date(line: str) -> None:
    assert not is_date(line)


@pytest.mark.parametrize(
    "line", ["市人民政府:", "市委全面依法治市委员会办公室:", "县政府并县委依法治县办:"]
)
def test_addressee(line: str) -> None:
    assert is_addressee(line)


@pytest.mark.parametrize(
    "line", ["市人民政府", "现将市人民政府工作情况报告如下:", "主要做法:", "反映问题较多的乡镇:"]
)
def test_no_addressee(line: str) -> None:
    assert not is_addressee(line)


@pytest.mark.parametrize(
    "line", ["洛汀区交通运输局", "鹤岭县人民政府办公室 2022年1月18日", "茶垣镇人民政府(代章)"]
)
def test_sign_off(line: str) -> None:
    assert is_sign_off(line)


@pytest.mark.parametrize(
    "line", ["洛汀区交通运输局开展执法检查12次", "2022年1月18日", "加强监督。"]
)
def test_no_sign_off(line: str) -> None:
    assert not is_sign_off(line)


def test_attachment_line_and_attachment_sentence() -> None:
    assert is_attachment("附件:1.统计表")
    assert is_attachment("附件2")
    assert not is_attachment("附件:已按要求上报。")


def joined(text: str) -> list[str]:
    return [text[a:b] for a, b in join_wrapped(text)]


def test_lines_are_paragraphs_in_a_text_that_is_not_wrapped() -> None:
    assert joined("  标题  \n\n第一段较长的文字。\n第二段\n") == [
        "标题",
        "第一段较长的文字。",
        "第二段",
    ]


def test_lines_of_a_text_wrapped_at_a_width_are_joined() -> None:
    paragraph = "全年办理行政复议案件四十二件并开展行政执法案卷评查和业务培训工作"
    wrapped = "\n".join(paragraph[i : i + 8] * 3 for i in range(0, 32, 8))
    text = f"一、工作情况\n  {wrapped}\n取得成效。\n  {wrapped}\n取得成效。\n(二)下一步\n  {wrapped}\n完。"
    units = joined(text)
    assert [unit.count("\n") for unit in units] == [0, 4, 4, 0, 4]
    assert "".join("".join(units).split()) == "".join(text.split())


def test_indentation_begins_a_paragraph_of_a_wrapped_text() -> None:
    full = "全年办理行政复议案件四十二件并开展行政执法案卷评查"
    text = "\n".join(["  " + full, full, full] * 4)
    assert [unit.count("\n") for unit in joined(text)] == [2, 2, 2, 2]
