"""Writing a file whole or not at all, and never over somebody's work."""

from __future__ import annotations

from pathlib import Path

from fazhi.errors import InputError


def check_free(path: Path) -> None:
    """Refuse to write where something stands, since annotators may have corrected it.

    Raises:
        InputError: `path` is there already.
    """
    if path.exists():
        raise InputError(f"{path}: is there already; set OUTPUT to another path, or move it away")


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, then put it in its place."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
