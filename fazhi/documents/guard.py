"""Reads a file in a process of its own, which is killed when it takes too long or too much.

A new interpreter is started (not forked: the service has threads of onnxruntime), which takes
about a tenth of a second; `worker` is what it runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from fazhi.documents.formats import Format
from fazhi.documents.limits import MAX_CPU_SECONDS, MAX_MEMORY_BYTES, MAX_SECONDS
from fazhi.errors import DocumentError

_ARGUMENTS = ("-m", "fazhi.documents.worker")
_PACKAGES = Path(__file__).parents[2]


def read_in_child(data: bytes, name: str, format_: Format) -> str:
    """The text of a file that isn't plain text.

    Raises:
        DocumentError: what the reader says of the file, or that it took too much of anything.
    """
    # -P: a folder of downloads may hold a docx.py, and it mustn't be what is imported.
    command = [sys.executable, "-P", "-W", "ignore", *_ARGUMENTS]
    # Not as arguments, which hold neither every character nor every length.
    header = json.dumps([format_, name]).encode() + b"\n"
    path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
    ) as child:
        try:
            output, _ = child.communicate(header + data, timeout=MAX_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            raise DocumentError(f"{name}: {_too_slow(MAX_SECONDS)}") from None
        except BaseException:  # such as Ctrl-C: no reader outlives its caller
            child.kill()
            raise
    return _result(child.returncode, output, name)


def _result(returncode: int, output: bytes, name: str) -> str:
    if returncode == 0:
        answer = json.loads(output)
        if "error" in answer:
            raise DocumentError(answer["error"])
        text: str = answer["text"]
        return text
    if _is_killed_for_time(returncode):
        raise DocumentError(f"{name}: {_too_slow(MAX_CPU_SECONDS)}")
    raise DocumentError(
        f"{name}: the reader broke down over it, so it is damaged, or needs more than the "
        f"{MAX_MEMORY_BYTES >> 20} MiB that a file may take; save it again, or its text as .txt"
    )


def _is_killed_for_time(returncode: int) -> bool:
    if sys.platform == "win32":
        return False
    import signal

    return returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def _too_slow(seconds: int) -> str:
    return f"can't be read within {seconds} seconds; split it, or save its text as .txt"
