"""Word files for tests: bodies and numbering written as XML, as Word and WPS write it."""

from __future__ import annotations

from io import BytesIO

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from benchmarks.forms.word import replace_numbering

NAMESPACES = nsdecls("w", "r") + (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def word_file(body: str, numbering: str = "", styles: str = "") -> bytes:
    """A .docx with `body` (blocks as XML), lists (`w:abstractNum`, `w:num`) and more styles."""
    document = docx.Document()
    element = document.element.body
    for child in parse_xml(f"<w:body {NAMESPACES}>{body}</w:body>"):
        element.insert(len(element) - 1, child)  # before the properties of the section
    if numbering:
        replace_numbering(document, f"<w:numbering {nsdecls('w')}>{numbering}</w:numbering>")
    for style in parse_xml(f"<w:styles {nsdecls('w')}>{styles}</w:styles>"):
        document.styles.element.append(style)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def numbered(text: str, list_: int, level: int = 0) -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_}"/></w:numPr>'
    return paragraph(text, place)


def definition(number: int, *levels: tuple[str, str] | str) -> str:
    """A list definition; a level is (number format, template), or the XML inside of `w:lvl`."""
    written = ""
    for at, level in enumerate(levels):
        if not isinstance(level, str):
            format_, template = level
            level = (
                f'<w:start w:val="1"/><w:numFmt w:val="{format_}"/><w:lvlText w:val="{template}"/>'
            )
        written += f'<w:lvl w:ilvl="{at}">{level}</w:lvl>'
    return f'<w:abstractNum w:abstractNumId="{number}">{written}</w:abstractNum>'


def list_of(number: int, definition_: int, inside: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{definition_}"/>{inside}</w:num>'
