from __future__ import annotations

import codecs
import random
import re
from pathlib import Path

import pytest
from opencc import OpenCC

from benchmarks.forms.web import write_web_archive
from fazhi.analysis.facts import read_facts
from fazhi.documents import MAX_BYTES, MAX_LINE_CHARACTERS, decode_document, read_document
from fazhi.errors import DocumentError
from fazhi.report import parse_report
from tests.fazhi.samples import SOURCES

pytestmark = pytest.mark.usefixtures("in_this_process")

TITLE = "云溪县人民政府关于2022年度法治政府建设情况的报告"
PARAGRAPHS = [
    "市人民政府：",
    "2022年，云溪县推进法治政府建设，较好完成了年度目标。现将有关情况报告如下：",
    "一、年度工作情况",
    "（一）加强组织领导。县政府常务会议研究法治议题9次，分解任务23项，开展督察2次。",
    "（二）依法化解争议。全年办理行政复议案件42件，纠错率7.1%；行政诉讼败诉率6%。",
    "二、存在的问题",
    "基层执法力量不足，部分执法文书说理不充分，案卷评查中仍有2宗不合格。",
    "三、下一步打算",
    "下一步，云溪县将继续强化行政执法监督，培育“法律明白人”45名。",
    "云溪县人民政府",
    "2023年1月10日",
]
NAVIGATION = [
    "网站首页",
    "您现在的位置",
    "政务服务",
    "网站导航脚本",
    "分享到",
    "下一篇",
    "主办单位",
    "某ICP备",
]
PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<meta name="SiteName" content="云溪县人民政府">
<title>{title}_云溪县人民政府网站</title>
<link rel="stylesheet" href="style.css"><script>var a = "网站导航脚本";</script>
</head>
<body>
<div class="header"><a href="/"><img src="logo.png" alt="云溪县人民政府"></a>
<ul class="nav"><li><a href="/">网站首页</a></li><li><a href="/zwgk/">政务公开</a></li>
<li><a href="/zwfw/">政务服务</a></li><li><a href="/hdjl/">互动交流</a></li></ul></div>
<div class="breadcrumb">您现在的位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a></div>
<h1 class="title">{title}</h1>
<div class="info"><span>发布时间：2023-01-12</span> <span>来源：县司法局</span></div>
<div class="content" id="zoom">{content}</div>
<div class="share">分享到：<a href="#">微信</a><a href="#">微博</a></div>
<div class="pages">上一篇：<a href="1.html">某某公告</a> 下一篇：<a href="2.html">某某通知</a></div>
<div class="footer"><p>主办单位：云溪县人民政府办公室</p><p>某ICP备00000001号</p>
<p><a href="/map">网站地图</a> <a href="/contact">联系我们</a></p></div>
</body></html>"""
LAYOUTS = {
    "paragraphs": "{}",
    "table": "<table><tr><td>{}</td></tr></table>",
    "nested tables": "<table><tbody><tr><td><table><tr><td>{}</td></tr></table></td></tr></tbody></table>",
}
CHARSETS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "gb18030": b"",
    "gbk": b"",
    "utf-16-le": b"",
    "utf-16-be": b"",
    "utf-16-le with mark": codecs.BOM_UTF16_LE,
    "utf-16-be with mark": codecs.BOM_UTF16_BE,
}


def page(charset: str = "gb2312", layout: str = "paragraphs") -> str:
    content = "\n".join(f'<p style="text-indent:2em">　　{text}</p>' for text in PARAGRAPHS)
    content = LAYOUTS[layout].format(content)
    return PAGE.format(charset=charset, title=TITLE, content=content)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("copies", [1, 40])
def test_reports_survive_every_charset(charset: str, copies: int) -> None:
    for name, source in SOURCES.items():
        codec, mark = charset.split(" ")[0], CHARSETS[charset]
        text = (source * copies).encode(codec, "ignore").decode(codec)
        assert decode_document(mark + text.encode(codec), f"{name}.txt").text == text


@pytest.mark.parametrize("copies", [1, 40])
def test_traditional_reports_survive_big5(copies: int) -> None:
    convert = OpenCC("s2t").convert
    for name, source in SOURCES.items():
        text = convert(source * copies).encode("big5hkscs", "ignore").decode("big5hkscs")
        assert decode_document(text.encode("big5hkscs"), f"{name}.txt").text == text


def test_charset_of_a_long_text_is_seen_wherever_its_characters_fall() -> None:
    for shift in range(4):
        text = "1" * shift + "全年办理行政复议案件42件。\n" * 5000
        assert decode_document(text.encode("gb18030"), "r.txt").text == text


def assert_main_text_without_navigation(text: str) -> None:
    assert [p for p in PARAGRAPHS if squeezed(p) not in squeezed(text)] == []
    assert [word for word in NAVIGATION if word in text] == []
    assert squeezed(text).count(squeezed(TITLE)) == 1
    assert squeezed(text).startswith(squeezed(TITLE))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_saved_web_page_gives_title_and_main_text(layout: str) -> None:
    document = decode_document(page(layout=layout).encode("gb18030"), "报告.html")
    assert_main_text_without_navigation(document.text)
    report = parse_report(document.text)
    facts = read_facts(report)
    assert (facts.title, facts.issuer, facts.year) == (TITLE, "云溪县人民政府", 2022)
    assert [u.text for u in report.units if u.kind == "heading"] == [
        "一、年度工作情况",
        "(一)加强组织领导。",
        "(二)依法化解争议。",
        "二、存在的问题",
        "三、下一步打算",
    ]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("utf-8", "utf-8"),
        ("utf-8", "gb18030"),
        ("iso-8859-1", "gb18030"),
        ("utf-16", "gb18030"),
        ("idna", "gb18030"),
        ("no-such-charset", "gb18030"),
        ("gb2312", "utf-8-sig"),
        ("gb2312", "utf-16"),
    ],
)
def test_wrongly_declared_charset_of_a_web_page_does_no_harm(declared: str, encoding: str) -> None:
    document = decode_document(page(declared).encode(encoding), "r.htm")
    assert_main_text_without_navigation(document.text)


def test_table_of_figures_in_a_web_page_stays_a_table() -> None:
    table = (
        "<table><tr><td>行政复议</td><td>42件</td></tr><tr><td>诉讼</td><td>6件</td></tr></table>"
    )
    html = page().replace('</div>\n<div class="share">', table + '</div>\n<div class="share">')
    lines = decode_document(html.encode("gb18030"), "r.html").text.split("\n")
    assert [squeezed(x).strip("|") for x in lines if x.startswith("|")][:1] == ["行政复议|42件"]


def test_title_inside_the_main_text_is_not_doubled() -> None:
    html = f"<html><head><title>{TITLE}</title></head><body><p>{TITLE}</p>" + "".join(
        f"<p>{p}</p>" for p in PARAGRAPHS
    )
    text = decode_document(html.encode(), "r.html").text
    assert text.count(TITLE) == 1


BAD = {
    "empty.txt": (b"", "the file is empty"),
    "blank.txt": (b" \t\r\n", "the file is empty"),
    "ideographic-space.txt": ("\u3000\n\u00a0".encode(), "holds no text"),
    "mark-only.txt": (codecs.BOM_UTF8, "holds no text"),
    "invisible.txt": ("\u200b\u2060\ufeff\n".encode(), "holds no text"),
    "random.txt": (random.Random(0).randbytes(5000), "binary"),
    "program.txt": (b"\x7fELF" + bytes(range(256)) * 20, "binary"),
    "zeros.txt": (bytes(1000), "binary"),
    "really-a-picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(100), "looks like a picture"),
    "old-word.txt": (b"\xd0\xcf\x11\xe0" + bytes(100), "looks like an old Word"),
    "half-a-character.txt": (codecs.BOM_UTF16_LE + "法治".encode("utf-16-le")[:-1], "damaged"),
    "long-line.txt": (b"a" * 5_000_000, "line 1: 5000000 characters"),
    "second-line.txt": ("法治\n".encode() + b"a" * 200_000, "line 2: 200000 characters"),
    "empty.html": (b"<html><body></body></html>", "no main text found"),
    "scripts.html": (b"<html><script>var a = 1;</script></html>", "no main text found"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_report_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    data, message = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError) as error:
        read_document(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name in ("missing.txt", "folder.txt"):
        with pytest.raises(DocumentError, match=f"{name}: can't be read"):
            read_document(tmp_path / name)


def test_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="huge.txt: 20000001 bytes"):
        read_document(path)


def test_longest_line_is_read() -> None:
    text = "法" * MAX_LINE_CHARACTERS
    assert decode_document(text.encode(), "r.txt").text == text


def test_name_without_suffix_is_plain_text_and_suffixes_have_no_case() -> None:
    for name in ("stdin", "报告.TXT"):
        assert decode_document("法治。".encode(), name).text == "法治。"


def test_the_name_of_the_site_is_no_part_of_the_title() -> None:
    for site in ("_云溪县人民政府网", "-云溪县人民政府", " | 政府信息公开", "——政务公开_云溪县"):
        html = f"<html><head><title>{TITLE}{site}</title></head><body>" + "".join(
            f"<p>{p}</p>" for p in (TITLE, *PARAGRAPHS)
        )
        text = decode_document(html.encode(), "r.html").text
        assert text.count(TITLE) == 1
        assert site not in text


def test_numbers_that_a_browser_draws_come_back() -> None:
    items = "".join(f"<li>{p}</li>" for p in PARAGRAPHS[3:5])
    lists = (
        f'<ol style="list-style-type: cjk-ideographic"><li><p>工作</p></li><li value="4">{PARAGRAPHS[6]}</li></ol>'
        f'<ol start="3">{items}</ol><ol type="A">{items}</ol><ul>{items}</ul>'
    )
    html = f"<html><body><p>{PARAGRAPHS[1]}</p>{lists}<p>{PARAGRAPHS[8]}</p></body></html>"
    text = decode_document(html.encode(), "r.html").text
    first, second = PARAGRAPHS[3:5]
    expected = ["一、工作", f"四、{PARAGRAPHS[6]}", f"3.{first}", f"4.{second}", f"A.{first}"]
    assert text.split("\n")[1:6] == expected
    assert text.split("\n")[7:9] == [first, second]


def test_web_archives_are_read() -> None:
    archive = write_web_archive("\n".join([TITLE, *PARAGRAPHS]))
    assert_main_text_without_navigation(decode_document(archive, "r.mht").text)
