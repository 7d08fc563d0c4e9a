"""Plain text in other charsets and in the other script."""

from __future__ import annotations

from opencc import OpenCC


def write_gbk(text: str) -> bytes:
    """GBK, in its national superset GB 18030, with the line ends of Windows."""
    return text.replace("\n", "\r\n").encode("gb18030")


def write_traditional(text: str) -> bytes:
    """Traditional script in Big5, or in UTF-16 where Big5 lacks a character."""
    converted: str = OpenCC("s2t").convert(text)
    try:
        return converted.encode("big5hkscs")
    except UnicodeEncodeError:
        return converted.encode("utf-16")
