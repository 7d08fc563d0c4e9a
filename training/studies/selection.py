"""What `make annotate-export`'s choice is worth: units chosen by it against units drawn by chance.

A model of TF-IDF and logistic regression learns from a few reports of the training split, chooses
units among the others, learns again with their labels, and is measured on the test split. Run it as
`python -m training.studies.selection --data data/corpus`; minutes on two cores.

Measured with the defaults (test split; mean of five seeds, deviation at most 0.012): known alone micro F1
0.628 and macro F1 0.625, with 300 units by chance 0.720 and 0.718, with 300 chosen ones 0.739 and 0.742; roles
are no better (0.949 by chance, 0.947 chosen).
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from fazhi.encoding import read_headings
from fazhi.errors import FazhiError
from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.selection import ROLE, choose, label_uncertainty, role_uncertainty
from training.batches import body_units
from training.corpus import load_corpus, report_of
from training.evaluation.metrics import Answers, label_matrix, measure, role_indices

_FIGURES = ("micro_f1", "macro_f1", "none_f1", "role_accuracy")
_THRESHOLD = 0.5


class _Model:
    """Linear models of topics and roles over character 1–3-grams of headings and sentence."""

    def __init__(self, units: Sequence[Record], taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        features = self.vectorizer.fit_transform([_text(unit) for unit in units])
        self.topics = OneVsRestClassifier(_regression())
        with warnings.catch_warnings():
            # A label that few reports lack altogether is never given; the scores say so.
            warnings.filterwarnings("ignore", message="Label .* is present in all")
            truth = label_matrix([unit.labels or () for unit in units], taxonomy)
            self.topics.fit(features, truth.astype(int))
        self.roles = OneVsRestClassifier(_regression())
        self.roles.fit(features, [unit.role for unit in units])

    def scores(self, units: Sequence[Record]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities: (units, labels) and (units, roles learnt)."""
        features = self.vectorizer.transform([_text(unit) for unit in units])
        return self.topics.predict_proba(features), self.roles.predict_proba(features)

    def measure(self, units: Sequence[Record]) -> dict[str, float]:
        """The figures of `_FIGURES`."""
        topics, roles = self.scores(units)
        given = [str(self.roles.classes_[j]) for j in roles.argmax(axis=1)]
        answers = Answers(topics >= _THRESHOLD, role_indices(given, self.taxonomy))
        metrics = measure(units, answers, self.taxonomy)
        return {figure: metrics[figure] for figure in _FIGURES}


def _regression() -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", C=10, solver="liblinear")


def _text(unit: Record) -> str:
    return squeeze(normalize("\n".join([*read_headings(unit.heading_path), unit.text])).text)


def compare(
    pool: Sequence[Record],
    test: Sequence[Record],
    taxonomy: Taxonomy,
    n_known: int,
    n_chosen: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Figures of learning from the known units alone, with units drawn by chance, and with chosen ones.

    Known are the units of reports drawn with `seed`, at least `n_known` of them.
    """
    rng = random.Random(seed)
    reports = sorted({report_of(unit) for unit in pool})
    rng.shuffle(reports)
    known: list[Record] = []
    for report in reports:
        if len(known) < n_known:
            known += [unit for unit in pool if report_of(unit) == report]
    ids = {unit.id for unit in known}
    rest = [unit for unit in pool if unit.id not in ids]
    model = _Model(known, taxonomy)
    topics, roles = model.scores(rest)
    unsure = label_uncertainty(topics, np.full(topics.shape[1], _THRESHOLD))
    reasons = {
        **dict(zip(taxonomy.label_ids, unsure.T, strict=True)),
        ROLE: role_uncertainty(roles / roles.sum(axis=1, keepdims=True)),
    }
    chosen = [rest[choice.unit] for choice in choose(rest, reasons, n_chosen)]
    drawn = rng.sample(rest, min(n_chosen, len(rest)))
    return {
        "known": model.measure(test),
        "by chance": _Model([*known, *drawn], taxonomy).measure(test),
        "chosen": _Model([*known, *chosen], taxonomy).measure(test),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus")
    parser.add_argument("--taxonomy", type=Path, default=Path("data/taxonomy.yaml"), help="labels")
    parser.add_argument("--known", type=int, default=600, help="units labelled beforehand, about")
    parser.add_argument("--chosen", type=int, default=300, help="units to choose")
    parser.add_argument("--seeds", type=int, default=5, help="repetitions")
    arguments = parser.parse_args()
    try:
        taxonomy = Taxonomy.from_file(arguments.taxonomy)
        corpus = load_corpus(arguments.data, taxonomy)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    pool, test = (body_units(corpus.records_of(split)) for split in ("train", "test"))
    sizes = arguments.known, arguments.chosen
    runs = [compare(pool, test, taxonomy, *sizes, seed) for seed in range(arguments.seeds)]
    title = f"about {arguments.known} known, {arguments.chosen} chosen, {arguments.seeds} seeds"
    table = Table("learnt from", *_FIGURES, title=title)
    for name in runs[0]:
        values = [[run[name][figure] for run in runs] for figure in _FIGURES]
        table.add_row(name, *(f"{np.mean(v):.3f} ± {np.std(v):.3f}" for v in values))
    Console().print(table)


if __name__ == "__main__":
    main()
