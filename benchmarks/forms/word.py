"""Word files whose headings are numbered by Word, and whose text stands in boxes and tables."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from benchmarks.forms.paragraphs import paragraphs_of

_NUMERALS = "一二三四五六七八九十"
_NUMBER = re.compile(
    rf"([（(第]?)([{_NUMERALS}]{{1,3}}|\d{{1,2}})([）)][、.]?|[、，,：]|[.．](?!\d)|是(?!{_NUMERALS[0]}))"
)
_BOX = """<w:p {w}><w:r><mc:AlternateContent
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:v="urn:schemas-microsoft-com:vml">
<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx><w:txbxContent>{text}</w:txbxContent>
</wps:txbx></wps:wsp></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:textbox><w:txbxContent>{text}</w:txbxContent></v:textbox></w:pict>
</mc:Fallback></mc:AlternateContent></w:r></w:p>"""


def write_word(text: str) -> bytes:
    """Numbers such as 一、 （二） 3. 四是 are taken out of the text and left to Word to draw."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "法治政府建设年度报告"
    lists = _Lists()
    for printed in paragraphs_of(text):
        number = lists.place(printed.text)
        paragraph = document.add_paragraph(number[1] if number else printed.text)
        if number:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = number[0]
    lists.add_to(document)
    return _saved(document)


def write_boxed_word(text: str) -> bytes:
    """The first paragraph in a text box, the others in the one cell of a table."""
    first, *others = paragraphs_of(text)
    document = docx.Document()
    run = docx.Document().add_paragraph(first.text)._p
    box = _BOX.format(w=nsdecls("w"), text=docx.oxml.xmlchemy.serialize_for_reading(run))
    document.element.body.insert(0, parse_xml(box))
    cell = document.add_table(1, 1).cell(0, 0)
    for other in others:
        cell.add_paragraph(other.text)
    return _saved(document)


class _Lists:
    """Lists that draw the numbers of a text: one definition a shape, a list where it restarts."""

    def __init__(self) -> None:
        self._definitions: dict[tuple[str, str], int] = {}  # (template, format) → its number
        self._lists: list[tuple[int, int]] = []  # (definition, start)
        self._last: dict[tuple[str, str], tuple[int, int]] = {}  # shape → (value, list)

    def place(self, text: str) -> tuple[int, str] | None:
        """(list, text without its number), None for text without one that Word draws alike."""
        match = _NUMBER.match(text)
        if match is None:
            return None
        before, numeral, after = match.groups()
        value = int(numeral) if numeral.isdecimal() else _value(numeral)
        if value is None:
            return None
        shape = (f"{before}%1{after}", "decimal" if numeral.isdecimal() else "chineseCounting")
        definition = self._definitions.setdefault(shape, len(self._definitions))
        last, list_ = self._last.get(shape, (0, 0))
        if not list_ or value != last + 1:
            self._lists.append((definition, value))
            list_ = len(self._lists)
        self._last[shape] = value, list_
        return list_, text[match.end() :]

    def add_to(self, document: Any) -> None:  # noqa: ANN401 (a function makes documents, no class)
        """Put the lists into the numbering of a document."""
        definitions = "".join(
            f'<w:abstractNum w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
            f'<w:numFmt w:val="{format_}"/><w:suff w:val="nothing"/><w:lvlText w:val="{template}"/>'
            "</w:lvl></w:abstractNum>"
            for (template, format_), number in self._definitions.items()
        )
        lists = "".join(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="{definition}"/>'
            f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
            for number, (definition, start) in enumerate(self._lists, start=1)
        )
        xml = f"<w:numbering {nsdecls('w')}>{definitions}{lists}</w:numbering>"
        replace_numbering(document, xml)


def replace_numbering(document: Any, xml: str) -> None:  # noqa: ANN401
    """Make `xml`, a `w:numbering` element, the numbering of a document."""
    rels = document.part.rels
    for key in [k for k, rel in rels.items() if rel.reltype == RELATIONSHIP_TYPE.NUMBERING]:
        del rels[key]
    part = Part(
        PackURI("/word/numbering.xml"),
        CONTENT_TYPE.WML_NUMBERING,
        xml.encode(),
        document.part.package,
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)


def _value(numeral: str) -> int | None:
    """一 … 十 十一 … 九十九, None for what isn't written so."""
    tens, ten, ones = numeral.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens + ones:
        return None
    value = (_NUMERALS.index(tens) + 1 if tens else 1) * 10 if ten else 0
    return value + (_NUMERALS.index(ones) + 1 if ones else 0)


def _saved(document: Any) -> bytes:  # noqa: ANN401
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
