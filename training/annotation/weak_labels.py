"""`make weak-labels`: proposals for the first round of annotating, by keyword rules, without a model.

Body units get topics and a role (`keyword_rules`), headings and titles the topics of their own
words. The file is a table of units: to be corrected, then trained on (`make train DATA=…`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fazhi.errors import FazhiError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.files import check_free, write_whole
from training.annotation.keyword_rules import KeywordRules
from training.annotation.reports import read_reports
from training.batches import sentence_of


def weak_labels(units: Sequence[Record], rules: KeywordRules) -> list[Record]:
    """The units with proposed labels and roles; metadata has neither."""
    return [_labelled(unit, rules) for unit in units]


def _labelled(unit: Record, rules: KeywordRules) -> Record:
    if unit.kind == "meta":
        return replace(unit, labels=(), role=None)
    if unit.kind == "body":
        [(labels, role)] = rules.predict([sentence_of(unit)])
        return replace(unit, labels=labels, role=role)
    return replace(unit, labels=rules.own_labels(unit.text), role=None)


def summary(units: Sequence[Record], taxonomy: Taxonomy, rules: KeywordRules) -> Table:
    """Body units by label and role: those by their own words, and those that a heading labelled."""
    bodies = [unit for unit in units if unit.kind == "body"]
    given = Counter(label for unit in bodies for label in unit.labels or ())
    own = [set(unit.labels or ()) & set(rules.own_labels(unit.text)) for unit in bodies]
    by_words = Counter(label for labels in own for label in labels)
    roles = Counter(unit.role for unit in bodies)
    table = Table("", "by own words", "by a heading", "units", title=f"{len(bodies)} body units")
    for label in taxonomy.labels:
        n, words = given[label.id], by_words[label.id]
        table.add_row(label.name, str(words), str(n - words), str(n))
    table.add_row("without a label", "", "", str(sum(not unit.labels for unit in bodies)))
    table.add_section()
    for role in taxonomy.roles:
        table.add_row(role.name, "", "", str(roles[role.id]))
    return table


def main() -> None:
    """Command line; exit code 2 when nothing is written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=Path, required=True, help="folder of reports")
    parser.add_argument("--output", type=Path, required=True, help="JSONL table to write")
    parser.add_argument("--taxonomy", type=Path, default=Path("data/taxonomy.yaml"), help="labels")
    parser.add_argument(
        "--rules", type=Path, default=Path("data/keyword-rules.yaml"), help="keyword rules"
    )
    arguments = parser.parse_args()
    try:
        check_free(arguments.output)
        taxonomy = Taxonomy.from_file(arguments.taxonomy)
        rules = KeywordRules.from_file(arguments.rules).for_taxonomy(taxonomy)
        folder = read_reports(arguments.reports)
        units = weak_labels(folder.units, rules)
        _write(arguments.output, units)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    print(folder.failures(), end="", file=sys.stderr)
    Console().print(summary(units, taxonomy, rules))
    print(f"{folder.n_reports} reports, {len(units)} units: {arguments.output}")


def _write(path: Path, units: Sequence[Record]) -> None:
    lines = (json.dumps(unit.to_json(), ensure_ascii=False) + "\n" for unit in units)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(lines))
    except OSError as error:
        raise FazhiError(f"{path}: can't be written: {error.strerror}") from None


if __name__ == "__main__":
    main()
