"""PDF files for tests, drawn line by line."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"


def pdf_file(*pages: Callable[[Canvas], None], password: str | None = None) -> bytes:
    """A PDF of A4 pages, each drawn by a function; `password` is what it takes to open it."""
    registerFont(UnicodeCIDFont(FONT))
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, encrypt=password)
    for draw in pages:
        canvas.setFont(FONT, 16)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def lines(*texts: str, x: float = 80, y: float = 700) -> Callable[[Canvas], None]:
    """Draws lines one below the other, those that begin with a full-width space further in."""

    def draw(canvas: Canvas) -> None:
        for row, text in enumerate(texts):
            indent = len(text) - len(text.lstrip("　"))
            canvas.drawString(x + indent * 16, y - row * 28, text.lstrip("　"))

    return draw


def picture(canvas: Canvas) -> None:
    """A scanned page."""
    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, *A4)
