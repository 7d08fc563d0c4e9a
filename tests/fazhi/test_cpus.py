from __future__ import annotations

import os
from pathlib import Path

import pytest

from fazhi.cpus import available_cpus


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def v2(root: Path, content: str) -> Path:
    (root / "cpu.max").write_text(content)
    return root


def v1(root: Path, quota: str, period: str) -> Path:
    (root / "cpu").mkdir()
    (root / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (root / "cpu" / "cpu.cfs_period_us").write_text(period)
    return root


def test_without_cgroup_the_affinity_counts(tmp_path: Path) -> None:
    assert available_cpus(tmp_path) == 8


@pytest.mark.parametrize(
    ("content", "cpus"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("max 100000\n", 8),
        ("", 8),
        ("what is this", 8),
        ("100000 0\n", 8),
    ],
)
def test_cgroup_v2_quota_is_rounded_up_and_never_above_the_affinity(
    content: str, cpus: int, tmp_path: Path
) -> None:
    assert available_cpus(v2(tmp_path, content)) == cpus


@pytest.mark.parametrize(
    ("quota", "period", "cpus"),
    [("300000", "100000", 3), ("50000", "100000", 1), ("-1", "100000", 8), ("100000", "0", 8)],
)
def test_cgroup_v1_quota(quota: str, period: str, cpus: int, tmp_path: Path) -> None:
    assert available_cpus(v1(tmp_path, quota, period)) == cpus


def test_machine_without_affinity_counts_its_cpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_cpus(tmp_path) == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cpus(tmp_path) == 1
