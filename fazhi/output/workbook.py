"""Sheets of an XLSX file: header, columns of one type each, colours. Knows nothing of reports."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any, Literal

from rich.cells import cell_len

from fazhi.errors import FazhiError
from fazhi.formulas import looks_like_formula

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Value = str | int | float | None
Style = Literal["text", "long", "integer", "number", "score", "percent"]

MAX_ROWS = 1_048_576  # Excel's, with the header
MAX_CELL_CHARACTERS = 32_767  # Excel's, counted in UTF-16 units
_LINE_POINTS = 16
_MAX_LINES = 25  # Excel's rows are at most 409 points high
_NO_XML = re.compile("[\ufffe\uffff]")
_TOP: dict[str, Any] = {"valign": "top"}
_STYLES: dict[Style, dict[str, Any]] = {
    "text": {**_TOP, "align": "left", "indent": 1},
    "long": {**_TOP, "align": "left", "indent": 1, "text_wrap": True},
    "integer": {**_TOP, "num_format": "0"},
    "number": _TOP,
    "score": {**_TOP, "num_format": "0.00"},
    "percent": {**_TOP, "num_format": '0.0%;-0.0%;"–"'},  # gaps are what people look for
}
_HEADER = {
    **{"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center"},
    **{"bg_color": "#1F3864", "font_color": "#FFFFFF", "border": 1},
}


@dataclass(frozen=True)
class Column:
    """A column of one type; those with `heat` that stand together are tinted by their value."""

    title: str
    width: int  # in digits of the standard font; a Chinese character takes two
    style: Style = "text"
    heat: bool = False


class Workbook:
    """An XLSX file in memory, for `write` to give out once all its sheets are added."""

    def __init__(self) -> None:
        import xlsxwriter  # slow to import, and only this format needs it

        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, {"in_memory": True})
        self._header = self._book.add_format(_HEADER)
        self._formats = {style: self._book.add_format(props) for style, props in _STYLES.items()}
        # What begins like a formula stays text even when somebody edits the cell.
        self._quoted = {
            style: self._book.add_format({**props, "quote_prefix": True})
            for style, props in _STYLES.items()
        }

    def add_sheet(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Value]],
        colors: Mapping[str, str] | None = None,
    ) -> None:
        """Add a sheet; `colors` are backgrounds (#RRGGBB) of cells that hold just that text.

        Raises:
            FazhiError: more rows than a sheet has.
        """
        if len(rows) >= MAX_ROWS:
            raise FazhiError(
                f"sheet {name}: {len(rows)} rows; a sheet holds {MAX_ROWS - 1}, "
                "so write fewer reports at once, or --format csv"
            )
        sheet = self._book.add_worksheet(name)
        sheet.set_row(0, 32)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.title, self._header)
        for number, row in enumerate(rows, start=1):
            sheet.set_row(number, _LINE_POINTS * _lines(columns, row))
            for at, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._write(sheet, number, at, value, column.style)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)  # one page wide, as long as it gets
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        if rows:
            self._paint(sheet, columns, len(rows), colors or {})

    def write(self, stream: IO[bytes]) -> None:
        """Write the file; nothing can be added afterwards."""
        self._book.close()
        stream.write(self._buffer.getvalue())

    def _write(self, sheet: Worksheet, row: int, at: int, value: Value, style: Style) -> None:
        if value is None:
            return
        if isinstance(value, str):
            formats = self._quoted if looks_like_formula(value) else self._formats
            sheet.write_string(row, at, _cell_text(value), formats[style])
        else:
            sheet.write_number(row, at, value, self._formats[style])

    def _paint(
        self, sheet: Worksheet, columns: Sequence[Column], n_rows: int, colors: Mapping[str, str]
    ) -> None:
        for text, color in colors.items():
            quoted = text.replace('"', '""')
            rule = {"type": "cell", "criteria": "==", "value": f'"{quoted}"'}
            rule["format"] = self._background(color)
            sheet.conditional_format(1, 0, n_rows, len(columns) - 1, rule)
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#63BE7B"}
        for is_hot, run in groupby(range(len(columns)), key=lambda at: columns[at].heat):
            if is_hot:
                first, *rest = run
                sheet.conditional_format(1, first, n_rows, rest[-1] if rest else first, scale)

    def _background(self, color: str) -> Format:
        return self._book.add_format({"bg_color": color})


def _lines(columns: Sequence[Column], row: Sequence[Value]) -> int:
    """Lines that the tallest cell of a row takes; not every program finds out by itself."""
    return max(
        min(sum(-(-cell_len(line) // column.width) or 1 for line in value.split("\n")), _MAX_LINES)
        if column.style == "long" and isinstance(value, str)
        else 1
        for column, value in zip(columns, row, strict=True)
    )


def _cell_text(text: str) -> str:
    """`text` as XML can hold it and Excel opens it; what is too long for a cell ends with …"""
    text = _NO_XML.sub("\ufffd", text.encode("utf-8", "backslashreplace").decode("utf-8"))
    if len(text.encode("utf-16-le")) // 2 > MAX_CELL_CHARACTERS:
        cut = text.encode("utf-16-le")[: 2 * (MAX_CELL_CHARACTERS - 1)]
        text = cut.decode("utf-16-le", "ignore") + "…"
    return text
