"""Bytes of a report file → text. One reader per format, in `_READERS`.

Charsets are those of Chinese web pages: UTF-8, UTF-16, GB18030/GBK, Big5. Navigation,
headers and footers of saved web pages are left out by trafilatura. Knows nothing of units.
"""

from __future__ import annotations

import codecs
import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from charset_normalizer import from_bytes

from fazhi.errors import DocumentError
from fazhi.normalize import INVISIBLE

MAX_BYTES = 20_000_000
MAX_LINE_CHARACTERS = 100_000

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16: the marks begin alike
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NARROW = ["gb18030", "big5hkscs"]
_WIDE = ["utf_16_le", "utf_16_be"]  # a line feed, a digit or a space has a zero byte there
# A page that declares anything else, such as iso-8859-1, is looked at instead of believed.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
}
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{3,20})""", re.IGNORECASE)
_MAX_CELL_CHARACTERS = 200
_BINARY = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a Word, WPS or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Word or WPS file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
}


@dataclass(frozen=True)
class Document:
    """A report as text; offsets of its units count characters of `text`."""

    name: str
    text: str


def read_document(path: Path) -> Document:
    """Read a report file.

    Raises:
        DocumentError: unreadable, too large, unknown format, binary, empty, or with a line
            that no report has; the message names the file and the remedy.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentError(
                f"{path}: {path.stat().st_size} bytes; at most {MAX_BYTES} are read"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: can't be read: {error.strerror}") from None
    return decode_document(data, str(path))


def decode_document(data: bytes, name: str) -> Document:
    """Decode the bytes of a file called `name`; a name without suffix is plain text.

    Raises:
        DocumentError: as `read_document`.
    """
    suffix = PurePath(name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        known = " ".join(s for s in _READERS if s)
        raise DocumentError(f"{name}: the format {suffix} isn't read; save it as one of {known}")
    if not data.strip():
        raise DocumentError(f"{name}: the file is empty")
    text = reader(data, name)
    check_text(text, name)
    return Document(name, text)


def check_text(text: str, name: str) -> None:
    """Refuse text that can't be a report.

    Raises:
        DocumentError: no visible character, or a line beyond `MAX_LINE_CHARACTERS`.
    """
    if all(c.isspace() or unicodedata.category(c) in INVISIBLE for c in text):
        raise DocumentError(f"{name}: holds no text")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise DocumentError(
                f"{name}, line {number}: {len(line)} characters; a line of a report has at most "
                f"{MAX_LINE_CHARACTERS}, so break the text into paragraphs"
            )


def _read_text(data: bytes, name: str) -> str:
    return _decode(data, name, declared=None)


def _read_html(data: bytes, name: str) -> str:
    import trafilatura  # slow to import, and only web pages need it

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    match = _DECLARED.search(data[:4096])
    declared = match.group(1).decode("ascii").lower() if match else None
    tree = trafilatura.load_html(_decode(data, name, declared))
    if tree is not None:
        _dissolve_layout_tables(tree)
    page = trafilatura.bare_extraction(
        tree, favor_recall=True, include_comments=False, with_metadata=True
    )
    # A dictionary is returned only when asked for.
    if page is None or isinstance(page, dict) or not (page.text or "").strip():
        raise DocumentError(f"{name}: no main text found in the web page; save the text as .txt")
    body = page.text or ""
    # The heading of the page often stands outside of what is recognised as its main text.
    title = page.title or ""
    is_inside = re.sub(r"\s", "", title) in re.sub(r"\s", "", body[:1000])
    return body if is_inside else f"{title}\n{body}"


def _dissolve_layout_tables(page: Any) -> None:  # noqa: ANN401 (lxml has no types)
    """Turn tables that hold the text of an old web page, not figures, into plain blocks."""
    for table in list(page.iter("table")):
        rows = table.xpath("./tr|./*/tr")
        if any(len(cell.text_content()) > _MAX_CELL_CHARACTERS for row in rows for cell in row):
            for part in (table, *table, *rows, *(cell for row in rows for cell in row)):
                part.tag = "div"


_READERS: dict[str, Callable[[bytes, str], str]] = {
    ".txt": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    "": _read_text,
}


def _decode(data: bytes, name: str, declared: str | None) -> str:
    """Bytes → text: byte order mark, UTF-8, declared charset, then detection."""
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return _strictly(data, encoding, name)
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise DocumentError(f"{name}: looks like {what}, not text; save it as .txt")
    for candidate in ("utf-8", _SUPERSETS.get(declared or "")):
        try:
            if candidate:
                return _checked(data.decode(candidate), name)
        except UnicodeDecodeError:
            continue
    candidates = _WIDE if b"\0" in data else _NARROW
    best = from_bytes(data, cp_isolation=candidates, threshold=0.5).best()
    if best is None:
        raise DocumentError(f"{name}: binary, or in an unknown charset; save it as UTF-8 text")
    return _strictly(data, best.encoding, name)


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return _checked(data.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{name}: damaged {encoding} text at byte {error.start}; save it as UTF-8"
        ) from None


def _checked(text: str, name: str) -> str:
    """Refuse bytes that decode but are no text: more than one control character in fifty."""
    sample = text[:20_000]
    controls = sum(
        unicodedata.category(c) in ("Cc", "Cn", "Co") and not c.isspace() for c in sample
    )
    if controls * 50 > len(sample):
        raise DocumentError(f"{name}: binary, not text; save the report as .txt")
    return text
