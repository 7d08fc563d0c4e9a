from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from fazhi.classifier import Classifier
from fazhi.cli import reading
from tests.fazhi.cli.commands import COMMAND, REPORT, Run, assert_refused, csv_rows, rows
from tests.tiny import REPORTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three reports, two of the same name, and two bad files."""
    for name in ("2022/report.txt", "2023/report.txt", "a.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(REPORT, "utf-8")
    (tmp_path / "in/empty.txt").touch()
    (tmp_path / "in/page.html").write_text("<html></html>")
    return tmp_path / "in"


def remove_bad_files(folder: Path) -> None:
    (folder / "empty.txt").unlink()
    (folder / "page.html").unlink()


NOT_READ = [
    ("empty.txt", "the file is empty"),
    ("page.html", "no main text found in the web page; save the text as .txt"),
]


def test_bad_files_are_listed_and_the_others_done(run: Run, folder: Path) -> None:
    result = run(folder, "--format", "jsonl")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        *(f"not read: {folder / name}: {reason}" for name, reason in NOT_READ),
        "2 of 5 files could not be read",
    ]
    units = rows(result.stdout)
    assert [u["id"] for u in units if u["kind"] == "heading"] == [
        *("2022/report-001", "2022/report-004", "2023/report-001", "2023/report-004"),
        *("a-001", "a-004"),
    ]
    assert len({u["id"] for u in units}) == len(units) == 15
    assert {u["report"] for u in units} == {"2022/report", "2023/report", "a"}


def test_a_bad_file_among_several_named_does_not_stop_the_others(run: Run, folder: Path) -> None:
    result = run(folder / "a.txt", folder / "none.txt", "--format", "csv")
    assert result.exit_code == 1
    assert "not read" in result.stderr and "1 of 2 files could not be read" in result.stderr
    assert {row["report"] for row in csv_rows(result.stdout)} == {"a"}


def test_a_reader_that_breaks_does_not_stop_the_others(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_document = reading.read_document

    def break_down(path: Path) -> object:
        if path.parent.name == "2022":
            raise AssertionError("no such\nobject")
        return read_document(path)

    monkeypatch.setattr(reading, "read_document", break_down)
    remove_bad_files(folder)
    result = run(folder, "--format", "jsonl")
    assert result.exit_code == 1
    path = folder / "2022" / "report.txt"
    assert result.stderr.splitlines()[0] == (
        f"not read: {path}: can't be processed: AssertionError: no such object"
    )
    assert {u["report"] for u in rows(result.stdout)} == {"2023/report", "a"}


def test_nothing_is_written_where_nothing_could_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.txt").touch()
    result = run(tmp_path, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "error: none of the 2 files could be read"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_a_folder_without_reports_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    assert_refused(run(tmp_path), tmp_path, "holds no report")


def test_a_folder_of_one_report_has_a_report_column_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(REPORT, "utf-8")
    assert {u["report"] for u in rows(run(tmp_path, "--format", "jsonl").stdout)} == {"a"}


def test_json_of_one_report_is_the_answer_and_of_several_a_list(run: Run, folder: Path) -> None:
    one = json.loads(run(folder / "a.txt", "--format", "json").stdout)
    assert one["model"] == {"name": "tiny", "version": "1.2.3"}
    assert one["report"]["name"] == "a" and one["source"] == REPORT
    printed = [one["source"][unit["start"] : unit["end"]] for unit in one["units"]]
    assert "".join(printed) == REPORT.replace("\n", "")
    several = json.loads(run(folder, "--format", "json").stdout)
    assert [answer["report"]["name"] for answer in several] == ["2022/report", "2023/report", "a"]
    assert several[2] == one


def test_html_holds_the_same_answers(run: Run, folder: Path) -> None:
    html = run(folder, "--format", "html").stdout
    data = json.loads(html.partition('id="embedded">')[2].partition("</script>")[0])
    assert data["analyses"] == json.loads(run(folder, "--format", "json").stdout)
    assert data["model"]["version"] == "1.2.3" and data["tab"] == "report"


def test_xlsx_lists_the_files_that_were_not_read(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run(folder, "--format", "xlsx", "-o", tmp_path / "out.xlsx")
    assert result.exit_code == 1
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert [row[0].value for row in book["概览"]] == ["报告", "2022/report", "2023/report", "a"]
    expected = [("文件", "原因"), *((str(folder / name), reason) for name, reason in NOT_READ)]
    assert list(book["未读文件"].iter_rows(values_only=True)) == expected


@pytest.mark.parametrize("format_", ["json", "html", "xlsx"])
def test_a_table_of_units_is_no_report(format_: str, run: Run, inputs: Path) -> None:
    result = run(inputs / "units.jsonl", "--format", format_, "-o", inputs / "out")
    assert_refused(result, "units.jsonl: is a table of units", "--format table, jsonl or csv")


def test_an_interrupted_batch_goes_on_where_it_was(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_bad_files(folder)
    (folder / "a.txt").write_text(REPORT + "加强普法。\n", "utf-8")
    (folder / "2023/report.txt").write_text(REPORT + "加强执法。\n", "utf-8")
    expected = run(folder, "--format", "jsonl").stdout_bytes
    predict, asked = Classifier.predict, []

    def interrupted(self: Classifier, sentences: list[object], *rest: object) -> object:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(sentences)
        return predict(self, sentences, *rest)  # type: ignore[arg-type]

    def counted(self: Classifier, sentences: list[object], *rest: object) -> object:
        asked.append(sentences)
        return predict(self, sentences, *rest)  # type: ignore[arg-type]

    # The golden sentences are asked first.
    monkeypatch.setattr(Classifier, "predict", interrupted)
    command = [folder, "--format", "jsonl", "-o", tmp_path / "out.jsonl"]
    result = run(*command)
    assert result.exit_code == 130
    partial = tmp_path / "out.jsonl.partial"
    assert result.stderr == (
        f"interrupted: 1 of 3 files are done; they are kept in {partial}, "
        "and the same command goes on from there\n"
    )
    assert len(list(partial.iterdir())) == 1 and not (tmp_path / "out.jsonl").exists()

    asked.clear()
    monkeypatch.setattr(Classifier, "predict", counted)
    assert run(*command).exit_code == 0
    assert len(asked) == 3  # golden sentences and the two others
    assert (tmp_path / "out.jsonl").read_bytes() == expected
    assert not partial.exists()


def test_an_interruption_while_writing_keeps_the_work(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["fazhi.cli.classify"], "write_jsonl", interrupt)
    remove_bad_files(folder)
    result = run(folder, "--format", "jsonl", "-o", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out.partial"]


def test_a_batch_that_cannot_write_its_output_says_so_before_it_begins(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    result = run(folder, "-o", tmp_path / "none" / "out")
    assert_refused(result, "none/out: can't be written")  # and no bad file is named


def test_control_c_leaves_one_line_and_no_half_output(tiny_artifact: Path, tmp_path: Path) -> None:
    for number in range(160):
        text = (REPORTS / "open-lanting-market.txt").read_text("utf-8") * 20
        (tmp_path / f"{number}.txt").write_text(f"{number}\n{text}", "utf-8")
    command = [*COMMAND, "classify", tmp_path, "-o", tmp_path / "out", "--model", tiny_artifact]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "out.partial").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        again = False
        try:
            _, stderr = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            # Python drops an exception that a signal raises inside of a callback of the garbage
            # collector, and prints it; whoever presses Ctrl-C presses it again.
            again = True
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stderr.splitlines()[-1].startswith("interrupted: ")
    assert again or stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))
