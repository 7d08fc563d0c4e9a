"""`make data-check`: everything that must hold of a corpus, and what it holds."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fazhi.errors import FazhiError, RecordError
from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import (
    INDEX_FILE,
    SPLITS,
    Corpus,
    corpus_files,
    load_corpus,
    read_index,
    report_of,
)
from training.datasheet.near_duplicates import (
    MIN_CHARACTERS,
    near_duplicates,
    share_of_near_duplicates,
)
from training.problems import scan_safely
from training.sources import read_units, scan_units

# More than this says that reports were copied from one another rather than written.
MAX_NEAR_DUPLICATES = 0.01


def problems(paths: Sequence[Path], taxonomy: Taxonomy, unseen: Sequence[Record] = ()) -> list[str]:
    """What is wrong with the corpus at `paths`, a line each, in file order; empty when nothing is.

    `unseen` are units kept for measuring, which the corpus must not resemble.

    Raises:
        RecordError: there is no corpus at one of `paths`.
    """
    found: list[str] = []
    records: list[tuple[str, Record]] = []
    for file in corpus_files(paths):
        units = list(scan_safely(scan_units(file, taxonomy), found))
        found += _orphans(units)
        records += units
    found += _repeated_ids(records)
    found += _duplicates(records)
    found += _near_duplicates([unit for _, unit in records], unseen)
    reports = {report_of(unit) for _, unit in records}
    for path in paths:
        found += _index_problems(path / INDEX_FILE, reports)
    return found


def _orphans(units: Sequence[tuple[str, Record]]) -> Iterator[str]:
    """Headings above units of a file that holds headings, but not these."""
    headings: set[str] = set()
    if not any(unit.kind == "heading" for _, unit in units):
        return  # an export of sentences alone
    for place, unit in units:
        orphans = [heading for heading in unit.heading_path if heading not in headings]
        if orphans:
            yield f"{place}: `heading_path` names “{orphans[0]}”, which no unit before it is"
        if unit.kind == "heading":
            headings.add(unit.text)


def _repeated_ids(records: Sequence[tuple[str, Record]]) -> Iterator[str]:
    counts = Counter(unit.id for _, unit in records)
    for place, unit in records:
        if counts.pop(unit.id, 0) > 1:
            yield f"{place}: the id is used more than once"


def _duplicates(records: Sequence[tuple[str, Record]]) -> Iterator[str]:
    """Body units that stand word for word in the corpus already; across splits they would leak."""
    first: dict[str, str] = {}
    for place, unit in records:
        text = squeeze(normalize(unit.text).text)
        if unit.kind == "body" and len(text) >= MIN_CHARACTERS:
            if text in first:
                yield f"{place}: the same text as {first[text]}"
            first.setdefault(text, place)


def _near_duplicates(units: Sequence[Record], unseen: Sequence[Record]) -> Iterator[str]:
    pairs = near_duplicates(units)
    share = share_of_near_duplicates(units, pairs)
    if share > MAX_NEAR_DUPLICATES:
        for pair in pairs:
            yield f"unit {pair.other.id}: almost the same text as unit {pair.one.id}"
        yield f"{share:.1%} of the body units are almost those of another report; at most {MAX_NEAR_DUPLICATES:.0%} may be"
    for pair in near_duplicates(units, unseen) if unseen else ():
        yield f"unit {pair.other.id}: almost the same text as unit {pair.one.id}, which is kept for measuring"


def _index_problems(path: Path, reports: set[str]) -> Iterator[str]:
    if not path.exists():
        return
    try:
        listed = set(read_index(path))
    except RecordError as error:
        yield str(error)
        return
    for report in sorted(reports - listed):
        yield f"{path}: lacks the report {report}"
    for report in sorted(listed - reports):
        yield f"{path}: lists {report}, of which there are no units"


def summary(corpus: Corpus, taxonomy: Taxonomy) -> Table:
    """Reports, units, labels and roles by split."""
    table = Table("", *SPLITS, "all", title="body units by split")
    of_split = {split: corpus.records_of(split) for split in SPLITS}
    of_split["all"] = list(corpus.records)
    bodies = {split: [r for r in rs if r.kind == "body"] for split, rs in of_split.items()}

    def add(name: str, counts: dict[str, int]) -> None:
        table.add_row(name, *(str(counts[split]) for split in (*SPLITS, "all")))

    add("reports", {s: len({report_of(r) for r in rs}) for s, rs in of_split.items()})
    add("units of every kind", {s: len(rs) for s, rs in of_split.items()})
    add("body units", {s: len(rs) for s, rs in bodies.items()})
    add("without a label", {s: sum(not r.labels for r in rs) for s, rs in bodies.items()})
    table.add_section()
    for role in taxonomy.roles:
        add(role.name, {s: sum(r.role == role.id for r in rs) for s, rs in bodies.items()})
    table.add_section()
    for label in taxonomy.labels:
        add(
            label.name,
            {s: sum(label.id in (r.labels or ()) for r in rs) for s, rs in bodies.items()},
        )
    return table


def main() -> None:
    """Command line; exit code 1 when there are problems, 2 when there is nothing to check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus to check")
    parser.add_argument(
        "--gold", type=Path, nargs="*", default=[], help="annotated files that it must not resemble"
    )
    parser.add_argument("--taxonomy", type=Path, default=Path("data/taxonomy.yaml"), help="labels")
    arguments = parser.parse_args()
    try:
        taxonomy = Taxonomy.from_file(arguments.taxonomy)
        unseen = [unit for path in arguments.gold for unit in read_units(path, taxonomy)]
        found = problems(arguments.data, taxonomy, unseen)
        for line in found:
            print(line)
        if found:
            print(f"{len(found)} problems")
            sys.exit(1)
        Console().print(summary(load_corpus(arguments.data, taxonomy), taxonomy))
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
