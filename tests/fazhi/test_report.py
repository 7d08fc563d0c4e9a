from __future__ import annotations

import time

import pytest
from hypothesis import example, given

from fazhi.normalize import normalize, squeeze, to_simplified
from fazhi.records import KINDS
from fazhi.report import Report, Unit, parse_report
from tests.fazhi.samples import SOURCES, any_text, expected_units, mutated_reports, narrow, widen

REPORT = """首页 > 政务公开
云溪县人民政府关于2022年度法治政府建设情况的报告
云政呈〔2023〕1号
市人民政府：
2022年，全县推进法治政府建设。现将情况报告如下：
一、工作情况
（一）加强组织领导。县政府常务会议研究法治议题9次。
一是压实责任：签订责任书12份；
1.精简审批事项。取消证明材料61份。
2.优化窗口服务。推行周末服务。
二、存在的主要问题
执法力量不足。
三、下一步打算
继续强化执法监督。
附件：1.统计表
2.责任清单
云溪县人民政府
2023年1月10日
扫一扫在手机打开当前页
"""


def assert_nothing_lost_and_nothing_doubled(report: Report) -> None:
    at = 0
    for unit in report.units:
        assert at <= unit.start < unit.end
        assert not report.source[at : unit.start].strip()
        printed = report.source[unit.start : unit.end]
        assert printed == printed.strip()
        # A slice alone may not show that the report is in Traditional script.
        assert to_simplified(unit.text) == to_simplified(squeeze(normalize(printed).text))
        assert unit.kind in KINDS
        at = unit.end
    assert not report.source[at:].strip()


@given(any_text)
@example("")
@example(" \u3000\n")
@example("\u200b")
@example("\u200b \x00 。\ud800\n\ufeff")
@example("（" * 50 + "一、" * 50)
def test_any_text_loses_nothing_and_doubles_nothing(source: str) -> None:
    assert_nothing_lost_and_nothing_doubled(parse_report(source))


@given(mutated_reports())
def test_mutated_reports_lose_nothing_and_double_nothing(source: str) -> None:
    assert_nothing_lost_and_nothing_doubled(parse_report(source))


def by_start(name: str) -> tuple[dict[int, dict[str, object]], dict[int, Unit]]:
    report = parse_report(SOURCES[name])
    return {u["start"]: u for u in expected_units(name)}, {u.start: u for u in report.units}


@pytest.mark.parametrize("name", SOURCES)
def test_units_begin_where_a_person_cut(name: str) -> None:
    expected, found = by_start(name)
    f1 = 2 * len(expected.keys() & found.keys()) / (len(expected) + len(found))
    assert f1 >= 0.97


@pytest.mark.parametrize("name", SOURCES)
def test_units_have_the_kind_that_a_person_gave(name: str) -> None:
    expected, found = by_start(name)
    right = sum(at in found and found[at].kind == unit["kind"] for at, unit in expected.items())
    assert right / len(expected) >= 0.95


@pytest.mark.parametrize("name", SOURCES)
def test_units_stand_as_deep_as_a_person_put_them(name: str) -> None:
    expected, found = by_start(name)
    right = sum(
        at in found and len(found[at].heading_path) == len(unit["heading_path"])
        for at, unit in expected.items()
    )
    assert right / len(expected) >= 0.95


def test_every_unit_of_a_plain_report() -> None:
    top, aspect = "一、工作情况", "(一)加强组织领导。"
    assert [(u.kind, u.heading_path, u.text) for u in parse_report(REPORT).units] == [
        ("meta", (), "首页 > 政务公开"),
        ("title", (), "云溪县人民政府关于2022年度法治政府建设情况的报告"),
        ("meta", (), "云政呈〔2023〕1号"),
        ("meta", (), "市人民政府:"),
        ("body", (), "2022年,全县推进法治政府建设。"),
        ("body", (), "现将情况报告如下:"),
        ("heading", (), top),
        ("heading", (top,), aspect),
        ("body", (top, aspect), "县政府常务会议研究法治议题9次。"),
        ("heading", (top, aspect), "一是压实责任:"),
        ("body", (top, aspect, "一是压实责任:"), "签订责任书12份;"),
        ("heading", (top, aspect), "1.精简审批事项。"),
        ("body", (top, aspect, "1.精简审批事项。"), "取消证明材料61份。"),
        ("heading", (top, aspect), "2.优化窗口服务。"),
        ("body", (top, aspect, "2.优化窗口服务。"), "推行周末服务。"),
        ("heading", (), "二、存在的主要问题"),
        ("body", ("二、存在的主要问题",), "执法力量不足。"),
        ("heading", (), "三、下一步打算"),
        ("body", ("三、下一步打算",), "继续强化执法监督。"),
        ("meta", (), "附件:1.统计表"),
        ("meta", (), "2.责任清单"),
        ("meta", (), "云溪县人民政府"),
        ("meta", (), "2023年1月10日"),
        ("meta", (), "扫一扫在手机打开当前页"),
    ]


def test_short_line_above_text_is_a_heading_without_number() -> None:
    units = parse_report("工作开展情况\n全县推进法治建设。\n1.抓学习。组织培训3次。").units
    assert [(u.kind, u.heading_path) for u in units] == [
        ("heading", ()),
        ("body", ("工作开展情况",)),
        ("heading", ("工作开展情况",)),
        ("body", ("工作开展情况", "1.抓学习。")),
    ]


def test_numbered_line_with_nothing_under_it_is_text_even_above_a_page_number() -> None:
    units = parse_report("完成整改。\n1.抓学习。\n— 1 —\n2.抓考核。组织考试2次。").units
    assert [u.kind for u in units] == ["body", "body", "meta", "heading", "body"]


def test_every_line_of_a_list_of_attachments_is_metadata() -> None:
    units = parse_report("完成整改。\n附件：1.统计表；\n2.责任清单；").units
    assert [u.kind for u in units] == ["body", "meta", "meta"]


def cuts(source: str) -> list[tuple[str, tuple[str, ...], str]]:
    return [(u.kind, u.heading_path, u.text) for u in parse_report(source).units]


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\u2028", "\n\n", "\n\u200b\n"])
def test_line_breaks_of_any_kind_give_the_same_units(line_break: str) -> None:
    assert cuts(REPORT.replace("\n", line_break)) == cuts(REPORT)


@pytest.mark.parametrize("change", [widen, narrow])
def test_width_of_characters_makes_no_difference(change: object) -> None:
    assert callable(change)
    assert cuts(change(REPORT)) == cuts(REPORT)


def test_records_carry_numbered_ids() -> None:
    records = parse_report(REPORT).records("yunxi")
    assert [r.id for r in records[:2]] == ["yunxi-001", "yunxi-002"]
    assert [r.text for r in records] == [u.text for u in parse_report(REPORT).units]
    assert records[4].kind == "body" and records[4].labels is None


def test_title_over_two_lines_is_one_unit() -> None:
    units = parse_report("云溪县人民政府关于2022年度\n法治政府建设情况的报告\n\n完成整改。").units
    assert [(unit.kind, unit.text) for unit in units] == [
        ("title", "云溪县人民政府关于2022年度法治政府建设情况的报告"),
        ("body", "完成整改。"),
    ]


def test_red_head_above_a_title_is_no_part_of_it() -> None:
    units = parse_report(
        "云溪市人民政府文件 云政发〔2026〕2号\n云溪市2025年法治政府建设情况报告\n\n完成整改。"
    ).units
    assert [unit.text for unit in units if unit.kind == "title"] == [
        "云溪市2025年法治政府建设情况报告"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "附件\n" + "1.表\n" * 25_000,
        "本年工作完成。\n" + "打印\n" * 30_000 + "本年工作完成。",
        "段落。\n" * 5 + "中," + " " * 90_000 + "文",
        "第一段。\n" * 5 + "a" + "\u200b\n" * 30_000 + "b",
    ],
)
def test_time_grows_with_length_and_not_with_its_square(source: str) -> None:
    start = time.process_time()
    parse_report(source)
    assert time.process_time() - start < 5
