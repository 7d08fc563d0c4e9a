"""`make promote`: a run, or a model folder, takes the place of the release, unless it is worse.

Both are measured in one go on the same held-out reports. Refused, unless forced: a candidate that
is worse by more than a margin, that learnt from what it is measured on, or that has other labels. The version
must rise in any case.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fazhi.artifact import LAYOUT, Artifact, write_manifest
from fazhi.classifier import Classifier
from fazhi.errors import ArtifactError, FazhiError, RecordError
from training.batches import body_units
from training.corpus import Corpus, load_corpus
from training.evaluation.paired import Difference
from training.release.doubts import SPLIT, compare, have_same_labels, leaks, losses
from training.release.export import export, write_json
from training.release.model_card import write_card
from training.run_folder import Run

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_FIRST_NAME = "fazhi-small"


def promote(
    candidate: Path, data: Path | Sequence[Path], release: Path, version: str, force: bool
) -> dict[str, Difference]:
    """Put `candidate`, a run folder or a model folder, in the place of `release`, whole or not at all.

    Returns the comparison by figure, which is printed too; empty when there was nothing to compare with.

    Raises:
        ArtifactError: the candidate can't be used, its version doesn't rise, or it is refused.
        RecordError: `data` has no units to measure on.
    """
    current = Artifact.load(release) if release.exists() else None
    _check_version(version, current)
    with tempfile.TemporaryDirectory() as scratch:
        staged = Path(scratch) / release.name
        name = current.config.name if current else _FIRST_NAME
        corpus = _stage(candidate, data, staged, name, version)
        artifact = Artifact.load(staged)
        units = body_units(corpus.records_of(SPLIT))
        if not units:
            raise RecordError(f"{data}: no body units in the split {SPLIT} to measure on")
        doubts = leaks(artifact, units)
        differences: dict[str, Difference] = {}
        if current and not have_same_labels(current.taxonomy, artifact.taxonomy):
            doubts.append(
                f"its labels or roles aren't those of {current.config.version}, so that they can't be compared"
            )
        elif current:
            if seen := leaks(current, units):
                print(f"{release}: {seen[0]}; its figures flatter it")
            differences = compare(artifact, current, units)
            doubts += losses(differences)
        if doubts and not force:
            raise ArtifactError(f"{candidate}: refused: {'; '.join(doubts)}; FORCE=1 takes it")
        _record(artifact, current, differences)
        _replace(release, staged)
    return differences


def _check_version(version: str, current: Artifact | None) -> None:
    found = _VERSION.fullmatch(version)
    if not found:
        raise ArtifactError(f"VERSION `{version}` must be three numbers, such as 1.0.0")
    before = _VERSION.fullmatch(current.config.version) if current else None
    if before and tuple(map(int, found.groups())) <= tuple(map(int, before.groups())):
        raise ArtifactError(f"VERSION `{version}` must be above the released {before.group()}")


def _stage(
    candidate: Path, data: Path | Sequence[Path], staged: Path, name: str, version: str
) -> Corpus:
    """Export or copy the candidate into `staged` under that name and version; returns the corpus."""
    if not (candidate / LAYOUT.manifest).exists():
        run = Run.load(candidate)
        corpus = load_corpus(data, run.taxonomy)
        export(run, corpus, staged, name, version)
        return corpus
    artifact = Artifact.load(candidate)
    corpus = load_corpus(data, artifact.taxonomy)
    shutil.copytree(candidate, staged)
    config = replace(artifact.config, name=name, version=version)
    write_json(staged / LAYOUT.config, config.to_json())
    write_card(staged / LAYOUT.card, replace(artifact, config=config), artifact.metrics)
    write_manifest(staged)
    return corpus


def _record(
    artifact: Artifact, current: Artifact | None, differences: dict[str, Difference]
) -> None:
    """Note in the candidate's metrics what it was compared with."""
    note = {
        "replaces": f"{current.config.name}@{current.config.version}" if current else None,
        "split": SPLIT,
        "figures": {
            name: {"candidate": d.second, "current": d.first, "low": d.low, "high": d.high}
            for name, d in differences.items()
        },
    }
    write_json(artifact.folder / LAYOUT.metrics, artifact.metrics | {"promotion": note})
    write_manifest(artifact.folder)
    Classifier.from_pretrained(artifact.folder)  # what was written can be loaded


def _replace(release: Path, staged: Path) -> None:
    """Put `staged` in the place of `release`; the old folder comes back when that fails."""
    partial, old = (release.with_name(f".{release.name}.{end}") for end in ("partial", "old"))
    for folder in (partial, old):
        shutil.rmtree(folder, ignore_errors=True)
    release.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(staged, partial)
        if release.exists():
            release.rename(old)
        partial.rename(release)
    except OSError as error:
        if old.exists() and not release.exists():
            old.rename(release)
        raise ArtifactError(f"{release}: can't be replaced ({error.strerror})") from None
    finally:
        for folder in (partial, old):
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--candidate", type=Path, required=True, help="run folder or model folder")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus to measure on")
    parser.add_argument("--release", type=Path, required=True, help="model folder to replace")
    parser.add_argument("--version", required=True, help="version of the new release, x.y.z")
    parser.add_argument("--force", action="store_true", help="release it in spite of doubts")
    arguments = parser.parse_args()
    try:
        promote(
            arguments.candidate,
            arguments.data,
            arguments.release,
            arguments.version,
            arguments.force,
        )
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"released: {arguments.release} {arguments.version}")


if __name__ == "__main__":
    main()
