"""One task of a Label Studio export: which annotation counts, and what was chosen in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.annotation.exports import Names, Row

TOPICS, ROLE, TEXT = "topics", "role", "text"  # names of the tags
# What a task holds. `headings` is for the eye; JSON_MIN puts the task's number into `id`, so that
# the unit's stands elsewhere.
DATA_KEYS = ("id", "unit_id", "kind", "heading_path", "headings", TEXT)


@dataclass(frozen=True)
class Annotation:
    """The annotation of a task that counts; `chosen` is by the name of the `<Choices>`."""

    place: str
    number: object
    data: Row
    chosen: dict[str, list[str]]


def is_label_studio(row: Row) -> bool:
    """Whether an object is a task of an export."""
    return isinstance(row.get("annotations"), list) or "annotation_id" in row


def annotations_of(
    row: Row, place: str, number: object
) -> Iterator[tuple[tuple[bool, str], Annotation]]:
    """The annotations of a task that weren't cancelled, and how much each counts."""
    if "annotation_id" in row:  # JSON_MIN: data and choices side by side
        if row["annotation_id"] is not None:
            chosen = {k: _choices(v) for k, v in row.items() if k not in DATA_KEYS}
            yield _rank(row), Annotation(place, number, row, chosen)
        return
    for found in row.get("annotations") or ():
        if isinstance(found, dict) and not (found.get("was_cancelled") or found.get("skipped")):
            chosen = {}
            for region in filter(lambda r: isinstance(r, dict), found.get("result") or ()):
                name = str(region.get("from_name"))
                chosen[name] = [*chosen.get(name, ()), *_choices(region.get("value"))]
            data = row.get("data")
            yield (
                _rank(found),
                Annotation(place, number, data if isinstance(data, dict) else {}, chosen),
            )


def _rank(annotation: Row) -> tuple[bool, str]:
    """Ground truth first, then the latest; times are ISO 8601, which sorts as text."""
    time = annotation.get("updated_at") or annotation.get("created_at") or ""
    return bool(annotation.get("ground_truth")), str(time)


def _choices(value: object) -> list[str]:
    """`"a"`, `{"choices": ["a", "b"]}` or a list of such → the choices; none in anything else."""
    if isinstance(value, dict):
        value = value.get("choices")
    if isinstance(value, str):
        return [value]
    return (
        [choice for part in value for choice in _choices(part)] if isinstance(value, list) else []
    )


def controls_of(annotations: Sequence[Annotation], names: Names) -> tuple[set[str], set[str]]:
    """Which `<Choices>` hold topics, and which roles: those by that name, or half of them known.

    Half, since JSON_MIN doesn't tell choices from other texts of a task, and one may be a topic's name.
    """
    given: dict[str, list[str]] = {}
    for annotation in annotations:
        for name, choices in annotation.chosen.items():
            given.setdefault(name, []).extend(choices)

    def holding(own_name: str, known: Mapping[str, str]) -> set[str]:
        shares = {
            n: sum(c in known for c in found) / len(found) for n, found in given.items() if found
        }
        return {name for name, share in shares.items() if name == own_name or share >= 0.5}

    topics = holding(TOPICS, names.topics)
    return topics, holding(ROLE, names.roles) - topics
