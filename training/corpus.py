"""Labelled units, grouped by report and split by issuing body.

A corpus is one file of labelled units or several (`training.sources` says which kinds), or folders
of them. A unit belongs to the report that its id names (`county-01-017` → `county-01`). A folder may
hold `reports.csv` (columns report, issuer, issuer_kind, year, split), which fixes the split; reports
that it doesn't list are split by a hash of their issuer, so that the split of one report never depends
on the others. No issuing body is on two sides.

Data of few reports may lack a side that way. Then the reports with the least hashes are held out; and
where there are fewer than three, sentences are, which flatters the figures: sentences of one report
are alike.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazhi.errors import RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.problems import DataError, scan_safely
from training.sources import SUFFIXES, scan_units

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
    """Records in file order, and the split of each group: of each report, or of each unit by its id."""

    records: tuple[Record, ...]
    split_of: dict[str, str]
    facts: dict[str, ReportFacts]
    files: tuple[Path, ...]

    def records_of(self, split: str) -> list[Record]:
        """Records of one split, in file order."""
        return [r for r in self.records if self.split_of[self.group_of(r)] == split]

    def group_of(self, record: Record) -> str:
        """What is never on two sides of the split: the record's report, or the record alone."""
        return record.id if record.id in self.split_of else report_of(record)

    def issuer_of(self, record: Record) -> str:
        """The issuing body of the record's report; its group, where nothing says who it is."""
        group = self.group_of(record)
        return self.facts[group].issuer if group in self.facts else group

    @property
    def shares_reports(self) -> bool:
        """Whether sentences of one report are on several sides, so that figures are flattered."""
        return any(report_of(r) != self.group_of(r) for r in self.records)


def report_of(record: Record) -> str:
    """The report that a record's id names; ids without a running number are a report each."""
    return re.sub(r"-\d+$", "", record.id)


def load_corpus(data: Path | Sequence[Path], taxonomy: Taxonomy) -> Corpus:
    """Read files and folders of labelled units as one corpus, checked against the taxonomy.

    Raises:
        RecordError: a file that can't be read, unknown labels or roles, labelled units without
            role, an id that comes twice, an issuer on two sides of the split; names every place.
    """
    paths = (data,) if isinstance(data, Path) else tuple(data)
    files = corpus_files(paths)
    facts = _read_indices(paths)
    problems: list[str] = []
    records: dict[str, Record] = {}
    places: dict[str, str] = {}
    for file in files:
        for place, record in scan_safely(scan_units(file, taxonomy), problems):
            if record.id in records:
                problems.append(
                    f"{place}: the id `{record.id}` is that of {places[record.id]}, too"
                )
            records[record.id], places[record.id] = record, place
    if problems:
        raise DataError(problems)
    if not records:
        raise RecordError(f"{', '.join(map(str, paths))}: holds no units")
    return Corpus(tuple(records.values()), _split(records.values(), facts), facts, files)


def corpus_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files of units at `paths`; those of a folder sorted.

    Raises:
        RecordError: there are none at one of them.
    """
    files: list[Path] = []
    for path in paths:
        found = [p for p in sorted(path.glob("*")) if p.suffix.lower() in SUFFIXES]
        found = [path] if path.is_file() else [p for p in found if p.name != INDEX_FILE]
        if not found:
            raise RecordError(
                f"{path}: no such file, or a folder without .jsonl, .csv or .json files of units"
            )
        files += found
    return tuple(dict.fromkeys(files))


def _split(records: Iterable[Record], facts: dict[str, ReportFacts]) -> dict[str, str]:
    """The split of each report, fixed or by hash; of each unit where reports are too few to hold out."""
    records = list(records)
    fixed = {r: facts[r].split for r in dict.fromkeys(map(report_of, records)) if r in facts}
    free = [r for r in dict.fromkeys(map(report_of, records)) if r not in facts]
    split_of = fixed | {report: _hashed_split(report) for report in free}
    if {"train", "validation"} <= set(split_of.values()) and (fixed or "test" in split_of.values()):
        return split_of
    if len(free) >= len(SPLITS):
        return fixed | _ranked_splits(free)
    units = [record.id for record in records if report_of(record) in free]
    return fixed | (_ranked_splits(units) if len(units) >= len(SPLITS) else split_of)


def _ranked_splits(groups: Sequence[str]) -> dict[str, str]:
    """At least one group for each side, by the order of their hashes."""
    ordered = sorted(groups, key=_hash_share)
    n = max(1, round(_HELD_OUT_SHARE * len(ordered)))
    sides = ["test"] * n + ["validation"] * n + ["train"] * (len(ordered) - 2 * n)
    return dict(zip(ordered, sides, strict=True))


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


def _read_indices(paths: Sequence[Path]) -> dict[str, ReportFacts]:
    """The `reports.csv` of all folders together.

    Raises:
        RecordError: one is malformed, or they disagree on a report or on the split of an issuer.
    """
    facts: dict[str, ReportFacts] = {}
    split_of_issuer: dict[str, str] = {}
    for path in paths:
        for report, entry in read_index(path / INDEX_FILE).items():
            if facts.setdefault(report, entry) != entry:
                raise RecordError(
                    f"{path / INDEX_FILE}: {report} stands otherwise in another folder's"
                )
            if split_of_issuer.setdefault(entry.issuer, entry.split) != entry.split:
                raise RecordError(
                    f"{path / INDEX_FILE}: {entry.issuer} is in another split than in another folder's"
                )
            facts[report] = entry
    return facts


def _hashed_split(issuer: str) -> str:
    share = _hash_share(issuer)
    if share < _HELD_OUT_SHARE:
        return "test"
    return "validation" if share < 2 * _HELD_OUT_SHARE else "train"


def _hash_share(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
