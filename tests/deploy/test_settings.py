"""Deployment files set variables that exist, and to what the service takes."""

from __future__ import annotations

import re

import pytest

from serving.settings import Settings
from tests.deploy.files import dockerfile, load_yaml, manifests, texts

FIELDS = set(Settings.model_fields)


def seconds(text: str) -> int:
    match = re.fullmatch(r"(\d+)s?", text)
    assert match, text
    return int(match.group(1))


@pytest.mark.parametrize("path", texts())
def test_every_variable_is_a_setting(path: str) -> None:
    named = {name.lower() for name in re.findall(r"\bFAZHI_([A-Z]+(?:_[A-Z]+)*)", texts()[path])}
    assert named - {"name"} <= FIELDS  # FAZHI_NAME=value stands for any


def test_nothing_allows_anonymous_requests() -> None:
    for path, text in texts().items():
        settings = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        if path != "README.md":
            assert "ALLOW_ANONYMOUS" not in "\n".join(settings), path


def test_whoever_opens_the_address_gives_keys() -> None:
    environment = dict(dockerfile())["ENV"]
    assert "FAZHI_HOST=0.0.0.0" in environment
    assert "FAZHI_API_KEYS_FILE" in load_yaml("compose.yaml")["services"]["fazhi"]["environment"]
    for path in ("deployment.yaml", "kserve/servingruntime.yaml"):
        assert "FAZHI_API_KEYS_FILE" in texts()[f"kubernetes/{path}"]


def test_stopping_gets_more_time_than_the_service_takes() -> None:
    grace = Settings.model_fields["shutdown_grace_seconds"].default
    compose = load_yaml("compose.yaml")["services"]["fazhi"]
    assert seconds(compose["stop_grace_period"]) > grace
    match = re.search(r"^TimeoutStopSec=(\d+)$", texts()["systemd/fazhi.service"], re.MULTILINE)
    assert match and int(match.group(1)) > grace
    pod = manifests()["deployment.yaml"]["spec"]["template"]["spec"]
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > grace + pause
    predictor = manifests()["kserve/inferenceservice.yaml"]["spec"]["predictor"]
    assert predictor["terminationGracePeriodSeconds"] > grace


def test_service_links_do_not_overwrite_the_port() -> None:
    pod = manifests()["deployment.yaml"]["spec"]["template"]["spec"]
    predictor = manifests()["kserve/inferenceservice.yaml"]["spec"]["predictor"]
    assert pod["enableServiceLinks"] is predictor["enableServiceLinks"] is False


def test_onnxruntime_calls_nobody() -> None:
    for path in ("Dockerfile", "systemd/fazhi.service"):
        assert "ORT_DISABLE_TELEMETRY=1" in texts()[path]
