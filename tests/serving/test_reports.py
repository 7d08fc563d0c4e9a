"""`POST /v1/reports` says what `tag_report` says; its offsets lead back into the request."""

from __future__ import annotations

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from fazhi.analysis import analyze
from fazhi.classifier import Classifier
from fazhi.normalize import normalize, squeeze
from fazhi.report import parse_report
from fazhi.tagging import tag_report
from tests.serving.service import Service
from tests.tiny import REPORTS

REPORT = """云岭县2023年法治政府建设情况报告

一、主要举措和成效
（一）深化“放管服”改革。压减申报材料61份，平均办理时限缩短至3.2天。
（二）全年办理行政复议案件42件，纠错率7.1%。
二、存在的问题
执法人员法治意识有待提高。
三、下一步工作打算
加强普法宣传。

云岭县人民政府
2024年1月15日
"""
PRINTED = """雲嶺縣２０２３年法治政府建設情況報告\r
\r
一、主要舉措和成效\r
　　（一）深化“放管服”改革。壓減(jiǎn)申報材料６１份，𠮷祥鎮\u200b辦理１２件。\r
二、存在的問題
監(jiān)管(guǎn)力度不夠﹔執法人員少。
"""


def tag(service: Service, text: str, **more: str) -> dict[str, Any]:
    response = service.client.post("/v1/reports", json={"text": text, **more})
    return service.answer(response)


def assert_tiles(text: str, units: list[dict[str, Any]]) -> None:
    """Units stand in order and cover everything that is printed."""
    at = 0
    for unit in units:
        assert text[at : unit["start"]].strip() == ""
        assert unit["start"] < unit["end"] <= len(text)
        assert squeeze(normalize(text[unit["start"] : unit["end"]]).text) == unit["text"]
        at = unit["end"]
    assert text[at:].strip() == ""


def test_answer_is_what_tag_report_says(service: Service, tiny_classifier: Classifier) -> None:
    report = parse_report(REPORT)
    units = tag_report(report, "yunling-2023", tiny_classifier)
    unit_json = [unit.to_json("tiny@1.2.3") for unit in units]
    for unit in unit_json:
        del unit["model"]  # stands once, above
    analysis = analyze("yunling-2023", report, units, tiny_classifier.artifact.taxonomy)
    expected = {
        "model": {"name": "tiny", "version": "1.2.3"},
        **json.loads(json.dumps(analysis.to_json(""))),
        "units": unit_json,
    }
    assert tag(service, REPORT, name="yunling-2023") == expected


def test_units_have_the_fields_of_the_contract(service: Service) -> None:
    answer = tag(service, REPORT)
    fields = "id kind heading_path text start end labels role scores role_scores n_tokens truncated"
    assert all(list(unit) == fields.split() for unit in answer["units"])
    assert [unit["id"] for unit in answer["units"]] == [
        f"report-{number:03d}" for number in range(1, len(answer["units"]) + 1)
    ]
    kinds = {unit["kind"] for unit in answer["units"]}
    assert kinds == {"title", "heading", "body", "meta"}
    for unit in answer["units"]:
        assert (unit["role"] is not None) == (unit["kind"] == "body")
        assert bool(unit["scores"]) == (unit["kind"] != "meta")


def test_coverage_counts_the_units_of_the_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered = [0.15 * threshold for threshold in service.classifier._thresholds]
    monkeypatch.setattr(service.classifier, "_thresholds", lowered)
    answer = tag(service, REPORT)
    assert len(answer["coverage"]) == 26
    seen = 0
    for label, row in answer["coverage"].items():
        units = [u for u in answer["units"] if u["kind"] == "body" and label in u["labels"]]
        seen += len(units)
        assert row["units"] == len(units) == sum(role["units"] for role in row["roles"].values())
        assert row["characters"] == sum(len(unit["text"]) for unit in units)
        assert row["first"] == (units[0]["id"] if units else None)
    assert seen, "the lowered thresholds should let some labels through"


def test_offsets_lead_to_the_unit_as_printed(service: Service) -> None:
    units = tag(service, PRINTED)["units"]
    assert_tiles(PRINTED, units)
    printed = {unit["text"]: PRINTED[unit["start"] : unit["end"]] for unit in units}
    assert (
        printed["压减申报材料61份,𠮷祥镇办理12件。"]
        == "壓減(jiǎn)申報材料６１份，𠮷祥鎮\u200b辦理１２件。"
    )
    assert printed["云岭县2023年法治政府建设情况报告"] == "雲嶺縣２０２３年法治政府建設情況報告"


@pytest.mark.parametrize("file", sorted(REPORTS.glob("held-*.txt")), ids=lambda file: file.stem)
def test_offsets_of_whole_reports(service: Service, file: Path) -> None:
    text = file.read_text("utf-8")
    answer = tag(service, text)
    assert len(answer["units"]) > 5
    assert_tiles(text, answer["units"])


def test_text_without_structure_is_a_report_too(service: Service) -> None:
    answer = tag(service, "a")
    assert [unit["text"] for unit in answer["units"]] == ["a"]
    assert answer["report"].pop("name") == "report"
    assert set(answer["report"].values()) == {None}


def test_documented_example_works(service: Service) -> None:
    schema = service.openapi["components"]["schemas"]["ReportRequest"]
    for example in schema["properties"]["text"]["examples"]:
        assert any("放管服" in unit["text"] for unit in tag(service, example)["units"])


def test_health_and_facts_answer_while_a_report_is_classified(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_busy, may_go_on = threading.Event(), threading.Event()
    infer = service.classifier.infer

    def slow(*arguments: Any) -> Any:
        is_busy.set()
        assert may_go_on.wait(timeout=30)
        return infer(*arguments)

    monkeypatch.setattr(service.classifier, "infer", slow)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(tag, service, REPORT)
        try:
            assert is_busy.wait(timeout=30)
            for path in ("/health/live", "/health/ready", "/v1/taxonomy", "/v1/model", "/docs"):
                assert service.client.get(path, timeout=10).status_code == 200
            assert not answer.done()
        finally:
            may_go_on.set()
        assert answer.result()["units"]


def test_event_loop_is_free_during_the_work_of_a_long_report(service: Service) -> None:
    text = "".join(file.read_text("utf-8") for file in sorted(REPORTS.glob("*.txt"))) * 6
    url = f"http://{service.address[0]}:{service.address[1]}/health/live"
    checks = 0
    with ThreadPoolExecutor(1) as pool, httpx.Client(trust_env=False) as other:
        answer = pool.submit(tag, service, text)
        while not answer.done():
            assert other.get(url, timeout=10).status_code == 200
            checks += not answer.done()
        assert len(answer.result()["units"]) > 1_000
    assert checks >= 5


def test_client_that_leaves_doesnt_disturb_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_busy, has_left = threading.Event(), threading.Event()
    infer = service.classifier.infer

    def slow(*arguments: Any) -> Any:
        is_busy.set()
        assert has_left.wait(timeout=30)
        return infer(*arguments)

    monkeypatch.setattr(service.classifier, "infer", slow)
    leaving = http.client.HTTPConnection(*service.address, timeout=30)
    body = json.dumps({"text": REPORT})
    leaving.request("POST", "/v1/reports", body, {"Content-Type": "application/json"})
    assert is_busy.wait(timeout=30)
    leaving.close()
    has_left.set()
    assert tag(service, REPORT)["units"]
