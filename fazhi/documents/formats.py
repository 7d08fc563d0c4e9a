"""What kind of file this is: by its content where that is certain, else by its suffix.

Files are renamed, and content systems hand out Word files that are web pages inside. Formats that
aren't read are refused by name, with the way to one that is.
"""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import Literal

from fazhi.errors import DocumentError, FormatError

Format = Literal["text", "web", "word", "pdf"]

_SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".html": "web",
    ".htm": "web",
    ".mht": "web",
    ".mhtml": "web",
    ".docx": "word",
    ".pdf": "pdf",
    "": "text",
}
KNOWN_SUFFIXES = " ".join(suffix for suffix in _SUFFIXES if suffix)

_CONVERT = "save it as .docx (Word, WPS: 另存为) or run: soffice --headless --convert-to docx FILE"
_OCR = "run OCR over it and save the text as .txt"
_OLD_WORD = "an old Word or WPS file (.doc, .wps)"
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode(
    "utf-16-le"
)  # how Office wraps a .docx with password

# Beginning of the file → what it is, and what to do.
_REFUSED: dict[bytes, tuple[str, str]] = {
    _OLE: (_OLD_WORD, _CONVERT),
    b"{\\rtf": ("an RTF file", _CONVERT),
    b"\x89PNG": ("a picture", _OCR),
    b"\xff\xd8\xff": ("a picture", _OCR),
    b"II*\0": ("a picture", _OCR),
    b"MM\0*": ("a picture", _OCR),
    b"\x1f\x8b": ("a compressed file", "unpack it"),
    b"Rar!": ("a compressed file", "unpack it"),
    b"7z\xbc\xaf": ("a compressed file", "unpack it"),
}
# For files whose content is no clearer than their name.
_REFUSED_SUFFIXES: dict[str, tuple[str, str]] = {
    ".doc": (_OLD_WORD, _CONVERT),
    ".wps": (_OLD_WORD, _CONVERT),
    ".rtf": ("an RTF file", _CONVERT),
    ".odt": ("an OpenDocument file", _CONVERT),
    ".ofd": ("an OFD file", "export it as .pdf or .docx in its reader"),
}
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WEB_PAGE = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?(?:<!doctype\s+html|<html[\s>])", re.I | re.S)
_MAIL_HEADER = re.compile(rb"[\w-]+:[ \t]")
_WORD_XML = re.compile(rb"\s*<\?xml[^>]*>\s*<\?mso-application\s+progid=\"Word", re.I)
_MAX_PDF_JUNK = 1024  # readers find the mark of a PDF behind other bytes, and so must we


def recognise(data: bytes, name: str) -> Format:
    """The format to read `data` as.

    Raises:
        FormatError: a format that isn't read.
        DocumentError: a suffix that the content doesn't bear out.
    """
    suffix = PurePath(name).suffix.lower()
    if format_ := _by_content(data, suffix):
        return format_
    refused = _refusal(data)
    if refused:
        raise FormatError(f"{name}: looks like {refused[0]}; {refused[1]}")
    if suffix in _REFUSED_SUFFIXES:
        what, remedy = _REFUSED_SUFFIXES[suffix]
        raise FormatError(f"{name}: the name is that of {what}, which isn't read; {remedy}")
    if suffix not in _SUFFIXES:
        raise FormatError(
            f"{name}: the format {suffix} isn't read; save it as one of {KNOWN_SUFFIXES}"
        )
    if _SUFFIXES[suffix] in ("word", "pdf"):
        what = "Word" if suffix == ".docx" else "PDF"
        raise DocumentError(
            f"{name}: damaged, or not a {what} file; open it where it was made and save it again"
        )
    return _SUFFIXES[suffix]


def _by_content(data: bytes, suffix: str) -> Format | None:
    head = data[:4096]
    if head.startswith(b"PK\x03\x04"):
        return "word"
    if head.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:_MAX_PDF_JUNK]):
        return "pdf"
    for mark in _BOMS:
        head = head.removeprefix(mark)
    if _WEB_PAGE.match(head) or (_MAIL_HEADER.match(head) and b"multipart/related" in head):
        return "web"
    return None


def _refusal(data: bytes) -> tuple[str, str] | None:
    """What a file of a format that isn't read looks like, and the remedy."""
    if data.startswith(_OLE) and _ENCRYPTED_PACKAGE in data:
        return "a Word file with a password", "open it in Word or WPS and save it without one"
    if _WORD_XML.match(data[:1000]):
        return "a Word XML file", _CONVERT
    return next((what for magic, what in _REFUSED.items() if data.startswith(magic)), None)
