"""The inputs of a command, tagged one after another; a bad file doesn't stop the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from fazhi.analysis import Analysis
from fazhi.classifier import Classifier
from fazhi.cli.destination import check_destination, is_special
from fazhi.cli.reading import Tagged, is_table, tag_input
from fazhi.errors import FazhiError, InputError
from fazhi.inputs import STDIN, Failed, Input, find_inputs
from fazhi.resume import PartialFolder

_INCOMPLETE = 1


@dataclass(frozen=True)
class Batch:
    """What became of the inputs, in order; `is_many` if several were named, or a folder.

    `work` keeps what has been done until the output is written. Only a batch with an output file
    has one: a single report is soon done again, and the screen has no place for it.
    """

    classifier: Classifier
    work: PartialFolder | None
    is_many: bool
    tagged: list[Tagged] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)

    @property
    def analyses(self) -> list[Analysis]:
        """Those of the reports."""
        return [tagged.analysis for tagged in self.tagged if tagged.analysis]

    @property
    def model(self) -> dict[str, str]:
        """The model as the answers of the service name it."""
        config = self.classifier.artifact.config
        return {"name": config.name, "version": config.version}

    def end(self) -> None:
        """The output is written: tidy up, and leave with 1 if it lacks some of the inputs."""
        if self.work:
            self.work.remove()
        if self.failed:
            total = len(self.failed) + len(self.tagged)
            click.echo(f"{len(self.failed)} of {total} files could not be read", err=True)
            sys.exit(_INCOMPLETE)


def run_batch(
    paths: Sequence[Path], model: Path, output: Path | None, needs_reports: bool
) -> Batch:
    """Tag everything that is named, and say on standard error what couldn't be read.

    Raises:
        KeyboardInterrupt: with the end of a line that says what has been done.
        FazhiError: nothing could be read, a table of units where only reports will do, or the
            output or the model can't be used.
    """
    check_destination(output)
    inputs = find_inputs(paths, output)
    if needs_reports:
        _refuse_tables(inputs)
    is_many = len(paths) > 1 or (paths[0] != STDIN and os.path.isdir(paths[0]))
    classifier = Classifier.from_pretrained(model)
    work = None
    if is_many and output and not is_special(output):
        work = PartialFolder(output, classifier.artifact)
    batch = Batch(classifier, work, is_many)
    try:
        _tag_all(inputs, batch)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_what_is_done(batch, len(inputs))) from None
    for failed in batch.failed:
        click.echo(f"not read: {failed.name}: {failed.reason}", err=True)
    if not batch.tagged:
        raise InputError(f"none of the {len(inputs)} files could be read")
    return batch


def _refuse_tables(inputs: Sequence[Input]) -> None:
    for input_ in inputs:
        if is_table(input_.path):
            raise InputError(
                f"{input_.path}: is a table of units, and this output is about reports; "
                "use `fazhi classify` with --format table, jsonl or csv"
            )


def _tag_all(inputs: Sequence[Input], batch: Batch) -> None:
    console = Console(stderr=True)
    columns = (
        TextColumn(
            "{task.description}", markup=False, table_column=Column(max_width=40, no_wrap=True)
        ),
        BarColumn(),
        *(MofNCompleteColumn(), TimeRemainingColumn()),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=len(inputs))
        for number, input_ in enumerate(inputs):
            progress.update(task, description=input_.name, completed=number)

            def advance(share: float) -> None:
                progress.advance(task, share)

            try:
                batch.tagged.append(tag_input(input_, batch.classifier, batch.work, advance))
            except Exception as error:  # a hostile file may find what its reader doesn't expect
                is_about_input = isinstance(error, InputError) or not isinstance(error, FazhiError)
                if not (batch.is_many and is_about_input):
                    raise
                batch.failed.append(Failed(str(input_.path), _reason(error, input_.path)))


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, FazhiError):
        return str(error).removeprefix(f"{path}: ")
    return f"can't be processed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _what_is_done(batch: Batch, total: int) -> str:
    """The end of the line that says that a batch was interrupted."""
    done = f": {len(batch.tagged) + len(batch.failed)} of {total} files are done"
    if batch.work and batch.work.folder.is_dir():
        return (
            f"{done}; they are kept in {batch.work.folder}, and the same command goes on from there"
        )
    return done


def answers_of(batch: Batch) -> list[dict[str, Any]]:
    """What the service answers of each report, given as a file."""
    model_id = batch.classifier.model_id
    return [
        {"model": batch.model, **tagged.analysis.to_json(model_id), "source": tagged.source}
        for tagged in batch.tagged
        if tagged.analysis
    ]
