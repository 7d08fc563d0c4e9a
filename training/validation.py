"""Validation while training: figures of the averaged weights, the best kept, an early stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from fazhi.encoding import Encoder
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.averaging import Averaging
from training.batches import predict_logits, sentence_of
from training.decision import Decision
from training.evaluation.metrics import measure, truth_of
from training.loss import joint_loss
from training.model import SentenceClassifier

# F1 on a thousand units isn't known better than this. Of weights that are as good the later ones are
# kept: they were learnt at a lower rate, and the best of several noisy figures is the luckiest.
_NOISE = 0.003


@dataclass(frozen=True)
class Schedule:
    """When validation is measured: `per_epoch` times an epoch of `epoch_steps`, and after `steps` in all."""

    epoch_steps: int
    per_epoch: int
    steps: int

    def is_due(self, step: int) -> bool:
        """Whether a part of the epoch ends with `step`."""
        parts = [at * self.per_epoch // self.epoch_steps for at in (step - 1, step)]
        return parts[1] > parts[0] or step == self.steps


@dataclass
class Standing:
    """Where validation stands; `best_f1` is the mean of micro and macro F1.

    A miss is an evaluation that betters neither F1 nor loss: F1 stays at zero while a head wakes up,
    and loss rises while a model that is right grows surer. `misses` counts those in a row.
    """

    best_f1: float = float("-inf")
    best_loss: float = float("inf")
    misses: int = 0
    kept_step: int = 0


class Validation(TrainerCallback):
    """Measures when it is due; stops after `patience` misses in a row (0: never).

    `measure` gives the figures of a model, among them `loss`, `micro_f1` and `macro_f1`. `kept` holds the
    best averaged weights, nothing before the first evaluation.
    """

    def __init__(
        self,
        averaging: Averaging,
        measure: Callable[[SentenceClassifier], dict[str, float]],
        schedule: Schedule,
        patience: int,
    ) -> None:
        self._averaging, self._measure = averaging, measure
        self._schedule, self._patience = schedule, patience
        self.standing = Standing()
        self.kept: dict[str, Tensor] = {}

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Measure, when it is time to."""
        if not self._schedule.is_due(state.global_step):
            return
        figures = self._measure(cast(SentenceClassifier, self._averaging.average.module))
        state.log_history.append(
            {
                "epoch": state.epoch,
                "step": state.global_step,
                **{f"validation_{name}": figure for name, figure in figures.items()},
            }
        )
        self._keep(figures, state.global_step)
        if self.has_stopped():
            control.should_training_stop = True

    def has_stopped(self) -> bool:
        """Whether the figures have ceased to improve."""
        return 0 < self._patience <= self.standing.misses

    def state(self) -> dict[str, Any]:
        """Where it stands, JSON-ready; the weights are in `kept`."""
        return asdict(self.standing)

    def resume(self, state: dict[str, Any], kept: dict[str, Tensor]) -> None:
        """Go on from what `state` and `kept` were."""
        self.standing, self.kept = Standing(**state), kept

    def _keep(self, figures: dict[str, float], step: int) -> None:
        standing = self.standing
        f1, loss = (figures["micro_f1"] + figures["macro_f1"]) / 2, figures["loss"]
        if f1 >= standing.best_f1 - _NOISE:
            weights = self._averaging.average.module.state_dict()
            self.kept = {name: tensor.detach().clone() for name, tensor in weights.items()}
            standing.kept_step = step
        better = f1 > standing.best_f1 or loss < standing.best_loss
        standing.misses = 0 if better else standing.misses + 1
        standing.best_f1 = max(standing.best_f1, f1)
        standing.best_loss = min(standing.best_loss, loss)


def validation_figures(
    encoder: Encoder, taxonomy: Taxonomy, units: list[Record]
) -> Callable[[SentenceClassifier], dict[str, float]]:
    """What validation shows of a model: its loss, and figures at a threshold of one half."""
    topics = torch.from_numpy(truth_of(units, taxonomy)).float()
    roles = torch.tensor([[float(r == unit.role) for r in taxonomy.role_ids] for unit in units])
    neutral = Decision.neutral(taxonomy)

    def figures_of(model: SentenceClassifier) -> dict[str, float]:
        logits = predict_logits(model, encoder, [sentence_of(unit) for unit in units])
        got = torch.from_numpy(logits.topics), torch.from_numpy(logits.roles)
        metrics = measure(units, neutral.answers(logits, units, taxonomy), taxonomy)
        figures = {name: metrics[name] for name in ("micro_f1", "macro_f1", "role_accuracy")}
        return {"loss": round(float(joint_loss(*got, topics, roles)), 4), **figures}

    return figures_of
