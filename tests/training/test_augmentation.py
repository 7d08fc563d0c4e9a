"""Noise: seeded, of the kinds that it claims, and harmless where the normaliser undoes it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from fazhi.encoding import Sentence
from fazhi.normalize import normalize, squeeze
from training.augmentation import (
    KINDS,
    disturb,
    lost_dashes,
    missing_stop,
    pinyin_inserts,
    recognition_slips,
    traditional,
    width,
)

TEXT = "全年审查规范性文件26件，其中：县政府文件12件（含政策措施4件），已公开；监管检查3500次。"
SENTENCE = Sentence(TEXT, ("一、工作情况", "（一）坚持依法决策——把好审查关"))


def test_the_same_state_gives_the_same_noise() -> None:
    assert disturb(SENTENCE, random.Random(3)) == disturb(SENTENCE, random.Random(3))


def test_different_states_give_different_noise() -> None:
    assert len({disturb(SENTENCE, random.Random(seed)) for seed in range(30)}) > 15


def test_headings_stay_as_many() -> None:
    for seed in range(50):
        assert len(disturb(SENTENCE, random.Random(seed)).heading_path) == 2


@pytest.mark.parametrize("kind", [traditional, pinyin_inserts, width])
def test_the_normaliser_undoes_what_pages_do(kind: Callable[[str, random.Random], str]) -> None:
    assert kind in KINDS
    text = TEXT * 10  # long enough for every seed to hit
    for seed in range(20):
        noised = kind(text, random.Random(seed))
        assert noised != text
        assert squeeze(normalize(noised).text) == squeeze(normalize(text).text)


def test_slips_keep_most_of_the_text() -> None:
    noised = recognition_slips(TEXT * 10, random.Random(0)).replace(" ", "")
    changed = sum(a != b for a, b in zip(TEXT * 10, noised, strict=True))
    assert 0 < changed < len(noised) * 0.15


def test_dashes_and_stops_go() -> None:
    rng = random.Random(0)
    assert "——" not in lost_dashes("依法决策——把好关", rng)
    assert all(not missing_stop("第一句。第二句。", rng).endswith("。") for _ in range(20))


def test_no_kind_fails_on_odd_text() -> None:
    for text in ("", "。", "——", " \n", "abc", "𠮷野家", "㐂"):
        for kind in KINDS:
            for seed in range(5):
                kind(text, random.Random(seed))
