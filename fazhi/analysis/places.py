"""The places that the name of a public body begins with: 云岭省 云岭市 青河县 柏店镇 | 人民政府.

Real places are looked up, all others are told by the last word of their names. Works on clean
text (half-width, simplified).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.analysis.divisions import chain, codes_of, level_of

LEVELS = ("province", "city", "county", "town")  # widest first
_LONGEST_NAME = 15  # 积石山保安族东乡族撒拉族自治县

# Zones are no divisions of the state, but have a government of the rank of a county.
_ZONE = (
    "高新技术产业开发区|经济技术开发区|经济开发区|高新技术开发区|旅游度假区|产业园区|工业园区|"
    "开发区|高新区|经开区|示范区|度假区|保税区|管理区|新区"
)
_SUFFIXES = (
    ("province", "省|自治区|特别行政区|生产建设兵团"),
    ("city", "自治州|地区|盟|市|第[一二三四五六七八九十]{1,3}师|州(?=人民政府|委|直)"),
    ("county", f"自治县|县|自治旗|旗|林区|特区|{_ZONE}|区"),
    ("town", "民族乡|乡|镇|街道|苏木"),
)
# 市 in 市南区 or 沙市区, 乡 in 东乡族自治县, 区 in 自治区 end no name.
_PLACE = re.compile(
    rf"[\u4e00-\u9fff]{{1,14}}?(?:{'|'.join(f'(?P<{level}>{ends})' for level, ends in _SUFFIXES)})"
    r"(?!族|(?<=[镇乡盟])市|[县区旗州](?![东南西北中]区)|治[区州县旗])"
)
_NO_PLACE = re.compile(
    r"^[全我本该各某每]|^(?:城市|都市)$|(?:城乡|城镇|乡镇|村镇|社区|小区|辖区|景区|保护区|库区|校区|街区|县区|市区)$"
    r"|局|委员会|办公|中心|政府|管理(?!区)|建设(?!兵团)|服务|执法|保障|资源|监督|发展|教育|公安|法治|法制"
)
_BEFORE = re.compile(r"(?:中共|中国共产党|国家税务总局|人民政府(?=.{2,}(?:街道|镇|乡))|\s)+")


@dataclass(frozen=True)
class Place:
    """A place as named; `level` is one of `LEVELS`."""

    name: str
    level: str


def read_places(body: str) -> tuple[tuple[Place, ...], str]:
    """The places at the head of a body's name, widest first, and the rest of the name.

    The second of two cities is a county: 云岭市青岩市.
    """
    places: list[Place] = []
    codes: tuple[str, ...] = ()
    rest = body
    while True:
        rest = rest[match.end() :] if (match := _BEFORE.match(rest)) else rest
        known = _known(rest, codes) if codes or not places else ""
        place = Place(known, "") if known else _named(rest)
        if place is None:
            break
        if known:
            codes = codes_of(known, codes)
            place = Place(known, _known_level(codes, known))
        if places and place.level == "city" and places[-1].level == "city":
            place = Place(place.name, "county")
        is_zone = bool(re.search(f"(?:{_ZONE})$", place.name))
        if places and LEVELS.index(place.level) < LEVELS.index(places[-1].level) + (not is_zone):
            break
        places.append(place)
        rest = rest[len(place.name) :]
    return tuple(places), rest


def complete(places: Sequence[Place]) -> tuple[Place, ...]:
    """`places` with the divisions above them, where these are real and beyond doubt."""
    codes: tuple[str, ...] = ()
    known = 0
    for place in places:
        inside = codes_of(place.name, codes)
        if not inside:
            break
        codes, known = inside, known + 1
    if not codes:
        return tuple(places)
    chains = [chain(code) for code in codes]
    shared = [row for row in chains[0] if all(row in other for other in chains)]
    above = [Place(*row) for row in shared if row[0] != places[known - 1].name]
    return (*(above or places[: known - 1]), *places[known - 1 :])


def _known(text: str, within: tuple[str, ...]) -> str:
    """The longest name of a real division, inside `within` if given, that `text` begins with."""
    for length in range(min(len(text), _LONGEST_NAME), 1, -1):
        if codes_of(text[:length], within):
            return text[:length]
    return ""


def _known_level(codes: Sequence[str], name: str) -> str:
    """The level of a real division; by its name where divisions of two levels share it."""
    levels = {level_of(code) for code in codes}
    if len(levels) == 1:
        return levels.pop()
    return "city" if name.endswith("市") else "county"


def _named(text: str) -> Place | None:
    """The place that `text` begins with, by the last word of its name."""
    match = _PLACE.match(text)
    if match is None or _NO_PLACE.search(match.group()) or match.lastgroup is None:
        return None
    return Place(match.group(), match.lastgroup)
