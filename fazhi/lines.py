"""What a line of a report is by itself: metadata, a sign-off, part of a wrapped paragraph.

Works on clean text (half-width, simplified). Knows nothing of sentences or headings.
"""

from __future__ import annotations

import re
from statistics import quantiles

from fazhi.markers import match_marker

_LABELS = (
    "索引号|索取号|信息索引|名\\s*称|标\\s*题|文\\s*号|发文字号|文件编号|主题分类|主题词|体裁分类|组配分类|信息分类|公开类别|公开方式|公开形式|"
    "公开范围|公开属性|公开程序|公开时限|公开日期|发布(?:时间|日期|机构|单位|人|者|处室)|发文(?:时间|日期|机关|单位)|成文(?:时间|日期)|"
    "生成(?:时间|日期)|生效(?:时间|日期)|更新(?:时间|日期)|制发(?:时间|日期|机关)|印发(?:时间|日期|机关)|时\\s*间|日\\s*期|信息来源|来\\s*源|文章来源|作\\s*者|"
    "编\\s*辑|责任编辑|责\\s*编|审\\s*核|签\\s*发|供\\s*稿|撰\\s*稿|录\\s*入|浏览(?:次数|量)|阅读(?:次数|量)?|访问(?:次数|量)|点击(?:次数|数|率|量)|点击|"
    "字体(?:大小)?|字号|字\\s*体|视力保护色|有效性|效力状态|时效性|关\\s*键\\s*词|信息名称|内容概述|所属栏目|"
    "相关(?:文档|链接|附件|文章|新闻|阅读|稿件|信息|解读|文件)|附\\s*件\\d*|抄\\s*送|主\\s*送|分享到?|打印|联系(?:人|电话|方式)|电\\s*话|地\\s*址|邮\\s*编|传\\s*真|"
    "主办单位|主\\s*办|承办单位|承\\s*办|技术支持|网站标识码|您(?:现在)?的?(?:所在)?位置|当前位置|所在位置|上一[篇条页]|下一[篇条页]|"
    "扫一扫|文件下载|下载|政策咨询|服务热线|监督电话"
)
_LABELLED = re.compile(rf"^[\W_]*(?:{_LABELS})\s*[\])】]?\s*[:】\]]")
_FURNITURE = re.compile(
    r"^\|"  # a row of a pipe table
    r"|^[-=*_—~·.\s]{3,}$"  # a rule
    r"|^[-—\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/共]\s*\d{1,4}\s*页?)?[-—\s]*$"  # a page number
    r"|^[\[【(]?\s*(?:打印(?:本页|此页)?|关闭(?:窗口|本页)?|收藏|分享|返回(?:顶部|首页|列表)?|大|中|小|默认|首页|无障碍.{0,4}|繁体.{0,3}|下载.{0,6})\s*[\])】]?$"
    r"|^[\[【(]\s*(?:打印|关闭|收藏|分享|返回|大|字体|字号)"
    r"|扫一扫.{0,12}(?:打开|分享|阅读|关注|查看|手机)|分享到.{0,12}(?:微信|微博|QQ)"
    r"|ICP备|公网安备|网站标识码|版权所有|Copyright"
    r"|^\(?此件(?:主动|依申请|不予)?公开(?:发布)?\)?$"
    r"|^.{2,24}办公室\s*20\d\d年\d{1,2}月\d{1,2}日印发$",
    re.IGNORECASE,
)
_BREADCRUMB = re.compile(
    r"^(?:[^。;:]*[:]?\s*)?[^。;,>»]{1,14}\s*(?:[>»]|&gt;)+\s*[^。;]{1,60}$"
    r"|^[^。;,/]{1,20}(?:\s/\s[^。;,/]{1,20}){2,}$"
)
_DOCUMENT_NUMBER = re.compile(
    r"^[(\[]?[\u4e00-\u9fff]{1,12}[〔\[(【]\s*(?:19|20)\d\d\s*[〕\])】]\s*第?\d{1,4}号[)\]]?$"
)
_DIGIT = "[一二三四五六七八九十〇零○O0Ｏ\\d]"
_DATE = re.compile(
    rf"^[(\[]?(?:{_DIGIT}{{2,4}}\s*年\s*{_DIGIT}{{1,3}}\s*月\s*{_DIGIT}{{1,3}}\s*日|(?:19|20)\d\d[-./]\d{{1,2}}[-./]\d{{1,2}}(?:\s+\d{{1,2}}:\d\d(?::\d\d)?)?)[)\]]?$"
)
_BODY_NAME = (
    "(?:人民政府|政府|办公室|办公厅|委员会|领导小组|局|厅|委|办|处|院|所|站|中心|社|党组|党委|党工委|管委会|"
    "街道|办事处|乡|镇|分局|支队|大队|总队|公司|联合会|集团|部)"
)
_SIGN_OFF = re.compile(rf"^[\u4e00-\u9fff\d、\s]{{2,40}}{_BODY_NAME}(?:\([^()]{{2,20}}\))?\s*(.*)$")
_ADDRESSEE = re.compile(
    rf"^(?:尊敬的|各|省|市|县|区|州|中共|国务院|[\u4e00-\u9fff]{{2,8}}[省市县区州旗])?[\u4e00-\u9fff()、,\s]{{0,50}}{_BODY_NAME}(?:并[\u4e00-\u9fff、,]{{2,40}})?:$"
)
_NO_ADDRESSEE = re.compile(
    "如下|情况|以下|工作(?!领导小组|委员会)|方面|问题|措施|做法|报告|一是|主要"
)
_ATTACHMENT = re.compile(r"^附\s*(?:件|表|录)?\s*\d{0,2}\s*[:.、]|^附件\s*\d{0,2}$")
_TERMINAL = "。!?;:”)》…"


def is_metadata(line: str) -> bool:
    """Whether a line is metadata, navigation or page furniture wherever it stands."""
    return bool(
        _FURNITURE.search(line)
        or (_LABELLED.match(line) and (len(line) <= 60 or "|" in line or "。" not in line))
        or _DOCUMENT_NUMBER.match(line)
        or is_date(line)
        or is_attachment(line)
        or (_BREADCRUMB.match(line) and len(line) <= 80)
    )


def is_date(line: str) -> bool:
    """A line that is a date and nothing else, in digits or in Chinese numerals."""
    return bool(_DATE.match(line.replace(" ", "")) or _DATE.match(line))


def is_attachment(line: str) -> bool:
    """附件：1.……表"""
    return bool(_ATTACHMENT.match(line)) and not line.endswith("。")


def is_addressee(line: str) -> bool:
    """市人民政府： – whom the report is sent to."""
    return len(line) <= 60 and bool(_ADDRESSEE.match(line)) and not _NO_ADDRESSEE.search(line)


def is_sign_off(line: str) -> bool:
    """The issuing body's name, with or without a date, and nothing else."""
    match = _SIGN_OFF.match(line)
    rest = match.group(1).strip() if match else None
    return rest is not None and len(line) <= 60 and (not rest or is_date(rest))


def join_wrapped(text: str) -> list[tuple[int, int]]:
    """Paragraph spans of `text`, without white space around them.

    A paragraph is a line, unless the text is wrapped at a fixed width, as copies from PDF
    files are: then lines are joined up to the next blank line, indentation or marker.
    """
    lines = []
    at = 0
    for raw in text.split("\n"):
        lines.append((at, raw))
        at += len(raw) + 1
    width = _wrap_width([raw.strip() for _, raw in lines])
    spans: list[tuple[int, int]] = []
    previous = ""
    for start, raw in lines:
        stripped = raw.strip()
        if stripped:
            left = start + len(raw) - len(raw.lstrip())
            span = (left, left + len(stripped))
            if width and spans and _continues(previous, raw, width):
                span = (spans.pop()[0], span[1])
            spans.append(span)
        previous = raw
    return spans


def _wrap_width(lines: list[str]) -> int | None:
    """The width at which the text is wrapped, or None when lines are paragraphs."""
    lengths = [_columns(line) for line in lines if len(line) >= 10]
    if len(lengths) < 8:
        return None
    width = int(quantiles(lengths, n=20)[-2])
    full = [line for line in lines if _columns(line) >= 0.85 * width]
    broken = [line for line in full if line[-1] not in _TERMINAL]
    is_wrapped = len(full) >= 0.4 * len(lengths) and len(broken) >= 0.5 * len(full) and width <= 160
    return width if is_wrapped else None


def _continues(previous: str, line: str, width: int) -> bool:
    """Whether `line` goes on with the sentence of the line before it."""
    if not previous.strip() or _columns(previous.strip()) < 0.8 * width:
        return False
    indented = len(line) - len(line.lstrip()) >= 2
    return not indented and not match_marker(line) and not is_metadata(line.strip())


def _columns(line: str) -> int:
    """Printed width: a Chinese character takes two columns."""
    return sum(1 if char.isascii() else 2 for char in line)
