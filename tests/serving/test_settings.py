"""Settings come from `FAZHI_…` variables, when they are made and not before."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from fazhi.artifact import RELEASED_MODEL
from serving.settings import Settings

EXAMPLES = {
    "model": Path("/srv/model"),
    "host": "::1",
    "port": 0,
    "threads": 3,
    "workers": 5,
    "max_batch_tokens": 90,
    "max_queue_tokens": 91,
    "max_queue_requests": 92,
    "request_timeout_ms": 93,
    "cache_sentences": 94,
    "api_keys": SecretStr("k1,k2"),
    "api_keys_file": Path("/run/secrets/keys"),
    "allow_anonymous": True,
    "cors_origins": "https://example.org",
    "log_level": "debug",
    "max_body_bytes": 12,
    "max_sentences": 34,
    "max_sentence_characters": 56,
    "max_report_characters": 78,
    "max_units": 79,
    "max_reports": 80,
    "max_queue_reports": 81,
    "connection_timeout_seconds": 1.5,
    "max_connections": 77,
    "shutdown_grace_seconds": 9,
}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FAZHI_{name.upper()}", raising=False)


def test_defaults_serve_the_released_model_to_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.threads) == ("127.0.0.1", 8000, None)
    assert settings.model == RELEASED_MODEL


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_field_is_described_and_has_a_variable(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.model_fields[name].description
    assert getattr(Settings(), name) != EXAMPLES[name]
    example = EXAMPLES[name]
    written = example.get_secret_value() if isinstance(example, SecretStr) else str(example)
    monkeypatch.setenv(f"FAZHI_{name.upper()}", written)
    assert getattr(Settings(), name) == example


def test_argument_beats_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAZHI_PORT", "9000")
    assert Settings(port=9001).port == 9001


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAZHI_SOMETHING_ELSE", "x")
    monkeypatch.setenv("PORT", "1")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "abc"),
        ("port", "-1"),
        ("port", "65536"),
        ("port", ""),
        ("threads", "0"),
        ("threads", "1.5"),
        ("threads", "100000"),
        ("max_body_bytes", "0"),
        ("max_sentences", "0"),
        ("max_sentence_characters", "-5"),
        ("max_report_characters", "many"),
        ("max_units", "0"),
        ("max_reports", "-1"),
        ("max_queue_reports", "0"),
        ("connection_timeout_seconds", "0"),
        ("connection_timeout_seconds", "nan"),
        ("max_connections", "0"),
        ("shutdown_grace_seconds", "-1"),
    ],
)
def test_bad_value_names_its_field(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FAZHI_{name.upper()}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]
