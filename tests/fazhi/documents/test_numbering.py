"""Numbers that Word draws come back, as ISO/IEC 29500-1, 17.9, has them drawn."""

from __future__ import annotations

import pytest

from fazhi.documents.numerals import draw
from fazhi.documents.word import read_word
from fazhi.report import parse_report
from tests.fazhi.documents.wordfiles import definition, list_of, numbered, paragraph, word_file

OFFICIAL = definition(
    1,
    ("chineseCountingThousand", "%1、"),
    ("chineseCountingThousand", "（%2）"),
    ("decimal", "%3."),
    ("decimalEnclosedCircle", "%4"),
)


def lines(body: str, numbering: str, styles: str = "") -> list[str]:
    return read_word(word_file(body, numbering, styles), "r.docx").split("\n")


def test_levels_of_an_official_document_become_headings_again() -> None:
    body = (
        paragraph("云溪县2023年法治政府建设工作报告")
        + numbered("主要工作", 1)
        + numbered("加强组织领导", 1, 1)
        + paragraph("县政府常务会议研究法治议题9次。")
        + numbered("规范行政执法", 1, 1)
        + numbered("开展案卷评查。全年评查案卷120宗。", 1, 2)
        + numbered("落实执法公示。公示信息3000条。", 1, 2)
        + numbered("存在问题", 1)
        + numbered("执法力量不足", 1, 1)
        + paragraph("基层执法人员持证率偏低。")
    )
    text = read_word(word_file(body, OFFICIAL + list_of(1, 1)), "r.docx")
    headings = [unit.text for unit in parse_report(text).units if unit.kind == "heading"]
    assert headings == [
        "一、主要工作",
        "(一)加强组织领导",
        "(二)规范行政执法",
        "1. 开展案卷评查。",
        "2. 落实执法公示。",
        "二、存在问题",
        "(一)执法力量不足",
    ]


def test_lists_that_share_a_definition_go_on_counting_unless_they_override_the_start() -> None:
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    lists = OFFICIAL + list_of(1, 1) + list_of(2, 1) + list_of(3, 1, restart)
    body = numbered("甲", 1) + numbered("乙", 2) + numbered("丙", 3) + numbered("丁", 3)
    assert lines(body, lists) == ["一、甲", "二、乙", "一、丙", "二、丁"]


def test_a_list_may_override_how_a_level_is_written() -> None:
    own = (
        '<w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:start w:val="3"/>'
        '<w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1、"/></w:lvl></w:lvlOverride>'
    )
    assert lines(numbered("甲", 1) + numbered("乙", 1), OFFICIAL + list_of(1, 1, own)) == [
        "III、甲",
        "IV、乙",
    ]


def test_numbers_of_several_levels_and_legal_numbering() -> None:
    legal = '<w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:isLgl/><w:lvlText w:val="%1.%2"/>'
    lists = definition(1, ("chineseCounting", "第%1章"), legal) + list_of(1, 1)
    body = (
        numbered("总则", 1) + numbered("目的", 1, 1) + numbered("附则", 1) + numbered("施行", 1, 1)
    )
    assert lines(body, lists) == ["第一章 总则", "1.1 目的", "第二章 附则", "2.1 施行"]


def test_a_level_may_go_on_counting_below_a_new_heading() -> None:
    ongoing = (
        '<w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlRestart w:val="0"/>'
        '<w:lvlText w:val="%2、"/>'
    )
    lists = definition(1, ("chineseCounting", "%1、"), ongoing) + list_of(1, 1)
    body = numbered("甲", 1) + numbered("子", 1, 1) + numbered("乙", 1) + numbered("丑", 1, 1)
    assert lines(body, lists) == ["一、甲", "1、子", "二、乙", "2、丑"]


def test_numbers_come_from_styles_and_from_those_they_are_based_on() -> None:
    linked = (
        '<w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:pStyle w:val="Second"/>'
        '<w:lvlText w:val="（%2）"/>'
    )
    lists = definition(1, ("chineseCounting", "%1、"), linked) + list_of(1, 1)

    def style(name: str, inside: str) -> str:
        return f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>{inside}</w:style>'

    place = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = (
        style("First", place)
        + style("Second", place)
        + style("Third", '<w:basedOn w:val="First"/>')
    )

    def styled(text: str, name: str, more: str = "") -> str:
        return paragraph(text, f'<w:pStyle w:val="{name}"/>{more}')

    without = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>'
    body = (
        styled("甲", "First")
        + styled("子", "Second")
        + styled("乙", "Third")
        + styled("不编号", "First", without)
        + styled("丑", "Second")
    )
    assert lines(body, lists, styles) == ["一、甲", "（一）子", "二、乙", "不编号", "（一）丑"]


def test_definitions_may_be_those_of_a_list_style() -> None:
    styles = (
        '<w:style w:type="numbering" w:styleId="Official"><w:name w:val="Official"/>'
        '<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    )
    link = '<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="Official"/></w:abstractNum>'
    lists = OFFICIAL + link + list_of(1, 5) + list_of(2, 1)
    assert lines(numbered("甲", 1) + numbered("乙", 1), lists, styles) == ["一、甲", "二、乙"]


def test_empty_paragraphs_count_and_bullets_draw_nothing() -> None:
    lists = OFFICIAL + definition(2, ("bullet", "\uf06c")) + list_of(1, 1) + list_of(2, 2)
    body = numbered("甲", 1) + numbered("", 1) + numbered("丙", 1) + numbered("一点", 2)
    assert lines(body, lists) == ["一、甲", "", "三、丙", "一点"]


@pytest.mark.parametrize(
    "numbering",
    [
        list_of(1, 7),  # no such definition
        '<w:abstractNum w:abstractNumId="1"/>' + list_of(1, 1),  # no levels
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="X"/></w:abstractNum>'
        + list_of(1, 1),
    ],
)
def test_lists_that_lead_nowhere_draw_nothing(numbering: str) -> None:
    assert lines(numbered("甲", 1) + numbered("乙", 99), numbering) == ["甲", "乙"]


def test_a_style_based_on_itself_ends() -> None:
    style = (
        '<w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/>'
        '<w:basedOn w:val="Loop"/></w:style>'
    )
    assert lines(paragraph("甲", '<w:pStyle w:val="Loop"/>'), OFFICIAL, style) == ["甲"]


NUMERALS = {
    "chineseCounting": ["一", "九", "十", "十一", "二十", "一百〇五", "一百一十二", "一千〇一"],
    "chineseLegalSimplified": ["壹", "玖", "壹拾", "壹拾壹", "贰拾"],
    "ideographDigital": ["一", "九", "一〇", "一一", "二〇", "一〇五", "一一二", "一〇〇一"],
    "decimal": ["1", "9", "10", "11", "20", "105"],
    "decimalZero": ["01", "09", "10", "11"],
    "decimalFullWidth": ["１", "９", "１０", "１１"],
    "decimalEnclosedCircle": ["①", "⑨", "⑩", "⑪", "⑳", "105"],
    "decimalEnclosedParen": ["⑴", "⑼", "⑽", "⑾", "⒇", "105"],
    "lowerLetter": ["a", "i", "j", "k", "t", "aaaaa", "hhhhh"],
    "upperRoman": ["I", "IX", "X", "XI", "XX", "CV", "CXII", "MI"],
    "ideographTraditional": ["甲", "壬", "癸", "11", "20"],
    "noSuchFormat": ["1", "9", "10"],
    "none": ["", "", ""],
}


@pytest.mark.parametrize("format_", NUMERALS)
def test_numerals(format_: str) -> None:
    numbers = [1, 9, 10, 11, 20, 105, 112, 1001]
    drawn = NUMERALS[format_]
    assert [draw(number, format_) for number in numbers[: len(drawn)]] == drawn


def test_numbers_out_of_a_format_are_digits() -> None:
    assert [
        draw(0, "chineseCounting"),
        draw(10_000, "chineseCounting"),
        draw(4000, "lowerRoman"),
    ] == [
        "0",
        "10000",
        "4000",
    ]
