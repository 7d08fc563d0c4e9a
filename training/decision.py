"""From logits to decisions: calibration and thresholds, chosen on reports that nothing was learnt from.

Of the calibrations of `training.scaling`, the simplest is kept whose log-loss out of fold is not
beyond chance above the best one's.

Measured on fazhi-small 0.3.1 (int8; validation split out of fold, then test split; bare logits have
0.0190 and 0.0260): log-loss 0.0139 and 0.0178 with one scale, 0.0138 and 0.0176 with an offset,
0.0135 and 0.0175 per label, 0.0200 and 0.0252 with isotonic regression per label. Expected calibration
error on the test split: 0.0036 before, 0.0014 to 0.0016 with the three, 0.0027 isotonic.

Thresholds per label without shrinkage lost 0.2 to 0.6 points of micro F1 against one half, out of
fold and on the test split alike: forty positives per label can't carry one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.model_selection import GroupKFold

from fazhi.artifact import Calibration
from fazhi.classifier import Logits
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import sentence_of
from training.corpus import report_of
from training.evaluation.metrics import Answers, f1_score, role_indices, truth_of
from training.scaling import METHODS, SCALES, Scaling, cell_losses

FOLDS = 5
_CHANCE = 3.0  # standard errors over reports

_GRID = np.round(np.arange(0.20, 0.801, 0.02), 2)
# Differences between two rules for the same units are known better than F1 itself.
_RULE_NOISE = 0.002
_FALLBACKS = np.round(np.arange(0.10, 0.501, 0.05), 2)
# Every label's counts are joined by those of all labels, scaled down to so many positives.
_PRIOR_POSITIVES = 300.0
# F1 isn't known better than this; within it, one half is the better guess for calibrated
# probabilities of other text.
_NOISE = 0.005


@dataclass(frozen=True)
class Decision:
    """How logits become scores, labels and a role; dictionaries are by label id.

    `method` names the calibration, `log_loss` what each had out of fold, per cell.
    """

    calibration: dict[str, Calibration]
    thresholds: dict[str, float]
    role_temperature: float
    fallback_threshold: float = 1.0
    method: str = "none"
    log_loss: dict[str, float] | None = None

    @classmethod
    def neutral(cls, taxonomy: Taxonomy) -> Decision:
        """Logits as they are, and one half."""
        ids = taxonomy.label_ids
        return cls(dict.fromkeys(ids, Calibration()), dict.fromkeys(ids, 0.5), 1.0)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Decision:
        """Read what `dataclasses.asdict` gave; raises KeyError or TypeError on anything else."""
        calibration = {label: Calibration(**row) for label, row in raw["calibration"].items()}
        return cls(**{**raw, "calibration": calibration})

    def probabilities(
        self, logits: Logits, taxonomy: Taxonomy
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Calibrated: topics (units, labels) and roles (units, roles)."""
        calibration = [self.calibration[label] for label in taxonomy.label_ids]
        scales, offsets = ([getattr(c, k) for c in calibration] for k in ("scale", "offset"))
        return (
            expit(logits.topics.astype(np.float64) * scales + offsets),
            softmax(logits.roles.astype(np.float64) / self.role_temperature, axis=1),
        )

    def answers(self, logits: Logits, units: Sequence[Record], taxonomy: Taxonomy) -> Answers:
        """What the model says of body units, a row of `logits` each; `fazhi.classifier` decides alike."""
        scores, role_scores = self.probabilities(logits, taxonomy)
        thresholds = np.array([self.thresholds[label] for label in taxonomy.label_ids])
        return Answers(
            given=give(scores, thresholds, self.fallback_threshold, _below_headings(units)),
            roles=logits.roles.argmax(axis=1),
            scores=scores,
            role_scores=role_scores,
        )


def choose_decision(logits: Logits, units: Sequence[Record], taxonomy: Taxonomy) -> Decision:
    """Calibration and thresholds from body units that the model hasn't learnt from.

    Thresholds are chosen on scores whose calibration hasn't seen the report: in up to `FOLDS` folds
    of whole reports. With one report there are no folds; then everything is taken from it.
    """
    topics = truth_of(units, taxonomy)
    roles = role_indices([unit.role or "" for unit in units], taxonomy)
    x = logits.topics.astype(np.float64)
    reports = np.unique([report_of(unit) for unit in units], return_inverse=True)[1]
    out_of_fold = {name: _out_of_fold(fit, x, topics, reports) for name, fit in METHODS.items()}
    losses = {name: _report_losses(z, topics, reports) for name, z in out_of_fold.items()}
    method = _simplest(losses)
    scales, offsets = METHODS[method](x, topics)
    scores = expit(out_of_fold[method])
    thresholds = choose_thresholds(scores, topics)
    temperature = minimize_scalar(
        lambda t: -float(np.mean(log_softmax(logits.roles / t, axis=1)[range(len(roles)), roles])),
        bounds=(1 / SCALES[1], 1 / SCALES[0]),
        method="bounded",
    ).x
    return Decision(
        calibration={
            label: Calibration(round(float(a), 4), round(float(b), 4))
            for label, a, b in zip(taxonomy.label_ids, scales, offsets, strict=True)
        },
        thresholds=dict(zip(taxonomy.label_ids, map(float, thresholds), strict=True)),
        role_temperature=round(float(temperature), 3),
        fallback_threshold=choose_fallback(scores, thresholds, topics, _below_headings(units)),
        method=method,
        log_loss={name: round(float(loss.sum() / topics.size), 6) for name, loss in losses.items()},
    )


def choose_thresholds(
    scores: NDArray[np.float64], topics: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """A threshold per label, drawn towards the common one: (labels,), from (units, labels) arrays.

    Of thresholds that are as good, the one nearest to one half is taken.
    """
    given = scores >= _GRID[:, None, None]  # (grid, units, labels)
    hits, taken = (given & topics).sum(axis=1), given.sum(axis=1)  # (grid, labels)
    positives = topics.sum(axis=0)
    share = _PRIOR_POSITIVES / max(1, positives.sum())
    f1 = (2 * (hits + share * hits.sum(axis=1, keepdims=True))) / np.maximum(
        taken + positives + share * (taken.sum(axis=1, keepdims=True) + positives.sum()), 1e-9
    )
    distance = np.where(f1 >= f1.max(axis=0) - _NOISE, np.abs(_GRID - 0.5)[:, None], np.inf)
    return np.asarray(_GRID[distance.argmin(axis=0)])


def give(
    scores: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    fallback: float,
    below_headings: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Labels at or above their threshold, else below headings the likeliest from `fallback`: (units, labels)."""
    given = scores >= thresholds
    guessed = below_headings & ~given.any(axis=1) & (scores.max(axis=1) >= fallback)
    given[guessed, scores[guessed].argmax(axis=1)] = True
    return given


def choose_fallback(
    scores: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    topics: NDArray[np.bool_],
    below_headings: NDArray[np.bool_],
) -> float:
    """From which probability the likeliest label is better than none, by micro F1.

    Of thresholds that are as good, the lowest is taken: a corpus has more sentences without a topic
    than reports have, since somebody saw to it that it has some.
    """
    f1 = [f1_score(topics, give(scores, thresholds, t, below_headings)) for t in _FALLBACKS]
    good = max(f1) - _RULE_NOISE
    return next(float(t) for t, score in zip(_FALLBACKS, f1, strict=True) if score >= good)


def _below_headings(units: Sequence[Record]) -> NDArray[np.bool_]:
    return np.array([bool(sentence_of(unit).heading_path) for unit in units])


def _out_of_fold(
    fit: Scaling, x: NDArray[np.float64], topics: NDArray[np.bool_], reports: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-odds (units, labels) by calibrations that haven't seen the unit's report."""
    folds = min(FOLDS, int(reports.max()) + 1)
    everything = np.arange(len(x))
    splits = GroupKFold(folds).split(x, groups=reports) if folds > 1 else [(everything, everything)]
    found = np.zeros_like(x)
    for seen, unseen in splits:
        scales, offsets = fit(x[seen], topics[seen])
        found[unseen] = x[unseen] * scales + offsets
    return found


def _report_losses(
    z: NDArray[np.float64], topics: NDArray[np.bool_], reports: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-loss summed by report: (reports,)."""
    return np.asarray(np.bincount(reports, cell_losses(z, topics).sum(axis=1)), np.float64)


def _simplest(losses: Mapping[str, NDArray[np.float64]]) -> str:
    """The first method whose loss is within chance of the least one's."""
    best = min(losses.values(), key=lambda loss: float(loss.sum()))
    for name, loss in losses.items():
        excess = loss - best
        if len(excess) < 2 or excess.sum() <= _CHANCE * excess.std(ddof=1) * len(excess) ** 0.5:
            return name
    raise AssertionError("the best method is within chance of itself")
