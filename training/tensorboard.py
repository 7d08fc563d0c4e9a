"""The log of a run as TensorBoard reads it: `tensorboard --logdir` over the folders of runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_TAGS = {
    "loss": "training/loss",
    "learning_rate": "training/learning_rate",
    "grad_norm": "training/grad_norm",
}
_PREFIX = "validation_"


class TensorBoard(TrainerCallback):
    """Writes the log into `folder` as it grows.

    A resumed run writes it again from the start, so that no step that was lost stands in it twice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._written = folder, 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Open the file, and write what is already known."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._writer = SummaryWriter(logdir=str(self._folder))
        self._write(state.log_history)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Write what is new."""
        self._write(state.log_history)

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Write the rest and close."""
        self._write(state.log_history)
        self._writer.close()

    def _write(self, log: list[dict[str, Any]]) -> None:
        for row in log[self._written :]:
            for key, value in row.items():
                tag = _TAGS.get(key) or key.replace(_PREFIX, "validation/", 1)
                if key in _TAGS or key.startswith(_PREFIX):
                    self._writer.add_scalar(tag, value, row["step"])
            self._writer.flush()
        self._written = len(log)
