"""The process that reads one file: standard input → JSON on standard output.

Started by `guard`. The input is a line of JSON, [format, name], and the bytes of the file. The
answer is {"text": …} or {"error": …}; a process that dies without one says enough by that.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from fazhi.documents.limits import MAX_CHARACTERS, MAX_CPU_SECONDS, MAX_MEMORY_BYTES
from fazhi.errors import DocumentError


def main() -> None:
    """Read the file and answer."""
    limit_resources()
    # What libraries print must not mix with the answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    format_, name = json.loads(sys.stdin.buffer.readline())
    with answers:
        json.dump(_answer(format_, name, sys.stdin.buffer.read()), answers)


def _answer(format_: str, name: str, data: bytes) -> dict[str, str]:
    try:
        text = reader(format_)(data, name)
        if len(text) > MAX_CHARACTERS:
            raise DocumentError(
                f"{name}: {len(text)} characters; at most {MAX_CHARACTERS} are read, so split it"
            )
        return {"text": text}
    except DocumentError as error:
        return {"error": str(error)}
    except MemoryError:
        return {
            "error": f"{name}: needs more than the {MAX_MEMORY_BYTES >> 20} MiB that a file may "
            "take; split it, or save its text as .txt"
        }
    except Exception as error:  # noqa: BLE001 – a damaged file makes libraries raise anything
        return {
            "error": f"{name}: damaged ({type(error).__name__}); open it where it was made and "
            "save it again"
        }


def reader(format_: str) -> Callable[[bytes, str], str]:
    """The reader of a format; its libraries are imported for it alone."""
    if format_ == "pdf":
        from fazhi.documents.pdf import read_pdf

        return read_pdf
    if format_ == "word":
        from fazhi.documents.word import read_word

        return read_word
    from fazhi.documents.web import read_web_page

    return read_web_page


def limit_resources() -> None:
    """Bounds that the system holds this process to; `guard` watches the clock."""
    if sys.platform == "win32":  # has none of them
        return
    import resource

    limits = {resource.RLIMIT_CPU: MAX_CPU_SECONDS, resource.RLIMIT_CORE: 0}
    if sys.platform == "linux":  # elsewhere the address space can't be bounded
        limits[resource.RLIMIT_AS] = MAX_MEMORY_BYTES
        # Where memory is short all the same, this process is to go, not the service.
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, hard))


if __name__ == "__main__":
    main()
