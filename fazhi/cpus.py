"""How many CPUs this process may use: affinity mask and cgroup quota.

onnxruntime and torch size their pools by the machine; in a container with a quota that
means more threads than CPU time, and they trip over each other.
"""

from __future__ import annotations

import math
import os
from pathlib import Path


def available_cpus(cgroup_root: Path = Path("/sys/fs/cgroup")) -> int:
    """CPUs this process may use, at least 1; a fractional quota is rounded up."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = _quota_v2(cgroup_root) or _quota_v1(cgroup_root)
    return max(1, min(count, math.ceil(quota)) if quota else count)


def _quota_v2(root: Path) -> float | None:
    """CPUs granted by cgroup v2 `cpu.max` ("quota period", or "max period")."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _quota_v1(root: Path) -> float | None:
    """CPUs granted by cgroup v1; a quota of -1 means none."""
    try:
        quota = int((root / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((root / "cpu" / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
