"""Settings of the service, read from the environment (`FAZHI_…`) when they are made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from fazhi.artifact import RELEASED_MODEL
from fazhi.classifier import MAX_BATCH_TOKENS
from fazhi.cpus import available_cpus

_CPUS_PER_WORKER = 4  # about as many as one event loop can feed


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
    workers: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Processes that answer; default: one for every four CPUs. More than one are "
        "watched over, and a dead one is replaced.",
    )
    max_batch_tokens: int = Field(
        MAX_BATCH_TOKENS, ge=1, description="Tokens that run through the model together."
    )
    max_queue_tokens: int = Field(
        200_000, ge=1, description="Tokens that may wait; what comes beyond is refused with 429."
    )
    max_queue_requests: int = Field(
        512, ge=1, description="Requests that may wait or run; what comes beyond is refused."
    )
    request_timeout_ms: int = Field(
        60_000, ge=1, description="Deadline of requests that don't name one (X-Request-Timeout-Ms)."
    )
    cache_sentences: int = Field(
        0, ge=0, description="Results kept for sentences that come again; 0 keeps none."
    )
    api_keys: SecretStr = Field(SecretStr(""), description="Accepted keys, separated by commas.")
    api_keys_file: Path | None = Field(None, description="File of accepted keys, one a line.")
    allow_anonymous: bool = Field(
        False, description="Listen on addresses that others reach without asking for a key."
    )
    cors_origins: str = Field(
        "", description="Web origins whose pages may call the service, separated by commas."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="`info` logs a line for every request, never its sentences."
    )
    max_body_bytes: int = Field(10_000_000, ge=1, description="Largest request body.")
    max_sentences: int = Field(2_000, ge=1, description="Most sentences in one request.")
    max_sentence_characters: int = Field(20_000, ge=1, description="Longest sentence or heading.")
    max_report_characters: int = Field(1_000_000, ge=1, description="Longest report.")
    max_units: int = Field(
        50_000, ge=1, description="Most units, such as sentences, in the reports of one request."
    )
    max_reports: int = Field(100, ge=1, description="Most reports in one comparison.")
    max_queue_reports: int = Field(
        64,
        ge=1,
        description="Requests whose reports may wait or be read; what comes beyond is refused.",
    )
    connection_timeout_seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="Time for a request to arrive whole, and for a client to read on in its answer.",
    )
    max_connections: int = Field(
        900,  # with the other files of the process below the usual limit of 1,024
        ge=1,
        description="Most open connections; a further one ends the one that waits longest.",
    )
    shutdown_grace_seconds: int = Field(
        20, ge=0, description="Time that accepted requests have to finish when the service stops."
    )

    @property
    def n_workers(self) -> int:
        """Processes to start."""
        return self.workers or max(1, available_cpus() // _CPUS_PER_WORKER)

    @property
    def threads_per_worker(self) -> int:
        """Inference threads of each process."""
        return self.threads or max(1, available_cpus() // self.n_workers)
