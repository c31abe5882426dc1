"""The terminal: a console that fits it, and tables that are right for East Asian widths. Imports rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inboxwatch.alerts.clean import visible

#: Below this many columns a table is only a puzzle: a block for each row instead.
NARROW = 80
#: How wide to write where nobody looks at a terminal.
_FILE_WIDTH = 100

Row = Sequence[str]


def console() -> Console:
    """A console on standard output: colour only on a terminal without NO_COLOR, and nothing in a text is markup."""
    made = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not made.is_terminal and not made._environ.get("COLUMNS"):
        made.width = _FILE_WIDTH
    return made


def show_rows(out: Console, headings: Row, rows: Iterable[Row], *, styles: Row = ()) -> None:
    """Rows under headings as a table, or where the terminal is narrow as a block a row. Empty cells are left out."""
    rows = [[visible(cell) for cell in row] for row in rows]
    styles = [*styles, *("" for _ in headings)][: len(headings)]
    if out.width < NARROW:
        _show_blocks(out, headings, rows, styles)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=False)
    for heading, style in zip(headings, styles, strict=True):
        table.add_column(heading, style=style, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def _show_blocks(out: Console, headings: Row, rows: Iterable[Row], styles: Row) -> None:
    for number, row in enumerate(rows):
        if number:
            out.print()
        first, *others = zip(headings, row, styles, strict=True)
        out.print(Text(first[1], style="bold"), overflow="fold")
        for heading, cell, style in others:
            if cell:
                out.print(Text(f"  {heading}: ").append(" ".join(cell.split("\n")), style=style), overflow="fold")


def say(out: Console, sentence: str, style: str = "") -> None:
    """One sentence below or above a table, on one line however long: the terminal folds it, and it can be copied."""
    out.print(Text(" ".join(visible(sentence).splitlines()), style=style), soft_wrap=True)
