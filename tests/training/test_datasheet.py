"""Near-duplicates, agreement, likeness, and the report over them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fazhi.errors import RecordError
from fazhi.records import Record, read_records
from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS, ROOT
from training.corpus import load_corpus, report_of
from training.datasheet.agreement import agreement, read_passes, settlements
from training.datasheet.check import problems
from training.datasheet.likeness import measure
from training.datasheet.near_duplicates import near_duplicates, share_of_near_duplicates
from training.datasheet.report import (
    PASSES,
    agreement_section,
    counts_section,
    near_duplicates_section,
)

LONG = "全年共审查行政规范性文件二十六件，提出修改意见八十一条，纠正超越权限的条款四处。"
ALIKE = LONG.replace("二十六", "二十七")
OTHER = "组织执法人员参加培训三期，旁听庭审两次，考试合格率百分之九十八。"


def body(identifier: str, text: str, *labels: str, role: str = "achievement") -> Record:
    return Record(identifier, text, "body", (), labels, role)


def test_near_duplicates_of_other_reports_are_found() -> None:
    units = [body("a-001", LONG), body("a-002", ALIKE), body("b-001", OTHER), body("b-002", ALIKE)]
    pairs = {(p.one.id, p.other.id): p.likeness for p in near_duplicates(units)}
    assert set(pairs) == {("a-001", "b-002"), ("a-002", "b-002")}  # not within report a
    assert pairs["a-002", "b-002"] == 1 > pairs["a-001", "b-002"] > 0.6
    assert share_of_near_duplicates(units, near_duplicates(units)) == 0.25


def test_no_pair_below_the_threshold_is_reported() -> None:
    """MinHash only proposes: what is reported is alike by the index itself."""
    units = list(load_corpus(CORPUS, Taxonomy.from_file(ROOT / "data/taxonomy.yaml")).records)
    for pair in near_duplicates(units):
        grams = [
            {t[i : i + 5] for i in range(len(t) - 4)} for t in (pair.one.text, pair.other.text)
        ]
        assert len(grams[0] & grams[1]) / len(grams[0] | grams[1]) > 0.5


def test_layout_does_not_hide_a_near_duplicate() -> None:
    spaced = LONG.replace("，", ",\n").replace("规范", "規範")
    assert near_duplicates([body("a-001", LONG), body("b-001", spaced)])[0].likeness > 0.9


def test_short_sentences_may_recur() -> None:
    assert near_duplicates([body("a-001", "特此报告。"), body("b-001", "特此报告。")]) == []


def test_the_check_refuses_copies_and_what_is_kept_for_measuring(
    tiny_corpus: Path, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    corpus = Path(shutil.copytree(tiny_corpus, tmp_path / "corpus"))
    assert problems([corpus], taxonomy) == []
    file = sorted(corpus.glob("*.jsonl"))[0]
    units = [u for u in read_records(file) if u.kind == "body"]
    unseen = [replace(units[-1], id="kept-001", text=units[-1].text + "等。")]
    (found,) = problems([corpus], taxonomy, unseen)
    assert found.startswith(f"unit {units[-1].id}: ") and "kept for measuring" in found
    copy = file.read_text("utf-8").replace(file.stem, "copy-01").replace("年", "年度")
    (corpus / "copy-01.jsonl").write_text(copy, "utf-8")
    with (corpus / "reports.csv").open("a") as index:
        index.write("copy-01,某局,bureau,2020,train\n")
    found_lines = problems([corpus], taxonomy)
    assert any("almost the same text as" in line for line in found_lines)
    assert any("at most 1% may be" in line for line in found_lines)


PASS_TABLE = """\
id,first_labels,first_role,second_labels,second_role
a-001,hotline,achievement,hotline,achievement
a-002,hotline disclosure,achievement,disclosure,plan
a-003,,background,,background
a-004,disclosure,,disclosure,
"""


def test_agreement_of_two_passes(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / PASSES
    path.write_text(PASS_TABLE, "utf-8")
    passes = read_passes(path, taxonomy)
    found = agreement(passes, taxonomy)
    assert found.units == 4
    assert found.same_labels == 0.75
    assert found.same_role == pytest.approx(2 / 3)  # the heading has none
    assert found.micro_f1 == pytest.approx(2 * 3 / 7)
    by_label = {a.label: a for a in found.by_label}
    assert set(by_label) == {"hotline", "disclosure"}
    assert by_label["disclosure"].kappa == 1
    assert by_label["hotline"].f1 == pytest.approx(2 / 3)
    assert by_label["hotline"].kappa == pytest.approx(0.5)
    assert (by_label["hotline"].first, by_label["hotline"].second) == (2, 1)
    settled = settlements(passes, {"a-002": body("a-002", "句", "disclosure", role="plan")})
    assert settled == {"agreed": 3, "second": 1}
    assert settlements(passes, {})["gone"] == 1
    neither = settlements(passes, {"a-002": body("a-002", "句", "hotline")})
    assert neither["neither"] == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("second_role\n", "role\n", "line 1: the header lacks the column `second_role`"),
        ("hotline disclosure", "weather", "line 3: `weather` is no label or role"),
        ("background,,background", "hope,,background", "line 4: `hope` is no label or role"),
    ],
)
def test_a_bad_table_of_passes_is_refused(
    tmp_path: Path, taxonomy: Taxonomy, old: str, new: str, message: str
) -> None:
    path = tmp_path / PASSES
    path.write_text(PASS_TABLE.replace(old, new), "utf-8")
    with pytest.raises(RecordError, match=message):
        read_passes(path, taxonomy)


def test_likeness_counts_what_it_says(taxonomy: Taxonomy) -> None:
    units = [
        Record("a-001", "一、工作", "heading", (), (), None),
        Record(
            "a-002", "办结 1,200 件，占96.5%。", "body", ("一、工作",), ("hotline",), "achievement"
        ),
        Record("a-003", "还有不足。", "body", ("一、工作",), (), "problem"),
    ]
    found = measure(units, taxonomy)
    assert found.lengths.tolist() == [len("办结 1,200 件,占96.5%。"), 5]
    assert found.figures.tolist() == [2, 0]
    assert found.labels.tolist() == [1, 0]
    assert found.depths.tolist() == [1, 1]
    assert found.heading_share == pytest.approx(1 / 3)
    assert np.isclose(sum(found.roles.values()), 1)


def test_the_report_command(tiny_corpus: Path, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(tiny_corpus, tmp_path / "corpus"))
    unit = next(u for u in read_records(sorted(corpus.glob("*.jsonl"))[0]) if u.kind == "body")
    labels = " ".join(unit.labels or ())
    (tmp_path / PASSES).write_text(
        PASS_TABLE + f"{unit.id},{labels},{unit.role},xi_thought,plan\n", "utf-8"
    )
    gold = sorted(corpus.glob("*.jsonl"))[1]
    command = [sys.executable, "-m", "training.datasheet.report", "--data", str(corpus)]
    command += ["--output", str(tmp_path / "out"), "--gold", str(gold)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stderr
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    for expected in (
        "5 documents",
        "放管服 `fangguanfu`",
        "Near-duplicates",
        "real report 1",
        "5 units",
    ):
        assert expected in report
    assert "1 stayed with the first pass" in report
    assert (tmp_path / "out" / "likeness.png").stat().st_size > 5000


def test_the_datasheet_speaks_of_the_corpus_beside_it(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    passes = read_passes(CORPUS.parent / PASSES, taxonomy)
    report = (CORPUS.parent / "report" / "report.md").read_text("utf-8")
    assert counts_section(corpus, taxonomy) in report
    assert near_duplicates_section(corpus) in report
    assert agreement_section(passes, corpus, taxonomy) in report


def test_the_datasheet_promises_what_the_corpus_keeps(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    bodies = [unit for unit in corpus.records if unit.kind == "body"]
    text = (CORPUS.parent / "README.md").read_text("utf-8")
    found = re.search(
        r"least (\d+) body units over at\s+least (\d+) reports, every role at least (\d+)", text
    )
    assert found
    positives = [[u for u in bodies if label in (u.labels or ())] for label in taxonomy.label_ids]
    assert min(map(len, positives)) == int(found[1]) >= 150
    assert min(len({report_of(u) for u in units}) for units in positives) == int(found[2]) >= 40
    roles = Counter(unit.role for unit in bodies)
    assert min(roles.values()) == int(found[3]) >= 300
    assert sum(not unit.labels for unit in bodies) / len(bodies) >= 0.1
