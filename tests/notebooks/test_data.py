"""The data notebook runs on a small corpus, beside labelled units and beside a report without labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.notebooks.execute import execute, pictures, text
from tests.tiny import REPORTS, ROOT

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # zmq and ipykernel's own


def test_shows_what_it_promises(
    tiny_artifact: Path, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = shutil.copytree(tiny_corpus, tmp_path / "corpus")
    passes = (ROOT / "data" / "two-passes.csv").read_text("utf-8").splitlines()[:200]
    (tmp_path / "two-passes.csv").write_text("\n".join(passes), "utf-8")
    reports = tmp_path / "reports"
    reports.mkdir()
    shutil.copy(REPORTS / "held-litai-coop.txt", reports)
    shutil.copy(REPORTS / "held-luoting-transport.jsonl", reports)
    for name, path in (("CORPUS", corpus), ("REPORTS", reports), ("MODEL", tiny_artifact)):
        monkeypatch.setenv(f"FAZHI_{name}", str(path))
    notebook = execute("data")
    shown = text(notebook)
    assert "5 documents" in shown and "您的报告" in shown and "'agreed'" in shown
    assert "% of the body units" in shown
    assert pictures(notebook) == 7
