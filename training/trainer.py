"""Fine-tuning itself: loss, optimiser, precision, and validation figures after every epoch."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from fazhi.encoding import Encoder
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import NO_ROLE, Collator, example_of, predict_logits, sentence_of
from training.config import TrainingConfig
from training.decision import Decision
from training.metrics import score
from training.model import SentenceClassifier

# The average of the weights is brought up to date at most so often in a run.
_AVERAGE_UPDATES = 750
_AVERAGE_DECAY = 0.99


def optimise(
    model: SentenceClassifier,
    encoder: Encoder,
    taxonomy: Taxonomy,
    config: TrainingConfig,
    training: list[Record],
    validation: list[Record],
) -> list[dict[str, Any]]:
    """Fine-tune `model` in place, to the average of its weights; returns the log, a dictionary an entry.

    `validation` may be empty; then the log has no figures of quality.
    """
    dataset = Dataset.from_list([example_of(record, taxonomy) for record in training])
    # Most pieces are rare in a small corpus; moving only the frequent ones would part them from the rest.
    model.encoder.get_input_embeddings().weight.requires_grad_(False)
    steps = int(np.ceil(len(dataset) / config.batch_size) * config.epochs)
    averaging = _Averaging(model, steps, int(steps * config.warmup_ratio))
    on_cpu = not torch.cuda.is_available()
    arguments = TrainingArguments(
        output_dir=str(Path(config.output).with_name("checkpoints")),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        lr_scheduler_type="linear",
        warmup_steps=int(steps * config.warmup_ratio),
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        save_strategy="no",
        logging_steps=max(1, steps // 50),
        report_to="none",
        seed=config.seed,
        use_cpu=on_cpu,
        bf16=_has_fast_bf16(on_cpu),
        dataloader_pin_memory=not on_cpu,
    )
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=dataset,
        data_collator=Collator(
            encoder, config.heading_dropout, config.noise, random.Random(config.seed)
        ),
        callbacks=[averaging, _ValidationLog(averaging.average, encoder, taxonomy, validation)],
        optimizers=(_optimizer(model, config), None),
    )
    trainer.train()
    model.load_state_dict(averaging.average.module.state_dict())
    model.eval()
    model.to("cpu")
    return trainer.state.log_history


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


def evaluate_model(
    model: SentenceClassifier,
    encoder: Encoder,
    taxonomy: Taxonomy,
    decision: Decision,
    units: list[Record],
) -> dict[str, Any]:
    """Metrics of the torch model over body units."""
    logits = predict_logits(model, encoder, [sentence_of(unit) for unit in units])
    probabilities = 1 / (1 + np.exp(-logits.topics / decision.topic_temperature))
    labels = [
        [taxonomy.label_ids[j] for j in np.flatnonzero(row >= decision.threshold)]
        for row in probabilities
    ]
    roles = [taxonomy.role_ids[j] for j in logits.roles.argmax(axis=1)]
    return score(units, labels, roles, taxonomy)


class _Trainer(Trainer):
    """`transformers.Trainer` with the joint loss of topics and role."""

    def compute_loss(  # type: ignore[override]
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Tensor | tuple[Tensor, Any]:
        topics, role = inputs.pop("topics"), inputs.pop("role")
        topic_logits, role_logits = model(**inputs)
        loss = nn.functional.binary_cross_entropy_with_logits(
            topic_logits.float(), topics, reduction="none"
        )
        total = loss.sum(
            dim=1
        ).mean()  # summed over labels: a sentence weighs what its labels weigh
        if (role != NO_ROLE).any():
            total = total + nn.functional.cross_entropy(
                role_logits.float(), role, ignore_index=NO_ROLE
            )
        return (total, (topic_logits, role_logits)) if return_outputs else total


class _Averaging(TrainerCallback):
    """Keeps an exponential moving average of the weights, which generalises better than the last ones.

    It begins when the rate has risen to its peak; its window is about a seventh of the run.
    """

    def __init__(self, model: SentenceClassifier, steps: int, warmup_steps: int) -> None:
        self._warmup_steps, self._every = warmup_steps, max(1, steps // _AVERAGE_UPDATES)
        decay = max(0.0, min(_AVERAGE_DECAY, 1 - 7 * self._every / steps))

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
        step = state.global_step
        if step >= self._warmup_steps and step % self._every == 0:
            self.average.update_parameters(model)


class _ValidationLog(TrainerCallback):
    """Adds validation figures of the averaged weights to the log after every epoch."""

    def __init__(
        self, average: AveragedModel, encoder: Encoder, taxonomy: Taxonomy, units: list[Record]
    ) -> None:
        self._average, self._units = average, units
        self._encoder, self._taxonomy = encoder, taxonomy

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        if not self._units:
            return
        metrics = evaluate_model(
            cast(SentenceClassifier, self._average.module),
            self._encoder,
            self._taxonomy,
            Decision(1.0, 1.0, 0.5),
            self._units,
        )
        figures = {f"validation_{k}": metrics[k] for k in ("micro_f1", "macro_f1", "role_accuracy")}
        state.log_history.append({"epoch": state.epoch, "step": state.global_step, **figures})
        print(f"epoch {state.epoch:.0f}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
