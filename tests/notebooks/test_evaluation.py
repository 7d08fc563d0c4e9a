"""The evaluation notebook runs on a small model folder and corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.execute import execute, pictures, text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # zmq and ipykernel's own
def test_shows_what_it_promises(
    tiny_artifact: Path, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAZHI_MODEL", str(tiny_artifact))
    monkeypatch.setenv("FAZHI_LABELLED", str(tiny_corpus))
    notebook = execute("evaluation")
    shown = text(notebook)
    assert "tiny@1.2.3" in shown and "micro_f1" in shown and "tag_ece" in shown
    assert "issuer kind: county" in shown, "the parts that errors can be sought among"
    assert pictures(notebook) == 7
