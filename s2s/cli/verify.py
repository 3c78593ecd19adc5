# SPDX-License-Identifier: Apache-2.0
"""``s2s verify`` and what it shares with ``s2s check``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from s2s.cli.arguments import (
    CLANG_ARGS,
    FILE,
    TranslatingCommand,
    compile_db_option,
    run_options,
)
from s2s.cli.console import stderr_console
from s2s.cli.destinations import check_target
from s2s.cli.documents import heading
from s2s.cli.group import NOT_VERIFIED
from s2s.cli.verification import available_architectures, show_report
from s2s.cli.writing import write_json
from s2s.driver import read_source
from s2s.frontend.compile_db import arguments_for
from s2s.verify.base import VerificationReport
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest, parse_output_file
from s2s.verify.tiers import Tier

TIERS = ("0", "1", "2", "3")

Command = TypeVar("Command", bound=Callable[..., Any])


def verification_options(command: Command) -> Command:
    """Add the options that say how a program is built and run."""
    options = (
        run_options(),
        click.option(
            "--tier",
            type=click.Choice(TIERS),
            default=TIERS[-1],
            show_default=True,
            help="How far to go: 0 compile, 1 run and compare, 2 guard, 3 races.",
        ),
        compile_db_option(),
        click.option("--report", type=FILE, metavar="JSON", help="Write the report here."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("verify", cls=TranslatingCommand, short_help="Compare with a serial original.")
@click.argument("original", type=FILE)
@click.argument("result", type=FILE)
@verification_options
@click.pass_context
def command(ctx: click.Context, /, original: Path, result: Path, **values: Any) -> None:
    """Build a serial ORIGINAL and its offload RESULT, run both, and look for hidden faults.

    The result is run on the host device, whose data environment is separate from the host's, and
    its output compared (T1); then under a guard that finds every access to memory that is not
    mapped and every stale read (T2), and under a race detector (T3). What follows -- is given to
    clang. Exit code 3: it failed, or could not be verified.
    """
    request = request_of(ctx, original, result, **values)
    finish(ctx, verify_offload(request), result, values["report"])


def request_of(
    ctx: click.Context,
    original: Path,
    result: Path,
    *,
    run: str | None,
    files: tuple[str, ...],
    link_with: tuple[Path, ...],
    timeout: float,
    ignore: tuple[str, ...],
    tier: str,
    compile_db: Path | None,
    report: Path | None,
) -> VerificationRequest:
    """Turn the command line into a request. Raises UsageError, InputError and OutputError."""
    inputs = [original, result, *link_with]
    if report is not None:
        check_target(report, inputs)
    read_source(original)
    own = ctx.meta.get(CLANG_ARGS, ())
    from_database = arguments_for(compile_db, result) if compile_db is not None else ()
    return VerificationRequest(
        original,
        read_source(result).content,
        result=result,
        against_itself=original == result,
        clang_args=(*from_database, *own),
        run=run if run is not None or tier == "0" else "./a.out",
        output_files=tuple(parse_output_file(name) for name in files),
        extra_sources=link_with,
        timeout_s=timeout,
        ignore=ignore,
        tier=Tier(f"T{tier}"),
        gpu_architectures=available_architectures(),
    )


def finish(
    ctx: click.Context, report: VerificationReport, path: Path, document: Path | None
) -> None:
    """Show and write a report, and leave with the exit code that it deserves."""
    show_report(report, path, stderr_console())
    if document is not None:
        write_json(document, {**heading(str(ctx.info_name)), **report.to_json()})
    if not report.passed:
        ctx.exit(NOT_VERIFIED)
