from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fazhi.cli import main
from tests.fazhi.cli.commands import REPORT, Run, Shell, assert_refused, csv_rows, rows
from tests.fazhi.samples import SOURCES
from tests.tiny import REPORTS

FIELDS = [
    *("id", "kind", "heading_path", "text", "labels", "role", "start", "end"),
    *("scores", "role_scores", "n_tokens", "truncated", "model"),
]


def test_report_as_jsonl_gives_every_unit_in_order(run: Run, inputs: Path) -> None:
    result = run(inputs / "report.txt", "--format", "jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    units = rows(result.stdout)
    assert all(list(unit) == FIELDS for unit in units)
    assert [(u["id"], u["kind"], u["text"]) for u in units] == [
        ("report-001", "heading", "一、工作情况"),
        ("report-002", "body", "全年办理行政复议案件42件。"),
        ("report-003", "body", "组织培训3次。"),
        ("report-004", "heading", "二、存在问题"),
        ("report-005", "body", "执法力量不足。"),
    ]
    assert {u["model"] for u in units} == {"tiny@1.2.3"}


def test_csv_says_the_same_as_jsonl(run: Run, inputs: Path) -> None:
    as_json = rows(run(inputs / "report.txt", "--format", "jsonl").stdout)
    as_csv = csv_rows(run(inputs / "report.txt", "--format", "csv").stdout)
    assert list(as_csv[0]) == FIELDS
    assert [(u["id"], u["role"] or "", ";".join(u["labels"])) for u in as_json] == [
        (u["id"], u["role"], u["labels"]) for u in as_csv
    ]


def test_table_is_the_default(run: Run, inputs: Path) -> None:
    result = run(inputs / "report.txt")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "全年办理行政复议案件42件。" in result.stdout and "角色" in result.stdout


@pytest.mark.parametrize("name", ["units.jsonl", "table.csv"])
def test_table_of_units_keeps_ids_and_order(name: str, run: Run, inputs: Path) -> None:
    units = rows(run(inputs / name, "--format", "jsonl").stdout)
    assert [u["id"] for u in units] == ["b", "a", "3"]
    assert [u["kind"] for u in units] == ["body", "heading", "meta"]
    assert [u["heading_path"] for u in units] == [["二、存在问题"], [], []]
    assert [u["role"] is None for u in units] == [False, True, True]
    assert all(u["start"] is None and u["end"] is None for u in units)


def test_units_of_both_tables_get_the_same_answers(run: Run, inputs: Path) -> None:
    one, other = (
        rows(run(inputs / name, "--format", "jsonl").stdout)
        for name in ("units.jsonl", "table.csv")
    )
    assert one == other


def test_several_inputs_give_one_output_with_a_report_column(run: Run, inputs: Path) -> None:
    paths = [inputs / "units.jsonl", inputs / "report.txt"]
    units = rows(run(*paths, "--format", "jsonl").stdout)
    assert [u["report"] for u in units] == ["units"] * 3 + ["report"] * 5
    assert all(list(unit) == ["report", *FIELDS] for unit in units)
    assert [u["report"] for u in csv_rows(run(*paths, "--format", "csv").stdout)] == [
        u["report"] for u in units
    ]


def test_standard_input_is_a_report(run: Run) -> None:
    for encoding in ("utf-8", "gb18030"):
        units = rows(run("-", "--format", "jsonl", stdin=REPORT.encode(encoding)).stdout)
        assert [u["id"] for u in units] == [f"stdin-00{i}" for i in range(1, 6)]
        assert units[1]["text"] == "全年办理行政复议案件42件。"


def test_offsets_lead_back_into_every_fictional_report(run: Run) -> None:
    paths = sorted(REPORTS.glob("*.txt"))
    units = rows(run(*paths, "--format", "jsonl").stdout)
    for name, source in SOURCES.items():
        printed = [source[u["start"] : u["end"]] for u in units if u["report"] == name]
        assert "".join("".join(printed).split()) == "".join(source.split())


def test_output_file_holds_what_the_screen_would(run: Run, inputs: Path) -> None:
    shown = run(inputs / "report.txt", "--format", "csv")
    result = run(inputs / "report.txt", "--format", "csv", "-o", inputs / "out.csv")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (inputs / "out.csv").read_bytes() == shown.stdout_bytes
    assert stat.S_IMODE((inputs / "out.csv").stat().st_mode) == 0o644
    assert sorted(p.name for p in inputs.iterdir()) == [
        *("out.csv", "report.txt", "table.csv", "units.jsonl")
    ]


@pytest.mark.parametrize("name", ["folder", "none/out", "report.txt/out", "长" * 100])
def test_output_that_cannot_be_written(name: str, run: Run, inputs: Path) -> None:
    (inputs / "folder").mkdir()
    before = sorted(inputs.rglob("*"))
    assert_refused(run(inputs / "report.txt", "-o", inputs / name), name, "can't be written")
    assert sorted(inputs.rglob("*")) == before


def test_output_through_a_link_keeps_the_link(run: Run, inputs: Path) -> None:
    (inputs / "link").symlink_to(inputs / "target")
    assert run(inputs / "report.txt", "--format", "jsonl", "-o", inputs / "link").exit_code == 0
    assert (inputs / "link").is_symlink()
    assert len(rows((inputs / "target").read_text("utf-8"))) == 5


def test_output_into_a_pipe_does_not_replace_it(run: Run, inputs: Path) -> None:
    os.mkfifo(inputs / "pipe")
    reader = os.open(inputs / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = run(inputs / "units.jsonl", "--format", "jsonl", "-o", inputs / "pipe")
        assert result.exit_code == 0
        assert (inputs / "pipe").is_fifo()
        assert len(rows(os.read(reader, 1_000_000).decode())) == 3
    finally:
        os.close(reader)


BAD_INPUTS: dict[str, tuple[bytes, str]] = {
    "empty.txt": (b"", "the file is empty"),
    "blank.txt": (b" \n", "the file is empty"),
    "binary.txt": (bytes(range(256)) * 50, "binary"),
    "long-line.txt": (b"a" * 5_000_000, "line 1: 5000000 characters"),
    "report.docx": (b"PK\x03\x04", "damaged or cut off"),
    "report.doc": (b"\xd0\xcf\x11\xe0", "soffice --headless --convert-to docx FILE"),
    "page.html": (b"<html></html>", "no main text found"),
    "empty.jsonl": (b"", "holds no units"),
    "text.jsonl": (b'{"text": 1}', "line 1: `text`"),
    "heading.jsonl": (b'{"text": "a", "heading_path": "b"}', "line 1: `heading_path`"),
    "kind.jsonl": (b'{"text": "a"}\n{"text": "a", "kind": 2}', "line 2: `kind`"),
    "id.jsonl": (b'{"text": "a", "id": {}}', "line 1: `id`"),
    "list.jsonl": (b"[1]", "expected a JSON object"),
    "broken.jsonl": (b'{"text": "a"', "not valid JSON"),
    "number.jsonl": (b'{"text": "a", "id": ' + b"1" * 5000 + b"}", "too many digits"),
    "long-line.jsonl": (b"a" * 5_000_000, "not valid JSON"),
    "long-text.jsonl": (b'{"text": "' + b"a" * 5_000_000 + b'"}', "5000000 characters"),
    "column.csv": (b"id,sentence\n1,a\n", "lacks the column `text`"),
    "long-line.csv": (b"a" * 5_000_000, "not valid CSV"),
    "gbk.csv": ("text\n执法\n".encode("gbk"), "not UTF-8"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_refused_in_one_line(name: str, run: Run, inputs: Path) -> None:
    data, message = BAD_INPUTS[name]
    (inputs / name).write_bytes(data)
    for format_ in ("table", "jsonl"):
        assert_refused(run(inputs / name, "--format", format_), name, message)


@pytest.mark.parametrize("name", ["missing.txt", "missing.jsonl", "全年办理行政复议案件" * 30])
def test_missing_input_is_refused_in_one_line(name: str, run: Run, tmp_path: Path) -> None:
    assert_refused(run(tmp_path / name), name, "can't be read")


def test_empty_standard_input_is_refused_in_one_line(run: Run) -> None:
    assert_refused(run("-", stdin=b""), "stdin: the file is empty")


def test_nothing_is_written_when_the_input_is_bad(run: Run, inputs: Path) -> None:
    assert_refused(run(inputs / "missing.txt", "-o", inputs / "out"), "missing.txt")
    assert not (inputs / "out").exists()


def test_unknown_and_tampered_models_are_refused_in_one_line(
    run: Run, inputs: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    assert_refused(run(inputs / "report.txt", "--model", tmp_path / "none"), "no such model folder")
    copy = Path(shutil.copytree(tiny_artifact, tmp_path / "copy"))
    (copy / "taxonomy.yaml").write_text("version: 1\n")
    result = run(inputs / "report.txt", "--model", copy)
    assert_refused(result, copy, "taxonomy.yaml has been changed")


def test_model_may_be_named_by_the_environment(
    inputs: Path, tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAZHI_MODEL", str(tiny_artifact))
    command = ["classify", str(inputs / "report.txt"), "--format", "jsonl"]
    result = CliRunner().invoke(main, command)
    assert rows(result.stdout)[0]["model"] == "tiny@1.2.3"


def test_half_a_surrogate_pair_survives(run: Run, tmp_path: Path) -> None:
    (tmp_path / "units.jsonl").write_text('{"id": "\\udc00", "text": "a\\ud800b"}')
    assert [
        (u["id"], u["text"])
        for u in rows(run(tmp_path / "units.jsonl", "--format", "jsonl").stdout)
    ] == [("\udc00", "a\ud800b")]
    for format_ in ("table", "csv"):
        result = run(tmp_path / "units.jsonl", "--format", format_)
        assert result.exit_code == 0 and "a\\ud800b" in result.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names of any bytes")
def test_file_name_in_another_charset_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode("报告.txt".encode("gbk"))
    path.write_text(REPORT, "utf-8")
    for format_ in ("table", "jsonl", "csv"):
        result = run(path, "--format", format_)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "全年办理行政复议案件" in result.stdout


EVERY_REPORT = " ".join(f"'{path}'" for path in sorted(REPORTS.glob("*.txt")))


@pytest.mark.parametrize("format_", ["table", "jsonl", "csv"])
def test_reader_that_has_seen_enough_is_no_error(format_: str, shell: Shell) -> None:
    result = shell(f"fazhi classify {EVERY_REPORT} --format {format_} | head -n 1")
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 1


def test_failure_while_writing_leaves_the_old_file_and_nothing_else(
    shell: Shell, inputs: Path
) -> None:
    (inputs / "out").write_text("old")
    before = sorted(inputs.iterdir())
    report = REPORTS / "open-lanting-market.txt"
    command = f"fazhi classify '{report}' --format jsonl -o '{inputs}/out'"
    result = shell(f"ulimit -f 16; {command}")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"error: {inputs}/out: can't be written: File too large\n"
    assert (inputs / "out").read_text() == "old"
    assert sorted(inputs.iterdir()) == before
    assert shell(command).returncode == 0
    assert len((inputs / "out").read_text("utf-8").splitlines()) == 39


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_disk_behind_standard_output_is_one_line(shell: Shell, inputs: Path) -> None:
    result = shell(f"fazhi classify '{inputs}/report.txt' > /dev/full")
    assert result.returncode == 2
    assert result.stderr == "error: standard output can't be written: No space left on device\n"


def test_output_is_utf8_and_errors_one_line_in_a_plain_locale(shell: Shell, inputs: Path) -> None:
    result = shell(f"fazhi classify - --format jsonl < '{inputs}/report.txt'")
    assert (result.returncode, result.stderr) == (0, "")
    assert rows(result.stdout)[0]["text"] == "一、工作情况"
    result = shell("fazhi classify 没有.txt")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_broken_graph_with_the_right_hash_is_one_line(
    shell: Shell, inputs: Path, tiny_artifact: Path
) -> None:
    from fazhi.artifact import write_manifest

    copy = Path(shutil.copytree(tiny_artifact, inputs / "model"))
    (copy / "model.onnx").write_bytes((copy / "model.onnx").read_bytes()[:-5000])
    write_manifest(copy)
    result = shell(f"fazhi classify '{inputs}/report.txt' --model '{copy}'")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {copy}: the model can't be loaded")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["report.txt", "--format", "xml"]])
def test_wrong_usage_exits_with_2(arguments: list[str], run: Run) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


def test_help_and_version() -> None:
    assert "classify" in CliRunner().invoke(main, ["-h"]).stdout
    assert "PATH..." in CliRunner().invoke(main, ["classify", "--help"]).stdout
    assert CliRunner().invoke(main, ["--version"]).exit_code == 0
