"""How good a system is on parts of the units, and on the same units shown otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fazhi.encoding import Sentence
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.augmentation import disturb, pinyin_inserts, traditional
from training.batches import sentence_of
from training.corpus import ReportFacts, report_of
from training.evaluation.metrics import Answers, measure

Answering = Callable[[Sequence[Record]], Answers]
Mask = NDArray[np.bool_]

OWN_TOPIC = "own topic"
_PERIODS = ((0, 2019, "2019 and before"), (2020, 2022, "2020–2022"), (2023, 9999, "2023–"))
_LENGTHS = ((1, 30), (31, 60), (61, 90), (91, None))  # characters; the median is 55
_FIGURES = ("micro_f1", "macro_f1", "none_f1", "role_accuracy", "ece")
_SEED = 0


def slice_rows(
    answering: Answering,
    units: Sequence[Record],
    headings: Sequence[Record],
    facts: Mapping[str, ReportFacts],
    taxonomy: Taxonomy,
) -> list[dict[str, Any]]:
    """A row a slice: `slice`, `part`, n_units and figures.

    `headings` are the heading units of the same reports, `facts` the lines of `reports.csv`; without
    them the slices that need them are left out.
    """
    answers = answering(units)
    own = own_topic(units, headings)
    without, script = bare(units), in_traditional(units)
    groups: list[tuple[str, dict[str, Mask]]] = [
        ("issuer kind", _parts([_fact(u, facts, "issuer_kind") for u in units])),
        ("year", _parts([_period(_fact(u, facts, "year")) for u in units])),
        ("length in characters", _parts([_length(u) for u in units])),
        (
            "topics",
            _parts([("none", "one", "several")[min(2, len(u.labels or ()))] for u in units]),
        ),
        (OWN_TOPIC, {"with headings": own}),
        ("all units", {"with headings": np.ones(len(units), dtype=bool)}),
    ]
    rows = [
        _row(slice_, part, units, answers, mask, taxonomy) for slice_, part, mask in _flat(groups)
    ]
    all_ = np.ones(len(units), dtype=bool)
    for slice_, part, shown, mask in (
        (OWN_TOPIC, "without headings", without, own),
        ("all units", "without headings", without, all_),
        ("all units", "Traditional script with pinyin", script, all_),
        ("all units", "mixed noise", noised(units), all_),
    ):
        chosen = [unit for unit, wanted in zip(shown, mask, strict=True) if wanted]
        if chosen:
            figures = _figures(chosen, answering(chosen), taxonomy)
            rows.append({"slice": slice_, "part": part, **figures})
    return sorted(rows, key=lambda row: [name for name, _ in groups].index(row["slice"]))


def own_topic(units: Sequence[Record], headings: Sequence[Record]) -> Mask:
    """Units with topics of which no heading above them carries any, so that their own words must.

    A unit below a heading that `headings` lacks isn't counted: nobody said what that one carries.
    """
    carried = {(report_of(h), h.text): frozenset(h.labels or ()) for h in headings}

    def is_own(unit: Record) -> bool:
        above = [carried.get((report_of(unit), heading)) for heading in unit.heading_path]
        labels = frozenset(unit.labels or ())
        return bool(labels) and all(a is not None and not labels & a for a in above)

    return np.array([is_own(unit) for unit in units], dtype=bool)


def bare(units: Sequence[Record]) -> list[Record]:
    """The same units without the headings above them."""
    return [replace(unit, heading_path=()) for unit in units]


def in_traditional(units: Sequence[Record]) -> list[Record]:
    """The same units and headings in Traditional script with pinyin between; alike on every call."""
    rng = random.Random(_SEED)

    def shown(text: str) -> str:
        return traditional(pinyin_inserts(text, rng), rng)

    return [
        replace(u, text=shown(u.text), heading_path=tuple(map(shown, u.heading_path)))
        for u in units
    ]


def noised(units: Sequence[Record]) -> list[Record]:
    """The same units and headings as bad pages and scans print them; alike on every call."""
    rng = random.Random(_SEED)
    disturbed: list[Sentence] = [disturb(sentence_of(unit), rng) for unit in units]
    return [
        replace(unit, text=sentence.text, heading_path=sentence.heading_path)
        for unit, sentence in zip(units, disturbed, strict=True)
    ]


def _row(
    slice_: str,
    part: str,
    units: Sequence[Record],
    answers: Answers,
    mask: Mask,
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    chosen = [unit for unit, wanted in zip(units, mask, strict=True) if wanted]
    return {"slice": slice_, "part": part, **_figures(chosen, answers.rows(mask), taxonomy)}


def _figures(units: Sequence[Record], answers: Answers, taxonomy: Taxonomy) -> dict[str, Any]:
    """Without F1 of what the part has nothing of: it would be 0 or 1 whatever the system does."""
    metrics = measure(units, answers, taxonomy)
    labelled = [bool(unit.labels) for unit in units]
    if not any(labelled):
        del metrics["micro_f1"]
    if not metrics["macro_labels"]:
        del metrics["macro_f1"]
    if all(labelled):
        del metrics["none_f1"]
    return {"n_units": len(units), **{key: metrics[key] for key in _FIGURES if key in metrics}}


def _flat(groups: Sequence[tuple[str, dict[str, Mask]]]) -> Iterator[tuple[str, str, Mask]]:
    for slice_, parts in groups:
        for part, mask in parts.items():
            if mask.any():
                yield slice_, part, mask


def _parts(values: Sequence[str]) -> dict[str, Mask]:
    """A mask for each value, sorted; units without one are in none."""
    column = np.array(values)
    return {value: column == value for value in sorted({v for v in values if v})}


def _fact(unit: Record, facts: Mapping[str, ReportFacts], field: str) -> str:
    entry = facts.get(report_of(unit))
    return str(getattr(entry, field)) if entry else ""


def _period(year: str) -> str:
    if not year.isdigit():
        return ""
    return next(name for first, last, name in _PERIODS if first <= int(year) <= last)


def _length(unit: Record) -> str:
    n = len(unit.text)
    low, high = next((a, b) for a, b in _LENGTHS if b is None or n <= b)
    return f"{low}–{high or ''}"
