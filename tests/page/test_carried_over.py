"""What the page calls carried over is what a plain comparison of every pair of sentences finds."""

from __future__ import annotations

import random
import re
from typing import Any

from tests.page.reader import Reader

WORDS = "加强 行政 执法 监督 推进 复议 普法 审查 服务 群众 证件 全年 乡镇 落实 责任 培训 开展 完成".split()
MARKS = ("，", "、", "；")


def sentence(rng: random.Random) -> str:
    words = [rng.choice(WORDS) + rng.choice(("", "", *MARKS)) for _ in range(rng.randint(2, 14))]
    number = rng.choice(("", "", f"{rng.randint(1, 3)}次"))
    return (
        rng.choice(("", "一是", "（一）"[1:-1] + "、", "2023年")) + "".join(words) + number + "。"
    )


def edited(text: str, rng: random.Random) -> str:
    """A sentence with up to four characters left out or put in."""
    letters = list(text)
    for _ in range(rng.randint(0, 4)):
        at = rng.randrange(len(letters))
        if rng.random() < 0.5:
            letters.insert(at, rng.choice("新再全各"))
        elif len(letters) > 3:
            del letters[at]
    return "".join(letters)


def similarity(a: str, b: str) -> float:
    """Twice the longest common subsequence by both lengths."""
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            lengths[i + 1][j + 1] = (
                lengths[i][j] + 1 if x == y else max(lengths[i][j + 1], lengths[i + 1][j])
            )
    return 2 * lengths[-1][-1] / (len(a) + len(b))


def compared(text: str) -> tuple[str, list[str]]:
    text = re.sub(r"^(?:一是|一、)", "", text)
    text = re.sub(r"20\d\d(?=年)", "", text)
    return re.sub(r"[\W_]+", "", text), re.findall(r"\d+", text)


def best(text: str, last: list[str]) -> tuple[int, float] | None:
    letters, numbers = compared(text)
    found = [
        (similarity(letters, other), -i)
        for i, (other, others_numbers) in enumerate(map(compared, last))
        if numbers == others_numbers
    ]
    score, index = max(found, default=(0.0, 0))
    return (-index, score) if score >= 0.9 else None


def find(reader: Reader, texts: list[str], last: list[str]) -> list[Any]:
    """[[index, index in `last`, similarity], …] as the page finds them."""
    return reader.page.evaluate(
        """async ([texts, last]) => {
          const path = document.querySelector("script[src]").src.replace("app.js", "tabs/carried-over.js");
          const { carriedOver } = await import(path);
          const report = (texts) => ({ units: texts.map((text, id) => ({ id, text, kind: "body" })) });
          const found = carriedOver(report(texts), report(last));
          return found.map(({ unit, from, similarity }) => [unit.id, from.id, similarity]);
        }""",
        [texts, last],
    )


def test_the_index_finds_what_comparing_every_pair_finds(reader: Reader) -> None:
    rng = random.Random(6)
    last = [sentence(rng) for _ in range(120)]
    texts = [
        edited(rng.choice(last), rng) if rng.random() < 0.8 else sentence(rng) for _ in range(120)
    ]
    expected = [[i, *match] for i, text in enumerate(texts) if (match := best(text, last))]
    found = find(reader, texts, last)
    assert 30 < len(expected) < 115
    assert [(i, round(score, 9)) for i, _, score in found] == [
        (i, round(score, 9)) for i, _, score in expected
    ]
    assert any(0.9 < score < 1 for _, _, score in found)


def test_numbering_punctuation_and_years_do_not_count_but_numbers_do(reader: Reader) -> None:
    last = ["一是2022年开展执法培训3次。", "处罚案件12件。", "现将情况报告如下。"]
    texts = [
        "（二）2023年，开展执法培训3次".replace("（", "(").replace("）", ")"),
        "处罚案件13件。",
        "",
        "现将情况报告如下：",
    ]
    assert find(reader, texts, last) == [[0, 0, 1], [3, 2, 1]]


def test_two_long_reports_are_compared_at_once(reader: Reader) -> None:
    rng = random.Random(7)
    last = ["".join(sentence(rng) for _ in range(3)) for _ in range(1500)]
    texts = [edited(text, rng) for text in last]
    path = "document.querySelector('script[src]').src.replace('app.js', 'tabs/carried-over.js')"
    seconds = reader.page.evaluate(
        f"""async ([texts, last]) => {{
          const {{ carriedOver }} = await import({path});
          const report = (texts) => ({{ units: texts.map((text, id) => ({{ id, text, kind: "body" }})) }});
          const start = performance.now();
          if (carriedOver(report(texts), report(last)).length < 1000) throw new Error("too few");
          return (performance.now() - start) / 1000;
        }}""",
        [texts, last],
    )
    assert seconds < 10  # a second or so on a machine at rest
