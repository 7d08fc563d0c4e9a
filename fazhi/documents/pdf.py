"""PDF files → text, by way of the places of their characters.

PDFium gives each character with its place; lines are built here, as its own order tears quotation
marks and figures of another font from their line. `layout` makes paragraphs of them. Scanned
pages and fonts without a way back to characters are refused, since only OCR reads them.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import pypdfium2
from pypdfium2 import raw

from fazhi.documents.layout import Line, Page, paragraphs
from fazhi.documents.limits import MAX_PAGE_CHARACTERS, MAX_PAGES
from fazhi.errors import DocumentError

_OCR = "run OCR over it first, such as: ocrmypdf -l chi_sim --force-ocr FILE.pdf NEW.pdf"
_MIN_CHARACTERS = 20  # of a page that isn't a picture
_MAX_PICTURES = 0.25  # share of pages that are pictures: a cover and a stamped sheet, say
_PICTURE_AREA = 0.5  # of the page
_MAX_UNREADABLE = 0.1  # share of characters
_SAME_LINE = 0.35  # of the height of a character
_WORD_GAP = 0.15
_WIDE_GAP = 0.8  # between Chinese characters: a space that was printed, or the next cell


@dataclass(frozen=True)
class _Char:
    """A visible character: its box from left to right, the baseline, its height; in points."""

    text: str
    left: float
    right: float
    baseline: float
    height: float


def read_pdf(data: bytes, name: str) -> str:
    """The text of a PDF, a paragraph a line, without running heads and page numbers.

    Raises:
        DocumentError: encrypted, damaged, scanned, without readable characters, too long.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            reason = "encrypted with a password; open it and print it into a new PDF"
        else:
            reason = "damaged or cut off; get the whole file, or print it into a new PDF"
        raise DocumentError(f"{name}: {reason}") from None
    if len(document) > MAX_PAGES:
        raise DocumentError(
            f"{name}: {len(document)} pages; at most {MAX_PAGES} are read, so split it"
        )
    pages, pictures, unreadable, total = [], [], 0, 0
    for number, page in enumerate(document, start=1):
        chars, bad = _chars(page, f"{name}, page {number}")
        unreadable += bad
        total += len(chars)
        if len(chars) < _MIN_CHARACTERS and _is_picture(page):
            pictures.append(number)
        width, height = page.get_size()
        pages.append(Page(width, height, tuple(_lines(chars))))
        page.close()
    if pictures and (len(pictures) > _MAX_PICTURES * len(pages) or total < _MIN_CHARACTERS):
        listed = ", ".join(map(str, pictures[:5])) + (" …" if len(pictures) > 5 else "")
        raise DocumentError(f"{name}: scanned, page {listed} is a picture without text; {_OCR}")
    if unreadable > _MAX_UNREADABLE * total:
        raise DocumentError(
            f"{name}: {unreadable} of its {total} characters can't be told from their font; {_OCR}"
        )
    if not total:
        raise DocumentError(f"{name}: holds no text; {_OCR}")
    return "\n".join(paragraphs(pages))


def _chars(page: Any, place: str) -> tuple[list[_Char], int]:  # noqa: ANN401 (no types)
    """Characters of a page as it is turned for reading, and how many of them can't be known."""
    text_page = page.get_textpage()
    count = text_page.count_chars()
    if count > MAX_PAGE_CHARACTERS:
        raise DocumentError(
            f"{place}: {count} characters; a page of a report has at most {MAX_PAGE_CHARACTERS}"
        )
    turn = _turn(page)
    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    chars, unreadable = [], 0
    for i in range(count):
        # Spaces and line breaks that PDFium adds are guesses; places say more.
        if raw.FPDFText_IsGenerated(text_page, i) == 1:
            continue
        code = raw.FPDFText_GetUnicode(text_page, i)
        text = chr(code) if code < 0x110000 else "\ufffd"
        if text.isspace() and text != " ":
            continue
        raw.FPDFText_GetCharOrigin(text_page, i, x, y)
        raw.FPDFText_GetLooseCharBox(text_page, i, box)
        left, low, right, high = turn(box.left, box.bottom, box.right, box.top)
        _, baseline, _, _ = turn(x.value, y.value, x.value, y.value)
        if unicodedata.category(text) in ("Cc", "Cf", "Cs"):
            unreadable += text != "\u00ad"
            continue
        if unicodedata.category(text) in ("Co", "Cn") or text == "\ufffd":
            unreadable += 1
        elif raw.FPDFText_HasUnicodeMapError(text_page, i) == 1:
            unreadable += 1
        chars.append(_Char(text, left, right, baseline, high - low))
    text_page.close()
    return chars, unreadable


def _turn(page: Any) -> Any:  # noqa: ANN401
    """Boxes of the page's own space → boxes as seen, with the origin at the lower left."""
    left, bottom, right, top = page.get_cropbox()
    rotation = page.get_rotation()

    def turn(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        if rotation == 90:
            return y0 - bottom, right - x1, y1 - bottom, right - x0
        if rotation == 180:
            return right - x1, top - y1, right - x0, top - y0
        if rotation == 270:
            return top - y1, x0 - left, top - y0, x1 - left
        return x0 - left, y0 - bottom, x1 - left, y1 - bottom

    return turn


def _is_picture(page: Any) -> bool:  # noqa: ANN401
    width, height = page.get_size()
    area = 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = picture.get_bounds()
        area += (right - left) * (top - bottom)
    return bool(area > _PICTURE_AREA * width * height)


def _lines(chars: list[_Char]) -> Iterator[Line]:
    """Lines from top to bottom: characters on one baseline, from left to right."""
    row: list[_Char] = []
    for char in sorted(chars, key=lambda c: -c.baseline):
        if row and row[0].baseline - char.baseline > _SAME_LINE * max(char.height, row[0].height):
            yield from _line(row)
            row = []
        row.append(char)
    yield from _line(row)


def _line(row: list[_Char]) -> Iterator[Line]:
    row = sorted(row, key=lambda c: c.left)
    visible = [char for char in row if char.text != " "]
    if not visible:
        return
    text, before = "", visible[0]
    for char in row[row.index(visible[0]) : row.index(visible[-1]) + 1]:
        # Drawn twice, a little apart, to look bold.
        if (
            char.text == before.text
            and char is not before
            and char.left - before.left < 0.3 * (before.right - before.left)
        ):
            continue
        gap = (char.left - before.right) / char.height if char.height else 0
        is_between_words = before.text.isascii() and char.text.isascii()
        if gap > (_WORD_GAP if is_between_words else _WIDE_GAP) and not text.endswith(" "):
            text += " "
        text += char.text
        before = char
    wide = [
        char.right - char.left
        for char in visible
        if unicodedata.east_asian_width(char.text) in ("W", "F")
    ]
    yield Line(
        text=text,
        left=visible[0].left,
        right=visible[-1].right,
        baseline=median(char.baseline for char in visible),
        em=median(wide) if wide else max(char.height for char in visible),
        is_measured=len(wide) > 1,
    )
