"""Questions to the XML of Word files, by ISO/IEC 29500-1, 17, and -3 for alternative content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from docx.oxml.ns import qn

Element: TypeAlias = Any  # lxml has no types

PARAGRAPH, TABLE, ROW, CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
BOX, ALTERNATIVES = (
    qn("w:txbxContent"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent",
)
SHAPES = {qn("w:drawing"), qn("w:pict"), qn("w:object"), ALTERNATIVES}
# Properties, what was deleted, and the reading printed above a character.
LEFT_OUT = {qn(f"w:{name}") for name in ("del", "moveFrom", "pPr", "rPr", "rt", "sdtPr", "tcPr")}
_TEXT = {qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"}
_SIGNS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# Numbers in circles of the font Wingdings, which Word stores as places in that font.
_WINGDINGS = {0xF081 + i: chr(0x2460 + i) for i in range(10)} | {
    0xF08C + i: chr(0x2776 + i) for i in range(10)
}
_PRIVATE_USE = range(0xE000, 0xF900)


def value(parent: Element, *path: str) -> str | None:
    """The `w:val` of the element at `path`, such as "w:pPr", "w:pStyle"; None without one."""
    element = parent.find("/".join(map(qn, path)))
    found: str | None = None if element is None else element.get(qn("w:val"))
    return found


def is_on(parent: Element, *path: str) -> bool:
    """Whether a switch at `path` is there and not set to false."""
    is_there = parent.find("/".join(map(qn, path))) is not None
    return is_there and value(parent, *path) not in ("0", "false", "off", "none")


def shown_text(element: Element) -> str | None:
    """The text of an element that stands for some, None for any other element."""
    if element.tag in _TEXT:
        return element.text or ""
    if element.tag == qn("w:sym"):
        return _symbol(element)
    return _SIGNS.get(element.tag)


def _symbol(element: Element) -> str:
    """A character given by its place in a font: known where it's Unicode's, or a circled number."""
    code = int(element.get(qn("w:char"), "0"), 16)
    if code in _PRIVATE_USE:
        return _WINGDINGS.get(code, "") if element.get(qn("w:font")) == "Wingdings" else ""
    return chr(code)


def chosen(alternatives: Element) -> Iterable[Element]:
    """One of the versions of the same content: the first, which is what today's Word shows."""
    return next(iter(alternatives), ())


def boxes(shape: Element) -> Iterator[Element]:
    """The text boxes of a drawing, each once, without those inside of others."""
    for child in chosen(shape) if shape.tag == ALTERNATIVES else shape:
        if child.tag == BOX:
            yield child
        else:
            yield from boxes(child)


def own(parent: Element, tag: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, content controls and insertions around them or not."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag not in LEFT_OUT | {TABLE, CELL}:
            yield from own(child, tag)


def is_contents_style(style: Element) -> bool:
    """Whether a style is one of a table of contents: `toc 1` …, `TOC Heading`."""
    return (value(style, "w:name") or "").lower().startswith("toc ")


def is_contents_control(block: Element) -> bool:
    """Whether a content control holds the table of contents that Word made."""
    path = ("w:sdtPr", "w:docPartObj", "w:docPartGallery")
    return value(block, *path) == "Table of Contents"


def is_contents_code(code: str) -> bool:
    """Whether a field code is TOC, with any options: it makes a table of contents."""
    return code.split()[:1] == ["TOC"]
