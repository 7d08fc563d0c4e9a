"""The paragraphs of a report's text, which other forms than plain text keep apart as such."""

from __future__ import annotations

from dataclasses import dataclass

from fazhi.normalize import normalize, squeeze
from fazhi.page import read_page


@dataclass(frozen=True)
class Paragraph:
    """A paragraph on one line, and whether it is the title."""

    text: str
    is_title: bool


def paragraphs_of(text: str) -> list[Paragraph]:
    """Paragraphs in order as printed, whether the text was wrapped or lost its line breaks."""
    clean = normalize(text)
    return [
        Paragraph(
            squeeze(text[clean.offsets[p.start] : clean.offsets[p.end - 1] + 1]),
            p.kind == "title",
        )
        for p in read_page(clean.text)
    ]
