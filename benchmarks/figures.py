"""How well numbers are read: `python -m benchmarks.figures`, on the annotated ones of `data/figures`.

A figure is right where place, value, unit and measure are the annotated ones; its period, scope and
qualifier are counted apart, among the right ones. Sentences carry their annotated topics and roles,
so that only the reading of numbers is measured; a second row has those that a model gives them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fazhi.analysis import Figure
from fazhi.analysis.arithmetic import check_arithmetic
from fazhi.analysis.figures import read_figures
from fazhi.classifier import Classifier, Prediction
from fazhi.records import Record
from fazhi.tagging import TaggedUnit, tag_records

SPLITS = ("dev", "test", "fresh", "held")
WITH_CONTRADICTIONS = ("dev", "test")
_DETAILS = ("period", "scope", "approximate")


@dataclass(frozen=True)
class Sentence:
    """One annotated sentence; `figures` are rows as `data/figures/guideline.md` tells."""

    unit: TaggedUnit
    figures: list[dict[str, Any]]


@dataclass
class Score:
    """Counts of one run: by measure id, and details among the right ones."""

    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    details: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.right.total() / max(self.found.total(), 1) if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is annotated that was found."""
        return self.right.total() / max(self.wanted.total(), 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right.total() / max(self.found.total() + self.wanted.total(), 1)


def read_sentences(path: Path) -> list[Sentence]:
    """The annotated sentences of a file, with their annotated topics and roles."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Sentence(_tagged(row["id"], row["text"], row), row["figures"]) for row in rows]


def with_model(sentences: Sequence[Sentence], classifier: Classifier) -> list[Sentence]:
    """The same sentences with the topics and roles that a model gives them."""
    tagged = tag_records([sentence.unit.record for sentence in sentences], classifier)
    return [Sentence(unit, s.figures) for unit, s in zip(tagged, sentences, strict=True)]


def score_figures(sentences: Sequence[Sentence]) -> Score:
    """Read the numbers of sentences and hold them against the annotated ones."""
    score = Score()
    for sentence in sentences:
        found = {_key(vars(figure)): figure for figure in read_figures([sentence.unit])}
        wanted = {_key(row): row for row in sentence.figures}
        score.found.update(key[0] for key in found)
        score.wanted.update(key[0] for key in wanted)
        score.right.update(key[0] for key in found.keys() & wanted.keys())
        for key in found.keys() & wanted.keys():
            score.details.update(_details(found[key], wanted[key]))
        text = sentence.unit.record.text
        for sign, keys in (
            ("not so", found.keys() - wanted.keys()),
            ("missed", wanted.keys() - found.keys()),
        ):
            score.errors += [f"{sign}\t{m}\t{text[a:b]}\t{text}" for m, a, b, *_ in sorted(keys)]
    return score


def score_contradictions(path: Path, split: str) -> Score:
    """Check the arithmetic of the invented cases of one split; kinds stand in for measures."""
    score = Score()
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if row["split"] != split:
            continue
        row |= {"role": "achievement"}
        units = [
            _tagged(f"{row['id']}-{number}", text, row)
            for number, text in enumerate(row["sentences"])
        ]
        found = {(f.kind, f.stated, f.computed) for f in check_arithmetic(units)}
        true = row["contradiction"]
        wanted = {(true["kind"], float(true["stated"]), float(true["computed"]))} if true else set()
        score.found.update(kind for kind, *_ in found)
        score.wanted.update(kind for kind, *_ in wanted)
        score.right.update(kind for kind, *_ in found & wanted)
        if found != wanted:
            score.errors.append(f"{sorted(found)}\t{sorted(wanted)}\t{''.join(row['sentences'])}")
    return score


def report(data: Path, model: Path | None, errors: str | None) -> Iterator[str]:
    """The tables, line by line, in Markdown."""
    classifier = Classifier.from_pretrained(model) if model else None
    yield "| | topics from | numbers | precision | recall | F1 | period | scope | approximate |"
    yield "|---|---|---|---|---|---|---|---|---|"
    annotated: dict[str, Score] = {}
    for split in SPLITS:
        sentences = read_sentences(data / f"{split}.jsonl")
        annotated[split] = score_figures(sentences)
        yield _row(split, "annotation", annotated[split])
        if classifier:
            score = score_figures(with_model(sentences, classifier))
            yield _row(split, classifier.model_id, score)
    for split in WITH_CONTRADICTIONS:
        score = score_contradictions(data / "contradictions.jsonl", split)
        if split == errors:
            annotated[split].errors += score.errors
        yield _row(f"contradictions, {split}", "–", score, has_details=False)
    for split in SPLITS:
        yield from ("", f"| {split}: measure | annotated | found | right |", "|---|---|---|---|")
        score = annotated[split]
        for measure in sorted(score.wanted | score.found):
            counts = (score.wanted[measure], score.found[measure], score.right[measure])
            yield f"| {measure} | {' | '.join(map(str, counts))} |"
    if errors:
        yield from ("", *annotated[errors].errors)


def _tagged(id_: str, text: str, row: dict[str, Any]) -> TaggedUnit:
    record = Record(id_, text, "body", tuple(row["heading_path"]))
    return TaggedUnit(record, Prediction(tuple(row["labels"]), row["role"], {}, {}, 0, False))


def _key(row: dict[str, Any]) -> tuple[str, int, int, float, str]:
    return row["measure"], row["start"], row["end"], float(row["value"]), row["unit"]


def _details(figure: Figure, row: dict[str, Any]) -> list[str]:
    return [name for name in _DETAILS if getattr(figure, name) == row[name]]


def _row(name: str, labels: str, score: Score, *, has_details: bool = True) -> str:
    shares = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
    right = max(score.right.total(), 1)
    details = [f"{score.details[d] / right:.3f}" if has_details else "–" for d in _DETAILS]
    return f"| {name} | {labels} | {score.wanted.total()} | {' | '.join(shares + details)} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/figures"))
    parser.add_argument("--model", type=Path, help="model folder, for rows with its topics")
    parser.add_argument("--errors", choices=SPLITS, help="also list the errors of this split")
    arguments = parser.parse_args()
    for line in report(arguments.data, arguments.model, arguments.errors):
        print(line)


if __name__ == "__main__":
    main()
