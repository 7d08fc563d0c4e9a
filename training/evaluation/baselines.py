"""Answers to beat that need no training of an encoder: the commonest, and linear models."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from fazhi.encoding import Sentence, read_headings
from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units, learnable, sentence_of
from training.evaluation.metrics import Answers, role_indices, truth_of

# A choice, not tuned: stronger than the default of 1, for few units in many dimensions.
_INVERSE_REGULARISATION = 0.03


def majority(train: Sequence[Record], units: Sequence[Record], taxonomy: Taxonomy) -> Answers:
    """The commonest label set and role of the training units, for every unit."""
    body = body_units(train)
    labels, _ = Counter(tuple(sorted(r.labels or ())) for r in body).most_common(1)[0]
    role, _ = Counter(r.role or "" for r in body).most_common(1)[0]
    return Answers.of_names([labels] * len(units), [role] * len(units), taxonomy)


def tfidf_svm(
    train: Sequence[Record], units: Sequence[Record], taxonomy: Taxonomy, seed: int
) -> Answers:
    """Linear support vector machines over TF-IDF of character 1–3-grams.

    They see what the model sees: the sentence, and the headings that are read with it.
    """
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([_text(record) for record in learnable(train)])
    topics, roles = _fit(
        LinearSVC(class_weight="balanced", random_state=seed), features, train, taxonomy
    )
    seen = vectorizer.transform([_text(record) for record in units])
    return Answers(
        np.asarray(topics.predict(seen), dtype=bool),
        role_indices([str(role) for role in roles.predict(seen)], taxonomy),
    )


def logistic_regression(
    train: Sequence[Record],
    vectors: NDArray[np.float32],
    seen: NDArray[np.float32],
    taxonomy: Taxonomy,
) -> Answers:
    """Logistic regression over sentence vectors.

    `vectors` has a row for each of `learnable(train)`, `seen` for each unit to be answered.
    """
    topics, roles = _fit(
        make_pipeline(
            StandardScaler(), LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=1000)
        ),
        vectors,
        train,
        taxonomy,
    )
    scores = np.asarray(topics.predict_proba(seen), dtype=np.float64)
    role_scores = np.zeros((len(seen), len(taxonomy.roles)))  # a role may be absent from `train`
    role_scores[:, role_indices(list(roles.classes_), taxonomy)] = roles.predict_proba(seen)
    return Answers(scores >= 0.5, role_scores.argmax(axis=1), scores, role_scores)


def _fit(
    classifier: Any,  # noqa: ANN401 (scikit-learn has no types)
    features: Any,  # noqa: ANN401 (dense or sparse)
    train: Sequence[Record],
    taxonomy: Taxonomy,
) -> tuple[Any, Any]:
    """The classifier fitted to the topics of all units, and to the roles of the body units."""
    units = learnable(train)
    body = np.flatnonzero([record.kind == "body" for record in units])
    topics = OneVsRestClassifier(classifier)
    with warnings.catch_warnings():
        # A label that the training split lacks is never given; its F1 says so.
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        topics.fit(features, truth_of(units, taxonomy).astype(int))
    return topics, clone(classifier).fit(features[body], [units[i].role for i in body])


def _text(record: Record) -> str:
    sentence: Sentence = sentence_of(record)
    return squeeze(
        normalize("\n".join([*read_headings(sentence.heading_path), sentence.text])).text
    )
