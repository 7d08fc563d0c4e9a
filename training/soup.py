"""`make soup`: one model from several runs of one recipe, by averaging their weights.

Runs that began with the same encoder lie in one valley of the loss; the middle is often better than
each and costs nothing to serve (Wortsman et al., “Model soups”, 2022).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from fazhi.errors import ArtifactError, FazhiError
from training.closing import close_run, held_out_units
from training.corpus import Corpus, load_corpus
from training.model import SentenceClassifier
from training.provenance import weights_file_hash
from training.run_folder import TOKENIZER, Run, unfinished


def make_soup(runs: Sequence[Run], corpus: Corpus, output: Path) -> Path:
    """Write the run folder `output`, whole or not at all; decisions are chosen on `corpus`' validation split.

    Raises:
        FazhiError: there is one run only, the runs differ in label set, tokenizer or shape, or the
            corpus has no validation units.
    """
    first = runs[0]
    _check_alike(runs)
    units = held_out_units(corpus)
    if "validation" not in units:
        raise ArtifactError("the corpus has no validation units to choose thresholds on")
    config = replace(first.config, output=str(output))
    facts = _provenance(runs)
    with unfinished(output) as folder:
        shutil.copy(first.folder / TOKENIZER, folder / TOKENIZER)
        model = _average([run.model for run in runs])
        close_run(folder, config, model, first.encoder(), units, [], facts)
    return output


def _check_alike(runs: Sequence[Run]) -> None:
    first = runs[0]
    if len(runs) < 2:
        raise ArtifactError(f"{first.folder}: an average needs two runs or more")
    for run in runs[1:]:
        if (run.taxonomy.label_ids, run.taxonomy.role_ids) != (
            first.taxonomy.label_ids,
            first.taxonomy.role_ids,
        ):
            raise ArtifactError(f"{run.folder}: has other labels or roles than {first.folder}")
        same_words = (run.folder / TOKENIZER).read_bytes() == (
            first.folder / TOKENIZER
        ).read_bytes()
        if not same_words or _shapes(run) != _shapes(first):
            raise ArtifactError(
                f"{run.folder}: has another encoder than {first.folder}; average runs of one BASE_MODEL"
            )


def _shapes(run: Run) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in run.model.state_dict().items()}


def _average(models: Sequence[SentenceClassifier]) -> SentenceClassifier:
    """The first model, with the mean of all weights."""
    states = [model.state_dict() for model in models]
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(dim=0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }
    models[0].load_state_dict(mean)
    return models[0].eval()


def _provenance(runs: Sequence[Run]) -> dict[str, Any]:
    """What holds for all runs, with the reports of any, and under `averaged` what is a run's own."""
    common = {
        name: fact
        for name, fact in runs[0].provenance.items()
        if all(run.provenance.get(name) == fact for run in runs)
    }
    averaged = [
        {"weights_sha256": weights_file_hash(run.folder), "seed": run.config.seed}
        | {n: f for n, f in run.provenance.items() if n not in common and n != "reports"}
        for run in runs
    ]
    return common | {"reports": _reports(runs), "averaged": averaged}


def _reports(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Reports by split, of any run: what one has learnt from, the average has."""
    merged: dict[str, dict[str, Any]] = {}
    for run in runs:
        for split, reports in run.provenance["reports"].items():
            merged.setdefault(split, {}).update(dict.fromkeys(reports))
    return {split: list(reports) for split, reports in merged.items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run folders")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus")
    parser.add_argument("--output", type=Path, required=True, help="run folder to write")
    arguments = parser.parse_args()
    try:
        runs = [Run.load(folder) for folder in arguments.runs]
        folder = make_soup(runs, load_corpus(arguments.data, runs[0].taxonomy), arguments.output)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    for split, figures in Run.load(folder).metrics.items():
        print(
            f"{split}: micro_f1 {figures['micro_f1']:.3f}, macro_f1 {figures['macro_f1']:.3f}, "
            f"none_f1 {figures['none_f1']:.3f}, role_accuracy {figures['role_accuracy']:.3f}"
        )
    print(f"run folder: {folder}")


if __name__ == "__main__":
    main()
