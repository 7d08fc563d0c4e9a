"""Stands before a service's model, so that a test can watch its work and hold it up."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fazhi.encoding import EncodedSentence
from tests.serving.service import Service


class Model:
    """Stands before a service's model: notes its batches, and holds them up on demand."""

    def __init__(self, service: Service) -> None:
        self.batches: list[list[tuple[int, ...]]] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._infer = service.classifier.infer

    def __call__(self, batch: Sequence[EncodedSentence], alone: bool) -> Any:
        self.batches.append([tuple(sentence.ids) for sentence in batch])
        assert self.may_go_on.wait(60), "the test never let the model go on"
        return self._infer(batch, alone)

    @contextmanager
    def held(self) -> Iterator[None]:
        self.may_go_on.clear()
        try:
            yield
        finally:
            self.may_go_on.set()
