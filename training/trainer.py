"""Fine-tuning itself: optimiser, precision, and what goes on beside the steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import Trainer, TrainerCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_callback import PrinterCallback

from fazhi.encoding import Encoder
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training import checkpoints
from training.averaging import Averaging
from training.batches import Collator
from training.checkpoints import Checkpoints
from training.config import TrainingConfig
from training.loss import joint_loss
from training.model import SentenceClassifier
from training.order import EpochCounter, EpochOrder
from training.progress import Clock, ProgressBar
from training.tensorboard import TensorBoard
from training.validation import Schedule, Validation, validation_figures


def optimise(
    model: SentenceClassifier,
    encoder: Encoder,
    taxonomy: Taxonomy,
    config: TrainingConfig,
    examples: list[dict[str, Any]],
    validation: list[Record],
    work: Path | None = None,
) -> list[dict[str, Any]]:
    """Fine-tune `model` in place, to the best average of its weights; returns the log, a dictionary an entry.

    `examples` are rows as `example_of` makes them. `validation` may be empty; then the log has no
    figures of quality, training doesn't stop early and the last average is the best. With both a folder
    `work` and `validation`, checkpoints are written there, and training goes on from the last one that
    stands there.
    """
    dataset = Dataset.from_list([{**row, "number": i} for i, row in enumerate(examples)])
    # Most pieces are rare in a small corpus; moving only the frequent ones would part them from the rest.
    model.encoder.get_input_embeddings().weight.requires_grad_(False)
    epoch_steps = int(np.ceil(len(dataset) / config.batch_size))
    steps = int(np.ceil(epoch_steps * config.epochs))
    arguments = _arguments(config, steps, work)
    model.to(arguments.device)  # the average follows
    averaging = Averaging(model, steps, int(steps * config.warmup_ratio))
    clock, bar = Clock(), ProgressBar(config.batch_size)
    order = EpochOrder(dataset["length"], config.batch_size, config.seed)
    collator = Collator(encoder, config.heading_dropout, config.noise, config.seed)
    callbacks: list[TrainerCallback] = [EpochCounter(order, collator), averaging]
    schedule = Schedule(epoch_steps, config.evaluations_per_epoch, steps)
    figures = validation_figures(encoder, taxonomy, validation)
    watch = Validation(averaging, figures, schedule, config.patience)
    callbacks += [watch, bar] if validation else [bar]
    resumed = None
    if work and validation:
        saving = Checkpoints(work, schedule, averaging, watch, clock)
        resumed = saving.resume()
        callbacks += [TensorBoard(work / "tensorboard"), saving]
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=dataset,
        data_collator=collator,
        callbacks=callbacks,
        optimizers=(_optimizer(model, config), None),
    )
    trainer.order = order
    trainer.remove_callback(PrinterCallback)  # the bar says it
    log = _run(trainer, bar, watch, resumed)
    model.load_state_dict(watch.kept or averaging.average.module.state_dict())
    model.eval()
    model.to("cpu")
    last = log[-1]
    return [
        *log,
        {
            "epoch": last["epoch"],
            "step": last["step"],
            "kept_step": watch.standing.kept_step or last["step"],
            "training_seconds": round(clock.seconds(), 1),
            "sentences_per_second": round(last["epoch"] * len(dataset) / clock.seconds(), 2),
            "sessions": clock.sessions,
        },
    ]


def _arguments(config: TrainingConfig, steps: int, work: Path | None) -> TrainingArguments:
    on_cpu = not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str((work or Path(config.output)) / checkpoints.FOLDER),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        lr_scheduler_type="linear",
        warmup_steps=int(steps * config.warmup_ratio),
        max_grad_norm=1.0,
        remove_unused_columns=False,
        save_strategy="no",  # `Checkpoints` says when
        logging_steps=max(1, steps // 50),
        disable_tqdm=True,
        report_to="none",
        seed=config.seed,
        use_cpu=on_cpu,
        bf16=_has_fast_bf16(on_cpu),
        dataloader_pin_memory=not on_cpu,
    )


def _run(
    trainer: _Trainer, bar: ProgressBar, watch: Validation, resumed: Path | None
) -> list[dict[str, Any]]:
    """Train to the end and return the log."""
    if resumed:
        print(f"goes on from {resumed}")
    if resumed and watch.has_stopped():
        trainer.state = TrainerState.load_from_json(str(resumed / TRAINER_STATE_NAME))
    else:
        try:
            trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
        finally:
            bar.stop()
    # The last row of `transformers` counts this session only.
    return [row for row in trainer.state.log_history if "train_runtime" not in row]


def _optimizer(model: SentenceClassifier, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW: the new head learns faster than the encoder; vectors (biases, norms) don't decay."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = config.head_learning_rate if name.startswith("head.") else config.learning_rate
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
        fused=True,
    )


def _has_fast_bf16(on_cpu: bool) -> bool:
    """bf16 where the hardware multiplies it: recent GPUs, and CPUs with AMX."""
    if not on_cpu:
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported())


class _Trainer(Trainer):
    """`transformers.Trainer` with the joint loss of topics and role, and an order of its own."""

    order: EpochOrder

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:  # noqa: ANN401
        return self.order

    def compute_loss(  # type: ignore[override]
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, Any]:
        topics, role = inputs.pop("topics"), inputs.pop("role")
        topic_logits, role_logits = model(**inputs)
        loss = joint_loss(topic_logits.float(), role_logits.float(), topics, role)
        return (loss, (topic_logits, role_logits)) if return_outputs else loss
