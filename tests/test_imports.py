"""Imports go one way: `training → fazhi ← serving`, `benchmarks → fazhi`, and the core stays light."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.tiny import ROOT

FORBIDDEN = {
    "fazhi": {
        "training",
        "serving",
        "benchmarks",
        "torch",
        "transformers",
        "datasets",
        "sklearn",
        "fastapi",
    },
    "serving": {"training", "benchmarks", "torch", "transformers", "datasets", "sklearn"},
    "training": {"serving", "benchmarks", "fastapi"},
    "benchmarks": {"serving", "training"},  # they measure processes, as others would
}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_module_imports_what_its_package_must_not_know(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: relative import"
                names = [node.module or ""]
            else:
                continue
            roots = {name.split(".")[0] for name in names}
            assert not roots & FORBIDDEN[package], f"{file} imports {roots & FORBIDDEN[package]}"


def test_classifying_loads_neither_torch_nor_fastapi() -> None:
    code = "import sys, fazhi, fazhi.cli; print({'torch', 'fastapi', 'uvicorn'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_the_client_loads_no_model_runtime() -> None:
    heavy = "{'onnxruntime', 'numpy', 'tokenizers', 'trafilatura', 'opencc', 'serving'}"
    code = f"import sys, fazhi.client; print({heavy} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_exported_names() -> None:
    import fazhi

    assert sorted(fazhi.__all__) == fazhi.__all__
    assert all(hasattr(fazhi, name) for name in fazhi.__all__)
    assert not hasattr(fazhi, "Classifer")


def test_exported_names_of_the_client() -> None:
    from fazhi import client

    assert sorted(client.__all__) == client.__all__
    assert all(hasattr(client, name) for name in client.__all__)
