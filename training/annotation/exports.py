"""What the exports of annotation tools have in common: numbered JSON objects, and label names.

A file holds an array of objects or an object a line. Choices are ids or names of the taxonomy.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fazhi.errors import RecordError
from fazhi.records import open_table, read_objects
from fazhi.taxonomy import Taxonomy

Row = dict[str, Any]


def scan_objects(path: Path) -> Iterator[tuple[str, Row | RecordError]]:
    """The places and JSON objects of a file, or what is wrong with an item.

    Raises:
        RecordError: the file can't be read, isn't UTF-8, or its array isn't valid JSON.
    """
    if not is_array(path):
        yield from read_objects(path)
        return
    try:
        items = json.load(open_table(path))
    except json.JSONDecodeError as error:
        raise RecordError(f"{path}, line {error.lineno}: not valid JSON ({error.msg})") from None
    except (ValueError, RecursionError):
        raise RecordError(f"{path}: JSON with endless numbers or nesting") from None
    for number, item in enumerate(items, start=1):
        place = f"{path}, item {number}"
        is_object = isinstance(item, dict)
        yield place, item if is_object else RecordError(f"{place}: expected a JSON object")


def is_array(path: Path) -> bool:
    """Whether a file's JSON is one array, rather than an object a line.

    Raises:
        RecordError: the file can't be read or isn't UTF-8.
    """
    return open_table(path).read().lstrip().startswith("[")


def unit_id(path: Path, own: object, number: object) -> str:
    """A unit's id: its own, or the tool's number behind the file's name, as a report of its own."""
    if isinstance(own, str) and own.strip() and not own.isdecimal():
        return own
    return f"{path.stem}:{number}"


def headings_of(value: object) -> object:
    """A heading path as a list, if it's joined by ` > ` as in CSV files."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(" > ") if part.strip()]
    return value


class Names:
    """Ids and names of topics and roles, for choices that may be either."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.topics = {key: label.id for label in taxonomy.labels for key in (label.id, label.name)}
        self.roles = {key: role.id for role in taxonomy.roles for key in (role.id, role.name)}

    def topics_of(self, choices: Iterable[str], place: str) -> list[str]:
        """Ids of topics in the taxonomy's order, each once.

        Raises:
            RecordError: one is unknown; names `place`, and the topic that is spelt most alike.
        """
        given = {_find(choice, self.topics, "topic", place) for choice in choices}
        return [label for label in dict.fromkeys(self.topics.values()) if label in given]

    def role_of(self, choices: Iterable[str], place: str) -> str | None:
        """The id of the only role, None where there is none.

        Raises:
            RecordError: it is unknown, or there are several.
        """
        roles = {_find(choice, self.roles, "role", place) for choice in choices}
        if len(roles) > 1:
            raise RecordError(
                f"{place}: has {len(roles)} roles ({', '.join(sorted(roles))}); keep one"
            )
        return roles.pop() if roles else None


def _find(choice: str, ids: dict[str, str], what: str, place: str) -> str:
    if choice in ids:
        return ids[choice]
    raise RecordError(
        f"{place}: `{choice}` is no {what} of the taxonomy{did_you_mean(choice, ids)}"
    )


def did_you_mean(choice: str, ids: dict[str, str]) -> str:
    """`; did you mean `hotline`?` for the id of the key most like `choice`, "" if none is."""
    close = difflib.get_close_matches(choice, ids, n=1)
    return f"; did you mean `{ids[close[0]]}`?" if close else "; use its ids or names"
