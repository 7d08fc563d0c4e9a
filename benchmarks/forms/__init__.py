"""A report's text, written in the forms in which reports are handed round, to be read back.

Each form loses what real files lose: numbers that Word draws itself, line ends of a printed page,
the charset. `FORMS` names them; a writer takes the text and gives the bytes of a file.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.forms.charset import write_gbk, write_traditional
from benchmarks.forms.pdf import write_flush_pdf, write_pdf
from benchmarks.forms.web import write_web_archive, write_web_page
from benchmarks.forms.word import write_boxed_word, write_word

FORMS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "txt, GBK": (".txt", write_gbk),
    "txt, Traditional script": (".txt", write_traditional),
    "html, with navigation and footer": (".html", write_web_page),
    "mhtml": (".mhtml", write_web_archive),
    "docx, numbered by Word": (".docx", write_word),
    "docx, in a text box and a table": (".docx", write_boxed_word),
    "pdf, first lines indented": (".pdf", write_pdf),
    "pdf, no indents": (".pdf", write_flush_pdf),
}
