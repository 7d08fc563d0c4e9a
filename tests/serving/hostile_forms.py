"""Forms and files that no honest client sends; see `hostile`."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random
from typing import Any

from tests.serving.hostile_texts import TEXTS

MEGABYTE = 1_000_000
Made = tuple[bytes, dict[str, str]]  # body and headers

PARAMETERS = [
    "", "; boundary=", '; boundary=""', "; boundary=y", "; boundary=" + "x" * 5_000, "; boundary=x; boundary=y",
    "; boundary=x; charset=utf-7", "; boundary=x; charset=undefined", "; boundary=x; charset=idna",
    "; boundary=x; charset=unicode_escape", "; boundary=x; charset=zip", "; boundary=x; charset=no-such",
    '; boundary="x', "; boundary*=utf-8''x",
]  # fmt: skip
NAMES = ["../../etc/passwd", "C:\\a.txt", "a.txt\" name=\"b", "a.", ".", "..", "...txt", "CON", "a.txt\x00.pdf", "a/", "%00.txt",
         "a.TXT", "a.tar.gz", "\\ud800.txt", "a.html", "报告.pdf", "😀.txt"]  # fmt: skip
SUFFIXES = [".txt", ".html", ".docx", ".pdf", ".doc", ".wps", "", ".zip", ".exe", ".htm"]
CONTENTS = [
    b"", b"%PDF-1.7\n", b"PK\x03\x04" + b"\0" * 30, b"\xd0\xcf\x11\xe0", b"<html><body>" + b"<p>" * 5_000, b"\xff\xfe",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><html>&c;</html>",
    "压减申报材料61份。\n".encode() * 500, "压减申报材料61份。".encode("utf-16"), b"\0" * 1_000, b"a" * 200_000,
    gzip.compress(b"a" * MEGABYTE),
]  # fmt: skip


def random_size(random: Random, largest: int) -> int:
    """From 1 on, small ones as likely as large ones."""
    return int(largest ** random.random())


def _form_data(random: Random, parts: list[bytes], tail: bytes = b"--x--\r\n") -> Made:
    """Parts, each without its boundary, in a form that may lie about it."""
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + tail
    parameters = "; boundary=x"
    if random.random() < 0.15:
        parameters = random.choice(PARAMETERS)
    return body, {"Content-Type": f"multipart/form-data{parameters}"}


def _part(name: str, data: bytes, field: str = "file", more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"{more}\r\n\r\n'
    return head.encode("utf-8", "surrogatepass") + data


def _file_names(random: Random, _: Any) -> Made:
    name = random.choice([*NAMES, *TEXTS]) * random.choice([1, 1, 1, 500])
    return _form_data(random, [_part(name, "压减材料。".encode())] * random.randrange(1, 4))


def _file_content(random: Random, _: Any) -> Made:
    """Anything under any suffix; not one after the other, as each may take a process of its own."""
    data = random.choice(CONTENTS)
    if random.random() < 0.5:
        data = data[: random.randrange(len(data) + 1)] + random.randbytes(
            random_size(random, 10_000)
        )
    return _form_data(random, [_part("a" + random.choice(SUFFIXES), data)])


def _form_fields(random: Random, _: Any) -> Made:
    fields = random.choices(["file", "files", "", "name", "file[]", "__proto__", *TEXTS], k=3)
    return _form_data(random, [_part("a.txt", b"a", field) for field in fields])


def _many_parts(random: Random, _: Any) -> Made:
    part = random.choice([_part("a.txt", b""), b'Content-Disposition: form-data; name="a"\r\n\r\n'])
    return _form_data(random, [part] * random_size(random, 20_000))


def _part_headers(random: Random, _: Any) -> Made:
    header = random.choice(["X: a", "Content-Type: multipart/mixed; boundary=x", "a", ": ", "é: é"])
    more = f"\r\n{header}" * random_size(random, 5_000)
    if random.random() < 0.3:
        more = "\r\nX: " + "a" * random_size(random, MEGABYTE)
    return _form_data(random, [_part("a.txt", b"a", more=more)])


def _form_structure(random: Random, _: Any) -> Made:
    """Nested, cut, without an end, with the wrong boundary, or bytes that have changed."""
    inner = _form_data(random, [_part("b.txt", b"b")])[0]
    body, headers = _form_data(random, [_part("a.txt", inner)], random.choice([b"", b"--x", b"--"]))
    if random.random() < 0.5:
        body = body[: random.randrange(len(body))]
    changed = bytearray(body)
    for _ in range(random.randrange(4) if body else 0):
        changed[random.randrange(len(body))] = random.randrange(256)
    return bytes(changed), headers


FORMS: dict[str, Callable[[Random, Any], Made]] = {
    make.__name__.lstrip("_"): make
    for make in (
        _file_names, _file_content, _form_fields, _many_parts, _part_headers, _form_structure,
    )
}  # fmt: skip
