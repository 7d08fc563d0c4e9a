"""`/v1/taxonomy`, `/v1/model`, `/health/…` and the documentation pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from fazhi.taxonomy import Taxonomy
from serving.contracts import error_shape
from serving.errors import OWN
from serving.settings import Settings
from tests.serving.service import Service


def test_taxonomy_is_that_of_the_model(service: Service, taxonomy: Taxonomy) -> None:
    answer = service.answer(service.client.get("/v1/taxonomy"))
    assert answer == {
        "version": taxonomy.version,
        "groups": [{"id": g.id, "name": g.name, "source": g.source} for g in taxonomy.groups],
        "labels": [{"id": x.id, "name": x.name, "group": x.group} for x in taxonomy.labels],
        "roles": [{"id": r.id, "name": r.name} for r in taxonomy.roles],
    }
    assert (len(answer["groups"]), len(answer["labels"]), len(answer["roles"])) == (10, 26, 4)


def test_model_gives_the_facts_of_the_folder(service: Service, tiny_artifact: Path) -> None:
    config = json.loads((tiny_artifact / "config.json").read_text("utf-8"))
    metrics = json.loads((tiny_artifact / "metrics.json").read_text("utf-8"))
    defaults = Settings(_env_file=None)
    assert service.answer(service.client.get("/v1/model")) == {
        "name": "tiny",
        "version": "1.2.3",
        "taxonomy_version": 1,
        "thresholds": config["thresholds"],
        "calibration": config["calibration"],
        "fallback_threshold": config["fallback_threshold"],
        "role_temperature": config["role_temperature"],
        "limits": {
            "max_body_bytes": defaults.max_body_bytes,
            "max_sentences": defaults.max_sentences,
            "max_sentence_characters": defaults.max_sentence_characters,
            "max_report_characters": defaults.max_report_characters,
            "max_units": defaults.max_units,
            "max_reports": defaults.max_reports,
            "max_length_tokens": 128,
        },
        "provenance": config["provenance"],
        "metrics": metrics,
    }


def test_model_gives_the_limits_in_force(start: Callable[..., Service]) -> None:
    limits = {
        "max_body_bytes": 1_000,
        "max_sentences": 2,
        "max_sentence_characters": 30,
        "max_report_characters": 40,
        "max_units": 50,
        "max_reports": 6,
    }
    service = start(**limits)
    answer = service.answer(service.client.get("/v1/model"))
    assert answer["limits"] == {**limits, "max_length_tokens": 128}


def test_health_is_live_and_ready(service: Service) -> None:
    assert service.answer(service.client.get("/health/live")) == {"status": "live"}
    assert service.answer(service.client.get("/health/ready")) == {"status": "ready"}


def test_stopping_service_is_live_but_not_ready_and_takes_no_work(
    start: Callable[..., Service],
) -> None:
    service = start()
    assert service.client.get("/health/ready").status_code == 200
    service.app.state.inference.close()
    assert service.answer(service.client.get("/health/live")) == {"status": "live"}
    refused = {"error": {"type": "not_ready", "message": "The service is stopping."}}
    assert service.answer(service.client.get("/health/ready"), 503) == refused
    for path, body in (("/v1/classify", {"sentences": ["a"]}), ("/v1/reports", {"text": "a"})):
        assert service.answer(service.client.post(path, json=body), 503) == refused


def test_documentation_needs_no_other_host(service: Service) -> None:
    html = service.client.get("/docs").text
    assert not re.findall(r"https?://|[\"'(]//", html)
    places = re.findall(r"""(?:src|href|spec-url|url)\s*[=:]\s*["']([^"']+)""", html)
    assert "/openapi.json" in places and len(places) >= 3
    for place in places:
        assert service.client.get(place).status_code == 200, place


def test_openapi_names_model_version_and_every_own_endpoint(service: Service) -> None:
    assert service.openapi["info"]["version"] == "1.2.3"
    assert {
        (method, path)
        for path, methods in service.openapi["paths"].items()
        for method in methods
        if error_shape(path) is OWN
    } == {
        ("post", "/v1/classify"),
        ("post", "/v1/reports"),
        ("post", "/v1/compare"),
        ("post", "/v1/evidence"),
        ("get", "/v1/taxonomy"),
        ("get", "/v1/model"),
        ("get", "/health/live"),
        ("get", "/health/ready"),
        ("get", "/metrics"),
    }
