"""The annotated numbers: their form, their places in the text, and that the parts are apart."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import combinations, pairwise, permutations
from typing import Any

import pytest
import yaml

from fazhi.taxonomy import Taxonomy
from tests.tiny import CORPUS, ROOT

FIGURES = ROOT / "data" / "figures"
SENTENCE_FIELDS = ["id", "report", "year", "heading_path", "text", "labels", "role", "figures"]
FIGURE_FIELDS = ["measure", "start", "end", "value", "unit", "period", "scope", "approximate"]
PRINTED = re.compile(
    r"(?P<digits>\d+(?:\.\d+)?)?(?P<numerals>[一两二三四五六七八九十百]+)?"
    r"(?P<more>[余多])?(?P<power>[万亿])?(?P<more_after>[余多])?(?P<unit>\D+)"
)
NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FIGURES / name).read_text("utf-8").splitlines()]


DEV, TEST = lines("dev.jsonl"), lines("test.jsonl")
FRESH, HELD = lines("fresh.jsonl"), lines("held.jsonl")
CONTRADICTIONS = lines("contradictions.jsonl")
SENTENCES = DEV + TEST + FRESH + HELD
PLACED = [(sentence, figure) for sentence in SENTENCES for figure in sentence["figures"]]
MEASURES = yaml.safe_load((FIGURES / "measures.yaml").read_text("utf-8"))["measures"]
BY_ID = {measure["id"]: measure for measure in MEASURES}


def spelled(numerals: str) -> int:
    """A Chinese numeral below a thousand."""
    hundreds, _, rest = numerals.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    return (
        100 * NUMERALS.get(hundreds, 0)
        + (10 * NUMERALS.get(tens, 1) if ten else 0)
        + NUMERALS.get(ones, 0)
    )


@pytest.mark.parametrize(
    "numerals, number", [("两", 2), ("十二", 12), ("三十", 30), ("二百四十六", 246)]
)
def test_numerals_are_read(numerals: str, number: int) -> None:
    assert spelled(numerals) == number


def test_measures_are_distinct_and_belong_to_a_topic(taxonomy: Taxonomy) -> None:
    assert len(BY_ID) == len(MEASURES) == len({measure["name"] for measure in MEASURES})
    for measure in MEASURES:
        assert list(measure) == ["id", "name", "label", "units", "definition"]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", measure["id"])
        assert measure["label"] in {label.id for label in taxonomy.labels}
        assert measure["units"] and len(set(measure["units"])) == len(measure["units"])


def test_sentences_are_the_corpus_own() -> None:
    units = {
        unit["id"]: unit
        for path in CORPUS.glob("*.jsonl")
        for unit in map(json.loads, path.read_text("utf-8").splitlines())
    }
    with (CORPUS / "reports.csv").open(encoding="utf-8") as file:
        years = {row["report"]: row["year"] for row in csv.DictReader(file)}
    assert len({sentence["id"] for sentence in SENTENCES}) == len(SENTENCES)
    for sentence in SENTENCES:
        unit = units[sentence["id"]]
        assert list(sentence) == SENTENCE_FIELDS
        assert unit["kind"] == "body"
        for field in ("heading_path", "text", "labels", "role"):
            assert sentence[field] == unit[field], sentence["id"]
        assert sentence["id"].startswith(sentence["report"] + "-")
        assert str(sentence["year"] or "") == years[sentence["report"]]


def test_figures_hold_what_is_printed() -> None:
    for sentence, figure in PLACED:
        assert list(figure) == FIGURE_FIELDS
        text, start, end = sentence["text"], figure["start"], figure["end"]
        assert 0 <= start < end <= len(text)
        printed = text[start:end]
        where = f"{sentence['id']}: {printed}"
        assert not re.search(r"[\d.]$", text[:start]), where
        match = PRINTED.fullmatch(printed)
        assert match and bool(match["digits"]) != bool(match["numerals"]), where
        number = float(match["digits"]) if match["digits"] else spelled(match["numerals"])
        number *= {None: 1, "万": 10**4, "亿": 10**8}[match["power"]]
        assert figure["value"] == pytest.approx(number), where
        assert figure["unit"] == match["unit"].replace("％", "%"), where
        # A unit that goes on is another unit: 人次 isn't 人.
        assert not re.match("人次|户次|家次|件次", text[end - 1 :]), where
        if match["more"] or match["more_after"]:
            assert figure["approximate"], where


def test_figures_are_of_known_measures_in_their_units() -> None:
    for sentence, figure in PLACED:
        assert figure["unit"] in BY_ID[figure["measure"]]["units"], sentence["id"]


def test_figures_do_not_overlap() -> None:
    for sentence in SENTENCES:
        for before, after in pairwise(sentence["figures"]):
            assert before["end"] <= after["start"], sentence["id"]


def test_period_and_scope_are_quoted() -> None:
    for sentence, figure in PLACED:
        assert (figure["period"] or "") in sentence["text"], sentence["id"]
        assert (figure["scope"] or "") in sentence["text"], sentence["id"]


def test_rates_are_percentages() -> None:
    for sentence, figure in PLACED:
        assert (figure["unit"] == "%") == figure["measure"].endswith("_rate"), sentence["id"]
        assert figure["unit"] != "%" or 0 <= figure["value"] <= 100, sentence["id"]


def test_plans_state_targets_which_are_no_figures() -> None:
    assert not [s["id"] for s in SENTENCES if s["role"] == "plan" and s["figures"]]


def test_dev_and_test_share_no_report() -> None:
    assert not {s["report"] for s in DEV} & {s["report"] for s in TEST}


@pytest.mark.parametrize(
    "drawn, before",
    [
        pytest.param(FRESH, DEV + TEST, id="fresh"),
        pytest.param(HELD, DEV + TEST + FRESH, id="held"),
    ],
)
def test_sentences_drawn_by_chance_are_new(
    drawn: list[dict[str, Any]], before: list[dict[str, Any]]
) -> None:
    # Reports may be shared; that no id is, test_sentences_are_the_corpus_own sees.
    assert not {s["text"] for s in drawn} & {s["text"] for s in before}


def test_there_is_enough_to_measure_on() -> None:
    least = ((DEV, 400, 100), (TEST, 600, 150), (FRESH, 330, 300), (HELD, 350, 300))
    for part, figures, silent in least:
        assert sum(len(sentence["figures"]) for sentence in part) >= figures
        assert sum(not sentence["figures"] for sentence in part) >= silent


def test_contradictions_are_of_every_kind_in_both_parts() -> None:
    kinds = Counter(
        (case["split"], (case["contradiction"] or {"kind": None})["kind"])
        for case in CONTRADICTIONS
    )
    assert set(kinds) == {
        (split, kind) for split in ("dev", "test") for kind in ("ratio", "sum", "change", None)
    }
    assert min(kinds.values()) >= 5
    assert len({case["id"] for case in CONTRADICTIONS}) == len(CONTRADICTIONS)


def test_what_contradicts_is_stated(taxonomy: Taxonomy) -> None:
    for case in CONTRADICTIONS:
        fields = ["id", "split", "heading_path", "labels", "sentences", "contradiction", "note"]
        assert list(case) == fields
        assert set(case["labels"]) <= {label.id for label in taxonomy.labels}
        if claim := case["contradiction"]:
            assert re.search(rf"(?<![\d.]){claim['stated']}(?![\d.])", "".join(case["sentences"]))
            assert claim["stated"] != claim["computed"], case["id"]


def test_what_was_computed_follows_from_the_other_numbers() -> None:
    for case in CONTRADICTIONS:
        if not (claim := case["contradiction"]):
            continue
        text = "".join(case["sentences"])
        numbers = [
            float(n) for n in re.findall(r"\d+(?:\.\d+)?(?=[件份名起批宗次条人家个%])", text)
        ]
        match claim["kind"]:
            case "ratio":
                reachable = {100 * a / b for a, b in permutations(numbers, 2) if b}
            case "sum":
                sizes = range(2, len(numbers) + 1)
                reachable = {sum(parts) for n in sizes for parts in combinations(numbers, n)}
            case _:
                pairs = list(permutations(numbers, 2))
                reachable = {abs(a - b) for a, b in pairs}
                reachable |= {100 * abs(a - b) / b for a, b in pairs if b}
        assert min(abs(claim["computed"] - value) for value in reachable) < 0.006, case["id"]
