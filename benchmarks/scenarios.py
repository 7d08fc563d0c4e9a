"""What is measured of each system, in one round."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import bare
from benchmarks.load import Load, Outcome, run
from benchmarks.rows import Row
from benchmarks.servers import Server
from benchmarks.workload import REPORT_CHARACTERS, Workload
from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from fazhi.report import parse_report

OURS, PIPELINE, INFINITY = "fazhi", "transformers pipeline", "infinity"
INFINITY_MODEL = "comparator"  # the name that it serves the model under

ONE, SIXTEEN = "1 connection", "16 connections"
CLOSED_LOOPS = {ONE: 1, "4 connections": 4, SIXTEEN: 16, "64 connections": 64}
HEADINGS = "16 connections, with headings"
OPEN_LOOP = "open loop at 0.7 of capacity"
REPORTS = f"reports of {REPORT_CHARACTERS} characters, one at a time"
_LOAD_SHARE = 0.7  # of the throughput at 16 connections, in the open loop
_WARM_UP_SECONDS = 1.0


class Bench:
    """The measurements of one run."""

    def __init__(self, classifier: Classifier, workload: Workload, seconds: float) -> None:
        self.rows: list[Row] = []
        self._classifier, self._workload, self._seconds = classifier, workload, seconds
        self._reports = [report_sentences(text) for text in workload.reports]

    def bare(self, number: int) -> None:
        """The limit."""
        self.rows += bare.measure(
            number, self._classifier, self._workload.sentences, self._reports, self._seconds
        )

    def ours(self, number: int, server: Server) -> None:
        """Our service, in every scenario."""
        plain = [_classify_body(s) for s in self._workload.bare_sentences]
        load = Load(server.port, "/v1/classify", plain, self._seconds)
        self._closed_loops(number, server, load)
        headed = [_classify_body(s) for s in self._workload.sentences]
        self._measure(number, server, HEADINGS, replace(load, bodies=headed, concurrency=16))
        capacity = next(r for r in reversed(self.rows) if r.scenario == SIXTEEN).throughput
        rate = _LOAD_SHARE * capacity
        self._measure(number, server, OPEN_LOOP, replace(load, rate_per_second=rate))
        bodies = [json.dumps({"text": text}) for text in self._workload.reports]
        self._measure(
            number,
            server,
            REPORTS,
            replace(load, path="/v1/reports", bodies=bodies),
            [len(units) for units in self._reports],
        )

    def pipeline(self, number: int, server: Server) -> None:
        """The transformers pipeline."""
        bodies = [json.dumps({"inputs": s.text}) for s in self._workload.sentences]
        self._closed_loops(number, server, Load(server.port, "/", bodies, self._seconds))

    def infinity(self, number: int, server: Server) -> None:
        """infinity-emb."""
        bodies = [
            json.dumps({"model": INFINITY_MODEL, "input": [s.text]})
            for s in self._workload.sentences
        ]
        self._closed_loops(number, server, Load(server.port, "/classify", bodies, self._seconds))

    def _closed_loops(self, number: int, server: Server, load: Load) -> None:
        for name, concurrency in CLOSED_LOOPS.items():
            self._measure(number, server, name, replace(load, concurrency=concurrency))

    def _measure(
        self,
        number: int,
        server: Server,
        scenario: str,
        load: Load,
        sentences_of: Sequence[int] = (1,),
    ) -> None:
        """Add a row; `sentences_of` the bodies, in turn."""
        server.resume()
        run(replace(load, rate_per_second=None, seconds=min(_WARM_UP_SECONDS, load.seconds)))
        outcome = run(load)
        server.pause()
        self.rows.append(_row(number, server.name, scenario, load, outcome, sentences_of))


def _row(
    number: int,
    system: str,
    scenario: str,
    load: Load,
    outcome: Outcome,
    sentences_of: Sequence[int],
) -> Row:
    answered = len(outcome.latencies_ms)
    sentences = sum(sentences_of[i % len(sentences_of)] for i in range(answered))
    duration_ms = 1000 * outcome.seconds
    row = Row.of(
        number, system, scenario, load.concurrency, outcome.latencies_ms, sentences, duration_ms
    )
    return replace(row, failures=outcome.failures, client_cpu_ms=outcome.client_cpu_ms)


def report_sentences(text: str) -> list[Sentence]:
    """What the service classifies of a report."""
    records = [r for r in parse_report(text).records("report") if r.kind != "meta"]
    return [Sentence(r.text, r.heading_path if r.kind == "body" else ()) for r in records]


def _classify_body(sentence: Sentence) -> str:
    headings = list(sentence.heading_path)
    return json.dumps({"sentences": [{"text": sentence.text, "heading_path": headings}]})
