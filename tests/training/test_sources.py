"""A file's content says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fazhi.errors import RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.doccano import write_doccano
from training.sources import read_units

UNIT = Record("a-001", "办结热线工单9件。", "body", ("一、工作",), ("hotline",), "achievement")
CSV = "id,text,heading_path,labels,role\na-001,办结热线工单9件。,一、工作,hotline,achievement\n"


def as_records(path: Path) -> None:
    path.write_text(json.dumps(UNIT.to_json()) + "\n", "utf-8")


def as_csv(path: Path) -> None:
    path.write_text(CSV, "utf-8-sig")


def as_doccano(path: Path) -> None:
    write_doccano(path, [UNIT])


def as_label_studio(path: Path) -> None:
    data = {"text": UNIT.text, "heading_path": ["一、工作"], "unit_id": UNIT.id}
    chosen = [("topics", "热线与诉求办理"), ("role", "achievement")]
    result = [{"from_name": name, "value": {"choices": [choice]}} for name, choice in chosen]
    path.write_text(json.dumps([{"id": 1, "data": data, "annotations": [{"result": result}]}]))


@pytest.mark.parametrize(
    ("write", "names"),
    [
        (as_records, ("a.jsonl", "a.json", "a.txt")),
        (as_csv, ("a.csv", "a.CSV")),
        (as_doccano, ("a.jsonl", "a.json")),
        (as_label_studio, ("a.json", "a.jsonl", "export")),
    ],
)
def test_a_file_is_known_by_its_content(
    write: object, names: tuple[str, ...], tmp_path: Path, taxonomy: Taxonomy
) -> None:
    assert callable(write)
    for name in names:
        write(tmp_path / name)
        assert read_units(tmp_path / name, taxonomy) == [UNIT]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no units"),
        ('[{"text": "甲"}]', "an array of neither Label Studio's tasks nor doccano's examples"),
        ("[", "line 1: not valid JSON"),
        ('{"text": "甲"}\n', "line 1: a body unit needs `labels`"),
        ("法治政府建设", "line 1: not valid JSON"),
    ],
)
def test_what_is_no_labelled_unit_is_refused(
    content: str, message: str, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content, "utf-8")
    with pytest.raises(RecordError, match=message):
        read_units(path, taxonomy)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, taxonomy: Taxonomy) -> None:
    with pytest.raises(RecordError, match="none.json: can't be read"):
        read_units(tmp_path / "none.json", taxonomy)
