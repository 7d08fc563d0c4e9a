from __future__ import annotations

from fazhi.comparison.bodies import group_by_body, last_reports
from tests.fazhi.analyses import make_analysis, make_facts


def bodies(*issuers: str | None, years: tuple[int | None, ...] = ()) -> list[list[str]]:
    """Numbers of the reports of each body."""
    years = years or tuple(2020 + i for i in range(len(issuers)))
    reports = [
        make_analysis(str(i), make_facts(issuer, year))
        for i, (issuer, year) in enumerate(zip(issuers, years, strict=True))
    ]
    return [[report.name for report in body.reports] for body in group_by_body(reports)]


def test_reports_of_a_body_stand_by_year() -> None:
    issuers = ("青河县人民政府", "白石县人民政府", "青河县人民政府办公室")
    assert bodies(*issuers, years=(2023, 2023, 2021)) == [["2", "0"], ["1"]]


def test_a_body_is_the_same_however_it_is_named() -> None:
    issuers = ("青河县", "青河县人民政府", "青河县 人民政府办公室", "青河县政府办")
    reports = [make_analysis(str(i), make_facts(name, 2020 + i)) for i, name in enumerate(issuers)]
    (body,) = group_by_body(reports)
    assert (body.name, len(body.reports)) == ("青河县人民政府", 4)
    assert bodies("白石街道", "白石街道办事处") == [["0", "1"]]
    assert bodies("青河县委办公室", "青河县人民政府办公室") == [["0"], ["1"]]


def test_a_report_without_issuer_or_year_has_no_body() -> None:
    assert bodies(None, "青河县人民政府", "青河县人民政府", years=(2020, 2021, None)) == [["1"]]


def test_a_body_named_with_and_without_its_city_is_one() -> None:
    assert bodies("青河县司法局", "云岭市青河县司法局") == [["0", "1"]]
    assert bodies("青河县司法局", "云岭市青河县司法局", "南岭省云岭市青河县司法局") == [
        ["0", "1", "2"]
    ]


def test_a_short_name_that_may_be_either_of_two_bodies_is_neither() -> None:
    assert bodies("朝阳区司法局", "甲市朝阳区司法局", "乙市朝阳区司法局") == [["0"], ["1"], ["2"]]
    assert bodies("司法局", "青河县司法局") == [["0"], ["1"]]
    assert bodies("河县司法局", "青河县司法局") == [["0"], ["1"]]


def test_the_last_report_is_that_of_the_latest_year_before() -> None:
    years = (2019, 2021, 2021, 2022)
    reports = [make_analysis(str(i), make_facts("青河县", year)) for i, year in enumerate(years)]
    last = last_reports(group_by_body(reports))
    assert {name: report.name for name, report in last.items()} == {"1": "0", "2": "0", "3": "1"}
