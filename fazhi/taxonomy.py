"""The label set: topics in groups, and roles. Read from YAML, validated once, immutable.

Knows nothing of models or text. Ids are part of the public record format and never
change once released; names are what people see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from fazhi.errors import TaxonomyError

_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Group:
    """A family of topics; `source` cites the document that it follows."""

    id: str
    name: str
    source: str = ""


@dataclass(frozen=True)
class Label:
    """One topic; `group` is the id of its `Group`."""

    id: str
    name: str
    group: str


@dataclass(frozen=True)
class Role:
    """What a sentence does in its report: achievement, problem, plan, background."""

    id: str
    name: str


@dataclass(frozen=True)
class Taxonomy:
    """Labels and roles in the order in which a model's logits stand."""

    version: int
    groups: tuple[Group, ...]
    labels: tuple[Label, ...]
    roles: tuple[Role, ...]

    @classmethod
    def from_file(cls, path: str | Path) -> Taxonomy:
        """Read and validate a taxonomy file.

        Raises:
            TaxonomyError: the file is missing, no YAML, lacks a key, repeats an id,
                names an unknown group, or calls a label and a role alike.
        """
        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise TaxonomyError(f"{path}: can't be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise TaxonomyError(
                f"{path}: can't be read: not UTF-8 at byte {error.start}; save it as UTF-8"
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2024-13-45
            raise TaxonomyError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
        try:
            return cls._from_raw(raw)
        except TaxonomyError as error:
            raise TaxonomyError(f"{path}: {error}") from None

    @classmethod
    def _from_raw(cls, raw: Any) -> Taxonomy:  # noqa: ANN401 (whatever YAML holds)
        if not isinstance(raw, dict):
            raise TaxonomyError("expected the keys version, groups, labels and roles")
        version = raw.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise TaxonomyError("`version` must be a positive whole number")
        taxonomy = cls(
            version=version,
            groups=tuple(Group(*row) for row in _rows(raw, "groups", ("id", "name"), ("source",))),
            labels=tuple(Label(*row) for row in _rows(raw, "labels", ("id", "name", "group"))),
            roles=tuple(Role(*row) for row in _rows(raw, "roles", ("id", "name"))),
        )
        groups = {group.id for group in taxonomy.groups}
        for label in taxonomy.labels:
            if label.group not in groups:
                raise TaxonomyError(
                    f"label `{label.id}` names the group `{label.group}`, which `groups` lacks"
                )
        # Annotation tools and clients write topics and roles side by side, as ids or names.
        topics = {key for label in taxonomy.labels for key in (label.id, label.name)}
        both = [key for role in taxonomy.roles for key in (role.id, role.name) if key in topics]
        if both:
            raise TaxonomyError(f"`{both[0]}` is both a label and a role; rename one")
        return taxonomy

    @cached_property
    def label_ids(self) -> tuple[str, ...]:
        """Label ids in logit order."""
        return tuple(label.id for label in self.labels)

    @cached_property
    def role_ids(self) -> tuple[str, ...]:
        """Role ids in logit order."""
        return tuple(role.id for role in self.roles)

    @cached_property
    def label_by_id(self) -> dict[str, Label]:
        """Labels under their ids."""
        return {label.id: label for label in self.labels}

    @cached_property
    def role_by_id(self) -> dict[str, Role]:
        """Roles under their ids."""
        return {role.id: role for role in self.roles}

    def unknown_labels(self, ids: Iterable[str]) -> list[str]:
        """Those of `ids` that are no label of this taxonomy, in order."""
        return [i for i in ids if i not in self.label_by_id]


def _rows(
    raw: dict[str, Any], key: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> list[list[str]]:
    """The rows under `key` as lists of strings: the required fields, then the optional ones."""
    entries = raw.get(key)
    if not isinstance(entries, list) or not entries:
        raise TaxonomyError(f"`{key}` must be a list with at least one entry")
    rows = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise TaxonomyError(f"`{key}` entry {number} must be a mapping")
        for field in required:
            if not isinstance(entry.get(field), str) or not entry[field].strip():
                raise TaxonomyError(f"`{key}` entry {number} lacks the text field `{field}`")
        unknown = [field for field in entry if field not in (*required, *optional)]
        if unknown:
            raise TaxonomyError(f"`{key}` entry {number} has the unknown field `{unknown[0]}`")
        if not _ID.fullmatch(entry["id"]):
            raise TaxonomyError(
                f"`{key}` id `{entry['id']}` must be lower case letters, digits and underscores"
            )
        rows.append(
            [*(entry[field] for field in required), *(str(entry.get(f, "")) for f in optional)]
        )
    for field in ("id", "name"):
        repeated = [v for v, n in Counter(entry[field] for entry in entries).items() if n > 1]
        if repeated:
            raise TaxonomyError(f"`{key}` repeats the {field} `{repeated[0]}`")
    return rows
