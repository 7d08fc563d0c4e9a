"""How much of a report is about each topic, in which role, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy

_STRONGEST = 3


@dataclass(frozen=True)
class Amount:
    """Body units and their characters."""

    units: int
    characters: int


@dataclass(frozen=True)
class TopicCoverage:
    """One topic's part of the report's body; unit ids."""

    units: int
    characters: int
    roles: dict[str, Amount]  # by role id, all of them
    first: str | None  # in the order of the report
    strongest: tuple[str, ...]  # at most three, highest score first


def cover(units: Sequence[TaggedUnit], taxonomy: Taxonomy) -> dict[str, TopicCoverage]:
    """Coverage by label id; labels that the report leaves out are there with zeros."""
    return {label: _topic(label, units, taxonomy) for label in taxonomy.label_ids}


def _topic(label: str, units: Sequence[TaggedUnit], taxonomy: Taxonomy) -> TopicCoverage:
    found = [unit for unit in units if unit.record.kind == "body" and label in unit.labels]
    total = _amount(found)
    strongest = sorted(found, key=lambda u: -u.prediction.scores[label] if u.prediction else 0.0)
    return TopicCoverage(
        units=total.units,
        characters=total.characters,
        roles={role: _amount([u for u in found if u.role == role]) for role in taxonomy.role_ids},
        first=found[0].record.id if found else None,
        strongest=tuple(unit.record.id for unit in strongest[:_STRONGEST]),
    )


def _amount(units: Sequence[TaggedUnit]) -> Amount:
    return Amount(len(units), sum(len(unit.record.text) for unit in units))
