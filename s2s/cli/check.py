# SPDX-License-Identifier: Apache-2.0
"""``s2s check``: faults of an offload program that has no serial original."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from s2s.cli.arguments import FILE, TranslatingCommand
from s2s.cli.verification import carried_out
from s2s.cli.verify import comparing_options, finish, outputs_of, request_of


@click.command("check", cls=TranslatingCommand, short_help="Look for faults in offload code.")
@click.argument("program", type=FILE)
@comparing_options
@click.pass_context
def command(ctx: click.Context, /, program: Path, **values: Any) -> None:
    """Look for faults in an offload PROGRAM, whoever wrote it.

    Its run on the host device is compared with its own run on one thread of the host, in the
    host's memory; then the guard (T2) and the race detector (T3) look at it. What follows -- is
    given to clang. Exit code 3: something was found, or nothing could be said.
    """
    outputs = outputs_of(values)
    request, function = request_of(ctx, program, program, outputs, values)
    finish(ctx, request, carried_out(request, function), outputs)
