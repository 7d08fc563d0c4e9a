"""Checkpoints of an unfinished run, and whether one may go on from them.

fingerprint.json            what goes into the run, by name; another run starts anew
checkpoints/checkpoint-N/   weights, optimiser, rate and random state, as `transformers` saves them
    average.safetensors     the averaged weights
    kept.safetensors        the best of them so far
    progress.json           where validation and clock stand; written last: without it, it isn't complete
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from training.averaging import Averaging
from training.progress import Clock
from training.validation import Schedule, Validation

FOLDER = "checkpoints"
_FINGERPRINT = "fingerprint.json"
_AVERAGE, _KEPT, _PROGRESS = "average.safetensors", "kept.safetensors", "progress.json"


class Checkpoints(TrainerCallback):
    """Saves into `work` whenever validation has been measured; one checkpoint stays on disk."""

    def __init__(
        self,
        work: Path,
        schedule: Schedule,
        averaging: Averaging,
        validation: Validation,
        clock: Clock,
    ) -> None:
        self._work, self._schedule = work, schedule
        self._averaging, self._validation, self._clock = averaging, validation, clock

    def resume(self) -> Path | None:
        """Set averages, validation and clock to the last checkpoint and return it; None without one."""
        folder = last_checkpoint(self._work)
        if folder is None:
            return None
        progress = json.loads((folder / _PROGRESS).read_text(encoding="utf-8"))
        self._averaging.average.load_state_dict(load_file(folder / _AVERAGE))
        self._validation.resume(progress["validation"], load_file(folder / _KEPT))
        self._clock.resume(progress["clock"])
        return folder

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Ask for a checkpoint, when it is time to."""
        if self._schedule.is_due(state.global_step):
            control.should_save = True

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Add what `transformers` knows nothing of, then remove older checkpoints."""
        folder = self._work / FOLDER / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        save_file(self._averaging.average.state_dict(), folder / _AVERAGE)
        save_file(self._validation.kept, folder / _KEPT)
        progress = {"validation": self._validation.state(), "clock": self._clock.state()}
        _write_whole(folder / _PROGRESS, progress)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other)


def last_checkpoint(work: Path) -> Path | None:
    """The complete checkpoint of an unfinished run that is furthest on, if any."""
    complete = [file.parent for file in (work / FOLDER).glob(f"*/{_PROGRESS}")]
    return max(complete, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


def keep_if_same_run(work: Path, fingerprint: dict[str, Any]) -> None:
    """Empty the folder of an unfinished run unless the same goes into this one; says so if it costs a checkpoint."""
    path = work / _FINGERPRINT
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    checkpoint = last_checkpoint(work)
    differing = [name for name in before | fingerprint if before.get(name) != fingerprint.get(name)]
    if differing and checkpoint:
        print(
            f"{work}: {checkpoint.name} is of a run with other {', '.join(differing)}; starting anew"
        )
    if differing:
        for name in (FOLDER, _FINGERPRINT):
            target = work / name
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    _write_whole(path, fingerprint)


def discard(work: Path) -> None:
    """Remove what only an unfinished run needs."""
    shutil.rmtree(work / FOLDER, ignore_errors=True)
    (work / _FINGERPRINT).unlink(missing_ok=True)


def _write_whole(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)
