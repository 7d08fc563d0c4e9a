"""`make learning-curve`: quality against the number of reports learnt from.

Parts of the training reports are nested (the smaller in the larger) and drawn by kind of issuing
body. Each point is a run folder of its own, and kept: a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from fazhi.errors import ArtifactError, FazhiError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import body_units
from training.config import TrainingConfig
from training.corpus import Corpus, load_corpus
from training.drawing import new_figure
from training.evaluation.evaluate import read_gold
from training.evaluation.metrics import measure
from training.evaluation.models import Model
from training.fit import train
from training.provenance import data_hashes
from training.run_folder import Run

SHARES = (0.25, 0.5, 0.75, 1.0)
_FIGURES = ("micro_f1", "macro_f1", "role_accuracy")


def part_of(corpus: Corpus, share: float, seed: int) -> Corpus:
    """The corpus with that share of its training reports, of each kind of issuing body alike."""
    kinds: dict[str, list[str]] = {}
    for report, split in corpus.split_of.items():
        if split == "train":
            kind = corpus.facts[report].issuer_kind if report in corpus.facts else ""
            kinds.setdefault(kind, []).append(report)
    dropped: set[str] = set()
    for reports in kinds.values():
        ordered = random.Random(seed).sample(reports, len(reports))
        dropped |= set(ordered[max(1, round(share * len(ordered))) :])
    return replace(
        corpus,
        records=tuple(r for r in corpus.records if corpus.group_of(r) not in dropped),
        split_of={r: split for r, split in corpus.split_of.items() if r not in dropped},
    )


def learning_curve(
    config: TrainingConfig, corpus: Corpus, sets: dict[str, list[Record]]
) -> list[dict[str, Any]]:
    """A row a share and set: share, reports, units, set, and the figures of the fp32 model.

    Raises:
        FazhiError: the corpus or base model can't be used.
    """
    rows = []
    for share in SHARES:
        part = part_of(corpus, share, config.seed)
        output = f"{config.output}/{share:.0%}".replace("%", "")
        model = Model.of_run(_finished(replace(config, output=output), part))
        learnt = body_units(part.records_of("train"))
        for name, units in sets.items():
            metrics = measure(units, model.answers(units), model.taxonomy)
            rows.append(
                {
                    "share": share,
                    "reports": len({part.group_of(unit) for unit in learnt}),
                    "units": len(learnt),
                    "set": name,
                    **{figure: metrics[figure] for figure in _FIGURES},
                }
            )
            print(rows[-1])
    return rows


def _finished(config: TrainingConfig, part: Corpus) -> Run:
    """The run of this configuration on these data; trained now unless it stands there already."""
    try:
        run = Run.load(Path(config.output))
        reports = {r for split in run.provenance["reports"].values() for r in split}
        same_data = run.provenance["data_sha256"] == data_hashes(part)
        if asdict(run.config) == asdict(config) and same_data and reports == set(part.split_of):
            return run
    except ArtifactError:
        pass
    return Run.load(train(config, part))


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw micro and macro F1 against the number of reports."""
    figure = new_figure(7, 4.5)
    axis = figure.subplots()
    for number, name in enumerate(dict.fromkeys(row["set"] for row in rows)):
        points = [row for row in rows if row["set"] == name]
        reports = [row["reports"] for row in points]
        for key, style in (("micro_f1", "-o"), ("macro_f1", "--x")):
            axis.plot(
                reports, [r[key] for r in points], style, color=f"C{number}", label=f"{name}, {key}"
            )
    axis.set(xlabel="training reports", ylabel="F1")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False)
    figure.savefig(path, dpi=90)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base_model", required=True, help="encoder to fine-tune")
    parser.add_argument("--data", nargs="+", required=True, help="corpus")
    parser.add_argument("--taxonomy", default="data/taxonomy.yaml", help="labels")
    parser.add_argument("--output", required=True, help="folder to write into")
    parser.add_argument("--gold", type=Path, nargs="*", default=[], help="annotated files as well")
    arguments = parser.parse_args()
    config = TrainingConfig(
        base_model=arguments.base_model,
        data=arguments.data,
        taxonomy=arguments.taxonomy,
        output=arguments.output,
    )
    try:
        taxonomy = Taxonomy.from_file(config.taxonomy)
        corpus = load_corpus([Path(path) for path in config.data], taxonomy)
        sets = {"test split": body_units(corpus.records_of("test"))}
        if arguments.gold:
            sets["real reports"] = [u for path in arguments.gold for u in read_gold(path, taxonomy)]
        rows = learning_curve(config, corpus, sets)
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    folder = Path(config.output)
    with (folder / "learning-curve.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    plot(rows, folder / "learning-curve.png")
    print(f"table and plot: {folder}")


if __name__ == "__main__":
    main()
