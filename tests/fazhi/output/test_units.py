from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.classifier import Prediction
from fazhi.formulas import unguard
from fazhi.output import write_csv, write_jsonl, write_table
from fazhi.records import Record, read_records
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Group, Label, Role, Taxonomy

UNITS = [
    TaggedUnit(
        Record("r-001", "年度报告", "title"), Prediction((), "plan", {}, {}, 5, False), 0, 4
    ),
    TaggedUnit(
        Record("r-002", '办案,"42"件\n；占5%。', "body", ("一、工作", "(一)复议")),
        Prediction(
            ("reconsideration", "hotline"),
            "achievement",
            {"hotline": 0.61, "reconsideration": 0.93},
            {"achievement": 0.8, "plan": 0.2},
            12,
            True,
        ),
        5,
        20,
    ),
    TaggedUnit(Record("r-003", "发布时间", "meta"), None, 21, 25),
]
ROWS: list[dict[str, Any]] = [unit.to_json("tiny@1.2.3") for unit in UNITS]


def test_jsonl_is_one_record_a_line() -> None:
    stream = io.StringIO()
    write_jsonl(ROWS, stream)
    lines = stream.getvalue().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == ROWS
    assert "复议" in lines[1]


def test_csv_can_be_read_back() -> None:
    stream = io.StringIO()
    write_csv(ROWS, stream)
    content = stream.getvalue()
    assert content.startswith("\ufeffid,kind,")
    rows = list(csv.DictReader(io.StringIO(content[1:], newline="")))
    assert [row["id"] for row in rows] == ["r-001", "r-002", "r-003"]
    body = rows[1]
    assert body["text"] == UNITS[1].record.text
    assert body["heading_path"] == "一、工作 > (一)复议"
    assert body["labels"] == "reconsideration;hotline"
    assert json.loads(body["scores"]) == ROWS[1]["scores"]
    assert json.loads(body["role_scores"]) == ROWS[1]["role_scores"]
    assert (rows[2]["role"], rows[2]["scores"]) == ("", "{}")


TEXTS = ["=1+1", "-5%的降幅", "'＠引号", "a;b > c", '"引"', "全年\n办理", "\t"]


def test_csv_is_safe_in_a_spreadsheet_and_comes_back(tmp_path: Path) -> None:
    records = [
        Record(f"={n}", f"{text}。", heading_path=(f"+{n}",)) for n, text in enumerate(TEXTS)
    ]
    path = tmp_path / "units.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv([TaggedUnit(record, None).to_json("m") for record in records], file)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠\t\r\n"))]
    assert [(r.id, r.text, r.heading_path) for r in read_records(path)] == [
        (r.id, r.text, r.heading_path) for r in records
    ]


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=4))
def test_any_text_survives_csv(texts: list[str]) -> None:
    records = [Record(str(n), text) for n, text in enumerate(texts)]
    stream = io.StringIO()
    write_csv([TaggedUnit(record, None).to_json("m") for record in records], stream)
    rows = csv.DictReader(io.StringIO(stream.getvalue()[1:], newline=""))
    assert [unguard(row["text"]) for row in rows] == texts


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def table(units: list[TaggedUnit], taxonomy: Taxonomy, name: str = "r") -> str:
    stream = io.StringIO()
    write_table(name, units, taxonomy, stream)
    return stream.getvalue()


def test_table_names_topics_and_roles(taxonomy: Taxonomy) -> None:
    text = table(UNITS, taxonomy, "云溪县")
    assert text.split("\n")[0].strip() == "云溪县"
    body = next(line for line in text.split("\n") if "办案" in line)
    assert "行政复议 0.93" in body and taxonomy.role_by_id["achievement"].name in body
    assert "热线与诉求办理 0.61" in text
    assert "附注" in next(line for line in text.split("\n") if "发布时间" in line)
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "text", ["[bold]工作[/bold]", "全年[/]办理", "办理\\", "办理\\\\", "比例1:100:2", "[@click]"]
)
@pytest.mark.parametrize("kind", ["body", "heading", "meta"])
def test_table_shows_text_as_it_is(text: str, kind: str, taxonomy: Taxonomy) -> None:
    written = table([TaggedUnit(Record("1", text, kind), None)], taxonomy, text)
    assert written.count(text) == 2


def test_table_knows_roles_of_any_taxonomy() -> None:
    taxonomy = Taxonomy(1, (Group("g", "组"),), (Label("a", "甲", "g"),), (Role("other", "其他"),))
    unit = TaggedUnit(
        Record("1", "办案。"), Prediction(("a",), "other", {"a": 0.5}, {"other": 1.0}, 5, False)
    )
    written = table([unit], taxonomy)
    assert "甲 0.50" in written and "其他" in written
