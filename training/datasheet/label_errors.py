"""`make label-errors`: the units whose labels a model that never saw them finds least likely.

Folds are made of issuing bodies; each is predicted by a model fine-tuned on the others. Topics are
ranked by cleanlab's multi-label score (Thyagarajan et al., “Identifying Incorrect Annotations in
Multi-Label Classification Data”, 2022), roles by their own probability.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cleanlab.multilabel_classification import get_label_quality_scores
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.model_selection import GroupKFold

from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.base_encoder import save_tokenizer
from training.batches import body_units, learnable, predict_logits, sentence_of
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.evaluation.metrics import label_matrix
from training.fit import fine_tune
from training.run_folder import TOKENIZER, load_encoder

_COLUMNS = (
    "id",
    "quality",
    "labels",
    "suggested_labels",
    "role",
    "suggested_role",
    "heading_path",
    "text",
)


@dataclass(frozen=True)
class OutOfFold:
    """Body units, and the probabilities that models gave them which had not seen them."""

    units: list[Record]
    topics: NDArray[np.float64]  # (units, labels)
    roles: NDArray[np.float64]  # (units, roles)


def out_of_fold(
    config: TrainingConfig, corpus: Corpus, taxonomy: Taxonomy, folds: int
) -> OutOfFold:
    """Fine-tune `folds` models, each without one part of the issuing bodies, and predict that part.

    Raises:
        FazhiError: fewer issuing bodies than folds, or the base model can't be loaded.
    """
    units = learnable(corpus.records)
    issuers = [corpus.issuer_of(unit) for unit in units]
    if len(set(issuers)) < folds:
        raise RecordError(
            f"{', '.join(config.data)}: {folds} folds need reports of as many issuing bodies"
        )
    found, topics, roles = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        save_tokenizer(config.base_model, Path(folder) / TOKENIZER)
        encoder = load_encoder(Path(folder) / TOKENIZER, config.max_length_tokens)
        splitter = GroupKFold(folds, shuffle=True, random_state=config.seed)
        for number, (seen, unseen) in enumerate(splitter.split(units, groups=issuers), 1):
            print(f"fold {number} of {folds}")
            model, _ = fine_tune(config, taxonomy, encoder, [units[i] for i in seen], [])
            held_out = body_units([units[i] for i in unseen])
            logits = predict_logits(model, encoder, [sentence_of(unit) for unit in held_out])
            found += held_out
            topics.append(expit(logits.topics))
            roles.append(softmax(logits.roles, axis=1))
    return OutOfFold(found, np.concatenate(topics), np.concatenate(roles))


def quality(predicted: OutOfFold, taxonomy: Taxonomy) -> NDArray[np.float64]:
    """How likely labels and role of each unit are right, in [0, 1]: (units,)."""
    truth = label_matrix([unit.labels or () for unit in predicted.units], taxonomy)
    labels = [np.flatnonzero(row).tolist() for row in truth]
    scores: NDArray[np.float64] = get_label_quality_scores(labels, predicted.topics)
    given = [taxonomy.role_ids.index(unit.role or "") for unit in predicted.units]
    return np.minimum(scores, predicted.roles[np.arange(len(given)), given])


def write_suspects(
    path: Path, predicted: OutOfFold, taxonomy: Taxonomy, share: float
) -> Sequence[str]:
    """Write the worst `share` of the units as a table, worst first; returns their ids."""
    scores = quality(predicted, taxonomy)
    worst = np.argsort(scores, kind="stable")[: int(np.ceil(share * len(scores)))]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for i in worst:
            unit = predicted.units[i]
            suggested = [taxonomy.label_ids[j] for j in np.flatnonzero(predicted.topics[i] >= 0.5)]
            writer.writerow(
                (
                    unit.id,
                    f"{scores[i]:.4f}",
                    " ".join(unit.labels or ()),
                    " ".join(suggested),
                    unit.role,
                    taxonomy.role_ids[int(predicted.roles[i].argmax())],
                    " / ".join(unit.heading_path),
                    unit.text,
                )
            )
    return [predicted.units[i].id for i in worst]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base_model", required=True, help="encoder to fine-tune")
    parser.add_argument("--data", nargs="+", required=True, help="corpus")
    parser.add_argument("--taxonomy", default="data/taxonomy.yaml", help="labels")
    parser.add_argument("--output", type=Path, required=True, help="CSV table to write")
    parser.add_argument("--folds", type=int, default=2, help="models to fine-tune")
    parser.add_argument("--epochs", type=float, default=2.0, help="passes of each")
    parser.add_argument("--share", type=float, default=0.03, help="share of the units to list")
    arguments = parser.parse_args()
    config = TrainingConfig(
        base_model=arguments.base_model,
        data=arguments.data,
        taxonomy=arguments.taxonomy,
        epochs=arguments.epochs,
    )
    try:
        taxonomy = Taxonomy.from_file(config.taxonomy)
        corpus = load_corpus([Path(path) for path in config.data], taxonomy)
        predicted = out_of_fold(config, corpus, taxonomy, arguments.folds)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    listed = write_suspects(arguments.output, predicted, taxonomy, arguments.share)
    print(f"{len(listed)} of {len(predicted.units)} units to read again: {arguments.output}")


if __name__ == "__main__":
    main()
