"""Label Studio: its export (JSON, JSON_MIN) → units, units → tasks with predictions, its configuration.

An export may hold several annotations of a task: one marked as ground truth counts before others,
then the one changed last – the rule of Label Studio's own JSON_MIN and CSV. Skipped tasks and tasks
that nobody annotated are passed over.

`<Choices>` are known by what they hold, ids or names of the taxonomy, so that projects with a
configuration of their own are read too; other questions of such a project are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from fazhi.errors import RecordError
from fazhi.records import Record, make_record
from fazhi.taxonomy import Taxonomy
from training.annotation.exports import Names, Row, headings_of, scan_objects, unit_id
from training.annotation.files import write_whole
from training.annotation.label_studio_tasks import (
    DATA_KEYS,
    ROLE,
    TEXT,
    TOPICS,
    Annotation,
    annotations_of,
    controls_of,
)
from training.problems import Scanned, units_of


def read_label_studio(path: Path, taxonomy: Taxonomy) -> list[Record]:
    """The annotated units of an export, in its order.

    Raises:
        RecordError: names file and task of everything that can't be used.
    """
    return units_of(scan_label_studio(path, taxonomy))


def scan_label_studio(path: Path, taxonomy: Taxonomy) -> Iterator[Scanned]:
    """As `read_label_studio`, with the units' places and what is wrong with some.

    Raises:
        RecordError: the file is no export, or holds no annotation of topics and roles.
    """
    names = Names(taxonomy)
    annotations: dict[object, Annotation] = {}  # by task; JSON_MIN repeats tasks
    newest: dict[object, tuple[bool, str]] = {}
    for place, row in scan_objects(path):
        if isinstance(row, RecordError):
            yield place, row
            continue
        number = row.get("id", place)
        for rank, annotation in annotations_of(row, f"{path}, task {number}", number):
            if number not in annotations or rank >= newest[number]:
                annotations[number], newest[number] = annotation, rank
    if not annotations:
        raise RecordError(f"{path}: holds no annotated tasks; annotate some and export again")
    topics, roles = controls_of(list(annotations.values()), names)
    if not topics and not roles:
        raise RecordError(
            f"{path}: none of its choices is a topic or role of the taxonomy; "
            "set TAXONOMY to the one that it was annotated by"
        )
    for annotation in annotations.values():
        try:
            yield annotation.place, _unit(path, annotation, topics, roles, names)
        except RecordError as error:
            yield annotation.place, error


def _unit(
    path: Path, annotation: Annotation, topics: set[str], roles: set[str], names: Names
) -> Record:
    data, place = annotation.data, annotation.place
    kind = data.get("kind", "body")
    role = names.role_of(_chosen(annotation, roles), place)
    row = {
        "id": unit_id(path, data.get("unit_id", data.get("id")), annotation.number),
        "text": _text(data, place),
        "kind": kind,
        "heading_path": headings_of(data.get("heading_path")),
        "labels": names.topics_of(_chosen(annotation, topics), place),
        "role": role if kind == "body" else None,  # Label Studio asks for one whatever the task is
    }
    return make_record(row, place, 0)


def _chosen(annotation: Annotation, controls: set[str]) -> list[str]:
    return [c for name, choices in annotation.chosen.items() if name in controls for c in choices]


def _text(data: Row, place: str) -> object:
    """The text of a task: `text`, or what else is the only text in it."""
    if TEXT in data:
        return data[TEXT]
    texts = [
        value for key, value in data.items() if isinstance(value, str) and key not in DATA_KEYS
    ]
    if len(texts) != 1:
        raise RecordError(f"{place}: `data` needs a field `text` with the sentence")
    return texts[0]


def write_label_studio(
    path: Path, units: Sequence[Record], model: str, scores: Sequence[float]
) -> None:
    """Write tasks to import, with the units' labels and roles as predictions.

    `scores`: one a unit, in [0, 1], by which Label Studio can sort. Units without labels and role
    are tasks without a prediction.
    """
    tasks = [
        {"data": _data(unit), "predictions": _predictions(unit, model, score)}
        for unit, score in zip(units, scores, strict=True)
    ]
    write_whole(path, json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")


def _data(unit: Record) -> Row:
    return {
        TEXT: unit.text,
        "headings": " > ".join(unit.heading_path),
        "heading_path": list(unit.heading_path),
        "kind": unit.kind,
        "unit_id": unit.id,
    }


def _predictions(unit: Record, model: str, score: float) -> list[Row]:
    regions: list[Row] = []
    for name, choices in ((TOPICS, unit.labels), (ROLE, (unit.role,) if unit.role else ())):
        if choices:
            value = {"choices": list(choices)}
            regions.append({"from_name": name, "to_name": TEXT, "type": "choices", "value": value})
    if unit.labels is None and unit.role is None:
        return []
    return [{"model_version": model, "score": round(float(score), 4), "result": regions}]


def labelling_config(taxonomy: Taxonomy) -> str:
    """The labelling configuration of a project: XML.

    Annotators see names, annotations hold ids. The service's backend for pre-annotations reads it as
    it is.
    """
    view = etree.Element("View")
    etree.SubElement(view, "Header", value="$headings", size="5")
    etree.SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
    topics = _choices_tag(view, TOPICS, choice="multiple")
    for group in taxonomy.groups:
        labels = [label for label in taxonomy.labels if label.group == group.id]
        if labels:
            etree.SubElement(topics, "Header", value=group.name, size="6")
        for label in labels:
            etree.SubElement(topics, "Choice", value=label.name, alias=label.id)
    role = _choices_tag(view, ROLE, choice="single", required="true")
    for entry in taxonomy.roles:
        etree.SubElement(role, "Choice", value=entry.name, alias=entry.id)
    xml: str = etree.tostring(view, encoding="unicode", pretty_print=True)
    return xml


def _choices_tag(view: Any, name: str, **attributes: str) -> Any:  # noqa: ANN401 (lxml has no types)
    return etree.SubElement(
        view, "Choices", name=name, toName=TEXT, showInline="true", **attributes
    )
