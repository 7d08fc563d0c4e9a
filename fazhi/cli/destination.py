"""Where the output goes: standard output, or a file that appears only once it is complete."""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fazhi.errors import FazhiError, InputError


def check_destination(output: Path | None) -> None:
    """Find out before an hour's work whether its output can be written.

    Raises:
        FazhiError: it can't.
    """
    if output is None or is_special(output):
        return
    try:
        _create_beside(output).unlink()
    except OSError as error:
        raise _unwritable(output, error) from None


def refuse_terminal(output: Path | None, is_binary: bool) -> None:
    """Keep bytes that are no text off the screen.

    Raises:
        InputError: they would go there.
    """
    if is_binary and output is None and sys.stdout.isatty():
        raise InputError("this format is no text; name a file for it with -o")


@contextmanager
def destination(output: Path | None) -> Iterator[IO[bytes]]:
    """A stream of bytes into `output`, standard output if None.

    Raises:
        FazhiError: it can't be written; a file of that name is then as it was.
    """
    if output is None:
        with _standard_output() as stream:
            yield stream
        return
    try:
        with open(output, "wb") if is_special(output) else _complete_file(output) as stream:
            yield stream
    except OSError as error:
        raise _unwritable(output, error) from None


@contextmanager
def as_text(stream: IO[bytes]) -> Iterator[IO[str]]:
    r"""Text into a stream of bytes: UTF-8 whatever the terminal's locale says.

    A table of Chinese has no other form. Half a surrogate pair, as JSON and file names may hold, is
    written as \udxxx.
    """
    text = io.TextIOWrapper(
        stream, encoding="utf-8", errors="backslashreplace", newline="", write_through=True
    )
    try:
        yield text
        text.flush()
    finally:
        text.detach()


def is_special(output: Path) -> bool:
    """Whether it is a device or a pipe, which mustn't be replaced."""
    return os.path.exists(output) and not os.path.isfile(output) and not os.path.isdir(output)


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    stream = sys.stdout.buffer
    try:
        yield stream
        stream.flush()
    except OSError as error:
        # What is still buffered must go somewhere when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # `| head` has seen enough
            raise FazhiError(f"standard output can't be written: {error.strerror}") from None


@contextmanager
def _complete_file(output: Path) -> Iterator[IO[bytes]]:
    partial = _create_beside(output)
    try:
        with partial.open("wb") as file:
            yield file
        partial.chmod(0o644)
        partial.replace(os.path.realpath(output))  # a link stays a link
    finally:
        partial.unlink(missing_ok=True)


def _create_beside(output: Path) -> Path:
    """An empty file with another name in the folder of `output`."""
    path = Path(os.path.realpath(output))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    return Path(partial)


def _unwritable(output: Path, error: OSError) -> FazhiError:
    return FazhiError(f"{output}: can't be written: {error.strerror}")
