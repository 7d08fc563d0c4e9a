"""Rates beside the two counts that they are made of: 审结1536件…受理1626件…审结率96.13%."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from fazhi.analysis.passages import Finding, Number, Passage, plain

_MAX_WHOLES = 6  # the last ones before a part; the work grows with the cube of it
_TAKEN = "受理|收到|收案|新收|接收|接到|承办|办理|立案|工单|诉求|建议|提案|申请"
_CONCLUDED = "审结|办结|结案|判决"
# The word before 率 → words before the count, words before what it is a share of. A rate with any
# other word in front, such as 按期办结率 or 初次信访化解率, has a denominator of its own.
_RATES = {
    "审结": ("审结|办结|结案", _TAKEN),
    "办结": ("办结|办复", _TAKEN),
    "结案": ("结案|审结", _TAKEN),
    "办复": ("办复|办结", _TAKEN),
    "答复": ("答复|办复", _TAKEN),
    "化解": ("化解|调成|成功", "受理|调解|调处|排查|纠纷|积案"),
    "成功": ("成功|调成", "受理|调解|调处|排查|纠纷"),
    "调成": ("调成|成功", "受理|调解|调处|排查|纠纷"),
    "和解": ("和解", f"{_CONCLUDED}|纠纷"),
    "纠错": ("纠错|撤销|变更|确认违法", _CONCLUDED),
    "败诉": ("败诉", _CONCLUDED),
    "胜诉": ("胜诉", _CONCLUDED),
    "出庭": ("负责人(?:实际)?(?:出庭|应诉)|实际出庭", "应出庭|应诉|开庭|诉讼|行政案件"),
    "整改": ("整改", "发现|查出|指出|反馈|问题"),
    "采纳": ("采纳", "提出|意见|建议"),
    "持证": ("持证|持有", "执法人员|队员|人员"),
    "通过": ("通过|合格", "参加|参考|考试"),
    "优秀": ("优秀", "评查|抽查|案卷|卷宗"),
    "合格": ("合格", "评查|抽查|抽检|案卷|卷宗"),
}
_MODIFIERS = "行政机关负责人|机关负责人|负责人|案件|总体|调解|调处|综合|直接|复议|行政|群众"
_RATE = re.compile(
    rf"^(?:{_MODIFIERS})*(?P<core>{'|'.join(_RATES)})(?:应诉)?率(?:均|都)?(?:为|是|达|达到)?$"
)
_OTHER_RATE = re.compile(r"(?P<core>[\u4e00-\u9fff]{2,8})率(?:均|都)?(?:为|是|达|达到)?$")
_SHARE = re.compile(r"^占(?:比|总数的|全部的|总量的|案件总数的|其)?(?:为|达)?$")


def check_ratios(passage: Passage) -> Iterator[Finding]:
    """Rates that no two counts before them give."""
    for index, rate in enumerate(passage.numbers):
        if rate.amount.unit != "%" or rate.amount.approximate:
            continue
        lead = passage.lead(index)
        if match := _RATE.match(lead):
            yield from _check(passage, index, *_RATES[match["core"]])
        elif match := _OTHER_RATE.search(lead):
            yield from _check_only(passage, index, match["core"])
        elif _SHARE.match(lead):
            yield from _check_only(passage, index, "")


def _check_only(passage: Passage, rate: int, worded: str) -> Iterator[Finding]:
    """Hold a rate against the two counts before it where there are no more than these."""
    counts = [number for number in passage.numbers[:rate] if number.amount.unit != "%"]
    if len(counts) != 2 or rate != 2 or any(number.amount.approximate for number in counts):
        return
    whole, part = counts
    if worded not in passage.lead(1) or not part.counts_like(whole) or part.value > whole.value:
        return
    if whole.value and not _is_share_of_some(passage.numbers[rate], part, [whole]):
        yield _finding(passage.numbers[rate], part, whole)


def _check(passage: Passage, rate: int, parts: str, wholes: str) -> Iterator[Finding]:
    """Hold a rate against the one count that is worded as its part, and what stands before that.

    The part may be a share of any number before it, or of several together (结转): the rate is
    only wrong if it is none of these.
    """
    counts = [i for i in range(rate) if passage.numbers[i].amount.unit != "%"]
    found = [i for i in counts if re.search(parts, passage.lead(i))]
    if len(found) != 1:
        return
    part = passage.numbers[found[0]]
    before = [i for i in counts if i < found[0] and passage.numbers[i].counts_like(part)]
    named = [i for i in before if re.search(wholes, passage.lead(i))]
    candidates = [passage.numbers[i] for i in before[-_MAX_WHOLES:]]
    if not named or any(number.amount.approximate for number in (part, *candidates)):
        return
    whole = passage.numbers[named[-1]]
    if part.value > whole.value or _is_share_of_some(passage.numbers[rate], part, candidates):
        return
    yield _finding(passage.numbers[rate], part, whole)


def _is_share_of_some(rate: Number, part: Number, wholes: Sequence[Number]) -> bool:
    for size in range(1, min(len(wholes), 3) + 1):
        for group in combinations(wholes, size):
            low = max(sum(number.bounds[0] for number in group), 1)
            high = max(sum(number.bounds[1] for number in group), 1)
            if agrees(rate, part.bounds[0] / high * 100, part.bounds[1] / low * 100):
                return True
    return False


def _finding(rate: Number, part: Number, whole: Number) -> Finding:
    computed = part.value / whole.value * 100
    message = (
        f"{plain(part.value)}÷{plain(whole.value)}={plain(computed)}%，文中为{plain(rate.value)}%"
    )
    return Finding("ratio", rate, computed, message, (whole, part))


def agrees(stated: Number, low: float, high: float) -> bool:
    """Whether `stated` is some value between `low` and `high`, rounded or cut off to its digits."""
    digit = 10.0**-stated.amount.decimals  # the last one stated
    slack = 1e-9
    return stated.value - 0.5 * digit - slack <= high and low < stated.value + digit - slack
