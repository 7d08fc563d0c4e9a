"""Label Studio's labelling configuration (XML) → where topics and roles are to be filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from fazhi.taxonomy import Label, Role, Taxonomy

_MAX_NAME_CHARACTERS = 100  # of a choice that an error repeats


class LabelingConfigError(ValueError):
    """The configuration can't be filled in; the message says what to change."""


@dataclass(frozen=True)
class Choices:
    """A `<Choices>` tag. `value_of`: label or role id → what annotations hold for it."""

    name: str
    is_multiple: bool
    value_of: dict[str, str]


@dataclass(frozen=True)
class LabelingConfig:
    """Where the text stands in a task, and what to fill in: topics, role or both."""

    data_key: str
    to_name: str
    topics: Choices | None
    role: Choices | None


def read_labeling_config(xml: str, taxonomy: Taxonomy) -> LabelingConfig:
    """Find the first `<Choices>` tied to a `<Text>`, and one of the other kind beside it.

    A choice means a label or role when its alias or value is that one's id or name.

    Raises:
        LabelingConfigError: no XML, no such tags, or a choice of the first is no label.
    """
    root = _parse(xml)
    texts = {tag.get("name"): tag for tag in root.iter("Text")}
    tied = [tag for tag in root.iter("Choices") if tag.get("toName") in texts]
    if not tied:
        raise LabelingConfigError("needs a <Choices> whose toName is the name of a <Text>")
    topic_ids, role_ids = _ids(taxonomy.labels), _ids(taxonomy.roles)
    choices = list(tied[0].iter("Choice"))
    is_role = bool(choices) and any(key in role_ids for key in _keys(choices[0]))
    first = _read(tied[0], role_ids if is_role else topic_ids, "role" if is_role else "label")
    to_name = tied[0].get("toName")
    beside = [tag for tag in tied[1:] if tag.get("toName") == to_name]
    other = _first_readable(beside, topic_ids if is_role else role_ids)
    return LabelingConfig(
        data_key=_data_key(texts[to_name]),
        to_name=to_name,
        topics=other if is_role else first,
        role=first if is_role else other,
    )


def _parse(xml: str) -> Any:  # noqa: ANN401 (lxml has no types)
    # Nothing is loaded or expanded, and what only a DTD could bring isn't needed here.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise LabelingConfigError(f"not valid XML: {error.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise LabelingConfigError("must not have a <!DOCTYPE>")
    return root


def _ids(entries: Sequence[Label | Role]) -> dict[str, str]:
    return {key: entry.id for entry in entries for key in (entry.id, entry.name)}


def _keys(choice: Any) -> list[str]:  # noqa: ANN401 (lxml has no types)
    """What a choice is called; the first is what annotations hold."""
    return [name for name in (choice.get("alias"), choice.get("value")) if name]


def _first_readable(tags: Sequence[Any], ids: dict[str, str]) -> Choices | None:
    for tag in tags:
        try:
            return _read(tag, ids, "")
        except LabelingConfigError:  # another question of the project
            continue
    return None


def _read(tag: Any, ids: dict[str, str], kind: str) -> Choices:  # noqa: ANN401 (lxml has no types)
    name = tag.get("name")
    where = f"<Choices name={str(name)[:_MAX_NAME_CHARACTERS]!r}>"
    choices = list(tag.iter("Choice"))
    if not name or not choices:
        raise LabelingConfigError(f"{where} needs a name and at least one <Choice>")
    value_of: dict[str, str] = {}
    for choice in choices:
        keys = _keys(choice)
        shown = keys[0][:_MAX_NAME_CHARACTERS] if keys else ""
        id_ = next((ids[key] for key in keys if key in ids), None)
        if id_ is None:
            raise LabelingConfigError(
                f"{where} has the choice `{shown}`, which is no {kind} of this model; "
                "use the ids or names of /v1/taxonomy"
            )
        if id_ in value_of:
            raise LabelingConfigError(f"{where} has the choice `{shown}` twice")
        if choice.getparent() is not tag:
            raise LabelingConfigError(f"{where} has choices inside others; list them flat")
        value_of[id_] = keys[0]
    return Choices(name, tag.get("choice") == "multiple", value_of)


def _data_key(text: Any) -> str:  # noqa: ANN401 (lxml has no types)
    value = text.get("value") or ""
    if not value.startswith("$") or len(value) < 2:
        raise LabelingConfigError("the <Text> must take its value from the task, as $text does")
    if text.get("valueType", "text") != "text":
        raise LabelingConfigError("the <Text> must hold text, not URLs (valueType)")
    return str(value[1:])
