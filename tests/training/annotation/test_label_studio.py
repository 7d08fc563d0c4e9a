"""Label Studio's files: what is written comes back, and what the tool exports is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from fazhi.errors import RecordError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.annotation.label_studio import (
    labelling_config,
    read_label_studio,
    write_label_studio,
)
from training.problems import DataError

TEXT = "全年办理行政复议案件42件。"
UNITS = [
    Record("a-001", "一、工作 > 情况", "heading", (), ("reconsideration",), None),
    Record(
        "a-002", TEXT, "body", ("一、工作 > 情况", "(一)复议"), ("hotline", "integrity"), "problem"
    ),
    Record("a-003", "下一步再接再厉。", "body", ("一、工作 > 情况",), (), "plan"),
]


def save(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def chosen(name: str, *choices: str) -> dict[str, Any]:
    return {
        **{"id": "x1", "from_name": name, "to_name": "text", "type": "choices"},
        **{"origin": "manual", "value": {"choices": list(choices)}},
    }


def annotation(*result: dict[str, Any], at: str = "2024-05-01T08:00:00Z", **more: Any) -> Any:
    return {
        **{"id": 1, "completed_by": 1, "was_cancelled": False, "ground_truth": False},
        **{"created_at": at, "updated_at": at, "lead_time": 4.2, "result": list(result)},
        **more,
    }


def task(number: int, *annotations: Any, **data: Any) -> dict[str, Any]:
    """A task as the JSON export has it."""
    return {
        **{"id": number, "data": {"text": TEXT, **data}, "annotations": list(annotations)},
        **{"file_upload": "tasks.json", "drafts": [], "predictions": [], "meta": {}, "project": 3},
    }


DONE = (chosen("topics", "hotline"), chosen("role", "plan"))


def test_what_is_written_and_accepted_comes_back(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / "tasks.json"
    write_label_studio(path, UNITS, "tiny@1", [0.9, 0.5, 0.123456])
    tasks = json.loads(path.read_text("utf-8"))
    (prediction,) = tasks[2]["predictions"]
    assert prediction["model_version"] == "tiny@1" and prediction["score"] == 0.1235
    assert tasks[1]["data"]["headings"] == "一、工作 > 情况 > (一)复议"
    for number, row in enumerate(tasks):  # as the tool does when an annotator submits a prediction
        row |= {"id": number, "annotations": [annotation(*row["predictions"][0]["result"])]}
    assert read_label_studio(save(tmp_path / "export.json", tasks), taxonomy) == UNITS
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["export.json", "tasks.json"]


def test_units_that_nobody_labelled_have_no_prediction(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    write_label_studio(path, [Record("a-1", TEXT)], "tiny@1", [0.5])
    assert json.loads(path.read_text("utf-8"))[0]["predictions"] == []


def test_skipped_and_open_tasks_are_passed_over(tmp_path: Path, taxonomy: Taxonomy) -> None:
    tasks = [
        task(1),
        task(2, annotation(was_cancelled=True)),
        task(3, annotation(*DONE)),
    ]
    (record,) = read_label_studio(save(tmp_path / "mine.json", tasks), taxonomy)
    assert record == Record("mine:3", TEXT, "body", (), ("hotline",), "plan")


def test_the_last_annotation_counts_but_ground_truth_before_it(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    early = annotation(*DONE, at="2024-05-01T08:00:00Z")
    late = annotation(chosen("topics", "integrity"), DONE[1], at="2024-05-02T08:00:00Z")
    skipped = annotation(at="2024-05-03T08:00:00Z", was_cancelled=True)
    tasks = [
        task(1, late, early, skipped),
        task(2, {**early, "ground_truth": True}, late),
    ]
    records = read_label_studio(save(tmp_path / "mine.json", tasks), taxonomy)
    assert [record.labels for record in records] == [("integrity",), ("hotline",)]


def test_json_min_is_read(tmp_path: Path, taxonomy: Taxonomy) -> None:
    def row(number: int, at: str, **more: Any) -> dict[str, Any]:
        times = {"created_at": at, "updated_at": at, "lead_time": 1.5}
        data = {"text": "普法", "headings": "甲 > 乙", "heading_path": ["甲", "乙"], "kind": "body"}
        return {**data, "id": number, "annotator": 1, "annotation_id": number, **times, **more}

    rows = [
        row(1, "2024-05-02", unit_id="a-001", topics="hotline", role="plan", remark="存疑"),
        row(1, "2024-05-01", unit_id="a-001", topics="integrity", role="plan"),
        row(2, "2024-05-01", topics={"choices": ["普法", "hotline"]}, role="存在问题"),
        row(3, "2024-05-01", role="plan"),
        row(4, "", annotation_id=None),
    ]
    found = read_label_studio(save(tmp_path / "mine.json", rows), taxonomy)
    path = ("甲", "乙")
    assert found == [
        Record("a-001", "普法", "body", path, ("hotline",), "plan"),
        Record("mine:2", "普法", "body", path, ("hotline", "law_popularization"), "problem"),
        Record("mine:3", "普法", "body", path, (), "plan"),
    ]


def test_a_project_with_its_own_names_and_questions_is_read(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    result = [
        chosen("主题", "普法"),
        chosen("作用", "下步计划"),
        chosen("quality", "good"),
        {"from_name": "note", "to_name": "t", "type": "textarea", "value": {"text": ["？"]}},
    ]
    tasks = [{"id": 7, "data": {"sentence": "普法3次。"}, "annotations": [annotation(*result)]}]
    (record,) = read_label_studio(save(tmp_path / "mine.json", tasks), taxonomy)
    assert record == Record("mine:7", "普法3次。", "body", (), ("law_popularization",), "plan")


def test_every_task_that_cannot_be_used_is_named(tmp_path: Path, taxonomy: Taxonomy) -> None:
    tasks = [
        task(1, annotation(chosen("topics", "hotlines", "integrity"), DONE[1])),
        task(2, annotation(DONE[0], chosen("role", "plan", "problem"))),
        {"id": 3, "data": {"a": "甲", "b": "乙"}, "annotations": [annotation(*DONE)]},
        task(4, annotation(*DONE), text=""),
        task(5, annotation(*DONE), kind="sentence"),
        "no task",
        task(7, annotation(*DONE)),
    ]
    path = save(tmp_path / "mine.json", tasks)
    with pytest.raises(DataError) as caught:
        read_label_studio(path, taxonomy)
    assert sorted(caught.value.problems) == [
        f"{path}, item 6: expected a JSON object",
        f"{path}, task 1: `hotlines` is no topic of the taxonomy; did you mean `hotline`?",
        f"{path}, task 2: has 2 roles (plan, problem); keep one",
        f"{path}, task 3: `data` needs a field `text` with the sentence",
        f"{path}, task 4: `text` must be text that isn't empty",
        f"{path}, task 5: `kind` must be one of title, heading, body, meta",
    ]


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ([task(1), task(2)], "holds no annotated tasks"),
        ([task(1, annotation(chosen("mood", "glad")))], "none of its choices is a topic or role"),
    ],
)
def test_an_export_without_topics_is_refused(
    tmp_path: Path, taxonomy: Taxonomy, tasks: list[Any], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        read_label_studio(save(tmp_path / "mine.json", tasks), taxonomy)


def test_a_broken_array_names_the_line(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / "mine.json"
    path.write_text('[\n{"id": 1},\n{"id"\n]', "utf-8")
    with pytest.raises(RecordError, match=r"mine.json, line 4: not valid JSON"):
        read_label_studio(path, taxonomy)


def test_the_configuration_offers_every_topic_by_group(taxonomy: Taxonomy) -> None:
    root = etree.fromstring(labelling_config(taxonomy))
    topics, role = root.findall("Choices")
    assert [(c.get("alias"), c.get("value")) for c in topics.iter("Choice")] == [
        (label.id, label.name) for group in taxonomy.groups for label in taxonomy.labels
        if label.group == group.id
    ]  # fmt: skip
    assert [h.get("value") for h in topics.iter("Header")] == [g.name for g in taxonomy.groups]
    assert [c.get("alias") for c in role.iter("Choice")] == list(taxonomy.role_ids)
    assert (topics.get("choice"), role.get("choice")) == ("multiple", "single")
    assert root.find("Header").get("value") == "$headings"
    assert root.find("Text").get("value") == "$text"
