"""When and whose a number is, as far as its sentence says so. Works on masked sentences."""

from __future__ import annotations

import re

from fazhi.analysis.masking import MaskedSentence
from fazhi.analysis.measures import NUMBER

_YEAR = r"(?:19|20)\d\d年"
_MONTH = r"\d{1,2}月"
_PERIOD = re.compile(
    rf"截至(?:{_YEAR})?(?:{_MONTH}(?:\d{{1,2}}日|底|末)?|年底|目前)"
    rf"|(?:{_YEAR}(?:{_MONTH})?|{_MONTH})以来(?=，)"
    rf"|(?:{_YEAR})?\d{{1,2}}月?[—–~～至到-]{_MONTH}"
    rf"|{_YEAR}(?:{_MONTH}|(?:第?[一二三四]|上|下半?)季度|[上下]半年)?"
    rf"|[上下]半年|(?:[一二三四]、)?[一二三四]季度|前[一二三]季度|近[两三四五]年|[三五]年来"
)
_WHOLE_YEAR = ("全年", "今年", "年内", "一年来", "本年度", "当年")
_NO_PERIOD_AFTER = re.compile(r"^(?:以来|以前|之前|前|底|版|度(?![，；。])|法治)")
_LAST_YEAR = re.compile(r"(?<![比较])(上年|去年)(?!同期)")
# Only at the head of a clause, where it is what the clause is about.
_SCOPE = re.compile(
    r"(?:\A|(?<=[，；。：]))(?:全年|年内|目前|同期|其中)?(?P<scope>"
    r"(?:全[省市县区镇乡州旗盟]|各级|县乡两级|市县两级|市区两级|[省市县区州]、[市县区乡镇]两级)"
    r"(?:行政机关|政府及(?:其)?部门|政府)?"
    r"|[省市县区州]本级|全系统|全局"
    r"|[省市县区州镇乡](?:人民)?政府(?:及部门|及其部门|和部门)"
    r")(?![召审常党名文印督规门网工关与和会直先组向]|法[制律]|办公|行政复议|各级|领导)"
)


def period_at(sentence: MaskedSentence, place: int) -> str | None:
    """The period stated for the number at a place of `sentence.text`; None = the report's year.

    A period counts until the next one, however many clauses it takes; 上年 for one number only.
    """
    start, _ = sentence.clause(place)
    own = sentence.text[start:place].rpartition(NUMBER)[2]
    if last_year := _LAST_YEAR.search(own):
        return last_year.group(1)
    before = sentence.text[:place]
    whole = max((before.rfind(word) for word in _WHOLE_YEAR), default=-1)
    stated = [
        match
        for match in _PERIOD.finditer(sentence.text, 0, place)
        if not _NO_PERIOD_AFTER.match(sentence.text[match.end() :])
        and not _is_of_a_former_number(before, match)
    ]
    if not stated or stated[-1].start() < whole:
        return None
    return stated[-1].group()


def _is_of_a_former_number(before: str, period: re.Match[str]) -> bool:
    """“由2022年的38%提高到…”: a year that counts for the one number behind it only."""
    is_former = before[: period.start()].endswith(("由", "从"))
    return is_former and NUMBER in before[period.end() :]


def scope_at(sentence: MaskedSentence, place: int) -> str | None:
    """Whose number stands at a place of `sentence.text`: the nearest area or body named before."""
    scope = None
    for match in _SCOPE.finditer(sentence.text, 0, place):
        scope = match["scope"]
    return scope
