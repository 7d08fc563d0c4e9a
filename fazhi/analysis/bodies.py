"""Public bodies by their names: what kind of body a name stands for, and of which place.

Works on clean text (half-width, simplified).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fazhi.analysis.places import Place, read_places

KINDS = ("government", "department", "town", "other")

_PARTY_BESIDE = re.compile(r"^中共.+?[委会][ 、](?=.+政府$)")  # 中共云岭市委 云岭市人民政府
_BRACKETS = re.compile(r"\([^()]*\)$")
_GENERIC = re.compile(r"^(?:[省市县区州旗乡镇](?=[^市区县]))")  # 县司法局: of a county, whichever
_GENERIC_LEVELS = {"省": "province", "市": "city", "州": "city", "乡": "town", "镇": "town"}
_GOVERNMENT = re.compile(
    r"(?:党委、)?(?:人民)?政府(?:办公室|办公厅|办)?|行(?:政公)?署(?:办公室)?|管理委员会|管委会"
)
_TOWN = re.compile(r"(?:街道办事处|街道党工委|(?:[乡镇]|苏木)(?:党委、)?(?:人民)?政府)$")
_OTHER = re.compile(
    r"[省市县区州旗乡镇]委$|^中共.+(?:委|委员会|办公室|办|党组|支部)$|联合会|联合社|供销社$|公司|集团|学校|中学|小学|大学|学院|医院|卫生院|支部|法院|检察院|人大|政协|领导小组|"
    r"指挥部|协会|依法治.{1,3}委员会|依法治.{1,3}办|总工会|妇联|共青团|党校|馆$|台$|站$|推广中心$|融媒体中心$"
)
_DEPARTMENT = re.compile(
    r".+(?:局|厅|委员会|委|办公室|办|中心|分局|支队|大队|总队|执法队|管理处|服务处|所)$"
)
_OFFICE_OF_TOWN = re.compile(r"(?:办公室|办|中心|所)$")
_BRANCH = re.compile(r"分局$")


@dataclass(frozen=True)
class Body:
    """A public body. `kind` is one of `KINDS`, `level` one of `places.LEVELS` or None."""

    name: str
    kind: str
    level: str | None
    places: tuple[Place, ...]  # widest first


def read_body(name: str) -> Body | None:
    """The body that a name stands for, None where it isn't the name of one.

    A place alone stands for its government.
    """
    name = name.strip()
    acting = _PARTY_BESIDE.sub("", name)
    bare = _BRACKETS.sub("", acting)
    places, rest = read_places(bare)
    kind = _kind(bare, places, rest)
    if kind is None:
        return None
    return Body(name, kind, _level(bare, kind, places), places)


def _kind(name: str, places: tuple[Place, ...], rest: str) -> str | None:
    is_town = bool(places) and places[-1].level == "town"
    if _OTHER.search(name):
        return "other"
    if is_town and (not rest or _OFFICE_OF_TOWN.search(rest)) or _TOWN.search(name):
        return "town"
    is_place = bool(places) and not rest
    if is_place or _GOVERNMENT.fullmatch(rest) or _is_generic_government(name):
        return "town" if is_town else "government"
    return "department" if _DEPARTMENT.match(rest) else None


def _is_generic_government(name: str) -> bool:
    """县人民政府: the government of a county, whichever."""
    return bool(_GENERIC.match(name) and _GOVERNMENT.fullmatch(name[1:]))


def _level(name: str, kind: str, places: tuple[Place, ...]) -> str | None:
    if kind == "town":
        return "town"
    if places:
        level = places[-1].level
        # A branch of a city's bureau serves one of its counties.
        return "county" if level == "city" and _BRANCH.search(name) else level
    if _GENERIC.match(name):
        return _GENERIC_LEVELS.get(name[0], "county")
    return None
