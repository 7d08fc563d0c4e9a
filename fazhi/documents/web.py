"""Saved web pages (.html, and .mht with all of a page in one file) → their main text.

Navigation, headers and footers are left out by trafilatura.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from fazhi.documents.text import read_text
from fazhi.documents.weblists import dissolve_lists
from fazhi.errors import DocumentError

_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{3,20})""", re.IGNORECASE)
_MAX_CELL_CHARACTERS = 200
_SITE_NAME = re.compile(r"\s*(?:[_|｜-]|—+)")  # 某报告_某某政府网
_MIN_TITLE_CHARACTERS = 6


def read_web_page(data: bytes, name: str) -> str:
    """The main text of a page, its title first.

    Raises:
        DocumentError: no main text, or bytes that are no text.
    """
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    html = data if data.lstrip().startswith(b"<") else _page_of_archive(data) or data
    match = _DECLARED.search(html[:4096])
    declared = match.group(1).decode("ascii").lower() if match else None
    tree = trafilatura.load_html(read_text(html, name, declared))
    if tree is not None:
        _dissolve_layout_tables(tree)
        dissolve_lists(tree)
    page = trafilatura.bare_extraction(
        tree, favor_recall=True, include_comments=False, with_metadata=True
    )
    # A dictionary is returned only when asked for.
    if page is None or isinstance(page, dict) or not (page.text or "").strip():
        raise DocumentError(f"{name}: no main text found in the web page; save the text as .txt")
    body = page.text or ""
    return _with_title(body, page.title or "")


def _with_title(body: str, title: str) -> str:
    """The text with the page's title above it, unless it stands there, and without the site's name.

    The heading of a page often stands outside of what is recognised as its main text.
    """
    beginning = re.sub(r"\s", "", body[:1000])
    cuts = [match.start() for match in _SITE_NAME.finditer(title)]
    for cut in (len(title), *reversed(cuts)):
        part = re.sub(r"\s", "", title[:cut])
        if len(part) >= _MIN_TITLE_CHARACTERS and part in beginning:
            return body
    without_site = re.split(r"\s*[_|｜]", title)[0]
    return f"{without_site}\n{body}" if without_site else body


def _page_of_archive(data: bytes) -> bytes | None:
    """The first page in a web archive, which is an e-mail with the page and its pictures."""
    from email import message_from_bytes

    for part in message_from_bytes(data).walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/html" and isinstance(content, bytes):
            return content
    return None


def _dissolve_layout_tables(page: Any) -> None:  # noqa: ANN401 (lxml has no types)
    """Turn tables that hold the text of an old web page, not figures, into plain blocks."""
    for table in list(page.iter("table")):
        rows = table.xpath("./tr|./*/tr")
        if any(len(cell.text_content()) > _MAX_CELL_CHARACTERS for row in rows for cell in row):
            for part in (table, *table, *rows, *(cell for row in rows for cell in row)):
                part.tag = "div"
