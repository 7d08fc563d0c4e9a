"""`make train`: fine-tunes a BERT-like encoder on labelled units and writes a run folder."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import HfArgumentParser

from fazhi.cpus import available_cpus
from fazhi.encoding import Encoder
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.base_encoder import load_base, save_tokenizer
from training.batches import (
    body_units,
    example_of,
    input_batches,
    learnable,
    sentence_of,
)
from training.checkpoints import keep_if_same_run
from training.closing import close_run, held_out_units
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.distillation import load_teachers, soft_examples
from training.evaluation.models import Model
from training.model import SentenceClassifier
from training.provenance import provenance
from training.run_folder import (
    TOKENIZER,
    load_encoder,
    unfinished,
)
from training.trainer import optimise

# Enough for the mean and deviation of a few hundred dimensions.
_STANDARDISATION_UNITS = 1000


def train(config: TrainingConfig, corpus: Corpus | None = None) -> Path:
    """Fine-tune and return the run folder, which is written whole or not at all.

    A run that was stopped goes on from its last checkpoint, and ends as if it hadn't been.

    `corpus` is what `config.data` holds, or a part of it.

    Raises:
        FazhiError: the data, taxonomy or base model can't be used.
    """
    taxonomy = Taxonomy.from_file(config.taxonomy)
    corpus = corpus or load_corpus([Path(path) for path in config.data], taxonomy)
    training = learnable(corpus.records_of("train"))
    if not training or not body_units(corpus.records_of("validation")):
        raise RecordError(
            f"{', '.join(config.data)}: needs labelled units in the splits train and validation; "
            "add reports of more issuing bodies, or a reports.csv that names the splits"
        )
    if corpus.shares_reports:
        print(
            "note: too few reports to hold some out; sentences are, and the figures are flattered: "
            "sentences of one report are alike",
            file=sys.stderr,
        )
    units = held_out_units(corpus)
    with unfinished(Path(config.output)) as folder:
        save_tokenizer(config.base_model, folder / TOKENIZER)
        encoder = load_encoder(folder / TOKENIZER, config.max_length_tokens)
        facts = provenance(config, corpus, _base(config, taxonomy).encoder)
        keep_if_same_run(folder, _fingerprint(config, facts))
        model, log = fine_tune(config, taxonomy, encoder, training, units["validation"], folder)
        timing = {
            key: log[-1][key] for key in ("training_seconds", "sentences_per_second", "sessions")
        }
        close_run(folder, config, model, encoder, units, log, facts | {"timing": timing})
    return Path(config.output)


def _fingerprint(config: TrainingConfig, facts: dict[str, Any]) -> dict[str, Any]:
    """All that makes a run what it is; where it is written and on which machine don't."""
    settings = {name: value for name, value in asdict(config).items() if name != "output"}
    inputs = (
        "data_sha256",
        "reports",
        "teachers_sha256",
        "taxonomy_sha256",
        "base_model_sha256",
        "versions",
    )
    return settings | {name: facts[name] for name in inputs}


def fine_tune(
    config: TrainingConfig,
    taxonomy: Taxonomy,
    encoder: Encoder,
    training: list[Record],
    validation: list[Record],
    work: Path | None = None,
) -> tuple[SentenceClassifier, list[dict[str, Any]]]:
    """A model fitted to `training` and its log, with figures of the body units `validation`, if any.

    Seeded: the same input gives the same weights on the same machine, also when it goes on from a
    checkpoint in the folder `work`.

    Raises:
        FazhiError: base model or teachers can't be loaded.
    """
    transformers.set_seed(config.seed)
    torch.set_num_threads(available_cpus())
    teachers = load_teachers(config.teachers, taxonomy) if config.teachers else []
    model = _start(config, taxonomy, encoder, training, teachers)
    if teachers:
        examples = soft_examples(teachers, training, taxonomy, config.seed)
    else:
        examples = [example_of(unit, taxonomy) for unit in training]
    return model, optimise(model, encoder, taxonomy, config, examples, validation, work)


def _start(
    config: TrainingConfig,
    taxonomy: Taxonomy,
    encoder: Encoder,
    training: list[Record],
    teachers: Sequence[Model],
) -> SentenceClassifier:
    """The network before its first step, with the pooled vectors of the training set standardised.

    A student of a run begins as that run, less the layers that it drops. A model folder has no
    weights to learn on; its student begins as the base encoder.
    """
    network = teachers[0].network if teachers else None
    model = copy.deepcopy(network) if network else _base(config, taxonomy)
    if config.layers:
        model.keep_layers(config.layers)
    sample = training[:: max(1, len(training) // _STANDARDISATION_UNITS)]
    model.fit_standardisation(input_batches(encoder, [sentence_of(r) for r in sample]))
    return model


def _base(config: TrainingConfig, taxonomy: Taxonomy) -> SentenceClassifier:
    return load_base(config.base_model, len(taxonomy.labels), len(taxonomy.roles))


def main() -> None:
    """Command line: every field of `TrainingConfig` is an option."""
    parser = HfArgumentParser(TrainingConfig)  # type: ignore[arg-type]
    (config,) = parser.parse_args_into_dataclasses()
    try:
        folder = train(config)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        sys.exit(130)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    for split, figures in metrics.items():
        print(
            f"{split}: micro_f1 {figures['micro_f1']:.3f}, macro_f1 {figures['macro_f1']:.3f}, "
            f"none_f1 {figures['none_f1']:.3f}, role_accuracy {figures['role_accuracy']:.3f}"
        )
    print(f"run folder: {folder}")


if __name__ == "__main__":
    main()
