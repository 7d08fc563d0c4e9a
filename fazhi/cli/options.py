"""What the commands have in common: arguments, options, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fazhi.artifact import MODEL_VARIABLE, RELEASED_MODEL
from fazhi.errors import FazhiError

_INTERRUPTED = 130  # as shells have it: 128 + SIGINT

paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File to write instead of the screen."
)
model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    envvar=MODEL_VARIABLE,
    default=RELEASED_MODEL,
    show_default="the released model",
    help="Model folder.",
)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """A FazhiError becomes its message on standard error and exit code 2, Ctrl-C exit code 130."""
    try:
        yield
    except FazhiError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt as interrupt:  # click would exit with 1, which says something else
        click.echo(f"interrupted{interrupt}", err=True)
        sys.exit(_INTERRUPTED)
