"""`make cross-validation`: what a changed setting is worth, by cross-validation grouped by issuing body.

For each seed the training reports are divided anew into folds of whole issuing bodies; each fold is
measured by a model fine-tuned on the others, with decisions chosen on the validation split. The test
split isn't touched. A setting is compared with the base on the same seeds and folds, so that the
difference is paired; its spread over seeds says what chance alone does.

Each row is kept as soon as it is measured: a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import typing
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from fazhi.encoding import Encoder
from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.base_encoder import save_tokenizer
from training.batches import body_units, learnable, predict_logits, sentence_of
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.decision import choose_decision
from training.evaluation.metrics import measure
from training.fit import fine_tune
from training.provenance import data_hashes
from training.run_folder import TOKENIZER, load_encoder
from training.studies.learning_curve import part_of

BASE = "base"
FIGURES = ("micro_f1", "macro_f1", "none_f1", "role_accuracy", "bare_micro_f1")


@dataclass(frozen=True)
class Division:
    """One way to hold out: `training` and `held_out` have no issuing body in common."""

    seed: int
    fold: int
    training: list[Record]
    held_out: list[Record]


def settings_of(changes: Sequence[str], config: TrainingConfig) -> dict[str, TrainingConfig]:
    """Configurations by name: the base, and one for each value of `field=value,value`.

    Raises:
        FazhiError: a field that the configuration lacks, or a value of another type.
    """
    settings = {BASE: config}
    types = typing.get_type_hints(TrainingConfig)
    for change in changes:
        name, _, values = change.partition("=")
        if types.get(name) not in (int, float, str) or not values:
            known = ", ".join(n for n, kind in types.items() if kind in (int, float, str))
            raise FazhiError(f"--vary {change}: write field=value,value with a field of {known}")
        for value in values.split(","):
            try:
                settings[f"{name}={value}"] = replace(config, **{name: types[name](value)})
            except ValueError:
                raise FazhiError(
                    f"--vary {change}: {name} takes {types[name].__name__}, not `{value}`"
                ) from None
    return settings


def divisions(corpus: Corpus, seeds: Sequence[int], folds: int) -> Iterator[Division]:
    """Folds of whole issuing bodies over the training split, drawn anew for each seed.

    Raises:
        RecordError: fewer issuing bodies than folds.
    """
    units = learnable(corpus.records_of("train"))
    issuers = [corpus.issuer_of(unit) for unit in units]
    if len(set(issuers)) < folds:
        raise RecordError(f"{folds} folds need training reports of as many issuing bodies")
    for seed in seeds:
        splitter = GroupKFold(folds, shuffle=True, random_state=seed)
        for fold, (seen, unseen) in enumerate(splitter.split(units, groups=issuers), 1):
            held_out = body_units([units[i] for i in unseen])
            yield Division(seed, fold, [units[i] for i in seen], held_out)


def measure_division(
    config: TrainingConfig,
    taxonomy: Taxonomy,
    encoder: Encoder,
    division: Division,
    validation: list[Record],
) -> dict[str, float]:
    """`FIGURES` of a model fine-tuned on one side of `division`, on the other."""
    config = replace(config, seed=division.seed)
    model, _ = fine_tune(config, taxonomy, encoder, division.training, [])

    def logits_of(units: Sequence[Record]) -> Any:  # noqa: ANN401
        return predict_logits(model, encoder, [sentence_of(unit) for unit in units])

    decision = choose_decision(logits_of(validation), validation, taxonomy)
    figures: dict[str, float] = {}
    bare = [replace(unit, heading_path=()) for unit in division.held_out]
    for prefix, units in (("", division.held_out), ("bare_", bare)):
        answers = decision.answers(logits_of(units), units, taxonomy)
        metrics = measure(units, answers, taxonomy)
        figures |= {
            f"{prefix}{name}": float(value) for name, value in metrics.items() if name in FIGURES
        }
    return {name: figures[name] for name in FIGURES}


def cross_validate(
    settings: dict[str, TrainingConfig],
    corpus: Corpus,
    seeds: Sequence[int],
    folds: int,
    rows_file: Path,
) -> list[dict[str, Any]]:
    """A row a setting, seed and fold, as JSON lines in `rows_file` as well.

    Raises:
        FazhiError: the corpus or the base model can't be used.
    """
    base = settings[BASE]
    taxonomy = Taxonomy.from_file(base.taxonomy)
    validation = body_units(corpus.records_of("validation"))
    if not validation:
        raise RecordError(f"{', '.join(base.data)}: has no validation units to choose decisions on")
    rows_file.parent.mkdir(parents=True, exist_ok=True)
    known = _known_rows(rows_file)
    save_tokenizer(base.base_model, rows_file.parent / TOKENIZER)
    rows = []
    for division in divisions(corpus, seeds, folds):
        for name, config in settings.items():
            key = _key(config, corpus, division)
            row = known.get(key)
            if row is None:
                encoder = load_encoder(rows_file.parent / TOKENIZER, config.max_length_tokens)
                figures = measure_division(config, taxonomy, encoder, division, validation)
                row = {"seed": division.seed, "fold": division.fold, **figures, "key": key}
                with rows_file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            rows.append({"setting": name, **row})
            print(f"seed {division.seed}, fold {division.fold}, {name}: {row['micro_f1']:.4f}")
    return rows


def _key(config: TrainingConfig, corpus: Corpus, division: Division) -> str:
    """What a row depends on; where it is written doesn't."""
    settings = {name: value for name, value in asdict(config).items() if name != "output"}
    facts = [settings, data_hashes(corpus), division.seed, division.fold]
    facts += [[unit.id for unit in units] for units in (division.training, division.held_out)]
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _known_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Rows of earlier calls by key; a line that a kill cut short is measured again."""
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        rows[row["key"]] = row
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a setting: each figure's mean, its deviation over seeds, and the paired difference to the base."""
    seeds = sorted({row["seed"] for row in rows})

    def by_seed(setting: str, figure: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Means over folds: (seeds,)."""
        chosen = [row for row in rows if row["setting"] == setting]
        return np.array([np.mean([r[figure] for r in chosen if r["seed"] == s]) for s in seeds])

    table = []
    for setting in dict.fromkeys(row["setting"] for row in rows):
        line: dict[str, Any] = {"setting": setting, "seeds": len(seeds)}
        for figure in FIGURES:
            values, differences = (
                by_seed(setting, figure),
                by_seed(setting, figure) - by_seed(BASE, figure),
            )
            line |= {
                figure: round(float(values.mean()), 4),
                f"{figure}_sd": round(_deviation(values), 4),
                f"{figure}_difference": round(float(differences.mean()), 4),
                f"{figure}_difference_sd": round(_deviation(differences), 4),
            }
        table.append(line)
    return table


def _deviation(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base_model", required=True, help="encoder to fine-tune")
    parser.add_argument("--data", nargs="+", required=True, help="corpus")
    parser.add_argument("--taxonomy", default="data/taxonomy.yaml", help="labels")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument(
        "--vary", nargs="+", default=[], metavar="FIELD=VALUE,VALUE", help="settings"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="divisions")
    parser.add_argument("--folds", type=int, default=2, help="parts of each division")
    parser.add_argument("--share", type=float, default=1.0, help="share of the training reports")
    parser.add_argument("--layers", type=int, default=0, help="layers of the encoder; 0: all")
    parser.add_argument("--epochs", type=float, default=TrainingConfig.epochs, help="passes")
    arguments = parser.parse_args()
    config = TrainingConfig(
        base_model=arguments.base_model,
        data=arguments.data,
        taxonomy=arguments.taxonomy,
        output=str(arguments.output),
        layers=arguments.layers,
        epochs=arguments.epochs,
    )
    try:
        settings = settings_of(arguments.vary, config)
        corpus = load_corpus([Path(p) for p in config.data], Taxonomy.from_file(config.taxonomy))
        corpus = part_of(corpus, arguments.share, config.seed)
        rows_file = arguments.output / "rows.jsonl"
        rows = cross_validate(settings, corpus, arguments.seeds, arguments.folds, rows_file)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    table = summary(rows)
    with (arguments.output / "cross-validation.csv").open(
        "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)
    for line in table:
        print(
            f"{line['setting']}: micro_f1 {line['micro_f1']:.3f} ± {line['micro_f1_sd']:.3f}, "
            f"to the base {line['micro_f1_difference']:+.3f} ± {line['micro_f1_difference_sd']:.3f}"
        )
    print(f"table: {arguments.output}")


if __name__ == "__main__":
    main()
