"""What somebody who waits for a run sees of it, and how long it took."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class Clock:
    """Seconds of training, evaluations included, over all sessions of a run."""

    def __init__(self) -> None:
        self._start, self._before = time.monotonic(), 0.0
        self.sessions = 1

    def seconds(self) -> float:
        """Since the run began, without the time between its sessions."""
        return self._before + time.monotonic() - self._start

    def state(self) -> dict[str, Any]:
        """Where it stands, JSON-ready."""
        return {"seconds": round(self.seconds(), 1), "sessions": self.sessions}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what `state` was, in another session."""
        self._before, self.sessions = state["seconds"], state["sessions"] + 1


class ProgressBar(TrainerCallback):
    """A bar with loss, sentences a second and the time left; lines where there is no terminal."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._console = Console()
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps, {task.fields[figures]}, left"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._start, self._first_step, self._shown = 0.0, 0, 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Show the bar."""
        self._start, self._first_step = time.monotonic(), state.global_step
        self._shown = len(state.log_history)
        self._task = self._bar.add_task(
            "", total=state.max_steps, completed=state.global_step, figures="loss –"
        )
        self._bar.start()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Move the bar, and say what validation found."""
        self._bar.update(self._task, completed=state.global_step)
        for row in state.log_history[self._shown :]:
            if "validation_loss" in row:
                figures = {k.removeprefix("validation_"): row[k] for k in row if "validation_" in k}
                self._say(row, ", ".join(f"{name} {f:.3f}" for name, f in figures.items()))
        self._shown = len(state.log_history)

    def on_log(  # type: ignore[override]
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **kwargs: object,
    ) -> None:
        """Show loss and speed."""
        if "loss" not in logs:
            return
        done = state.global_step - self._first_step
        rate = done / (time.monotonic() - self._start)
        figures = f"loss {logs['loss']:.3f}, {rate * self._batch_size:.1f} sentences/s"
        self._bar.update(self._task, figures=figures)
        if not self._console.is_terminal:
            minutes = (state.max_steps - state.global_step) / rate / 60
            self._say(
                {"epoch": state.epoch, "step": state.global_step},
                f"{figures}, {minutes:.0f} min left",
            )

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Give the terminal back."""
        self.stop()

    def stop(self) -> None:
        """Give the terminal back."""
        self._bar.stop()

    def _say(self, row: dict[str, Any], text: str) -> None:
        self._console.print(
            f"epoch {row['epoch']:.1f}, step {row['step']}: {text}", highlight=False, soft_wrap=True
        )
