"""A label set that has nothing in common with the released one, and units annotated by it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from fazhi.records import Record, read_records
from fazhi.taxonomy import Taxonomy
from training.annotation.label_studio import write_label_studio

TOPICS = ("money", "people", "paper")
ROLES = ("done", "open")
_YAML = """version: 7
groups:
  - {id: things, name: 物}
  - {id: folk, name: 人}
labels:
  - {id: money, name: 钱款, group: things}
  - {id: people, name: 人员, group: folk}
  - {id: paper, name: 文书, group: things}
roles:
  - {id: done, name: 已办}
  - {id: open, name: 未办}
"""


@dataclass(frozen=True)
class Foreign:
    """Files of a project with a taxonomy of its own."""

    taxonomy: Path
    data: Path
    model: Path


def save_foreign_taxonomy(path: Path) -> Path:
    path.write_text(_YAML, "utf-8")
    assert Taxonomy.from_file(path).label_ids == TOPICS
    return path


def save_foreign_export(path: Path, source: Path) -> Path:
    """Body units of a report as Label Studio exports them: no ids of reports, no issuers."""
    bodies = [unit for unit in read_records(source) if unit.kind == "body"]
    units = [
        Record(str(n), unit.text, "body", unit.heading_path, (TOPICS[n % 3],), ROLES[n % 2])
        for n, unit in enumerate(bodies)
    ]
    write_label_studio(path, units, "nobody", [0.5] * len(units))
    tasks = json.loads(path.read_text("utf-8"))
    for number, task in enumerate(tasks, start=1):
        task |= {"id": number, "annotations": task.pop("predictions")}
        del task["data"]["unit_id"]
    path.write_text(json.dumps(tasks, ensure_ascii=False), "utf-8")
    return path
