from __future__ import annotations

import pytest
from hypothesis import given

from fazhi.normalize import normalize
from fazhi.page import read_page
from tests.fazhi.samples import any_text, mutated_reports


def read(text: str) -> list[tuple[str, str]]:
    return [(p.kind, text[p.start : p.end]) for p in read_page(text)]


def kinds(text: str) -> list[str]:
    return [p.kind for p in read_page(text)]


def assert_paragraphs_cover(text: str) -> None:
    at = 0
    for paragraph in read_page(text):
        assert at <= paragraph.start < paragraph.end
        assert not text[at : paragraph.start].strip()
        assert paragraph.kind in ("title", "meta", "content")
        at = paragraph.end
    assert not text[at:].strip()


@given(any_text)
def test_paragraphs_of_any_text_cover_it(source: str) -> None:
    assert_paragraphs_cover(normalize(source).text)


@given(mutated_reports())
def test_paragraphs_of_mutated_reports_cover_them(source: str) -> None:
    assert_paragraphs_cover(normalize(source).text)


def test_page_around_a_report() -> None:
    text = (
        "首页 > 政务公开\n云溪县2022年法治政府建设工作总结\n云溪县司法局\n(2023年1月10日)\n"
        "县人民政府:\n全县推进法治建设。\n— 1 —\n继续推进。\n附件:1.统计表\n2.责任清单\n"
        "云溪县司法局\n2023年1月10日\n"
    )
    assert kinds(text) == (
        ["meta", "title", "meta", "meta", "meta", "content", "meta", "content"] + ["meta"] * 4
    )


def test_title_over_two_lines_is_one_paragraph() -> None:
    title = "云溪县人民政府关于2022年度\n法治政府建设情况的报告"
    assert read(f"{title}\n完成整改。") == [("title", title), ("content", "完成整改。")]


@pytest.mark.parametrize(
    "line",
    [
        "云溪县2022年工作总结",
        "一、法治政府建设情况",
        "全县推进法治建设。云溪县法治政府建设工作总结",
        "发布机构:云溪县关于法治政府建设情况的报告",
    ],
)
def test_no_title(line: str) -> None:
    assert "title" not in kinds(f"{line}\n完成整改。")


def test_title_is_not_looked_for_below_the_first_sentence() -> None:
    assert kinds("完成整改。\n云溪县法治政府建设工作总结\n完成整改。") == ["content"] * 3


def test_following_is_the_next_content_on_one_line() -> None:
    text = "主要做法\n— 1 —\n全县推进\n法治建设。\n云溪县司法局"
    assert [p.following for p in read_page(text)] == ["全县推进", "全县推进", "法治建设。", "", ""]


def test_page_without_line_breaks_is_cut_at_the_spaces_in_their_place() -> None:
    body = "全县推进法治建设,完成整改。" * 40
    text = f"云溪县2022年法治政府建设工作总结 一、工作情况 {body} 二、存在问题 {body}"
    assert [part for _, part in read(text)] == text.split(" ")
