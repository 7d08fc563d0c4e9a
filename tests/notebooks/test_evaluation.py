"""The evaluation notebook runs headless on a small file, and shows what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.tiny import ROOT

NOTEBOOK = ROOT / "notebooks" / "evaluation.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # zmq and ipykernel's own
def test_runs_on_a_small_file(
    tiny_artifact: Path, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAZHI_MODEL", str(tiny_artifact))
    monkeypatch.setenv("FAZHI_LABELLED", str(sorted(tiny_corpus.glob("*.jsonl"))[0]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}})
    client.execute()
    text = "".join(_texts(notebook))
    assert "tiny@1.2.3" in text
    assert "micro_f1" in text and "成效举措" in text
    assert "Glyph" not in text, "a Chinese character has no glyph in the plots' font"
    pictures = [o for o in _outputs(notebook) if "image/png" in o.get("data", {})]
    assert len(pictures) == 3


def test_is_committed_without_outputs() -> None:
    assert not list(_outputs(nbformat.read(NOTEBOOK, as_version=4)))


def _outputs(notebook: Any) -> list[Any]:
    return [o for cell in notebook.cells for o in cell.get("outputs", [])]


def _texts(notebook: Any) -> list[str]:
    outputs = _outputs(notebook)
    return [o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in outputs]
