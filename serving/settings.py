"""Settings of the service, read from the environment (`FAZHI_…`) when they are made."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from fazhi.artifact import RELEASED_MODEL


class Settings(BaseSettings):
    """Every field is also a variable: `port` is `FAZHI_PORT`."""

    model_config = SettingsConfigDict(env_prefix="FAZHI_", extra="ignore")

    model: Path = Field(RELEASED_MODEL, description="Model folder.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Inference threads; default: the CPUs this process may use.",
    )
    max_body_bytes: int = Field(10_000_000, ge=1, description="Largest request body.")
    max_sentences: int = Field(2_000, ge=1, description="Most sentences in one request.")
    max_sentence_characters: int = Field(20_000, ge=1, description="Longest sentence or heading.")
    max_report_characters: int = Field(1_000_000, ge=1, description="Longest report.")
    shutdown_grace_seconds: int = Field(
        20, ge=0, description="Time that accepted requests have to finish when the service stops."
    )
