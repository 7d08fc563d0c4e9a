"""`make annotate-export` and `make weak-labels`, with the tiny model and reports that are no model's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lxml import etree

from fazhi.artifact import Artifact
from fazhi.records import read_records
from fazhi.taxonomy import Taxonomy
from tests.foreign import save_foreign_taxonomy
from tests.tiny import REPORTS, ROOT, TAXONOMY
from training.annotation import export_units, weak_labels
from training.corpus import load_corpus

RULES = str(ROOT / "data" / "keyword-rules.yaml")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("held-litai-coop", "open-baili-street"):
        shutil.copy(REPORTS / f"{name}.txt", folder)
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 no archive")
    (folder / "empty.txt").write_text("", "utf-8")
    return folder


def run(module: object, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr("sys.argv", ["command", *words])
    module.main()  # type: ignore[attr-defined]


@pytest.fixture
def exported(
    reports: Path,
    tiny_artifact: Path,
    tiny_corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    output = tmp_path / "made" / "export"
    options = {"reports": reports, "model": tiny_artifact, "data": tiny_corpus, "number": 15}
    run(export_units, monkeypatch, **options, output=output)
    return output


def test_the_four_files_hold_the_same_units(exported: Path, tiny_artifact: Path) -> None:
    names = ["doccano.jsonl", "label-studio.json", "label-studio.xml", "units.jsonl"]
    assert sorted(path.name for path in exported.iterdir()) == names
    assert [path.name for path in exported.parent.iterdir()] == ["export"]
    rows = [json.loads(line) for line in (exported / "units.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 15
    taxonomy = Artifact.load(tiny_artifact).taxonomy
    assert all(row["why"] in {*taxonomy.label_ids, "role", "unlike"} for row in rows)
    assert all(
        0 <= row["uncertainty"] <= 1 and set(row["scores"]) == set(taxonomy.label_ids)
        for row in rows
    )
    tasks = json.loads((exported / "label-studio.json").read_text("utf-8"))
    assert [task["data"]["unit_id"] for task in tasks] == [row["id"] for row in rows]
    assert [task["predictions"][0]["score"] for task in tasks] == [
        round(1 - row["uncertainty"], 4) for row in rows
    ]
    assert all(task["predictions"][0]["model_version"] == "tiny@1.2.3" for task in tasks)
    examples = (exported / "doccano.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(e)["label"] for e in examples] == [
        [*row["labels"], f"role:{row['role']}"] for row in rows
    ]
    config = etree.fromstring((exported / "label-studio.xml").read_bytes())
    assert set(taxonomy.label_ids) <= {choice.get("alias") for choice in config.iter("Choice")}


def test_units_of_the_export_can_be_trained_on(exported: Path, tiny_artifact: Path) -> None:
    taxonomy = Artifact.load(tiny_artifact).taxonomy
    assert len(load_corpus(exported / "units.jsonl", taxonomy).records) == 15


def test_the_summary_names_files_that_were_not_read(
    capsys: pytest.CaptureFixture[str], exported: Path
) -> None:
    shown = capsys.readouterr()
    assert [line.split(":")[1].strip() for line in shown.err.splitlines()] == ["broken", "empty"]
    assert "15 units, and why" in shown.out
    assert "2 reports; of their body units" in shown.out


def test_what_annotators_may_have_corrected_is_not_overwritten(
    exported: Path,
    reports: Path,
    tiny_artifact: Path,
    tiny_corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (exported / "units.jsonl").read_bytes()
    with pytest.raises(SystemExit) as exit_:
        options = {"reports": reports, "model": tiny_artifact, "data": tiny_corpus}
        run(export_units, monkeypatch, **options, output=exported)
    assert exit_.value.code == 2
    assert "export: is there already; set OUTPUT" in capsys.readouterr().err
    assert (exported / "units.jsonl").read_bytes() == before


def test_a_folder_without_a_readable_report_writes_nothing(
    tmp_path: Path,
    tiny_artifact: Path,
    tiny_corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "empty.txt").write_text("", "utf-8")
    output = tmp_path / "export"
    options = {"reports": folder, "model": tiny_artifact, "data": tiny_corpus}
    with pytest.raises(SystemExit) as exit_:
        run(export_units, monkeypatch, **options, output=output)
    assert exit_.value.code == 2
    assert "none of the 1 files could be read; empty: the file is empty" in capsys.readouterr().err
    assert not output.exists()


def test_weak_labels_can_be_trained_on(
    reports: Path,
    tmp_path: Path,
    taxonomy: Taxonomy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "made" / "weak.jsonl"
    run(weak_labels, monkeypatch, reports=reports, output=output, taxonomy=TAXONOMY, rules=RULES)
    units = load_corpus(output, taxonomy).records
    by_text = {unit.text: unit for unit in units}
    told = by_text["二是开展农资经营网点普法2次,发放《农药管理条例》读本600册。"]
    assert (told.labels, told.role) == (("law_popularization",), "achievement")
    assert all(unit.role is None for unit in units if unit.kind != "body")
    assert any(unit.labels for unit in units if unit.kind == "heading")
    shown = capsys.readouterr()
    assert "not read: broken:" in shown.err
    assert f"2 reports, {len(units)} units" in shown.out
    before = output.read_bytes()
    with pytest.raises(SystemExit):
        run(weak_labels, monkeypatch, reports=reports, output=output, rules=RULES)
    assert output.read_bytes() == before


def test_weak_labels_of_a_foreign_taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.txt").write_text("一、钱款\n本季度已全部入账，无一遗漏。\n", "utf-8")
    foreign = save_foreign_taxonomy(tmp_path / "foreign.yaml")
    output = tmp_path / "weak.jsonl"
    report = tmp_path / "report.txt"
    run(weak_labels, monkeypatch, reports=report, output=output, taxonomy=foreign, rules=RULES)
    assert [(u.kind, u.labels, u.role) for u in read_records(output)] == [
        ("heading", ("money",), None),
        ("body", ("money",), "done"),
    ]
