"""Changes beside the two numbers that they are between: 120件，同比增长20%（上年90件）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fazhi.analysis.passages import Finding, Number, Passage, plain
from fazhi.analysis.ratios import agrees

_LAST = r"(?:上年|去年|上一年|(?:19|20)\d\d年)(?:度)?(?:同期)?"
_THIS = r"(?:今年|本年|当年|(?:19|20)\d\d年)(?:度)?"
_SAME = r"(?:同比|比上年|较上年|较去年|比去年)?"
_UP = "增长|上升|增加|提高|提升|多出|增幅|净增|多|增"
_DOWN = "下降|减少|降低|回落|降幅|少|降"
_CHANGE = rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了|近|为|达)?(?P<delta>#)"
_BETWEEN = tuple(
    re.compile(form)
    for form in (
        # 120件，同比增长20%（上年90件）；4026家次，同比减少37%，上年为5124家次
        rf"(?P<now>#)[，（、]?{_SAME}{_CHANGE}[，（]{_LAST}(?:为|是)?(?P<then>#)",
        # 120件（上年90件），同比增长20%
        rf"(?P<now>#)[，（]{_LAST}(?:为|是)?(?P<then>#)[）]?，{_SAME}{_CHANGE}",
        # 26800件，比上年的24100件增长15.6%
        rf"(?P<now>#)[，（]?(?:比|较|与){_LAST}的?[（]?(?P<then>#)[）]?(?:相比)?，?{_CHANGE}",
        # 由上年的1204名增至1325名，增加141名
        rf"[由从](?:{_LAST})?的?(?P<then>#)[^#，。；]{{0,4}}[至到为](?P<now>#)，{_SAME}{_CHANGE}",
        # 上年90件，今年120件，增长20%
        rf"{_LAST}[^#，。；]{{0,8}}(?P<then>#)[，。；]{_THIS}[^#，。；]{{0,8}}(?P<now>#)，{_SAME}{_CHANGE}",
    )
)
# 120件，比上年增加30件，增长20%
_TWICE = re.compile(
    rf"(?P<now>#)[，（、]?(?:同比|比上年|较上年|较去年|比去年)(?:(?:{_UP})|(?P<down>{_DOWN}))了?"
    rf"(?P<by>#)[，、](?:同比)?(?:{_UP}|{_DOWN})(?:了|近|为|达)?(?P<delta>#)"
)


def check_changes(passage: Passage) -> Iterator[Finding]:
    """Changes that the two numbers beside them don't give."""
    for match in (match for form in _BETWEEN for match in form.finditer(passage.text)):
        now, then, delta = (passage.at(match.start(name)) for name in ("now", "then", "delta"))
        if not any(number.amount.approximate for number in (now, then, delta)):
            yield from _compare(now, then, delta, -1 if match["down"] else 1)
    for match in _TWICE.finditer(passage.text):
        now, by, delta = (passage.at(match.start(name)) for name in ("now", "by", "delta"))
        if not any(number.amount.approximate for number in (now, by, delta)):
            yield from _compare_twice(now, by, delta, -1 if match["down"] else 1)


def _compare_twice(now: Number, by: Number, delta: Number, sign: int) -> Iterator[Finding]:
    if delta.amount.unit != "%" or by.amount.unit != now.amount.unit:
        return
    corners = [
        100 * change / (new - sign * change)
        for new in now.bounds
        for change in by.bounds
        if new > sign * change
    ]
    if corners and not agrees(delta, min(corners), max(corners)):
        then = now.value - sign * by.value
        computed = 100 * by.value / then if then > 0 else 0.0
        message = f"{plain(by.value)}÷{plain(then)}={plain(computed)}%，文中为{plain(delta.value)}%"
        yield Finding("change", delta, computed, message, (now, by))


def _compare(now: Number, then: Number, delta: Number, sign: int) -> Iterator[Finding]:
    if now.amount.unit != then.amount.unit or then.value <= 0:
        return
    is_share = delta.amount.unit == "%"
    if is_share and now.amount.unit == "%":  # % of a %, or points of it: could be either
        return
    if not is_share and delta.amount.unit not in (now.amount.unit, "个百分点"):
        return

    def change(new: float, old: float) -> float:
        return sign * ((new / old - 1) * 100 if is_share else new - old)

    corners = [change(new, old) for new in now.bounds for old in then.bounds if old > 0]
    if agrees(delta, min(corners), max(corners)):
        return
    computed = change(now.value, then.value)
    sign_text = "÷" if is_share else "-"
    unit = "%" if is_share else delta.amount.unit
    formula = f"{plain(now.value)}{sign_text}{plain(then.value)}" + ("-1" if is_share else "")
    message = f"{formula}={plain(sign * computed)}{unit}，文中为{plain(sign * delta.value)}{unit}"
    yield Finding("change", delta, computed, message, (then, now))
