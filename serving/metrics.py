"""Prometheus metrics of the service, of one process or of several.

With several worker processes the variable `PROMETHEUS_MULTIPROC_DIR` names a folder through which
they add up; prometheus_client reads it when it is imported.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from fazhi.classifier import Prediction

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_STATM = Path("/proc/self/statm")  # Linux's: sizes in pages, the second is what is resident

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_TOKENS = (16, 32, 64, 128, 256, 512, 1024, 2048)
_SENTENCES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """One set of metrics; several services in one process have one each."""

    def __init__(self) -> None:
        # A time of birth for each would double the answer.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._served: tuple[str, str] | None = None

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"fazhi_{name}", text, labels, registry=self._registry)

        def gauge(name: str, text: str, *labels: str, mode: str = "livesum") -> Gauge:
            return Gauge(
                f"fazhi_{name}",
                text,
                labels,
                registry=self._registry,
                multiprocess_mode=mode,  # type: ignore[arg-type]
            )

        def histogram(name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(
                f"fazhi_{name}", text, labels, registry=self._registry, buckets=buckets
            )

        self.requests = counter("requests", "Requests answered", "route", "method", "status")
        self.request_duration = histogram(
            "request_duration_seconds", "From first byte to last", _SECONDS, "route"
        )
        self.in_flight = gauge("in_flight_requests", "Requests being answered")
        self.rejected = counter("rejected", "Requests refused, by type of error", "reason")
        self.sentences = counter("sentences", "Sentences tagged")
        self.truncated = counter("truncated", "Sentences cut to the model's length")
        self.labels = counter("labels", "Topics given", "label")
        self.roles = counter("roles", "Roles given", "role")
        self.queue_tokens = gauge("queue_tokens", "Tokens that wait for a lane")
        self.queue_requests = gauge("queue_requests", "Requests whose sentences wait or run")
        self.queue_duration = histogram(
            "queue_duration_seconds", "Wait for the first lane", _SECONDS
        )
        self.batch_tokens = histogram("batch_tokens", "Tokens in a batch, without padding", _TOKENS)
        self.batch_sentences = histogram("batch_sentences", "Sentences in a batch", _SENTENCES)
        self.inference_duration = histogram(
            "inference_duration_seconds", "One batch in the model", _SECONDS
        )
        self.cache_hits = counter("cache_hits", "Sentences answered from the cache")
        self.deduplicated = counter(
            "deduplicated", "Sentences answered with an equal one in flight"
        )
        self.reloads = counter("model_reloads", "Attempts to swap the model", "outcome")
        for outcome in ("swapped", "refused"):  # from 0 on, else Prometheus can't see the first
            self.reloads.labels(outcome)
        self.ready = gauge("ready", "Processes that take requests")
        self._resident_memory = gauge(
            "resident_memory_bytes", "Memory that the answering processes hold, 0 where unknown"
        )
        self._model = gauge(
            "model_info", "1 for the model that answers", "name", "version", mode="livemax"
        )

    def batch_done(self, tokens: int, sentences: int, seconds: float) -> None:
        """Count a batch that left its lane."""
        self.batch_tokens.observe(tokens)
        self.batch_sentences.observe(sentences)
        self.inference_duration.observe(seconds)

    def answered(self, predictions: Sequence[Prediction]) -> None:
        """Count what was answered."""
        self.sentences.inc(len(predictions))
        for prediction in predictions:
            self.roles.labels(prediction.role).inc()
            self.truncated.inc(prediction.truncated)
            for label in prediction.labels:
                self.labels.labels(label).inc()

    def serves(self, name: str, version: str) -> None:
        """Say which model answers from now on."""
        if self._served:
            self._model.labels(*self._served).set(0)
        self._model.labels(name, version).set(1)
        self._served = (name, version)

    def note_memory(self) -> None:
        """Say how much memory this process holds now; only Linux tells.

        prometheus_client has a metric of this, but not where several processes add up.
        """
        if _STATM.exists():
            resident_pages = int(_STATM.read_text().split()[1])
            self._resident_memory.set(resident_pages * resource.getpagesize())

    def render(self) -> bytes:
        """All metrics in Prometheus's text format; of all worker processes where there are several."""
        self.note_memory()
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
