"""Whether a ZIP archive is a Word file that may be opened, told before anything is unpacked."""

from __future__ import annotations

import zipfile
from io import BytesIO

from fazhi.documents.limits import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED_BYTES
from fazhi.errors import DocumentError

_SMALL_BYTES = 10_000_000  # blank pictures are dense as well
_ENCRYPTED = 0x1  # flag of an entry
_TYPES = "[Content_Types].xml"
_CONVERT = "save it as .docx"
# What else comes as a ZIP archive: the entry that gives it away, its name, the remedy.
_OTHERS = (
    ("OFD.xml", "an OFD file", "export it as .pdf or .docx in its reader"),
    ("META-INF/manifest.xml", "an OpenDocument file", _CONVERT),
    ("xl/", "a spreadsheet", "save the report as .docx or .txt"),
    ("ppt/", "a presentation", "save the report as .docx or .txt"),
)


def check_package(data: bytes, name: str) -> None:
    """Refuse what isn't a Word file, or would unpack to more than any report holds.

    Sizes are those that the directory states; `zipfile` unpacks no entry beyond its own.

    Raises:
        DocumentError: the reason and the remedy.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        raise DocumentError(
            f"{name}: damaged or cut off; get the whole file, or open it where it was made and "
            "save it again"
        ) from None
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError(f"{name}: encrypted with a password; save it without one")
    unpacked = sum(entry.file_size for entry in entries)
    dense = (
        entry
        for entry in entries
        if entry.file_size > _SMALL_BYTES and entry.file_size > MAX_RATIO * entry.compress_size
    )
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or next(dense, None):
        raise DocumentError(
            f"{name}: unpacks to {len(entries)} entries with {unpacked} bytes out of {len(data)}, "
            "which no report needs; copy its text into a new file"
        )
    _check_kind(archive, name)


def _check_kind(archive: zipfile.ZipFile, name: str) -> None:
    names = archive.namelist()
    for mark, what, remedy in _OTHERS:
        if any(entry == mark or (mark[-1] == "/" and entry.startswith(mark)) for entry in names):
            raise DocumentError(f"{name}: is {what}; {remedy}")
    if _TYPES not in names:
        raise DocumentError(f"{name}: is a ZIP archive without a Word file; unpack it")
    has_code = any(entry.rpartition("/")[2] == "vbaProject.bin" for entry in names)
    if has_code or b"macroEnabled" in archive.read(_TYPES):
        raise DocumentError(f"{name}: holds macros; save it as .docx, which has none")
