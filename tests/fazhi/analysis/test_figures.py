from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazhi.analysis.figures import Figure, read_figures
from fazhi.analysis.measures import load_measures
from tests.fazhi.analysis.units import report_units, sentence
from tests.tiny import REPORTS

WORDS = [
    "受理",
    "行政复议",
    "审结",
    "其中",
    "维持",
    "调解成功率",
    "12345",
    "《行政处罚法》",
    "、",
    "，",
    "。",
]
WORDS += [
    "1626件",
    "96.13%",
    "3.2万人次",
    "两名",
    "近",
    "余",
    "上年",
    "分别为",
    "（",
    "）",
    "：",
    " ",
    "\n",
]


def read(
    text: str, *labels: str, role: str = "achievement", headings: tuple[str, ...] = ()
) -> dict[str, float]:
    figures = read_figures([sentence(text, *labels, role=role, headings=headings)])
    return {figure.measure: figure.value for figure in figures}


def test_every_field_of_a_figure() -> None:
    text = "2023年，全市收到行政复议申请1,626件，审结率96.13%。"
    first, second = read_figures([sentence(text, "reconsideration")])
    assert first == Figure(
        unit_id="x-001",
        measure="reconsideration_cases",
        name="行政复议收案数",
        label="reconsideration",
        value=1626.0,
        unit="件",
        approximate=False,
        decimals=0,
        period="2023年",
        scope="全市",
        stated="1,626件",
        start=text.index("1,626"),
        end=text.index("，审结"),
    )
    assert (second.measure, second.value, second.unit) == (
        "reconsideration_conclusion_rate",
        96.13,
        "%",
    )


def test_a_list_inherits_what_it_is_about() -> None:
    text = "收到复议申请32件，受理30件，审结28件，其中维持20件、撤销3件、调解和解5件。"
    assert read(text, "reconsideration") == {
        "reconsideration_cases": 32,
        "reconsideration_accepted": 30,
        "reconsideration_concluded": 28,
        "reconsideration_upheld": 20,
        "reconsideration_revoked": 3,
        "reconsideration_settled": 5,
    }


def test_the_heading_says_what_a_sentence_leaves_out() -> None:
    text = "全年受理申请57件，纠错率10.5%。"
    assert read(text, headings=("（三）行政复议",)) == {
        "reconsideration_accepted": 57,
        "reconsideration_correction_rate": 10.5,
    }
    assert read(text, headings=("（三）劳动仲裁",)) == {}


def test_topics_tell_what_headings_and_words_do_not() -> None:
    text = "全年受理51件，办结率99.1%，满意率98.2%。"
    assert read(text, "hotline") == {
        "hotline_requests": 51,
        "hotline_completion_rate": 99.1,
        "hotline_satisfaction_rate": 98.2,
    }
    assert read(text) == {}


def test_a_sentence_of_another_topic_states_nothing_of_the_measure() -> None:
    text = "立案查处违法案件41件，罚没款12万元。"
    assert read(text, "key_enforcement") == {"penalty_cases_filed": 41, "fines": 120_000}
    assert read(text, "law_popularization") == {}


def test_without_topics_a_wording_counts_only_where_its_subject_is_named() -> None:
    assert read("举办业务培训22场。", "cadre_study") == {"training_sessions": 22}
    assert read("举办业务培训22场。") == {}
    assert read("收到行政复议申请32件。") == {"reconsideration_cases": 32}
    assert read("现有执法人员27名。") == {"enforcement_officers": 27}


def test_a_weak_word_of_a_topic_that_the_sentence_is_not_about_says_nothing() -> None:
    text = "全年接收申请91件，先行调解结案40件。"
    assert read(text, "reconsideration")["reconsideration_settled"] == 40


def test_plans_changes_averages_and_limits_are_no_levels() -> None:
    assert read("行政复议审结28件。", role="plan") == {}
    assert read("行政复议案件同比增长12%。", "reconsideration") == {}
    assert read("每月受理行政复议申请3件。", "reconsideration") == {}
    assert read("力争调解成功率达到95%。", "dispute_resolution") == {}
    assert read("行政复议审结28件。", "reconsideration", role="problem") == {
        "reconsideration_concluded": 28
    }


def test_of_a_change_the_new_level_is_read() -> None:
    text = "行政机关负责人出庭应诉率由38%提高到82.7%。"
    assert read(text, "litigation_response") == {"hearing_attendance_rate": 82.7}


def test_a_level_of_a_stated_year_before_is_read_too() -> None:
    for before in ("上年的", "2022年的"):
        figures = read_figures(
            [sentence(f"负责人出庭率由{before}38%提高到82.7%。", "litigation_response")]
        )
        assert [(figure.value, figure.period) for figure in figures] == [
            (38.0, before.removesuffix("的")),
            (82.7, None),
        ]


def test_a_part_is_not_read_as_the_whole() -> None:
    text = "承接赋权事项中有53项至今没有办过。"
    assert read(text, "duty_list") == {}


def test_a_bare_number_goes_on_from_the_one_before() -> None:
    def numbers(text: str) -> list[float]:
        return [f.value for f in read_figures([sentence(text, "first_responsible")])]

    assert numbers("书记、县长分别主持研究法治议题5次、7次。") == [5, 7]
    assert numbers("研究法治议题、调研分别为5次、7次。") != [5, 7]
    assert numbers("主持研究法治议题5次、7件。") == [5]
    assert numbers("主持研究法治议题5次，7次。") == [5]


def test_titles_and_what_stands_in_them_are_no_subject() -> None:
    text = "贯彻《行政复议法》，调解纠纷131件，调解成功128件。"
    assert read(text, "dispute_resolution") == {
        "disputes_mediated": 131,
        "mediation_succeeded": 128,
    }


def test_period_and_scope_are_quoted() -> None:
    (figure,) = read_figures(
        [sentence("截至12月底，全县办理法律援助案件346件。", "legal_services")]
    )
    assert (figure.period, figure.scope) == ("截至12月底", "全县")
    (figure,) = read_figures([sentence("今年，办理法律援助案件340余件。", "legal_services")])
    assert (figure.period, figure.scope, figure.approximate) == (None, None, True)


def test_places_are_those_of_the_source() -> None:
    source = "　　一、行政复議\r\n　　受理行政復(fu)議申請１，６２６\u200b件，審結１５３６件。\r\n"
    figures = read_figures(report_units(source), source)
    assert [figure.value for figure in figures] == [1626, 1536]
    assert [source[f.start : f.end] for f in figures] == [f.stated for f in figures]
    assert figures[0].stated == "１，６２６\u200b件"


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.txt")), ids=lambda path: path.stem)
def test_whole_reports_keep_their_places(path: object) -> None:
    source = path.read_text("utf-8")  # type: ignore[attr-defined]
    topics = {measure.label for measure in load_measures().measures.values()}
    figures = read_figures(report_units(source, *topics), source)
    assert figures
    for figure in figures:
        assert source[figure.start : figure.end] == figure.stated
        assert any(char.isdigit() or char in "一二两三四五六七八九十百千" for char in figure.stated)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join) | st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    for figure in read_figures([sentence(text, "reconsideration")]):
        assert text[figure.start : figure.end] == figure.stated
        assert figure.value >= 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(WORDS), max_size=20).map("".join) | st.text(max_size=120))
def test_any_source_is_read(source: str) -> None:
    for figure in read_figures(report_units(source), source):
        assert source[figure.start : figure.end] == figure.stated


def test_what_is_too_long_for_a_sentence_has_no_figures() -> None:
    assert read_figures([sentence("受理行政复议申请3件，" * 10_000, "reconsideration")]) == ()
