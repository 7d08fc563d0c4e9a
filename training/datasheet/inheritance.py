"""Where a label comes from: from the headings above a sentence, or from its own words alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import report_of


@dataclass(frozen=True)
class Inheritance:
    """Body units with a label, by the nearest place above them that carries it too."""

    label: str
    nearest: int  # the heading right above
    farther: int  # a heading above that one
    own: int  # no heading
    below: int  # body units right below a heading with the label
    contradicted: int  # those of them without the label


def inheritance(records: Sequence[Record], taxonomy: Taxonomy) -> list[Inheritance]:
    """A row a label, in taxonomy order; a heading is known by its words within its report."""
    carried = {
        (report_of(record), record.text): frozenset(record.labels or ())
        for record in records
        if record.kind in ("title", "heading")
    }
    bodies = [record for record in records if record.kind == "body"]
    above = [list(_above(body, carried)) for body in bodies]
    return [_count(label, bodies, above) for label in taxonomy.label_ids]


def _above(
    body: Record, carried: dict[tuple[str, str], frozenset[str]]
) -> Iterator[frozenset[str]]:
    """Labels of the headings above, the nearest first; none for a heading that isn't in the records."""
    for heading in reversed(body.heading_path):
        yield carried.get((report_of(body), heading), frozenset())


def _count(
    label: str, bodies: Sequence[Record], above: Sequence[list[frozenset[str]]]
) -> Inheritance:
    nearest = farther = own = below = contradicted = 0
    for body, headings in zip(bodies, above, strict=True):
        has_label = label in (body.labels or ())
        inherits = bool(headings) and label in headings[0]
        below += inherits
        contradicted += inherits and not has_label
        nearest += has_label and inherits
        farther += has_label and not inherits and any(label in h for h in headings)
        own += has_label and not any(label in h for h in headings)
    return Inheritance(label, nearest, farther, own, below, contradicted)
