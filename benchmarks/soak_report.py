"""What a soak found, as tables, and whether it is good."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import Clients
from benchmarks.memory import Memory
from benchmarks.report import target_table
from benchmarks.rows import Target

_MAX_GROWTH = 0.05  # share of a worker's memory, over the steady part
_MAX_RESIDENT_MB = 350
_MAX_STOP_SECONDS = 20
_FAULTS_SHOWN = 20


@dataclass
class Soak:
    """Results of the faults; infinite where the awaited thing never happened."""

    workers: int
    minutes: float
    memory: Memory
    replaced_seconds: float = float("inf")
    swapped: int = 0
    refused: int = 0
    exit_code: int = -1
    stop_seconds: float = float("inf")


def targets(soak: Soak, clients: Clients) -> list[Target]:
    """What must hold."""
    trends = soak.memory.trends()
    return [
        Target("answers compared with offline predictions", clients.checked, 1, True),
        Target("wrong or lost answers, forbidden statuses", len(clients.faults), 0, False),
        Target("seconds until a killed worker was replaced", soak.replaced_seconds, 30, False),
        Target("workers that swapped the model", soak.swapped, soak.workers, True),
        Target("workers that refused the broken model", soak.refused, soak.workers, True),
        Target(
            "growth of memory after the faults, share of a worker's",
            max((trend.growth for trend in trends), default=float("inf")),
            _MAX_GROWTH,
            False,
        ),
        Target(
            "most memory of a worker after the faults, MB",
            max((trend.last for trend in trends), default=float("inf")),
            _MAX_RESIDENT_MB,
            False,
        ),
        Target("exit code after SIGTERM, from 0", abs(soak.exit_code), 0, False),
        Target("seconds to stop", soak.stop_seconds, _MAX_STOP_SECONDS, False),
    ]


def write(folder: Path, soak: Soak, clients: Clients) -> tuple[str, bool]:
    """Write `soak.md`; its text, and whether every target was met."""
    held = targets(soak, clients)
    parts = [
        f"{soak.minutes:g} minutes, {soak.workers} workers",
        target_table(held),
        _outcomes(clients),
        _memory(soak.memory),
    ]
    if clients.faults:
        most = Counter(clients.faults).most_common(_FAULTS_SHOWN)
        parts.append("\n".join(f"- {number} x {fault}" for fault, number in most))
    text = "\n\n".join(parts)
    (folder / "soak.md").write_text(text + "\n", encoding="utf-8")
    return text, all(target.is_met for target in held)


def _outcomes(clients: Clients) -> str:
    lines = ["| client | status | requests |", "|---|---:|---:|"]
    lines += [
        f"| {kind} | {status or 'none'} | {number} |"
        for (kind, status), number in sorted(clients.counts.items())
    ]
    return "\n".join(lines)


def _memory(memory: Memory) -> str:
    lines = ["| worker | first MB | last MB | highest MB | MB a minute |", "|---|" + "---:|" * 4]
    lines += [
        f"| {t.pid} | {t.first:.0f} | {t.last:.0f} | {t.highest:.0f} | {t.slope:+.2f} |"
        for t in memory.trends()
    ]
    return "\n".join(lines)
