"""`fazhi compare`: reports beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fazhi import comparison
from fazhi.cli.batch import answers_of, run_batch
from fazhi.cli.destination import as_text, destination, refuse_terminal
from fazhi.cli.options import model_option, one_line_errors, output_option, paths_argument
from fazhi.output import write_comparison_csv, write_comparison_table, write_comparison_xlsx
from fazhi.web import write_html


@click.command()
@paths_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "xlsx", "html", "json"]),
    default="table",
    show_default=True,
    help="What to write: one row a report as table or csv; groups and years as xlsx, html or json, too.",
)
@output_option
@model_option
def compare(paths: tuple[Path, ...], format_: str, output: Path | None, model: Path) -> None:
    """Compare reports: one row a report, one column a topic.

    PATH is a report or a folder with reports. xlsx, html and json also hold the means of regions, years
    and kinds of issuer, what came and went in the reports of a body over the years, and the
    sentences that it carried over from its last report.

    Exit code: 0 done, 1 done but for some of several inputs, 2 nothing written.
    """
    with one_line_errors():
        refuse_terminal(output, is_binary=format_ == "xlsx")
        batch = run_batch(paths, model, output, needs_reports=True)
        result = comparison.compare(batch.analyses, batch.failed)
        taxonomy = batch.classifier.artifact.taxonomy
        with destination(output) as stream:
            if format_ == "xlsx":
                write_comparison_xlsx(result, taxonomy, stream)
            else:
                with as_text(stream) as text:
                    if format_ == "table":
                        write_comparison_table(result, taxonomy, text)
                    elif format_ == "csv":
                        write_comparison_csv(result, text)
                    elif format_ == "html":
                        answers = answers_of(batch)
                        write_html(answers, batch.classifier.artifact, text, "comparison")
                    else:
                        answer = {"model": batch.model, **result.to_json()}
                        json.dump(answer, text, ensure_ascii=False)
                        text.write("\n")
    batch.end()
