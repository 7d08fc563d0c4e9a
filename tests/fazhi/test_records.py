from __future__ import annotations

import json
from pathlib import Path

import pytest

from fazhi.errors import RecordError
from fazhi.records import MAX_TEXT_CHARACTERS, Record, read_records


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_jsonl_round_trip(tmp_path: Path) -> None:
    records = [
        Record(
            "a-1", "全年办案42件。", "body", ("一、工作", "(一)复议"), ("reconsideration",), "plan"
        ),
        Record("a-2", "一、工作\n情况", "heading", (), ()),
    ]
    lines = [json.dumps(record.to_json(), ensure_ascii=False) for record in records]
    assert read_records(write(tmp_path, "t.jsonl", "\n".join(lines))) == records


def test_fields_other_than_text_may_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "t.jsonl", '{"text": "甲"}\n\n{"text": "乙", "id": 7}\n{"text": "丙"}\n')
    assert read_records(path) == [Record("1", "甲"), Record("7", "乙"), Record("3", "丙")]
    assert read_records(path)[0].labels is None


def test_unknown_fields_are_passed_over(tmp_path: Path) -> None:
    assert read_records(write(tmp_path, "t.jsonl", '{"text": "甲", "note": 1}')) == [
        Record("1", "甲")
    ]


def test_csv_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "t.CSV",
        "id,text,kind,heading_path,labels,role,note\r\n"
        'x,"甲,\n乙",heading,一、工作 > (一)复议,hotline;integrity,plan,-\r\n'
        ",丙,,,,,\r\n",
    )
    assert read_records(path) == [
        Record(
            "x", "甲,\n乙", "heading", ("一、工作", "(一)复议"), ("hotline", "integrity"), "plan"
        ),
        Record("2", "丙"),
    ]


def test_byte_order_mark_and_bare_carriage_returns_are_read(tmp_path: Path) -> None:
    for name, content in (
        ("t.csv", "\ufeffid,text\r1,甲\r2,乙\r"),
        ("t.jsonl", '\ufeff{"text": "甲"}\r{"text": "乙"}\r'),
    ):
        records = read_records(write(tmp_path, name, content))
        assert [(r.id, r.text) for r in records] == [("1", "甲"), ("2", "乙")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"text": "甲", "id": ' + "1" * 5000 + "}", "too many digits"),
        ('["甲"]', "expected a JSON object"),
        ("null", "expected a JSON object"),
        ("{}", "`text` must be"),
        ('{"text": 3}', "`text` must be"),
        ('{"text": ["甲"]}', "`text` must be"),
        ('{"text": " \\n"}', "`text` must be"),
        ('{"text": "甲", "id": null}', "`id` must be"),
        ('{"text": "甲", "id": true}', "`id` must be"),
        ('{"text": "甲", "id": 1.5}', "`id` must be"),
        ('{"text": "甲", "kind": "sentence"}', "`kind` must be one of title, heading, body, meta"),
        ('{"text": "甲", "kind": ["body"]}', "`kind` must be"),
        ('{"text": "甲", "heading_path": "一"}', "`heading_path` must be a list of texts"),
        ('{"text": "甲", "heading_path": [1]}', "`heading_path` must be a list of texts"),
        ('{"text": "甲", "labels": {"a": 1}}', "`labels` must be a list of texts"),
        ('{"text": "甲", "role": 1}', "`role` must be"),
        ('{"text": "' + "甲" * (MAX_TEXT_CHARACTERS + 1) + '"}', "at most 100000"),
    ],
)
def test_error_names_file_line_and_field(row: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "t.jsonl", '{"text": "甲"}\n\n' + row + "\n")
    with pytest.raises(RecordError) as error:
        read_records(path)
    assert str(error.value).startswith(f"{path}, line 3: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: the header lacks the column `text`"),
        ("id,kind\n1,body\n", "line 1: the header lacks the column `text`"),
        ("text\n", "holds no units"),
        ("id,text\n1,甲\n2,\n", "line 3: `text` must be"),
        ("text,kind\n甲,body\n乙,zz\n", "line 3: `kind` must be"),
        ("甲" * 200_000, "line 1: not valid CSV"),
        ("text\n甲\n" + "乙" * 200_000, "line 3: not valid CSV"),
    ],
)
def test_csv_error_names_file_and_line(content: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", content)
    with pytest.raises(RecordError) as error:
        read_records(path)
    assert str(error.value).startswith(f"{path}")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_wrong_charset_names_the_byte(name: str, tmp_path: Path) -> None:
    good = {"t.jsonl": '{"text": "甲"}\n', "t.csv": "text\n"}[name].encode() + b"\n" * 10_000
    with pytest.raises(RecordError, match=f"not UTF-8 at byte {len(good)};"):
        read_records(write(tmp_path, name, good + "乙".encode("gbk")))


def test_unreadable_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("missing.jsonl", "folder.csv"):
        with pytest.raises(RecordError, match=f"{name}: can't be read"):
            read_records(tmp_path / name)


def test_empty_jsonl_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds no units"):
        read_records(write(tmp_path, "t.jsonl", "\n \n"))
