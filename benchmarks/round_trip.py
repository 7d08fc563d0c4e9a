"""Writes reports as Word, PDF, web pages and in other charsets, reads them back and scores the cut.

`python -m benchmarks.round_trip REPORT.txt… [--gold FOLDER]`: the units cut by a person stand in
FOLDER, or beside each report, as REPORT.jsonl. Exit code 1 when a form misses the bounds on
average.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from benchmarks.alignment import Cut, Scores, score
from benchmarks.forms import FORMS
from fazhi.documents import decode_document
from fazhi.errors import FazhiError
from fazhi.report import parse_report

MIN_BOUNDARY_F1 = 0.99
MIN_KIND_ACCURACY = 0.98
MIN_TEXT_KEPT = 0.99


def round_trip(text: str, gold: Sequence[Cut], form: str) -> Scores:
    """Score a report that was written in a form of `FORMS`, read back and cut into units.

    Raises:
        DocumentError: the file can't be read back.
    """
    suffix, write = FORMS[form]
    document = decode_document(write(text), f"report{suffix}")
    return score(gold, cut(document.text))


def cut(text: str) -> list[Cut]:
    """The units of a report as the parser cuts them."""
    return [Cut(unit.kind, unit.text) for unit in parse_report(text).units]


def read_gold(path: Path) -> list[Cut]:
    """Units of a JSONL file with `kind` and `text`."""
    units = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [Cut(unit["kind"], unit["text"]) for unit in units]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+", help="texts of reports")
    parser.add_argument("--gold", type=Path, help="folder of their units; else beside them")
    arguments = parser.parse_args()
    results: dict[str, list[Scores]] = {form: [] for form in ("as it is", *FORMS)}
    print("| report | form | boundary F1 | kind accuracy | text kept |\n|---|---|---:|---:|---:|")
    for path in arguments.reports:
        text = path.read_bytes().decode("utf-8")
        gold = read_gold((arguments.gold or path.parent) / f"{path.stem}.jsonl")
        for form, scores in results.items():
            scores.append(round_trip(text, gold, form) if form in FORMS else score(gold, cut(text)))
            print(_row(path.stem, form, scores[-1]), flush=True)
    means = {form: _mean(scores) for form, scores in results.items()}
    for form, mean in means.items():
        print(_row("mean", form, mean))
    sys.exit(0 if all(map(holds, means.values())) else 1)


def holds(scores: Scores) -> bool:
    """Whether scores meet the bounds."""
    return (
        scores.boundary_f1 >= MIN_BOUNDARY_F1
        and scores.kind_accuracy >= MIN_KIND_ACCURACY
        and scores.text_kept >= MIN_TEXT_KEPT
    )


def _mean(scores: Sequence[Scores]) -> Scores:
    return Scores(
        *(sum(column) / len(scores) for column in zip(*map(astuple, scores), strict=True))
    )


def _row(report: str, form: str, scores: Scores) -> str:
    figures = " | ".join(f"{figure:.4f}" for figure in astuple(scores))
    return f"| {report} | {form} | {figures} |"


if __name__ == "__main__":
    try:
        main()
    except (FazhiError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
