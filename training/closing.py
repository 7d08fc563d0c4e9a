"""The last step of a run: decisions, figures, and everything that its folder says."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fazhi.encoding import Encoder
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units, predict_logits, sentence_of
from training.config import TrainingConfig
from training.corpus import Corpus
from training.decision import choose_decision
from training.evaluation.metrics import measure
from training.model import SentenceClassifier
from training.run_folder import TAXONOMY, write_facts, write_results


def held_out_units(corpus: Corpus) -> dict[str, list[Record]]:
    """Body units of validation and test; a split without any is left out."""
    splits = ((split, body_units(corpus.records_of(split))) for split in ("validation", "test"))
    return {split: units for split, units in splits if units}


def close_run(
    folder: Path,
    config: TrainingConfig,
    model: SentenceClassifier,
    encoder: Encoder,
    units: dict[str, list[Record]],
    log: Sequence[dict[str, Any]],
    facts: dict[str, Any],
) -> None:
    """Choose calibration and thresholds on validation, measure, and write the run into `folder`.

    `units` are `held_out_units`, with some of validation; `facts` become `provenance.json`.
    """
    taxonomy = Taxonomy.from_file(config.taxonomy)
    logits = {
        split: predict_logits(model, encoder, [sentence_of(unit) for unit in found])
        for split, found in units.items()
    }
    decision = choose_decision(logits["validation"], units["validation"], taxonomy)
    metrics = {
        split: measure(found, decision.answers(logits[split], found, taxonomy), taxonomy)
        for split, found in units.items()
    }
    model.save_pretrained(folder)
    shutil.copy(config.taxonomy, folder / TAXONOMY)
    write_facts(folder, config, decision, metrics, facts)
    write_results(folder, log, units, logits, metrics, taxonomy)
