"""A government's web page around a report: navigation above, a footer below, scripts between."""

from __future__ import annotations

from email.message import EmailMessage
from html import escape

from benchmarks.forms.paragraphs import paragraphs_of

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="gb2312">
<title>{title}_政府信息公开网</title>
<link rel="stylesheet" href="style.css"><script>var page = "网站导航脚本";</script>
</head>
<body>
<div class="header"><a href="/"><img src="logo.png" alt="政府门户网站"></a>
<ul class="nav"><li><a href="/">网站首页</a></li><li><a href="/zwgk/">政务公开</a></li>
<li><a href="/zwfw/">政务服务</a></li><li><a href="/hdjl/">互动交流</a></li></ul></div>
<div class="breadcrumb">您现在的位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a></div>
<div class="content" id="zoom">
{content}
</div>
<div class="share">分享到：<a href="#">微信</a><a href="#">微博</a></div>
<div class="pages">上一篇：<a href="1.html">某某公告</a> 下一篇：<a href="2.html">某某通知</a></div>
<div class="footer"><p>主办单位：某某市人民政府办公室</p><p>某ICP备00000001号</p>
<p><a href="/map">网站地图</a> <a href="/contact">联系我们</a></p></div>
</body></html>"""


def write_web_page(text: str) -> bytes:
    """A page in GBK."""
    return _page(text).encode("gb18030")


def write_web_archive(text: str) -> bytes:
    """The page as a browser saves it with its pictures in one file."""
    message = EmailMessage()
    message["From"] = "<Saved by a browser>"
    message["MIME-Version"] = "1.0"
    message.set_content(_page(text), subtype="html", charset="gb18030", cte="quoted-printable")
    message.add_related(b"\x89PNG", "image", "png")
    return bytes(message)


def _page(text: str) -> str:
    paragraphs = paragraphs_of(text)
    title = next((p.text for p in paragraphs if p.is_title), "")
    content = "\n".join(f'<p style="text-indent:2em">　　{escape(p.text)}</p>' for p in paragraphs)
    return _PAGE.format(title=escape(title), content=content)
