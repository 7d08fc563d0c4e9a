"""The `fazhi` command. Exit codes: 0 done, 2 bad usage or bad input (one line says what).

Other packages add commands through the entry-point group `fazhi.commands`, so that this
package needn't know them.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from fazhi.artifact import MODEL_VARIABLE, RELEASED_MODEL
from fazhi.classifier import Classifier
from fazhi.documents import decode_document, read_document
from fazhi.errors import DocumentError, FazhiError
from fazhi.output import write_csv, write_jsonl, write_table
from fazhi.records import Record, read_records
from fazhi.report import Report, parse_report
from fazhi.tagging import TaggedUnit, tag_records, tag_report

_TABLES = (".jsonl", ".csv")
_STDIN = Path("-")
_COMMANDS = "fazhi.commands"

# UTF-8 whatever the terminal's locale says; a table of Chinese has no other form. Half a surrogate
# pair, as JSON and file names may hold, is written as \udxxx.
_TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""}

model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    envvar=MODEL_VARIABLE,
    default=RELEASED_MODEL,
    show_default="the released model",
    help="Model folder.",
)


class _Commands(click.Group):
    """The commands of this module, and those of other packages, loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *entry_points(group=_COMMANDS).names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        command = super().get_command(ctx, cmd_name)
        if command is None:
            for entry in entry_points(group=_COMMANDS, name=cmd_name):
                command = entry.load()
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fazhi")
def main() -> None:
    """Tag the sentences of Chinese rule-of-law reports (法治政府建设年度报告)."""


@main.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write instead of the screen."
)
@model_option
def classify(paths: tuple[Path, ...], format_: str, output: Path | None, model: Path) -> None:
    """Tag reports or tables of units.

    PATH is a report (.txt .html, or - for standard input) or a table of units (.jsonl .csv with a
    column `text`). Several inputs give one output with a `report` column.
    """
    with _one_line_errors():
        inputs = [_read(path) for path in paths]
        classifier = Classifier.from_pretrained(model)
        tagged = _tag(inputs, classifier)
        with _destination(output) as stream:
            _write(tagged, classifier, format_, stream)


_Input = tuple[str, Report | list[Record]]


def _read(path: Path) -> _Input:
    """Name and content of one input: a report, or a table of units."""
    if path == _STDIN:
        document = decode_document(sys.stdin.buffer.read(), "stdin")
        return "stdin", parse_report(document.text)
    if path.suffix.lower() in _TABLES:
        return path.stem, read_records(path)
    if os.path.isdir(path):  # unlike `Path.is_dir`, quiet about a sentence given as a path
        raise DocumentError(f"{path}: is a folder; name the files in it, such as {path}/*.txt")
    return path.stem, parse_report(read_document(path).text)


def _tag(inputs: Sequence[_Input], classifier: Classifier) -> list[tuple[str, list[TaggedUnit]]]:
    total = sum(len(c.units if isinstance(c, Report) else c) for _, c in inputs)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=total)
        tagged = []
        for name, content in inputs:
            progress.update(task, description=name)

            def advance(units: int) -> None:
                progress.advance(task, units)

            if isinstance(content, Report):
                tagged.append((name, tag_report(content, name, classifier, advance)))
            else:
                tagged.append((name, tag_records(content, classifier, advance)))
    return tagged


def _write(
    tagged: Sequence[tuple[str, list[TaggedUnit]]],
    classifier: Classifier,
    format_: str,
    stream: IO[str],
) -> None:
    if format_ == "table":
        for name, units in tagged:
            write_table(name, units, classifier.artifact.taxonomy, stream)
        return
    rows: list[dict[str, Any]] = []
    for name, units in tagged:
        report = {"report": name} if len(tagged) > 1 else {}
        rows += [report | unit.to_json(classifier.model_id) for unit in units]
    (write_jsonl if format_ == "jsonl" else write_csv)(rows, stream)


@contextmanager
def _destination(output: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that appears only once it is complete."""
    if output is None:
        with _standard_output() as stream:
            yield stream
        return
    # A device such as /dev/null mustn't be replaced.
    is_special = os.path.exists(output) and not os.path.isfile(output)
    try:
        with open(output, "w", **_TEXT) if is_special else _complete_file(output) as stream:
            yield stream
    except OSError as error:
        raise FazhiError(f"{output}: can't be written: {error.strerror}") from None


@contextmanager
def _standard_output() -> Iterator[IO[str]]:
    stream = io.TextIOWrapper(sys.stdout.buffer, write_through=True, **_TEXT)
    try:
        yield stream
        stream.flush()
    except OSError as error:
        # What is still buffered must go somewhere when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # `| head` has seen enough
            raise FazhiError(f"standard output can't be written: {error.strerror}") from None
    finally:
        stream.detach()


@contextmanager
def _complete_file(path: Path) -> Iterator[IO[str]]:
    path = Path(os.path.realpath(path))  # a link stays a link
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", **_TEXT) as file:
            yield file
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """A FazhiError becomes its message on standard error and exit code 2."""
    try:
        yield
    except FazhiError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
