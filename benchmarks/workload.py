"""The sentences and reports that everything is measured on: those of the corpus's test split."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

from fazhi.encoding import Sentence
from fazhi.records import Record, read_records

REPORT_CHARACTERS = 4_000
_SEED = 0
_MAX_SENTENCES = 1_000
_SHORTEST_REPORT = 0.95  # of REPORT_CHARACTERS


@dataclass(frozen=True)
class Workload:
    """Distinct sentences with their headings, in random order, and whole reports as text."""

    sentences: tuple[Sentence, ...]
    reports: tuple[str, ...]

    @property
    def bare_sentences(self) -> tuple[Sentence, ...]:
        """The same without headings, which other servers can't be given."""
        return tuple(Sentence(sentence.text) for sentence in self.sentences)


def read_workload(data: Path) -> Workload:
    """Sample the test split of a corpus folder, always alike; lengths are as they are.

    Raises:
        RecordError: a file can't be read.
        ValueError: the split has no sentence, or no report of about `REPORT_CHARACTERS`.
    """
    with (data / "reports.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["report"] for row in csv.DictReader(file) if row["split"] == "test"]
    records_of = [read_records(data / f"{name}.jsonl") for name in names]
    body = {r.text: r for records in records_of for r in records if r.kind == "body"}
    chosen = random.Random(_SEED).sample(list(body.values()), min(len(body), _MAX_SENTENCES))
    reports = [text for records in records_of if (text := _report(records))]
    if not chosen or not reports:
        raise ValueError(
            f"{data}: the test split needs a sentence and a report of {REPORT_CHARACTERS} characters"
        )
    return Workload(tuple(Sentence(r.text, r.heading_path) for r in chosen), tuple(reports))


def _report(records: list[Record]) -> str | None:
    """The beginning of a report, one unit a line; None for a report that is too short."""
    lines: list[str] = []
    length = 0
    for record in records:
        length += len(record.text) + 1
        if length > REPORT_CHARACTERS:
            break
        lines.append(record.text)
    text = "\n".join(lines)
    return text if len(text) >= _SHORTEST_REPORT * REPORT_CHARACTERS else None
