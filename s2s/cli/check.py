# SPDX-License-Identifier: Apache-2.0
"""``s2s check``: faults of an offload program that has no serial original."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from s2s.cli.arguments import FILE, TranslatingCommand
from s2s.cli.verification import carried_out
from s2s.cli.verify import comparing_options, finish, outputs_of, request_of
from s2s.errors import UsageError


@click.command("check", cls=TranslatingCommand, short_help="Look for faults in offload code.")
@click.argument("programs", type=FILE, nargs=-1, metavar="PROGRAM...")
@comparing_options
@click.pass_context
def command(ctx: click.Context, /, programs: tuple[Path, ...], **values: Any) -> None:
    """Look for faults in an offload PROGRAM, whoever wrote it.

    Its run on the host device is compared with its own run on one thread of the host, in the
    host's memory; then the guard (T2) and the race detector (T3) look at it. PROGRAM is a file, or
    a directory with --build or -p; with -p it may be several files, or be left out for all of the
    database. What follows -- is given to clang. Exit code 3: something was found, or nothing could
    be said.
    """
    outputs = outputs_of(values)
    program, files = _program(programs, values["compile_db"])
    request, function = request_of(ctx, program, program, outputs, values, files)
    finish(ctx, request, carried_out(request, function), outputs)


def _program(programs: tuple[Path, ...], database: Path | None) -> tuple[Path, tuple[Path, ...]]:
    """Return what the report is about, and the files that a database is asked for."""
    if len(programs) == 1:
        return programs[0], ()
    if database is None:
        few = not programs
        raise UsageError(
            "no program was given" if few else "more than one program was given",
            hint="a file or a directory"
            if few
            else "further sources go to --link-with, or give a compilation database with -p",
        )
    return database, programs
