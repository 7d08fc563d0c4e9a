"""Totals beside the parts that make them up: 审结50件，其中维持28件、撤销9件、终止14件."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fazhi.analysis.measures import NUMBER
from fazhi.analysis.passages import Finding, Number, Passage, plain

# Outcomes of which one case has only one, so that such parts don't overlap; how the total is worded
# that they are parts of even where no 其中 says so; and a part that only a full list names.
_DISJOINT = tuple(
    tuple(map(re.compile, row))
    for row in (
        ("维持|撤销|变更|确认违法|责令|驳回|终止|调解|和解|撤回", "审结|办结|结案", "$^"),
        ("继续有效|保留|修改|修订|废止|失效", "清理|梳理|筛查", "继续有效|保留"),
        ("优秀|良好|合格", "评查|抽查|抽取|抽评|评审", "$^"),
        ("一审|二审|再审", "$^", "$^"),
        ("个人|单位|企业", "$^", "$^"),
        ("个体访|集体访|个访", "$^", "$^"),
        ("来信|来访|网上|电话|来电", "$^", "$^"),
        ("咨询|求助|投诉|建议|表扬", "$^", "$^"),
        ("许可|处罚|强制|征收|给付|检查|确认|奖励|裁决|其他", "$^", "其他"),
        ("普通程序|一般程序|简易程序", "$^", "$^"),
        (
            "^(?:予以|全部)?公开|部分公开|不予公开|无法提供|不予处理",
            "收到|受理|办理",
            "不予处理|其他处理",
        ),
        ("胜诉|败诉|撤诉", "审结|判决", "$^"),
        ("代表建议|人大建议|提案", "建议(?:、|和)?(?:政协)?提案", "提案"),
        ("制定|修改|修订|废止", "$^", "$^"),
        ("市级|县级|区级|乡级|镇级|村级|乡镇|街道", "$^", "$^"),
        ("采纳|未采纳|部分采纳", "$^", "$^"),
    )
)
# In the clause of the total or at the head of the list: what follows is about it.
_OF_WHICH = re.compile(
    rf"^{NUMBER}[^，；。]*(?:逐件|逐一|逐份|逐宗)|[，；。（]其中|[，：（]?(?:分别|包括)|分为"
)
_ALL = re.compile("分别|分为")
_TOTAL = re.compile("^(?:共|合计|总计|共计|一共|两项共|两项合计|总共)$")
_REST = re.compile("^(?:其余|余下|剩余|剩下)的?$")


def check_sums(passage: Passage) -> Iterator[Finding]:
    """Totals that their parts exceed, or don't reach where the parts are said to be all."""
    for whole, parts, is_all in (*_totals_before(passage), *_totals_behind(passage)):
        if any(number.amount.approximate for number in (whole, *parts)):
            continue
        low = sum(part.bounds[0] for part in parts)
        high = sum(part.bounds[1] for part in parts)
        if low > whole.bounds[1] or (is_all and high < whole.bounds[0]):
            computed = sum(part.value for part in parts)
            terms = "+".join(plain(part.value) for part in parts)
            message = f"{terms}={plain(computed)}，文中总数为{plain(whole.value)}"
            yield Finding("sum", whole, computed, message, parts)


def _totals_before(passage: Passage) -> Iterator[tuple[Number, tuple[Number, ...], bool]]:
    for index, whole in enumerate(passage.numbers):
        parts, is_all = _parts(passage, index)
        if parts:
            yield whole, parts, is_all


def _totals_behind(passage: Passage) -> Iterator[tuple[Number, tuple[Number, ...], bool]]:
    """建议52件、提案61件，共113件."""
    for index, whole in enumerate(passage.numbers):
        if not _TOTAL.match(passage.lead(index)):
            continue
        first = index
        while first > 0 and passage.numbers[first - 1].counts_like(whole):
            first -= 1
        between = passage.text[passage.numbers[first].place : whole.place]
        if index - first > 1 and not re.search("[。；]|其中", between):
            yield whole, passage.numbers[first:index], True


def _parts(passage: Passage, total: int) -> tuple[tuple[Number, ...], bool]:
    """The numbers right behind a total that are its parts, and whether they are said to be all."""
    following = passage.numbers[total + 1 :]
    if not following:
        return (), False
    between = passage.text[passage.numbers[total].place : following[0].place]
    lead = passage.lead(total)
    for parts, totals, last in _DISJOINT:
        if not totals.search(lead) and (parts.search(lead) or not _OF_WHICH.search(between)):
            continue
        found = _worded(passage, total, parts)
        if len(found) > 1:
            leads = [passage.lead(total + 1 + i) for i in range(len(found))]
            return found, bool(_ALL.search(between)) or any(map(last.search, leads))
    return _and_rest(passage, total), True


def _and_rest(passage: Passage, total: int) -> tuple[Number, ...]:
    """The numbers behind a total up to 其余, where 其中 introduces them or there is only one."""
    whole, found = passage.numbers[total], []
    for index in range(total + 1, len(passage.numbers)):
        number = passage.numbers[index]
        if not number.counts_like(whole) or not passage.lead(index):
            return ()
        found.append(number)
        if _REST.match(passage.lead(index)):
            break
    else:
        return ()
    between = passage.text[whole.place : found[0].place]
    is_whole_list = "其中" in between or (len(passage.numbers) == 3 and total == 0)
    return tuple(found) if len(found) > 1 and is_whole_list else ()


def _worded(passage: Passage, total: int, words: re.Pattern[str]) -> tuple[Number, ...]:
    found = []
    for index in range(total + 1, len(passage.numbers)):
        number = passage.numbers[index]
        if not words.search(passage.lead(index)) or not number.counts_like(passage.numbers[total]):
            break
        found.append(number)
    return tuple(found)
