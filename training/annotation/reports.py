"""A folder of reports → their units; a bad file never stops the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from fazhi.documents import read_document
from fazhi.errors import InputError
from fazhi.inputs import Failed, find_inputs
from fazhi.records import Record
from fazhi.report import parse_report


@dataclass(frozen=True)
class ReportFolder:
    """The units of the reports that could be read, report after report, and what couldn't be."""

    units: tuple[Record, ...]
    n_reports: int
    failed: tuple[Failed, ...]

    def failures(self) -> str:
        """A line for each file that couldn't be read."""
        return "".join(f"not read: {failed.name}: {failed.reason}\n" for failed in self.failed)


def read_reports(folder: Path) -> ReportFolder:
    """Read every report below a folder, or a single one; units are named `report-001`, ….

    Raises:
        InputError: there are no reports, or none of them can be read.
    """
    inputs = find_inputs([folder])
    units: list[Record] = []
    failed: list[Failed] = []
    console = Console(stderr=True)
    disable = not console.is_terminal
    for input_ in track(inputs, "reading", console=console, transient=True, disable=disable):
        try:
            units += parse_report(read_document(input_.path).text).records(input_.name)
        except InputError as error:
            failed.append(Failed(input_.name, str(error).removeprefix(f"{input_.path}: ")))
    if not units:
        raise InputError(_none_read(folder, failed))
    return ReportFolder(tuple(units), len(inputs) - len(failed), tuple(failed))


def _none_read(folder: Path, failed: Sequence[Failed]) -> str:
    first = failed[0]
    return f"{folder}: none of the {len(failed)} files could be read; {first.name}: {first.reason}"
