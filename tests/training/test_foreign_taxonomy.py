"""A label set of one's own works throughout: training, evaluation, command line, service, page."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from fazhi.analysis import analyze
from fazhi.cli import main
from fazhi.output import write_xlsx
from fazhi.report import parse_report
from fazhi.tagging import TaggedUnit, with_offsets
from fazhi.taxonomy import Taxonomy
from serving.settings import Settings
from tests.fazhi.analyses import predict
from tests.foreign import ROLES, TOPICS, Foreign
from tests.serving.service import Service, running
from tests.tiny import REPORTS, ROOT
from training.corpus import SPLITS, load_corpus

REPORT = REPORTS / "open-heling-county.txt"


@pytest.fixture(scope="module")
def service(foreign: Foreign) -> Iterator[Service]:
    # No thresholds, or a model that has learnt nothing would give no labels.
    with running(Settings(model=foreign.model, threads=1)) as service:
        service.classifier._thresholds = [0.0] * len(TOPICS)
        yield service


def test_an_export_without_reports_has_every_side(foreign: Foreign) -> None:
    corpus = load_corpus(foreign.data, Taxonomy.from_file(foreign.taxonomy))
    assert {record.id.split(":")[0] for record in corpus.records} == {"mine"}
    assert all(corpus.records_of(split) for split in SPLITS)


@pytest.mark.parametrize(
    "module",
    ["training.datasheet.check", "training.evaluation.evaluate"],
    ids=["check", "evaluate"],
)
def test_command_lines_of_training(foreign: Foreign, tmp_path: Path, module: str) -> None:
    options = {
        "training.datasheet.check": ("--taxonomy", foreign.taxonomy),
        "training.evaluation.evaluate": (
            *("--model", foreign.model, "--base_model", tmp_path / "none"),
            *("--output", tmp_path / "tables"),
        ),
    }[module]
    command = [sys.executable, "-m", module, *map(str, options), "--data", str(foreign.data)]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "COLUMNS": "200"}
    )
    assert result.returncode == 0, result.stderr
    assert "钱款" in result.stdout


@pytest.mark.parametrize(
    ("command", "format_"),
    [("classify", f) for f in ("table", "jsonl", "csv", "xlsx", "html", "json")]
    + [("compare", f) for f in ("table", "csv", "xlsx", "html", "json")],
)
def test_every_format_of_the_commands(
    command: str, format_: str, foreign: Foreign, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    arguments = [command, str(REPORT), "--format", format_, "--model", str(foreign.model)]
    result = CliRunner().invoke(main, [*arguments, "-o", str(output)])
    assert result.exit_code == 0, result.output
    if format_ == "xlsx":
        with zipfile.ZipFile(output) as book:
            text = book.read("xl/sharedStrings.xml").decode()
    else:
        text = output.read_text("utf-8")
    expected = "已办" if (command, format_) == ("classify", "table") else "钱款"
    assert expected in text or "money" in text
    assert "achievement" not in text or format_ == "html"  # the page knows English names of roles


def test_the_csv_has_the_columns_of_the_label_set(foreign: Foreign, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    arguments = ["compare", str(REPORT), "--format", "csv", "--model", str(foreign.model)]
    assert CliRunner().invoke(main, [*arguments, "-o", str(output)]).exit_code == 0
    header = next(csv.reader(io.StringIO(output.read_text("utf-8-sig"))))
    assert [c for c in header if c.startswith("share_")] == [f"share_{t}" for t in TOPICS]
    assert [c for c in header if c.startswith("role_")] == [f"role_{r}" for r in ROLES]


def test_the_service_answers_with_its_labels(service: Service) -> None:
    text = REPORT.read_text("utf-8")
    report = service.answer(service.post("/v1/reports", {"text": text, "name": "r"}))
    assert set(report["coverage"]) == set(TOPICS)
    assert {u["role"] for u in report["units"] if u["kind"] == "body"} <= set(ROLES)
    assert any(topic["units"] for topic in report["coverage"].values())
    assert report["figures"] == [] and report["problems_and_plans"] == []
    assert report["checklist"] is None
    compared = service.answer(service.post("/v1/compare", {"reports": [{"text": text}] * 2}))
    assert compared["topics"] == list(TOPICS)
    assert set(compared["reports"][0]["roles"]) == set(ROLES)
    evidence = {"sentence": "拨付资金30万元。", "labels": ["money", "open"]}
    assert service.answer(service.post("/v1/evidence", evidence))["evidence"]
    assert service.answer(service.client.get("/v1/taxonomy"))["version"] == 7
    classified = service.answer(service.post("/v1/classify", {"sentences": ["拨付资金。"]}))
    assert {label["name"] for label in classified["results"][0]["labels"]} == {
        "钱款",
        "人员",
        "文书",
    }


def test_what_a_part_of_the_released_label_set_lacks_is_left_out(taxonomy: Taxonomy) -> None:
    """Somebody who gives a topic up keeps the roles, so that its figures would still be found."""
    title = "青河县人民政府2023年法治政府建设年度报告"
    report = parse_report(f"{title}\n一、工作情况\n全年收到行政复议申请42件。\n")
    prediction = predict(("litigation_response",), "achievement")
    units = with_offsets(report, [TaggedUnit(r, prediction) for r in report.records("r")])
    full = analyze("r", report, units, taxonomy)
    assert [figure.label for figure in full.figures] == ["reconsideration"]
    part = replace(
        taxonomy,
        labels=tuple(label for label in taxonomy.labels if label.id != "reconsideration"),
        roles=taxonomy.roles[:2],
    )
    analysis = analyze("r", report, units, part)
    assert analysis.figures == ()
    assert full.checklist and analysis.checklist
    gone = {t.label for t in full.checklist.topics} - {t.label for t in analysis.checklist.topics}
    assert gone == {"reconsideration"}
    write_xlsx([analysis], [], part, io.BytesIO())
