from __future__ import annotations

import pytest
from hypothesis import given

from fazhi.normalize import CleanText, normalize, squeeze, to_simplified
from tests.fazhi.samples import SOURCES, any_text, mutated_reports, narrow


def assert_every_character_knows_its_origin(clean: CleanText) -> None:
    offsets = list(clean.offsets)
    assert len(offsets) == len(clean.text) + 1
    assert offsets[-1] == len(clean.source)
    assert all(a < b for a, b in zip(offsets, offsets[1:], strict=False))
    for char, offset in zip(clean.text, offsets, strict=False):
        origin = clean.source[offset]
        if char.isspace():
            assert origin.isspace()
        elif origin < "\u2e80" or "！" <= origin <= "～":
            assert char == narrow(origin)
        else:  # which form a Traditional character takes depends on its neighbours
            assert to_simplified(char) == to_simplified(normalize(origin).text)


@given(any_text)
def test_any_text_keeps_its_offsets(source: str) -> None:
    assert_every_character_knows_its_origin(normalize(source))


@given(mutated_reports())
def test_mutated_reports_keep_their_offsets(source: str) -> None:
    assert_every_character_knows_its_origin(normalize(source))


@given(any_text)
def test_clean_text_stays_as_it_is(source: str) -> None:
    clean = normalize(source).text
    assert normalize(clean).text == clean


@given(mutated_reports())
def test_clean_reports_stay_as_they_are(source: str) -> None:
    clean = normalize(source).text
    assert normalize(clean).text == clean


def test_every_character_stays_as_it_is_once_clean() -> None:
    for code in range(0x30000):
        clean = normalize(chr(code)).text
        assert len(clean) <= 1
        assert normalize(clean).text == clean, hex(code)


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("２０２２年８１．６％，（一）！？；：", "2022年81.6%,(一)!?;:"),
        ("①②⑳ ❶", "①②⑳ ❶"),
        ("﹙一﹚﹐﹔甲﹕｢乙｣", "(一),;甲:「乙」"),
        ("a\u3000b\u00a0c\td", "a b c d"),
        ("a\r\nb\rc\u2028d\x85e\x0bf\n\ng", "a\nb\nc\nd\ne\nf\n\ng"),
        ("平均\u200b用\ufeff时\u00ad\x00\x1b缩短", "平均用时缩短"),
        ("⼀是⼯作⽴法", "一是工作立法"),
        ("監(jiān)管、執(zhí)法", "监管、执法"),
        ("數(shù)(shu)（ｓｈù）據(jù)為(wèi)", "数据为"),
        ("農(nóng)業(yè)，旅(lǚ)行(xíng)", "农业,旅行"),
        ("条件(a)、选项(e)，项目(PPP)(abc)", "条件(a)、选项(e),项目(PPP)(abc)"),
        ("見(http)和(app)", "见(http)和(app)"),
        ("法治政府建設情況的報告", "法治政府建设情况的报告"),
        ("\ud800法\udfff治", "法治"),
        ("", ""),
    ],
)
def test_clean_form(source: str, clean: str) -> None:
    assert normalize(source).text == clean


@pytest.mark.parametrize(
    "text", ["查处破坏土地资源案件", "乾县、乾安县人民政府", "於潜镇", "显著提升"]
)
def test_simplified_text_is_left_alone(text: str) -> None:
    assert normalize(text).text == text


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [("乾淨整潔", "干净整洁"), ("乾隆年間", "乾隆年间"), ("於2021年底發佈", "于2021年底发布")],
)
def test_traditional_text_is_read_with_its_phrases(traditional: str, simplified: str) -> None:
    assert normalize(traditional).text == simplified


def test_offset_leads_back_behind_what_was_dropped() -> None:
    source = "\ufeff監(jiān)管\r\n案件"
    clean = normalize(source)
    assert clean.text == "监管\n案件"
    assert [source[i] for i in clean.offsets[:-1]] == ["監", "管", "\n", "案", "件"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("全年办理\n案件  \n 42件", "全年办理案件42件"),
        ("use\n  HTTP", "use HTTP"),
        ("HTTP\n协议", "HTTP协议"),
        ("索引号  0112   主题", "索引号 0112 主题"),
        ("  \n首尾\n ", "首尾"),
        ("", ""),
    ],
)
def test_squeeze_joins_chinese_lines_and_spaces_latin_ones(text: str, line: str) -> None:
    assert squeeze(text) == line


@given(any_text)
def test_squeezed_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = squeeze(normalize(text).text)
    assert "\n" not in line and "  " not in line and line == line.strip()
    assert squeeze(line) == line


@pytest.mark.parametrize("name", SOURCES)
def test_squeeze_drops_nothing_but_white_space(name: str) -> None:
    clean = normalize(SOURCES[name]).text
    assert "".join(squeeze(clean).split()) == "".join(clean.split())
