"""`make bench`: this service, others and the bare loop in one run, on the same sentences.

Every round measures every system, each time in another order, so that noise of the machine hits
all alike; servers that aren't being measured are stopped meanwhile. Ratios are taken within a
round; their median counts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.bare import BARE, CALL, LOOP, REPORT_CALL
from benchmarks.comparators import save_sequence_classifier
from benchmarks.report import table, target_table, write
from benchmarks.rows import Row, Target, ratio
from benchmarks.scenarios import (
    INFINITY,
    INFINITY_MODEL,
    ONE,
    OPEN_LOOP,
    OURS,
    PIPELINE,
    REPORTS,
    SIXTEEN,
    Bench,
)
from benchmarks.servers import Server, running, stop_servers_on_sigterm
from benchmarks.statistics import median
from benchmarks.workload import read_workload
from fazhi.classifier import Classifier
from fazhi.errors import FazhiError

_STARTS = 3
_PROGRAMS = Path(sys.executable).parent
# The cache would answer what was asked before, and is no part of what is measured.
_OUR_SETTINGS = {"FAZHI_CACHE_SENTENCES": "0"}
_INFINITY_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "INFINITY_ANONYMOUS_USAGE_STATS": "0",
    "HF_HUB_OFFLINE": "1",
}
_NOTES = f"""Sentences of the corpus's test split, without headings but where headings are named. Medians over the
rounds of one run. `client CPU ms` is what the load generator took for a request, from the same cores. The bare loop encodes,
sorts by length and runs batches of the same int8 model; it makes no predictions of the logits. {PIPELINE}
(fp32) and {INFINITY} (fp32, as it optimises it) run the same encoder before fine-tuning with a random head on
its first token: same shape and size, other answers."""


def bench(arguments: argparse.Namespace) -> None:
    """Measure everything, print the tables and write them into the output folder.

    Raises:
        FazhiError: the model or corpus can't be used.
        RuntimeError: a server didn't start, or a request failed.
    """
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    classifier = Classifier.from_pretrained(arguments.model)
    comparator = output / "comparator"
    save_sequence_classifier(
        arguments.base_model, classifier.artifact.taxonomy.label_ids, comparator
    )
    measured = Bench(classifier, read_workload(arguments.data), arguments.seconds)
    ready_seconds = _ready_seconds(arguments.model, output)
    with _servers(arguments, comparator) as (ours, pipeline, infinity):
        for server in (ours, pipeline, infinity):
            server.pause()
        steps: list[Callable[[int], None]] = [
            measured.bare,
            partial(measured.ours, server=ours),
            partial(measured.pipeline, server=pipeline),
            partial(measured.infinity, server=infinity),
        ]
        for number in range(arguments.rounds):
            turn = number % len(steps)
            for step in steps[turn:] + steps[:turn]:
                step(number)
            print(f"round {number + 1} of {arguments.rounds} is done", file=sys.stderr)
        held = targets(measured.rows, ready_seconds, ours.largest_bytes())
    print(f"{table(measured.rows)}\n\n{target_table(held)}\n")
    print(f"written: {write(output, measured.rows, held, _NOTES)}")


def _ready_seconds(model: Path, output: Path) -> float:
    """Median over a few starts, the file cache warm."""
    seconds = []
    for _ in range(_STARTS):
        with _our_server(model, output) as server:
            seconds.append(server.ready_seconds)
    return median(seconds)


@contextmanager
def _our_server(model: Path, output: Path) -> Iterator[Server]:
    command: list[str | Path] = [_PROGRAMS / "fazhi", "serve", "--model", model]
    log = output / "fazhi.log"
    with running(OURS, command, "/health/ready", log, _OUR_SETTINGS) as server:
        yield server


@contextmanager
def _servers(
    arguments: argparse.Namespace, comparator: Path
) -> Iterator[tuple[Server, Server, Server]]:
    """All three, ready."""
    app = ["--factory", "benchmarks.pipeline_app:create_app", "--log-level", "warning"]
    folder: list[str | Path] = ["--model-id", comparator, "--served-model-name", INFINITY_MODEL]
    place = ["--host", "127.0.0.1", "--engine", "torch", "--device", "cpu", "--dtype", "float32"]
    place.append("--no-model-warmup")  # with 32 x 512 tokens: minutes on a slow machine
    output: Path = arguments.output
    with ExitStack() as stack:
        ours = stack.enter_context(_our_server(arguments.model, output))
        pipeline = stack.enter_context(
            running(
                PIPELINE,
                [sys.executable, "-m", "uvicorn", *app],
                "/health",
                output / "pipeline.log",
                {"BENCHMARK_MODEL": str(comparator)},
            )
        )
        infinity = stack.enter_context(
            running(
                INFINITY,
                [arguments.infinity / "bin" / "infinity_emb", "v2", *folder, *place],
                "/health",
                output / "infinity.log",
                _INFINITY_SETTINGS,
            )
        )
        yield ours, pipeline, infinity


def targets(rows: Sequence[Row], ready_seconds: float, resident_bytes: int) -> list[Target]:
    """The figures that the service is held to, by those of the same round."""

    def of(above: tuple[str, str, str], below: tuple[str, str, str]) -> float:
        return ratio(rows, above, below)

    ours_at_16 = (OURS, SIXTEEN, "throughput")
    floors = {
        "throughput, 16 connections / bare loop": (of(ours_at_16, (BARE, LOOP, "throughput")), 0.9),
        "throughput, 16 connections / infinity": (
            of(ours_at_16, (INFINITY, SIXTEEN, "throughput")),
            5,
        ),
        "throughput, whole reports / bare report calls": (
            of((OURS, REPORTS, "throughput"), (BARE, REPORT_CALL, "throughput")),
            0.9,
        ),
    }
    ceilings = {
        "p50, 1 connection / bare call": (of((OURS, ONE, "p50_ms"), (BARE, CALL, "p50_ms")), 1.3),
        "p99 / p50, open loop at 0.7 of capacity": (
            of((OURS, OPEN_LOOP, "p99_ms"), (OURS, OPEN_LOOP, "p50_ms")),
            4,
        ),
        "start to ready, seconds": (ready_seconds, 2),
        "resident memory of a worker, MB": (resident_bytes / 1e6, 350),
    }
    return [Target(name, value, bound, True) for name, (value, bound) in floors.items()] + [
        Target(name, value, bound, False) for name, (value, bound) in ceilings.items()
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--base_model", type=Path, required=True, help="encoder for the others")
    parser.add_argument("--data", type=Path, required=True, help="corpus folder")
    parser.add_argument("--infinity", type=Path, required=True, help="environment of infinity-emb")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of all measurements")
    stop_servers_on_sigterm()
    try:
        bench(parser.parse_args())
    except (FazhiError, OSError, RuntimeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
