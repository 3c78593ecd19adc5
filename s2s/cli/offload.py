# SPDX-License-Identifier: Apache-2.0
"""``s2s offload``: translate files, show what was done, write the results."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s2s.cli.arguments import (
    FILE,
    TranslatingCommand,
    offload_options,
    split_commas,
    translation_options,
)
from s2s.cli.console import colours_wanted, print_table, stderr_console, stderr_is_terminal
from s2s.cli.deep_stack import with_deep_stack
from s2s.cli.destinations import check_backup, check_target, make_directory, targets_of
from s2s.cli.group import NOT_VERIFIED, show_error
from s2s.cli.verification_options import (
    VerificationOptions,
    taken_from,
    verification_options,
)
from s2s.cli.writing import write_file, write_json
from s2s.errors import S2SError, UsageError

if TYPE_CHECKING:
    from s2s.cli.reporting import Outputs
    from s2s.cli.verification import Verified
    from s2s.driver import OffloadOptions, OffloadResult

BAD_INPUT = 1
NOTHING_OFFLOADED = 4
KINDS = ("passed", "missed", "analysis")
STDOUT = Path("-")

MANY_LOOPS = 60
"""More loops than this are no summary; ``s2s analyze`` shows them."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of the command that are not the translation's, named as there."""

    out: Path | None
    out_dir: Path | None
    in_place: bool
    backup: bool
    diff: bool
    dry_run: bool
    reports: tuple[Path, ...]
    emit_plan: Path | None
    remarks: tuple[str, ...]
    verify: bool
    verification: VerificationOptions
    require_offload: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input; ``written`` tells whether ``target`` holds the result."""

    path: Path
    target: Path | None
    result: OffloadResult | None = None
    error: S2SError | None = None
    verified: Verified | None = None
    written: bool = False


@click.command("offload", cls=TranslatingCommand, short_help="Translate C files.")
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="FILES...")
@click.option("-o", "out", type=FILE, metavar="OUT", help="Write the result here; - is stdout.")
@click.option("--out-dir", type=FILE, metavar="DIR", help="Write results here, by their names.")
@click.option("--in-place", is_flag=True, help="Replace the input files.")
@click.option("--backup", is_flag=True, help="With --in-place: keep FILE as FILE.s2s.bak.")
@click.option("--diff", is_flag=True, help="Print the difference to stdout.")
@click.option("--dry-run", is_flag=True, help="Write no results (reports are written).")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="Write loops, remarks and counts (.json), remarks (.sarif), or, with --verify, what it "
    "found (.xml for JUnit, .html; .sarif too). Repeatable.",
)
@click.option("--emit-plan", type=FILE, metavar="JSON", help="Write the offload plans here.")
@click.option(
    "--remarks",
    multiple=True,
    callback=split_commas,
    metavar="KINDS",
    help="Print remarks: passed, missed, analysis or all.",
)
@translation_options
@click.option("--verify", is_flag=True, help="Build and run; write a result only if it passes.")
@verification_options("With --verify")
@click.option("--require-offload", is_flag=True, help="Exit with 4 when nothing was offloaded.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and what is asked for.")
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[Path, ...], **values: Any) -> None:
    """Translate C files: put OpenMP target constructs on their parallel loops.

    Without -o, --out-dir, --in-place, --diff or --dry-run the result of one file goes to stdout.
    What follows -- is given to clang: -- -Iinclude -DN=4096 -lm.

    A result is written under a temporary name first, so that a file is never half written.
    Symbolic links are not written to. With several files, those that cannot be translated are
    left out, and the exit code is 1.
    """
    values["verification"] = taken_from(values)
    request = Request(**{name: values.pop(name) for name in Request.__slots__})
    _check(request, paths)
    options = offload_options(ctx, **values)
    targets = _targets(request, paths)
    outcomes = [_translated(p, t, options) for p, t in _progress(paths, targets)]
    outcomes = [_finish(outcome, request, options) for outcome in outcomes]
    _write_documents(outcomes, request)
    code = _exit_code(outcomes, request)
    if code:
        ctx.exit(code)


def _check(request: Request, paths: Sequence[Path]) -> None:
    """Refuse options that make no sense together. Raises UsageError."""
    if request.backup and not request.in_place:
        raise UsageError("--backup is for --in-place")
    unknown = [kind for kind in request.remarks if kind not in (*KINDS, "all")]
    if unknown:
        raise UsageError(f"no remarks are '{unknown[0]}'", hint=f"{', '.join(KINDS)} or all")
    if request.verify and len(paths) > 1:
        hint = "name the other sources of the program with --link-with"
        raise UsageError("--verify takes one file", hint=hint)
    if not request.verify and request.verification.given:
        raise UsageError(f"{request.verification.given[0]} is for --verify")
    written = [p for p in (request.out, *request.reports, request.emit_plan) if p is not None]
    if len({path.absolute() for path in written}) < len(written):
        raise UsageError("two of -o, --report and --emit-plan name the same file")
    without = [p for p in request.reports if p.suffix.lower() in (".xml", ".html")]
    if without and not request.verify:
        raise UsageError(f"'{without[0]}' would report on a verification", hint="add --verify")
    somewhere = request.out or request.out_dir or request.in_place
    if not somewhere and not request.diff and not request.dry_run and len(paths) > 1:
        hint = "use --out-dir or --in-place, or --diff or --dry-run to look first"
        raise UsageError("the results of several files need a place", hint=hint)


def _targets(request: Request, paths: Sequence[Path]) -> tuple[Path | None, ...]:
    """Return the target of every input, checked; STDOUT stands for stdout.

    Raises UsageError and OutputError before anything is translated.
    """
    targets = targets_of(paths, request.out, request.out_dir, request.in_place)
    if request.emit_plan is not None:
        check_target(request.emit_plan, paths)
    if request.reports or request.verify:
        _outputs(request, request.reports).check(paths)
    if request.dry_run:
        return (None,) * len(paths)
    if request.out_dir is not None:
        make_directory(request.out_dir)
    for path, target in zip(paths, targets, strict=True):
        if target is not None and target != STDOUT and (path.exists() or not request.in_place):
            check_target(target, paths, in_place=request.in_place)
    to_stdout = targets == (None,) and not request.diff
    return (STDOUT,) if to_stdout else targets


def _progress(
    paths: Sequence[Path], targets: Sequence[Path | None]
) -> Iterable[tuple[Path, Path | None]]:
    """Go through the files, with a progress bar when there are several and somebody watches."""
    pairs = list(zip(paths, targets, strict=True))
    if len(pairs) < 2 or not stderr_is_terminal():
        return pairs
    from rich.progress import track

    return track(pairs, "translating", console=stderr_console(), transient=True, update_period=0.2)


def _translated(path: Path, target: Path | None, options: OffloadOptions) -> Outcome:
    """Translate a file; an error that is the file's becomes its outcome."""
    from s2s.driver import offload

    try:
        result = with_deep_stack(lambda: offload(path, options), path)
    except UsageError:
        raise
    except S2SError as error:
        return Outcome(path, target, error=error)
    return Outcome(path, target, result)


def _finish(outcome: Outcome, request: Request, options: OffloadOptions) -> Outcome:
    """Show, verify and write one result."""
    result = outcome.result
    if result is None:
        assert outcome.error is not None
        show_error(outcome.error)
        return outcome
    if request.diff:
        _print_diff(result)
    _print_remarks(result, request.remarks)
    try:
        if request.verify:
            outcome = _verified(outcome, result, request, options)
        verified = outcome.verified
        if verified is None or verified.report.passed:
            outcome = _written(outcome, result, request)
    except S2SError as error:
        show_error(error)
        outcome = replace(outcome, error=error)
    if not request.quiet:
        _print_summary(outcome, result)
    return outcome


def _print_diff(result: OffloadResult) -> None:
    from s2s.cli.text_diff import unified_diff

    stream = sys.stdout.buffer
    colours = colours_wanted(sys.stdout.isatty())
    source = result.source
    stream.write(unified_diff(source.path, source.content, result.text, colours=colours))
    stream.flush()


def _print_remarks(result: OffloadResult, kinds: tuple[str, ...]) -> None:
    from s2s.diagnostics import render

    wanted = KINDS if "all" in kinds else kinds
    for remark in result.plan.remarks:
        if remark.kind.value in wanted:
            click.echo(render(remark, result.source) + "\n", err=True)


def _verified(
    outcome: Outcome, result: OffloadResult, request: Request, options: OffloadOptions
) -> Outcome:
    """Verify a result and show the report."""
    from s2s.cli.verification import show_verification, verify
    from s2s.driver import offload

    path = outcome.path
    forced = with_deep_stack(lambda: offload(path, replace(options, thresholds=False)), path)
    with _status("verifying", request.quiet):
        verified = verify(result, forced.text, request.verification)
    show_verification(verified, result.source, stderr_console())
    return replace(outcome, verified=verified)


@contextmanager
def _status(text: str, quiet: bool) -> Iterator[None]:
    """Show that something takes a while, when somebody watches."""
    if quiet or not stderr_is_terminal():
        yield
        return
    with stderr_console().status(text):
        yield


def _written(outcome: Outcome, result: OffloadResult, request: Request) -> Outcome:
    """Write a result to its target; one that is already there as it should be is left alone.

    Raises OutputError when it cannot be written.
    """
    target = outcome.target
    if target is None:
        return outcome
    if target == STDOUT:
        stream = sys.stdout.buffer
        stream.write(result.text)
        stream.flush()
        return replace(outcome, written=True)
    if request.in_place and result.text == result.source.content:
        return replace(outcome, written=True)
    if request.backup:
        write_file(check_backup(outcome.path), result.source.content, outcome.path)
    write_file(target, result.text, outcome.path)
    return replace(outcome, written=True)


def _print_summary(outcome: Outcome, result: OffloadResult) -> None:
    """Print one line on a result, its assumptions and, when somebody watches, its loops."""
    from s2s.cli.documents import counts

    if stderr_is_terminal() and 0 < len(result.plan.loops) <= MANY_LOOPS:
        from s2s.cli.tables import loop_table

        print_table(stderr_console(), loop_table(result, costs=False))
    number = counts(result)
    line = (
        f"{outcome.path}: {number['loops_on_device']} of {number['loops']} loops offloaded, in "
        f"{number['target_regions']} target regions ({result.seconds:.2f} s)"
    )
    if result.text == result.source.content:
        line = f"{outcome.path}: nothing to change, {number['loops']} loops"
    if outcome.written and outcome.target not in (STDOUT, outcome.path):
        line += f" -> {outcome.target}"
    click.echo(line, err=True)
    if outcome.target is not None and not outcome.written:
        click.echo(f"{outcome.path}: the result was not written", err=True)
    for assumption in result.plan.assumptions:
        click.echo(f"{outcome.path}: assumed: {assumption}", err=True)


def _write_documents(outcomes: Sequence[Outcome], request: Request) -> None:
    """Write the reports and the plans. Raises OutputError."""
    _write_reports(outcomes, request)
    if not request.reports and request.emit_plan is None:
        return
    from s2s.cli.documents import heading, plan_json

    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    for path in request.reports:
        if path.suffix.lower() == ".json":
            files = [_outcome_json(outcome) for outcome in outcomes]
            write_json(path, {**heading("offload"), "files": files})
    if request.emit_plan is not None:
        plans = [plan_json(result) for result in results]
        write_json(request.emit_plan, {**heading("offload"), "files": plans})


def _outputs(request: Request, reports: tuple[Path, ...]) -> Outputs:
    """Return what the verification writes beside the result."""
    from s2s.cli.reporting import Outputs

    asked = request.verification
    return Outputs(reports, asked.roofline, asked.gpu, asked.gpu_times)


def _write_reports(outcomes: Sequence[Outcome], request: Request) -> None:
    """Write what is reported of the verification, and, as SARIF, of the remarks alone.

    Nothing is written for a verification that could not be carried out: its error was shown.
    Raises OutputError.
    """
    paths = tuple(p for p in request.reports if p.suffix.lower() != ".json")
    asked = request.verification
    for outcome in outcomes:
        if outcome.verified is not None and outcome.result is not None:
            from s2s.cli.verification import document_of

            document = document_of(outcome.verified, outcome.result, asked)
            _outputs(request, paths).write(document)
            return
    for path in paths:
        if path.suffix.lower() == ".sarif":
            from s2s.reports.verification_sarif import remarks_sarif

            results = [o.result for o in outcomes if o.result is not None]
            found = [(result.source, result.plan.remarks) for result in results]
            errors = [str(outcome.error) for outcome in outcomes if outcome.error is not None]
            write_file(path, remarks_sarif(found, errors).encode())


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    from s2s.cli.documents import error_json, result_json

    out: dict[str, Any] = {"file": str(outcome.path), "error": None}
    if outcome.result is not None:
        out |= result_json(outcome.result)
    if outcome.error is not None:
        out |= error_json(outcome.path, outcome.error)
    verified = outcome.verified
    out["output"] = str(outcome.target) if outcome.target is not None else None
    out["written"] = outcome.written
    out["verification"] = verified.report.to_json() if verified is not None else None
    return out


def _exit_code(outcomes: Sequence[Outcome], request: Request) -> int:
    """Return the exit code of the whole command: errors first, then what was asked for."""
    codes = [outcome.error.exit_code for outcome in outcomes if outcome.error is not None]
    if codes:
        return max(codes)
    if any(o.verified is not None and not o.verified.report.passed for o in outcomes):
        return NOT_VERIFIED
    regions = sum(len(o.result.plan.regions) for o in outcomes if o.result is not None)
    return NOTHING_OFFLOADED if request.require_offload and not regions else 0
