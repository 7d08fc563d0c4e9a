"""The average of the weights over a run, which generalises better than the last ones."""

from __future__ import annotations

from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.model import SentenceClassifier

# The average of the weights is brought up to date at most so often in a run.
_UPDATES = 750
_DECAY = 0.99


class Averaging(TrainerCallback):
    """Keeps an exponential moving average of the weights.

    It begins when the rate has risen to its peak; its window is about a seventh of the run.
    """

    def __init__(self, model: SentenceClassifier, steps: int, warmup_steps: int) -> None:
        self._warmup_steps, self._every = warmup_steps, max(1, steps // _UPDATES)
        decay = max(0.0, min(_DECAY, 1 - 7 * self._every / steps))

        def mix(average: Tensor, weights: Tensor, _: Tensor | int) -> Tensor:
            return average.lerp_(weights, 1 - decay)

        self.average = AveragedModel(model, avg_fn=mix)

    def on_step_end(  # type: ignore[override]
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: SentenceClassifier,
        **kwargs: object,
    ) -> None:
        """Mix the weights in, once the rate is at its peak."""
        step = state.global_step
        if step >= self._warmup_steps and step % self._every == 0:
            self.average.update_parameters(model)
