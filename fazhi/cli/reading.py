"""One input → tagged units, by the model or by what is kept of an earlier run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fazhi.analysis import Analysis, analyze
from fazhi.classifier import Classifier
from fazhi.documents import decode_document, read_document
from fazhi.inputs import STDIN, Input
from fazhi.records import Record, read_records
from fazhi.report import Report, parse_report
from fazhi.resume import Done, PartialFolder
from fazhi.tagging import TaggedUnit, join, sentences_of, tag_records, with_offsets

_TABLES = (".jsonl", ".csv")


@dataclass(frozen=True)
class Tagged:
    """One input with its tagged units, in order; a table of units has neither of the others."""

    name: str
    units: list[TaggedUnit]
    analysis: Analysis | None = None
    source: str | None = None  # what the offsets of units and figures count in


def is_table(path: Path) -> bool:
    """Whether a file holds a table of units instead of a report."""
    return path.suffix.lower() in _TABLES


def tag_input(
    input_: Input,
    classifier: Classifier,
    work: PartialFolder | None,
    on_progress: Callable[[float], None],
) -> Tagged:
    """Read and tag a file. `on_progress` is told which share of it has been dealt with since.

    Raises:
        InputError: the file can't be used.
        FazhiError: the work can't be kept.
    """
    digest = work.digest(input_.path) if work else None
    done = work.load(digest) if work and digest else None
    content = _read(input_.path, done)
    records = content.records(input_.name) if isinstance(content, Report) else content
    if done and len(done.predictions) == len(sentences_of(records)):
        units = join(records, done.predictions)
    else:
        units = tag_records(records, classifier, lambda n: on_progress(n / len(records)))
        if work and digest:
            source = content.source if isinstance(content, Report) else None
            work.store(digest, Done(source, [u.prediction for u in units if u.prediction]))
    if not isinstance(content, Report):
        return Tagged(input_.name, units)
    units = with_offsets(content, units)
    analysis = analyze(input_.name, content, units, classifier.artifact.taxonomy)
    return Tagged(input_.name, units, analysis, content.source)


def _read(path: Path, done: Done | None) -> Report | list[Record]:
    if path == STDIN:
        return parse_report(decode_document(sys.stdin.buffer.read(), "stdin").text)
    if is_table(path):
        return read_records(path)
    if done and done.source is not None:  # spares a PDF being read again, which takes its time
        return parse_report(done.source)
    return parse_report(read_document(path).text)
