"""What goes into a run: data, label set, base encoder, code and machine, as hashes and versions."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fazhi.artifact import LAYOUT
from fazhi.cpus import available_cpus
from training.config import TrainingConfig
from training.corpus import Corpus
from training.model import WEIGHTS_FILE

_PACKAGES = (
    "torch",
    "transformers",
    "accelerate",
    "tokenizers",
    "datasets",
    "safetensors",
    "numpy",
    "scipy",
    "scikit-learn",
)


def provenance(config: TrainingConfig, corpus: Corpus, base: nn.Module) -> dict[str, Any]:
    """JSON-ready facts of a run before its first step; `base` is the encoder as it was loaded."""
    reports: dict[str, list[str]] = {}
    for report, split in corpus.split_of.items():
        reports.setdefault(split, []).append(report)
    return {
        "data_sha256": data_hashes(corpus),
        "reports": reports,
        "teachers_sha256": [
            weights_file_hash(Path(folder.strip()))
            for folder in config.teachers.split(",")
            if folder
        ],
        "taxonomy_sha256": _file_hash(Path(config.taxonomy)),
        "base_model_sha256": _weights_hash(base),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in _PACKAGES},
        },
        "machine": _machine(),
        "commit": _commit(),
    }


def data_hashes(corpus: Corpus) -> dict[str, str]:
    """SHA-256 of the files that a corpus was read from, by name; by folder, too, where two share it."""
    counts = Counter(path.name for path in corpus.files)
    return {
        path.name if counts[path.name] == 1 else f"{path.resolve().parent.name}/{path.name}": (
            _file_hash(path)
        )
        for path in corpus.files
    }


def weights_file_hash(folder: Path) -> str:
    """SHA-256 of the weights in a run folder, or of a model folder's graph."""
    graph = folder / LAYOUT.graph
    return _file_hash(graph if graph.exists() else folder / WEIGHTS_FILE)


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _weights_hash(model: nn.Module) -> str:
    """SHA-256 over names and bytes: the same for a local folder and a hub name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _machine() -> dict[str, Any]:
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"platform": platform.platform(), "cpu": _cpu(), "cpus": available_cpus(), "gpu": gpu}


def _cpu() -> str:
    """The processor's name; `platform` knows it on other systems than Linux only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str | None:
    """The checkout's commit, `-dirty` behind it when files were changed; None outside of git."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
