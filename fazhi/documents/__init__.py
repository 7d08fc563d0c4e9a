"""Bytes of a report file → text: plain text, web pages, Word, PDF. One module per format.

What a file is, its content says (`formats`); its name decides only where the content leaves it
open. Plain text is decoded here; the other formats are read by libraries in a process of its own
with bounds on time and memory (`guard`, `worker`), as nobody can vouch for a file from outside.
Knows nothing of units.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from fazhi.documents.formats import recognise
from fazhi.documents.guard import read_in_child
from fazhi.documents.limits import MAX_BYTES, MAX_LINE_CHARACTERS
from fazhi.documents.text import read_text
from fazhi.errors import DocumentError
from fazhi.normalize import INVISIBLE

__all__ = [
    "MAX_BYTES",
    "MAX_LINE_CHARACTERS",
    "Document",
    "check_text",
    "decode_document",
    "read_document",
]


@dataclass(frozen=True)
class Document:
    """A report as text; offsets of its units count characters of `text`."""

    name: str
    text: str


def read_document(path: Path) -> Document:
    """Read a report file.

    Raises:
        DocumentError: unreadable, too large, of a format that isn't read, encrypted, scanned,
            damaged, empty, or beyond the bounds of `fazhi.documents.limits`; the message names
            the file and the remedy.
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
    """Read the bytes of a file called `name`; without a telling content or suffix it is plain text.

    Takes up to `MAX_SECONDS`, in a process of its own for all but plain text; safe in threads.

    Raises:
        DocumentError: as `read_document`.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read")
    if not data.strip():
        raise DocumentError(f"{name}: the file is empty")
    format_ = recognise(data, name)
    text = read_text(data, name) if format_ == "text" else read_in_child(data, name, format_)
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
