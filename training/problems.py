"""Everything that is wrong with labelled units in one error, rather than the first thing only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fazhi.errors import RecordError
from fazhi.records import Record

# A unit's place ("mine.json, task 12"), and the unit or what is wrong with it.
Scanned = tuple[str, Record | RecordError]

_MAX_SHOWN = 20


class DataError(RecordError):
    """Problems of labelled units; the message has a line for each of the first twenty.

    `problems` holds them all.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return self.problems[0]
        lines = [f"{len(self.problems)} problems in labelled units", *self.problems[:_MAX_SHOWN]]
        if more := len(self.problems) - _MAX_SHOWN:
            lines += [f"… and {more} more"] if more > 0 else []
        return "\n".join(lines)


def scan_safely(scanned: Iterable[Scanned], problems: list[str]) -> Iterator[tuple[str, Record]]:
    """The units that are right, with their places; what is wrong with others goes to `problems`."""
    try:
        for place, found in scanned:
            if isinstance(found, RecordError):
                problems.append(str(found))
            else:
                yield place, found
    except RecordError as error:
        problems.append(str(error))


def units_of(scanned: Iterable[Scanned]) -> list[Record]:
    """All units.

    Raises:
        DataError: something is wrong with some.
    """
    problems: list[str] = []
    records = [record for _, record in scan_safely(scanned, problems)]
    if problems:
        raise DataError(problems)
    return records
