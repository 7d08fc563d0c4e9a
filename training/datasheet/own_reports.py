"""Reports to compare a corpus with: labelled units as they are, others tagged by a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fazhi.classifier import Classifier
from fazhi.documents import read_document
from fazhi.errors import RecordError
from fazhi.records import Record, read_records
from fazhi.report import parse_report
from fazhi.tagging import tag_records
from fazhi.taxonomy import Taxonomy
from training.sources import check_labels

_TABLES = (".jsonl", ".csv")


def read_reports(path: Path, taxonomy: Taxonomy, model: Path) -> list[Record]:
    """The units of a file or of the files in a folder, with labels and roles.

    Tables of units and reports are read; of a table and a report of one name, the table. The model
    folder `model` is opened only when some file has a body unit without labels.

    Raises:
        FazhiError: a file or the model can't be used, or there are no body units.
    """
    files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    tables = {file.stem for file in files if file.suffix in _TABLES}
    records: list[Record] = []
    classifier: Classifier | None = None
    for file in files:
        if file.suffix not in _TABLES and file.stem in tables:
            continue
        units = _units(file)
        if any(u.kind == "body" and (u.labels is None or u.role is None) for u in units):
            classifier = classifier or Classifier.from_pretrained(model)
            tagged = tag_records(units, classifier)
            units = [replace(t.record, labels=t.labels, role=t.role) for t in tagged]
        for unit in units:
            check_labels(unit, taxonomy, f"{file}, unit {unit.id}")
        records += units
    if not any(record.kind == "body" for record in records):
        raise RecordError(f"{path}: holds no sentences of reports; name a folder with reports")
    return records


def _units(file: Path) -> list[Record]:
    if file.suffix in _TABLES:
        return read_records(file)
    return parse_report(read_document(file).text).records(file.stem)
