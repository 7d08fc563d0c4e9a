"""What an interrupted batch has done so far, kept beside its output.

`reports.xlsx.partial/` holds one file for each input that has been tagged: its text and its
predictions, under the digest of everything that they follow from, so that a file or a model that
changes meanwhile is read anew. Knows neither commands nor formats.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from fazhi.artifact import LAYOUT, Artifact
from fazhi.classifier import Prediction
from fazhi.errors import FazhiError

_OURS = re.compile(r"[0-9a-f]{64}\.(?:json|tmp)")


@dataclass(frozen=True)
class Done:
    """One input that has been tagged; `source` is a report's text, None for a table of units."""

    source: str | None
    predictions: list[Prediction]  # of its units but for metadata, in order


class PartialFolder:
    """The work folder of one output."""

    def __init__(self, output: Path, artifact: Artifact) -> None:
        self.folder = output.with_name(f"{output.name}.partial")
        manifest = (artifact.folder / LAYOUT.manifest).read_bytes()
        self._seed = manifest + version("fazhi").encode()

    def digest(self, path: Path) -> str | None:
        """Name under which the results for a file are kept, None for what is no plain file."""
        if not os.path.isfile(path):
            return None
        digest = hashlib.sha256(self._seed + path.suffix.lower().encode("utf-8", "replace") + b"\0")
        try:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        except OSError:  # whoever reads it next says so
            return None
        return digest.hexdigest()

    def load(self, digest: str) -> Done | None:
        """What is kept under `digest`; None if nothing, or nothing whole."""
        try:
            kept = json.loads((self.folder / f"{digest}.json").read_text("utf-8"))
            predictions = [
                Prediction(**{**row, "labels": tuple(row["labels"])}) for row in kept["predictions"]
            ]
            return Done(kept["source"], predictions)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, digest: str, done: Done) -> None:
        """Keep the results for a file.

        Raises:
            FazhiError: they can't be written.
        """
        partial = self.folder / f"{digest}.tmp"
        try:
            self.folder.mkdir(exist_ok=True)
            partial.write_text(json.dumps(asdict(done)), "utf-8")
            partial.replace(partial.with_suffix(".json"))
        except OSError as error:
            raise FazhiError(f"{self.folder}: can't be written: {error.strerror}") from None

    def remove(self) -> None:
        """Remove what was kept, and the folder unless somebody else has put something into it."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if _OURS.fullmatch(path.name):
                    path.unlink()
            self.folder.rmdir()
