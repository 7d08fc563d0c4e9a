from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.errors import FazhiError
from fazhi.output import workbook
from fazhi.output.workbook import MAX_CELL_CHARACTERS, Column, Value, Workbook

COLUMNS = (Column("名称", 10), Column("句子", 20, "long"), Column("件数", 8, "integer"))
HOT = (
    Column("甲", 8, "percent", True),
    Column("乙", 8, "percent", True),
    Column("丙", 8, "percent"),
)


def saved(
    *sheets: tuple[str, tuple[Column, ...], list[tuple[Value, ...]]], **options: Any
) -> bytes:
    book = Workbook()
    for name, columns, rows in sheets:
        book.add_sheet(name, columns, rows, **options)
    stream = io.BytesIO()
    book.write(stream)
    return stream.getvalue()


def read(data: bytes, name: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))[name]


def test_values_keep_their_types() -> None:
    sheet = read(saved(("表", COLUMNS, [("甲", "办案", 42), ("乙", None, 0)])), "表")
    assert list(sheet.iter_rows(values_only=True)) == [
        *(("名称", "句子", "件数"), ("甲", "办案", 42), ("乙", None, 0))
    ]


def test_header_stays_in_sight_and_filters() -> None:
    sheet = read(saved(("表", COLUMNS, [("甲", "办案", 42)])), "表")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:C2")
    assert sheet.column_dimensions["B"].width == pytest.approx(20, abs=1)
    assert sheet["A1"].font.bold and sheet["B2"].alignment.wrap_text
    assert sheet["C2"].number_format == "0"


def test_rows_are_as_high_as_their_text() -> None:
    sheet = read(saved(("表", COLUMNS, [("甲", "字" * 25, 1), ("乙", "短", 1)])), "表")
    heights = [sheet.row_dimensions[row].height for row in (2, 3)]
    assert heights[0] == pytest.approx(3 * heights[1], abs=2)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "http://a.b", "{=1}"]
)
def test_text_is_never_a_formula_or_a_link(text: str) -> None:
    data = saved(("表", COLUMNS, [(text, text, 1)]))
    for cell in read(data, "表")[2][:2]:
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
        assert cell.style is not None
        assert cell.quotePrefix == (text not in ("http://a.b", "{=1}"))
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


@given(st.text(max_size=40))
def test_any_text_can_be_written(text: str) -> None:
    got = read(saved(("表", COLUMNS, [("a", text, 1)])), "表")["B2"].value or ""
    plain = all(c.isprintable() and c not in "\ufffe\uffff" for c in text)
    assert not plain or got == text


def test_half_a_surrogate_pair_is_written_as_text() -> None:
    assert read(saved(("表", COLUMNS, [("a\ud800b", None, 1)])), "表")["A2"].value == "a\\ud800b"


@pytest.mark.parametrize("text", ["字" * 40_000, "😀" * 20_000])
def test_text_too_long_for_a_cell_is_cut_visibly(text: str) -> None:
    value = read(saved(("表", COLUMNS, [(text, None, 1)])), "表")["A2"].value
    assert value.endswith("…") and text.startswith(value[:-1])
    assert MAX_CELL_CHARACTERS - 2 < len(value.encode("utf-16-le")) // 2 <= MAX_CELL_CHARACTERS


def test_colors_and_heat() -> None:
    rows: list[tuple[Value, ...]] = [(0.1, 0.2, 0.3)]
    sheet = read(saved(("表", HOT, rows), colors={'有"问题': "#F8CBAD"}), "表")
    rules = {str(area.sqref): rule for area in sheet.conditional_formatting for rule in area.rules}
    assert rules["A2:C2"].formula == ['"有""问题"']
    assert rules["A2:B2"].type == "colorScale"


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    saved(("表", COLUMNS, [("a", "b", 1)] * 2))
    with pytest.raises(FazhiError, match="sheet 表: 3 rows; a sheet holds 2"):
        saved(("表", COLUMNS, [("a", "b", 1)] * 3))
