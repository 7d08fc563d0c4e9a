"""The queue by itself, before a model that is as fast or slow as a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazhi.classifier import Logits
from fazhi.encoding import EncodedSentence
from serving.batching import Batcher, QueueFullError, Row
from serving.metrics import Metrics


def sentence(number: int, tokens: int = 10) -> EncodedSentence:
    """Distinct for every number."""
    return EncodedSentence([number] * tokens, [1] * tokens, truncated=False)


class Model:
    """Answers each sentence with its number; holds every batch until the gate is open."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self.batches: list[list[int]] = []
        self.alone: list[bool] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)
        self.fault: Exception | None = None

    def infer(self, batch: Sequence[EncodedSentence], alone: bool) -> Logits:
        numbers = [item.ids[0] for item in batch]
        self.batches.append(numbers)
        self.alone.append(alone)
        self.started.release()
        assert self.gate.wait(timeout=30)
        if self.fault:
            raise self.fault
        column = np.array(numbers, dtype=np.float32)[:, None]
        return Logits(column, -column)


@contextmanager
def batcher(model: Model, **limits: int) -> Iterator[Batcher]:
    defaults = {
        "max_batch_tokens": 100,
        "max_queue_tokens": 10_000,
        "max_queue_requests": 100,
        "cache_sentences": 0,
    }
    queue = Batcher(model, Metrics(), **(defaults | limits))  # type: ignore[arg-type]
    try:
        yield queue
    finally:
        model.gate.set()
        queue.close()


def numbers(rows: Sequence[Row]) -> list[int]:
    assert all(row.roles[0] == -row.topics[0] for row in rows)
    return [int(row.topics[0]) for row in rows]


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), timeout=30))


async def until_started(model: Model) -> None:
    """Until the model holds one more batch."""
    await asyncio.to_thread(model.started.acquire)


@settings(max_examples=60, deadline=None)
@given(
    requests=st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.integers(1, 120)), max_size=12), max_size=8
    ),
    lanes=st.integers(1, 3),
    budget=st.integers(1, 300),
    cache=st.sampled_from([0, 5]),
)
def test_every_request_gets_its_own_rows_in_order(
    requests: list[list[tuple[int, int]]], lanes: int, budget: int, cache: int
) -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=budget, cache_sentences=cache) as queue:
            asked = [[sentence(*pair) for pair in request] for request in requests]
            answers = await asyncio.gather(*(queue.rows(sentences) for sentences in asked))
            for request, (rows, timing) in zip(requests, answers, strict=True):
                assert numbers(rows) == [number for number, _ in request]
                assert timing.queue_seconds >= 0 and timing.inference_seconds >= 0

    model = Model(lanes)
    run(work)


def test_progress_is_told_when_taken_and_after_each_batch() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=30) as queue:
            told: list[list[int]] = [[], []]
            ten = [sentence(n, 10) for n in range(10)]
            await asyncio.gather(
                queue.rows(ten, told[0].append),
                queue.rows([*ten[:2], ten[0]], told[1].append),
            )
            for steps, number in zip(told, (10, 3), strict=True):
                assert steps[0] == 0 and steps[-1] == number and steps == sorted(set(steps))
            assert len(told[0]) > 3
            told[0].clear()
            assert await queue.rows([], told[0].append) and told[0] == []

    model = Model()
    run(work)


def test_lone_request_goes_at_once_and_with_all_threads() -> None:
    async def work() -> None:
        with batcher(model) as queue:
            await queue.rows([sentence(1)])

    model = Model(threads=4)
    run(work)
    assert (model.batches, model.alone) == ([[1]], [True])


def test_requests_that_wait_share_batches_within_the_token_budget() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=100) as queue:
            model.gate.clear()
            first = asyncio.ensure_future(queue.rows([sentence(0)]))
            await until_started(model)
            rest = [asyncio.ensure_future(queue.rows([sentence(n)])) for n in range(1, 25)]
            await asyncio.sleep(0)
            model.gate.set()
            await asyncio.gather(first, *rest)

    model = Model()
    run(work)
    assert model.batches[0] == [0]
    assert sorted(n for batch in model.batches for n in batch) == list(range(25))
    assert [len(batch) for batch in model.batches[1:]] == [10, 10, 4]


def test_sentences_of_like_length_run_together() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=100) as queue:
            model.gate.clear()
            first = asyncio.ensure_future(queue.rows([sentence(0)]))
            await until_started(model)
            mixed = [sentence(n, tokens=10 if n % 2 else 50) for n in range(1, 9)]
            rest = asyncio.ensure_future(queue.rows(mixed))
            await asyncio.sleep(0)
            model.gate.set()
            await asyncio.gather(first, rest)

    model = Model()
    run(work)
    assert [sorted(batch) for batch in model.batches[1:]] == [[1, 3, 5, 7], [2, 4], [6, 8]]


def test_single_sentence_does_not_wait_for_a_long_report() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=20) as queue:
            model.gate.clear()
            report = asyncio.ensure_future(queue.rows([sentence(n) for n in range(100)]))
            await until_started(model)
            single = asyncio.ensure_future(queue.rows([sentence(1000)]))
            await asyncio.sleep(0)
            model.gate.set()
            await asyncio.gather(single, report)

    model = Model()
    run(work)
    place = next(i for i, batch in enumerate(model.batches) if 1000 in batch)
    assert place <= 3 < 40 < len(model.batches)


class StepByStep(Model):
    """Holds every batch until it gets a permit."""

    def __init__(self) -> None:
        super().__init__()
        self.permits = threading.Semaphore(0)

    def infer(self, batch: Sequence[EncodedSentence], alone: bool) -> Logits:
        logits = super().infer(batch, alone)
        assert self.permits.acquire(timeout=30)
        return logits


def test_a_report_is_not_passed_for_ever_by_new_requests() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=10) as queue:

            async def ask(sentences: list[EncodedSentence]) -> None:
                with queue.admitted():
                    await queue.rows(sentences)

            report = asyncio.ensure_future(ask([sentence(n) for n in range(20)]))
            await until_started(model)
            singles: set[asyncio.Future[None]] = set()
            for number in range(1000, 1300):
                while len(singles) < 5:  # one for each that was answered
                    single = ask([sentence(number * 10 + len(singles))])
                    singles.add(asyncio.ensure_future(single))
                await asyncio.sleep(0)
                model.permits.release()
                await until_started(model)
                await asyncio.sleep(0.001)  # for the rows to be handed over
                singles = {single for single in singles if not single.done()}
                if report.done():
                    break
            model.permits.release(1000)
            await asyncio.gather(report, *singles)

    model = StepByStep()
    run(work)
    served = [number for batch in model.batches for number in batch]
    assert 60 < served.index(19) < 200  # one in six is the report's


def test_single_sentence_that_a_report_has_too_is_not_held_up_by_it() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=20) as queue:
            model.gate.clear()
            report = asyncio.ensure_future(queue.rows([sentence(n) for n in range(100)]))
            await until_started(model)
            single = asyncio.ensure_future(queue.rows([sentence(99)]))
            await asyncio.sleep(0)
            model.gate.set()
            rows, _ = await single
            assert numbers(rows) == [99]
            rows, _ = await report
            assert numbers(rows) == list(range(100))

    model = Model()
    run(work)
    computed = [n for batch in model.batches for n in batch]
    assert sorted(computed) == list(range(100)) and computed.index(99) < 10


def test_two_reports_take_turns() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=10) as queue:
            model.gate.clear()
            first = asyncio.ensure_future(queue.rows([sentence(n) for n in range(50)]))
            await until_started(model)
            second = asyncio.ensure_future(queue.rows([sentence(n) for n in range(100, 150)]))
            await asyncio.sleep(0)
            model.gate.set()
            await asyncio.gather(first, second)

    model = Model()
    run(work)
    half = [n for batch in model.batches[:50] for n in batch]
    assert 20 <= sum(n >= 100 for n in half) <= 30


def test_idle_lanes_share_what_waits() -> None:
    async def work() -> None:
        with batcher(model, max_batch_tokens=1000) as queue:
            model.gate.clear()
            asked = asyncio.ensure_future(queue.rows([sentence(n) for n in range(4)]))
            await until_started(model)
            await until_started(model)
            model.gate.set()
            await asked

    model = Model(threads=2)
    run(work)
    assert [len(batch) for batch in model.batches] == [2, 2]
    assert model.alone == [False, False] or model.alone == [False, True]


def test_equal_sentences_in_flight_are_computed_once() -> None:
    async def work() -> None:
        with batcher(model) as queue:
            model.gate.clear()
            asked = [
                asyncio.ensure_future(queue.rows([sentence(7), sentence(7), sentence(n)]))
                for n in (1, 2, 7)
            ]
            await until_started(model)
            asked.append(asyncio.ensure_future(queue.rows([sentence(7)])))
            await asyncio.sleep(0)
            model.gate.set()
            answers = [numbers(rows) for rows, _ in await asyncio.gather(*asked)]
            assert answers == [[7, 7, 1], [7, 7, 2], [7, 7, 7], [7]]

    model = Model()
    run(work)
    assert sorted(n for batch in model.batches for n in batch) == [1, 2, 7]


@pytest.mark.parametrize("kept", [0, 2])
def test_results_are_kept_only_when_asked_for_and_no_more_than_asked_for(kept: int) -> None:
    async def work() -> None:
        with batcher(model, cache_sentences=kept) as queue:
            for number in (1, 2, 1, 2, 3, 3, 1):
                rows, _ = await queue.rows([sentence(number)])
                assert numbers(rows) == [number]

    model = Model()
    run(work)
    computed = [n for batch in model.batches for n in batch]
    assert computed == ([1, 2, 3, 1] if kept else [1, 2, 1, 2, 3, 3, 1])


def test_cancelled_request_leaves_the_queue_but_not_what_others_want() -> None:
    async def work() -> None:
        with batcher(model, max_queue_tokens=100) as queue:
            model.gate.clear()
            first = asyncio.ensure_future(queue.rows([sentence(0)]))
            await until_started(model)
            dropped = asyncio.ensure_future(queue.rows([sentence(n) for n in range(1, 10)]))
            await asyncio.sleep(0)
            kept = asyncio.ensure_future(queue.rows([sentence(5)]))
            await asyncio.sleep(0)
            dropped.cancel()
            await asyncio.sleep(0)
            more = asyncio.ensure_future(queue.rows([sentence(n) for n in range(20, 29)]))
            await asyncio.sleep(0)
            assert not more.done(), "the room of what was dropped is free again"
            model.gate.set()
            rows, _ = await kept
            assert numbers(rows) == [5]
            await asyncio.gather(first, more)
            with pytest.raises(asyncio.CancelledError):
                await dropped

    model = Model()
    run(work)
    computed = sorted(n for batch in model.batches for n in batch)
    assert computed == [0, 5, *range(20, 29)]


def test_full_queue_refuses_and_says_when_to_come_back() -> None:
    async def work() -> None:
        with batcher(model, max_queue_tokens=50) as queue:
            await queue.rows([sentence(99)])  # teaches it a speed
            model.started.acquire()
            model.gate.clear()
            first = asyncio.ensure_future(queue.rows([sentence(0)]))
            await until_started(model)
            large = asyncio.ensure_future(queue.rows([sentence(n) for n in range(1, 20)]))
            await asyncio.sleep(0)
            assert not large.done(), "taken, though larger than the queue, since nothing waited"
            with pytest.raises(QueueFullError) as refused:
                await queue.rows([sentence(50)])
            assert refused.value.retry_after_seconds >= 1
            model.gate.set()
            await asyncio.gather(first, large)
            await queue.rows([sentence(50)])

    model = Model()
    run(work)


def test_requests_are_limited_from_their_admission() -> None:
    async def work() -> None:
        with batcher(model, max_queue_requests=2) as queue:
            with queue.admitted(), queue.admitted():
                with pytest.raises(QueueFullError), queue.admitted():
                    pass
            with queue.admitted():
                pass

    model = Model()
    run(work)


def test_fault_of_the_model_reaches_all_who_wait_and_ends_nothing() -> None:
    async def work() -> None:
        with batcher(model) as queue:
            model.fault = RuntimeError("broken kernel")
            results = await asyncio.gather(
                *(queue.rows([sentence(n), sentence(7)]) for n in range(3)), return_exceptions=True
            )
            assert [str(result) for result in results] == ["broken kernel"] * 3
            model.fault = None
            rows, _ = await queue.rows([sentence(7), sentence(8)])
            assert numbers(rows) == [7, 8]

    model = Model()
    run(work)


def test_close_ends_the_lanes_after_what_is_queued() -> None:
    async def work() -> None:
        with batcher(model) as queue:
            model.gate.clear()
            asked = asyncio.ensure_future(queue.rows([sentence(n) for n in range(30)]))
            await until_started(model)
            queue.close()
            model.gate.set()
            rows, _ = await asked
            assert len(rows) == 30
            lanes = queue._lanes
        await asyncio.to_thread(lambda: [lane.join(timeout=30) for lane in lanes])
        assert not any(lane.is_alive() for lane in lanes)

    model = Model(threads=2)
    run(work)
