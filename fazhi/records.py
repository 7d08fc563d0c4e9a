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
from fazhi.formulas import unguard

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
    ` > ` and `;`; the guards of `fazhi.formulas` are taken off. An empty cell of `labels` means no
    topic where `role` is filled in, and that nobody has said anything where it isn't. Where `id` is
    missing, the row number stands in.

    Raises:
        RecordError: names the file, the line and the field.
    """
    records: list[Record] = []
    for _, found in scan_records(path):
        if isinstance(found, RecordError):
            raise found
        records.append(found)
    if not records:
        raise RecordError(f"{path}: holds no units")
    return records


def scan_records(path: Path) -> Iterator[tuple[str, Record | RecordError]]:
    """The rows of a table of units: each one's place, and its unit or what is wrong with it.

    Raises:
        RecordError: the rows can't be told apart (no UTF-8, no `text` column, broken CSV).
    """
    rows = _csv_rows if path.suffix.lower() == ".csv" else read_objects
    for number, (place, row) in enumerate(rows(path), start=1):
        try:
            yield place, row if isinstance(row, RecordError) else make_record(row, place, number)
        except RecordError as error:
            yield place, error


def open_table(path: Path) -> IO[str]:
    """The text of a UTF-8 file, with or without byte order mark.

    Raises:
        RecordError: the file can't be read or isn't UTF-8.
    """
    try:
        return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise RecordError(f"{path}: can't be read: {error.strerror}") from None


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    """The places and JSON objects of a file with one a line, or what is wrong with a line.

    Raises:
        RecordError: the file can't be read or isn't UTF-8.
    """
    for number, line in enumerate(open_table(path), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            try:
                yield place, parse_object(line, place)
            except RecordError as error:
                yield place, error


def parse_object(line: str, place: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RecordError: it is something else.
    """
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise RecordError(f"{place}: not valid JSON ({error.msg})") from None
    except ValueError:
        raise RecordError(f"{place}: a number with too many digits") from None
    except RecursionError:
        raise RecordError(f"{place}: JSON nested too deeply") from None
    if not isinstance(row, dict):
        raise RecordError(f"{place}: expected a JSON object")
    return row


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(open_table(path))
    try:
        if "text" not in (reader.fieldnames or ()):
            raise RecordError(f"{path}, line 1: the header lacks the column `text`")
        for row in reader:
            cells: dict[str, Any] = {
                field: unguard(cell) for field, cell in row.items() if field and cell
            }
            for field, separator in (("heading_path", " > "), ("labels", ";")):
                if field in cells:
                    cells[field] = [p.strip() for p in cells[field].split(separator) if p.strip()]
            if "role" in cells and "labels" in (reader.fieldnames or ()):
                cells.setdefault("labels", [])  # somebody annotated it: no topic is an answer
            yield f"{path}, line {reader.line_num}", cells
    except csv.Error as error:
        line = reader.reader.line_num  # the property of `reader` lags behind
        raise RecordError(f"{path}, line {line}: not valid CSV ({error})") from None


def make_record(row: dict[str, Any], place: str, number: int) -> Record:
    """A row as a unit; `number` stands in for a missing id.

    Raises:
        RecordError: names `place` and the field.
    """
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
