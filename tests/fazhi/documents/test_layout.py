from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fazhi.documents.layout import Line, Page, paragraphs

COLUMNS, EM, LEFT = 28, 16.0, 80.0

_words = st.text(st.sampled_from("全年办理行政复议案件纠错工作，、"), min_size=1, max_size=120)
_text = st.lists(_words.map(lambda words: f"法{words}治。"), min_size=3, max_size=12)


def printed(texts: list[str], indent: int, rows: int = 22) -> list[Page]:
    """Pages on which each paragraph begins `indent` characters further in."""
    lines: list[tuple[str, int]] = []
    for text in texts:
        first = COLUMNS - indent
        lines.append((text[:first], indent))
        rest = text[first:]
        lines += [(rest[i : i + COLUMNS], 0) for i in range(0, len(rest), COLUMNS)]
    pages = []
    for top in range(0, len(lines), rows):
        placed = tuple(
            Line(
                text,
                LEFT + inwards * EM,
                LEFT + (inwards + len(text)) * EM,
                700.0 - 28 * row,
                EM,
            )
            for row, (text, inwards) in enumerate(lines[top : top + rows])
        )
        pages.append(Page(595, 842, placed))
    return pages


@given(_text)
def test_indented_paragraphs_come_back_as_they_were(texts: list[str]) -> None:
    texts = [*texts, "法" * 60 + "。"]  # something that shows the margins
    assert paragraphs(printed(texts, indent=2)) == texts


@given(_text, st.integers(0, 4))
def test_no_character_is_lost_or_moved(texts: list[str], indent: int) -> None:
    assert "".join(paragraphs(printed(texts, indent))) == "".join(texts)


@st.composite
def _lines(draw: st.DrawFn) -> Line:
    left, width = draw(st.integers(-50, 500)), draw(st.integers(0, 500))
    text = draw(st.sampled_from(["法治", "一、工作", "12", "。法治 a", "a - b", "“法"]))
    size = draw(st.sampled_from([0.0, 10.0, 16.0, 22.0]))
    return Line(text, left, left + width, draw(st.integers(120, 700)), size, draw(st.booleans()))


@given(st.lists(_lines(), max_size=12))
def test_lines_anywhere_are_no_error(lines: list[Line]) -> None:
    text = "".join(paragraphs([Page(595, 842, tuple(lines))]))
    assert text.replace(" ", "") == "".join(line.text for line in lines).replace(" ", "")


def test_no_pages_and_blank_pages_have_no_paragraphs() -> None:
    assert paragraphs([]) == []
    assert paragraphs([Page(595, 842, ()), Page(595, 842, ())]) == []


def test_left_and_right_pages_have_margins_of_their_own() -> None:
    text = ["法" * 100 + "。", "治" * 130 + "。"] * 8
    pages = printed(text, indent=2)
    moved = [
        Page(
            page.width,
            page.height,
            tuple(
                Line(x.text, x.left + 40 * (n % 2), x.right + 40 * (n % 2), x.baseline, x.em)
                for x in page.lines
            ),
        )
        for n, page in enumerate(pages)
    ]
    assert paragraphs(moved) == text


def test_paragraphs_apart_by_space_alone_are_told_apart() -> None:
    rows = ["法" * 28, "法" * 28 + "", "治" * 28, "治" * 28, "好" * 28, "好" * 28]
    heights = [700, 672, 630, 602, 560, 532]
    lines = [
        Line(text, LEFT, LEFT + 28 * EM, height, EM)
        for text, height in zip(rows, heights, strict=True)
    ]
    assert paragraphs([Page(595, 842, tuple(lines))]) == ["法" * 56, "治" * 56, "好" * 56]


def at(row: int, text: str, indent: float, length: float | None = None) -> Line:
    left = LEFT + indent * EM
    width = (len(text) if length is None else length) * EM
    return Line(text, left, left + width, 700.0 - 28 * row, EM)


def test_a_heading_that_just_fills_its_line_ends_there() -> None:
    text = ["法" * 28] * 6 + ["法" * 9 + "。"]
    heading = "（一）" + "严" * 23
    lines = [at(0, text[0][:26], 2), *(at(i, t, 0) for i, t in enumerate(text, start=1))]
    lines += [at(8, heading, 2), at(9, "执" * 26, 2), at(10, "法" * 9 + "。", 0)]
    found = paragraphs([Page(595, 842, tuple(lines))])
    assert found[1:] == [heading, "执" * 26 + "法" * 9 + "。"]


def test_without_indents_an_uneven_end_is_an_end() -> None:
    first, heading = "法" * 167 + "。", "（一）" + "严" * 24
    lines = [at(i, first[28 * i : 28 * i + 28], 0) for i in range(6)]
    lines += [at(6, heading, 0), at(7, "执" * 28, 0), at(8, "法。", 0)]
    assert paragraphs([Page(595, 842, tuple(lines))]) == [first, heading, "执" * 28 + "法。"]


def test_lists_whose_lines_all_stand_further_in_are_joined() -> None:
    lines, expected, row = [at(0, "法" * 28, 0), at(1, "治。", 0)], ["法" * 28 + "治。"], 2
    for number in range(1, 6):
        first, second = f"{number}.{'执' * 23}", "法" * 24
        lines += [at(row, first, 0, 28), at(row + 1, second, 4), at(row + 2, "完。", 4)]
        expected.append(f"{first}{second}完。")
        row += 3
    assert paragraphs([Page(595, 842, tuple(lines))]) == expected
