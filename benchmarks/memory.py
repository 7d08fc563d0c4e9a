"""Resident memory of processes over time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks.statistics import slope

_SHORTEST_MINUTES = 0.5  # a trend over less says nothing


@dataclass(frozen=True)
class Trend:
    """Memory of one process in MB; `slope` in MB a minute, over the steady part of the run."""

    pid: int
    first: float
    last: float
    highest: float
    slope: float
    growth: float  # from the steady part's beginning to its end along the slope, share of `last`


@dataclass
class Memory:
    """Samples by process, until closed."""

    is_open: bool = True
    _start: float = field(default_factory=time.monotonic)
    _steady_from: float = float("inf")  # minutes
    _samples: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, pid: int, resident_bytes: int) -> None:
        """Note what a process uses now."""
        self._samples.setdefault(pid, []).append((self._minutes(), resident_bytes / 1e6))

    def mark_steady(self) -> None:
        """From now on memory should stay as it is: models have been loaded, kernels warmed."""
        self._steady_from = self._minutes()

    def close(self) -> None:
        """End the sampling."""
        self.is_open = False

    def trends(self) -> list[Trend]:
        """One for each process that ever was, in the order of their first samples."""
        return [self._trend(pid, samples) for pid, samples in self._samples.items()]

    def _trend(self, pid: int, samples: list[tuple[float, float]]) -> Trend:
        steady = [(minute, mb) for minute, mb in samples if minute >= self._steady_from]
        rise = slope(steady)
        minutes = steady[-1][0] - steady[0][0] if steady else 0.0
        last = samples[-1][1]
        growth = rise * minutes / last if minutes >= _SHORTEST_MINUTES else 0.0
        return Trend(pid, samples[0][1], last, max(mb for _, mb in samples), rise, growth)

    def _minutes(self) -> float:
        return (time.monotonic() - self._start) / 60
