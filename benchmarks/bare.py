"""The limit: the same classifier in a loop, with no service around it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.rows import Row
from fazhi.classifier import Classifier
from fazhi.encoding import Sentence

BARE = "bare onnxruntime"
LOOP, HEADINGS = "loop", "loop, with headings"
CALL, REPORT_CALL = "one sentence a call", "one report a call"

_CHUNK = 256  # sentences to sort by length at once


def loop(
    classifier: Classifier, groups: Sequence[Sequence[Sentence]], seconds: float
) -> tuple[int, list[float]]:
    """Encode and run group after group for that long: the sentences done, milliseconds by group."""
    durations_ms: list[float] = []
    sentences = 0
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        group = groups[len(durations_ms) % len(groups)]
        classifier.logits(group)
        durations_ms.append(1000 * (time.perf_counter() - start))
        sentences += len(group)
    return sentences, durations_ms


def measure(
    number: int,
    classifier: Classifier,
    sentences: Sequence[Sentence],
    reports: Sequence[Sequence[Sentence]],
    seconds: float,
) -> list[Row]:
    """Rows of one round; `sentences` have headings, which are left out where the scenario says so."""
    plain = [Sentence(s.text) for s in sentences]
    scenarios: dict[str, Sequence[Sequence[Sentence]]] = {
        LOOP: _chunks(plain),
        HEADINGS: _chunks(sentences),
        CALL: [[s] for s in plain],
        REPORT_CALL: reports,
    }
    rows = []
    for scenario, groups in scenarios.items():
        done, durations_ms = loop(classifier, groups, seconds)
        rows.append(Row.of(number, BARE, scenario, 1, durations_ms, done, sum(durations_ms)))
    return rows


def _chunks(sentences: Sequence[Sentence]) -> list[Sequence[Sentence]]:
    return [sentences[at : at + _CHUNK] for at in range(0, len(sentences), _CHUNK)]
