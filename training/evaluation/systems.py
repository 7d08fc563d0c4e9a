"""What each system says of body units: a model folder, run folders, and the baselines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from fazhi.errors import FazhiError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.keyword_rules import KeywordRules
from training.batches import learnable, sentence_of
from training.corpus import Corpus
from training.evaluation.baselines import logistic_regression, majority, tfidf_svm
from training.evaluation.frozen import FrozenEncoder
from training.evaluation.metrics import Answers
from training.evaluation.models import Model

# Folder beside runs and tables that keeps the vectors of the frozen encoder.
VECTORS = "vectors"

_RULES = Path(__file__).parents[2] / "data" / "keyword-rules.yaml"


def all_answers(
    model: Model,
    runs: Sequence[Model],
    corpus: Corpus,
    units: Sequence[Record],
    base_model: str,
    cache: Path,
) -> dict[str, list[Answers]]:
    """The systems of the comparison table, from the simplest to the model folder."""
    answers = baseline_answers(corpus, units, model.taxonomy, base_model, cache)
    if runs:
        answers["fine-tuned fp32"] = [run.answers(units) for run in runs]
    answers[model.name] = [model.answers(units)]
    return answers


def baseline_answers(
    corpus: Corpus, units: Sequence[Record], taxonomy: Taxonomy, base_model: str, cache: Path
) -> dict[str, list[Answers]]:
    """What the systems say that learn from the train split in a minute or two, by name.

    The base encoder reads the train split once; `cache` keeps its vectors. Where there is none, it is
    left out, and standard error says so.
    """
    train = corpus.records_of("train")
    answers = {
        "majority": [majority(train, units, taxonomy)],
        "keyword rules": [_by_keywords(units, taxonomy)],
        "TF-IDF + linear SVM": [tfidf_svm(train, units, taxonomy, seed=0)],
    }
    try:
        encoder = FrozenEncoder(base_model, cache)
    except FazhiError as error:
        print(f"left out, the frozen base encoder: {error}", file=sys.stderr)
        return answers
    vectors, seen = (
        encoder.vectors([sentence_of(record) for record in records])
        for records in (learnable(train), units)
    )
    answers["frozen encoder + logistic regression"] = [
        logistic_regression(train, vectors, seen, taxonomy)
    ]
    return answers


def _by_keywords(units: Sequence[Record], taxonomy: Taxonomy) -> Answers:
    """Rules written from the guideline; they have learnt nothing."""
    rules = KeywordRules.from_file(_RULES).for_taxonomy(taxonomy)
    labels, roles = zip(*rules.predict([sentence_of(unit) for unit in units]), strict=True)
    return Answers.of_names(labels, roles, taxonomy)
