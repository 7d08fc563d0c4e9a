"""Files of reports, as they are sent."""

from __future__ import annotations

from pathlib import Path

from fazhi.client.steps import Upload
from fazhi.errors import InputError


def read_upload(path: Path, name: str | None) -> Upload:
    """The bytes of a file; `name` replaces its own, without the suffix.

    Raises:
        InputError: it can't be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None
    return Upload(path.name if name is None else name + path.suffix, data)
