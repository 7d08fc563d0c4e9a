from __future__ import annotations

from fazhi.documents.word import read_word
from tests.fazhi.documents.wordfiles import paragraph, word_file

BOX = (
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>'
    "<w:txbxContent>{0}</w:txbxContent></wps:txbx></wps:wsp></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox></w:pict>"
    "</mc:Fallback></mc:AlternateContent>"
)


def read(body: str, styles: str = "") -> str:
    return read_word(word_file(body, styles=styles), "r.docx")


def runs(*inside: str) -> str:
    return "<w:p>" + "".join(f"<w:r>{xml}</w:r>" for xml in inside) + "</w:p>"


def t(text: str) -> str:
    return f'<w:t xml:space="preserve">{text}</w:t>'


def table(*rows: tuple[str, ...]) -> str:
    written = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{written}</w:tbl>"


def test_paragraphs_and_tables_come_in_order() -> None:
    body = (
        paragraph("甲")
        + table(("类别", "件数"), ("行政复议", "42"))
        + paragraph("")
        + paragraph("乙")
    )
    assert read(body) == "甲\n| 类别 | 件数 |\n| 行政复议 | 42 |\n\n乙"


def test_a_table_that_holds_the_text_is_read_as_text() -> None:
    long = "全年办理行政复议案件42件。" * 20
    assert read(table(("工作情况",), (long,))) == f"工作情况\n{long}"
    assert read(table(("情况", long))) == f"情况\n{long}"


def test_a_table_in_a_table_and_rows_in_content_controls_are_read() -> None:
    inner = table(("内", "42"))
    row = f"<w:tr><w:tc>{paragraph('外')}</w:tc><w:tc>{inner}{paragraph('')}</w:tc></w:tr>"
    body = f"<w:tbl><w:sdt><w:sdtContent>{row}</w:sdtContent></w:sdt></w:tbl>"
    assert read(body) == "| 外 | | 内 | 42 | |"


def test_a_text_box_is_read_once_where_it_is_anchored() -> None:
    box = BOX.format(paragraph("框中标题"))
    assert read(runs(box, t("正文"))) == "框中标题\n正文"
    assert read(runs(t("正文"), box)) == "正文\n框中标题"
    old = f"<w:pict><v:textbox><w:txbxContent>{paragraph('旧框')}</w:txbxContent></v:textbox></w:pict>"
    assert read(runs(old, t("正文"))) == "旧框\n正文"


def test_a_text_box_in_a_text_box_is_read_once() -> None:
    box = BOX.format(runs(t("外框"), BOX.format(paragraph("内框"))))
    assert read(runs(box)) == "外框\n内框\n"[:-1]


def test_deletions_are_left_out_and_insertions_kept() -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>增补</w:t></w:r></w:ins><w:r><w:t>原文</w:t></w:r>"
        "<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom></w:p>"
    )
    assert read(body) == "增补原文"


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    body = (
        paragraph("前半，", "<w:rPr><w:del/></w:rPr>") + paragraph("后半。") + paragraph("下段。")
    )
    assert read(body) == "前半，后半。\n下段。"


def test_hidden_text_notes_and_readings_are_left_out() -> None:
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>可见</w:t></w:r>'
        '<w:r><w:footnoteReference w:id="2"/></w:r><!-- 批注 -->'
        "<w:r><w:ruby><w:rt><w:r><w:t>jian</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>监</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r><m:oMath><m:r><m:t>97.7%</m:t></m:r></m:oMath></w:p>"
    )
    assert read(body) == "可见监97.7%"


def test_breaks_tabs_and_symbols() -> None:
    circle = '<w:sym w:font="Wingdings" w:char="F081"/>'
    tick = '<w:sym w:font="Wingdings" w:char="F0FC"/>'
    body = runs(
        t("一"), "<w:tab/>", t("二"), "<w:br/>", circle, tick, "<w:noBreakHyphen/>", t("三")
    )
    assert read(body) == "一 二\n①-三"


def test_of_a_field_only_what_it_shows_is_read() -> None:
    body = (
        runs(
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText> HYPERLINK "a" </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            t("链接"),
            '<w:fldChar w:fldCharType="end"/>',
            t("正文"),
        )
        + '<w:p><w:fldSimple w:instr="DATE"><w:r><w:t>2023年</w:t></w:r></w:fldSimple></w:p>'
    )
    assert read(body) == "链接正文\n2023年"


def test_a_field_code_that_never_ends_hides_nothing_below() -> None:
    assert read(runs('<w:fldChar w:fldCharType="begin"/>', t("码")) + paragraph("下文")) == "下文"


def test_tables_of_contents_are_left_out() -> None:
    begin = '<w:fldChar w:fldCharType="begin"/>'
    code = '<w:instrText>TOC \\o "1-3"</w:instrText>'
    separate = '<w:fldChar w:fldCharType="separate"/>'
    body = (
        runs(begin, code, separate, t("一、工作1"))
        + runs(t("二、问题3"))
        + runs('<w:fldChar w:fldCharType="end"/>')
        + '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        f"</w:docPartObj></w:sdtPr><w:sdtContent>{paragraph('三、打算5')}</w:sdtContent></w:sdt>"
        + paragraph("四、其他7", '<w:pStyle w:val="TOC1"/>')
        + '<w:p><w:fldSimple w:instr="TOC \\h"><w:r><w:t>目</w:t></w:r></w:fldSimple></w:p>'
        + paragraph("一、工作")
    )
    style = '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    assert read(body, style).strip() == "一、工作"


def test_content_controls_and_hyperlinks_in_paragraphs_are_read() -> None:
    body = (
        "<w:p><w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>"
    )
    assert read(body) == "控件链接"
