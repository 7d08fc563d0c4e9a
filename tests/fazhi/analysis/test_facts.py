from __future__ import annotations

from dataclasses import astuple, fields

import pytest
from hypothesis import given

from fazhi.analysis.facts import Facts, read_facts
from fazhi.report import parse_report
from tests.fazhi.samples import any_text, mutated_reports

BODY = "\n\n一、工作情况\n全年推进法治政府建设。\n继续推进。"


def facts_of(source: str) -> Facts:
    return read_facts(parse_report(source))


def test_all_facts_of_a_report() -> None:
    facts = facts_of(
        "索引号：QX01/2024-00001　发布日期：2024-02-01\n"
        "青溪县人民政府关于2023年度法治政府建设情况的报告\n"
        "云岭市人民政府：" + BODY + "\n青溪县人民政府\n二〇二四年一月十五日\n（此件公开发布）"
    )
    assert facts == Facts(
        title="青溪县人民政府关于2023年度法治政府建设情况的报告",
        issuer="青溪县人民政府",
        issuer_kind="government",
        issuer_level="county",
        region="云岭市青溪县",
        year=2023,
        date="2024-01-15",
    )


@pytest.mark.parametrize(
    ("title", "issuer", "year"),
    [
        ("2023年青溪县法治政府建设年度报告", "青溪县", 2023),
        ("二〇二三年度青溪县法治政府建设报告", "青溪县", 2023),
        ("关于2023年度云岭市法治政府建设情况的报告", "云岭市", 2023),
        ("关于报送青溪县司法局2023年度法治政府建设情况的报告", "青溪县司法局", 2023),
        (
            "青溪县人民政府办公室关于青溪县2019年度法治政府建设情况的报告",
            "青溪县人民政府办公室",
            2019,
        ),
        (
            "中共云岭市委全面依法治市委员会办公室关于2023年法治政府建设情况的报告",
            "中共云岭市委全面依法治市委员会办公室",
            2023,
        ),
        ("青溪县财政局2021年法治政府建设工作总结及2022年工作打算", "青溪县财政局", 2021),
        ("青溪县人民政府2021—2025年法治政府建设情况报告", "青溪县人民政府", None),
        ("全县2023年度法治政府建设情况报告", None, 2023),
    ],
)
def test_issuer_and_year_of_a_title(title: str, issuer: str | None, year: int | None) -> None:
    facts = facts_of(title + BODY)
    assert (facts.title, facts.issuer, facts.year) == (title, issuer, year)


@pytest.mark.parametrize(
    ("title", "sign_off", "issuer"),
    [
        ("青溪县2023年法治政府建设报告", "青溪县人民政府", "青溪县人民政府"),
        ("柏店镇2023年法治政府建设报告", "青溪县柏店镇人民政府", "青溪县柏店镇人民政府"),
        (
            "云岭市2023年法治政府建设报告",
            "中共云岭市委 云岭市人民政府",
            "中共云岭市委 云岭市人民政府",
        ),
        # The report is the county's, whoever puts its name under it.
        ("青溪县2023年法治政府建设报告", "青溪县司法局", "青溪县"),
    ],
)
def test_sign_off_completes_what_a_title_names(title: str, sign_off: str, issuer: str) -> None:
    assert facts_of(f"{title}{BODY}\n{sign_off}\n2024年1月15日").issuer == issuer


def test_without_a_title_the_sign_off_names_the_issuer_and_else_the_metadata() -> None:
    assert facts_of(f"{BODY}\n青溪县司法局\n2023年1月10日").issuer == "青溪县司法局"
    assert facts_of(f"发布机构：青溪县财政局{BODY}").issuer == "青溪县财政局"
    assert facts_of(f"| 发文机关 | 青溪县财政局 | 文号 | 无 |{BODY}").issuer == "青溪县财政局"
    assert facts_of(f"来源：青溪县财政局　浏览次数：3{BODY}").issuer == "青溪县财政局"
    # It may be the government's report on the page of its bureau of justice.
    assert facts_of(f"来源：青溪县司法局　浏览次数：3{BODY}").issuer is None
    assert facts_of(f"来源：政策法规科{BODY}").issuer is None


def test_title_may_stand_in_the_metadata() -> None:
    title = "青溪县人民政府关于2022年度法治政府建设情况的报告"
    facts = facts_of(f"名　　称：{title}　　文号：无{BODY}")
    assert (facts.title, facts.issuer, facts.year) == (title, "青溪县人民政府", 2022)


@pytest.mark.parametrize(
    ("addressee", "text", "level", "region"),
    [
        ("云岭市人民政府：", "", "county", "云岭市青岩市"),
        ("市人民政府：", "", "county", "青岩市"),
        ("省人民政府：", "", "city", "青岩市"),
        ("", "各乡镇落实责任。乡镇司法所6个。乡镇调解室9个。", "county", "青岩市"),
        ("", "乡镇司法所6个。各县区落实责任。乡镇调解室9个。", "city", "青岩市"),
        ("", "", "city", "青岩市"),
    ],
)
def test_city_that_may_be_a_county(addressee: str, text: str, level: str, region: str) -> None:
    title = "青岩市人民政府关于2022年度法治政府建设情况的报告"
    facts = facts_of(f"{title}\n{addressee}{BODY}{text}")
    assert (facts.issuer_level, facts.region) == (level, region)


@pytest.mark.parametrize(
    ("head", "foot", "date"),
    [
        ("发布日期：2024-02-01", "青溪县司法局\n2024年1月15日", "2024-01-15"),
        ("发布日期：2024-02-01　成文日期：2024年1月20日", "", "2024-01-20"),
        ("时间：2024-02-03 09:12", "", "2024-02-03"),
        ("", "青溪县司法局办公室\n2024年1月20日印发", "2024-01-20"),
        ("", "", None),
    ],
)
def test_date_of_signing_comes_before_those_of_the_page(
    head: str, foot: str, date: str | None
) -> None:
    title = "青溪县司法局2023年度法治政府建设情况报告"
    assert facts_of(f"{head}\n{title}{BODY}\n{foot}").date == date


@pytest.mark.parametrize(
    ("text", "date", "year"),
    [
        ("自2018年起坚持学法。2022年开展培训。", "2023年1月10日", 2022),
        ("自2018年起坚持学法。2022年开展培训。", "2022年12月20日", 2022),
        ("2023年继续开展培训。", "2023年1月10日", None),
        ("自2018年起坚持学法。", "2023年1月10日", None),
        ("2022年开展培训。", "", 2022),
    ],
)
def test_year_of_the_text_fits_the_date(text: str, date: str, year: int | None) -> None:
    assert facts_of(f"{BODY}\n{text}\n青溪县司法局\n{date}").year == year


def test_facts_stay_unknown_where_the_report_is_silent() -> None:
    assert set(astuple(facts_of("全县推进法治建设。"))) == {None}
    assert set(astuple(facts_of(""))) == {None}


@given(any_text)
def test_any_text_has_facts_or_none(source: str) -> None:
    facts = facts_of(source)
    assert all(getattr(facts, field.name) != "" for field in fields(facts))


@given(mutated_reports())
def test_facts_of_mutated_reports_are_of_known_kinds(source: str) -> None:
    facts = facts_of(source)
    assert facts.issuer_kind in (None, "government", "department", "town", "other")
    assert facts.issuer_level in (None, "province", "city", "county", "town")
    assert (facts.issuer is None) == (facts.issuer_kind is None)
    assert facts.year is None or 1900 <= facts.year <= 2099


@pytest.mark.parametrize(("own", "kind"), [("现将我办", "department"), ("现将全县", "government")])
def test_an_office_that_reports_on_itself_is_a_department(own: str, kind: str) -> None:
    title = "青河县人民政府办公室2023年法治政府建设情况报告"
    facts = read_facts(parse_report(f"{title}\n{own}有关工作情况报告如下。\n全年办理文件12件。\n"))
    assert (facts.issuer, facts.issuer_kind) == ("青河县人民政府办公室", kind)
    assert facts.issuer_level == "county"
