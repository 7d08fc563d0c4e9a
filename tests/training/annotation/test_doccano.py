"""doccano's files: what is written comes back, and what the tool exports is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fazhi.errors import RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.doccano import read_doccano, write_doccano
from training.problems import DataError

TEXT = "全年办理行政复议案件42件。"
UNITS = [
    Record("a-001", "一、工作 > 情况", "heading", (), (), None),
    Record("a-002", TEXT, "body", ("一、工作 > 情况",), ("hotline", "integrity"), "problem"),
    Record("a-003", "下一步再接再厉。", "body", (), (), "plan"),
]


def save(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_what_is_written_and_accepted_comes_back(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / "examples.jsonl"
    write_doccano(path, UNITS)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows[1]["label"] == ["hotline", "integrity", "role:problem"]
    # The tool numbers the examples, sorts the labels and adds comments.
    exported = [
        {"id": n, **row, "label": sorted(row["label"], reverse=True), "Comments": []}
        for n, row in enumerate(rows, start=40)
    ]
    assert read_doccano(save(tmp_path / "all.jsonl", *exported), taxonomy) == UNITS
    array = tmp_path / "all.json"
    array.write_text(json.dumps(exported), "utf-8")
    assert read_doccano(array, taxonomy) == UNITS
    assert len(list(tmp_path.iterdir())) == 3


def test_names_in_place_of_ids_are_understood(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = save(
        tmp_path / "mine.jsonl",
        {"id": 1, "text": TEXT, "label": ["普法", "role:下步计划"]},
        {"id": 2, "text": TEXT, "label": ["plan"], "heading_path": "甲 > 乙"},
    )
    assert read_doccano(path, taxonomy) == [
        Record("mine:1", TEXT, "body", (), ("law_popularization",), "plan"),
        Record("mine:2", TEXT, "body", ("甲", "乙"), (), "plan"),
    ]


def test_examples_that_nobody_annotated_are_passed_over(tmp_path: Path, taxonomy: Taxonomy) -> None:
    empty = {"id": 1, "text": TEXT, "label": []}
    done = {"id": 2, "text": TEXT, "label": ["role:plan"]}
    path = save(tmp_path / "mine.jsonl", empty, done)
    assert [record.id for record in read_doccano(path, taxonomy)] == ["mine:2"]
    with pytest.raises(RecordError, match="no annotated examples"):
        read_doccano(save(path, empty), taxonomy)


def test_every_line_that_cannot_be_used_is_named(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = save(
        tmp_path / "mine.jsonl",
        {"id": 1, "text": TEXT, "label": ["hotlines", "role:plan"]},
        {"id": 2, "text": TEXT, "label": ["role:plan", "role:problem"]},
        {"id": 3, "text": TEXT, "label": [[0, 2, "hotline"]]},
        {"id": 4, "text": "", "label": ["role:plan"]},
        {"id": 5, "text": TEXT, "label": ["role:hope"]},
        [],
    )
    with pytest.raises(DataError) as caught:
        read_doccano(path, taxonomy)
    assert caught.value.problems == [
        f"{path}, line 1: `hotlines` is no topic of the taxonomy; did you mean `hotline`?",
        f"{path}, line 2: has 2 roles (plan, problem); keep one",
        f"{path}, line 3: `label` must be a list of texts; export a text classification project",
        f"{path}, line 4: `text` must be text that isn't empty",
        f"{path}, line 5: `hope` is no role of the taxonomy; use its ids or names",
        f"{path}, line 6: expected a JSON object",
    ]
