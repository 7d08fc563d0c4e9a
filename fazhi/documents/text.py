"""Bytes of plain text or of a web page → text, in any charset of Chinese web pages.

These are UTF-8, UTF-16, GB18030/GBK and Big5.
"""

from __future__ import annotations

import codecs
import unicodedata

from fazhi.errors import DocumentError

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


def read_text(data: bytes, name: str, declared: str | None = None) -> str:
    """Bytes → text: byte order mark, UTF-8, the charset `declared` in lower case, then detection.

    Raises:
        DocumentError: binary, damaged, or in an unknown charset.
    """
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return _strictly(data, encoding, name)
    for candidate in ("utf-8", _SUPERSETS.get(declared or "")):
        try:
            if candidate:
                return _checked(data.decode(candidate), name)
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes  # UTF-8, the usual case, needn't wait for it

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
