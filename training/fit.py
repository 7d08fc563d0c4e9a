"""`make train`: fine-tunes a BERT-like encoder on labelled units and writes a run folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoTokenizer, HfArgumentParser

from fazhi.cpus import available_cpus
from fazhi.encoding import Encoder
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import input_batches, learnable, predict_logits, sentence_of
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.decision import Decision, choose_decision
from training.metrics import label_matrix
from training.model import SentenceClassifier
from training.run_folder import LOG, TAXONOMY, TOKENIZER, load_encoder, write_facts
from training.trainer import evaluate_model, optimise

# Enough for the mean and deviation of a few hundred dimensions.
_STANDARDISATION_UNITS = 1000


def train(config: TrainingConfig, corpus: Corpus | None = None) -> Path:
    """Fine-tune and return the run folder, which is written whole or not at all.

    `corpus` is what `config.data` holds, or a part of it.

    Raises:
        FazhiError: the data, taxonomy or base model can't be used.
    """
    taxonomy = Taxonomy.from_file(config.taxonomy)
    corpus = corpus or load_corpus(Path(config.data), taxonomy)
    training = learnable(corpus.records_of("train"))
    validation = body_units(corpus.records_of("validation"))
    if not training or not validation:
        raise RecordError(
            f"{config.data}: needs labelled units in the splits train and validation; "
            "add reports of more issuing bodies, or a reports.csv that names the splits"
        )
    output = Path(config.output)
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        save_tokenizer(config.base_model, partial / TOKENIZER)
        encoder = load_encoder(partial / TOKENIZER, config.max_length_tokens)
        model, log = fine_tune(config, taxonomy, encoder, training, validation)
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


def fine_tune(
    config: TrainingConfig,
    taxonomy: Taxonomy,
    encoder: Encoder,
    training: list[Record],
    validation: list[Record],
) -> tuple[SentenceClassifier, list[dict[str, Any]]]:
    """A model fitted to `training` and its log, with figures of the body units `validation`, if any.

    Seeded: the same input gives the same weights on the same machine.

    Raises:
        FazhiError: the base model can't be loaded.
    """
    transformers.set_seed(config.seed)
    torch.set_num_threads(available_cpus())
    model = _start(config, taxonomy, encoder, training)
    return model, optimise(model, encoder, taxonomy, config, training, validation)


def body_units(records: Sequence[Record]) -> list[Record]:
    """The units that are measured."""
    return [record for record in records if record.kind == "body"]


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
    sample = training[:: max(1, len(training) // _STANDARDISATION_UNITS)]
    model.fit_standardisation(input_batches(encoder, [sentence_of(r) for r in sample]))
    return model


def _decide(
    model: SentenceClassifier, encoder: Encoder, taxonomy: Taxonomy, validation: list[Record]
) -> Decision:
    logits = predict_logits(model, encoder, [sentence_of(unit) for unit in validation])
    topics = label_matrix([unit.labels or () for unit in validation], taxonomy)
    roles = np.array([taxonomy.role_ids.index(unit.role or "") for unit in validation])
    return choose_decision(logits.topics, topics, logits.roles, roles)


def save_tokenizer(base_model: str, path: Path) -> None:
    """Write the base model's fast tokenizer as a `tokenizer.json`.

    Raises:
        FazhiError: there is none, or it doesn't mark the second text of a pair.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(base_model, use_fast=True)
    except (OSError, ValueError) as error:
        raise _bad_base(base_model, error) from None
    if not tokenizer.is_fast:
        raise RecordError(f"{base_model}: has no fast tokenizer (tokenizer.json)")
    if 1 not in tokenizer.backend_tokenizer.encode("一", "一").type_ids:
        raise RecordError(
            f"{base_model}: its tokenizer doesn't mark the second text of a pair (token_type_ids), "
            "by which the model tells a sentence from its headings; use a BERT-like checkpoint"
        )
    tokenizer.backend_tokenizer.save(str(path))


def _bad_base(base_model: str, error: Exception) -> FazhiError:
    reason = str(error).strip().splitlines()[0][:160]
    return FazhiError(
        f"{base_model}: can't be loaded as a base model ({reason}); "
        "run `make base`, or set BASE_MODEL to a local folder or a hub name"
    )


def data_hashes(corpus: Corpus) -> dict[str, str]:
    """SHA-256 of the files that a corpus was read from, by file name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus.files}


def _provenance(corpus: Corpus) -> dict[str, Any]:
    """What went in: data hashes, reports by split, versions."""
    packages = ("torch", "transformers", "tokenizers", "datasets", "numpy", "scikit-learn")
    reports: dict[str, list[str]] = {}
    for report, split in corpus.split_of.items():
        reports.setdefault(split, []).append(report)
    return {
        "data_sha256": data_hashes(corpus),
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
