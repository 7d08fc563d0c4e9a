"""Two answers to beat: always the commonest, and a linear model over character n-grams."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from fazhi.encoding import Sentence, read_headings
from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import learnable, sentence_of
from training.metrics import label_matrix, score


def majority(train: Sequence[Record], test: Sequence[Record], taxonomy: Taxonomy) -> dict[str, Any]:
    """Metrics of giving every unit the commonest label set and role of the training split."""
    body = [record for record in train if record.kind == "body"]
    labels, _ = Counter(tuple(sorted(r.labels or ())) for r in body).most_common(1)[0]
    role, _ = Counter(r.role or "" for r in body).most_common(1)[0]
    return score(test, [labels] * len(test), [role] * len(test), taxonomy)


def tfidf_svm(
    train: Sequence[Record], test: Sequence[Record], taxonomy: Taxonomy, seed: int
) -> dict[str, Any]:
    """Metrics of linear support vector machines over TF-IDF of character 1–3-grams.

    They see what the model sees: the sentence, and the headings that are read with it.
    """
    units = learnable(train)
    body = [record for record in units if record.kind == "body"]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([_text(record) for record in units])
    topics = OneVsRestClassifier(LinearSVC(class_weight="balanced", random_state=seed))
    with warnings.catch_warnings():
        # A label that the training split lacks is never given; its F1 says so.
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        topics.fit(features, label_matrix([r.labels or () for r in units], taxonomy).astype(int))
    roles = LinearSVC(class_weight="balanced", random_state=seed)
    roles.fit(vectorizer.transform([_text(r) for r in body]), [r.role for r in body])
    test_features = vectorizer.transform([_text(record) for record in test])
    labels = [
        [taxonomy.label_ids[j] for j in np.flatnonzero(row)]
        for row in np.asarray(topics.predict(test_features))
    ]
    return score(test, labels, [str(role) for role in roles.predict(test_features)], taxonomy)


def _text(record: Record) -> str:
    sentence: Sentence = sentence_of(record)
    return squeeze(
        normalize("\n".join([*read_headings(sentence.heading_path), sentence.text])).text
    )
