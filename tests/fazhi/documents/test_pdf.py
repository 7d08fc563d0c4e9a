from __future__ import annotations

import re

import pytest
from reportlab.pdfgen.canvas import Canvas

from fazhi.documents.limits import MAX_PAGES
from fazhi.documents.pdf import read_pdf
from fazhi.errors import DocumentError
from tests.fazhi.documents.pdffiles import FONT, lines, pdf_file, picture

TEXT = (
    "　　一年来，县政府常务会议研究法治议题九次，分解",
    "任务二十三项，开展督察二次，全年办理行政复议案件",
    "四十二件，纠错三件。",
    "　　二、下一步打算",
    "　　继续强化行政执法监督，培育“法律明白人”。一年",
    "一度，久久为功，把法治政府建设推向深处，落到实处",
)
JOINED = [
    "一年来，县政府常务会议研究法治议题九次，分解任务二十三项，开展督察二次，全年办理行政复议案件四十二件，纠错三件。",
    "二、下一步打算",
    "继续强化行政执法监督，培育“法律明白人”。一年一度，久久为功，把法治政府建设推向深处，落到实处",
]


def read(data: bytes) -> list[str]:
    return read_pdf(data, "r.pdf").split("\n")


def test_broken_lines_become_paragraphs() -> None:
    assert read(pdf_file(lines(*TEXT))) == JOINED


def test_running_heads_and_page_numbers_are_left_out_and_sentences_go_on_over_the_page() -> None:
    def page(number: int, text: tuple[str, ...]) -> object:
        def draw(canvas: Canvas) -> None:
            lines(*text)(canvas)
            canvas.setFont(FONT, 10)
            canvas.drawString(200, 800, f"云溪县法治政府建设年度报告 {number}")
            canvas.drawString(300, 40, f"— {number} —")

        return draw

    pages = [page(1, TEXT[:2]), page(2, TEXT[2:])]
    assert read(pdf_file(*pages)) == JOINED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number", ["3", "- 3 -", "—3—", "第3页", "第 3 页 共 10 页", "第3页/共10页", "3/10", "三"]
)
def test_page_numbers_in_every_dress(number: str) -> None:
    def draw(canvas: Canvas) -> None:
        lines(*TEXT)(canvas)
        canvas.drawCentredString(297, 40, number)

    assert read(pdf_file(draw)) == JOINED


def test_a_figure_at_the_foot_of_a_page_is_text_where_it_is_in_a_sentence() -> None:
    assert read(pdf_file(lines("　　办理案件四十二件。", y=60))) == ["办理案件四十二件。"]


def test_a_title_over_two_lines_is_one_line() -> None:
    def draw(canvas: Canvas) -> None:
        lines(*TEXT, y=600)(canvas)
        canvas.setFont(FONT, 22)
        canvas.drawCentredString(272, 680, "云溪县人民政府关于2022年度法治政府建设")
        canvas.drawCentredString(272, 650, "情况的报告")

    title = "云溪县人民政府关于2022年度法治政府建设情况的报告"
    assert read(pdf_file(draw)) == [title, *JOINED]


def test_a_table_of_contents_is_left_out() -> None:
    def contents(canvas: Canvas) -> None:
        lines("目 录", "一、工作情况........................1", "二、打算…………………………………12")(canvas)

    assert read(pdf_file(contents, lines(*TEXT))) == JOINED


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_pages_are_read_upright(rotation: int) -> None:
    def draw(canvas: Canvas) -> None:
        width, height = canvas._pagesize
        canvas.setPageRotation(rotation)
        canvas.translate(*{90: (width, 0), 180: (width, height), 270: (0, height)}[rotation])
        canvas.rotate(rotation)
        canvas.setFont(FONT, 16)
        lines(*TEXT, y=500)(canvas)

    assert read(pdf_file(draw)) == JOINED


def test_words_keep_their_spaces_and_cells_theirs() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(80, 700, "Rule of Law 示范县")
        canvas.drawString(80, 672, "行政复议")
        canvas.drawString(280, 672, "42件")

    assert read(pdf_file(draw)) == ["Rule of Law 示范县", "行政复议 42件"]


def test_bold_that_is_drawn_twice_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(80, 700, "存在的问题")
        canvas.drawString(80.4, 700, "存在的问题")

    assert read(pdf_file(draw)) == ["存在的问题"]


def refused(data: bytes) -> str:
    with pytest.raises(DocumentError) as error:
        read_pdf(data, "r.pdf")
    assert str(error.value).startswith("r.pdf")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_scanned_pages_are_refused_and_ocr_named() -> None:
    for pages in ([picture], [lines(*TEXT), picture, picture]):
        message = refused(pdf_file(*pages))
        assert "scanned" in message
        assert "ocrmypdf" in message
    assert "page 2, 3 is a picture" in message


def test_a_cover_picture_does_no_harm() -> None:
    assert read(pdf_file(picture, *[lines(*TEXT)] * 3))[:3] == JOINED


def test_pages_without_anything_are_refused() -> None:
    assert "holds no text; run OCR" in refused(pdf_file(lambda canvas: canvas.rect(9, 9, 9, 9)))


def test_a_password_is_needed_only_where_it_is() -> None:
    assert "encrypted with a password" in refused(pdf_file(lines(*TEXT), password="geheim"))
    assert read(pdf_file(lines(*TEXT), password="")) == JOINED


def test_damaged_files_are_refused() -> None:
    data = pdf_file(lines(*TEXT))
    for damaged in (b"%PDF-1.7\n" + bytes(1000), data[:200]):
        assert "damaged or cut off" in refused(damaged)


def test_more_pages_than_any_report_has_are_refused() -> None:
    def nothing(canvas: Canvas) -> None:
        pass

    assert f"{MAX_PAGES + 1} pages" in refused(pdf_file(*[nothing] * (MAX_PAGES + 1)))


def test_a_font_that_does_not_say_its_characters_is_refused() -> None:
    # Places in the private use area are what such fonts give.
    text = "".join(chr(0xE000 + i) for i in range(200))
    private = pdf_file(lines(text[:40], text[40:80]))
    assert re.search("can't be told from their font; run OCR", refused(private))
