# SPDX-License-Identifier: Apache-2.0
"""``s2s bundle``: take a program to a machine that has a driver and little else."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import click

from s2s import __version__
from s2s.cli.arguments import (
    CLANG_ARGS,
    FILE,
    TranslatingCommand,
    compile_db_option,
    split_commas,
)
from s2s.cli.console import stderr_console
from s2s.cli.destinations import check_target
from s2s.cli.group import NOT_VERIFIED
from s2s.cli.verification import completed, show_report
from s2s.cli.verification_options import VerificationOptions, program_options
from s2s.cli.writing import writing
from s2s.driver import read_source
from s2s.errors import UsageError
from s2s.frontend.compile_db import arguments_for
from s2s.verify.bundle.archive import pack
from s2s.verify.bundle.contents import BundleRequest, make_contents
from s2s.verify.bundle.inputs import INPUT_LIMIT
from s2s.verify.bundle.result import read_result
from s2s.verify.kept import cache_directory
from s2s.verify.request import VerificationRequest

_MEGABYTE = 1 << 20


@click.command("bundle", cls=TranslatingCommand, short_help="Take a program to a GPU elsewhere.")
@click.argument("original", type=FILE, required=False)
@click.argument("result", type=FILE, required=False)
@click.option("-o", "output", type=FILE, metavar="FILE.tar.xz", help="Write the archive here.")
@program_options()
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="PATH",
    help="A file or directory that the run needs, below the current directory; default: all of it.",
)
@click.option(
    "--input-limit",
    type=click.IntRange(min=1),
    default=INPUT_LIMIT // _MEGABYTE,
    show_default=True,
    metavar="MB",
    help="How much input an archive may hold.",
)
@click.option(
    "--gpu-arch",
    multiple=True,
    callback=split_commas,
    metavar="ARCH,…",
    help="GPUs to build for (sm_80, gfx90a); default: all that this machine can build for.",
)
@compile_db_option()
@click.option("--read", type=FILE, metavar="JSON", help="Show the result that a bundle gave back.")
@click.pass_context
def command(ctx: click.Context, /, read: Path | None, **values: Any) -> None:
    """Pack a serial ORIGINAL and its offload RESULT into one archive that runs elsewhere.

    The archive holds both programs, built for GPUs and for the host device, the offload runtime,
    the input files and what the original writes here. On a machine that has a driver, a C library
    and a shell, unpack it and call "sh run.sh": it runs both, compares, and writes result.json,
    which "s2s bundle --read result.json" shows. Without a GPU it runs on the host device and says
    so. What follows -- is given to clang.

    Exit code 3: the original does not run here, or what is read says that the result failed.
    """
    original, result, output = (values.pop(name) for name in ("original", "result", "output"))
    if read is not None:
        if original is not None or output is not None:
            raise UsageError("--read shows a result and packs nothing", hint="leave out the rest")
        _show(ctx, read)
        return
    if original is None or result is None or output is None:
        raise UsageError(
            "a bundle needs ORIGINAL, RESULT and -o",
            hint='s2s bundle heat.c heat_omp.c -o heat.tar.xz --run "./heat 512"',
        )
    check_target(output, [original, result, *values["link_with"]])
    request = _request(ctx, original, result, output, values)
    with tempfile.TemporaryDirectory(prefix="s2s-bundle-") as scratch:
        contents = make_contents(request, Path(scratch))
        with writing(output) as stream:
            pack(contents, stream, cache_directory("bundle"))
    console = stderr_console()
    for note in contents.notes:
        console.print(f"note: {note}", soft_wrap=True)
    size = output.stat().st_size / _MEGABYTE
    console.print(f"{output}: {size:.1f} MB; there: sh {contents.name}/run.sh", soft_wrap=True)


def _show(ctx: click.Context, path: Path) -> None:
    """Show what a bundle gave back, and leave with the exit code that it deserves."""
    report = read_result(path)
    show_report(report, path, stderr_console())
    if not report.passed:
        ctx.exit(NOT_VERIFIED)


def _request(
    ctx: click.Context, original: Path, result: Path, output: Path, values: dict[str, Any]
) -> BundleRequest:
    """Turn the command line into a request. Raises UsageError and InputError."""
    own = ctx.meta.get(CLANG_ARGS, ())
    compile_db: Path | None = values["compile_db"]
    from_database = arguments_for(compile_db, result) if compile_db is not None else ()
    options = VerificationOptions(
        run=values["run"] or "./a.out",
        files=values["files"],
        link_with=values["link_with"],
        timeout=values["timeout"],
        ignore=values["ignore"],
        tier="1",
    )
    read_source(original)
    verification = VerificationRequest(original, read_source(result).content, result=result)
    verification = completed(verification, options, (*from_database, *own))
    here = Path.cwd()
    archive = output.absolute()
    return BundleRequest(
        replace(verification, gpu_architectures=()),
        made_by=f"s2s {__version__}",
        architectures=values["gpu_arch"],
        inputs=values["inputs"],
        input_limit=values["input_limit"] * _MEGABYTE,
        leave_out=(PurePath(archive.relative_to(here)),) if archive.is_relative_to(here) else (),
    )
