# SPDX-License-Identifier: Apache-2.0
"""The outermost frame: commands that load late, and errors turned into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from s2s.errors import S2SError

NOT_VERIFIED = 3
INTERNAL_ERROR = 70
INTERRUPTED = 130
READER_GONE = 141


class LazyGroup(click.Group):
    """A group whose command ``name`` is the object ``command`` of the module ``s2s.cli.<name>``.

    ``commands_help`` maps the names to the lines that ``--help`` shows without importing them.
    """

    def __init__(self, *args: Any, commands_help: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._help = commands_help

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which ``--help`` shows them."""
        return list(self._help)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is none of that name."""
        if cmd_name not in self._help:
            return None
        command = import_module(f"s2s.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._help.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; for a wrong name, suggest the right one."""
        name = args[0]
        if name not in self._help and not ctx.resilient_parsing and not name.startswith("-"):
            ctx.fail(f"No such command '{name}'.{_suggestion(name, self._help)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes a message and an exit code."""
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.Abort, Exit):
            raise
        except S2SError as error:
            show_error(error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _discard_output()
            ctx.exit(READER_GONE)
        except Exception as error:  # noqa: BLE001 - the one frame that may: nothing is above it
            _show_bug(error)
            ctx.exit(INTERNAL_ERROR)
        return value


def show_error(error: S2SError) -> None:
    """Write an error to stderr as it shows itself."""
    click.echo(f"error: {error}", err=True)


def print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the version and leave."""
    if not wanted or ctx.resilient_parsing:
        return
    import s2s

    click.echo(f"s2s {s2s.__version__}")
    ctx.exit()


def _suggestion(name: str, known: Mapping[str, str]) -> str:
    if Path(name).suffix or Path(name).exists():
        return f" Did you mean 's2s offload {name}'?"
    close = get_close_matches(name, known, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _show_bug(error: Exception) -> None:
    """Say in one line that s2s itself went wrong; ``S2S_DEBUG=1`` shows where."""
    if os.environ.get("S2S_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    words = str(error).splitlines() or [""]
    what = f"{type(error).__name__}: {words[0]}" if words[0] else type(error).__name__
    click.echo(f"internal error: {what}", err=True)
    click.echo(
        "  hint: this is a bug in s2s; please report it with the source file, the command line and "
        "what S2S_DEBUG=1 prints",
        err=True,
    )


def _discard_output() -> None:
    """Let what is still buffered go nowhere, or the interpreter complains at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # a stdout that is no file
        return
