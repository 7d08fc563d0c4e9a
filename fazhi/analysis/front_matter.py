"""What stands around a report's text: labelled metadata, addressee, sign-off.

Works on units, whose text is clean (half-width, simplified, on one line).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fazhi.lines import is_addressee, is_date, is_sign_off
from fazhi.report import Unit

_VALUE = r"\s*[\])】]?\s*[:|】][:|\s]*"  # between a label and its value


@dataclass(frozen=True)
class FrontMatter:
    """Texts of the metadata units above a report's text and below it."""

    head: tuple[str, ...]
    foot: tuple[str, ...]

    def labelled(self, labels: str) -> list[str]:
        """The values behind `labels`, a pattern, in order: 成文日期: 2023-01-05 → 2023-01-05."""
        pattern = re.compile(rf"(?:{labels}){_VALUE}(.+?)(?=\s\s|\s[^\d\s]|[|【】\[]|$)")
        found = [
            m.group(1).strip() for text in (*self.head, *self.foot) for m in pattern.finditer(text)
        ]
        return [value for value in found if value]

    def sign_offs(self) -> list[str]:
        """Names that the report is signed with, without dates; those of the foot first."""
        found = [text for text in (*self.foot, *self.head) if is_sign_off(text)]
        return [re.sub(r"\s*[\d〇零○一二三四五六七八九十年月日.\-/]+$", "", text) for text in found]

    def dates(self) -> list[str]:
        """Lines that are a date or end with one: sign-offs first, then when it was printed."""
        lines = (*self.foot, *self.head)
        signed = [text for text in lines if is_date(text.strip("()")) or is_sign_off(text)]
        return signed + [text for text in lines if text.endswith("印发")]

    def addressee(self) -> str | None:
        """Whom the report is sent to: 市人民政府."""
        return next((text.rstrip(":") for text in self.head if is_addressee(text)), None)


def read_front_matter(units: Sequence[Unit]) -> FrontMatter:
    """The metadata around the text of `units`: that of their first half, and that of the second."""
    middle = (len(units) + 1) // 2
    return FrontMatter(
        *(
            tuple(unit.text for unit in half if unit.kind == "meta")
            for half in (units[:middle], units[middle:])
        )
    )
