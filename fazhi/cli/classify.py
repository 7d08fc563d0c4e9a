"""`fazhi classify`: reports, or tables of units, one after another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click

from fazhi.cli.batch import Batch, answers_of, run_batch
from fazhi.cli.destination import as_text, destination, refuse_terminal
from fazhi.cli.options import model_option, one_line_errors, output_option, paths_argument
from fazhi.output import write_csv, write_jsonl, write_table, write_xlsx
from fazhi.web import write_html


@click.command()
@paths_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "jsonl", "csv", "xlsx", "html", "json"]),
    default="table",
    show_default=True,
    help="What to write: units as table, jsonl or csv; all that a report says as xlsx, html or json.",
)
@output_option
@model_option
def classify(paths: tuple[Path, ...], format_: str, output: Path | None, model: Path) -> None:
    """Tag reports or tables of units.

    PATH is a report (.txt .html .mht .docx .pdf, or - for standard input), a folder with reports, or a table of units (.jsonl
    .csv with a column `text`). Several inputs give one output with a `report` column; those that
    can't be read are named on standard error and don't stop the others.

    Exit code: 0 done, 1 done but for some of several inputs, 2 nothing written.
    """
    with one_line_errors():
        refuse_terminal(output, is_binary=format_ == "xlsx")
        batch = run_batch(paths, model, output, needs_reports=format_ in _OF_REPORTS)
        with destination(output) as stream:
            _WRITERS[format_](batch, stream)
    batch.end()


def _table(batch: Batch, stream: IO[bytes]) -> None:
    with as_text(stream) as text:
        for tagged in batch.tagged:
            write_table(tagged.name, tagged.units, batch.classifier.artifact.taxonomy, text)


def _jsonl(batch: Batch, stream: IO[bytes]) -> None:
    with as_text(stream) as text:
        write_jsonl(_rows(batch), text)


def _csv(batch: Batch, stream: IO[bytes]) -> None:
    with as_text(stream) as text:
        write_csv(_rows(batch), text)


def _json(batch: Batch, stream: IO[bytes]) -> None:
    answers = answers_of(batch)
    with as_text(stream) as text:
        json.dump(answers if batch.is_many else answers[0], text, ensure_ascii=False)
        text.write("\n")


def _html(batch: Batch, stream: IO[bytes]) -> None:
    with as_text(stream) as text:
        write_html(answers_of(batch), batch.classifier.artifact, text)


def _xlsx(batch: Batch, stream: IO[bytes]) -> None:
    write_xlsx(batch.analyses, batch.failed, batch.classifier.artifact.taxonomy, stream)


_WRITERS: dict[str, Callable[[Batch, IO[bytes]], None]] = {
    **{"table": _table, "jsonl": _jsonl, "csv": _csv, "xlsx": _xlsx, "html": _html, "json": _json}
}
_OF_REPORTS = ("xlsx", "html", "json")


def _rows(batch: Batch) -> list[dict[str, Any]]:
    """The units in the record format, with a column `report` if there are several inputs."""
    return [
        ({"report": tagged.name} if batch.is_many else {}) | unit.to_json(batch.classifier.model_id)
        for tagged in batch.tagged
        for unit in tagged.units
    ]
