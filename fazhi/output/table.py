"""Tagged units as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fazhi.output.names import KIND_NAMES
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy

_ROLE_STYLES = {"achievement": "green", "problem": "red", "plan": "blue", "background": "dim"}


def write_table(
    name: str, units: Sequence[TaggedUnit], taxonomy: Taxonomy, stream: IO[str]
) -> None:
    """A table in Chinese; headings stand out, body units carry topics and a role."""
    title = Text(name, style="table.title")
    table = Table(title=title, show_lines=False, expand=True, pad_edge=False)
    table.add_column("编号", justify="right", no_wrap=True, style="dim")
    table.add_column("内容", ratio=6, overflow="fold")
    table.add_column("主题（得分）", ratio=2, overflow="fold")
    table.add_column("角色", no_wrap=True)
    for number, unit in enumerate(units, start=1):
        kind, role = unit.record.kind, unit.role
        style = {"title": "bold", "heading": "bold cyan", "meta": "dim"}.get(kind, "")
        scores = unit.prediction.scores if unit.prediction else {}
        topics = "\n".join(
            f"{taxonomy.label_by_id[label].name} {scores[label]:.2f}" for label in unit.labels
        )
        last = Text(KIND_NAMES[kind], style="dim")
        if role:
            last = Text(taxonomy.role_by_id[role].name, style=_ROLE_STYLES.get(role, ""))
        indent = "  " * len(unit.record.heading_path) if kind == "heading" else ""
        table.add_row(
            str(number),
            Text(indent + unit.record.text, style=style),
            Text(topics),
            last,
        )
    console = Console(file=stream, highlight=False)
    with console.capture() as capture:  # printing itself, it would exit with 1 below `| head`
        console.print(table)
    stream.write(capture.get())
