"""`make train`: fine-tunes a BERT-like encoder on labelled units and writes a run folder."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from datasets import Dataset
from torch import Tensor, nn
from transformers import (
    AutoTokenizer,
    HfArgumentParser,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from fazhi.cpus import available_cpus
from fazhi.encoding import Encoder
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import (
    NO_ROLE,
    Collator,
    example_of,
    input_batches,
    learnable,
    predict_logits,
    sentence_of,
)
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.decision import Decision, choose_decision
from training.metrics import label_matrix, score
from training.model import SentenceClassifier
from training.run_folder import LOG, TAXONOMY, TOKENIZER, load_encoder, write_facts


def train(config: TrainingConfig) -> Path:
    """Fine-tune and return the run folder, which is written whole or not at all.

    Raises:
        FazhiError: the data, taxonomy or base model can't be used.
    """
    taxonomy = Taxonomy.from_file(config.taxonomy)
    corpus = load_corpus(Path(config.data), taxonomy)
    training = learnable(corpus.records_of("train"))
    validation = body_units(corpus.records_of("validation"))
    if not training or not validation:
        raise RecordError(
            f"{config.data}: needs labelled units in the splits train and validation; "
            "add reports of more issuing bodies, or a reports.csv that names the splits"
        )
    transformers.set_seed(config.seed)
    torch.set_num_threads(available_cpus())
    output = Path(config.output)
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        _save_tokenizer(config.base_model, partial)
        encoder = load_encoder(partial / TOKENIZER, config.max_length_tokens)
        model = _start(config, taxonomy, encoder, training)
        log = _fit(model, encoder, taxonomy, config, training, validation)
        decision = _decide(model, encoder, taxonomy, validation)
        metrics = {
            split: evaluate_model(model, encoder, taxonomy, decision, units)
            for split in ("validation", "test")
            if (units := body_units(corpus.records_of(split)))
        }
        model.save_pretrained(partial)
        shutil.copy(config.taxonomy, partial / TAXONOMY)
        write_facts(partial, config, decision, metrics, _provenance(corpus))
        (partial / LOG).write_text("".join(json.dumps(row) + "\n" for row in log), encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        partial.rename(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return output


def body_units(records: list[Record]) -> list[Record]:
    """The units that are measured."""
    return [record for record in records if record.kind == "body"]


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


class _ValidationLog(TrainerCallback):
    """Adds validation figures to the log after every epoch."""

    def __init__(self, encoder: Encoder, taxonomy: Taxonomy, units: list[Record]) -> None:
        self._encoder, self._taxonomy, self._units = encoder, taxonomy, units

    def on_epoch_end(  # type: ignore[override]
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: SentenceClassifier,
        **kwargs: object,
    ) -> None:
        metrics = evaluate_model(
            model, self._encoder, self._taxonomy, Decision(1.0, 1.0, 0.5), self._units
        )
        figures = {f"validation_{k}": metrics[k] for k in ("micro_f1", "macro_f1", "role_accuracy")}
        state.log_history.append({"epoch": state.epoch, "step": state.global_step, **figures})
        print(f"epoch {state.epoch:.0f}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))


def _start(
    config: TrainingConfig, taxonomy: Taxonomy, encoder: Encoder, training: list[Record]
) -> SentenceClassifier:
    """The network before its first step, with the pooled vectors of the training set standardised."""
    try:
        model = SentenceClassifier.from_base(
            config.base_model, len(taxonomy.labels), len(taxonomy.roles)
        )
    except (OSError, ValueError) as error:
        raise _bad_base(config.base_model, error) from None
    model.fit_standardisation(input_batches(encoder, [sentence_of(r) for r in training]))
    return model


def _fit(
    model: SentenceClassifier,
    encoder: Encoder,
    taxonomy: Taxonomy,
    config: TrainingConfig,
    training: list[Record],
    validation: list[Record],
) -> list[dict[str, Any]]:
    """Run the optimiser; returns the log, a dictionary an entry."""
    dataset = Dataset.from_list([example_of(record, taxonomy) for record in training])
    steps = int(np.ceil(len(dataset) / config.batch_size) * config.epochs)
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
        data_collator=Collator(encoder, config.heading_dropout, random.Random(config.seed)),
        callbacks=[_ValidationLog(encoder, taxonomy, validation)],
        optimizers=(_optimizer(model, config), None),
    )
    trainer.train()
    model.eval()
    model.to("cpu")
    return trainer.state.log_history


def _optimizer(model: SentenceClassifier, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW: the new head learns faster than the encoder; vectors (biases, norms) don't decay.

    The word vectors stay as they are: most pieces are rare in a small corpus, and moving only the
    frequent ones away from the rest costs time and gains nothing.
    """
    model.encoder.get_input_embeddings().weight.requires_grad_(False)
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
    """bf16 where the hardware multiplies it: recent GPUs, and CPUs with AMX (twice as fast here)."""
    if not on_cpu:
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported())


def _decide(
    model: SentenceClassifier, encoder: Encoder, taxonomy: Taxonomy, validation: list[Record]
) -> Decision:
    logits = predict_logits(model, encoder, [sentence_of(unit) for unit in validation])
    topics = label_matrix([unit.labels or () for unit in validation], taxonomy)
    roles = np.array([taxonomy.role_ids.index(unit.role or "") for unit in validation])
    return choose_decision(logits.topics, topics, logits.roles, roles)


def _save_tokenizer(base_model: str, folder: Path) -> None:
    """Take the base model's fast tokenizer along."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(base_model, use_fast=True)
    except (OSError, ValueError) as error:
        raise _bad_base(base_model, error) from None
    if not tokenizer.is_fast:
        raise RecordError(f"{base_model}: has no fast tokenizer (tokenizer.json)")
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))


def _bad_base(base_model: str, error: Exception) -> FazhiError:
    reason = str(error).strip().splitlines()[0][:160]
    return FazhiError(
        f"{base_model}: can't be loaded as a base model ({reason}); "
        "run `make base`, or set BASE_MODEL to a local folder or a hub name"
    )


def _provenance(corpus: Corpus) -> dict[str, Any]:
    """What went in: data hashes, reports by split, versions."""
    packages = ("torch", "transformers", "tokenizers", "datasets", "numpy", "scikit-learn")
    reports: dict[str, list[str]] = {}
    for report, split in corpus.split_of.items():
        reports.setdefault(split, []).append(report)
    return {
        "data_sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus.files
        },
        "reports": reports,
        "versions": {package: version(package) for package in packages},
    }


def main() -> None:
    """Command line: every field of `TrainingConfig` is an option."""
    parser = HfArgumentParser(TrainingConfig)  # type: ignore[arg-type]
    (config,) = parser.parse_args_into_dataclasses()
    try:
        folder = train(config)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    for split, figures in metrics.items():
        print(
            f"{split}: micro_f1 {figures['micro_f1']:.3f}, macro_f1 {figures['macro_f1']:.3f}, "
            f"none_f1 {figures['none_f1']:.3f}, role_accuracy {figures['role_accuracy']:.3f}"
        )
    print(f"run folder: {folder}")


if __name__ == "__main__":
    main()
