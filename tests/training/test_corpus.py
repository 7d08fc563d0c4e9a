"""Reading a corpus, splitting it by issuing body, and checking it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fazhi.errors import RecordError
from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS, ROOT
from training.corpus import SPLITS, load_corpus, read_index, report_of
from training.datasheet.check import problems


def rewrite(path: Path, number: int, **changes: object) -> str:
    """Change one unit of a file; returns its id."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows[number] |= changes
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return str(rows[number]["id"])


@pytest.fixture
def corpus(tiny_corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_corpus, tmp_path / "corpus"))


@pytest.fixture
def body_number(corpus: Path) -> int:
    lines = (corpus / "bureau-a-01.jsonl").read_text("utf-8").splitlines()
    return next(i for i, line in enumerate(lines) if json.loads(line)["kind"] == "body")


def test_the_projects_corpus_has_no_problems(taxonomy: Taxonomy) -> None:
    assert problems(CORPUS, taxonomy) == []


def test_the_projects_splits_share_no_issuer(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    issuers = [{f.issuer for f in corpus.facts.values() if f.split == split} for split in SPLITS]
    assert all(issuers)
    assert sum(map(len, issuers)) == len(set.union(*issuers))
    assert sum(len(corpus.records_of(split)) for split in SPLITS) == len(corpus.records)


def test_reports_without_an_index_are_split_by_themselves_alone(
    corpus: Path, taxonomy: Taxonomy
) -> None:
    (corpus / "reports.csv").unlink()
    whole = load_corpus(corpus, taxonomy).split_of
    for file in corpus.glob("*.jsonl"):
        assert load_corpus(file, taxonomy).split_of == {file.stem: whole[file.stem]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["fangguanfu", "weather"]}, "`labels` names `weather`"),
        ({"role": "hope"}, "`role` is `hope`"),
        ({"role": None}, "a body unit needs"),
        ({"kind": "meta", "labels": []}, "only body units have a `role`"),
        ({"kind": "meta", "role": None, "labels": ["hotline"]}, "a meta unit has no `labels`"),
    ],
)
def test_a_label_that_cannot_be_learnt_is_refused(
    corpus: Path, taxonomy: Taxonomy, body_number: int, changes: dict[str, object], message: str
) -> None:
    file = corpus / "bureau-a-01.jsonl"
    unit = rewrite(file, body_number, **changes)
    with pytest.raises(RecordError) as caught:
        load_corpus(corpus, taxonomy)
    assert str(caught.value).startswith(f"{file}, unit {unit}: ")
    assert message in str(caught.value)
    assert any(message in line for line in problems(corpus, taxonomy))


def test_check_lists_every_problem_at_once(
    corpus: Path, taxonomy: Taxonomy, body_number: int
) -> None:
    file = corpus / "bureau-a-01.jsonl"
    text = json.loads((corpus / "bureau-a-02.jsonl").read_text("utf-8").splitlines()[9])["text"]
    rewrite(file, body_number, text=text, heading_path=["九、没有的标题"])
    rewrite(file, body_number + 1, id="bureau-a-01-001")
    (corpus / "bureau-a-04.jsonl").write_text("{\n", "utf-8")
    with (corpus / "reports.csv").open("a") as index:
        index.write("nowhere,某局,bureau,2020,train\n")
    found = "\n".join(problems(corpus, taxonomy))
    for expected in (
        "“九、没有的标题”",
        "used more than once",
        "the same text as",
        "bureau-a-04.jsonl, line 1: not valid JSON",
        "lists nowhere",
    ):
        assert expected in found


def test_an_issuer_on_two_sides_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(
        "report,issuer,issuer_kind,year,split\na,甲县,county,2020,train\nb,甲县,county,2021,test\n"
    )
    with pytest.raises(RecordError, match="line 3: 甲县 is in two splits"):
        read_index(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("report,issuer\n", "lacks the column `issuer_kind`"),
        ("report,issuer,issuer_kind,year,split\na,甲,county,2020,dev\n", "line 2: `split` must be"),
    ],
)
def test_a_bad_index_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(text)
    with pytest.raises(RecordError, match=message):
        read_index(path)


def test_a_folder_without_tables_is_refused(tmp_path: Path, taxonomy: Taxonomy) -> None:
    with pytest.raises(RecordError, match="without .jsonl or .csv"):
        load_corpus(tmp_path, taxonomy)


def test_report_of_an_id(taxonomy: Taxonomy) -> None:
    record = load_corpus(CORPUS / "town-01.jsonl", taxonomy).records[3]
    assert report_of(record) == "town-01"


def test_command_line(corpus: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "training.datasheet.check", "--data", str(corpus)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    good = run()
    assert good.returncode == 0 and "放管服" in good.stdout
    (corpus / "bureau-a-01.jsonl").write_text("[]\n")
    bad = run()
    assert bad.returncode == 1
    assert bad.stdout.splitlines()[-1].endswith("problems")
