"""What a report of this kind of body should hold, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fazhi.analysis.facts import Facts
from fazhi.analysis.requirements import (
    RequiredPart,
    Requirements,
    all_requirements,
    reasons,
    required_parts,
)
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy


@dataclass(frozen=True)
class ChecklistTopic:
    """One topic that bodies of this kind usually report."""

    label: str
    source: str  # why it is expected, in Chinese: the rule or plan that asks for it
    units: int  # body units about it; 0 = left out


@dataclass(frozen=True)
class ChecklistPart:
    """One of the parts that 督察工作规定 asks for; none is asked of reports on years before it."""

    id: str
    name: str
    source: str
    units: tuple[str, ...]  # ids of body units that make it up, in order; empty = left out


@dataclass(frozen=True)
class Checklist:
    """The checklist of one kind of issuer, filled in."""

    kind: str  # which checklist: "county_government", …
    name: str  # in Chinese: "县级政府"
    topics: tuple[ChecklistTopic, ...]
    parts: tuple[ChecklistPart, ...]
    missing: tuple[str, ...]  # label ids of the topics left out


def check_topics(facts: Facts, units: Sequence[TaggedUnit], taxonomy: Taxonomy) -> Checklist | None:
    """The checklist for the report's kind of issuer, None where that isn't known or has none.

    What the taxonomy has no label or role for isn't asked. A taxonomy with none of the topics has no
    checklist: an empty one would say that nothing is left out.
    """
    if facts.issuer is None or facts.issuer_kind is None:
        return None
    wanted = (facts.issuer, facts.issuer_kind, facts.issuer_level)
    found = next((r for r in all_requirements() if r.fits(*wanted)), None)
    if found is None or not any(topic.label in taxonomy.label_by_id for topic in found.topics):
        return None
    body = [unit for unit in units if unit.record.kind == "body"]
    topics = tuple(_topics(found, facts, body, taxonomy))
    return Checklist(
        kind=found.id,
        name=found.name,
        topics=topics,
        parts=tuple(_parts(facts.year, body, taxonomy)),
        missing=tuple(topic.label for topic in topics if not topic.units),
    )


def _topics(
    requirements: Requirements, facts: Facts, body: Sequence[TaggedUnit], taxonomy: Taxonomy
) -> Iterator[ChecklistTopic]:
    for topic in requirements.topics:
        source = reasons(topic.sources, facts.year)
        is_asked = source and (not topic.levels or facts.issuer_level in topic.levels)
        if is_asked and topic.label in taxonomy.label_by_id:
            units = sum(topic.label in unit.labels for unit in body)
            yield ChecklistTopic(topic.label, source, units)


def _parts(
    year: int | None, body: Sequence[TaggedUnit], taxonomy: Taxonomy
) -> Iterator[ChecklistPart]:
    for part in required_parts():
        source = reasons(part.sources, year)
        has_roles = set(part.roles) <= set(taxonomy.role_ids)
        if source and has_roles and (part.label is None or part.label in taxonomy.label_by_id):
            ids = tuple(unit.record.id for unit in body if _belongs(unit, part))
            yield ChecklistPart(part.id, part.name, source, ids)


def _belongs(unit: TaggedUnit, part: RequiredPart) -> bool:
    """Whether a body unit is part of a part."""
    if part.heading:
        return any(part.heading.search(heading) for heading in unit.record.heading_path)
    return unit.role in part.roles and (part.label is None or part.label in unit.labels)
