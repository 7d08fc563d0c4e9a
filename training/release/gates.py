"""What an int8 graph may lose against the fp32 model before a release is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fazhi.classifier import Logits
from fazhi.errors import ArtifactError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.decision import Decision
from training.evaluation.metrics import f1_score, truth_of

MAX_F1_LOSS = 0.003  # of micro F1 on the held-out units
MAX_FLIPS = 0.01  # share of (unit, label) decisions that may change
MAX_LOGIT_DIFFERENCE = 0.35  # mean over all topic logits; they span about 20


@dataclass(frozen=True)
class Agreement:
    """How far int8 answers are from fp32 ones on the same body units."""

    n_units: int
    micro_f1: float  # of int8
    f1_loss: float  # micro F1 of fp32 minus that of int8
    flips: float  # share of (unit, label) decisions that differ
    changed_units: float  # share of units with another label set
    mean_logit_difference: float


def agreement(
    expected: Logits,
    got: Logits,
    units: Sequence[Record],
    decision: Decision,
    taxonomy: Taxonomy,
) -> Agreement:
    """Compare the logits of the fp32 model with those of int8, a row each unit."""
    truth = truth_of(units, taxonomy)
    exact, rounded = (decision.answers(logits, units, taxonomy).given for logits in (expected, got))
    micro_f1 = f1_score(truth, rounded)
    return Agreement(
        n_units=len(units),
        micro_f1=round(micro_f1, 4),
        f1_loss=round(f1_score(truth, exact) - micro_f1, 5),
        flips=round(float((exact != rounded).mean()), 5),
        changed_units=round(float((exact != rounded).any(axis=1).mean()), 5),
        mean_logit_difference=round(float(np.abs(expected.topics - got.topics).mean()), 4),
    )


def check(found: Agreement) -> None:
    """Refuse what has lost too much.

    Raises:
        ArtifactError: names the first bound that is broken, and by how much.
    """
    for what, value, bound in (
        ("loses {} of micro F1", found.f1_loss, MAX_F1_LOSS),
        ("changes {} of the label decisions", found.flips, MAX_FLIPS),
    ):
        if not value <= bound:  # NaN is no answer
            raise ArtifactError(
                f"int8 {what.format(f'{value:.2%}')} of fp32 on {found.n_units} held-out units, "
                f"more than {bound:.2%}; train again, or compare schemes with make quantization-study"
            )
    if not found.mean_logit_difference <= MAX_LOGIT_DIFFERENCE:
        raise ArtifactError(
            f"int8 logits differ from fp32 by {found.mean_logit_difference:.3f} on average, more than "
            f"{MAX_LOGIT_DIFFERENCE}; train again, or compare schemes with make quantization-study"
        )
