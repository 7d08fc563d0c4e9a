from __future__ import annotations

from pathlib import Path

import pytest

from fazhi.errors import TaxonomyError
from fazhi.taxonomy import Taxonomy
from tests.tiny import TAXONOMY

SMALL = """
version: 2
groups: [{id: g, name: 组, source: 纲要}]
labels: [{id: b, name: 乙, group: g}, {id: a_1, name: 甲, group: g}]
roles: [{id: plan, name: 计划}]
"""


def taxonomy_from(text: str, folder: Path) -> Taxonomy:
    path = folder / "taxonomy.yaml"
    path.write_text(text, "utf-8")
    return Taxonomy.from_file(path)


def test_ids_keep_the_order_of_the_file(tmp_path: Path) -> None:
    taxonomy = taxonomy_from(SMALL, tmp_path)
    assert taxonomy.version == 2
    assert taxonomy.label_ids == ("b", "a_1")
    assert taxonomy.role_ids == ("plan",)
    assert taxonomy.label_by_id["a_1"].name == "甲"
    assert taxonomy.role_by_id["plan"].name == "计划"
    assert taxonomy.groups[0].source == "纲要"


def test_source_of_a_group_may_be_left_out(tmp_path: Path) -> None:
    assert taxonomy_from(SMALL.replace(", source: 纲要", ""), tmp_path).groups[0].source == ""


def test_unknown_labels_are_named_in_order(taxonomy: Taxonomy) -> None:
    assert taxonomy.unknown_labels(["zz", "hotline", "aa"]) == ["zz", "aa"]


def test_released_taxonomy_is_the_one_the_guideline_describes(taxonomy: Taxonomy) -> None:
    assert (len(taxonomy.groups), len(taxonomy.labels)) == (10, 26)
    assert taxonomy.role_ids == ("achievement", "problem", "plan", "background")
    guideline = (TAXONOMY.parent / "guideline.md").read_text("utf-8")
    for label in taxonomy.labels:
        assert f"| {label.id} | {label.name} |" in guideline


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("version: 2", "version: 0"), "`version` must be a positive whole number"),
        (("version: 2", "version: true"), "`version` must be a positive whole number"),
        (("version: 2", "version: '1'"), "`version` must be a positive whole number"),
        (("roles: [{id: plan, name: 计划}]", "roles: []"), "`roles` must be a list"),
        (("roles: [{id: plan, name: 计划}]", "roles: {a: b}"), "`roles` must be a list"),
        (("{id: plan, name: 计划}", "plan"), "`roles` entry 1 must be a mapping"),
        (("name: 乙, ", ""), "`labels` entry 1 lacks the text field `name`"),
        (("name: 乙", "name: '  '"), "`labels` entry 1 lacks the text field `name`"),
        (("name: 乙", "name: 3"), "`labels` entry 1 lacks the text field `name`"),
        (("name: 乙", "colour: red, name: 乙"), "entry 1 has the unknown field `colour`"),
        (("name: 乙", "1: x, colour: red, name: 乙"), "entry 1 has the unknown field `1`"),
        (("id: b", "id: B-1"), "id `B-1` must be lower case"),
        (("id: b", "id: a_1"), "`labels` repeats the id `a_1`"),
        (("name: 乙", "name: 甲"), "`labels` repeats the name `甲`"),
        (("乙, group: g", "乙, group: h"), "label `b` names the group `h`"),
        (("id: plan", "id: a_1"), "`a_1` is both a label and a role"),
        (("name: 计划", "name: 乙"), "`乙` is both a label and a role"),
        (("version: 2", "version: [2"), "not valid YAML"),
        (("version: 2", "version: 2024-13-45"), "not valid YAML"),
    ],
)
def test_contradiction_is_refused_in_one_line(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    assert change[0] in SMALL
    with pytest.raises(TaxonomyError) as error:
        taxonomy_from(SMALL.replace(*change), tmp_path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'taxonomy.yaml'}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "- 1", "text", "[" * 5000])
def test_anything_but_a_mapping_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError):
        taxonomy_from(text, tmp_path)


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("名称".encode("gbk"))
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "gbk.yaml"):
        with pytest.raises(TaxonomyError, match="can't be read"):
            Taxonomy.from_file(path)
