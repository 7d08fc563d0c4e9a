"""Label errors, the learning curve and the trade-off of students, on the tiny corpus."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fazhi.errors import FazhiError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS, TAXONOMY
from training.batches import body_units
from training.config import TrainingConfig
from training.corpus import load_corpus, report_of
from training.datasheet.label_errors import OutOfFold, out_of_fold, quality, write_suspects
from training.run_folder import Run
from training.studies import pareto
from training.studies.cross_validation import (
    FIGURES,
    cross_validate,
    divisions,
    settings_of,
    summary,
)
from training.studies.learning_curve import SHARES, learning_curve, part_of, plot


@pytest.fixture
def config(tiny_base: Path, tiny_corpus: Path, tmp_path: Path) -> TrainingConfig:
    return TrainingConfig(
        base_model=str(tiny_base),
        data=[str(tiny_corpus)],
        taxonomy=str(TAXONOMY),
        output=str(tmp_path / "curve"),
        epochs=1,
    )


def test_every_unit_is_predicted_once(config: TrainingConfig, taxonomy: Taxonomy) -> None:
    corpus = load_corpus(Path(config.data[0]), taxonomy)
    predicted = out_of_fold(config, corpus, taxonomy, folds=2)
    expected = sorted(unit.id for unit in body_units(corpus.records))
    assert sorted(unit.id for unit in predicted.units) == expected
    assert predicted.topics.shape == (len(expected), len(taxonomy.labels))
    assert np.allclose(predicted.roles.sum(axis=1), 1, atol=1e-5)


def test_more_folds_than_issuers_are_refused(config: TrainingConfig, taxonomy: Taxonomy) -> None:
    corpus = load_corpus(Path(config.data[0]), taxonomy)
    with pytest.raises(RecordError, match="6 folds need reports of as many issuing bodies"):
        out_of_fold(config, corpus, taxonomy, folds=6)


def test_wrong_labels_and_roles_come_first(taxonomy: Taxonomy, tmp_path: Path) -> None:
    """Twenty confident predictions; one unit has another label, one another role."""
    units = [
        Record(f"a-{i:03}", "句子", "body", (), ("hotline",), "achievement") for i in range(20)
    ]
    units[7] = replace(units[7], labels=("disclosure",))
    units[11] = replace(units[11], role="plan")
    topics = np.full((20, len(taxonomy.labels)), 0.02)
    topics[:, taxonomy.label_ids.index("hotline")] = 0.98
    roles = np.full((20, len(taxonomy.roles)), 0.02)
    roles[:, taxonomy.role_ids.index("achievement")] = 0.94
    predicted = OutOfFold(units, topics, roles)
    assert set(np.argsort(quality(predicted, taxonomy))[:2]) == {7, 11}
    listed = write_suspects(tmp_path / "table.csv", predicted, taxonomy, share=0.1)
    assert sorted(listed) == ["a-007", "a-011"]
    with (tmp_path / "table.csv").open(encoding="utf-8-sig") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["a-007"]["labels"] == "disclosure"
    assert rows["a-007"]["suggested_labels"] == "hotline"
    assert rows["a-011"]["suggested_role"] == "achievement"


def test_parts_are_nested_and_leave_the_measured_splits_alone(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    parts = [part_of(corpus, share, seed=1) for share in SHARES]
    reports = [{r for r, split in part.split_of.items() if split == "train"} for part in parts]
    assert all(a < b for a, b in zip(reports, reports[1:], strict=False))
    assert parts[-1].records == corpus.records
    for part, share in zip(parts, SHARES, strict=True):
        assert part.records_of("test") == corpus.records_of("test")
        assert {report_of(r) for r in part.records} == set(part.split_of)
        chosen = sum(split == "train" for split in part.split_of.values())
        assert chosen / len(reports[-1]) == pytest.approx(share, abs=0.03)
    kinds = {corpus.facts[r].issuer_kind for r in reports[-1]}
    assert {corpus.facts[r].issuer_kind for r in reports[0]} == kinds


def test_the_curve_has_a_row_a_share_and_goes_on_where_it_stopped(
    config: TrainingConfig,
    taxonomy: Taxonomy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.studies.learning_curve.SHARES", (0.5, 1.0))
    corpus = load_corpus(Path(config.data[0]), taxonomy)
    sets = {"test split": body_units(corpus.records_of("test"))}
    rows = learning_curve(config, corpus, sets)
    assert [row["share"] for row in rows] == [0.5, 1.0]
    assert rows[0]["reports"] < rows[1]["reports"]
    assert all(0 <= row["micro_f1"] <= 1 for row in rows)

    def refuse(*_: object) -> None:
        raise AssertionError("trained once more")

    monkeypatch.setattr("training.studies.learning_curve.train", refuse)
    assert learning_curve(config, corpus, sets) == rows
    with pytest.raises(AssertionError, match="once more"):
        learning_curve(replace(config, seed=7), corpus, sets)
    plot(rows, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 3000


def test_settings_are_compared_on_the_same_folds_and_kept_rows_are_not_measured_again(
    config: TrainingConfig, taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load_corpus(Path(config.data[0]), taxonomy)
    settings = settings_of(["learning_rate=0", "heading_dropout=1.0"], config)
    assert list(settings) == ["base", "learning_rate=0", "heading_dropout=1.0"]
    kept = tmp_path / "work" / "rows.jsonl"
    rows = cross_validate(settings, corpus, [1, 2], 2, kept)
    assert len(rows) == len(kept.read_text("utf-8").splitlines()) == 3 * 2 * 2
    assert all(0 <= row[figure] <= 1 for row in rows for figure in FIGURES)

    def refuse(*_: object) -> None:
        raise AssertionError("measured once more")

    monkeypatch.setattr("training.studies.cross_validation.measure_division", refuse)
    with kept.open("a", encoding="utf-8") as file:
        file.write('{"seed": 2, "fo')  # killed here
    assert cross_validate(settings, corpus, [1, 2], 2, kept) == rows
    with pytest.raises(AssertionError, match="once more"):
        cross_validate(settings_of([], replace(config, epochs=2)), corpus, [1], 2, kept)


def test_folds_part_issuing_bodies_and_leave_the_test_split_alone(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    test = {corpus.group_of(unit) for unit in corpus.records_of("test")}
    held_out: dict[int, list[str]] = {}
    for division in divisions(corpus, [1, 2], folds=3):
        seen = {corpus.issuer_of(unit) for unit in division.training}
        assert seen.isdisjoint(corpus.issuer_of(unit) for unit in division.held_out)
        groups = {corpus.group_of(u) for u in (*division.training, *division.held_out)}
        assert groups.isdisjoint(test)
        held_out.setdefault(division.seed, []).extend(unit.id for unit in division.held_out)
    expected = sorted(unit.id for unit in body_units(corpus.records_of("train")))
    assert sorted(held_out[1]) == sorted(held_out[2]) == expected
    assert held_out[1] != held_out[2]
    with pytest.raises(RecordError, match="9999 folds need training reports"):
        list(divisions(corpus, [1], folds=9999))


def test_differences_are_paired_by_seed() -> None:
    def row(setting: str, seed: int, fold: int, figure: float) -> dict[str, Any]:
        figures = dict.fromkeys(FIGURES, figure)
        return {"setting": setting, "seed": seed, "fold": fold, **figures}

    rows = [row("base", 1, 1, 0.7), row("base", 1, 2, 0.9), row("base", 2, 1, 0.6)]
    rows += [row("noise=0", 1, 1, 0.8), row("noise=0", 1, 2, 0.9), row("noise=0", 2, 1, 0.65)]
    base, other = summary(rows)
    assert (base["micro_f1"], base["micro_f1_sd"]) == (0.7, 0.1414)
    assert (base["micro_f1_difference"], base["micro_f1_difference_sd"]) == (0.0, 0.0)
    assert other["micro_f1"] == 0.75
    assert (other["micro_f1_difference"], other["micro_f1_difference_sd"]) == (0.05, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("nosie=0", "write field=value,value with a field of base_model"),
        ("noise", "write field=value,value"),
        ("noise=much", "noise takes float, not `much`"),
        ("data=x", "write field=value,value"),
    ],
)
def test_settings_that_dont_exist_are_refused(
    config: TrainingConfig, change: str, message: str
) -> None:
    with pytest.raises(FazhiError, match=f"--vary {change}: .*{message}"):
        settings_of([change], config)


def test_a_run_is_weighed_in_both_precisions(
    tiny_run: Path, tiny_corpus: Path, taxonomy: Taxonomy
) -> None:
    run, corpus = Run.load(tiny_run), load_corpus(tiny_corpus, taxonomy)
    fp32, int8 = pareto.study([run], corpus, threads=1)
    assert (fp32.name, fp32.layers, fp32.precision, int8.precision) == ("run", 2, "fp32", "int8")
    assert fp32.micro_f1 == run.metrics["test"]["micro_f1"]
    assert int8.megabytes < fp32.megabytes and int8.sentences_per_s > 0
    alone = replace(corpus, split_of={r: "train" for r in corpus.split_of})
    with pytest.raises(RecordError, match="no body units in its split test"):
        pareto.study([run], alone, threads=1)
