"""doccano: its export (JSONL or JSON of a text classification project) ↔ units.

doccano knows one kind of label, so that a role is written `role:plan` beside the topics' ids. When
a file is imported, it makes the labels that come up in it. An example's metadata come back at the
top level of the export, beside doccano's own number in `id`.

Where annotators work apart, doccano exports a file for each. Body units without any label are passed
over, since nobody has annotated them: every one has a role.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from fazhi.errors import RecordError
from fazhi.records import Record, make_record
from fazhi.taxonomy import Taxonomy
from training.annotation.exports import Names, Row, headings_of, scan_objects, unit_id
from training.annotation.files import write_whole
from training.problems import Scanned, units_of

_ROLE = "role:"


def read_doccano(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """The annotated units of an export, in its order.

    Raises:
        RecordError: names file and line of everything that can't be used.
    """
    return units_of(scan_doccano(path, taxonomy))


def is_doccano(row: Row) -> bool:
    """Whether an object is an example of an export."""
    return "label" in row and "labels" not in row


def scan_doccano(path: Path, taxonomy: Taxonomy) -> Iterator[Scanned]:
    """As `read_doccano`, with the units' places and what is wrong with some.

    Raises:
        RecordError: the file is no export, or nothing in it is annotated.
    """
    names = Names(taxonomy)
    is_empty = True
    for place, row in scan_objects(path):
        if isinstance(row, RecordError):
            is_empty = False
            yield place, row
        elif row.get("label") or row.get("kind", "body") != "body":
            is_empty = False
            try:
                yield place, _unit(path, row, place, names)
            except RecordError as error:
                yield place, error
    if is_empty:
        raise RecordError(f"{path}: holds no annotated examples; annotate some and export again")


def _unit(path: Path, row: Row, place: str, names: Names) -> Record:
    given = row.get("label")
    if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
        raise RecordError(
            f"{place}: `label` must be a list of texts; export a text classification project"
        )
    roles = [label for label in given if label.startswith(_ROLE) or _is_role(label, names)]
    unit = {
        "id": unit_id(path, row.get("unit_id", row.get("id")), row.get("id", place)),
        "text": row.get("text"),
        "kind": row.get("kind", "body"),
        "heading_path": headings_of(row.get("heading_path")),
        "labels": names.topics_of((label for label in given if label not in roles), place),
        "role": names.role_of((role.removeprefix(_ROLE) for role in roles), place),
    }
    return make_record(unit, place, 0)


def _is_role(label: str, names: Names) -> bool:
    """Whether a label without the prefix, of a project that people made by hand, is a role."""
    return label in names.roles and label not in names.topics


def write_doccano(path: Path, units: Sequence[Record]) -> None:
    """Write examples to import, with the units' labels and roles as labels."""
    write_whole(path, "".join(json.dumps(_row(u), ensure_ascii=False) + "\n" for u in units))


def _row(unit: Record) -> Row:
    return {
        "text": unit.text,
        "label": [*(unit.labels or ()), *([f"{_ROLE}{unit.role}"] if unit.role else [])],
        "heading_path": list(unit.heading_path),
        "kind": unit.kind,
        "unit_id": unit.id,
    }
