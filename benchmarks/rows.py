"""Measured rows, and the targets that are read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.statistics import median, percentile


@dataclass(frozen=True)
class Row:
    """One scenario of one system in one round; `throughput` in sentences a second.

    `failures` are requests answered with anything but 200. `client_cpu_ms` is what the load
    generator took for a request, from the cores that it measures.
    """

    round: int
    system: str
    scenario: str
    concurrency: int
    requests: int
    throughput: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    failures: int = 0
    client_cpu_ms: float = 0.0

    @classmethod
    def of(
        cls,
        number: int,
        system: str,
        scenario: str,
        concurrency: int,
        latencies_ms: Sequence[float],
        sentences: int,
        duration_ms: float,
    ) -> Row:
        """Summarise the latencies of a scenario that dealt with `sentences` in `duration_ms`.

        Raises:
            RuntimeError: nothing was answered.
        """
        if not latencies_ms:
            raise RuntimeError(f"{system}, {scenario}: no request was answered with 200")
        return cls(
            number,
            system,
            scenario,
            concurrency,
            len(latencies_ms),
            1000 * sentences / duration_ms,
            percentile(latencies_ms, 0.5),
            percentile(latencies_ms, 0.9),
            percentile(latencies_ms, 0.99),
        )


@dataclass(frozen=True)
class Target:
    """A figure with its bound; `is_floor`: it must be at least that, else at most."""

    name: str
    value: float
    bound: float
    is_floor: bool

    @property
    def is_met(self) -> bool:
        """Whether the figure keeps the bound."""
        return self.value >= self.bound if self.is_floor else self.value <= self.bound


def medians(rows: Sequence[Row]) -> list[Row]:
    """One row a system and scenario, each figure its median over the rounds; failures are added up."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.system, row.scenario), []).append(row)
    return [
        replace(
            group[0],
            requests=sum(row.requests for row in group),
            throughput=median([row.throughput for row in group]),
            p50_ms=median([row.p50_ms for row in group]),
            p90_ms=median([row.p90_ms for row in group]),
            p99_ms=median([row.p99_ms for row in group]),
            failures=sum(row.failures for row in group),
            client_cpu_ms=median([row.client_cpu_ms for row in group]),
        )
        for group in groups.values()
    ]


def ratio(
    rows: Sequence[Row],
    above: tuple[str, str, str],
    below: tuple[str, str, str],
) -> float:
    """Median over the rounds of one figure over another of the same round.

    Each is (system, scenario, figure). Rounds are short, so both saw the same noise.

    Raises:
        ValueError: no round has both.
    """
    over, under = (_by_round(rows, *key) for key in (above, below))
    return median([over[number] / under[number] for number in over if number in under])


def _by_round(rows: Sequence[Row], system: str, scenario: str, figure: str) -> dict[int, float]:
    return {
        row.round: getattr(row, figure)
        for row in rows
        if (row.system, row.scenario) == (system, scenario)
    }
