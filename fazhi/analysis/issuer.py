"""The body whose report this is: by the title, else by the sign-off, else by metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fazhi.analysis.bodies import Body, read_body
from fazhi.analysis.divisions import codes_of
from fazhi.analysis.front_matter import FrontMatter
from fazhi.analysis.places import LEVELS, Place, read_places

_BEFORE_ISSUER = re.compile(
    r"^(?:关于)?(?:报送|呈报|上报|印发|公布)?(?:(?:(?:19|20)\d\d|[一二][〇零○0][〇零○一二三四五六七八九]{2})年度?)?"
)
_AFTER_ISSUER = re.compile(
    r"关于|(?<!\d)(?:19|20)\d\d|二[〇零○0]|法治|依法|推进|落实|贯彻|开展|年度|履行"
)
_ISSUING = r"(?:发布|发文|制发|印发|公开|编制)(?:机构|机关|单位|部门)"
_SOURCE = r"(?<!体)(?:来\s*源|供\s*稿)"
_CITY_GOVERNMENT = re.compile(r"(?:市|州)(?:人民)?政府$|市委[、,]?市政府|州委[、,]?州政府")
_RANKED = ("支队",)  # of a prefecture; a county has 大队
_COUNTIES = re.compile(
    r"县(?:[(（]?[市、]?[、]?区|[(、])|[区市]县|各县|[\d几多]个(?:县|区)(?!\()|市、区|各区(?!域)"
)
_TOWNS = re.compile("乡镇|镇街|街镇|各镇|乡\\(镇|镇\\(街")
_ENOUGH_TOWNS = 3  # fewer may be a phrase from a plan of the state
_PUBLISHER = re.compile("司法局|法制办|法制局|依法治")  # puts the government's report on its page
_FULL_ENDING = re.compile(r"(?:人民政府|政府|办事处)?$")
_OFFICE = re.compile(r"(?:办公室|办公厅|办)$")
_OWN_OFFICE = re.compile(r"我办|本办(?!法)|本单位|[市县区州旗]府办")


def find_issuer(title: str | None, matter: FrontMatter) -> Body | None:
    """The issuing body, None where nothing names one.

    A title that names only a place or the short form of a body is completed by a sign-off or
    metadata that name the same body in full.
    """
    named = _of_title(title) if title else None
    signed = [body for name in matter.sign_offs() if (body := read_body(name))]
    published = [body for value in matter.labelled(_ISSUING) if (body := read_body(value))]
    if named:
        others = (*signed, *published)
        return next((body for body in others if _is_fuller(body.name, named.name)), named)
    if signed:
        return signed[0]
    sources = [body for value in matter.labelled(_SOURCE) if (body := read_body(value))]
    others = (*published, *(body for body in sources if body.places))
    return next((body for body in others if not _PUBLISHER.search(body.name)), None)


def place_under(body: Body, addressee: str | None) -> Body:
    """`body` with the places above it that the addressee tells: a county reports to its city."""
    if addressee is None or not body.places:
        return body
    above, _ = read_places(re.split("[、,]", addressee)[0])
    if _is_unlisted_city(body) and _is_another_city(above, addressee, body):
        body = _as_county(body)
    if above and _rank(above[-1]) < _rank(body.places[0]):
        return replace(body, places=(*above, *body.places))
    return body


def settle_city(body: Body, text: str) -> Body:
    """`body` as that of a county where its city isn't listed and `text` shows a city without counties.

    云岭市 may be a prefecture or a county; a county's report speaks of towns and of no counties.
    """
    is_settled = not _is_unlisted_city(body) or _COUNTIES.search(text) is not None
    return body if is_settled or len(_TOWNS.findall(text)) < _ENOUGH_TOWNS else _as_county(body)


def settle_office(body: Body, text: str) -> Body:
    """`body` as a department where it is a government's office and `text` is about the office itself.

    Such an office issues the government's report or its own, under one name; its own says 我办.
    """
    is_own = body.kind == "government" and _OFFICE.search(body.name) and _OWN_OFFICE.search(text)
    return replace(body, kind="department") if is_own else body


def _is_unlisted_city(body: Body) -> bool:
    """Whether nothing but the word 市 says that a body is a city's."""
    is_city = len(body.places) == 1 and body.level == "city" and not body.name.endswith(_RANKED)
    return is_city and body.places[0].name.endswith("市") and not codes_of(body.places[0].name)


def _as_county(body: Body) -> Body:
    return replace(body, level="county", places=(replace(body.places[0], level="county"),))


def _of_title(title: str) -> Body | None:
    """The shortest beginning of a title that names a body and ends where a title goes on."""
    rest = title[match.end() :] if (match := _BEFORE_ISSUER.match(title)) else title
    for stop in _AFTER_ISSUER.finditer(rest):
        if body := read_body(rest[: stop.start()]):
            return body
    return None


def _is_fuller(name: str, short: str) -> bool:
    """Whether `name` is the body named `short`, with places before it or its full ending."""
    before, found, after = name.rpartition(short)
    if not found or not _FULL_ENDING.fullmatch(after) or name == short:
        return False
    return read_places(before)[1] in ("", "人民政府") or bool(re.fullmatch("中共.+委 ?", before))


def _is_another_city(above: Sequence[Place], addressee: str, body: Body) -> bool:
    """Whether the addressee is a city's government, and not that of `body`."""
    if above:
        return above[-1].level == "city" and above[-1].name != body.places[0].name
    # A city's offices and bureaus write to their own city, which they don't name either.
    is_government = body.kind == "government" and not body.name.endswith(("办公室", "办"))
    return is_government and bool(_CITY_GOVERNMENT.match(addressee))


def _rank(place: Place) -> int:
    return LEVELS.index(place.level)
