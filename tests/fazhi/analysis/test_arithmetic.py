from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazhi.analysis.arithmetic import Inconsistency, check_arithmetic
from tests.fazhi.analysis.units import report_units, sentence


def found(*texts: str) -> list[tuple[str, float, float]]:
    units = [sentence(text, id_=f"x-{number:03d}") for number, text in enumerate(texts)]
    return [(f.kind, f.stated, f.computed) for f in check_arithmetic(units)]


def test_every_field_of_an_inconsistency() -> None:
    text = "受理行政复议案件1626件，审结1536件，审结率96.13%。"
    assert check_arithmetic([sentence(text)]) == (
        Inconsistency(
            unit_ids=("x-001",),
            kind="ratio",
            stated=96.13,
            computed=94.46,
            message="1536÷1626=94.46%，文中为96.13%",
            start=text.index("96.13"),
            end=text.index("。"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("应诉62件，负责人出庭58件，出庭率98.2%。", ("ratio", 98.2, 93.55)),
        ("评查案卷240宗，优秀91宗，优秀率48%。", ("ratio", 48.0, 37.92)),
        ("审结50件，其中维持28件、撤销9件、终止14件。", ("sum", 50.0, 51.0)),
        ("应诉案件88件，其中一审61件、二审31件。", ("sum", 88.0, 92.0)),
        ("清理文件73件，继续有效41件，修改8件，废止21件。", ("sum", 73.0, 70.0)),
        ("办理代表建议52件、政协提案61件，共133件。", ("sum", 133.0, 113.0)),
        ("收案120件，同比增长20%（上年90件）。", ("change", 20.0, 33.33)),
        ("受理26800件，比上年的24100件增长15.6%。", ("change", 15.6, 11.2)),
        ("处罚396件，较2021年的440件减少54件。", ("change", 54.0, 44.0)),
        ("出庭率98.3%，比上年的86.9%提高13.4个百分点。", ("change", 13.4, 11.4)),
        ("收案120件，比上年增加20件，增长25%。", ("change", 25.0, 20.0)),
        ("由2022年的4.1万户次减到2.7万户次，降幅44.1%。", ("change", 44.1, 34.15)),
    ],
)
def test_what_does_not_add_up(text: str, finding: tuple[str, float, float]) -> None:
    assert found(text) == [finding]


@pytest.mark.parametrize(
    "text",
    [
        "受理1626件，审结1536件，审结率94.46%。",
        "排查纠纷134起，调处成功121起，成功率90%。",  # rounded
        "受理纠纷319件，和解297件，和解率93.1%。",
        "受理诉求近2万件，办结1.96万件，办结率99.1%。",  # approximate
        "受理诉求1.2万件，办结1.1万件，办结率95%。",  # rounded to 万
        "受理181件，上年结转24件，审结192件，审结率93.7%。",  # of both
        "收案57件，审结40件，败诉4件，败诉率10%。",  # of those concluded
        "发生诉讼5件，局长出庭1件，负责人出庭率100%。",  # not all hearings
        "受理520件，办结506件，按期办结率100%。",  # of another whole
        "审结126件，其中撤销7件、责令履行2件。",  # not all
        "化解纠纷1386件，其中涉企912件、涉农民工604件。",  # they overlap
        "收到17件，受理15件，审结14件，其中维持8件、撤销6件。",
        "出台规范性文件5件，公布继续有效目录74件、废止22件。",
        "对146件老文件逐件清理，废止23件、修改9件。",
        "收到120件，同比增长20%，纠错率9.3%，上年为12.1%。",  # of something else
        "由34%提升到71%，翻了一番多。",
        "收案120件，比上年增加20件，增长20%。",
    ],
)
def test_what_only_looks_wrong(text: str) -> None:
    assert found(text) == []


def test_a_sentence_goes_on_in_the_next_one() -> None:
    texts = ("全年审结行政复议案件97件。", "其中维持52件、驳回17件、撤销14件、终止16件。")
    assert found(*texts) == [("sum", 97.0, 99.0)]
    (finding,) = check_arithmetic([sentence(t, id_=f"x-{n}") for n, t in enumerate(texts)])
    assert finding.unit_ids == ("x-0", "x-1")


def test_plans_are_not_checked() -> None:
    assert (
        check_arithmetic([sentence("应诉62件，负责人出庭58件，出庭率98.2%。", role="plan")]) == ()
    )


def test_places_are_those_of_the_source() -> None:
    source = "一、应诉\n　　應訴６２件，負責人出庭５８件，出庭率９８．２％。"
    (finding,) = check_arithmetic(report_units(source), source)
    assert source[finding.start : finding.end] == "９８．２％"


@settings(deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 3))
def test_true_rates_are_never_flagged(part: int, more: int, digits: int) -> None:
    rate = f"{part / (part + more) * 100:.{digits}f}"
    assert found(f"受理案件{part + more}件，审结{part}件，审结率{rate}%。") == []


@settings(deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 2))
def test_true_changes_are_never_flagged(now: int, then: int, digits: int) -> None:
    change = (now / then - 1) * 100
    word = "增长" if change >= 0 else "下降"
    assert found(f"收案{now}件，比上年的{then}件{word}{abs(change):.{digits}f}%。") == []


@settings(deadline=None)
@given(st.lists(st.integers(1, 500), min_size=2, max_size=4), st.integers(1, 50))
def test_parts_that_exceed_their_total_are_flagged(parts: list[int], excess: int) -> None:
    words = ("维持", "撤销", "驳回", "终止")
    listed = "、".join(f"{word}{n}件" for word, n in zip(words, parts, strict=False))
    assert found(f"审结案件{sum(parts)}件，其中{listed}。") == []
    if sum(parts) > excess:
        (finding,) = found(f"审结案件{sum(parts) - excess}件，其中{listed}。")
        assert finding == ("sum", sum(parts) - excess, sum(parts))


PIECES = [
    "受理",
    "审结",
    "其中",
    "12件",
    "90%",
    "率",
    "同比增长",
    "上年",
    "，",
    "（",
    "其余",
    "近",
    "共",
    "#",
]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=80))
def test_any_text_is_checked(text: str) -> None:
    for finding in check_arithmetic([sentence(text)]):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.message
