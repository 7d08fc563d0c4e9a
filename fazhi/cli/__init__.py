"""The `fazhi` command.

Exit codes: 0, everything is done; 1, the output is written, but some of several inputs couldn't be
read, and each is named on standard error; 2, bad usage or bad input, nothing is written and one
line says why; 130, interrupted.

Other packages add commands through the entry-point group `fazhi.commands`, so that this
package needn't know them.
"""

from __future__ import annotations

from importlib.metadata import entry_points

import click

from fazhi.cli.classify import classify
from fazhi.cli.compare import compare
from fazhi.cli.options import model_option

__all__ = ["main", "model_option"]

_COMMANDS = "fazhi.commands"


class _Commands(click.Group):
    """The commands of this package, and those of others, loaded when they are asked for."""

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


main.add_command(classify)
main.add_command(compare)
