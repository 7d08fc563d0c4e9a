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
from training.problems import DataError


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
    assert problems([CORPUS], taxonomy) == []


def test_the_projects_splits_share_no_issuer(taxonomy: Taxonomy) -> None:
    corpus = load_corpus(CORPUS, taxonomy)
    issuers = [{f.issuer for f in corpus.facts.values() if f.split == split} for split in SPLITS]
    assert all(issuers)
    assert sum(map(len, issuers)) == len(set.union(*issuers))
    assert sum(len(corpus.records_of(split)) for split in SPLITS) == len(corpus.records)


def save_units(path: Path, *ids: str) -> Path:
    """Body units with these ids and nothing to tell them apart but that."""
    rows = [
        {"id": i, "text": f"{i}办结案件。", "labels": ["hotline"], "role": "achievement"}
        for i in ids
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_reports_without_an_index_are_split_by_themselves_alone(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    ids = [f"report{n}-{m}" for n in range(60) for m in (1, 2)]
    part = load_corpus(save_units(tmp_path / "part.jsonl", *ids[:80]), taxonomy)
    whole = load_corpus(save_units(tmp_path / "whole.jsonl", *ids), taxonomy)
    assert part.split_of.items() <= whole.split_of.items()
    assert set(part.split_of.values()) == set(SPLITS)
    assert len(whole.split_of) == 60 and not whole.shares_reports


def test_few_reports_are_held_out_whole(tmp_path: Path, taxonomy: Taxonomy) -> None:
    ids = [f"{report}-{n}" for report in "abc" for n in range(5)]
    corpus = load_corpus(save_units(tmp_path / "mine.jsonl", *ids), taxonomy)
    assert sorted(corpus.split_of) == ["a", "b", "c"]
    assert set(corpus.split_of.values()) == set(SPLITS)
    assert not corpus.shares_reports


def test_sentences_of_one_report_are_held_out(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = save_units(tmp_path / "mine.jsonl", *(f"only-{n}" for n in range(40)))
    corpus = load_corpus(path, taxonomy)
    assert [len(corpus.records_of(split)) for split in SPLITS] == [28, 6, 6]
    assert corpus.shares_reports


def test_added_data_leave_the_corpus_as_it_is(
    tiny_corpus: Path, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    alone = load_corpus(tiny_corpus, taxonomy)
    mine = save_units(tmp_path / "mine.jsonl", "only-1", "only-2", "only-3")
    both = load_corpus([tiny_corpus, mine], taxonomy)
    assert alone.split_of.items() <= both.split_of.items()
    assert set(both.split_of) - set(alone.split_of) == {"only"}
    assert len(both.records) == len(alone.records) + 3
    assert both.files == (*alone.files, mine)


def test_an_id_in_two_sources_names_both_places(tmp_path: Path, taxonomy: Taxonomy) -> None:
    first = save_units(tmp_path / "first.jsonl", "a-1", "a-2")
    second = save_units(tmp_path / "second.jsonl", "b-1", "a-2")
    with pytest.raises(RecordError) as caught:
        load_corpus([first, second], taxonomy)
    assert str(caught.value) == f"{second}, line 2: the id `a-2` is that of {first}, line 2, too"


def test_units_without_ids_of_two_files_are_told_apart(tmp_path: Path, taxonomy: Taxonomy) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("text,labels,role\n办结1件。,,plan\n", "utf-8")
    corpus = load_corpus(tmp_path, taxonomy)
    assert [record.id for record in corpus.records] == ["a:1", "b:1"]
    assert [record.labels for record in corpus.records] == [(), ()]


def test_every_problem_of_every_file_is_listed(tmp_path: Path, taxonomy: Taxonomy) -> None:
    good = '{"text": "办结1件。", "labels": [], "role": "plan"}\n'
    (tmp_path / "a.jsonl").write_text(good + "{\n" + '{"text": 1}\n' * 21, "utf-8")
    (tmp_path / "b.csv").write_text("id\n1\n", "utf-8")
    (tmp_path / "c.json").write_text("[{}]", "utf-8")
    with pytest.raises(DataError) as caught:
        load_corpus(tmp_path, taxonomy)
    lines = str(caught.value).splitlines()
    assert lines[0] == "24 problems in labelled units"
    assert lines[1].startswith(f"{tmp_path / 'a.jsonl'}, line 2: not valid JSON")
    assert lines[2] == f"{tmp_path / 'a.jsonl'}, line 3: `text` must be text that isn't empty"
    assert len(lines) == 22 and lines[-1] == "… and 4 more"
    assert any("b.csv, line 1: the header lacks" in problem for problem in caught.value.problems)
    assert "c.json: an array of neither" in caught.value.problems[-1]


def test_issuers_of_two_folders_are_not_on_two_sides(tmp_path: Path, taxonomy: Taxonomy) -> None:
    header = "report,issuer,issuer_kind,year,split\n"
    for name, split in (("a", "train"), ("b", "validation")):
        (tmp_path / name).mkdir()
        save_units(tmp_path / name / "units.jsonl", f"{name}-1")
        (tmp_path / name / "reports.csv").write_text(f"{header}{name},甲县,county,2020,{split}\n")
    with pytest.raises(RecordError, match="甲县 is in another split"):
        load_corpus([tmp_path / "a", tmp_path / "b"], taxonomy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["fangguanfu", "weather"]}, "`labels` names `weather`"),
        ({"labels": ["放管服"]}, "did you mean `fangguanfu`?"),
        ({"role": "hope"}, "`role` is `hope`"),
        ({"role": "problems"}, "did you mean `problem`?"),
        ({"role": None}, "a body unit needs"),
        ({"kind": "meta", "labels": []}, "only body units have a `role`"),
        ({"kind": "meta", "role": None, "labels": ["hotline"]}, "a meta unit has no `labels`"),
    ],
)
def test_a_label_that_cannot_be_learnt_is_refused(
    corpus: Path, taxonomy: Taxonomy, body_number: int, changes: dict[str, object], message: str
) -> None:
    file = corpus / "bureau-a-01.jsonl"
    rewrite(file, body_number, **changes)
    with pytest.raises(RecordError) as caught:
        load_corpus(corpus, taxonomy)
    assert str(caught.value).startswith(f"{file}, line {body_number + 1}: ")
    assert message in str(caught.value)
    assert any(message in line for line in problems([corpus], taxonomy))


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
    found = "\n".join(problems([corpus], taxonomy))
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
    with pytest.raises(RecordError, match="without .jsonl, .csv or .json"):
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
