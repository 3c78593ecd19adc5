# SPDX-License-Identifier: Apache-2.0
"""The terminal: what is written where, in which width and colours.

What a program may want to read goes to stdout: translated text, differences, JSON, and the tables
of the commands whose purpose is a table. Everything else goes to stderr. Colours follow the
terminal and ``NO_COLOR``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN_WIDTH = 120
"""Columns of a table that does not go to a terminal (``COLUMNS`` overrides it)."""


def stdout_console() -> Console:
    """Return the console of the tables that a command is for."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """Return the console of everything that is said beside the output."""
    return _console(stderr=True)


def print_table(console: Console, table: Table) -> None:
    """Print a table, without padding at the ends of lines where nobody would see colours."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.print(line.rstrip(), soft_wrap=True)


def stderr_is_terminal() -> bool:
    """Tell whether somebody watches."""
    return sys.stderr.isatty()


def colours_wanted(is_terminal: bool) -> bool:
    """Tell whether text written without rich may hold colours."""
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PLAIN_WIDTH)
    return console
