"""Tagged units for programs: JSONL, and CSV that spreadsheets can open safely."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import IO, Any

from fazhi.formulas import guard


def write_jsonl(rows: Sequence[dict[str, Any]], stream: IO[str]) -> None:
    """One record a line."""
    for row in rows:
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_csv(rows: Sequence[dict[str, Any]], stream: IO[str]) -> None:
    """One record a row, with a byte order mark for spreadsheets; see `README.md` beside this file.

    `heading_path` is joined with ` > `, `labels` with `;`; the scores are JSON.
    """
    cells = []
    for row in rows:
        cells.append(
            {
                **row,
                "heading_path": " > ".join(row["heading_path"]),
                "labels": ";".join(row["labels"]),
                "scores": json.dumps(row["scores"]),
                "role_scores": json.dumps(row["role_scores"]),
            }
        )
    write_csv_rows(cells, stream)


def write_csv_rows(rows: Sequence[dict[str, Any]], stream: IO[str]) -> None:
    """Rows of the same columns; texts that a spreadsheet would run as formulas are guarded."""
    stream.write("\ufeff")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: guard(v) if isinstance(v, str) else v for k, v in row.items()})
