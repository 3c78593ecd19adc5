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
from s2s.cli.group import NOT_VERIFIED
from s2s.cli.projects import database_request
from s2s.cli.reporting import Outputs, host_name
from s2s.cli.verification import carried_out, completed, show_report
from s2s.cli.verification_options import taken_from, verification_options
from s2s.driver import read_source
from s2s.errors import UsageError
from s2s.frontend.compile_db import arguments_for
from s2s.reports.document import ReportDocument
from s2s.verify.base import VerificationReport
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
        click.option(
            "--report",
            "reports",
            multiple=True,
            type=FILE,
            metavar="FILE",
            help="Write a report: .json, .xml (JUnit), .sarif or .html. Repeatable.",
        ),
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
    mapped and every stale read (T2), and under a race detector (T3). --tier 4 runs it on a GPU,
    too, here or through a launcher; "s2s bundle" takes it to one that is elsewhere. Both may be
    directories, with --build or -p. What follows -- is given to clang. Exit code 3: it failed, or
    could not be verified.
    """
    outputs = outputs_of(values)
    request, function = request_of(ctx, original, result, outputs, values)
    finish(ctx, request, carried_out(request, function), outputs)


def outputs_of(values: dict[str, Any]) -> Outputs:
    """Take the reports out of a command's values; the roofline stays among the options."""
    reports = values.pop("reports")
    return Outputs(reports, values["roofline"], values["gpu"], values["gpu_times"])


def request_of(
    ctx: click.Context,
    original: Path,
    result: Path,
    outputs: Outputs,
    values: dict[str, Any],
    files: tuple[Path, ...] = (),
) -> tuple[VerificationRequest, str | None]:
    """Turn the command line into a request and the function that it is limited to.

    ``files`` are those of a compilation database that make the program; without any and without
    directories the program is one file. Raises UsageError, InputError and OutputError.
    """
    options = taken_from(values)
    compile_db: Path | None = values.pop("compile_db")
    targets: tuple[str, ...] = values.pop("target")
    if options.run is None and options.tier != "0" and not (options.inputs or options.function):
        options = replace(options, run="./a.out")
    outputs.check([original, result, *options.link_with, *files])
    own = ctx.meta.get(CLANG_ARGS, ())
    if compile_db is None and targets:
        raise UsageError("--target chooses from a compilation database", hint="name it with -p DIR")
    if compile_db is not None and (files or targets or original.is_dir() or original == compile_db):
        request = database_request(compile_db, original, result, files, targets)
        return completed(request, options, own), options.function
    from_database = arguments_for(compile_db, result) if compile_db is not None else ()
    request = VerificationRequest(
        original,
        _text(original, result),
        result=result,
        against_itself=original == result,
    )
    return completed(request, options, (*from_database, *own)), options.function


def _text(original: Path, result: Path) -> bytes:
    """Return the result's text, none of a directory. Raises InputError for what is no source."""
    if original.is_dir() or result.is_dir():
        return b""
    read_source(original, any_encoding=True)
    return read_source(result, any_encoding=True).content


def finish(
    ctx: click.Context,
    request: VerificationRequest,
    report: VerificationReport,
    outputs: Outputs,
) -> None:
    """Show and write a report, and leave with the exit code that it deserves."""
    path = request.result or request.original
    show_report(report, path, stderr_console())
    document = ReportDocument(
        f"s2s {ctx.info_name}",
        path,
        report,
        request.result_text,
        asked=request.tier,
        host=host_name(),
    )
    outputs.write(document)
    if not report.passed:
        ctx.exit(NOT_VERIFIED)
