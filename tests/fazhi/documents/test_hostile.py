"""Files that nobody should have to open are refused in one clear line, within time and memory."""

from __future__ import annotations

import io
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fazhi.documents import MAX_BYTES, decode_document, guard, read_document
from fazhi.documents.limits import MAX_CPU_SECONDS, MAX_MEMORY_BYTES
from fazhi.errors import DocumentError
from tests.fazhi.documents.pdffiles import lines, pdf_file
from tests.fazhi.documents.wordfiles import paragraph, word_file

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
WORD = word_file(paragraph("法治。"))
TYPES = "[Content_Types].xml"


def archive(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return buffer.getvalue()


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The Word file with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(WORD)) as file:
        entries = {entry: file.read(entry) for entry in file.namelist()}
    return archive(**entries | {name: change(entries.get(name, b""))})


def with_entities(xml: bytes, depth: int = 9) -> bytes:
    """Billion laughs: entities, each ten times the one before."""
    declared = '<!ENTITY e0 "笑">' + "".join(
        f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, depth + 1)
    )
    head, body = xml.decode().split("?>", 1)
    body = body.replace("法治。", f"&e{depth};")
    return f"{head}?><!DOCTYPE w:document [{declared}]>{body}".encode()


def encrypted_zip(data: bytes) -> bytes:
    """The flag that says so, in the directory and in front of the first entry."""
    at = data.rindex(b"PK\x01\x02")
    return data[:at] + data[at : at + 8] + b"\x01" + data[at + 9 :]


REFUSED = {
    "old.doc": (OLE, "looks like an old Word or WPS file (.doc, .wps); save it as .docx"),
    "old.wps": (OLE, "soffice --headless --convert-to docx FILE"),
    "renamed.docx": (OLE, "looks like an old Word or WPS file"),
    "locked.docx": (OLE + "EncryptedPackage".encode("utf-16-le"), "a Word file with a password"),
    "unclear.doc": ("法治。".encode(), "the name is that of an old Word or WPS file"),
    "report.rtf": (b"{\\rtf1 a}", "looks like an RTF file"),
    "scan.jpg": (b"\xff\xd8\xff\xe0" + bytes(99), "looks like a picture; run OCR"),
    "scan.pdf": (b"\x89PNG\r\n" + bytes(99), "looks like a picture; run OCR"),
    "packed.docx": (b"\x1f\x8b" + bytes(99), "looks like a compressed file; unpack it"),
    "word2003.doc": (
        b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?><w/>',
        "looks like a Word XML file",
    ),
    "text.docx": ("法治。".encode(), "damaged, or not a Word file"),
    "text.pdf": ("法治。".encode(), "damaged, or not a PDF file"),
    "report.xyz": ("法治。".encode(), "the format .xyz isn't read; save it as one of .txt .html"),
    "cut.docx": (WORD[: len(WORD) // 2], "damaged or cut off"),
    "damaged.docx": (
        changed("word/document.xml", lambda xml: xml[:-40]),
        "damaged (XMLSyntaxError)",
    ),
    "macros.docx": (changed("word/vbaProject.bin", lambda _: b"x"), "holds macros"),
    "macros.docm": (
        changed(TYPES, lambda xml: xml.replace(b"wordprocessingml.document.main", b"macroEnabled")),
        "holds macros; save it as .docx",
    ),
    "laughs.docx": (changed("word/document.xml", with_entities), "damaged (XMLSyntaxError)"),
    "laugh.docx": (
        changed("word/document.xml", lambda xml: with_entities(xml, depth=1)),
        "/word/document.xml declares XML entities",
    ),
    "flagged.docx": (encrypted_zip(WORD), "encrypted with a password"),
    "bomb.docx": (
        changed("word/media/a.bin", lambda _: bytes(50_000_000)),
        "unpacks to",
    ),
    "entries.docx": (
        archive(**{f"{i}": b"" for i in range(10_001)}),
        "unpacks to 10001 entries",
    ),
    "report.ofd": (archive(**{"OFD.xml": b"<x/>"}), "is an OFD file; export it as .pdf or .docx"),
    "report.odt": (archive(**{"META-INF/manifest.xml": b"<x/>"}), "is an OpenDocument file"),
    "table.xlsx": (archive(**{TYPES: b"", "xl/workbook.xml": b""}), "is a spreadsheet"),
    "slides.docx": (archive(**{TYPES: b"", "ppt/a.xml": b""}), "is a presentation"),
    "many.zip": (archive(**{"a.txt": b"a"}), "is a ZIP archive without a Word file"),
    "nothing.docx": (word_file(""), "holds no text"),
    "cut.pdf": (b"%PDF-1.7\n" + bytes(2000), "damaged or cut off"),
    "page.mht": (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n", "no main text found"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_way_out(name: str, tmp_path: Path) -> None:
    data, message = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError) as error:
        read_document(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(DocumentError, match="huge.pdf: 200000000 bytes"):
        read_document(path)
    with pytest.raises(DocumentError, match="upload.txt: 20000001 bytes"):
        decode_document(bytes(MAX_BYTES + 1), "upload.txt")


READABLE = {
    "a Word file called .txt": (WORD, "r.txt"),
    "a Word file called .doc": (WORD, "r.doc"),
    "a Word file without a suffix": (WORD, "stdin"),
    "a PDF called .docx": (pdf_file(lines("法治。")), "r.docx"),
    "a PDF behind other bytes": (b"\n\n" + pdf_file(lines("法治。")), "r.pdf"),
    "a web page called .pdf": (f"<!DOCTYPE html><p>{'法治。' * 50}</p>".encode(), "r.pdf"),
    "a web page called .doc": (f"<html><p>{'法治。' * 50}</p></html>".encode("utf-8-sig"), "r.doc"),
    "a name that no command line holds": (WORD, "r\0\ud800\n" + "a" * 200_000 + ".docx"),
}


@pytest.mark.parametrize("case", READABLE)
def test_content_says_what_a_file_is(case: str) -> None:
    data, name = READABLE[case]
    assert decode_document(data, name).text.startswith("法治。")


def run_instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the reader's process run `code` under the limits of `worker`."""
    limited = f"from fazhi.documents import worker; worker.limit_resources(); {code}"
    monkeypatch.setattr(guard, "_ARGUMENTS", ("-c", limited))


@pytest.mark.skipif(sys.platform != "linux", reason="the system bounds no memory")
def test_a_reader_that_takes_too_much_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, f"bytearray({MAX_MEMORY_BYTES})")
    with pytest.raises(DocumentError, match="needs more than the 512 MiB"):
        decode_document(WORD, "r.docx")


def test_a_reader_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(guard, "MAX_SECONDS", 0.5)
    start = time.monotonic()
    with pytest.raises(DocumentError, match="can't be read within 0.5 seconds"):
        decode_document(WORD, "r.docx")
    assert time.monotonic() - start < 10


@pytest.mark.skipif(sys.platform == "win32", reason="the system bounds no processor time")
def test_a_reader_that_only_computes_is_killed_by_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_instead(
        monkeypatch, "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1))\nwhile True: pass"
    )
    with pytest.raises(DocumentError, match=f"within {MAX_CPU_SECONDS} seconds"):
        decode_document(WORD, "r.docx")


def test_a_reader_that_crashes_takes_nothing_along(monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, "import os; os.abort()")
    with pytest.raises(DocumentError, match="the reader broke down over it"):
        decode_document(WORD, "r.docx")


def test_files_are_read_from_several_threads_at_once() -> None:
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(decode_document(WORD, "r.docx").text))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["法治。"] * 4


def test_modules_lying_about_where_files_are_read_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docx.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert decode_document(WORD, "r.docx").text == "法治。"
