from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fazhi.artifact import LAYOUT
from fazhi.classifier import Classifier, Prediction
from fazhi.errors import FazhiError
from fazhi.resume import Done, PartialFolder

DONE = Done(
    "办案。\udc00", [Prediction(("普法",), "plan", {"普法": 0.93}, {"plan": 1.0}, 5, False)]
)


@pytest.fixture
def work(tmp_path: Path, tiny_classifier: Classifier) -> PartialFolder:
    return PartialFolder(tmp_path / "out.xlsx", tiny_classifier.artifact)


def digest(work: PartialFolder, path: Path, text: str) -> str:
    path.write_text(text)
    digest = work.digest(path)
    assert digest
    return digest


def test_what_is_stored_comes_back(work: PartialFolder, tmp_path: Path) -> None:
    key = digest(work, tmp_path / "a.txt", "办案")
    assert work.load(key) is None
    work.store(key, DONE)
    assert work.load(key) == DONE
    assert work.folder == tmp_path / "out.xlsx.partial"


def test_another_content_format_or_model_is_another_key(
    work: PartialFolder, tmp_path: Path, tiny_classifier: Classifier
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / LAYOUT.manifest).write_text("{}")
    other = PartialFolder(
        tmp_path / "out.xlsx", dataclasses.replace(tiny_classifier.artifact, folder=folder)
    )
    keys = [
        digest(work, tmp_path / "a.txt", "办案"),
        digest(work, tmp_path / "a.txt", "普法"),
        digest(work, tmp_path / "a.html", "普法"),
        digest(other, tmp_path / "a.txt", "普法"),
    ]
    assert len(set(keys)) == 4
    assert digest(work, tmp_path / "moved.txt", "普法") == keys[1]


def test_what_is_no_plain_file_has_no_key(work: PartialFolder, tmp_path: Path) -> None:
    assert work.digest(tmp_path) is None
    assert work.digest(tmp_path / "none.txt") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"source": 1}', '{"predictions": [{}]}'])
def test_a_damaged_file_is_as_good_as_none(
    content: str, work: PartialFolder, tmp_path: Path
) -> None:
    key = digest(work, tmp_path / "a.txt", "办案")
    work.store(key, DONE)
    (work.folder / f"{key}.json").write_text(content)
    assert work.load(key) is None


def test_removing_takes_the_folder_but_nothing_of_others(
    work: PartialFolder, tmp_path: Path
) -> None:
    key = digest(work, tmp_path / "a.txt", "办案")
    work.remove()  # nothing there yet
    work.store(key, DONE)
    (work.folder / "mine.txt").write_text("x")
    work.remove()
    assert [path.name for path in work.folder.iterdir()] == ["mine.txt"]
    (work.folder / "mine.txt").unlink()
    work.store(key, DONE)
    work.remove()
    assert not work.folder.exists()


def test_work_that_cannot_be_kept_is_said(work: PartialFolder) -> None:
    work.folder.write_text("a file")
    with pytest.raises(FazhiError, match=r"out\.xlsx\.partial: can't be written"):
        work.store("0" * 64, DONE)
