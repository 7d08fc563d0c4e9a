"""A release is replaced by what isn't worse, and by nothing else without force."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fazhi.artifact import LAYOUT, Artifact, write_manifest
from fazhi.classifier import Classifier
from fazhi.errors import ArtifactError, FazhiError
from fazhi.taxonomy import Taxonomy
from tests.tiny import ROOT
from training.corpus import load_corpus
from training.release.promote import main, promote

Variant = Callable[..., Path]


@pytest.fixture
def variant(tiny_artifact: Path, tmp_path: Path) -> Variant:
    """Copies of the tiny model folder that differ in version, threshold or what they learnt from.

    The tiny model gives no label at its own threshold, so that a lower one is better.
    """

    def make(
        name: str, version: str, threshold: float = 0.5, reports: dict[str, list[str]] | None = None
    ) -> Path:
        folder = Path(shutil.copytree(tiny_artifact, tmp_path / name))
        config = Artifact.load(folder).config
        provenance = config.provenance | ({} if reports is None else {"reports": reports})
        config = replace(
            config,
            version=version,
            thresholds=dict.fromkeys(config.thresholds, threshold),
            provenance=provenance,
        )
        (folder / LAYOUT.config).write_text(json.dumps(config.to_json()), "utf-8")
        write_manifest(folder)
        return folder

    return make


def released(folder: Path) -> tuple[str, float]:
    """Version and threshold of a model folder."""
    config = Artifact.load(folder).config
    return config.version, next(iter(config.thresholds.values()))


def test_a_better_one_is_released_under_the_name_and_the_new_version(
    variant: Variant, tiny_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release, candidate = variant("release", "1.2.3"), variant("candidate", "0.0.0", 0.05)
    differences = promote(candidate, tiny_corpus, release, "1.10.0", force=False)
    assert released(release) == ("1.10.0", 0.05)
    assert released(candidate) == ("0.0.0", 0.05)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["candidate", "release"]
    classifier = Classifier.from_pretrained(release)
    assert classifier.model_id == "tiny@1.10.0"
    assert "tiny 1.10.0" in (release / LAYOUT.card).read_text("utf-8")
    note = classifier.artifact.metrics["promotion"]
    assert note["replaces"] == "tiny@1.2.3"
    assert differences["micro_f1"].difference > 0
    assert note["figures"]["micro_f1"]["candidate"] == differences["micro_f1"].second
    printed = capsys.readouterr().out
    for expected in ("micro_f1", "macro_f1", "role_accuracy", "1.2.3", "1.10.0"):
        assert expected in printed


def test_a_worse_one_is_refused_unless_forced(
    variant: Variant, tiny_corpus: Path, tmp_path: Path
) -> None:
    release, candidate = variant("release", "1.2.3", 0.05), variant("candidate", "0.0.0")
    with pytest.raises(ArtifactError, match=r"refused: micro_f1 falls by 0\.\d+, more than 0.005"):
        promote(candidate, tiny_corpus, release, "1.3.0", force=False)
    assert released(release) == ("1.2.3", 0.05)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["candidate", "release"]
    promote(candidate, tiny_corpus, release, "1.3.0", force=True)
    assert released(release) == ("1.3.0", 0.5)


@pytest.mark.parametrize("version", ["1.2.3", "1.2.2", "0.9.9", "1.2", "next"])
@pytest.mark.parametrize("force", [True, False])
def test_the_version_rises(version: str, force: bool, variant: Variant, tiny_corpus: Path) -> None:
    release = variant("release", "1.2.3")
    with pytest.raises(ArtifactError, match=f"VERSION `{version}` must be"):
        promote(variant("candidate", "0.0.0"), tiny_corpus, release, version, force)
    assert released(release)[0] == "1.2.3"


@pytest.mark.parametrize("split", ["train", "validation"])
def test_one_that_learnt_from_what_it_is_measured_on_is_refused(
    split: str, variant: Variant, tiny_corpus: Path, taxonomy: Taxonomy
) -> None:
    corpus = load_corpus(tiny_corpus, taxonomy)
    measured = [r for r, s in corpus.split_of.items() if s == "test"]
    candidate = variant("candidate", "0.0.0", reports={split: ["other-01", *measured]})
    release = variant("release", "1.2.3")
    with pytest.raises(ArtifactError, match=f"learnt from 1 of the reports .*{measured[0]}"):
        promote(candidate, tiny_corpus, release, "1.3.0", force=False)
    unknown = variant("unknown", "0.0.0", reports={})
    with pytest.raises(ArtifactError, match="doesn't say which reports"):
        promote(unknown, tiny_corpus, release, "1.3.0", force=False)
    promote(candidate, tiny_corpus, release, "1.3.0", force=True)
    assert released(release)[0] == "1.3.0"


def test_other_labels_can_not_be_compared(
    variant: Variant, tiny_corpus: Path, tmp_path: Path
) -> None:
    release, candidate = variant("release", "1.2.3"), variant("candidate", "0.0.0")
    text = (release / LAYOUT.taxonomy).read_text("utf-8")
    (release / LAYOUT.taxonomy).write_text(text.replace("id: hotline,", "id: calls,"), "utf-8")
    config = json.loads((release / LAYOUT.config).read_text("utf-8"))
    config["thresholds"]["calls"] = 0.5
    config["calibration"]["calls"] = config["calibration"]["hotline"]
    (release / LAYOUT.config).write_text(json.dumps(config), "utf-8")
    write_manifest(release)
    with pytest.raises(ArtifactError, match=r"can't be compared; FORCE=1"):
        promote(candidate, tiny_corpus, release, "1.3.0", force=False)
    assert promote(candidate, tiny_corpus, release, "1.3.0", force=True) == {}
    assert released(release)[0] == "1.3.0"


def test_a_run_is_exported_and_the_first_release_needs_none_before_it(
    tiny_run: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    release = tmp_path / "models" / "first"
    assert promote(tiny_run, tiny_corpus, release, "1.0.0", force=False) == {}
    assert Classifier.from_pretrained(release).model_id == "fazhi-small@1.0.0"
    assert [p.name for p in release.parent.iterdir()] == ["first"]


def test_a_failure_brings_the_old_release_back(
    variant: Variant, tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, candidate = variant("release", "1.2.3"), variant("candidate", "0.0.0")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == ".release.partial":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(FazhiError, match="No space left"):
        promote(candidate, tiny_corpus, release, "1.3.0", force=False)
    assert released(release)[0] == "1.2.3"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["candidate", "release"]


def test_a_refusal_is_one_line(
    tiny_corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--candidate", tmp_path, "--data", tiny_corpus, "--release", tmp_path / "none"]
    monkeypatch.setattr(sys, "argv", ["promote", *map(str, arguments), "--version", "1.0.0"])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path}: not a finished run folder")
    assert not list(tmp_path.iterdir())


def test_the_target_takes_the_run_or_the_artifact_that_is_named() -> None:
    def command(*settings: str) -> str:
        done = subprocess.run(
            [
                "make",
                "--dry-run",
                "--no-print-directory",
                "--assume-old=.venv/dev.done",
                "promote",
                *settings,
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()[-1]

    assert "--candidate models/work/run --data" in command()
    assert "--candidate some/run --data" in command("RUN=some/run")
    forced = command("ARTIFACT=some/model", "VERSION=2.0.0", "FORCE=1")
    assert "--candidate some/model --data" in forced
    assert "--version 2.0.0 --force" in forced
