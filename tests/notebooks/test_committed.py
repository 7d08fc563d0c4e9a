"""Every notebook is committed without outputs, tested, and has its paths in one cell."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.execute import NOTEBOOKS, outputs
from tests.tiny import ROOT


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not outputs(notebook)
    assert (ROOT / f"tests/notebooks/test_{path.stem}.py").exists()
    assert "zhplot" in notebook.cells[0].source, "the font that it is read in"
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert "os.environ" in code[0]
    assert not any("environ" in source or "root /" in source for source in code[1:])
