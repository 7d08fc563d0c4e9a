"""Which files a command reads, under which names, and which of them it couldn't read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazhi.errors import DocumentError

STDIN = Path("-")
# Looked for in folders: what `fazhi.documents` reads, and what it refuses with a remedy, so that
# nobody misses a report without being told.
FOLDER_SUFFIXES = (
    *(".txt", ".html", ".htm", ".mht", ".mhtml", ".docx", ".pdf"),
    *(".doc", ".wps", ".rtf", ".odt", ".ofd"),
)


@dataclass(frozen=True)
class Input:
    """A file to read; `name` is unique among the inputs and the stem of its units' ids."""

    name: str
    path: Path


@dataclass(frozen=True)
class Failed:
    """A file that couldn't be read; `reason` is one line for a person."""

    name: str
    reason: str


def find_inputs(paths: Sequence[Path], output: Path | None = None) -> list[Input]:
    """The files named, and the reports in the folders named, each once, in order.

    A file is called by its stem; where stems clash, by its path below the common folder; where
    that clashes as well (`a.txt` beside `a.pdf`), with its suffix. `output` is never an input.

    Raises:
        DocumentError: a folder without reports, or one that can't be read.
    """
    written = os.path.realpath(output) if output else None
    files: dict[str, Path] = {}  # by real path
    for path in paths:
        is_folder = path != STDIN and os.path.isdir(path)  # quiet about a sentence given as a path
        for file in _reports_in(path) if is_folder else [path]:
            real = "-" if file == STDIN else os.path.realpath(file)
            if real != written:
                files.setdefault(real, file)
    names = _unique_names(list(files))
    return [Input(name, path) for name, path in zip(names, files.values(), strict=True)]


def _reports_in(folder: Path) -> list[Path]:
    """The reports below a folder, by path; hidden files and Word's lock files (~$) aren't any."""

    def refuse(error: OSError) -> None:
        raise DocumentError(f"{error.filename}: can't be read: {error.strerror}")

    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(parent, name)
            for name in files
            if not name.startswith((".", "~$")) and Path(name).suffix.lower() in FOLDER_SUFFIXES
        ]
    if not found:
        raise DocumentError(
            f"{folder}: holds no report; they are looked for in {' '.join(FOLDER_SUFFIXES)}"
        )
    return sorted(found)


def _unique_names(files: Sequence[str]) -> list[str]:
    """Names of files given by their real paths, "-" being standard input."""
    parents = [os.path.dirname(file) for file in files if file != "-"]
    common = os.path.commonpath(parents) if parents else ""
    candidates = [list(_candidates(file, common)) for file in files]
    levels = [0] * len(files)
    while True:
        names = [names[level] for names, level in zip(candidates, levels, strict=True)]
        counts = Counter(names)
        raised = [
            min(level + (counts[name] > 1), len(candidates[i]) - 1)
            for i, (name, level) in enumerate(zip(names, levels, strict=True))
        ]
        if raised == levels:
            return names
        levels = raised


def _candidates(file: str, common: str) -> Iterator[str]:
    """Names for a file, from the shortest to one that no other file has."""
    if file == "-":
        yield "stdin"
        return
    relative = Path(os.path.relpath(file, common))
    yield relative.stem
    yield relative.with_suffix("").as_posix()
    yield relative.as_posix()
    yield file
