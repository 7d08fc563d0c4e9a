from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.documents import decode_document
from fazhi.errors import DocumentError
from fazhi.inputs import FOLDER_SUFFIXES, STDIN, find_inputs


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def found(folder: Path, *paths: Path, output: Path | None = None) -> dict[str, str]:
    """Names by path below the folder."""
    inputs = find_inputs(paths or [folder], output)
    return {os.path.relpath(i.path, folder): i.name for i in inputs}


def test_a_folder_gives_its_reports_sorted_by_path(tmp_path: Path) -> None:
    touch(tmp_path, "b.txt", "a/c.PDF", "a/b.docx", "B.html", "a/x/d.doc", "a/e.wps")
    assert list(found(tmp_path)) == [
        "B.html",
        *("a/b.docx", "a/c.PDF", "a/e.wps"),
        "a/x/d.doc",
        "b.txt",
    ]


def test_what_is_no_report_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", ".b.txt", "~$c.docx", ".git/d.txt", "e.jpg", "f.csv", "g", "h.jsonl")
    assert list(found(tmp_path)) == ["a.txt"]


def test_every_format_that_is_read_is_looked_for() -> None:
    with pytest.raises(DocumentError) as caught:
        decode_document(b"x", "a.xyz")
    known = re.findall(r"(?<= )\.[a-z]+(?= |$)", str(caught.value).split("one of")[1])
    assert ".txt" in known and set(known) <= set(FOLDER_SUFFIXES)


def test_files_named_are_taken_whatever_they_are_called(tmp_path: Path) -> None:
    touch(tmp_path, "b.csv", "a.txt")
    inputs = find_inputs([tmp_path / "b.csv", STDIN, tmp_path / "a.txt", tmp_path / "none"])
    assert [i.name for i in inputs] == ["b", "stdin", "a", "none"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", "b.txt")
    (tmp_path / "link.txt").symlink_to("a.txt")
    assert list(found(tmp_path, tmp_path / "b.txt", tmp_path)) == ["b.txt", "a.txt"]


def test_the_output_is_no_input(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", "out.html")
    assert list(found(tmp_path, output=tmp_path / "out.html")) == ["a.txt"]


def test_stems_that_clash_are_told_apart(tmp_path: Path) -> None:
    touch(tmp_path, "2022/报告.txt", "2023/报告.txt", "2023/其他.txt", "2024/a.pdf", "2024/a.txt")
    assert found(tmp_path) == {
        "2022/报告.txt": "2022/报告",
        "2023/报告.txt": "2023/报告",
        "2023/其他.txt": "其他",
        "2024/a.pdf": "2024/a.pdf",
        "2024/a.txt": "2024/a.txt",
    }


def test_a_folder_without_reports_says_what_would_be_one(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"holds no report; .* \.txt .*\.pdf"):
        find_inputs([tmp_path])


def test_a_sentence_given_as_a_path_is_no_folder() -> None:
    (only,) = find_inputs([Path("全年办理行政复议案件" * 30)])
    assert only.name.startswith("全年办理")


PARTS = st.sampled_from(["a", "b", "stdin", "a.txt"])
PATHS = st.builds(
    lambda folders, name, suffix: "/".join([*folders, name + suffix]),
    st.lists(PARTS, max_size=2),
    PARTS,
    st.sampled_from([".txt", ".pdf", ""]),
)


@given(st.lists(PATHS, min_size=1, max_size=8), st.booleans())
def test_names_are_unique_whatever_the_paths(paths: list[str], with_stdin: bool) -> None:
    inputs = find_inputs([*([STDIN] if with_stdin else []), *map(Path, paths)])
    assert len({i.name for i in inputs}) == len(inputs) == len(set(paths)) + with_stdin
