from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.comparison.carried_over import THRESHOLD, find_carried_over
from tests.fazhi.analyses import make_analysis, make_facts

SENTENCE = "全年办理行政复议案件42件，经调解和解结案16件，综合纠错率为7.1%。"


def carried(now: list[str], before: list[str]) -> list[tuple[str, str]]:
    """The carried-over texts with where they come from."""
    reports = [
        make_analysis(
            name, make_facts("青河县", 2023), [(text, (), "achievement") for text in texts]
        )
        for name, texts in (("now", now), ("before", before))
    ]
    return [(unit.text, unit.from_text) for unit in find_carried_over(*reports)]


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (SENTENCE, SENTENCE),
        ("一是" + SENTENCE, "3." + SENTENCE),
        (SENTENCE.replace("，", ","), SENTENCE.replace("，", "； ")),
        (SENTENCE.replace("综合", ""), SENTENCE),
        ("2023年以来，" + SENTENCE, "2022年以来，" + SENTENCE),
        ("二〇二三年" + SENTENCE, "二〇二二年" + SENTENCE),
        ("落实《纲要（2021—2025年）》。", "落实《纲要（2016—2020年）》。"),
        ("执法力量不足。", "执法力量不足。"),
    ],
)
def test_unchanged_or_nearly_so_is_carried_over(now: str, before: str) -> None:
    assert carried([now], [before]) == [(now, before)]


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (SENTENCE.replace("42", "57"), SENTENCE),  # new figures are news
        (SENTENCE.replace("7.1%", "7.2%"), SENTENCE),
        (SENTENCE.replace("42件", "数件"), SENTENCE),
        ("执法力量不足。", "执法力量充足。"),
        ("开展普法宣传。", SENTENCE),
        ("——。", "……"),  # nothing to compare
    ],
)
def test_news_is_not_carried_over(now: str, before: str) -> None:
    assert carried([now], [before]) == []


def test_units_stand_in_order_each_with_its_most_similar() -> None:
    before = ["执法力量仍然不足够。", SENTENCE.replace("综合", ""), SENTENCE]
    assert carried([SENTENCE, "新做法。", "执法力量仍然不足够。"], before) == [
        (SENTENCE, SENTENCE),
        ("执法力量仍然不足够。", "执法力量仍然不足够。"),
    ]


def test_headings_and_metadata_are_not_compared() -> None:
    assert carried([], []) == []  # though titles and metadata of both are the same


TEXTS = st.lists(st.text("办案，。一是12年复议2023", min_size=1, max_size=12), max_size=5)


@given(now=TEXTS, before=TEXTS)
def test_any_text_is_carried_over_from_itself_only_above_the_threshold(
    now: list[str], before: list[str]
) -> None:
    reports = [
        make_analysis(name, make_facts("青河县", 2023), [(text, (), "plan") for text in texts])
        for name, texts in (("now", now), ("before", [*before, *now]))
    ]
    found = find_carried_over(*reports)
    assert all(THRESHOLD <= unit.similarity <= 1 for unit in found)
    by_text = {unit.text: unit for unit in found}
    for text in now:
        assert text not in by_text or by_text[text].similarity == 1
        if any(c in "办案是复议" for c in text[2:]):
            assert text in by_text
