"""The facts of fictional reports against what a person read in them: `data/facts/expected.csv`."""

from __future__ import annotations

import csv
import json
from collections import Counter

from fazhi.analysis.facts import read_facts
from fazhi.normalize import normalize, squeeze
from fazhi.report import parse_report
from tests.fazhi.samples import SOURCES
from tests.tiny import REPORTS, ROOT

FIELDS = ("title", "issuer", "issuer_kind", "issuer_level", "region", "year", "date")


def report(name: str) -> tuple[str, str]:
    """The text of a report and its title as annotated, "" without one."""
    folder = REPORTS if name in SOURCES else ROOT / "data" / "corpus"
    units = [
        json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    title = "".join(unit["text"] for unit in units if unit["kind"] == "title")
    text = SOURCES.get(name) or "\n".join(unit["text"] for unit in units)
    return text, squeeze(normalize(title).text)


def test_facts_of_98_reports() -> None:
    with (ROOT / "data" / "facts" / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 98
    right, wrong = Counter[str](), []
    for row in rows:
        source, title = report(row["report"])
        facts = read_facts(parse_report(source))
        for field in FIELDS:
            expected = title if field == "title" else row[field]
            found = str(getattr(facts, field) or "")
            right[field] += found == expected
            if found not in ("", expected):
                wrong.append((row["report"], field, expected, found))
    assert wrong == []  # what isn't told stays unknown
    shares = {field: right[field] / len(rows) for field in FIELDS}
    assert all(shares[field] >= 0.96 for field in FIELDS if field != "title"), shares
    assert shares["title"] >= 0.90, shares
