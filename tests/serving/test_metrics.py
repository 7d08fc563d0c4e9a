"""`GET /metrics` says what happened: after known requests every number is the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serving.command import measured
from tests.serving.service import Service, wait_until

CLASSIFY = "/v1/classify"
SENTENCES = ["压减申报材料61份。", "全年办理行政复议案件42件，纠错率7.1%。", "组织执法人员培训。"]
LONG = "推进依法行政" * 100
REPORT = "法治政府建设年度报告\n一、工作情况\n（一）深化改革。压减申报材料61份。\n（二）加强培训。组织培训3次。"
UNITS = ("_seconds", "_bytes", "_tokens", "_sentences", "_requests", "_info", "_ready")


def count(service: Service, name: str, /, **labels: str) -> float:
    return measured(service.client, f"fazhi_{name}", **labels)


@pytest.fixture(scope="module")
def used(start: Callable[..., Service]) -> tuple[Service, list[dict]]:
    """A service after known requests, and the sentences' results."""
    service = start(max_sentences=10)
    results = []
    for sentences in ([SENTENCES[0]], SENTENCES[1:], [LONG]):
        results += service.answer(service.post(CLASSIFY, {"sentences": sentences}))["results"]
    assert service.client.post(CLASSIFY, json={}).status_code == 422
    assert service.client.post(CLASSIFY, json={"sentences": ["a"] * 11}).status_code == 413
    for _ in range(2):
        assert service.client.get("/nothing").status_code == 404
    wait_until(lambda: count(service, "requests_total", status="404") == 2)
    return service, results


def test_requests_are_counted_by_route_method_and_status(used: tuple[Service, list[dict]]) -> None:
    service, _ = used
    for expected, labels in (
        (3, {"route": CLASSIFY, "method": "POST", "status": "200"}),
        (1, {"route": CLASSIFY, "method": "POST", "status": "422"}),
        (1, {"route": CLASSIFY, "method": "POST", "status": "413"}),
        (2, {"route": "none", "method": "GET", "status": "404"}),
    ):
        assert count(service, "requests_total", **labels) == expected, labels
    assert count(service, "request_duration_seconds_count", route=CLASSIFY) == 5
    assert count(service, "request_duration_seconds_sum", route=CLASSIFY) > 0
    for expected, reason in ((1, "invalid"), (1, "too_large"), (2, "not_found")):
        assert count(service, "rejected_total", reason=reason) == expected


def test_sentences_labels_and_roles_are_counted(used: tuple[Service, list[dict]]) -> None:
    service, results = used
    assert count(service, "sentences_total") == len(results) == 4
    assert [result["truncated"] for result in results] == [False, False, False, True]
    assert count(service, "truncated_total") == 1
    labels = Counter(label["id"] for result in results for label in result["labels"])
    assert count(service, "labels_total") == labels.total()
    for label, number in labels.items():
        assert count(service, "labels_total", label=label) == number
    for role, number in Counter(result["role"]["id"] for result in results).items():
        assert count(service, "roles_total", role=role) == number


def test_batches_hold_all_tokens_and_sentences(used: tuple[Service, list[dict]]) -> None:
    service, results = used
    batches = count(service, "batch_sentences_count")
    assert 3 <= batches <= 4
    assert count(service, "batch_sentences_sum") == 4
    assert count(service, "batch_tokens_sum") == sum(result["n_tokens"] for result in results)
    assert count(service, "batch_tokens_count") == batches
    assert count(service, "inference_duration_seconds_count") == batches
    assert count(service, "inference_duration_seconds_sum") > 0
    assert count(service, "queue_duration_seconds_count") == 3
    assert count(service, "cache_hits_total") == count(service, "deduplicated_total") == 0


def test_gauges_are_back_at_rest(used: tuple[Service, list[dict]]) -> None:
    service, _ = used
    assert count(service, "queue_tokens") == count(service, "queue_requests") == 0
    wait_until(lambda: count(service, "in_flight_requests") == 1)  # the question itself
    assert count(service, "ready") == 1
    assert count(service, "model_info", name="tiny", version="1.2.3") == 1
    for outcome in ("swapped", "refused"):
        assert count(service, "model_reloads_total", outcome=outcome) == 0


def test_report_counts_its_units(start: Callable[..., Service]) -> None:
    service = start()
    units = service.answer(service.post("/v1/reports", {"text": REPORT}))["units"]
    assert len(units) > 3
    assert count(service, "sentences_total") == len(units)
    assert count(service, "roles_total") == len(units)
    assert count(service, "batch_tokens_sum") <= sum(unit["n_tokens"] for unit in units)


def test_equal_sentences_in_flight_are_computed_once(start: Callable[..., Service]) -> None:
    service = start()
    answer = service.answer(service.post(CLASSIFY, {"sentences": SENTENCES[:2] * 3}))
    scores = [result["scores"] for result in answer["results"]]
    assert scores[:2] == scores[2:4] == scores[4:] and scores[0] != scores[1]
    assert count(service, "deduplicated_total") == 4
    assert count(service, "batch_sentences_sum") == 2
    assert count(service, "sentences_total") == 6
    under_a_heading = {"text": SENTENCES[0], "heading_path": ["二、存在的问题"]}
    mixed = {"sentences": [SENTENCES[0], under_a_heading]}
    first, second = service.answer(service.post(CLASSIFY, mixed))["results"]
    assert first["scores"] == scores[0] != second["scores"]
    assert count(service, "deduplicated_total") == 4


def test_cache_answers_the_latest_sentences_again(start: Callable[..., Service]) -> None:
    service = start(cache_sentences=2)

    def ask(sentence: str) -> dict:
        body = {"sentences": [sentence]}
        return service.answer(service.post(CLASSIFY, body))["results"][0]

    first = ask(SENTENCES[0])
    assert ask(SENTENCES[0]) == first
    assert (count(service, "cache_hits_total"), count(service, "batch_sentences_sum")) == (1, 1)
    ask(SENTENCES[1])
    ask(SENTENCES[0])  # so that the second is the one that goes
    ask(SENTENCES[2])
    assert (count(service, "cache_hits_total"), count(service, "batch_sentences_sum")) == (2, 3)
    ask(SENTENCES[1])
    assert (count(service, "cache_hits_total"), count(service, "batch_sentences_sum")) == (2, 4)
    assert count(service, "sentences_total") == 6, "answered from the cache counts too"
    threshold = {"sentences": [SENTENCES[1]], "threshold": 0.0}
    labels = service.answer(service.post(CLASSIFY, threshold))["results"][0]["labels"]
    assert len(labels) == len(first["scores"]), "scores are kept, not decisions"


def test_exposition_parses_and_names_have_units(client: httpx.Client) -> None:
    assert client.post(CLASSIFY, json={"sentences": SENTENCES}).status_code == 200
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    own = {  # without those that only say when a series began
        name: family for name, family in families.items() if name.startswith("fazhi_")
    }
    assert len(own) > 15
    for name, family in own.items():
        assert family.documentation
        if family.type == "counter":
            assert {sample.name for sample in family.samples} <= {f"{name}_total"}
        else:
            assert name.endswith(UNITS), name
    for name in ("request_duration_seconds", "queue_duration_seconds", "batch_tokens"):
        assert own[f"fazhi_{name}"].type == "histogram"


def test_clients_cant_make_series(client: httpx.Client) -> None:
    """Every series stays for good: names from outside would fill the memory."""
    for number in range(5):
        assert client.request(f"BREW{number}", CLASSIFY).status_code in (400, 405)
        assert client.get(f"/made-up-{number}").status_code == 404
        assert client.get(f"/v2/models/made-up-{number}").status_code == 404
    text = client.get("/metrics").text
    assert "BREW" not in text and "made-up" not in text
