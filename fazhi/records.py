"""The one record format: a labelled unit, a prediction and a notebook row alike.

Reads tables of units (JSONL, CSV) and says exactly what is wrong where. Knows the format,
not what a label means: that is checked against a `Taxonomy` by whoever has one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fazhi.errors import RecordError

KINDS = ("title", "heading", "body", "meta")
MAX_TEXT_CHARACTERS = 100_000


@dataclass(frozen=True)
class Record:
    """One unit of a report. `labels` is None where nobody has said anything about topics."""

    id: str
    text: str
    kind: str = "body"
    heading_path: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    role: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The record as it stands in a JSONL file."""
        return {
            "id": self.id,
            "kind": self.kind,
            "heading_path": list(self.heading_path),
            "text": self.text,
            "labels": list(self.labels or ()),
            "role": self.role,
        }


def read_records(path: Path) -> list[Record]:
    """Read a `.jsonl` or `.csv` table of units, in order.

    A CSV needs a column `text`; `heading_path` and `labels` hold their parts separated by
    ` > ` and `;`. Where `id` is missing, the row number stands in.

    Raises:
        RecordError: names the file, the line and the field.
    """
    rows = _csv_rows if path.suffix.lower() == ".csv" else _jsonl_rows
    records: list[Record] = []
    try:
        file = io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise RecordError(f"{path}: can't be read: {error.strerror}") from None
    for line, row in rows(file, path):
        records.append(_record(row, f"{path}, line {line}", len(records) + 1))
    if not records:
        raise RecordError(f"{path}: holds no units")
    return records


def _jsonl_rows(file: IO[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise RecordError(f"{path}, line {number}: not valid JSON ({error.msg})") from None
        except ValueError:
            raise RecordError(f"{path}, line {number}: a number with too many digits") from None
        except RecursionError:
            raise RecordError(f"{path}, line {number}: JSON nested too deeply") from None
        if not isinstance(row, dict):
            raise RecordError(f"{path}, line {number}: expected a JSON object")
        yield number, row


def _csv_rows(file: IO[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(file)
    try:
        if "text" not in (reader.fieldnames or ()):
            raise RecordError(f"{path}, line 1: the header lacks the column `text`")
        for row in reader:
            cells: dict[str, Any] = {k: v for k, v in row.items() if k and v not in (None, "")}
            for field, separator in (("heading_path", " > "), ("labels", ";")):
                if field in cells:
                    cells[field] = [p.strip() for p in cells[field].split(separator) if p.strip()]
            yield reader.line_num, cells
    except csv.Error as error:
        line = reader.reader.line_num  # the property of `reader` lags behind
        raise RecordError(f"{path}, line {line}: not valid CSV ({error})") from None


def _record(row: dict[str, Any], place: str, number: int) -> Record:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise RecordError(f"{place}: `text` must be text that isn't empty")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise RecordError(
            f"{place}: `text` has {len(text)} characters; a unit has at most {MAX_TEXT_CHARACTERS}"
        )
    identifier = row.get("id", number)
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise RecordError(f"{place}: `id` must be text")
    kind = row.get("kind", "body")
    if kind not in KINDS:
        raise RecordError(f"{place}: `kind` must be one of {', '.join(KINDS)}")
    role = row.get("role")
    if role is not None and not isinstance(role, str):
        raise RecordError(f"{place}: `role` must be a role id or null")
    labels = _strings(row, "labels", place)
    return Record(
        id=str(identifier),
        text=text,
        kind=kind,
        heading_path=_strings(row, "heading_path", place) or (),
        labels=labels,
        role=role,
    )


def _strings(row: dict[str, Any], field: str, place: str) -> tuple[str, ...] | None:
    values = row.get(field)
    if values is None:
        return None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RecordError(f"{place}: `{field}` must be a list of texts")
    return tuple(values)
