from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from fazhi.artifact import FORMAT, LAYOUT, Artifact, Calibration, ModelConfig, write_manifest
from fazhi.encoding import EncodingSettings
from fazhi.errors import ArtifactError

EVERY_FILE = (*LAYOUT.files(), LAYOUT.manifest)


@pytest.fixture
def folder(tiny_artifact: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(tiny_artifact, tmp_path / "model"))


def assert_refused(folder: Path, message: str) -> None:
    with pytest.raises(ArtifactError) as error:
        Artifact.load(folder)
    assert str(error.value).startswith(f"{folder}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def test_untouched_copy_loads(folder: Path) -> None:
    artifact = Artifact.load(folder)
    assert artifact.config.name == "tiny"
    assert artifact.golden and artifact.metrics
    assert set(artifact.golden[0].scores) == set(artifact.taxonomy.label_ids)
    assert artifact.graph_file.is_file() and artifact.tokenizer_file.is_file()


@pytest.mark.parametrize("name", EVERY_FILE)
def test_removed_file_is_noticed(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert_refused(folder, f"{name} is missing")


@pytest.mark.parametrize("name", EVERY_FILE)
def test_emptied_file_is_noticed(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"")
    assert_refused(folder, name)


@pytest.mark.parametrize("name", LAYOUT.files())
def test_one_changed_byte_is_noticed(name: str, folder: Path) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    assert_refused(folder, f"{name} has been changed since the export")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{", "isn't valid JSON"),
        ("[" * 100_000, "isn't valid JSON"),
        ("[]", "is of another format"),
        ('{"sha256": {}}', "is of another format"),
        (json.dumps({"format": FORMAT + 1, "sha256": {}}), "is of another format"),
        (json.dumps({"format": FORMAT, "sha256": {}}), "names other files"),
        (json.dumps({"format": FORMAT, "sha256": None}), "names other files"),
        (json.dumps({"format": FORMAT, "sha256": dict.fromkeys(LAYOUT.files(), 1)}), "changed"),
    ],
)
def test_manifest_that_vouches_for_nothing_is_refused(
    manifest: str, message: str, folder: Path
) -> None:
    (folder / LAYOUT.manifest).write_text(manifest, "utf-8")
    assert_refused(folder, message)


def test_file_beyond_the_layout_must_not_be_vouched_for(folder: Path) -> None:
    hashes = json.loads((folder / LAYOUT.manifest).read_text("utf-8"))["sha256"]
    rewrite(folder / LAYOUT.manifest, sha256={**hashes, "../other": "0"})
    assert_refused(folder, "names other files")


@pytest.mark.parametrize("name", ["none", "file", "长" * 300])
def test_no_such_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert_refused(tmp_path / name, "no such model folder")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that nobody can read")
def test_unreadable_file_is_named(folder: Path) -> None:
    (folder / LAYOUT.graph).unlink()
    (folder / LAYOUT.graph).symlink_to("/proc/self/mem")
    assert_refused(folder, f"{LAYOUT.graph}: Input/output error")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": FORMAT + 1},
        {"encoding": {"max_length_tokens": 64, "max_words": 3}},
        {"encoding": 64},
        {"calibration": {"hotline": {"scale": 1.0, "shift": 0.0}}},
        {"colour": "red"},
    ],
)
def test_config_of_another_format_is_refused(changes: dict[str, object], folder: Path) -> None:
    rewrite(folder / LAYOUT.config, **changes)
    write_manifest(folder)
    assert_refused(folder, f"not a model folder of format {FORMAT}")


@pytest.mark.parametrize(
    ("field", "message"),
    [("thresholds", "lacks a threshold for `hotline`"), ("calibration", "lacks a calibration for")],
)
def test_label_without_its_numbers_is_named(field: str, message: str, folder: Path) -> None:
    config = json.loads((folder / LAYOUT.config).read_text("utf-8"))
    del config[field]["hotline"]
    rewrite(folder / LAYOUT.config, **{field: config[field]})
    write_manifest(folder)
    assert_refused(folder, message)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (LAYOUT.golden, '{"text": "甲"}'),
        (LAYOUT.golden, "{"),
        (LAYOUT.golden, "[]"),
        (LAYOUT.taxonomy, "version: 0"),
        (LAYOUT.config, "[]"),
    ],
)
def test_vouched_for_but_malformed_file_is_refused(name: str, content: str, folder: Path) -> None:
    (folder / name).write_text(content, "utf-8")
    write_manifest(folder)
    assert_refused(folder, f"not a model folder of format {FORMAT}")


def test_manifest_is_not_written_for_an_incomplete_export(folder: Path) -> None:
    (folder / LAYOUT.card).unlink()
    before = (folder / LAYOUT.manifest).read_bytes()
    with pytest.raises(ArtifactError, match="incomplete, README.md is missing"):
        write_manifest(folder)
    assert (folder / LAYOUT.manifest).read_bytes() == before


def test_config_round_trip() -> None:
    config = ModelConfig(
        "n",
        "1.0.0",
        EncodingSettings(96, 12),
        {"a": 0.4},
        {"a": Calibration(0.7, -0.2)},
        0.8,
        {"commit": "x"},
    )
    assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
