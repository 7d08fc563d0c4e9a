"""`POST /v1/compare` says what `fazhi.comparison` says; a bad report never fails the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fazhi.analysis import Analysis, analyze
from fazhi.classifier import Classifier
from fazhi.comparison import compare
from fazhi.report import parse_report
from fazhi.tagging import tag_report
from tests.serving.service import Service
from tests.serving.test_events import LINES, events
from tests.serving.test_reports import REPORT

COMPARE = "/v1/compare"
NEXT_YEAR = REPORT.replace("2023年", "2024年").replace("42件", "57件")


def files(*given: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("file", file) for file in given]


def texts(*given: str) -> dict[str, Any]:
    return {"reports": [{"text": text, "name": f"报告{i}"} for i, text in enumerate(given)]}


def analysis(name: str, text: str, classifier: Classifier) -> Analysis:
    report = parse_report(text)
    units = tag_report(report, name, classifier)
    return analyze(name, report, units, classifier.artifact.taxonomy)


def test_answer_is_what_compare_says(service: Service, tiny_classifier: Classifier) -> None:
    answer = service.answer(service.post(COMPARE, texts(REPORT, NEXT_YEAR)))
    pairs = [("报告0", REPORT), ("报告1", NEXT_YEAR)]
    expected = compare([analysis(name, text, tiny_classifier) for name, text in pairs])
    assert answer == {
        "model": {"name": "tiny", "version": "1.2.3"},
        **json.loads(json.dumps(expected.to_json())),
    }
    assert len(answer["topics"]) == 26


def test_files_are_compared_like_texts(service: Service) -> None:
    given = files(("报告0.txt", REPORT.encode("gb18030")), ("报告1.txt", NEXT_YEAR.encode()))
    answer = service.answer(service.client.post(COMPARE, files=given))
    assert answer == service.answer(service.post(COMPARE, texts(REPORT, NEXT_YEAR)))


def test_a_bad_file_is_listed_with_its_reason(service: Service) -> None:
    given = files(("a.txt", REPORT.encode()), ("b.xyz", b"a"), ("c.txt", b""), ("d", b"\xff\xfe"))
    answer = service.answer(service.client.post(COMPARE, files=given))
    assert [report["name"] for report in answer["reports"]] == ["a"]
    assert [failed["name"] for failed in answer["failed"]] == ["b.xyz", "c.txt", "d"]
    assert "isn't read" in answer["failed"][0]["reason"]
    assert all("\n" not in failed["reason"] for failed in answer["failed"])


def test_only_bad_files(service: Service) -> None:
    answer = service.answer(service.client.post(COMPARE, files=files(("a.xyz", b"a"))))
    assert answer["reports"] == [] and len(answer["failed"]) == 1


def test_a_bad_text_is_listed_by_its_name(service: Service) -> None:
    answer = service.answer(service.post(COMPARE, texts(REPORT, "a" * 100_001)))
    assert answer["failed"][0]["name"] == "报告1"
    assert "reports[1].text" in answer["failed"][0]["reason"]


def test_names_that_come_again_get_a_number(service: Service) -> None:
    given = files(*[(name, REPORT.encode()) for name in ("a.txt", "b/a.txt", "a (2).txt", "a")])
    answer = service.answer(service.client.post(COMPARE, files=given))
    names = [report["name"] for report in answer["reports"]]
    assert names == ["a", "a (2)", "a (2) (2)", "a (3)"]


def test_progress_tells_reading_and_tagging(service: Service) -> None:
    body = texts(REPORT, NEXT_YEAR)
    *progress, last = events(service.client.post(COMPARE, json=body, headers=LINES))
    assert last.pop("event") == "result"
    assert last == service.answer(service.post(COMPARE, body))
    stages = [event["stage"] for event in progress]
    assert stages == sorted(stages) and set(stages) == {"reading", "tagging"}
    assert {event["total"] for event in progress if event["stage"] == "reading"} == {2}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"reports": []}, "reports"),
        ({}, "reports"),
        ({"reports": [{"name": "a"}]}, "reports[0].text"),
        ({"reports": [{"text": "a"}, {"text": " "}]}, "reports[1].text"),
        ({"reports": [{"text": "a", "x": 1}]}, "reports[0].x"),
        ({"reports": ["a"]}, "reports[0]"),
        ({"reports": {"a": "b"}}, "reports"),
    ],
)
def test_refusal_names_the_field(service: Service, body: Any, param: str) -> None:
    assert service.answer(service.post(COMPARE, body), 422)["error"]["param"] == param


def test_limits_are_413(start: Callable[..., Service]) -> None:
    small = start(max_reports=2, max_units=12, max_report_characters=100)

    def refused(response: httpx.Response, limit: str) -> None:
        assert limit in small.answer(response, 413)["error"]["message"]

    refused(small.post(COMPARE, texts("a", "a", "a")), "max_reports")
    given = files(*[(f"{i}.txt", b"a") for i in range(3)])
    refused(small.client.post(COMPARE, files=given), "max_reports")
    lines = "\n".join("一二三四五六七")
    refused(small.post(COMPARE, texts(lines, lines)), "max_units")
    answer = small.answer(small.post(COMPARE, texts("a", "法" * 101)))
    assert "max_report_characters" in answer["failed"][0]["reason"]
    (report,) = answer["reports"]
    assert report["name"] == "报告0"
