"""A printed report: A4, lines broken at the margin, a running head, page numbers.

The lay-out is that of official documents (GB/T 9704): 22 lines of 28 characters on a page, page
numbers such as — 3 — at the outer edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from benchmarks.forms.paragraphs import Paragraph, paragraphs_of

_FONT = "STSong-Light"
_SIZE, _TITLE_SIZE, _SMALL = 16.0, 22.0, 10.5
_COLUMNS, _ROWS = 28, 22
_LEFT, _TOP, _PITCH = 79.0, 105.0, 29.0
# What is moved to the next line as one: a word or figure, or a character and what mayn't begin one.
_ATOM = re.compile("[“‘（《〈【〔]*(?:[!-~]+|.)[。，、；：？！”’）》〉】〕…—]*")


def write_pdf(text: str) -> bytes:
    """The first line of a paragraph is indented by two characters."""
    return _printed(paragraphs_of(text), indent=2)


def write_flush_pdf(text: str) -> bytes:
    """Paragraphs begin at the margin, so only the room at their end tells them apart."""
    return _printed(paragraphs_of(text), indent=0)


def _printed(paragraphs: Sequence[Paragraph], indent: int) -> bytes:
    registerFont(UnicodeCIDFont(_FONT))
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    row = _ROWS
    for paragraph in paragraphs:
        is_title = paragraph.is_title
        size = _TITLE_SIZE if is_title else _SIZE
        for line, is_last, is_first in _broken(paragraph.text, size, 0 if is_title else indent):
            if row == _ROWS:
                _begin_page(canvas)
                row = 0
            _draw(canvas, line, size, row, is_title, is_last, indent if is_first else 0)
            row += 1
    canvas.save()
    return buffer.getvalue()


def _begin_page(canvas: Canvas) -> None:
    if canvas.getPageNumber() > 1 or canvas._code:
        canvas.showPage()
    canvas.setFont(_FONT, _SMALL)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 45, "法治政府建设年度报告")
    number = canvas.getPageNumber()
    at = A4[0] - _LEFT - 50 if number % 2 else _LEFT
    canvas.drawString(at, 60, f"— {number} —")


def _draw(
    canvas: Canvas, line: str, size: float, row: int, is_title: bool, is_last: bool, indent: int
) -> None:
    canvas.setFont(_FONT, size)
    y = A4[1] - _TOP - row * _PITCH
    if is_title:
        canvas.drawCentredString(A4[0] / 2, y, line)
        return
    width = _COLUMNS * _SIZE - indent * _SIZE
    room = width - stringWidth(line, _FONT, size)
    spacing = 0 if is_last or len(line) < 2 else room / (len(line) - 1)
    canvas.drawString(_LEFT + indent * _SIZE, y, line, charSpace=spacing)


def _broken(text: str, size: float, indent: int) -> Iterator[tuple[str, bool, bool]]:
    """(line, is the last, is the first) of a paragraph."""
    line, is_first = "", True
    for atom in _ATOM.findall(text):
        width = _COLUMNS * _SIZE - (indent * _SIZE if is_first else 0)
        if line and stringWidth(line + atom, _FONT, size) > width:
            yield line, False, is_first
            line, is_first = "", False
        line += atom
    yield line, True, is_first
