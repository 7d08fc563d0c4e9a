"""What each kind of issuer is asked to report, and by which rule: `checklists.yaml`.

Rules come and go: each source says for which years' reports it asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Source:
    """A place in a rule or plan; `since` and `until` are years reported on, both included."""

    name: str
    since: int | None
    until: int | None

    def applies(self, year: int | None) -> bool:
        """Whether a report on `year` is asked by it; an unknown year counts as this one."""
        if year is None:
            return self.until is None
        return (self.since or year) <= year <= (self.until or year)


@dataclass(frozen=True)
class RequiredTopic:
    """A topic that a kind of issuer should report; `levels` empty = at every level."""

    label: str
    levels: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class RequiredPart:
    """A part that a report should have: by roles, by a label in those roles, or by a heading."""

    id: str
    name: str
    roles: tuple[str, ...]
    label: str | None
    heading: re.Pattern[str] | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Requirements:
    """The checklist of one kind of issuer; empty `levels` and `name_contains` fit all."""

    id: str
    name: str
    kind: str
    levels: tuple[str, ...]
    name_contains: tuple[str, ...]
    topics: tuple[RequiredTopic, ...]

    def fits(self, issuer: str, kind: str, level: str | None) -> bool:
        """Whether this is the checklist for an issuer."""
        return (
            kind == self.kind
            and (not self.levels or level in self.levels)
            and (not self.name_contains or any(part in issuer for part in self.name_contains))
        )


def reasons(sources: Sequence[Source], year: int | None) -> str:
    """The sources that ask for something in a report on `year`, for a person; "" if none does."""
    return "；".join(source.name for source in sources if source.applies(year))


@lru_cache(maxsize=1)
def required_parts() -> tuple[RequiredPart, ...]:
    """The parts that every report should have."""
    return tuple(
        RequiredPart(
            id=row["id"],
            name=row["name"],
            roles=tuple(row.get("roles", ())),
            label=row.get("label"),
            heading=re.compile(row["heading"]) if "heading" in row else None,
            sources=_sources(row["sources"]),
        )
        for row in _data()["parts"]
    )


@lru_cache(maxsize=1)
def all_requirements() -> tuple[Requirements, ...]:
    """The checklists; the first that fits an issuer is its own."""
    return tuple(
        Requirements(
            id=row["id"],
            name=row["name"],
            kind=row["issuer"]["kind"],
            levels=tuple(row["issuer"].get("levels", ())),
            name_contains=tuple(row["issuer"].get("name_contains", ())),
            topics=tuple(
                RequiredTopic(
                    topic["label"], tuple(topic.get("levels", ())), _sources(topic["sources"])
                )
                for topic in row["topics"]
            ),
        )
        for row in _data()["checklists"]
    )


def _sources(rows: Sequence[str]) -> tuple[Source, ...]:
    """`outline_2021 第十部分` → the source and the place in it."""
    known = _data()["sources"]
    sources = []
    for row in rows:
        id_, _, place = row.partition(" ")
        entry = known[id_]
        sources.append(Source(entry["name"] + place, entry.get("since"), entry.get("until")))
    return tuple(sources)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = files("fazhi.analysis").joinpath("checklists.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
