"""Batches across requests: a fair queue of sentences before the classifier's lanes.

Knows token ids and logits, not HTTP. The event loop submits; a few threads (lanes) take what is most
urgent, run it and hand the rows back. Nobody waits for a batch to fill: an idle lane takes what
there is, and batches grow only while lanes are busy.

Fairness is start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996) over tokens: a sentence is
tagged with the virtual time at which its request would be served if all waiting requests shared the
lanes evenly. A long report thus never stands before a single sentence. Here every request is
a flow of its own; so that a report isn't passed for ever by new ones, virtual time goes on as in
weighted fair queueing, by what has been served, divided among the requests that are in.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache

from fazhi.classifier import Classifier, Logits
from fazhi.encoding import EncodedSentence
from serving.metrics import Metrics

_SPEED_MEMORY = 0.9  # weight of the past in the mean speed, per batch
# What a batch costs beside its tokens, in tokens. Batches of equal lengths save more, but padding fills
# the cache: at 16 connections 12 gave 232 sentences/s and no batches at all 250.
_BATCH_COST_TOKENS = 4
_LOOK_AHEAD = 4  # batches' worth of sentences from which those of like length are taken

Key = tuple[int, ...]


def _no_progress(_: int) -> None:
    """For requests whose client doesn't ask how far they are."""


class Row(NamedTuple):
    """Logits of one sentence: `topics` (labels,), `roles` (roles,), float32."""

    topics: np.ndarray
    roles: np.ndarray


class QueueFullError(Exception):
    """The queue has no room; `retry_after_seconds` is when it should have."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("the queue is full")
        self.retry_after_seconds = retry_after_seconds


@dataclass(eq=False)
class _Submission:
    """A request's sentences, and what is still missing of their rows."""

    future: asyncio.Future[list[Row]]
    rows: list[Row | None]
    missing: int
    submitted_at: float
    on_progress: Callable[[int], None]
    started_at: float | None = None


@dataclass(eq=False)
class _Job:
    """A sentence in the queue or in a lane, and who waits for it."""

    key: Key
    sentence: EncodedSentence
    waiters: list[tuple[_Submission, int]] = field(default_factory=list)
    is_queued: bool = True
    is_counted: bool = False  # among the tokens of the queue

    @property
    def is_wanted(self) -> bool:
        return any(not submission.future.done() for submission, _ in self.waiters)


class Timing(NamedTuple):
    """How long a submission waited for its first lane, and for its rows since then."""

    queue_seconds: float
    inference_seconds: float


class Batcher:
    """The queue and lanes of one classifier. Made and used on one event loop."""

    def __init__(
        self,
        classifier: Classifier,
        metrics: Metrics,
        *,
        max_batch_tokens: int,
        max_queue_tokens: int,
        max_queue_requests: int,
        cache_sentences: int,
    ) -> None:
        """Start a lane for each of the classifier's threads.

        Limits are in tokens without padding, but for `max_batch_tokens`, and in requests;
        `cache_sentences` is how many results are kept for sentences that come again, 0 for none.
        """
        self._classifier, self._metrics = classifier, metrics
        self._max_batch_tokens = max_batch_tokens
        self._max_queue_tokens = max_queue_tokens
        self._max_queue_requests = max_queue_requests
        # Touched on the event loop only.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: dict[Key, _Job] = {}
        self._n_requests = 0
        self._cache: LRUCache[Key, Row] | None = (
            LRUCache(cache_sentences) if cache_sentences else None
        )
        # Shared with the lanes, under the lock.
        self._lock = threading.Condition()
        self._heap: list[tuple[float, int, _Job]] = []
        self._order = itertools.count()
        self._virtual_time = 0.0
        self._queued_tokens = 0.0
        self._busy_lanes = 0
        self._tokens_per_second = 0.0
        self._is_closed = False
        self._lanes = [
            threading.Thread(target=self._lane, name=f"lane-{number}", daemon=True)
            for number in range(classifier.threads)
        ]
        for lane in self._lanes:
            lane.start()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Holds a request's place, from before its sentences are tokenised until it is answered.

        Raises:
            QueueFullError: too many requests are in already.
        """
        if self._n_requests >= self._max_queue_requests:
            raise self._full()
        self._n_requests += 1
        self._metrics.queue_requests.inc()
        try:
            yield
        finally:
            self._n_requests -= 1
            self._metrics.queue_requests.dec()

    async def rows(
        self,
        sentences: Sequence[EncodedSentence],
        on_progress: Callable[[int], None] = _no_progress,
    ) -> tuple[list[Row], Timing]:
        """Logits of sentences, in order. Cancelling it takes them out of the queue.

        A request that is larger than the whole queue is taken while the queue is empty.
        `on_progress` is told how many rows are there: when the queue has taken the sentences, and
        after each batch.

        Raises:
            QueueFullError: too many tokens wait already.
        """
        if not sentences:
            return [], Timing(0.0, 0.0)
        tokens = sum(sentence.n_tokens for sentence in sentences)
        if self._queued_tokens and self._queued_tokens + tokens > self._max_queue_tokens:
            raise self._full()
        self._loop = asyncio.get_running_loop()
        submission = _Submission(
            self._loop.create_future(),
            [None] * len(sentences),
            len(sentences),
            time.perf_counter(),
            on_progress,
        )
        keys = [_key(sentence) for sentence in sentences]
        self._submit(submission, sentences, keys)
        on_progress(len(sentences) - submission.missing)
        try:
            rows = await submission.future
        finally:
            if submission.missing:
                self._abandon(submission, keys)
        now = time.perf_counter()
        started = submission.started_at or now
        return rows, Timing(started - submission.submitted_at, now - started)

    def close(self) -> None:
        """End the lanes once the queue is empty; nothing may be submitted after."""
        with self._lock:
            self._is_closed = True
            self._lock.notify_all()

    def _full(self) -> QueueFullError:
        speed = self._tokens_per_second
        return QueueFullError(max(1, math.ceil(self._queued_tokens / speed)) if speed else 1)

    def _submit(
        self, submission: _Submission, sentences: Sequence[EncodedSentence], keys: Sequence[Key]
    ) -> None:
        wanted: list[_Job] = []
        for place, (sentence, key) in enumerate(zip(sentences, keys, strict=True)):
            if self._cache is not None and (row := self._cache.get(key)) is not None:
                self._metrics.cache_hits.inc()
                _hand_over(submission, place, row)
                continue
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(key, sentence)
            else:
                self._metrics.deduplicated.inc()
            job.waiters.append((submission, place))
            wanted.append(job)
        wanted.sort(key=lambda job: job.sentence.n_tokens)  # neighbours in the queue pad least
        with self._lock:
            tag = self._virtual_time
            for job in wanted:
                # One that waits already is entered again: this request may be the more urgent.
                heapq.heappush(self._heap, (tag, next(self._order), job))
                tag += job.sentence.n_tokens
                if not job.is_counted:
                    job.is_counted = True
                    self._count(job.sentence.n_tokens)
            self._lock.notify(len(wanted))

    def _abandon(self, submission: _Submission, keys: Sequence[Key]) -> None:
        """Nobody waits for this submission any more; drop the jobs that no other wants."""
        submission.future.cancel()
        with self._lock:
            for key in keys:
                job = self._jobs.get(key)
                if job is not None and not job.is_wanted:
                    del self._jobs[key]
                    if job.is_queued:
                        job.is_queued = False
                        self._count(-job.sentence.n_tokens)

    def _count(self, tokens: float) -> None:
        """Tokens that joined the queue or, below zero, left it; under the lock."""
        self._queued_tokens += tokens
        self._metrics.queue_tokens.set(self._queued_tokens)

    def _lane(self) -> None:
        while True:
            with self._lock:
                while not self._heap:
                    if self._is_closed:
                        return
                    self._lock.wait()
                batch = self._take()
                if not batch:
                    continue
                self._busy_lanes += 1
                alone = self._busy_lanes == 1 and not self._heap
            started = time.perf_counter()
            try:
                result: Logits | Exception = self._classifier.infer(
                    [job.sentence for job in batch], alone
                )
            except Exception as error:
                result = error
            seconds = time.perf_counter() - started
            with self._lock:
                self._busy_lanes -= 1
                self._learn_speed(sum(job.sentence.n_tokens for job in batch) / seconds)
            self._deliver(batch, result, started, seconds)

    def _take(self) -> list[_Job]:
        """The next batch, under the lock: the most urgent sentence, and urgent ones of like length."""
        idle_lanes = len(self._lanes) - self._busy_lanes
        budget = min(self._max_batch_tokens, math.ceil(self._queued_tokens / idle_lanes))
        candidates: list[tuple[float, int, _Job]] = []
        seen: set[_Job] = set()
        tokens = 0
        while self._heap and tokens < _LOOK_AHEAD * self._max_batch_tokens:
            entry = heapq.heappop(self._heap)
            if entry[2].is_queued and entry[2] not in seen:
                seen.add(entry[2])
                candidates.append(entry)
                tokens += entry[2].sentence.n_tokens
        if not candidates:
            return []
        taken = _like_lengths([entry[2].sentence.n_tokens for entry in candidates], budget)
        batch = []
        for place, entry in enumerate(candidates):
            if place in taken:
                entry[2].is_queued = False
                self._count(-entry[2].sentence.n_tokens)
                batch.append(entry[2])
            else:
                heapq.heappush(self._heap, entry)
        served = sum(job.sentence.n_tokens for job in batch) / max(self._n_requests, 1)
        self._virtual_time = max(self._virtual_time, candidates[0][0]) + served
        return batch

    def _learn_speed(self, tokens_per_second: float) -> None:
        """Mean speed of all lanes together."""
        speed = tokens_per_second * max(1, min(len(self._lanes), self._busy_lanes + 1))
        past = self._tokens_per_second or speed
        self._tokens_per_second = _SPEED_MEMORY * past + (1 - _SPEED_MEMORY) * speed

    def _deliver(
        self, batch: list[_Job], result: Logits | Exception, started: float, seconds: float
    ) -> None:
        assert self._loop is not None  # what runs was submitted on it
        with suppress(RuntimeError):  # the loop has been closed: the service has ended
            self._loop.call_soon_threadsafe(self._on_result, batch, result, started, seconds)

    def _on_result(
        self, batch: list[_Job], result: Logits | Exception, started: float, seconds: float
    ) -> None:
        """On the event loop: hand the rows of a finished batch to those who wait for them."""
        self._metrics.batch_done(sum(job.sentence.n_tokens for job in batch), len(batch), seconds)
        advanced: set[_Submission] = set()
        for number, job in enumerate(batch):
            if self._jobs.get(job.key) is job:
                del self._jobs[job.key]
            row = None
            if not isinstance(result, Exception):
                row = Row(result.topics[number], result.roles[number])
                if self._cache is not None:
                    self._cache[job.key] = row
            for submission, place in job.waiters:
                if submission.future.done():
                    continue
                if submission.started_at is None:
                    submission.started_at = max(started, submission.submitted_at)
                if row is None:
                    submission.future.set_exception(result)  # type: ignore[arg-type]
                else:
                    _hand_over(submission, place, row)
                    advanced.add(submission)
        for submission in advanced:
            submission.on_progress(len(submission.rows) - submission.missing)


def _hand_over(submission: _Submission, place: int, row: Row) -> None:
    submission.rows[place] = row
    submission.missing -= 1
    if not submission.missing:
        submission.future.set_result([r for r in submission.rows if r is not None])


def _key(sentence: EncodedSentence) -> Key:
    """Equal for inputs that the model can't tell apart."""
    return (sum(sentence.type_ids), *sentence.ids)


def _like_lengths(lengths: Sequence[int], budget: int) -> set[int]:
    """Places of the first sentence and of those that had better join it than wait for a batch of theirs.

    Within `budget` padded tokens. One joins if the padding that this brings costs less than a batch.
    """
    order = sorted(range(1, len(lengths)), key=lambda i: (abs(lengths[i] - lengths[0]), i))
    taken, longest = {0}, lengths[0]
    for i in order:
        padded = max(longest, lengths[i]) * (len(taken) + 1)
        padding = padded - longest * len(taken) - lengths[i]
        if padded > budget or padding > _BATCH_COST_TOKENS:
            break
        longest = max(longest, lengths[i])
        taken.add(i)
    return taken
