"""Word files (.docx) → the text that Word shows: paragraphs, tables and text boxes in order.

python-docx opens the package; its paragraphs leave out text boxes, insertions and content
controls, so the XML is walked here. Headers, footers, notes, comments, deletions, hidden text and
tables of contents are left out, automatic numbers put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from fazhi.documents.numbering import Numbering
from fazhi.documents.package import check_package
from fazhi.documents.wordxml import (
    ALTERNATIVES,
    CELL,
    LEFT_OUT,
    PARAGRAPH,
    ROW,
    SHAPES,
    TABLE,
    Element,
    boxes,
    chosen,
    is_contents_code,
    is_contents_control,
    is_contents_style,
    is_on,
    own,
    shown_text,
    value,
)
from fazhi.errors import DocumentError

_MAX_CELL_CHARACTERS = 200  # in a longer one the table holds the text of the report, not figures


def read_word(data: bytes, name: str) -> str:
    """The text of a .docx, a paragraph a line, a row of figures as `| cell | cell |`.

    Raises:
        DocumentError: not a Word file, encrypted, with macros, or a decompression bomb.
        Exception: whatever python-docx and lxml raise on a damaged file.
    """
    check_package(data, name)
    document = docx.Document(BytesIO(data))
    for part in document.part.package.iter_parts():
        root = getattr(part, "element", None)
        if root is not None and root.getroottree().docinfo.internalDTD is not None:
            raise DocumentError(
                f"{name}: {part.partname} declares XML entities, as no Word file does; "
                "open it in Word or WPS and save it again"
            )
    styles = document.styles.element
    numbering = next(
        (
            rel.target_part.element
            for rel in document.part.rels.values()
            if rel.reltype == RELATIONSHIP_TYPE.NUMBERING and not rel.is_external
        ),
        None,
    )
    contents = {s.get(qn("w:styleId")) for s in styles.iter(qn("w:style")) if is_contents_style(s)}
    walk = _Walk(Numbering(numbering, styles), contents)
    return "\n".join(walk.lines(document.element.body)).strip("\n")


@dataclass
class _Field:
    """A field such as PAGE or TOC: its code, then, after a separator, what is shown for it."""

    code: str = ""
    is_shown: bool = False


@dataclass
class _Walk:
    """One pass through the body of a document."""

    numbering: Numbering
    contents: set[str]  # styles of tables of contents
    fields: list[_Field] = field(default_factory=list)  # open ones; they may span paragraphs
    carried: str = ""  # text of a paragraph whose end was deleted: it goes on in the next

    def lines(self, container: Element) -> list[str]:
        """The lines of what stands in `container`, "" for an empty paragraph."""
        lines: list[str] = []
        for block in chosen(container) if container.tag == ALTERNATIVES else container:
            if block.tag == PARAGRAPH:
                lines += self._paragraph(block)
            elif block.tag == TABLE:
                lines += self._table(block)
            elif block.tag not in LEFT_OUT and not is_contents_control(block):
                lines += self.lines(block)
        return lines

    def _paragraph(self, paragraph: Element) -> list[str]:
        is_joined = is_on(paragraph, "w:pPr", "w:rPr", "w:del")
        label = "" if is_joined else self.numbering.label(paragraph)
        before: list[str] = []
        after: list[str] = []
        text = ""
        for piece in self._pieces(paragraph):
            if isinstance(piece, str):
                text += piece
            else:  # a text box stands in the order in which it is anchored
                (after if text.strip() else before).extend(self.lines(piece))
        self.fields = [f for f in self.fields if f.is_shown]  # a code ends with its paragraph
        if value(paragraph, "w:pPr", "w:pStyle") in self.contents:
            return before + after
        text, self.carried = self.carried + text, ""
        if is_joined:
            self.carried = text
            return before + after
        printed = (label + text).split("\n") if text.strip() else [""]
        return before + printed + after

    def _pieces(self, element: Element) -> Iterator[str | Element]:
        """Pieces of text, and text boxes as elements, in order."""
        for child in element:
            if child.tag in LEFT_OUT or is_on(child, "w:rPr", "w:vanish"):
                continue
            if (text := shown_text(child)) is not None:
                yield text if self._is_shown() else ""
            elif child.tag == qn("w:fldChar"):
                self._field(child.get(qn("w:fldCharType")))
            elif child.tag == qn("w:instrText") and self.fields:
                self.fields[-1].code += child.text or ""
            elif child.tag in SHAPES:
                yield from boxes(child)
            elif not is_contents_code(child.get(qn("w:instr")) or ""):
                yield from self._pieces(child)

    def _is_shown(self) -> bool:
        return all(f.is_shown and not is_contents_code(f.code) for f in self.fields)

    def _field(self, mark: str | None) -> None:
        if mark == "begin":
            self.fields.append(_Field())
        elif mark == "separate" and self.fields:
            self.fields[-1].is_shown = True
        elif mark == "end" and self.fields:
            self.fields.pop()

    def _table(self, table: Element) -> list[str]:
        rows = [
            [self.lines(cell) for cell in own(row, CELL)]
            for row in own(table, ROW)
            if not is_on(row, "w:trPr", "w:del")
        ]
        cells = [cell for row in rows for cell in row]
        is_layout = all(len(row) < 2 for row in rows)
        if is_layout or any(len("".join(cell)) > _MAX_CELL_CHARACTERS for cell in cells):
            return [line for cell in cells for line in cell]
        joined = [[" ".join(filter(str.strip, cell)) for cell in row] for row in rows]
        return [f"| {' | '.join(row)} |" for row in joined if any(row)]
