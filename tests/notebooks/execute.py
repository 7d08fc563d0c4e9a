"""Runs a notebook of the repository headless, and reads what it shows."""

from __future__ import annotations

from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.tiny import ROOT

NOTEBOOKS = ROOT / "notebooks"


def execute(name: str) -> Any:
    """The notebook with its outputs; fails when a cell does, or says anything on standard error."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}})
    client.execute()
    # Matplotlib warns there of every character that its font lacks.
    complaints = [o.text for o in outputs(notebook) if o.get("name") == "stderr"]
    assert not complaints, complaints
    return notebook


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def pictures(notebook: Any) -> int:
    return sum("image/png" in output.get("data", {}) for output in outputs(notebook))


def text(notebook: Any) -> str:
    return "".join(
        o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in outputs(notebook)
    )
