"""Labelled units, grouped by report and split by issuing body.

A corpus is a `.jsonl`/`.csv` file or a folder of them; a unit belongs to the report that its
id names (`county-01-017` → `county-01`). A folder may hold `reports.csv` (columns report,
issuer, issuer_kind, year, split), which fixes the split; reports that it doesn't list are
split by a hash of their issuer, so that the split of one report never depends on the others.
No issuing body is on two sides.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fazhi.errors import RecordError
from fazhi.records import Record, read_records
from fazhi.taxonomy import Taxonomy

SPLITS = ("train", "validation", "test")
INDEX_FILE = "reports.csv"
_INDEX_COLUMNS = ("report", "issuer", "issuer_kind", "year", "split")
_HELD_OUT_SHARE = 0.15  # of issuers without a fixed split, for validation and for test each


@dataclass(frozen=True)
class ReportFacts:
    """A line of `reports.csv`."""

    report: str
    issuer: str
    issuer_kind: str
    year: str
    split: str


@dataclass(frozen=True)
class Corpus:
    """Records in file order, and the split of each report."""

    records: tuple[Record, ...]
    split_of: dict[str, str]
    facts: dict[str, ReportFacts]
    files: tuple[Path, ...]

    def records_of(self, split: str) -> list[Record]:
        """Records of one split, in file order."""
        return [r for r in self.records if self.split_of[report_of(r)] == split]


def report_of(record: Record) -> str:
    """The report that a record's id names; ids without a running number are a report each."""
    return re.sub(r"-\d+$", "", record.id)


def load_corpus(path: Path, taxonomy: Taxonomy) -> Corpus:
    """Read a corpus and check it against the taxonomy.

    Raises:
        RecordError: a file that can't be read, an unknown label or role, a labelled unit without
            role, an issuer on two sides of the split; names file, line or report.
    """
    files = corpus_files(path)
    records: list[Record] = []
    for file in files:
        found = read_records(file)
        for record in found:
            check_labels(record, taxonomy, f"{file}, unit {record.id}")
        records += found
    facts = read_index(path / INDEX_FILE) if path.is_dir() else {}
    split_of = {}
    for report in dict.fromkeys(report_of(r) for r in records):
        split_of[report] = facts[report].split if report in facts else _hashed_split(report)
    return Corpus(tuple(records), split_of, facts, files)


def corpus_files(path: Path) -> tuple[Path, ...]:
    """The tables of units at `path`, sorted.

    Raises:
        RecordError: there are none.
    """
    if path.is_file():
        return (path,)
    files = sorted(
        p for p in path.glob("*") if p.suffix in (".jsonl", ".csv") and p.name != INDEX_FILE
    )
    if not files:
        raise RecordError(
            f"{path}: no such file, or a folder without .jsonl or .csv tables of units"
        )
    return tuple(files)


def check_labels(record: Record, taxonomy: Taxonomy, place: str) -> None:
    """Refuse a record that can't be learnt from.

    Raises:
        RecordError: names `place` and the field.
    """
    unknown = taxonomy.unknown_labels(record.labels or ())
    if unknown:
        raise RecordError(f"{place}: `labels` names `{unknown[0]}`, which the taxonomy lacks")
    if record.role is not None and record.role not in taxonomy.role_by_id:
        raise RecordError(f"{place}: `role` is `{record.role}`, which the taxonomy lacks")
    if record.kind == "body" and (record.labels is None or record.role is None):
        raise RecordError(f"{place}: a body unit needs `labels` (a list, maybe empty) and `role`")
    if record.kind != "body" and record.role is not None:
        raise RecordError(f"{place}: only body units have a `role`; this is a {record.kind}")
    if record.kind == "meta" and record.labels:
        raise RecordError(f"{place}: a meta unit has no `labels`")


def read_index(path: Path) -> dict[str, ReportFacts]:
    """Read `reports.csv`; an absent file is an empty index.

    Raises:
        RecordError: a column is missing, a split is unknown, or an issuer is on two sides.
    """
    if not path.exists():
        return {}
    facts: dict[str, ReportFacts] = {}
    split_of_issuer: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [c for c in _INDEX_COLUMNS if c not in (reader.fieldnames or ())]
        if missing:
            raise RecordError(f"{path}, line 1: the header lacks the column `{missing[0]}`")
        for row in reader:
            entry = ReportFacts(*(row[column] or "" for column in _INDEX_COLUMNS))
            place = f"{path}, line {reader.line_num}"
            if entry.split not in SPLITS:
                raise RecordError(f"{place}: `split` must be one of {', '.join(SPLITS)}")
            if split_of_issuer.setdefault(entry.issuer, entry.split) != entry.split:
                raise RecordError(f"{place}: {entry.issuer} is in two splits")
            facts[entry.report] = entry
    return facts


def _hashed_split(issuer: str) -> str:
    share = int.from_bytes(hashlib.sha256(issuer.encode()).digest()[:8], "big") / 2**64
    if share < _HELD_OUT_SHARE:
        return "test"
    return "validation" if share < 2 * _HELD_OUT_SHARE else "train"
