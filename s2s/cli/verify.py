# SPDX-License-Identifier: Apache-2.0
"""``s2s verify`` and what it shares with ``s2s check``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from s2s.cli.arguments import CLANG_ARGS, FILE, TranslatingCommand, compile_db_option
from s2s.cli.console import stderr_console
from s2s.cli.destinations import check_target
from s2s.cli.documents import heading
from s2s.cli.group import NOT_VERIFIED
from s2s.cli.projects import database_request
from s2s.cli.verification import completed, show_report
from s2s.cli.verification_options import taken_from, verification_options
from s2s.cli.writing import write_json
from s2s.driver import read_source
from s2s.errors import UsageError
from s2s.frontend.compile_db import arguments_for
from s2s.verify.base import VerificationReport
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest

Command = TypeVar("Command", bound=Callable[..., Any])


def comparing_options(command: Command) -> Command:
    """Add the options of commands that only verify."""
    options = (
        verification_options(),
        compile_db_option(),
        click.option(
            "--target",
            multiple=True,
            metavar="NAME",
            help="With -p: only what CMake builds for this program or library.",
        ),
        click.option("--report", type=FILE, metavar="JSON", help="Write the report here."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("verify", cls=TranslatingCommand, short_help="Compare with a serial original.")
@click.argument("original", type=FILE)
@click.argument("result", type=FILE)
@comparing_options
@click.pass_context
def command(ctx: click.Context, /, original: Path, result: Path, **values: Any) -> None:
    """Build a serial ORIGINAL and its offload RESULT, run both, and look for hidden faults.

    The result is run on the host device, whose data environment is separate from the host's, and
    its output compared (T1); then under a guard that finds every access to memory that is not
    mapped and every stale read (T2), and under a race detector (T3). Both may be directories, with
    --build or -p. What follows -- is given to clang. Exit code 3: it failed, or could not be
    verified.
    """
    report_to = values.pop("report")
    request = request_of(ctx, original, result, report_to, values)
    finish(ctx, verify_offload(request), result, report_to)


def request_of(
    ctx: click.Context,
    original: Path,
    result: Path,
    report_to: Path | None,
    values: dict[str, Any],
    files: tuple[Path, ...] = (),
) -> VerificationRequest:
    """Turn the command line into a request. Raises UsageError, InputError and OutputError.

    ``files`` are those of a compilation database that make the program; without any and without
    directories the program is one file.
    """
    options = taken_from(values)
    compile_db: Path | None = values.pop("compile_db")
    targets: tuple[str, ...] = values.pop("target")
    if options.run is None and options.tier != "0":
        options = replace(options, run="./a.out")
    if report_to is not None:
        check_target(report_to, [original, result, *options.link_with, *files])
    own = ctx.meta.get(CLANG_ARGS, ())
    if compile_db is None and targets:
        raise UsageError("--target chooses from a compilation database", hint="name it with -p DIR")
    if compile_db is not None and (files or targets or original.is_dir() or original == compile_db):
        request = database_request(compile_db, original, result, files, targets)
        return completed(request, options, own)
    from_database = arguments_for(compile_db, result) if compile_db is not None else ()
    request = VerificationRequest(
        original,
        _text(original, result),
        result=result,
        against_itself=original == result,
    )
    return completed(request, options, (*from_database, *own))


def _text(original: Path, result: Path) -> bytes:
    """Return the result's text, none of a directory. Raises InputError for what is no source."""
    if original.is_dir() or result.is_dir():
        return b""
    read_source(original)
    return read_source(result).content


def finish(
    ctx: click.Context, report: VerificationReport, path: Path, document: Path | None
) -> None:
    """Show and write a report, and leave with the exit code that it deserves."""
    show_report(report, path, stderr_console())
    if document is not None:
        write_json(document, {**heading(str(ctx.info_name)), **report.to_json()})
    if not report.passed:
        ctx.exit(NOT_VERIFIED)
