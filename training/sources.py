"""Files of labelled units: record tables (JSONL, CSV), Label Studio's and doccano's exports.

Which of them a file is, its content says; there is no option.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fazhi.errors import RecordError
from fazhi.records import Record, scan_records
from fazhi.taxonomy import Taxonomy
from training.annotation.doccano import is_doccano, scan_doccano
from training.annotation.exports import did_you_mean, is_array, scan_objects, unit_id
from training.annotation.label_studio import scan_label_studio
from training.annotation.label_studio_tasks import is_label_studio
from training.problems import Scanned, units_of

SUFFIXES = (".jsonl", ".csv", ".json")


def read_units(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """The units of a file, in order, checked against the taxonomy.

    Raises:
        RecordError: names file, line or task, and field of everything that can't be used.
    """
    records = units_of(scan_units(path, taxonomy))
    if not records:
        raise RecordError(f"{path}: holds no units")
    return records


def scan_units(path: Path, taxonomy: Taxonomy) -> Iterator[Scanned]:
    """As `read_units`, with the units' places and what is wrong with some.

    Raises:
        RecordError: nothing in the file can be used.
    """
    for place, found in _scan(path, taxonomy):
        if isinstance(found, Record):
            try:
                check_labels(found, taxonomy, place)
            except RecordError as error:
                found = error
        yield place, found


def _scan(path: Path, taxonomy: Taxonomy) -> Iterator[Scanned]:
    if path.suffix.lower() != ".csv":
        rows = [row for _, row in scan_objects(path) if not isinstance(row, RecordError)]
        if any(map(is_label_studio, rows)):
            return scan_label_studio(path, taxonomy)
        if any(map(is_doccano, rows)):
            return scan_doccano(path, taxonomy)
        if is_array(path):
            raise RecordError(
                f"{path}: an array of neither Label Studio's tasks nor doccano's examples; "
                "write units of your own as one JSON object a line"
            )
    return _scan_table(path)


def _scan_table(path: Path) -> Iterator[Scanned]:
    """A record table; a mere number isn't an id that other files don't have."""
    for place, found in scan_records(path):
        if isinstance(found, Record):
            found = replace(found, id=unit_id(path, found.id, found.id))
        yield place, found


def check_labels(record: Record, taxonomy: Taxonomy, place: str) -> None:
    """Refuse a record that can't be learnt from.

    Raises:
        RecordError: names `place` and the field.
    """
    unknown = taxonomy.unknown_labels(record.labels or ())
    if unknown:
        hint = did_you_mean(unknown[0], {k: x.id for x in taxonomy.labels for k in (x.id, x.name)})
        raise RecordError(f"{place}: `labels` names `{unknown[0]}`, which the taxonomy lacks{hint}")
    if record.role is not None and record.role not in taxonomy.role_by_id:
        hint = did_you_mean(record.role, {k: x.id for x in taxonomy.roles for k in (x.id, x.name)})
        raise RecordError(f"{place}: `role` is `{record.role}`, which the taxonomy lacks{hint}")
    if record.kind == "body" and (record.labels is None or record.role is None):
        raise RecordError(f"{place}: a body unit needs `labels` (a list, maybe empty) and `role`")
    if record.kind != "body" and record.role is not None:
        raise RecordError(f"{place}: only body units have a `role`; this is a {record.kind}")
    if record.kind == "meta" and record.labels:
        raise RecordError(f"{place}: a meta unit has no `labels`")
