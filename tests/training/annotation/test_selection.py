"""The choice of units: of every label, unlike one another, spread over reports, the same each time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS
from training.annotation.candidates import candidates
from training.annotation.selection import (
    ROLE,
    UNLIKE,
    choose,
    label_uncertainty,
    role_uncertainty,
)
from training.batches import body_units
from training.corpus import load_corpus, report_of
from training.studies.selection import compare

SUBJECTS = "渔港 茶山 煤矿 草场 古城 口岸 园区 水库 库房 广场".split()
DEEDS = "清点木船 修补石阶 丈量坡地 更换门牌 栽种海棠".split()


def units_of(n_reports: int, per_report: int) -> list[Record]:
    return [
        Record(f"r{r}-{i:03}", f"{SUBJECTS[(r + i) % 10]}{DEEDS[i % 5]}共{r}次{i}件。")
        for r in range(n_reports)
        for i in range(per_report)
    ]


def test_uncertainty_of_labels_is_greatest_at_the_threshold() -> None:
    scores = np.array([[0.0, 0.0], [0.3, 0.3], [0.6, 0.3], [1.0, 1.0]])
    found = label_uncertainty(scores, np.array([0.6, 0.3]))
    assert found == pytest.approx(np.array([[0, 0], [0.5, 1], [1, 1], [0, 0]]))


def test_uncertainty_of_roles_is_greatest_for_equal_ones() -> None:
    scores = np.array([[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0.5, 0.5, 0, 0]])
    assert role_uncertainty(scores) == pytest.approx([1, 0, 0.5])


def test_rare_labels_get_as_many_as_common_ones() -> None:
    units = units_of(10, 10)
    common = np.full(100, 0.9)
    rare = np.where(np.arange(100) % 20 == 3, 0.4, 0.0)
    chosen = choose(units, {"common": common, "rare": rare}, 10)
    assert Counter(choice.why for choice in chosen) == {"common": 5, "rare": 5}
    assert {c.unit for c in chosen if c.why == "rare"} == {3, 23, 43, 63, 83}
    assert len({choice.unit for choice in chosen}) == 10


def test_no_unit_is_chosen_for_what_the_model_is_sure_of() -> None:
    units = units_of(4, 5)
    unsure = np.zeros(20)
    unsure[[2, 11]] = 0.5
    chosen = choose(units, {"hotline": unsure, ROLE: np.full(20, 0.01)}, 6)
    whys = [choice.why for choice in chosen]
    assert whys == ["hotline", "hotline", UNLIKE, UNLIKE, UNLIKE, UNLIKE]
    assert [c.uncertainty for c in chosen[:3]] == [0.5, 0.5, 0.01]


def test_a_unit_like_a_chosen_one_comes_last() -> None:
    units = [
        Record("a-001", "渔港清点木船四十二艘。"),
        Record("b-001", "渔港清点木船四十三艘。"),
        Record("c-001", "库房更换门牌一百块。"),
    ]
    chosen = choose(units, {"hotline": np.array([0.9, 0.8, 0.5])}, 3)
    assert [choice.unit for choice in chosen] == [0, 2, 1]


def test_one_report_gives_no_more_than_its_share() -> None:
    units = units_of(5, 20)
    first = np.where(np.arange(100) < 20, 1.0, 0.5)
    chosen = choose(units, {"hotline": first}, 20)
    counts = Counter(report_of(units[choice.unit]) for choice in chosen)
    assert max(counts.values()) == counts["r0"] == 8  # twice an even share


def test_all_are_taken_when_more_are_asked_for() -> None:
    units = units_of(2, 5)
    chosen = choose(units, {"hotline": np.linspace(0, 1, 10)}, 50)
    assert sorted(choice.unit for choice in chosen) == list(range(10))


def test_the_choice_is_the_same_each_time() -> None:
    units = units_of(6, 10)
    unsure = {"a": np.random.default_rng(1).random(60), "b": np.full(60, 0.5)}
    assert choose(units, unsure, 20) == choose(units, unsure, 20)


def test_what_is_labelled_or_said_before_is_no_candidate() -> None:
    said = "全年在渔港清点木船四十二艘，修补石阶三百级，更换门牌一百块。"
    labelled = [Record("x-001", said, labels=()), Record("x-002", "特此报告。", labels=())]
    units = [
        Record("x-001", said.replace("四十二", "四十三")),  # almost, and of the same report
        Record("a-001", "特此报告。"),
        Record("a-002", "特此汇报。"),
        Record("a-003", "草场丈量坡地二百亩，栽种海棠一千株，入冬前全部完成。"),
        Record("a-004", "草场丈量坡地二百亩,栽种海棠一千株,入冬前全部完成。"),
        Record("a-005", "一、草场", "heading"),
    ]
    found = candidates(units, labelled)
    assert [unit.id for unit in found.units] == ["a-002", "a-003"]
    assert (found.n_known, found.n_repeated) == (2, 1)


def test_the_study_compares_on_the_same_known_units(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(sorted(CORPUS.glob("town-0[1-8].jsonl")), taxonomy)
    pool = body_units(corpus.records)
    found = compare(pool, pool[-40:], taxonomy, n_known=60, n_chosen=20, seed=1)
    assert list(found) == ["known", "by chance", "chosen"]
    assert found["chosen"] != found["by chance"] != found["known"]
    assert all(0 < figures["micro_f1"] < 1 for figures in found.values())
    assert found == compare(pool, pool[-40:], taxonomy, n_known=60, n_chosen=20, seed=1)
