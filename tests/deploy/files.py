"""The deployment files, parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
YAML_FILES = sorted(p for p in DEPLOY.rglob("*.yaml") if "secrets" not in p.parts)
KUBERNETES = DEPLOY / "kubernetes"


def texts() -> dict[str, str]:
    """Every file that is deployed, by its path under `deploy/`."""
    paths = (p for p in DEPLOY.rglob("*") if p.is_file() and "secrets" not in p.parts)
    return {str(p.relative_to(DEPLOY)): p.read_text("utf-8") for p in sorted(paths)}


def load_yaml(path: str | Path) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text("utf-8"))


def manifests() -> dict[str, Any]:
    """The Kubernetes objects, by path under `deploy/kubernetes/`."""
    loaded = {str(p.relative_to(KUBERNETES)): load_yaml(p) for p in KUBERNETES.rglob("*.yaml")}
    return {path: doc for path, doc in loaded.items() if "kind" in doc}


def images() -> Iterator[str]:
    """Every image that is named outside of `manifests`, with its tag."""
    for service in load_yaml("compose.yaml")["services"].values():
        yield service["image"]
    for path, doc in manifests().items():
        if path.endswith("kustomization.yaml"):
            yield from (f"{image['newName']}:{image['newTag']}" for image in doc["images"])


def dockerfile() -> list[tuple[str, str]]:
    """Instructions and their arguments, continued lines joined, comments left out."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    split = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return [(instruction, argument) for instruction, argument in split]


def dashboard() -> Any:
    return json.loads((DEPLOY / "grafana/dashboard.json").read_text("utf-8"))
