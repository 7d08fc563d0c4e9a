"""Text that a spreadsheet would take for a formula, and how a CSV file says that it is none.

A cell that begins with one of `= + - @`, their full-width forms, a tab or a line break gets an
apostrophe before it, which spreadsheets hide or show but never run (OWASP, “CSV Injection”).
`unguard` takes back what `guard` does, for any text.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may run `text`, or take its first apostrophe for a guard."""
    return _FORMULA.match(text) is not None


def guard(text: str) -> str:
    """`text` as a cell of a CSV file that no spreadsheet runs."""
    return f"'{text}" if looks_like_formula(text) else text


def unguard(cell: str) -> str:
    """The text of a cell that may be guarded."""
    return cell[1:] if cell.startswith("'") and looks_like_formula(cell) else cell
