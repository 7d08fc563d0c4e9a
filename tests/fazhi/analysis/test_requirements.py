from __future__ import annotations

import re

import pytest
import yaml

from fazhi.analysis.bodies import KINDS
from fazhi.analysis.places import LEVELS
from fazhi.analysis.requirements import Source, all_requirements, reasons, required_parts
from fazhi.taxonomy import Taxonomy
from tests.tiny import ROOT

DATA = yaml.safe_load((ROOT / "fazhi" / "analysis" / "checklists.yaml").read_text("utf-8"))


def test_checklists_name_labels_roles_kinds_and_levels_that_exist(taxonomy: Taxonomy) -> None:
    for requirements in all_requirements():
        labels = [topic.label for topic in requirements.topics]
        assert labels == [label for label in taxonomy.label_ids if label in labels]
        assert requirements.kind in KINDS
        levels = {*requirements.levels, *(level for t in requirements.topics for level in t.levels)}
        assert levels <= set(LEVELS)
    for part in required_parts():
        assert set(part.roles) <= set(taxonomy.role_ids)
        assert part.label is None or part.label in taxonomy.label_by_id
        assert bool(part.roles) != bool(part.heading)


def test_every_source_is_used_and_every_use_has_a_source() -> None:
    rows = [*DATA["parts"], *(topic for row in DATA["checklists"] for topic in row["topics"])]
    used = {source.partition(" ")[0] for row in rows for source in row["sources"]}
    assert used == set(DATA["sources"])
    assert all(row["sources"] for row in rows)


def test_places_in_a_source_are_parts_or_articles() -> None:
    rows = [topic for row in DATA["checklists"] for topic in row["topics"]]
    places = {source.partition(" ")[2] for row in rows for source in row["sources"]} - {""}
    form = "第.{1,3}(?:部分|条)(?:、第.{1,4}条)*|[二三](?:（.）)?|年度报告"
    assert [place for place in places if not re.fullmatch(form, place)] == []


@pytest.mark.parametrize(
    ("issuer", "kind", "level", "checklist"),
    [
        ("云岭省人民政府", "government", "province", "province_government"),
        ("云岭市人民政府", "government", "city", "city_government"),
        ("青溪县人民政府", "government", "county", "county_government"),
        ("柏店镇人民政府", "town", "town", "town"),
        ("青溪县市场监督管理局", "department", "county", "enforcing_department"),
        ("青溪县财政局", "department", "county", "department"),
        ("县财政局", "department", None, "department"),
        ("云岭市供销合作社", "other", "city", None),
        ("人民政府", "government", None, None),
    ],
)
def test_the_first_checklist_that_fits_is_the_issuers(
    issuer: str, kind: str, level: str | None, checklist: str | None
) -> None:
    found = [r.id for r in all_requirements() if r.fits(issuer, kind, level)]
    assert (found[0] if found else None) == checklist


def test_sources_ask_in_their_years_and_only_standing_ones_where_the_year_is_unknown() -> None:
    old, new = Source("旧法", None, 2023), Source("新法", 2024, None)
    assert reasons([old, new], 2023) == "旧法"
    assert reasons([old, new], 2024) == "新法"
    assert reasons([old, new], None) == "新法"
    assert reasons([old], 2024) == ""
