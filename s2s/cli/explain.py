# SPDX-License-Identifier: Apache-2.0
"""``s2s explain``: the manual page of a remark or a pass."""

from __future__ import annotations

import sys

import click
from click.shell_completion import CompletionItem

from s2s.errors import UsageError


def complete_topic(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the codes of remarks and the names of passes."""
    from s2s.cli.manual import remark_pages, title_of
    from s2s.passes import PASSES

    found = [
        CompletionItem(code, help=title_of(page))
        for code, page in remark_pages().items()
        if code.startswith(incomplete.upper())
    ]
    return found + [CompletionItem(name) for name in PASSES if name.startswith(incomplete)]


@click.command("explain", short_help="Show a manual page.")
@click.argument("topic", required=False, shell_complete=complete_topic)
@click.option("--list", "listed", is_flag=True, help="List all remarks.")
@click.option("--index", "indexed", is_flag=True, hidden=True, help="Print docs/remarks.md.")
def command(topic: str | None, listed: bool, indexed: bool) -> None:
    """Show the manual page of a remark (S2S204) or of a pass (collapse-loops)."""
    from s2s.cli.manual import index, kind_of, page_of, remark_pages, title_of

    if indexed:
        click.echo(index(), nl=False)
    elif listed:
        for code, page in remark_pages().items():
            click.echo(f"{code}  {kind_of(page):<8}  {title_of(page)}")
    elif topic is None:
        raise UsageError("which remark?", hint="s2s explain S2S204, or s2s explain --list")
    else:
        _show(page_of(topic))


def _show(page: str) -> None:
    """Print a page: as it is, or laid out when stdout is a terminal."""
    if not sys.stdout.isatty():
        click.echo(page.rstrip("\n"))
        return
    from rich.markdown import Markdown

    from s2s.cli.console import stdout_console

    console = stdout_console()
    console.print(
        Markdown(page, hyperlinks=False, code_theme="ansi_dark"), width=min(console.width, 100)
    )
